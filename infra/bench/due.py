"""One tick of the worker over many plans of which 1,000 are due: `python -m infra.bench.due` reads
`{"plans": n, "due": n, "rounds": n}` and prints `[{"s per tick": …, "opened/s": …, "cpu s": …}, …]`.

The databases are fresh. What was opened is put back between rounds, so that each finds the same.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "infra.bench.settings")
django.setup()

from django.db import connection  # noqa: E402  (settings come first)

from backend.core.jobs import jobs, run_job  # noqa: E402
from infra.migrate import migrate_databases  # noqa: E402
from peers.checkins.models import Checkin  # noqa: E402

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
JOB = "check-ins that are due"

PLANT = """
INSERT INTO accounts_account (password, id, inbox, code_hash, code_pepper, locale, created_at)
SELECT '', ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, sha256(n::text::bytea), 1, 'en', %(now)s
FROM generate_series(1, %(plans)s) n;
INSERT INTO streams_stream (id, head, at)
SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, 0, %(now)s FROM generate_series(1, %(plans)s) n;
INSERT INTO checkins_plan (account_id, preset, every_days, days, first_minute, end_minute, zone, domains, reminders,
                           seed, anchor, series, unanswered, begun_at, caring_sent, version)
SELECT id, 'standard', 0, '{0,1,2,3,4,5,6}', 0, 1440, 'Europe/Amsterdam', '{housing}', true, sha256(id::text::bytea),
       %(now)s::date - 60, 0, 0, %(now)s, 0, 1
FROM accounts_account;
INSERT INTO checkins_checkin (id, plan_id, series, index, nominal, state, due_at, questions, domains, snoozes)
SELECT gen_random_uuid(), account_id, 0, 6, %(now)s::date, 'planned', %(now)s + interval '30 days', 1, '{}', 0
FROM checkins_plan
"""
# Every so-many-th plan is due: they lie apart on the disk, as real ones do.
PUT_BACK = """
DELETE FROM checkins_checkin WHERE index > 6;
UPDATE checkins_checkin SET state = 'planned', opened_at = NULL, due_at = %(now)s - interval '1 minute'
WHERE plan_id IN (
  SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
  FROM generate_series(1, %(plans)s, %(plans)s / %(due)s) n)
"""


def run(statements: str, **given: int | datetime) -> None:
    """Statements, one after the other."""
    with connection.cursor() as cursor:
        for statement in statements.split(";"):
            cursor.execute(statement, {name: value for name, value in given.items() if f"%({name})s" in statement})


def measure(plans: int, due: int, rounds: int) -> list[dict[str, float]]:
    """What one tick costs, each time anew."""
    migrate_databases()
    run(PLANT, plans=plans, now=NOON)
    job = next(job for job in jobs() if job.name == JOB)
    found = []
    for number in range(rounds + 1):
        run(PUT_BACK, plans=plans, due=due, now=NOON)
        connection.cursor().execute("VACUUM ANALYZE")
        began, cpu = time.perf_counter(), time.process_time()
        opened = run_job(job, now=NOON + timedelta(seconds=number))
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        if opened != due or Checkin.objects.filter(state="open").count() != due:
            raise RuntimeError(f"{opened} of {due} were opened")
        if number:  # the first one warms up
            found.append({"s per tick": took, "opened/s": due / took, "cpu s": cpu})
    return found


if __name__ == "__main__":
    print(json.dumps(measure(**json.load(sys.stdin))))
