"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {
    "push_address_invalid": _("Notifications cannot be sent to this address."),
    "push_off": _("Notifications are off on this device."),
    "push_on_shared_device": _("A shared device gets no notifications."),
    "push_transport_off": _("This server does not send notifications in that way."),
    "quiet_time_malformed": _("This is not a time of day."),
    "quiet_window_empty": _("Quiet hours must end at another time than they start."),
    "quiet_zone_unknown": _("This time zone is not known."),
}
