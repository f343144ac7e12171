"""The world before anything is wrong with it, and what it takes to plant one thing with one customer."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sandbox.notation import Ink
from sandbox.people import NAMES, Person, Population
from sandbox.shapes import COLUMNS, KEY, MODIFIED, SYSTEMS, Row, columns_of, holds, meaning, row, stamp
from sandbox.tables import Rows

Phase = Literal["first", "second"]
QUIET = ("absorbed", "lone edit", "notation only")
"""Classes of our own, beside the product's conflict classes: nobody should be asked about these."""

ORGANISATIONS_SHARE = 0.1
ABSENT_SHARE = 0.1
"""Of the customers with nothing planted: how many each system does not know."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What a user does to one record: new values for some columns, or None to delete it."""

    system: str
    id: str
    set: Row | None


@dataclass(frozen=True, slots=True)
class Plant:
    """One thing that was done to one customer, and what should come of it."""

    id: str
    cls: str
    kind: str
    """The sort within its class, in words."""
    phase: Phase
    person: str
    field: str
    """"" for a question about a whole record."""
    system: str
    """The one system that it is about; "" for a disagreement between systems."""
    records: Mapping[str, list[str]]
    edits: tuple[Edit, ...] = ()
    expected: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """System to what its record should mean afterwards, as `shapes.meaning` tells."""
    prelude: str = ""
    """The class that the same field already has at the first sync, where something must be written first."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Plant:
        edits = tuple(Edit(**edit) for edit in stored["edits"])
        return cls(**{**stored, "edits": edits})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class World:
    """Everybody, and how each system shows them. Planting changes it; `tables` writes it down."""

    def __init__(self, seed: int, customers: int, now: datetime) -> None:
        self.seed, self.now = seed, now
        self.rng = random.Random(seed)
        self.population = Population(self.rng)
        organisations = round(customers * ORGANISATIONS_SHARE)
        everybody = self.population.people(customers - organisations, organisations)
        self.people = {person.id: person for person in everybody}
        self.records = self._records()
        self.planted: set[str] = set()
        self.shown: dict[tuple[str, str], Person] = {}
        """(person, system) to another truth than the real one."""
        self.raw: dict[tuple[str, str], Row] = {}
        """(person, system) to columns with something that no honest notation gives."""
        self.changed_days_ago: dict[tuple[str, str], int] = {}

    def take(self, fits: Callable[[Person], bool]) -> Person:
        """The next customer with nothing planted who fits. Raises ValueError when there is none."""
        for person in self.people.values():
            if person.id not in self.planted and fits(person):
                self.planted.add(person.id)
                return person
        raise ValueError("too few customers for all that is planted; ask for more of them")

    def ink(self, person: Person, system: str, copy: int = 0) -> Ink:
        """The hand in which this record is written; the same every time."""
        return Ink(self.seed, f"{person.id}/{copy}" if copy else person.id, system)

    def record(self, person: Person, system: str) -> str:
        """The id of the customer's first record in a system."""
        return self.records[person.id][system][0]

    def edit(self, person: Person, system: str, *fields: str) -> Edit:
        """A user of one system enters how `person` is there now, in that record's own notation."""
        ink, columns = self.ink(person, system), Row()
        for name in fields:
            columns |= columns_of(system, person, ink, name)
        return Edit(system, self.record(person, system), columns)

    def holders(self, person: Person, name: str) -> Iterator[str]:
        """The systems that hold this field of this customer."""
        return (system for system in self.records[person.id] if holds(system, name))

    def expected(self, person: Person, name: str, but: Iterable[str] = ()) -> dict[str, str]:
        """What each system's record should mean, once all of them show `person` so."""
        systems = [system for system in self.holders(person, name) if system not in but]
        return {
            system: meaning(system, row(system, person, self.ink(person, system)), name) for system in systems
        }

    def varied(self, person: Person, name: str) -> Person:
        """The same customer with one really different value, that nobody else has."""
        return _VARIATIONS[name](self, person)

    def choice(self, names: Iterable[str], *but: str) -> str:
        return self.rng.choice([name for name in names if name not in but])

    def thin(self) -> None:
        """Take some customers with nothing planted out of one system each."""
        free = [person for person in self.people.values() if person.id not in self.planted]
        for person in free:
            records = self.records[person.id]
            absent = int(self.rng.random() / ABSENT_SHARE)
            if absent < len(SYSTEMS):
                records.pop(SYSTEMS[absent], None)
            if "accounting" not in records:  # an IBAN is accounting's to say
                self.people[person.id] = replace(person, iban="")

    def tables(self) -> dict[str, Rows]:
        """Each system's rows by id, shuffled: nothing but their values ties them together."""
        tables: dict[str, Rows] = {system: {} for system in SYSTEMS}
        for person in self.people.values():
            for system, ids in self.records[person.id].items():
                for copy, id in enumerate(ids):
                    tables[system][id] = self._row(person, system, id, copy)
        for system, rows in tables.items():
            order = sorted(rows)
            self.rng.shuffle(order)
            tables[system] = {id: rows[id] for id in order}
        return tables

    def new_id(self, system: str) -> str:
        """An id in the fashion of the system, that it has not given out."""
        while (id := self._some_id(system)) in self._given_out[system]:
            pass
        self._given_out[system].add(id)
        return id

    def _some_id(self, system: str) -> str:
        if system == "newsletter":
            return f"s{self.rng.getrandbits(40):010x}"
        low, high = {"crm": (100_000, 999_999), "accounting": (1, 99_999), "shop": (1, 9_999)}[system]
        number = self.rng.randint(low, high)
        return f"{number:06}" if system == "accounting" else str(number)

    def _records(self) -> dict[str, dict[str, list[str]]]:
        self._given_out: dict[str, set[str]] = {system: set() for system in SYSTEMS}
        return {
            person.id: {
                system: [self.new_id(system)]
                for system in SYSTEMS
                if not (person.is_organisation and system == "newsletter")
            }
            for person in self.people.values()
        }

    def _row(self, person: Person, system: str, id: str, copy: int) -> Row:
        at = person.id, system
        shown = row(system, self.shown.get(at, person), self.ink(person, system, copy))
        days = self.changed_days_ago.get(at) or self.rng.randint(45, 400)
        modified = self.now - timedelta(days=days, seconds=self.rng.randrange(86_400))
        return {KEY[system]: id, **shown, **self.raw.get(at, {}), MODIFIED[system]: stamp(system, modified)}


def notation_pairs(world: World) -> Iterator[dict[str, Any]]:
    """Each value that two systems write differently, and the kinds of that difference in notation."""
    for person in world.people.values():
        if person.id in world.planted:
            continue
        systems = list(world.records[person.id])
        rows = {system: row(system, person, world.ink(person, system)) for system in systems}
        for name in _FIELDS:
            for pair in itertools.pairwise(system for system in systems if holds(system, name)):
                yield from _pair(world, person, name, pair, rows)


def _pair(
    world: World, person: Person, name: str, pair: tuple[str, str], rows: Mapping[str, Row]
) -> Iterator[dict[str, Any]]:
    if kinds := sorted(_kinds(world, person, pair[0], name) ^ _kinds(world, person, pair[1], name)):
        assert len({meaning(system, rows[system], name) for system in pair}) == 1, (person.id, name)
        records = {system: world.record(person, system) for system in pair}
        yield {"person": person.id, "field": name, "kinds": kinds, "records": records}


def _kinds(world: World, person: Person, system: str, name: str) -> set[str]:
    ink = world.ink(person, system)
    row(system, person, ink)
    parts = _PARTS.get(name, (name,))
    return {ink.kinds[part] for part in parts if part in ink.kinds} - {"plain"}


_FIELDS = tuple(dict.fromkeys(name for columns in COLUMNS.values() for name in columns))
_PARTS = {
    "address": ("house", "postcode", "city", "country"),
    "family_name": ("infix", "family_name", "whole_family_name"),
}


def _other_given(world: World, person: Person) -> Person:
    same_initial = [name for name in NAMES["given"] if name[0] == person.given[0]]
    return replace(person, given=world.choice(same_initial, person.given))


def _other_language(world: World, person: Person) -> Person:
    return replace(person, language=world.choice(("nl", "en", "de"), person.language))


_VARIATIONS: Mapping[str, Callable[[World, Person], Person]] = {
    "phone": lambda world, person: replace(person, phone=world.population.phone(not person.is_organisation)),
    "email": lambda world, person: replace(
        person, email=world.population.email(person.given or "info", person.family or person.organisation)
    ),
    "address": lambda world, person: replace(person, address=world.population.address()),
    "family_name": lambda world, person: replace(
        person, infix="", family=world.choice(NAMES["family"], person.family)
    ),
    "given_name": _other_given,
    "organisation": lambda world, person: replace(person, organisation=world.population.organisation_name()),
    "iban": lambda world, person: replace(person, iban=world.population.iban()),
    "language": _other_language,
}
