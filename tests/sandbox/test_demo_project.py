"""The repository's own project loads, and reads the demo the way the truth was made."""

import shutil
from datetime import UTC, datetime

import pytest

from config.loader import load_project
from reconcile.values import BLANK
from sandbox import demo, tables
from sandbox.shapes import COLUMNS, SYSTEMS, holds, meaning

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    demo.make_demo(folder, now=NOW)
    return folder


@pytest.fixture(scope="module")
def truth(folder):
    return demo.read_truth(folder)


@pytest.fixture(scope="module")
def project(folder):
    """Loading also proves every mapping's examples."""
    return load_project(folder, {})


@pytest.fixture(scope="module")
def read(folder, project):
    """The canonical values of every record at the first sync, by (system, id)."""
    shown = {}
    for system, rows in tables.snapshot(folder).items():
        compiled = project.compiled[system, "customer"]
        shown |= {(system, id): compiled.read(row) for id, row in rows.items()}
    return shown


@pytest.fixture(scope="module")
def types(project):
    return {
        name: kind for system in SYSTEMS for name, kind in project.compiled[system, "customer"].types.items()
    }


def values(read, plant):
    """System to the plant's field as the product reads it there."""
    records = {system: ids[0] for system, ids in plant.records.items() if holds(system, plant.field)}
    return {system: read[system, id][1].get(plant.field) for system, id in records.items()}


def test_the_repository_is_a_project_itself():
    assert set(load_project(demo.PROJECT, {}).hub.systems) == set(SYSTEMS)


def test_the_sandbox_maps_the_columns_that_the_mappings_read(project):
    for system in SYSTEMS:
        columns = {column for columns in COLUMNS[system].values() for column in columns}
        assert project.compiled[system, "customer"].reads == columns


def test_the_product_reads_every_difference_of_notation_as_one_value(read, types, truth):
    for pair in truth.notation:
        shown = [read[system, id][1][pair["field"]] for system, id in pair["records"].items()]
        assert shown[0] is not BLANK
        assert types[pair["field"]].key(shown[0]) == types[pair["field"]].key(shown[1]), pair


def test_the_product_knows_persons_from_organisations(read, truth):
    for person in truth.people:
        expected = "organisation" if person["organisation"] else "person"
        kinds = {read[system, id][0] for system, ids in person["records"].items() for id in ids}
        assert kinds == {expected}


def test_only_planted_values_are_invalid_to_the_product(read, types, truth):
    planted = {
        (plant.system, plant.records[plant.system][0], plant.field)
        for plant in truth.plants
        if plant.cls == "invalid"
    }
    found = {
        (system, id, field)
        for (system, id), (_, shown) in read.items()
        for field, value in shown.items()
        if value is not BLANK and types[field].validate(value)
    }
    assert found == planted


def test_what_is_absorbed_says_less_than_the_rest_and_no_more(read, project, types, truth):
    for plant in truth.plants:
        if plant.cls != "absorbed":
            continue
        shown = values(read, plant)
        less, full = shown.pop(plant.system), next(iter(shown.values()))
        shows = project.compiled[plant.system, "customer"].shows(plant.field)
        assert types[plant.field].within(less, full) or shows(full) == less, plant


def test_a_first_sync_difference_stays_one_for_the_product(read, types, truth):
    for plant in truth.plants:
        if "first-sync difference" in (plant.cls, plant.prelude):
            kind = types[plant.field]
            one, two = {kind.key(value): value for value in values(read, plant).values()}.values()
            assert not kind.within(one, two) and not kind.within(two, one), plant


def test_what_the_product_would_write_for_an_edit_is_what_the_truth_expects(folder, project, truth):
    rows, written = tables.snapshot(folder), 0
    for plant in truth.plants:
        if plant.cls not in ("lone edit", "rejected"):
            continue
        [edit] = plant.edits
        edited = {**rows[edit.system][edit.id], **edit.set}
        golden = project.compiled[edit.system, "customer"].read(edited)[1][plant.field]
        for system, expected in plant.expected.items():
            row = rows[system][plant.records[system][0]]
            patch = project.compiled[system, "customer"].write(row, {plant.field: golden})
            after = {column: str(value or "") for column, value in {**row, **patch}.items()}
            assert meaning(system, after, plant.field) == expected, (plant.id, system)
            written += 1
    assert written > 150


def test_the_shop_accepts_every_lone_edit_in_house_style(folder, project, truth, tmp_path):
    shutil.copytree(folder / "data", tmp_path / "data")
    rows = tables.read(folder, "shop")
    compiled = project.compiled["shop", "customer"]
    for plant in truth.plants:
        if plant.cls == "lone edit" and "shop" in plant.expected:
            [edit], [id] = plant.edits, plant.records["shop"]
            edited = {**tables.read(folder, edit.system)[edit.id], **edit.set}
            golden = project.compiled[edit.system, "customer"].read(edited)[1][plant.field]
            patch = compiled.write(rows[id], {plant.field: golden})
            tables.change(tmp_path, "shop", {id: patch})
    assert tables.read(tmp_path, "shop") != rows
