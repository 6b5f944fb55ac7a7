"""A reference client: takes a snapshot, applies events to it, and knows nothing but the contract.

`Phone` reads by REST as one person does. `apply` is what every client does with an event; where the contract says "read
it anew" it reads anew, and nowhere else.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from rest_framework.test import APIClient

from tests.asking import API
from tests.contracts.asyncapi import check_event

Told = dict[str, Any]


@dataclass
class State:
    """All that a client keeps. `cursors`: the seq that each part is true at."""

    cursors: dict[str, int] = field(default_factory=dict)
    me: Told = field(default_factory=dict)
    sessions: dict[str, Told] = field(default_factory=dict)
    requests: dict[str, Told] = field(default_factory=dict)
    journey: dict[str, list[Told]] = field(default_factory=dict)
    recoveries: list[Told] = field(default_factory=list)
    exports: list[Told] = field(default_factory=list)
    looked_at: dict[str, Any] = field(default_factory=dict)
    care: dict[str, list[Told]] = field(default_factory=dict)
    matches: Told = field(default_factory=dict)
    referrals: dict[str, Told] = field(default_factory=dict)
    contacts: dict[str, Told] = field(default_factory=dict)
    aftercare: dict[str, Told] = field(default_factory=dict)
    held: dict[str, list[Told]] = field(default_factory=dict)
    talks: dict[str, Told] = field(default_factory=dict)
    messages: dict[str, dict[int, Told]] = field(default_factory=dict)
    members: dict[str, dict[str, Told]] = field(default_factory=dict)


class Phone:
    """One person's client."""

    def __init__(self, client: APIClient) -> None:
        self.client = client

    # -- reading ------------------------------------------------------------------------------------------------------

    def snapshot(self) -> State:
        """Everything, read anew."""
        state = State()
        listed = self.get("/conversations")
        state.cursors["inbox"] = listed["seq"]
        for talk in listed["items"]:
            self.read_talk(state, talk["conversation"]["id"])
        self.read_account(state)
        self.read_requests(state)
        state.recoveries = self.get("/me/recovery")["running"]
        state.exports = self.get("/me/exports")["items"]
        self.read_journey(state)
        self.read_moderation(state)
        self.read_held(state)
        self.read_care(state)
        self.read_matches(state)
        state.referrals = {told["id"]: told for told in self.get("/referrals")["items"]}
        self.read_contacts(state)
        self.read_aftercare(state)
        return state

    def read_talk(self, state: State, conversation: str) -> None:
        """One talk with its history and members. The oldest of the three seqs is what all of it is true at."""
        state.talks[conversation] = talk = self.get(f"/conversations/{conversation}")
        place = talk.pop("seq")
        messages: dict[int, Told] = {}
        after: int | None = 0
        while after is not None:
            page = self.get(f"/conversations/{conversation}/messages", after_seq=after, limit=100)
            messages |= {message["seq"]: message for message in page["items"]}
            after, place = page["next"], min(place, page["seq"])
        state.messages[conversation] = messages
        state.members[conversation] = self.read_members(talk)
        state.cursors[conversation] = place

    def read_members(self, talk: Told) -> dict[str, Told]:
        """Who belongs to it, as this person sees them."""
        if talk["others"] is not None:
            return {member["id"]: member for member in [talk["membership"], *talk["others"]]}
        found = self.get(f"/groups/{talk['conversation']['id']}/members", limit=100)["items"]
        return {member["id"]: member for member in found}

    def read_account(self, state: State) -> None:
        """The account and its sessions."""
        state.me = self.get("/me")
        state.sessions = {told["id"]: told for told in self.get("/sessions")["items"]}

    def read_settings(self, state: State) -> None:
        """What is the account's own, also of each talk."""
        self.read_account(state)
        for talk in self.get("/conversations")["items"]:
            if (known := state.talks.get(talk["conversation"]["id"])) is not None:
                known["quiet_until"] = talk["quiet_until"]

    def read_requests(self, state: State) -> None:
        """One's own requests to join, and those that one decides on."""
        found = list(self.get("/me/admission-requests")["items"])
        for talk in state.talks.values():
            if talk["membership"]["part"] == "lead" and talk["conversation"]["kind"] == "group":
                found += self.read_waiting(talk["conversation"]["id"])
        for told in found:
            told.pop("title", None)  # nobody tells an asker that a group is called otherwise now
        state.requests = {told["id"]: told for told in found}

    def read_aftercare(self, state: State) -> None:
        """Check-ins, what is shared, wishes for contact: one's own, and what comes to who is beside somebody."""
        paths = ("/me/checkin-plan", "/checkins", "/me/shares", "/contact/shares", "/me/contact-requests")
        state.aftercare = {path: self.get(path) for path in (*paths, "/contact/requests", "/me/caring-messages")}

    def read_waiting(self, group: str) -> list[Told]:
        """Who asks to join; nobody, to who does not lead it any more and has not heard of that yet."""
        reply = self.client.get(f"{API}/groups/{group}/admission-requests")
        assert reply.status_code in (200, 403), reply.content
        waiting: list[Told] = reply.json()["items"] if reply.status_code == 200 else []
        return waiting

    def read_held(self, state: State) -> None:
        """What waits for a person: one's own, and in groups that one leads."""
        state.held = {"own": self.get("/me/held")["items"]}
        for group, talk in state.talks.items():
            if talk["membership"]["part"] == "lead" and talk["conversation"]["kind"] == "group":
                reply = self.client.get(f"{API}/groups/{group}/held")
                assert reply.status_code in (200, 403), reply.content
                if waiting := reply.json().get("items"):
                    state.held[group] = waiting

    def read_journey(self, state: State) -> None:
        """One's own lines and goals."""
        state.journey = {path: self.get(path, limit=100)["items"] for path in ("/me/journey", "/me/goals")}

    def read_moderation(self, state: State) -> None:
        """One's own reports, decisions about oneself, and what was said in appeals."""
        state.looked_at = {path: self.get(path)["items"] for path in ("/reports", "/me/decisions")}
        for there in state.looked_at["/me/decisions"]:
            if there["appeal"]:
                state.looked_at[there["appeal"]] = self.get(f"/appeals/{there['appeal']}")

    def read_care(self, state: State) -> None:
        """What was said because others worry, and for whom one was asked to be there."""
        state.care = {path: self.get(path)["items"] for path in ("/care/talks", "/care/asks")}

    def read_matches(self, state: State) -> None:
        """Who is proposed to one, or since when one waits."""
        state.matches = self.get("/matches")

    def read_contacts(self, state: State) -> None:
        """Who is beside one, whom one is beside, and what is asked of either."""
        state.contacts = {"own": self.get("/me/contact")}
        for path in ("/contact/members", "/handovers"):
            state.contacts[path] = {"items": self.get(path, limit=100)["items"]}
        state.contacts["own"].pop("seq")

    def get(self, path: str, **query: Any) -> Told:
        """What the address tells."""
        reply = self.client.get(f"{API}{path}", query)
        assert reply.status_code == 200, (path, reply.content)
        told: Told = reply.json()
        return told

    # -- following ----------------------------------------------------------------------------------------------------

    def follow(self, state: State, seen: list[Told] | None = None) -> State:
        """The state with all that happened since, by `/sync`. What was heard is added to `seen`."""
        state = copy.deepcopy(state)
        while True:
            reply = self.client.post(f"{API}/sync", {"cursors": state.cursors})
            assert reply.status_code == 200, reply.content
            parts: dict[str, Told] = reply.json()["streams"]
            assert not any(part.get("resync") for part in parts.values())
            moved = False
            for stream in sorted(parts, key=lambda name: name != "inbox"):
                part = parts[stream]
                moved |= part["to"] > part["after"]
                if part["after"] > state.cursors.get(stream, part["after"]):
                    continue  # it begins anew, further back: ask from there
                for event in part["events"]:
                    check_event(event)
                    assert part["after"] < event["seq"] <= part["to"]
                    if seen is not None:
                        seen.append(event)
                    if stream in state.cursors and event["seq"] > state.cursors[stream]:
                        self.apply(state, stream, event)
                if stream in state.cursors:
                    state.cursors[stream] = max(state.cursors[stream], part["to"])
            if not moved:
                return state

    def apply(self, state: State, stream: str, event: Told) -> None:
        """One event, in its stream's order."""
        what = {key: value for key, value in event.items() if key not in ("type", "seq")}
        talk = state.talks.get(stream, {})
        match event["type"]:
            case "message.created":
                state.messages[stream][event["seq"]] = {**what, "seq": event["seq"], "reactions": []}
                talk["last_message"] = {**what, "seq": event["seq"]}
                others = what["sender"]["membership"] != talk["membership"]["id"]
                talk["unread"] = others and event["seq"] > talk["read_seq"]
            case "message.edited" | "message.retracted" | "message.hidden" | "message.restored":
                seq = what.pop("message_seq")
                state.messages[stream][seq] |= what
                if event["type"] == "message.retracted":
                    state.messages[stream][seq]["reactions"] = []
                if talk["last_message"]["seq"] == seq:
                    talk["last_message"] |= what
            case "reaction.changed":
                self._react(state.messages[stream][what["message_seq"]], what["membership"], what["keys"])
            case "membership.changed":
                part = talk["membership"]["part"]
                self._change_member(state.members[stream], talk, what["membership"])
                if talk["membership"]["part"] != part:
                    if talk["others"] is None and talk["membership"]["state"] == "active":
                        state.members[stream] = self.read_members(talk)  # who leads sees who is muted
                    self.read_requests(state)  # who leads decides on them
                    self.read_held(state)
            case "membership.erased":
                self._erase(state.messages[stream], talk, what["membership"], what["retracted_at"])
            case "mute.changed":
                told = {"muted_until": what["muted_until"]}
                for known in (state.members[stream].get(what["membership"]), talk["membership"]):
                    if known is not None and known["id"] == what["membership"]:
                        known |= told
            case "conversation.changed":
                talk["conversation"] = what["conversation"]
            case "conversation.reset":
                self.read_talk(state, stream)
            case "conversation.added":
                self._begin(state, what)
            case "conversation.removed":
                for kept in (state.talks, state.messages, state.members, state.cursors):
                    kept.pop(what["conversation"], None)
                self.read_held(state)
            case "message.held" | "message.returned" | "held.changed":
                self.read_held(state)
            case "admission.changed":
                self.read_requests(state)
            case "contact.changed" | "handover.changed":
                self.read_contacts(state)
            case "report.changed" | "decision.made" | "appeal.changed":
                self.read_moderation(state)
            case "care.changed" | "care.asked":
                self.read_care(state)
            case "case.changed" | "duty.called":
                pass  # the console reads its queue anew
            case "session.revoked":
                state.sessions.pop(what["session"], None)
            case "recovery.changed":
                state.recoveries = self.get("/me/recovery")["running"]
            case "export.ready":
                state.exports = self.get("/me/exports")["items"]
            case "settings.changed":
                self.read_settings(state)
                self.read_aftercare(state)
            case "match.changed":
                self.read_matches(state)
            case "checkin.due" | "checkin.changed" | "share.changed" | "contact_request.changed" | "caring.sent":
                self.read_aftercare(state)
            case "referral.changed":
                state.referrals[what["referral"]] = told = self.get(f"/referrals/{what['referral']}")
                assert told["state"] == what["state"]
            case "journey.changed":
                self.read_journey(state)
            case unknown:
                raise AssertionError(f"what does a client do with {unknown}?")

    def _react(self, message: Told, membership: str, keys: list[str]) -> None:
        given = {told["key"]: set(told["memberships"]) - {membership} for told in message["reactions"]}
        for key in keys:
            given.setdefault(key, set()).add(membership)
        message["reactions"] = [{"key": key, "memberships": sorted(given[key])} for key in sorted(given) if given[key]]

    def _erase(self, messages: dict[int, Told], talk: Told, member: Told, at: str) -> None:
        last = talk["last_message"]
        for message in (*messages.values(), *([last] if last is not None else [])):
            if message["sender"]["membership"] == member["id"]:
                message["sender"] |= {name: member[name] for name in ("alias", "avatar_key", "peer")}
                message |= {"body": None, "retracted_at": message["retracted_at"] or at}
                if "reactions" in message:
                    message["reactions"] = []
            elif "reactions" in message:
                self._react(message, member["id"], [])

    def _change_member(self, members: dict[str, Told], talk: Told, member: Told) -> None:
        if member["state"] in ("left", "removed"):
            members.pop(member["id"], None)
        else:
            own, fresh = talk["membership"], {"muted_until": None} if talk["others"] is None else {}
            known = own if member["id"] == own["id"] else members.get(member["id"], fresh)
            members[member["id"]] = {**known, **member}
        if member["id"] == talk["membership"]["id"]:
            talk["membership"] = {**talk["membership"], **member}
        if talk["others"] is not None:
            own = talk["membership"]["id"]
            talk["others"] = sorted((m for m in members.values() if m["id"] != own), key=lambda m: str(m["id"]))

    def _begin(self, state: State, what: Told) -> None:
        """One more talk: nothing is read but who belongs to it; the rest comes from its stream, which begins here."""
        conversation = what["conversation"]["id"]
        if conversation in state.talks:
            return
        state.talks[conversation] = talk = {
            **what,
            "others": None if what["conversation"]["kind"] == "group" else [],
            "unread": False,
            "quiet_until": None,
            "last_message": None,
        }
        state.messages[conversation] = {}
        state.members[conversation] = self.read_members(talk) if talk["others"] is None else {}
        state.cursors[conversation] = max(0, what["first_seq"] - 1)
        if what["membership"]["part"] == "lead":
            self.read_requests(state)
