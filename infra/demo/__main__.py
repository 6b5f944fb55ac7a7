"""`python -m infra.demo`: seed the demo community once, then print its access codes and what to try.

The codes of demo people lie readable under var/, because a code is shown once and `make run` should tell them every
time. Never seeds a database that holds anybody already.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings.dev")
django.setup()

from django.conf import settings

from backend.core.accounts.actions.accounts import NewAccount, create_account
from backend.core.accounts.actions.coordinators import name_coordinators
from backend.core.accounts.actions.organisations import ensure_organisation
from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.consents import CONSENTS
from backend.core.accounts.models import Account, Role
from backend.core.aliases import AVATAR_KEYS
from backend.core.staff.actions.enrolment import make_enrolment
from infra.demo.beside import Beside
from infra.demo.cases import seed_cases
from infra.demo.directory import seed_directory
from messaging.actions.admissions import accept_request, ask_admission
from messaging.actions.direct import open_direct
from messaging.actions.groups import create_group
from messaging.actions.messages import react, send_message
from moderation.actions.agreements import agree
from moderation.rules import VERSION

TALKS = Path(__file__).with_name("talks.json")
INVITE, ENROLMENT = "invite", "enrolment"  # no people, but kept beside their codes
LINE = timedelta(minutes=7)  # between two messages of an example talk


def main() -> None:
    """Seed if the database is empty, then tell."""
    kept = settings.NAAST_VAR / "demo.json"
    if not Account.objects.exists():
        codes = Community(json.loads(TALKS.read_text())).seed()
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(codes, indent=1))
        kept.chmod(0o600)
    if kept.exists():
        print(welcome(json.loads(kept.read_text())))


class Community:
    """Made through the same actions that people use, in the past hours."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.at = datetime.now(UTC) - timedelta(hours=8)
        self.people: dict[str, NewAccount] = {}
        self.roles: dict[str, Role] = {}

    def seed(self) -> dict[str, str]:
        """Who has which access code, and the code of an invite."""
        houses = [ensure_organisation(**told, now=self.at) for told in self.told["organisations"]]
        for name, told in self.told["people"].items():
            new = self.people[name] = create_account(
                locale=told["locale"],
                adult=True,
                consents={purpose: CONSENTS[purpose] for purpose in ("account", *told.get("consents", ()))},
                device_name=None,
                shared_device=False,
                now=self.at,
            )
            agree(by=new.account, version=VERSION, now=self.at)
            if "role" in told:
                self.roles[name] = give_role(
                    account=new.account,
                    kind=told["role"],
                    organisation=houses[told["organisation"]] if "organisation" in told else None,
                    alias=told.get("alias", ""),
                    avatar_key=AVATAR_KEYS[told["avatar_key"]] if "avatar_key" in told else "",
                    by=None,
                    now=self.at,
                )
        for house, (coordinator, deputy) in zip(houses, self.told["coordinators"], strict=True):
            name_coordinators(
                organisation=house,
                coordinator=self.roles[coordinator],
                deputy=self.roles[deputy],
                by=None,
                now=self.at,
            )
        seed_directory(people={name: new.account for name, new in self.people.items()}, now=self._later())
        for group in self.told["groups"]:
            self._group(group)
        accounts = {name: new.account for name, new in self.people.items()}
        beside = Beside(accounts=accounts, roles=self.roles, houses=houses, later=self._later)
        invite = beside.seed()
        direct = self.told["direct"]
        talk = open_direct(
            by=accounts[direct["member"]], peer=self.roles[direct["peer"]].id, alias=None, now=self._later()
        )  # the one that came with the match
        self._talk(talk.id, direct["talk"])
        seed_cases(leads=accounts, later=self._later)
        enrolment = make_enrolment(account=accounts["max"], now=datetime.now(UTC))
        codes = {name: new.access_code for name, new in self.people.items()}
        return codes | {INVITE: invite, ENROLMENT: enrolment}

    def _group(self, told: dict[str, Any]) -> None:
        lead = self.people[told["lead"]].account
        texts = {key: told[key] for key in ("title", "about", "rules", "languages", "domains", "region")}
        group = create_group(by=lead, **texts, now=self._later())
        for name, alias in told["members"].items():
            request = ask_admission(
                by=self.people[name].account, group=group.pk, alias=alias, answer=None, now=self._later()
            )
            accept_request(by=lead, request=request.id, now=self._later())
        seqs = self._talk(group.pk, told["talk"])
        for line, name, key in told["reactions"]:
            by = self.people[name].account
            react(by=by, conversation=group.pk, seq=seqs[line - 1], key=key, now=self._later())

    def _talk(self, conversation: UUID, talk: list[list[Any]]) -> list[int]:
        """The lines in their order; a number behind one is the line that it answers."""
        seqs: list[int] = []
        for name, body, *answers in talk:
            sent = send_message(
                by=self.people[name].account,
                session=self.people[name].session,
                conversation=conversation,
                client_id=uuid4(),
                body=body,
                reply_to=seqs[answers[0] - 1] if answers else None,
                now=self._later(),
            )
            seqs.append(sent.seq)
        return seqs

    def _later(self) -> datetime:
        self.at += LINE
        return self.at


def welcome(codes: dict[str, str]) -> str:
    """What somebody who has just typed `make run` wants to know."""
    people = {
        "marit": "peer expert, runs both groups",
        "zora": "peer expert of the other organisation",
        "ana": "member, Dutch: journey, a check-in",
        "bo": "member, English: a check-in, Marit beside",
        "luz": "member, Spanish: somebody proposed",
        "max": "moderator",
        "olga": "coordinator of Marit's organisation",
        "rosa": "Olga's deputy",
        "inez": "coordinator of the other organisation",
        "teun": "Inez' deputy",
    }
    port = os.environ.get("PORT") or "8000"
    chat = "make chat" if port == "8000" else f"make chat PORT={port}"
    lines = ["", "Demo people and their access codes (made up, on this machine only):", ""]
    lines += [f"  {name:6} {people[name]:40} {code}" for name, code in codes.items() if name in people]
    lines += [
        "",
        f"What anybody finds without an account: http://127.0.0.1:{port}/info",
        "",
        "Two people talking, each in a terminal of their own:",
        "",
        f'  {chat} CODE="{codes["ana"]}"',
        f'  {chat} CODE="{codes["bo"]}"',
        "",
    ]
    if INVITE in codes:  # not in a community of before there were invites
        lines += [
            "Somebody new, invited by Olga (once, within 30 days):",
            "",
            f"  {chat} CODE=new INVITE={codes[INVITE]}",
            "",
        ]
    if ENROLMENT in codes:
        lines += [
            "The moderators' queue, where two reports wait: enrol as max, once, within 48 hours. An app for codes or a",
            "security key is needed, as by everybody who works here.",
            "",
            f"  http://localhost:{port}/console/enrol with {codes[ENROLMENT]} and max' access code",
            "",
        ]
    lines += [f"More to try, such as answering Luz' proposal: README.md, or http://127.0.0.1:{port}/api/docs", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
