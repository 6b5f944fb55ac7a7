"""Whoever gets hold of a database reads no talk in it, and no access code."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from messaging.actions.messages import edit_message, react, retract_message
from messaging.models import Group, Message
from tests.asking import dump_databases
from tests.cast import Cast, Person
from tests.messaging.rooms import NOON, Room, new_room

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
WORDS = ("kanariegeel", "zonnebloem-één", "Прощавай", "пуловер", "☕ koffie?")


@pytest.fixture
def room(cast: Cast) -> Room:
    return new_room(cast.ben, cast.ana, cast.dora)


def forms(word: str) -> Iterator[str]:
    """How a dump could show a text: as it reads, escaped, or as bytes."""
    yield word
    yield word.encode("unicode_escape").decode()
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        yield word.encode(encoding).hex()
    whole = len(word.encode()) // 3 * 3  # what follows in the same text would change the rest
    yield base64.b64encode(word.encode()[:whole]).decode()
    yield base64.b64encode(base64.b64encode(word.encode()[:whole])[:-4]).decode()


def found(*words: str) -> list[str]:
    """Those of the words that the databases hold in some form."""
    dump = dump_databases().replace("\\\\", "\\").casefold()  # a row as text doubles them
    return [word for word in words if any(form.casefold() in dump for form in forms(word))]


def test_no_talk_in_the_databases(room: Room, cast: Cast, client_of: Client) -> None:
    sent, edited, taken_back, by_rest, refused = WORDS
    room.say(cast.ana, f"Een {sent}")
    room.say(cast.ana, "Eerst iets anders")
    edit_message(by=cast.ana.account, conversation=room.id, seq=2, body=edited, now=NOON + timedelta(hours=1))
    edit_message(by=cast.ana.account, conversation=room.id, seq=2, body="en weer anders", now=NOON)
    room.say(cast.dora, taken_back)
    retract_message(by=cast.dora.account, conversation=room.id, seq=5, now=NOON)
    react(by=cast.dora.account, conversation=room.id, seq=1, key="hug", now=NOON)
    client = client_of(cast.ben)
    told = {"client_id": str(uuid4()), "body": by_rest, "reply_to": 1}
    for _ in range(2):
        client.post(f"{room.url}/messages", told, headers={"Idempotency-Key": "1"})
    client.post(f"{room.url}/messages", {**told, "body": refused}, headers={"Idempotency-Key": "2"})
    assert Message.objects.count() == 4
    assert found(*WORDS, "Eerst iets anders", "en weer anders") == []


def test_no_access_code_in_the_databases(cast: Cast) -> None:
    for person in (cast.ana, cast.ben, cast.max):
        words = person.code.split()
        assert found(person.code, " ".join(words[:3]), "".join(words), "-".join(words)) == []
        assert found(person.token) == []


@pytest.mark.parametrize("form", list(forms(WORDS[1])))
def test_the_search_would_find_it(room: Room, form: str) -> None:
    assert found(WORDS[1]) == []
    Group.objects.filter(pk=room.id).update(rules=f"before {form} after")
    assert found(WORDS[1]) == [WORDS[1]]


def test_the_search_sees_bytes_and_both_databases(room: Room, cast: Cast) -> None:
    room.say(cast.ana)
    Message.objects.update(body=f"a{WORDS[2]}b".encode())
    assert found(WORDS[2]) == [WORDS[2]]
    dump = dump_databases()
    for table, rows in (("alias", room.of(cast.ana).alias), ("keystore", str(room.id))):
        assert dump.count(rows) > (1 if table == "keystore" else 0)
