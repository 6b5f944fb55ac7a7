"""Nothing goes out that tells anything: every kind of event, every byte to the push services, the logs, the figures."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import generate_latest

from backend.core.db import write
from backend.core.push.actions.waking import deliver
from backend.core.push.models import Device
from backend.core.push.vocabulary import Kind
from backend.core.streams import registry
from backend.core.streams.append import append
from messaging.actions.admissions import ask_admission
from messaging.actions.groups import create_group
from messaging.actions.messages import send_message
from messaging.models import Message
from tests.cast import Cast, Person, new_session, utc_now
from tests.messaging.rooms import new_room
from tests.push.conftest import House

pytestmark = pytest.mark.django_db
WORD = "Kanarie"


@write
def happen(kind: str, **given: Any) -> None:
    """An event, as the act would tell it."""
    append(kind=kind, at=utc_now(), **given)


def test_nothing_that_goes_out_tells_anything(house: House, cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # as backend.settings.logs has it
    room = new_room(cast.ben, cast.ana, title=f"{WORD} title")
    room.join(cast.dora, f"{WORD} alias")
    group = create_group(by=cast.ben.account, title=f"{WORD} group", languages=["en"], now=utc_now()).pk
    browser, _ = new_session(cast.ana.account)
    house.phone(cast.ana, "t" * 150)
    house.browser(Person(cast.ana.account, "", "", browser), "/" + "p" * 150)
    house.phone(cast.ben, "b" * 150)
    house.work()

    ids = {str(it.id) for it in (cast.ana.account, cast.ben.account, cast.dora.account, cast.ana.session, browser)}
    ids |= {str(it.account.inbox) for it in (cast.ana, cast.ben, cast.dora)}
    ids |= {str(room.id), str(group), *(str(it.id) for it in room.members.values())}
    house.fcm.raw.clear()
    house.web.raw.clear()
    sends = 0

    def work(count: int) -> None:
        nonlocal sends
        house.work()
        sends += count

    said = send_message(
        by=cast.dora.account,
        session=cast.dora.session,
        conversation=room.id,
        client_id=uuid4(),
        body=f"{WORD} says 4711081547 things",
        now=utc_now(),
    )
    ids.add(str(Message.objects.get(conversation_id=room.id, seq=said.seq).message_id))
    work(3)
    asked = ask_admission(by=cast.cleo.account, group=group, alias=f"{WORD} two", answer=WORD, now=utc_now())
    ids.add(str(asked.id))
    work(1)
    for kind in Kind:
        deliver(account=cast.ana.account, kind=kind, now=utc_now())
        work(2)
    for told_as in sorted(registry.kinds()):
        for stream in (room.id, cast.ana.account.inbox, cast.ben.account.inbox):
            happen(told_as, stream=stream, ref=asked.id, number=said.seq)
        house.work()
    assert len(house.fcm.got) + len(house.web.got) >= sends
    assert len(house.web.got) >= 6

    for service in (house.fcm, house.web):
        out = b"\n".join(service.raw).decode("latin-1")
        for told in (WORD, "4711081547", *ids, *(it.replace("-", "") for it in ids)):
            assert told.lower() not in out.lower(), told
        assert len({len(body) for _, _, body in service.got}) == 1
    assert len({body for _, _, body in house.fcm.got if b"t" * 150 in body}) <= 60  # but for the time it expires
    shown = caplog.text + generate_latest().decode()
    for told in (WORD, "4711081547", "t" * 20, "b" * 20, "p" * 20, *ids):
        assert told not in shown, told
    assert Device.objects.count() == 3
