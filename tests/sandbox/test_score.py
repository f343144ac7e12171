"""The score counts a planted thing once, and everything else as false."""

from datetime import UTC, datetime

import pytest

from sandbox import demo, tables
from sandbox.score import Score, lost_values, render_table, score, unarrived

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, demo.make_demo(folder, now=NOW)


@pytest.fixture
def truth(made):
    return made[1]


def as_found(plant, **other):
    return {
        "class": plant.prelude or plant.cls,
        "field": plant.field,
        "system": plant.system,
        "records": dict(plant.records),
        **other,
    }


def perfect(truth, phase):
    found = [as_found(plant, **{"class": plant.cls}) for plant in truth.of(phase)]
    if phase == "first":
        found += [as_found(plant) for plant in truth.plants if plant.prelude]
    return [one for one in found if one["class"] not in ("absorbed", "lone edit", "notation only")]


def one_row(rows, cls):
    return next(row for row in rows if row.cls == cls)


@pytest.mark.parametrize("phase", ["first", "second"])
def test_finding_everything_once_is_a_full_score(truth, phase):
    rows = score(truth, perfect(truth, phase), phase)
    assert rows and all(row.planted == row.found and row.false == 0 for row in rows)


@pytest.mark.parametrize("phase", ["first", "second"])
def test_finding_nothing_is_no_score_but_for_the_quiet_ones(truth, phase):
    rows = score(truth, [], phase)
    quiet = {"absorbed", "lone edit", "notation only"}
    assert all((row.found == row.planted) == (row.cls in quiet) for row in rows)


def test_a_second_conflict_about_one_thing_is_false(truth):
    found = perfect(truth, "second")
    rows = score(truth, [*found, found[0]], "second")
    assert one_row(rows, found[0]["class"]).false == 1


def test_a_conflict_of_another_class_field_or_customer_is_not_the_planted_one(truth):
    plant, other, *_ = (plant for plant in truth.of("second") if plant.cls == "update-update")
    mixed = {**plant.records, "crm": other.records["crm"]}
    for wrong in ({"class": "loss"}, {"field": "iban"}, {"records": mixed}, {"records": {}}):
        rows = score(truth, [as_found(plant, **wrong)], "second")
        assert one_row(rows, "update-update").found == 0
        assert sum(row.false for row in rows) >= 1


def test_a_question_about_a_lone_edit_is_counted_against_it(truth):
    plant = next(plant for plant in truth.of("second") if plant.cls == "lone edit")
    rows = score(truth, [as_found(plant, **{"class": "update-update"})], "second")
    lone = one_row(rows, "lone edit")
    assert (lone.found, lone.false) == (lone.planted - 1, 1)
    assert one_row(rows, "update-update").false == 1


def test_what_the_first_sync_left_open_is_not_false_in_the_second(truth):
    rows = score(truth, [*perfect(truth, "first"), *perfect(truth, "second")], "second")
    assert all(row.false == 0 and row.found == row.planted for row in rows)


def test_a_field_that_the_hub_blanked_is_lost_and_what_it_filled_is_not():
    before = {"crm": {"1": {"Telefoon": "0612", "E-mail": ""}, "2": {"Telefoon": "06"}}}
    after = {"crm": {"1": {"Telefoon": " ", "E-mail": "a@b.example"}}}
    assert lost_values(before, after) == [("crm", "1", "phone"), ("crm", "2", "phone")]


def test_a_new_address_without_an_addition_has_lost_nothing():
    before = {"crm": {"1": {"Straat": "Singel", "Huisnr": "3", "Toev": "bis"}}}
    after = {"crm": {"1": {"Straat": "Duinweg", "Huisnr": "12", "Toev": ""}}}
    assert lost_values(before, after) == []


def test_an_edit_counts_as_arrived_in_any_notation_and_only_then(made, tmp_path):
    folder = tmp_path / "edited"
    truth = demo.make_demo(folder, now=NOW)
    demo.edit(folder, now=NOW)
    plant = next(plant for plant in truth.of("second") if plant.kind == "crm edits phone")
    waiting = {system for id, system in unarrived(truth, tables.snapshot(folder)) if id == plant.id}
    assert waiting == {"accounting", "shop", "newsletter"}
    [id] = plant.records["shop"]
    tables.change(folder, "shop", {id: {"phone": f"0{plant.expected['shop'][2:]}"}})
    waiting = {system for id, system in unarrived(truth, tables.snapshot(folder)) if id == plant.id}
    assert waiting == {"accounting", "newsletter"}


def test_the_table_lines_up():
    lines = render_table([Score("loss", 12, 12, 0), Score("edit by non-owner", 12, 9, 1)]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[2].split() == ["edit", "by", "non-owner", "12", "9", "1"]
