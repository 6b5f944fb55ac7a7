"""What each code of a problem means, for people. Clients translate codes; whoever reads a reply sees these."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TITLES: Mapping[str, str | Promise] = MappingProxyType(
    {
        # The request as a whole
        "body_too_large": _("The request is too large."),
        "bad_request": _("The request cannot be read."),
        "fault": _("Something went wrong on our side."),
        "host_unknown": _("This server does not answer to that name."),
        "malformed": _("The body is not valid JSON."),
        "media_type_unsupported": _("The body must be JSON."),
        "method_not_allowed": _("This cannot be done here."),
        "not_acceptable": _("The answer is only available as JSON."),
        "parameter_invalid": _("A parameter in the address is not acceptable."),
        "parameter_unknown": _("The address holds a parameter that is not known here."),
        # Who and when
        "conflict": _("This does not fit the present state."),
        "forbidden": _("You may not do this."),
        "if_match_needed": _("The change must name the version that it is based on."),
        "not_found": _("There is nothing here."),
        "sign_in_needed": _("Please sign in."),
        "stale": _("It has changed in the meantime."),
        "state_conflict": _("This is not possible any more."),
        "too_many": _("Too many attempts. Please wait a moment."),
        "unavailable": _("This is not possible right now. Please try again."),
        # Lists and repeats
        "cursor_invalid": _("This place in the list is not known."),
        "idempotency_key_invalid": _("The Idempotency-Key must have 1 to 200 characters."),
        "idempotency_key_used": _("The Idempotency-Key was used for another request."),
        "request_running": _("The first request with this Idempotency-Key is still running."),
        # Fields
        "doubled": _("The same thing is in the list twice."),
        "invalid": _("The input is not acceptable."),
        "not_choice": _("This is not one of the choices."),
        "not_flag": _("This must be true or false."),
        "not_list": _("This must be a list."),
        "not_moment": _("This must be a time with its offset from UTC."),
        "not_null": _("This cannot be empty."),
        "not_object": _("This must be an object."),
        "not_text": _("This must be text."),
        "not_uuid": _("This must be an id."),
        "not_whole": _("This must be a whole number."),
        "required": _("This is needed."),
        "text_control_character": _("The text holds a character that is not text."),
        "text_empty": _("The text is empty."),
        "text_too_long": _("The text is too long."),
        "too_few_items": _("The list is too short."),
        "too_large": _("The number is too large."),
        "too_many_items": _("The list is too long."),
        "too_small": _("The number is too small."),
        "unknown_field": _("There is a field that is not known here."),
        # Accounts
        "access_code_malformed": _("This does not look like an access code."),
        "access_code_wrong": _("This is not your access code."),
        "adult_needed": _("Naast is for people of 18 and older."),
        "alias_needed": _("An alias and an avatar are needed."),
        "alias_not_wanted": _("This role has no alias."),
        "consent_needed": _("Without this consent there can be no account."),
        "consent_purpose_unknown": _("Nothing is asked for under this name."),
        "consent_version_unknown": _("This version of the consent is not known."),
        "erase_instead": _("To withdraw this consent, erase the account."),
        "locale_unknown": _("There are no texts in this language."),
        "organisation_exists": _("An organisation of this name takes part already."),
        "organisation_needed": _("An organisation is needed."),
        "region_unknown": _("This region is not known."),
        "role_given": _("The account has this role already."),
        "role_kind_unknown": _("There is no such role."),
        "sign_in_failed": _("This access code does not open an account."),
        # Talking
        "alias_taken": _("Somebody here already has this alias, or one that looks like it."),
        "alias_used_elsewhere": _("You use this alias in another place. Another one keeps the two apart."),
        "already_member": _("You belong to it already."),
        "client_id_used": _("This client_id was used for another message."),
        "edits_used_up": _("The message cannot be edited any more."),
        "message_retracted": _("The message was taken back."),
        "reaction_unknown": _("There is no such reaction."),
        "reactions_used_up": _("You have reacted to this message as often as you can."),
        "seq_unknown": _("The talk has not come this far."),
        "conversation_ended": _("This talk has ended."),
        "group_closed_now": _("The group is closed at this hour."),
        "hours_day_unknown": _("One of the days is not a day of the week."),
        "hours_malformed": _("These are not opening hours."),
        "hours_time_malformed": _("This is not a time of day."),
        "hours_too_many": _("There are too many opening hours on one day."),
        "hours_window_empty": _("Opening hours must end at another time than they start."),
        "hours_zone_unknown": _("This time zone is not known."),
        "lead_needed": _("The group cannot be without a lead."),
        "muted": _("You cannot write here for a while."),
        "reply_unknown": _("The message that this replies to is not there."),
        "slow_mode": _("This group asks for a pause between two messages."),
    }
)
