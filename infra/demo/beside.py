"""Who is beside whom: peer experts and their vetting, contact persons, own lines, a referral that waits, an invite."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from backend.core.accounts.actions.invites import MAX_DAYS, make_invite
from backend.core.accounts.models import Account, Organisation, Role
from peers.checkins.actions.caring import confirm_caring
from peers.checkins.actions.clock import open_due
from peers.checkins.actions.plans import Wishes, set_plan
from peers.checkins.models import Checkin
from peers.experts.actions.experts import change_expert
from peers.experts.actions.vettings import set_checklist, sign_vetting, start_vetting
from peers.journeys.actions.lines import write_line
from peers.journeys.models import Entry, Goal
from peers.matching.actions.matches import accept_match
from peers.matching.actions.requests import ask_match, read_wishes
from peers.matching.models import Match
from peers.profiles.actions.profiles import change_profile
from peers.referrals.actions.sending import preview_referral, send_referral

BESIDE = Path(__file__).with_name("beside.json")


class Beside:
    """Made through the same actions that people use."""

    def __init__(
        self,
        *,
        accounts: Mapping[str, Account],
        roles: Mapping[str, Role],
        houses: Sequence[Organisation],
        later: Callable[[], datetime],
    ) -> None:
        self.told: dict[str, Any] = json.loads(BESIDE.read_text(encoding="utf-8"))
        self.accounts, self.roles, self.houses, self.later = accounts, roles, houses, later

    def seed(self) -> str:
        """All of it; → the code of an invite for a member."""
        now = self.later()
        for name, items in self.told["checklists"].items():
            set_checklist(by=self.accounts[name], items=items, now=now)
        for name, said in self.told["experts"].items():
            change_expert(by=self.accounts[name], changes=said, check=any_version, now=now)
        for vetting in self.told["vettings"]:
            self._vet(vetting)
        for match in self.told["matches"]:
            self._match(match)
        for name, said in self.told["profiles"].items():
            change_profile(by=self.accounts[name], changes=said, check=any_version, now=now)
        for kind, lines in ((Goal, self.told["goals"]), (Entry, self.told["journeys"])):
            for name, told in lines.items():
                for words in told:
                    write_line(kind, by=self.accounts[name], words=words, now=self.later())
        for referral in self.told["referrals"]:
            self._refer(referral)
        for name, wishes in self.told["plans"].items():
            self._ask_how(self.accounts[name], wishes)
        for name, keys in self.told["caring"].items():
            for key in keys:
                confirm_caring(by=self.accounts[name], text_key=key, now=self.later())
        inviter = self.accounts[self.told["invite"]]
        return make_invite(by=inviter, kind="member", days=MAX_DAYS, now=datetime.now(now.tzinfo)).code

    def _vet(self, told: Mapping[str, Any]) -> None:
        """The first who signs asks for it; the second may be of another organisation."""
        peer, signers = self.roles[told["peer"]], [self.roles[name] for name in told["signed"]]
        partners = [role.organisation_id for role in signers if role.organisation_id != peer.organisation_id]
        asked = start_vetting(
            by=signers[0].account, peer=peer.id, partner=partners[0] if partners else None, now=self.later()
        )
        for role in signers:
            items = range(len(asked.checklist.items))
            sign_vetting(by=role.account, vetting=asked.id, items=items, now=self.later())

    def _match(self, told: Mapping[str, Any]) -> None:
        """Asks once for each who is accepted, and once more if nobody is."""
        member = self.accounts[told["member"]]
        for accepted in told["accepts"] or [None]:
            request, _ = ask_match(by=member, wishes=read_wishes(told["wishes"]), now=self.later())
            if accepted:
                match = Match.objects.get(request=request, peer=self.roles[accepted])
                accept_match(by=member, match=match.id, now=self.later())

    def _ask_how(self, member: Account, wishes: Mapping[str, Any]) -> None:
        """A plan of check-ins at any hour; its first one is due now and not tomorrow, so that there is one to see."""
        told = Wishes(**wishes, days=range(7), first_minute=0, end_minute=24 * 60, zone="Europe/Amsterdam")
        set_plan(by=member, wishes=told, check=any_version, now=self.later())
        now = self.later()
        Checkin.objects.filter(plan=member.id).update(due_at=now)
        open_due(now=now)

    def _refer(self, told: Mapping[str, Any]) -> None:
        chosen = {
            "by": self.accounts[told["member"]],
            "organisation": self.houses[told["to"]].id,
            "fields": told["fields"],
            "goals": (),
            "message": told["message"],
        }
        now = self.later()
        shown = preview_referral(**chosen, now=now)
        send_referral(**chosen, expires_in=timedelta(days=told["days"]), preview=shown.tag, now=now)


def any_version(version: int) -> None:
    """Whatever it is now."""
