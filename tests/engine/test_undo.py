"""Undo over seeded small worlds: what nobody touched is as it was byte for byte, what was touched stays."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows import steps
from flows.hub import open_hub
from reconcile.values import MISSING
from tests.engine.company import Company, character, company
from tests.engine.configurations import FIELDS
from tests.engine.running import OneByOne, fresh_store_file
from tests.engine.systems import NAMES, Clock
from tests.engine.world import World

SEEDS, PER_TEST = 48, 12
Payloads = dict[tuple[str, str], dict[str, Any]]


class Rehearsal:
    """One world in which a run is undone, and what every record showed at each moment."""

    def __init__(self, world: World) -> None:
        self.world, self.draw = world, random.Random(f"undo {world.seed}")
        self.count: Counter[str] = Counter()

    def shown(self) -> Payloads:
        return {
            (name, id): json.loads(json.dumps(dict(record.payload)))
            for name, system in self.world.systems.items()
            for id, record in system.records.items()
            if not record.deleted
        }

    def effects(self) -> int:
        return sum(len(system.effects) for system in self.world.systems.values())

    def settle(self) -> None:
        for _ in range(4):
            before = self.effects()
            self.world.sync()
            if self.effects() == before:
                return

    def undo(self, run: int) -> steps.Result:
        self.world.clock.passes(seconds=7)
        result = steps.undo(self.world.hub, OneByOne(), run)
        return steps.apply(self.world.hub, OneByOne(), result.plan or 0) if result.hits else result

    def meaning(self, place: tuple[str, str], payload: Mapping[str, Any], field: str) -> Any:
        value = self.world.hub.mappings[place[0]].read(payload)[1].get(field, MISSING)
        return self.world.hub.book.fields[field].type.key(value) if value not in (None, MISSING) else value

    def live(self) -> None:
        world = self.world
        world.begin()
        self.settle()
        for _ in range(6):
            world.act()
        before, sent = self.shown(), self.effects()
        run = world.sync()
        assert run is not None
        after = self.shown()
        if self.effects() == sent:
            return
        edited = self.edit_some(before, after)
        touched = self.shown()
        undone = self.undo(run.run)
        restored = self.check(before, after, touched, edited, undone)
        self.check_quiet(restored, undone, run.run)
        self.check_redone(restored, after, undone)

    def edit_some(self, before: Payloads, after: Payloads) -> set[tuple[str, str, str]]:
        """Somebody changes a few of the values that the run wrote."""
        edited = set()
        for place in sorted(before.keys() & after.keys()):
            for field in FIELDS:
                changed = any(before[place].get(n) != after[place].get(n) for n in NAMES[field])
                if changed and field != "email" and self.draw.random() < 0.3:
                    whose = self.world.owner_of(*place)
                    drawn = self.draw.choice(whose.fields[field])
                    values = {n: self.world.kept(place[0], n, text) for n, text in drawn.items()}
                    was = self.meaning(place, after[place], field)
                    if self.meaning(place, after[place] | values, field) != was:
                        self.world.change(*place, field, values)
                        edited.add((*place, field))
        return edited

    def check(
        self,
        before: Payloads,
        after: Payloads,
        touched: Payloads,
        edited: set[tuple[str, str, str]],
        undone: steps.Result,
    ) -> set[tuple[str, str, str]]:
        """Field by field of every record; which were restored."""
        now, restored = self.shown(), set()
        assert now.keys() == touched.keys()
        stays = [*undone.undo["skipped"], *undone.undo["impossible"]]
        left = {(one["system"], one["record"], one["field"]) for one in stays}
        whole = {(system, record) for system, record, field in left if not field}
        for place in sorted(now):
            if place not in before:
                stays_there = self.world.systems[place[0]].records[place[1]].in_scope
                assert stays_there == (place in whole), "what the run made is taken away, or named"
                self.count["taken away"] += not stays_there
                continue
            for field in FIELDS:
                was, wrote, shows = (
                    {n: some.get(place, {}).get(n) for n in NAMES[field]} for some in (before, after, now)
                )
                if (*place, field) in edited:
                    assert shows == {n: touched[place].get(n) for n in NAMES[field]}, (
                        "an edit was overwritten"
                    )
                    assert was == wrote or (*place, field) in left, "an edit that is skipped is not named"
                    self.count["skipped"] += 1
                elif was != wrote and (*place, field) not in left and place not in whole:
                    assert shows == was, f"{place} {field} is not what it was"
                    restored.add((*place, field))
                else:
                    assert shows == {n: touched[place].get(n) for n in NAMES[field]}, "written without need"

        self.count["restored"] += len(restored)
        return restored

    def check_quiet(self, restored: set[tuple[str, str, str]], undone: steps.Result, run: int) -> None:
        """Undoing twice is nothing, and no sync brings back what was undone."""
        now, sent = self.shown(), self.effects()
        assert self.undo(run).written == 0
        assert (self.shown(), self.effects()) == (now, sent)
        self.settle()
        later = self.shown()
        for system, id, field in restored:
            values = [some[system, id].get(name) for some in (now, later) for name in NAMES[field]]
            assert values[: len(NAMES[field])] == values[len(NAMES[field]) :], "what was undone came back"

    def check_redone(
        self, restored: set[tuple[str, str, str]], after: Payloads, undone: steps.Result
    ) -> None:
        """The undo of the undo does it again, byte for byte."""
        again = self.undo(undone.run)
        left = {(one["system"], one["record"], one["field"]) for one in again.undo["skipped"]}
        now = self.shown()
        for system, id, field in sorted(restored - left):
            for name in NAMES[field]:
                assert now[system, id].get(name) == after[system, id].get(name), "it was not done again"
            self.count["redone"] += 1
        self.settle()
        sent = self.effects()
        self.world.sync()
        assert self.effects() == sent


@pytest.mark.parametrize("first", range(0, SEEDS, PER_TEST))
def test_an_undo_is_exact_leaves_edits_alone_and_can_itself_be_undone(first: int) -> None:
    done: Counter[str] = Counter()
    for seed in range(first, first + PER_TEST):
        with fresh_store_file() as file:
            world = World(seed, file, calm=True)
            for system in world.systems.values():
                system.refuses = lambda payload: None
            try:
                rehearsal = Rehearsal(world)
                rehearsal.live()
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}") from error
            finally:
                world.close()
            done.update(rehearsal.count)
    assert done["restored"] > 5
    assert done["skipped"] > 1
    assert done["redone"] > 5
    assert done["taken away"]


HUB = """\
systems:
  crm: {kind: csv, path: crm.csv, key: id, writes: all}
  shop: {kind: csv, path: shop.csv, key: id, writes: all}
"""
POLICY = """\
first_sync: [{system: crm}]
fields:
  given_name: {type: given_name}
  email: {type: email}
  phone: {type: phone}
  address: {type: postal_address}
link: [{name: same e-mail, when: [email]}]
guards: {updates: [60, 100], one_field: [60, 100]}
"""
MAPPING = """\
customer:
  kind: {always: person}
  fields:
    given_name: first
    email: email
    phone: phone
    address: {parts: {lines: street, postcode: postcode, city: city}}
"""
COLUMNS = ("id", "first", "email", "phone", "street", "postcode", "city", "note")


@pytest.mark.parametrize("seed", range(6))
def test_a_file_is_the_same_bytes_again(seed: int, tmp_path: Path) -> None:
    draw = random.Random(f"files {seed}")
    (tmp_path / "config/policy").mkdir(parents=True)
    (tmp_path / "mappings").mkdir()
    (tmp_path / "config/hub.yaml").write_text(HUB, "utf-8")
    (tmp_path / "config/policy/customer.yaml").write_text(POLICY, "utf-8")
    for system in ("crm", "shop"):
        (tmp_path / f"mappings/{system}.yaml").write_text(MAPPING, "utf-8")
    people = [_row(draw, n) for n in range(8)]
    _write(tmp_path / "crm.csv", people)
    _write(tmp_path / "shop.csv", people)
    _synced(tmp_path)
    for one in draw.sample(people, 5):
        phone = f"06{draw.randrange(12000000, 12999999)}"
        field, value = draw.choice((("phone", phone), ("street", "Kerkplein 9"), ("first", "Jet")))
        one[field] = value
    _write(tmp_path / "crm.csv", people)
    before = (tmp_path / "shop.csv").read_bytes()
    clock = Clock()
    clock.passes(days=1)
    with open_hub(tmp_path, {}, clock=clock) as hub:
        run = steps.sync(hub, OneByOne())
        assert run.written >= 3
        assert (tmp_path / "shop.csv").read_bytes() != before
        undone = steps.undo(hub, OneByOne(), run.run)
        assert undone.written == run.written
        assert (tmp_path / "shop.csv").read_bytes() == before
        assert steps.sync(hub, OneByOne()).written == 0
        assert (tmp_path / "shop.csv").read_bytes() == before


def _row(draw: random.Random, number: int) -> dict[str, str]:
    """A person in some notation or other."""
    return {
        "id": str(number),
        "first": draw.choice(("Ada", " Ada ", "ADA", '"Ada"')),
        "email": draw.choice((f"p{number}@example.org", f"P{number}@Example.ORG")),
        "phone": draw.choice(("0612345678", "06-12 34 56 78", "+31612345678", "0031 6 12345678")),
        "street": draw.choice(("Dorpsstraat 12", "Dorpsstraat 12 a", " dorpsstraat 12")),
        "postcode": draw.choice(("1234 AB", "1234ab")),
        "city": "Utrecht",
        "note": draw.choice(("", "a, b", 'so "so"')),
    }


def _write(path: Path, people: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
        rows.writeheader()
        rows.writerows(people)


def _synced(folder: Path) -> None:
    with open_hub(folder, {}, clock=Clock()) as hub:
        first = steps.sync(hub, OneByOne())
        if first.hits:
            steps.apply(hub, OneByOne(), first.plan or 0)


# ── what the run made ───────────────────────────────────────────────────────────────────────────────

WRITES = {
    "archive": {"create", "update", "archive"},
    "delete": {"create", "update", "delete"},
    "": {"create", "update"},
}


@contextmanager
def made_in_the_shop(action: str) -> Iterator[tuple[Company, int]]:
    """Ada is new in the books, and a run made her in the shop, which knows one way to take her away."""
    shop = replace(character("shop", creates="all"), capabilities={"writes": frozenset(WRITES[action])})
    with company(character("books"), shop) as one:
        one.has("books")
        run = one.run()
        assert one.shown("shop", "1", "email") == one.shown("books", "1", "email")
        yield one, run.run


@pytest.mark.parametrize("action", ["archive", "delete"])
def test_a_record_that_the_run_made_is_taken_away_after_approval_and_not_made_again(action: str) -> None:
    with made_in_the_shop(action) as (one, run):
        waiting = steps.undo(one.hub, OneByOne(), run)
        assert waiting.hits, "taking away always waits for approval"
        assert [change.action for change in one.systems["shop"].requests] == ["create"]
        steps.apply(one.hub, OneByOne(), waiting.plan or 0)
        assert [change.action for change in one.systems["shop"].requests] == ["create", action]
        one.run()
        one.run()
        assert len(one.systems["shop"].requests) == 2
        assert one.shown("books", "1", "email")


def test_a_record_that_was_changed_since_it_was_made_stays() -> None:
    with made_in_the_shop("delete") as (one, run):
        one.systems["shop"].edit("1", phone="0612000009")
        undone = steps.undo(one.hub, OneByOne(), run)
        assert ([left["system"] for left in undone.undo["skipped"]], undone.hits) == (["shop"], [])
        assert not one.systems["shop"].records["1"].deleted


def test_a_record_that_the_hub_cannot_take_away_is_named_before_anything_is_done() -> None:
    with made_in_the_shop("") as (one, run):
        undone = steps.undo(one.hub, OneByOne(), run)
        assert [left["system"] for left in undone.undo["impossible"]] == ["shop"]
        assert undone.hits
