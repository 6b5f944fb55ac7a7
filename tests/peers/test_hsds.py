"""Open Referral's HSDS 3: real records come in, are not checked, and go out again as they came."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from backend.core.models import AuditEntry
from peers.directory import hsds, queries
from peers.directory.actions.entries import change_entry
from peers.directory.actions.imports import import_entries
from peers.directory.hsds_export import export
from peers.directory.models import Entry
from tests.asking import API
from tests.cast import Cast, utc_now
from tests.peers.shelf import assured, new_entry, today

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent / "hsds"  # examples by Open Referral, CC BY-SA 4.0: see README.md there
ORGANISATION = UUID("d9d5e0f5-d3ce-4f73-9a2f-4dd0ecc6c610")
SERVICE = UUID("ac148810-d857-441c-9679-408f346de14b")


def load(name: str) -> Any:
    return json.loads((FILES / name).read_text(encoding="utf-8"))


def run_import(name: str, *options: str) -> str:
    out = StringIO()
    call_command("import_directory", str(FILES / name), "--source", "Open Referral", *options, stdout=out)
    return out.getvalue().strip()


def run_export() -> Any:
    out = StringIO()
    call_command("export_directory", stdout=out)
    return json.loads(out.getvalue())


def empty() -> None:
    Entry.objects.exclude(of=None).delete()
    Entry.objects.all().delete()


def without_ours(record: dict[str, Any]) -> dict[str, Any]:
    others = [one for one in record.get("attributes", []) if not hsds.is_ours(one)]
    rest = {name: value for name, value in record.items() if name not in ("attributes", "services")}
    return rest | ({"attributes": others} if others else {})


def without_people(value: Any) -> Any:
    if isinstance(value, list):
        return [without_people(inner) for inner in value]
    if isinstance(value, dict):
        dropped = ("contacts", "metadata", "assurer_email")
        return {name: without_people(inner) for name, inner in value.items() if name not in dropped}
    return value


def test_nobody_is_named_who_works_there() -> None:
    given = (FILES / "organization_full.json").read_text(encoding="utf-8")
    names = ("Ann Persona", "assurer_email", *{person["name"] for person in json.loads(given)["contacts"]})
    assert len(names) > 2
    assert all(name in given for name in names)
    run_import("organization_full.json", "--kind", "talk")
    kept = json.dumps(list(Entry.objects.values_list("imported", flat=True)))
    told = Client().get(f"{API}/directory/export").content.decode()
    assert "Community Counselling" in kept
    assert "Community Counselling" in told
    assert not [name for name in names if name in kept + told]
    # What was kept before this was so goes out without them, too.
    Entry.objects.filter(id=SERVICE).update(imported=load("organization_full.json")["services"][0])
    told = json.dumps(export(on=today()), default=str)
    assert not [name for name in names if name in told]


def test_a_real_record_comes_in_and_goes_out_as_it_came() -> None:
    assert run_import("organization_full.json", "--kind", "talk") == "added: 2"
    given = without_people(load("organization_full.json"))
    [told] = run_export()["contents"]
    [service], [given_service] = told["services"], given.pop("services")
    assert without_ours(told) == given
    assert without_ours(service) == given_service  # all the rest of it, also what we have no word for
    entry = Entry.objects.get(id=SERVICE)
    assert (entry.name, entry.of_id, entry.kinds) == ("Community Counselling", ORGANISATION, ["talk"])
    assert entry.address == "1-30 Main Street, ABC 1234, MyCity"
    assert [way["channel"] for way in entry.contacts] == ["phone", "email", "website"]
    assert entry.texts["en"]["about"].startswith("Counselling Services provided")


def test_what_went_out_comes_in_elsewhere_as_it_was(cast: Cast) -> None:
    run_import("service_full.json", "--kind", "talk")
    house = assured(
        new_entry(
            cast.olga, name="Huis", specific=True, kinds=["meeting"], texts={"nl": {"about": "Hoi"}, "ro": {"how": "D"}},  # noqa: E501
            domains=["money"], directions=["unsure"], stances=["stays"], languages=["nl", "pap"], regions=["utrecht"],
            contacts=[{"channel": "message", "value": "06 123", "note": "app"}, {"channel": "phone", "value": "112"}],
            begins_at=utc_now(), ends_at=utc_now() + timedelta(days=1), yearly=True, places_free=7, hours="di",
        ),
        cast.olga,
    )  # fmt: skip
    new_entry(cast.olga, of=house.id, name="Urgentie", kinds=["housing_urgency"], municipality="Gouda")
    before = run_export()
    fields = {row.id: _said(row) for row in Entry.objects.all()}
    empty()
    found = hsds.read(before, language="en")
    counts = import_entries(found=found, source="elsewhere", now=utc_now())
    assert counts == {"added": 4}
    assert {row.id: _said(row) for row in Entry.objects.all()} == fields
    assert {row.standing(on=today()) for row in Entry.objects.all()} == {"unassured", "unconfirmed"}
    assert [record["id"] for record in run_export()["contents"]] == [record["id"] for record in before["contents"]]


def _said(row: Entry) -> dict[str, Any]:
    names = "name texts kinds domains directions stances languages regions rank contacts municipality begins_at ends_at"
    return {name: getattr(row, name) for name in f"{names} yearly places_free hours address part of_id".split()}


def test_imported_entries_are_not_checked_until_somebody_does(cast: Cast) -> None:
    run_import("service_full.json")
    told = {entry["name"]: entry for entry in Client().get(f"{API}/directory").json()["items"]}
    assert told["Community Counselling"]["standing"] == "unconfirmed"  # its own source looked at it in 2005
    assert told["Community Counselling"]["assured"] is None
    assert told["Community Counselling"]["source"] == "Open Referral"
    entry = assured(Entry.objects.get(id=SERVICE), cast.olga)
    assert (entry.kept_by, entry.standing(on=today())) == (cast.organisation, "assured")
    # From now on it is theirs: the file does not change it any more.
    assert run_import("service_full.json", "--kind", "talk") == "kept: 1, renewed: 1"
    assert Entry.objects.get(id=SERVICE).kinds == []


def test_places_come_in_only_where_it_is_said_to_be_no_safe_home() -> None:
    for options in ((), ("--kind", "temporary_home")):
        empty()
        run_import("organization_full.json", *options)
        shown = json.dumps([list(Entry.objects.values("address", "imported", "texts")), run_export()])
        for words in ("1-30 Main Street", "ABC 1234", "latitude", "MyCity Civic Center is located"):
            assert words not in shown, options


def test_a_safe_home_of_ours_goes_out_without_a_place(cast: Cast) -> None:
    run_import("service_full.json", "--kind", "talk")
    entry = assured(Entry.objects.get(id=SERVICE), cast.olga)
    changes = {"kinds": ["temporary_home"], "address": None, "area": None}
    change_entry(by=cast.olga.account, entry=entry.id, changes=changes, check=lambda version: None, now=utc_now())
    [told] = run_export()["contents"]
    assert "1-30 Main Street" not in json.dumps(told["services"])


def test_a_change_here_goes_out_and_the_rest_as_it_came(cast: Cast) -> None:
    run_import("organization_full.json", "--kind", "talk")
    entry = assured(Entry.objects.get(id=SERVICE), cast.olga)
    changes = {"contacts": [{"channel": "phone", "value": "+31 70 1234567"}]}
    change_entry(by=cast.olga.account, entry=entry.id, changes=changes, check=lambda version: None, now=utc_now())
    [[service]] = [record["services"] for record in run_export()["contents"]]
    given = without_people(load("organization_full.json"))["services"][0]
    assert [phone["number"] for phone in service["phones"]] == ["+31 70 1234567"]
    assert "email" not in service
    assert service["assured_date"] == str(today())
    same = given.keys() - {"phones", "email", "url", "assured_date", "attributes"}
    assert {name: service[name] for name in same} == {name: given[name] for name in same}


def test_the_same_file_again_changes_nothing() -> None:
    assert run_import("organization_full.json") == "added: 2"
    assert run_import("organization_full.json") == "same: 2"
    assert queries.edition() >= 2
    assert AuditEntry.objects.filter(action="entries.imported").count() == 2
    assert run_import("service_list.json") != ""


def test_what_is_not_active_is_not_shown() -> None:
    record = load("service_full.json")
    run_import("service_full.json")
    found = hsds.read({**record, "status": "defunct"}, language="en")
    assert import_entries(found=found, source="Open Referral", now=utc_now())["renewed"] == 1
    assert Entry.objects.get(id=SERVICE).withdrawn_at is not None


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"7", b'"x"', b"{}", b'[{"id": "x"}]', b'{"id": 7, "name": "A"}', b"[[]]", b'{"name": "A", "id": ""}',
     b'{"id": "a", "name": "A", "services": 7}',
     b'{"id": "a", "name": "A", "attributes": [{"value": "{", "taxonomy_term": {"taxonomy": "naast", "code": "x"}}]}'],
)  # fmt: skip
def test_another_form_is_refused(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(text)
    with pytest.raises(CommandError, match="Refused: hsds_unreadable"):
        call_command("import_directory", str(file))
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "value", [{"kinds": ["magic"]}, {"contacts": [{"channel": 1}]}, {"texts": [1]}, {"begins_at": "x"}, {"rank": 5}]
)
def test_an_attribute_that_does_not_fit_harms_only_its_record(value: dict[str, Any]) -> None:
    def attribute(name: str, said: Any) -> Any:
        return {"value": json.dumps(said), "taxonomy_term": {"taxonomy": "naast", "code": name}}

    bad = {"id": "a", "name": "A", "attributes": [attribute(name, said) for name, said in value.items()]}
    found = hsds.read([bad, {"id": "b", "name": "B"}], language="en")
    counts = import_entries(found=found, source="x", now=utc_now())
    assert counts["added"] >= 1
    assert Entry.objects.filter(name="B").exists()


def test_the_api_gives_the_same_document() -> None:
    run_import("organization_full.json")
    assert Client().get(f"{API}/directory/export").json() == orjson.loads(orjson.dumps(export(on=today())))
