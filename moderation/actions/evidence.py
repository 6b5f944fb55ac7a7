"""Evidence is taken at once, inside the write that takes the report, so that nothing can be changed in between."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models import QuerySet

from backend.core.accounts.models import Role
from backend.core.sealing import datakeys, seal, vault
from messaging import access
from messaging.accepting.batch import body_aad
from messaging.models import Message, MessageVersion
from moderation.models import Case, Evidence, Exhibit
from moderation.words import aad, for_case
from peers.directory.models import Entry
from peers.directory.queries import published
from peers.experts.actions.experts import saids_of
from peers.experts.queries import experts_by_role

Bytes = bytes | memoryview
Version = tuple[Bytes | None, Bytes]  # sealed text, tag

CONTEXT = 5  # messages before, and as many after
OF_A_PERSON = 5  # their last ones, where somebody is reported and no message


def take_message(*, case: Case, reporter: UUID, seq: int, now: datetime) -> None:
    """The message with every version that there is, and what was said around it that the reporter sees."""
    assert case.conversation_id is not None
    before = _rows(case).filter(seq__lt=seq).order_by("-seq")[:CONTEXT]
    after = _rows(case).filter(seq__gt=seq).order_by("seq")[:CONTEXT]
    view = access.view_of(account=reporter, conversation=case.conversation_id)
    around = [row for row in (*before, *after) if view is not None and view.sees_seq(row.seq)]
    _take(case, _rows(case).filter(seq=seq), is_context=False, now=now)
    _take(case, around, is_context=True, now=now)


def take_one(*, case: Case, seq: int, now: datetime) -> None:
    """One message with every version that there is; nothing of what others said around it."""
    _take(case, _rows(case).filter(seq=seq), is_context=False, now=now)


def take_person(*, case: Case, now: datetime) -> None:
    """What the person said last in the place concerned."""
    _take(
        case,
        _rows(case).filter(membership=case.membership_id).order_by("-seq")[:OF_A_PERSON],
        is_context=False,
        now=now,
    )


def take_entry(*, case: Case, entry: Entry, now: datetime) -> None:
    """What the entry says to the public."""
    _exhibit(case, version=entry.version, text=published(entry), now=now)


def take_peer(*, case: Case, peer: Role, now: datetime) -> None:
    """What somebody says of themselves as a peer expert, to those to whom they are proposed."""
    expert = experts_by_role(roles=[peer.id]).get(peer.id)
    said = saids_of([expert])[peer.id].about if expert is not None else ""
    text = "\n\n".join(filter(None, (peer.alias, said)))
    _exhibit(case, version=expert.version if expert is not None else 0, text=text, now=now)


def _exhibit(case: Case, *, version: int, text: str, now: datetime) -> None:
    if not case.exhibits.filter(version=version).exists():
        made = Exhibit(case=case, version=version, taken_at=now)
        made.body = for_case(case=case.id, text=text, place="exhibit", of=made.id)
        made.save(force_insert=True)


def drop_context(*, case: Case) -> None:
    """Once it is decided, what bystanders said is no longer needed."""
    case.evidence.filter(is_context=True).delete()


def _rows(case: Case) -> QuerySet[Message]:
    assert case.conversation_id is not None
    return Message.objects.filter(conversation_id=case.conversation_id).select_related("membership")


def _take(case: Case, found: Iterable[Message], *, is_context: bool, now: datetime) -> None:
    rows = list(found)
    if not rows:
        return
    key = datakeys.found_keys([rows[0].conversation_id]).get(rows[0].conversation_id)
    known = set(case.evidence.values_list("seq", "version"))
    older: dict[int, dict[int, Version]] = {}
    if not is_context:
        kept = MessageVersion.objects.filter(conversation_id=rows[0].conversation_id, seq__in=[row.seq for row in rows])
        for there in kept:
            older.setdefault(there.seq, {})[there.version] = (there.body, there.tag)
    taken = []
    for row in rows:
        for version, (body, tag) in _versions(row, older.get(row.seq, {})).items():
            if (row.seq, version) not in known:
                made = _evidence(case, row, version=version, tag=tag, is_context=is_context, now=now)
                if body is not None and key is not None:
                    made.body = vault.seal_for(
                        owner=case.id, text=_text(row, version, body, key), aad=aad("evidence", made.id, case.id)
                    )
                taken.append(made)
    Evidence.objects.bulk_create(taken)
    # What was context before somebody reported it is evidence now.
    if not is_context:
        case.evidence.filter(seq__in=[row.seq for row in rows]).update(is_context=False)


def _versions(row: Message, older: dict[int, Version]) -> dict[int, Version]:
    """By number. A retracted text lies among the older ones, under the number that the message still has."""
    found = dict(older)
    if row.body is not None or row.version not in found:
        found[row.version] = (row.body, row.tag)
    return found


def _text(row: Message, version: int, body: Bytes, key: AESGCM) -> bytes:
    place = body_aad(
        message=row.message_id, version=version, conversation=row.conversation_id, membership=row.membership_id
    )
    return seal.unseal(key=key, sealed=bytes(body), aad=place)


def _evidence(
    case: Case, row: Message, *, version: int, tag: bytes | memoryview, is_context: bool, now: datetime
) -> Evidence:
    return Evidence(
        case=case,
        conversation_id=row.conversation_id,
        seq=row.seq,
        version=version,
        membership_id=row.membership_id,
        client_id=row.client_id,
        alias=row.membership.alias,
        part=row.membership.part,
        sent_at=row.sent_at,
        tag=tag,
        is_context=is_context,
        taken_at=now,
    )
