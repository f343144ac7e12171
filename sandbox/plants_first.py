"""What is already wrong, or only seems so, when the hub meets the four systems for the first time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from sandbox.people import NAMES, Person
from sandbox.plant import Plant, World
from sandbox.shapes import Row, columns_of

STALE_DAYS = (3 * 365, 6 * 365)
FRESH_DAYS = 5


def is_person(person: Person) -> bool:
    return not person.is_organisation


def is_organisation(person: Person) -> bool:
    return person.is_organisation


def differ(world: World, person: Person, field: str, systems: tuple[str, ...]) -> Person:
    """Let some systems show another value of a field; the answer is the customer as shown there."""
    other = world.varied(person, field)
    for system in systems:
        world.shown[person.id, system] = other
    return other


DIFFERENCES: tuple[tuple[str, str, Callable[[Person], bool], tuple[str, ...], bool], ...] = (
    ("two against two", "phone", is_person, ("crm", "accounting"), False),
    ("one against three", "phone", is_person, ("accounting",), False),
    ("moved house", "address", is_person, ("crm",), False),
    ("two against two, one side just edited", "phone", is_person, ("crm", "shop"), True),
    ("another e-mail address", "email", is_person, ("newsletter",), False),
    ("another given name", "given_name", is_person, ("shop",), False),
    ("another family name", "family_name", is_person, ("accounting",), False),
    ("another company name", "organisation", is_organisation, ("crm",), False),
)
"""Kind, field, who, which systems differ from the others, was the first of these edited lately?"""


def first_sync_difference(world: World, number: int) -> Plant:
    kind, field, fits, systems, fresh = DIFFERENCES[number % len(DIFFERENCES)]
    person = world.take(fits)
    differ(world, person, field, systems)
    if fresh:
        world.changed_days_ago[person.id, systems[0]] = FRESH_DAYS
    return _plant(world, "first-sync difference", number, kind, person, field)


def absorbed(world: World, number: int) -> Plant:
    kind, field, system, fits, less = ABSORBED[number % len(ABSORBED)]
    person = world.take(fits)
    world.raw[person.id, system] = less(person)
    return _plant(world, "absorbed", number, kind, person, field, system)


ABSORBED: tuple[tuple[str, str, str, Callable[[Person], bool], Callable[[Person], Row]], ...] = (
    ("no country", "address", "shop", is_person, lambda person: {"country_code": ""}),
    ("no city", "address", "accounting", is_person, lambda person: {"Woonplaats": ""}),
    ("no phone", "phone", "crm", is_person, lambda person: {"Telefoon": ""}),
    ("no birth date", "birth_date", "shop", lambda p: bool(p.birth), lambda person: {"birthdate": ""}),
    ("no infix", "family_name", "newsletter", lambda p: bool(p.infix), lambda p: {"Last Name": p.family}),
    ("no legal form", "organisation", "shop", is_organisation, lambda p: {"company": p.organisation}),
)


def name_cut(world: World, number: int) -> Plant:
    person = world.take(is_person)
    world.people[person.id] = replace(person, given=world.choice(NAMES["long_given"]))
    return _plant(world, "absorbed", number, "name cut by declared loss", person, "given_name", "newsletter")


def invalid(world: World, number: int) -> Plant:
    kind, field, system, spoil = INVALID[number % len(INVALID)]
    person = world.take(is_person)
    [(column, shown)] = columns_of(system, person, world.ink(person, system), field).items()
    world.raw[person.id, system] = {column: spoil(shown.strip())}
    return _plant(world, "invalid", number, kind, person, field, system)


INVALID: tuple[tuple[str, str, str, Callable[[str], str]], ...] = (
    ("phone number too short", "phone", "crm", lambda shown: shown[:-3]),
    ("e-mail without a domain", "email", "newsletter", lambda shown: shown.partition("@")[0] + "@"),
    ("IBAN with a wrong digit", "iban", "crm", lambda shown: shown[:-1] + str((int(shown[-1]) + 1) % 10)),
)


def duplicate(world: World, number: int) -> Plant:
    system = ("crm", "accounting", "shop", "newsletter")[number % 4]
    person = world.take(is_person)
    world.records[person.id][system].append(world.new_id(system))
    return _plant(world, "duplicate in one system", number, f"twice in {system}", person, "", system)


def stale(world: World, number: int) -> Plant:
    person = world.take(is_person)
    for system in world.holders(person, "address"):
        world.changed_days_ago[person.id, system] = world.rng.randint(*STALE_DAYS)
    return _plant(world, "stale", number, "address not touched for years", person, "address")


def plants(world: World) -> Iterator[Plant]:
    """Everything that is there at the first sync."""
    for maker, count in (
        (first_sync_difference, 16),
        (absorbed, 24),
        (name_cut, 6),
        (invalid, 12),
        (duplicate, 12),
        (stale, 12),
    ):
        for number in range(count):
            yield maker(world, number)


def _plant(
    world: World, cls: str, number: int, kind: str, person: Person, field: str, system: str = ""
) -> Plant:
    return Plant(
        id=f"first-{len(world.planted):03}",
        cls=cls,
        kind=kind,
        phase="first",
        person=person.id,
        field=field,
        system=system,
        records=world.records[person.id],
    )
