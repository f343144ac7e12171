"""The demo plants what it says, once, and nothing else."""

import csv
import json
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, datetime

import pytest
from phonenumbers import is_valid_number, parse
from stdnum import iban

from sandbox import demo, tables
from sandbox.plant import QUIET
from sandbox.shapes import COLUMNS, SYSTEMS, holds, meaning

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
AT_LEAST = {
    "first": {
        "first-sync difference": 10,
        "absorbed": 20,
        "invalid": 10,
        "duplicate in one system": 10,
        "stale": 10,
    },
    "second": {
        "update-update": 10,
        "update-delete": 10,
        "edit by non-owner": 10,
        "reverted": 10,
        "loss": 10,
        "rejected": 10,
        "read-only": 10,
        "still the same customer?": 10,
        "lone edit": 30,
        "notation only": 10,
    },
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The demo before and after the users' edits: (folder, truth, before, after)."""
    folder = tmp_path_factory.mktemp("demo")
    truth = demo.make_demo(folder, now=NOW)
    before = tables.snapshot(folder)
    demo.edit(folder, now=LATER)
    return folder, truth, before, tables.snapshot(folder)


@pytest.fixture(scope="module")
def plants(made):
    by_class = defaultdict(list)
    for plant in made[1].plants:
        by_class[plant.cls].append(plant)
    return by_class


def rows_of(snapshot, plant):
    return {
        system: snapshot[system][ids[0]]
        for system, ids in plant.records.items()
        if ids[0] in snapshot[system]
    }


def meanings(snapshot, plant):
    rows = rows_of(snapshot, plant)
    return {
        system: meaning(system, row, plant.field)
        for system, row in rows.items()
        if holds(system, plant.field)
    }


def test_the_same_seed_and_time_give_the_same_bytes(made, tmp_path):
    demo.make_demo(tmp_path / "one", now=NOW)
    demo.make_demo(tmp_path / "two", now=NOW)
    for name in ("crm.csv", "accounting.csv", "newsletter.csv", "truth.json"):
        assert (tmp_path / "one/data" / name).read_bytes() == (tmp_path / "two/data" / name).read_bytes()
    assert tables.read(tmp_path / "one", "shop") == tables.read(tmp_path / "two", "shop")


def test_another_seed_gives_other_people(made, tmp_path):
    assert demo.make_demo(tmp_path, seed=7, now=NOW).people != made[1].people


def test_too_few_customers_for_the_plants_is_said(tmp_path):
    with pytest.raises(ValueError, match="too few customers"):
        demo.make_demo(tmp_path, customers=100, now=NOW)


def test_the_truth_reads_back_as_it_was_written(made):
    folder, truth, *_ = made
    stored = demo.read_truth(folder)
    assert (stored.people, stored.notation, stored.plants) == (truth.people, truth.notation, truth.plants)


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_holds_at_least_500_customers(made, system):
    assert len(made[2][system]) >= 500


@pytest.mark.parametrize("phase", AT_LEAST)
def test_enough_of_every_class_is_planted(made, phase):
    counts = Counter(plant.cls for plant in made[1].of(phase))
    assert counts.keys() == AT_LEAST[phase].keys()
    assert all(counts[cls] >= least for cls, least in AT_LEAST[phase].items())


def test_nothing_is_planted_twice_with_one_customer(made):
    people = [plant.person for plant in made[1].plants]
    assert len(people) == len(set(people))
    assert len({plant.id for plant in made[1].plants}) == len(people)


def test_there_are_many_differences_of_notation_of_many_kinds(made):
    kinds = Counter(kind for pair in made[1].notation for kind in pair["kinds"])
    assert len(made[1].notation) >= 50
    assert len([kind for kind, count in kinds.items() if count >= 5]) >= 10


def test_a_notation_pair_looks_different_and_means_the_same(made):
    _, truth, before, _ = made
    for pair in truth.notation:
        field = pair["field"]
        rows = {system: before[system][id] for system, id in pair["records"].items()}
        shown = [tuple(rows[system][column] for column in COLUMNS[system][field]) for system in rows]
        assert shown[0] != shown[1], pair
        assert len({meaning(system, row, field) for system, row in rows.items()}) == 1, pair


def test_customers_without_a_plant_agree_in_all_systems_on_all_fields(made):
    _, truth, before, _ = made
    planted = {plant.person for plant in truth.of("first")} | {
        plant.person for plant in truth.plants if plant.prelude
    }
    checked = 0
    for person in truth.people:
        if person["id"] in planted:
            continue
        for field in {field for columns in COLUMNS.values() for field in columns}:
            systems = [system for system in person["records"] if holds(system, field)]
            found = {meaning(s, before[s][person["records"][s][0]], field) for s in systems}
            assert len(found) <= 1, (person["id"], field, found)
            checked += len(systems) > 1
    assert checked > 1000


def test_no_two_customers_could_be_linked_by_mistake(made):
    _, truth, before, _ = made
    owners = defaultdict(set)
    for person in truth.people:
        for system, ids in person["records"].items():
            for id in ids:
                row = before[system][id]
                owners["email", meaning(system, row, "email")].add(person["id"])
                name = meaning(system, row, "family_name")
                owners["phone", meaning(system, row, "phone"), name].add(person["id"])
    assert all(len(people) == 1 for (_, *value), people in owners.items() if value[0])


def test_every_record_has_one_owner_and_ids_tell_nothing(made):
    _, truth, before, _ = made
    owned = [(s, id) for person in truth.people for s, ids in person["records"].items() for id in ids]
    assert sorted(owned) == sorted((system, id) for system in SYSTEMS for id in before[system])
    assert not set(before["crm"]) & set(before["accounting"])
    assert any(id.startswith("0") for id in before["accounting"])


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter"),
    [("crm.csv", "cp1252", ";"), ("accounting.csv", "utf-8", ","), ("newsletter.csv", "utf-16", "\t")],
)
def test_each_file_is_in_its_own_encoding_and_dialect(made, name, encoding, delimiter):
    path = made[0] / "data" / name
    with path.open(encoding=encoding, newline="") as file:
        rows = list(csv.reader(file, delimiter=delimiter))
    assert len({len(row) for row in rows}) == 1
    if name == "crm.csv":
        with pytest.raises(UnicodeDecodeError):
            path.read_text(encoding="utf-8")


def test_the_configuration_comes_along(made):
    folder = made[0]
    names = [
        "config/hub.yaml",
        "config/policy/customer.yaml",
        *(f"mappings/{system}.yaml" for system in SYSTEMS),
    ]
    assert all((folder / name).read_bytes() == (demo.PROJECT / name).read_bytes() for name in names)


def test_a_first_sync_difference_is_a_real_one_on_one_field(made, plants):
    for plant in plants["first-sync difference"] + plants["reverted"]:
        assert len(set(meanings(made[2], plant).values())) == 2, plant


def test_an_absorbed_value_says_less_than_the_others(made, plants):
    for plant in plants["absorbed"]:
        said = meanings(made[2], plant)
        less, full = said.pop(plant.system), said.popitem()[1]
        assert less in full and (less != full or plant.kind in ("no country", "no legal form")), plant


def test_an_invalid_value_fails_an_independent_check(made, plants):
    for plant in plants["invalid"]:
        [column] = COLUMNS[plant.system][plant.field]
        value = rows_of(made[2], plant)[plant.system][column]
        if plant.field == "iban":
            assert not iban.is_valid(value)
        elif plant.field == "phone":
            assert not is_valid_number(parse(value, "NL"))
        else:
            assert value.endswith("@")


def test_a_duplicate_is_one_customer_twice_in_one_system(made, plants):
    for plant in plants["duplicate in one system"]:
        one, two = (made[2][plant.system][id] for id in plant.records[plant.system])
        fields = COLUMNS[plant.system]
        assert all(meaning(plant.system, one, f) == meaning(plant.system, two, f) for f in fields), plant


def test_only_stale_addresses_are_older_than_the_policy_allows(made, plants):
    stale = {id for plant in plants["stale"] for id in plant.records["shop"]}
    old = {id for id, row in made[2]["shop"].items() if row["modified"] < "2024-03-02"}
    assert old == stale


def test_users_touch_only_what_the_truth_says_and_stamp_it(made):
    _, truth, before, after = made
    edited = {(edit.system, edit.id) for plant in truth.plants for edit in plant.edits}
    changed = {(s, id) for s in SYSTEMS for id in before[s] if before[s][id] != after[s].get(id)}
    assert changed == edited
    assert sum(row["Gewijzigd"] == "02-03-2026 11:00:00" for row in after["crm"].values()) > 50


def test_two_users_enter_two_new_values_over_an_old_one(made, plants):
    for plant in plants["update-update"]:
        assert len(set(meanings(made[2], plant).values())) == 1
        assert len(set(meanings(made[3], plant).values())) == 3


def test_one_record_is_gone_while_another_is_edited(made, plants):
    for plant in plants["update-delete"]:
        assert plant.system not in rows_of(made[3], plant)
        assert set(meanings(made[3], plant).values()) - set(meanings(made[2], plant).values())


def test_a_revert_restores_the_cells_of_before_the_first_sync(made, plants):
    for plant in plants["reverted"]:
        [edit] = plant.edits
        before = made[2][edit.system][edit.id]
        assert edit.set == {column: before[column] for column in edit.set}


def test_a_loss_is_a_blank_or_the_beginning_of_what_stood_there(made, plants):
    for plant in plants["loss"]:
        for column in COLUMNS[plant.system][plant.field]:
            old, new = (rows_of(snapshot, plant)[plant.system][column] for snapshot in made[2:])
            assert old.startswith(new) and len(new) < len(old)
            assert not new or len(new) >= 8


def test_the_shop_really_refuses_what_is_to_be_rejected(made, plants):
    for plant in plants["rejected"]:
        crm = rows_of(made[3], plant)["crm"]
        value = crm["Telefoon"] if plant.field == "phone" else crm["Achternaam"]
        column = {"phone": "phone", "family_name": "lastname"}[plant.field]
        [id] = plant.records["shop"]
        with (
            closing(sqlite3.connect(made[0] / "data/shop.db")) as shop,
            pytest.raises(sqlite3.IntegrityError),
        ):
            shop.execute(f"UPDATE customers SET {column} = ? WHERE id = ?", (value, id))
        if plant.field == "phone":
            assert is_valid_number(parse(value, "NL"))


def test_somebody_else_has_another_initial_address_and_number(made, plants):
    for plant in plants["still the same customer?"]:
        old, new = (rows_of(snapshot, plant)[plant.system] for snapshot in made[2:])
        for field in ("given_name", "email", "phone"):
            assert meaning(plant.system, old, field)[:1] and meaning(plant.system, old, field) != meaning(
                plant.system, new, field
            )
        initials = [meaning(plant.system, row, "given_name")[0] for row in (old, new)]
        assert initials[0] != initials[1]


def test_a_lone_edit_is_expected_in_every_system_that_holds_the_field(made, plants):
    for plant in plants["lone edit"]:
        assert plant.expected.keys() == {system for system in plant.records if holds(system, plant.field)}
        assert meanings(made[3], plant)[plant.system] == plant.expected[plant.system]
        assert len(plant.expected) == 1 or set(plant.expected.values()) != set(
            meanings(made[2], plant).values()
        )


def test_rewriting_a_value_in_another_notation_changes_no_meaning(made, plants):
    for plant in plants["notation only"]:
        assert meanings(made[2], plant) == meanings(made[3], plant) == plant.expected
        assert rows_of(made[2], plant) != rows_of(made[3], plant)


def test_the_truth_names_only_classes_of_the_product_and_the_quiet_ones(made):
    classes = set(AT_LEAST["first"]) | set(AT_LEAST["second"])
    assert {plant.cls for plant in made[1].plants} == classes
    assert set(QUIET) < classes
    assert json.loads((made[0] / demo.TRUTH).read_text(encoding="utf-8"))["seed"] == 42
