"""A system whose records changed their shape is out before they are read or written under the old mapping."""

from __future__ import annotations

import random

import pytest

from reconcile.drift import ENOUGH, drift, joined, shape

ROWS = [{"id": n, "name": "Ada", "tags": ["x"], "score": None if n else 4} for n in range(6)]
KNOWN = shape(ROWS, {"id", "name", "tags", "score", "fax"})


def changed(**columns):
    return [{**row, **columns} for row in ROWS]


def without(name):
    return [{key: value for key, value in row.items() if key != name} for row in ROWS]


def test_the_shape_is_what_all_records_have():
    assert {
        "id": {"a number"},
        "name": {"text"},
        "tags": {"a list"},
        "score": {"a number"},
    } == KNOWN
    assert joined(None, KNOWN) == KNOWN
    assert joined(KNOWN, shape([{"id": "7", "name": None}], KNOWN)) == {
        "id": {"a number", "text"},
        "name": {"text"},
    }


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (ROWS, None),
        (without("name"), "no record has name any more, and all of them had"),
        ([*without("name"), ROWS[0]], None),
        (changed(name=5), "name is a number now, and was text"),
        (changed(name={"first": "Ada"}), "name is a block now, and was text"),
        ([*changed(name=5), ROWS[0]], None),
        (changed(name=None), None),
        (changed(name=""), None),
        (changed(tags=""), None),
        (changed(tags=[]), None),
        (changed(score=7.5), None),
        (changed(score=True), "score is yes or no now, and was a number"),
        (changed(more="x"), None),
        (without("name")[: ENOUGH - 1], None),
        ([], None),
    ],
)
def test_drift_is_what_changed_in_all_records_and_not_in_some(rows, told):
    shuffled = random.Random(3).sample(rows, len(rows))
    assert drift(KNOWN, rows) == drift(KNOWN, shuffled) == told


def test_numbers_that_were_sometimes_texts_may_all_be_texts():
    mixed = shape([{"nr": 7}, {"nr": "7a"}], {"nr"})
    assert drift(mixed, [{"nr": "8"}] * 5) is None


def rename(commands, old: str, new: str) -> None:
    text = (commands.folder / "crm.csv").read_text("utf-8")
    commands.write("crm.csv", text.replace(old, new, 1))


def crm(run) -> dict:
    return next(one for one in run["systems"] if one["system"] == "crm")


def test_a_column_that_is_gone_stops_that_system_and_not_the_others(synced):
    rename(synced, ",tel,", ",phone,")
    shop = (synced.folder / "shop.csv").read_text("utf-8")
    synced.write(
        "shop.csv", shop.replace("Ben,[red]Dijk", "Bas,[red]Dijk").replace("2026-01-01", "2026-03-01")
    )
    before = (synced.folder / "crm.csv").read_text("utf-8")
    answer = synced("sync", "--json")
    assert answer.exit_code == 4
    assert "no record has tel any more" in answer.stdout and "mappings/crm.yaml" in answer.stdout
    told = synced.json("show", "crm:2", "--field", "given_name")["fields"][0]
    assert told["value"] == "Bas", "the other system goes on"
    assert (synced.folder / "crm.csv").read_text("utf-8") == before, "nothing is written under that mapping"
    phone = synced.json("show", "crm:2", "--field", "phone")["fields"][0]
    assert {s["system"]: s["value"] for s in phone["systems"]}["crm"] == "+31 6 87654321"


def test_with_a_mapping_for_the_new_shape_what_waited_is_written(synced):
    rename(synced, ",tel,", ",phone,")
    shop = (synced.folder / "shop.csv").read_text("utf-8")
    synced.write(
        "shop.csv", shop.replace("Ben,[red]Dijk", "Bas,[red]Dijk").replace("2026-01-01", "2026-03-01")
    )
    assert synced("sync").exit_code == 4
    mapping = (synced.folder / "mappings/crm.yaml").read_text("utf-8")
    synced.write(
        "mappings/crm.yaml", mapping.replace("phone: tel", "phone: phone").replace('tel: ""', 'phone: ""')
    )
    run = synced.json("sync")
    assert not crm(run)["out"]
    assert ",Bas," in (synced.folder / "crm.csv").read_text("utf-8")


def test_a_person_can_say_that_the_new_shape_is_right(synced):
    rename(synced, ",tel,", ",phone,")
    assert synced("sync").exit_code == 4
    assert synced("sync").exit_code == 4, "not by itself"
    assert synced("sync", "--full").exit_code == 0
    rename(synced, "2,Ben,", "2,Bart,")
    assert not crm(synced.json("sync"))["out"]
