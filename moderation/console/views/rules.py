"""The community's rules, as decisions cite them."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from backend.core.accounts.models import Role
from backend.core.console.visits import Visit, show
from moderation.console.frame import moderators
from moderation.console.menu import RULED
from moderation.console.names import RULE_NAMES
from moderation.pages.menu import LINKS
from moderation.rules import RULES, VERSION


@moderators(kinds=RULED)
def show_rules(visit: Visit, role: Role) -> HttpResponse:
    """Every rule with its version, and what everybody can read without an account."""
    rules = [(RULE_NAMES[key], text) for key, text in RULES.items()]
    told = {"title": _("Rules"), "rules": rules, "version": VERSION, "public": LINKS}
    return show(visit, "moderators/rules", told)
