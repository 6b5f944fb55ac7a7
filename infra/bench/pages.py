"""The queue and a case page of the console among many cases: `python -m infra.bench.pages` reads `{"cases": n,
"calls": n, "rounds": n}` and prints `[{"queue": {"p50 ms": …, "p95 ms": …, "queries": …}, "case": {…}}, …]`.

The time is the server's: from the request to the rendered page, without the network.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "infra.bench.settings")
django.setup()

from django.db import connection  # noqa: E402  (settings come first)
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from backend.core import limits  # noqa: E402
from backend.core.accounts import tokens  # noqa: E402
from backend.core.accounts.actions.accounts import create_account  # noqa: E402
from backend.core.accounts.actions.roles import give_role  # noqa: E402
from backend.core.accounts.consents import ACCOUNT, CONSENTS  # noqa: E402
from backend.core.accounts.models import Account  # noqa: E402
from backend.core.staff.models import Staff, StaffSession  # noqa: E402
from infra.migrate import migrate_databases  # noqa: E402

WARM_UP = 5
# Cases in a thousand groups, half of them decided, one in twenty about the same person, reports and evidence to each.
PLANT = """
INSERT INTO accounts_account (password, id, inbox, code_hash, code_pepper, locale, created_at)
SELECT '', ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, sha256(n::text::bytea), 1, 'nl', %(now)s
FROM generate_series(1, 1000) n;
INSERT INTO messaging_conversation (id, kind, created_at)
SELECT ('00000000-0000-4000-a000-' || lpad(to_hex(n), 12, '0'))::uuid, 'group', %(now)s FROM generate_series(1, 1000) n;
INSERT INTO messaging_membership (id, conversation_id, account_id, alias, alias_key, avatar_key, part, state, dormant,
                                  visible_from, read_seq, passed)
SELECT ('00000000-0000-4000-b000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('00000000-0000-4000-a000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Alias', 'alias', 'wave-sand', 'member',
       'active', false, 0, 0, 0
FROM generate_series(1, 1000) n;
INSERT INTO moderation_case (id, kind, about, reason, priority, language, subject_id, conversation_id, membership_id,
                             state, opened_at, due_at, decided_at, outcome, version)
SELECT ('00000000-0000-4000-c000-' || lpad(to_hex(n), 12, '0'))::uuid, CASE n %% 10 WHEN 3 THEN 'care' ELSE 'rule' END,
       'bench:' || n, 'spam', 'low', CASE n %% 3 WHEN 0 THEN 'en' ELSE 'nl' END,
       ('00000000-0000-4000-8000-' || lpad(to_hex(m), 12, '0'))::uuid,
       ('00000000-0000-4000-a000-' || lpad(to_hex(m), 12, '0'))::uuid,
       ('00000000-0000-4000-b000-' || lpad(to_hex(m), 12, '0'))::uuid,
       CASE n %% 2 WHEN 0 THEN 'open' ELSE 'decided' END, %(now)s, %(now)s + n * interval '1 second',
       CASE n %% 2 WHEN 0 THEN NULL ELSE %(now)s END, '', 1
FROM (SELECT n, 1 + n * 7919 %% 1000 AS m FROM generate_series(1, %(cases)s) n) numbered;
INSERT INTO moderation_report (id, case_id, target, seq, reason, may_contact, received_at)
SELECT gen_random_uuid(), id, 'message', 1, 'spam', false, opened_at FROM moderation_case;
INSERT INTO moderation_evidence (id, case_id, conversation_id, seq, version, membership_id, client_id, alias, part,
                                 sent_at, body, tag, is_context, taken_at)
SELECT gen_random_uuid(), id, conversation_id, s, 1, membership_id, gen_random_uuid(), 'Alias', 'member', opened_at,
       '\\x00', '\\x00', s > 1, opened_at
FROM moderation_case, generate_series(1, 5) s;
INSERT INTO moderation_decision (id, case_id, subject_id, rule, rule_version, held_by_report, state, tied, at_once,
                                 made_at, in_force_at, appeal_until)
SELECT gen_random_uuid(), id, subject_id, 'spam', '2026-11', false, 'in_force', false, false, opened_at, opened_at,
       opened_at
FROM moderation_case WHERE state = 'decided'
"""


def run(statements: str, **given: int | datetime) -> None:
    """Statements, one after the other."""
    with connection.cursor() as cursor:
        for statement in statements.split(";"):
            cursor.execute(statement, {name: value for name, value in given.items() if f"%({name})s" in statement})


def moderator(now: datetime) -> Client:
    """A browser in which somebody who moderates is signed in."""
    consents = {ACCOUNT: CONSENTS[ACCOUNT]}
    account: Account = create_account(
        locale="en", adult=True, consents=consents, device_name=None, shared_device=False, now=now
    ).account
    give_role(account=account, kind="moderator", by=None, now=now)
    staff = Staff.objects.create(account=account, name="bench", passphrase=b"", enrolled_at=now)
    token = tokens.new_token()
    StaffSession.objects.create(
        staff=staff,
        token_hash=tokens.hash_token(token=token),
        decoy=b"",
        began_at=now,
        passphrase_at=now,
        second_at=now,
        seen_at=now,
    )
    client = Client(headers={"host": "127.0.0.1", "x-forwarded-proto": "https"})
    client.cookies["__Host-console"] = token
    return client


def time_pages(call: Callable[[int], str], client: Client, calls: int) -> dict[str, float]:
    """Median and 95th percentile in ms, and how many queries a page costs."""
    took: list[float] = []
    for turn in range(calls + WARM_UP):
        limits._local.clear()  # one reader asks faster than a person would
        path, began = call(turn), time.perf_counter()
        reply = client.get(path, secure=True)
        spent = time.perf_counter() - began
        if reply.status_code != 200:
            raise RuntimeError(f"{path}: {reply.status_code}")
        if turn >= WARM_UP:
            took.append(spent * 1000)
    with CaptureQueriesContext(connection) as caught:
        client.get(call(0), secure=True)
    cuts = statistics.quantiles(took, n=20)
    return {"p50 ms": statistics.median(took), "p95 ms": cuts[18], "queries": float(len(caught))}


def measure(cases: int, calls: int, rounds: int) -> list[dict[str, dict[str, float]]]:
    """Both pages, in turn."""
    migrate_databases()
    now = datetime.now(UTC)
    run(PLANT, cases=cases, now=now)
    connection.cursor().execute("VACUUM ANALYZE")
    client = moderator(now)

    def case(turn: int) -> str:
        return f"/console/cases/{UUID(int=(0x4000C000 << 48) | (2 + turn % (cases // 2) * 2))}"

    def queue(turn: int) -> str:
        return "/console/cases" + ("?language=en" if turn % 2 else "")

    return [{"queue": time_pages(queue, client, calls), "case": time_pages(case, client, calls)} for _ in range(rounds)]


if __name__ == "__main__":
    print(json.dumps(measure(**json.load(sys.stdin))))
