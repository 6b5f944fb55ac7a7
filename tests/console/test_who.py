"""Every page of the console × every role: a page that is not listed here fails, as does one that opens to another."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from backend.core.accounts.actions.roles import give_role
from backend.core.console import sections
from tests.cast import Cast, new_person, utc_now
from tests.console.staffed import Browser, signed_in

pytestmark = pytest.mark.django_db

ALL = frozenset({"moderator", "coordinator", "second_approver", "auditor"})
COORDINATORS = frozenset({"coordinator"})
MODERATORS = frozenset({"moderator", "second_approver"})
# Route below /console/ → who opens it; None: everybody, also without a sign-in.
PAGES: dict[str, frozenset[str] | None] = {
    "": ALL,
    "sign-in": None,
    "sign-in/second": None,
    "confirm": ALL,
    "sign-out": None,
    "enrol": None,
    "enrol/second": None,
    "own": ALL,
    "own/codes": ALL,
    "own/key": ALL,
    "own/passphrase": ALL,
    "assets/<str:tag>/<str:name>": None,
    "waiting": COORDINATORS,
    "ways-back/<uuid:way_back>": COORDINATORS,
    "ways-back/<uuid:way_back>/talk": COORDINATORS,
    "ways-back/<uuid:way_back>/greeted": COORDINATORS,
    "wishes/<uuid:wish>/take-on": COORDINATORS,
    "wishes/<uuid:wish>/pass-on": COORDINATORS,
    "wishes/<uuid:wish>/close": COORDINATORS,
    "referrals/<uuid:referral>": COORDINATORS,
    "referrals/<uuid:referral>/accept": COORDINATORS,
    "referrals/<uuid:referral>/return": COORDINATORS,
    "peers": COORDINATORS,
    "peers/checklist": COORDINATORS,
    "peers/<uuid:peer>": COORDINATORS,
    "peers/<uuid:peer>/limit": COORDINATORS,
    "peers/<uuid:peer>/pause": COORDINATORS,
    "peers/<uuid:peer>/vetting": COORDINATORS,
    "peers/<uuid:peer>/end": COORDINATORS,
    "vettings/<uuid:vetting>": COORDINATORS,
    "vettings/<uuid:vetting>/drop": COORDINATORS,
    "invites": COORDINATORS,
    "invites/<uuid:invite>/withdraw": COORDINATORS,
    "invites/pauses/<uuid:pause>": COORDINATORS,
    "entries": COORDINATORS,
    "entries/open": COORDINATORS,
    "entries/new": COORDINATORS,
    "entries/gaps": COORDINATORS,
    "entries/letters": COORDINATORS,
    "entries/letters/problems/<uuid:problem>": COORDINATORS,
    "entries/letters/questions/<uuid:question>": COORDINATORS,
    "entries/letters/questions/<uuid:question>/drop": COORDINATORS,
    "entries/<uuid:entry>": COORDINATORS,
    "entries/<uuid:entry>/assure": COORDINATORS,
    "entries/<uuid:entry>/withdraw": COORDINATORS,
    "duty": COORDINATORS,
    "duty/<uuid:duty>/drop": COORDINATORS,
    "organisation": COORDINATORS,
    "organisation/seats": COORDINATORS,
    "organisation/close": COORDINATORS,
    "cases": MODERATORS,
    "cases/next": MODERATORS,
    "cases/waiting": MODERATORS,
    "cases/keys": MODERATORS,
    "cases/<uuid:case>": MODERATORS,
    "cases/<uuid:case>/unseal": MODERATORS,
    "cases/<uuid:case>/disclose": MODERATORS,
    "decisions/<uuid:decision>/identity": MODERATORS,
    "decisions/<uuid:decision>/contact": MODERATORS,
    "decisions/<uuid:decision>/extract": MODERATORS,
    "untold": MODERATORS,
    "untold/<uuid:decision>": MODERATORS,
    "cases/<uuid:case>/about": MODERATORS,
    "backlog": MODERATORS | COORDINATORS,
    "load": MODERATORS | COORDINATORS,
    "load/decline": MODERATORS,
    "load/<uuid:moderator>/talked": MODERATORS | COORDINATORS,
    "holds": MODERATORS,
    "holds/<uuid:held>": MODERATORS,
    "cases/<uuid:case>/claim": MODERATORS,
    "cases/<uuid:case>/release": MODERATORS,
    "cases/<uuid:case>/note": MODERATORS,
    "cases/<uuid:case>/reports/<uuid:report>/ask": MODERATORS,
    "cases/<uuid:case>/decide": MODERATORS,
    "cases/<uuid:case>/care/say": MODERATORS,
    "cases/<uuid:case>/care/ask": MODERATORS,
    "cases/<uuid:case>/care/asks/<uuid:ask>": MODERATORS,
    "cases/<uuid:case>/care/look": MODERATORS,
    "decisions/<uuid:decision>": MODERATORS,
    "appeals/<uuid:appeal>": MODERATORS,
    "audit": frozenset({"auditor"}),
    "rules": MODERATORS | {"auditor"},
    "^.*$": None,
}


def routes(resolver: URLResolver, before: str = "") -> list[str]:
    """Every route below a resolver."""
    found: list[str] = []
    for part in resolver.url_patterns:
        route = before + str(part.pattern)
        if isinstance(part, URLResolver):
            found += routes(part, route)
        else:
            assert isinstance(part, URLPattern)
            found.append(route)
    return found


def test_every_page_is_listed() -> None:
    console = next(part for part in get_resolver().url_patterns if str(part.pattern) == "console/")
    assert isinstance(console, URLResolver)
    assert sorted(routes(console)) == sorted(PAGES)


def staff_of(cast: Cast) -> dict[str, Browser]:
    """One signed-in person for each staff role."""
    people = {"moderator": cast.max, "coordinator": cast.olga, "second_approver": new_person(), "auditor": new_person()}
    for kind in ("second_approver", "auditor"):
        give_role(account=people[kind].account, kind=kind, by=None, now=utc_now())
    return {kind: signed_in(person) for kind, person in people.items()}


def test_pages_open_to_their_roles_and_are_not_there_for_others(cast: Cast) -> None:
    browsers = staff_of(cast)
    for number, (route, kinds) in enumerate(PAGES.items()):
        if kinds is None:
            continue
        path = route.replace("<uuid:", "{").replace("<", "{").replace(">", "}")
        target = path
        while "{" in target:
            target = f"{target[: target.index('{')]}{uuid4()}{target[target.index('}') + 1 :]}"
        # From a network of their own: strangers are counted by it.
        nobody = Client(REMOTE_ADDR=f"10.{number}.0.1").get(f"/console/{target}")
        assert nobody.status_code in (303, 405), route  # to sign in, or only for forms
        for kind, browser in browsers.items():
            got = browser.get(target)
            if kind not in kinds:
                assert got.status_code in (404, 405), (kind, route)
            elif "{" not in path:
                assert got.status_code in (200, 405), (kind, route)


def test_the_menu_shows_what_opens(cast: Cast) -> None:
    for kind, browser in staff_of(cast).items():
        shown = browser.get("").content.decode()
        for section in sections.sections_for(ALL):
            assert (str(section.title) in shown) == (kind in section.kinds), (kind, section.key)


def test_nothing_else_is_there_and_it_is_said_as_a_page() -> None:
    reply = Client().get("/console/nothing/here")
    assert reply.status_code == 404
    assert reply["Content-Type"].startswith("text/html")
    assert b"There is nothing here." in reply.content
    assert Client().post("/console/").status_code == 405
    assert Client().get("/console/assets/0000/console.css").status_code == 404


def test_assets_are_small_and_kept_for_long() -> None:
    page = Client().get("/console/sign-in").content.decode()
    for name, most in (("console.js", 5_000), ("console.css", 12_000)):
        start = page.rindex('"', 0, page.index(name)) + 1
        reply = Client().get(page[start : page.index(name) + len(name)])
        assert reply.status_code == 200
        assert len(reply.content) <= most
        assert "immutable" in reply["Cache-Control"]
        assert not reply.cookies
