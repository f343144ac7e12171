"""What users do between the first and the second sync."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from sandbox.notation import other_form
from sandbox.people import NAMES, Person
from sandbox.plant import Edit, Plant, World
from sandbox.plants_first import differ, is_organisation, is_person
from sandbox.shapes import COLUMNS, Row, columns_of
from sandbox.tables import LONGEST_SHOP_NAME

Fits = Callable[[Person], bool]

BOTH_EDIT: tuple[tuple[str, Fits, str, str], ...] = (
    ("phone", is_person, "crm", "shop"),
    ("email", is_person, "crm", "newsletter"),
    ("address", is_person, "accounting", "shop"),
    ("family_name", is_person, "crm", "newsletter"),
    ("organisation", is_organisation, "crm", "accounting"),
)


def update_update(world: World, number: int) -> Plant:
    field, fits, one, two = BOTH_EDIT[number % len(BOTH_EDIT)]
    person = world.take(fits)
    edits = tuple(world.edit(world.varied(person, field), system, field) for system in (one, two))
    return _plant(world, "update-update", f"{one} and {two} edit", person, field, "", edits)


# Not from the shop: a database that is asked for changes shows no deletion before its next full list.
DELETED: tuple[tuple[str, str, str], ...] = (
    ("newsletter", "crm", "phone"),
    ("accounting", "shop", "email"),
    ("crm", "accounting", "address"),
)


def update_delete(world: World, number: int) -> Plant:
    gone, editor, field = DELETED[number % len(DELETED)]
    person = world.take(is_person)
    edits = (
        Edit(gone, world.record(person, gone), None),
        world.edit(world.varied(person, field), editor, field),
    )
    return _plant(world, "update-delete", f"{gone} deletes, {editor} edits", person, field, gone, edits)


def edit_by_non_owner(world: World, number: int) -> Plant:
    field, system, fits = (("iban", "crm", is_person), ("organisation", "shop", is_organisation))[number % 2]
    person = world.take(fits)
    edit = world.edit(world.varied(person, field), system, field)
    return _plant(world, "edit by non-owner", f"{system} edits {field}", person, field, system, (edit,))


def reverted(world: World, number: int) -> Plant:
    """At the first sync a majority overrules one system; then its user puts the old value back."""
    field, system = (("phone", "shop"), ("email", "newsletter"), ("address", "crm"))[number % 3]
    person = world.take(is_person)
    edit = world.edit(differ(world, person, field, (system,)), system, field)
    plant = _plant(world, "reverted", f"{system} puts its {field} back", person, field, system, (edit,))
    return replace(plant, prelude="first-sync difference")


def _long_name(person: Person) -> bool:
    return is_person(person) and not person.infix and len(person.family) > 9


LOSSES: tuple[tuple[str, str, str, Fits, Callable[[str], str]], ...] = (
    ("blanked", "phone", "crm", is_person, lambda shown: ""),
    ("blanked", "email", "accounting", is_person, lambda shown: ""),
    ("blanked", "phone", "newsletter", is_person, lambda shown: ""),
    ("blanked", "address", "shop", is_person, lambda shown: ""),
    ("cut", "family_name", "newsletter", _long_name, lambda shown: shown[:8]),
    ("cut", "organisation", "accounting", is_organisation, lambda shown: shown[:-10].rstrip()),
)


def loss(world: World, number: int) -> Plant:
    kind, field, system, fits, lose = LOSSES[number % len(LOSSES)]
    person = world.take(fits)
    shown = columns_of(system, person, world.ink(person, system), field)
    less = {column: lose(value) for column, value in shown.items()}
    edit = Edit(system, world.record(person, system), less)
    return _plant(world, "loss", kind, person, field, system, (edit,))


def rejected(world: World, number: int) -> Plant:
    person = world.take(is_person)
    if number % 3:
        kind, field = "foreign number", "phone"
        new = replace(person, phone=world.population.foreign_phone())
    else:
        kind, field = "name too long", "family_name"
        longer = "-".join(world.rng.sample(NAMES["long_family"], 3))
        assert len(longer) > LONGEST_SHOP_NAME
        new = replace(person, infix="", family=longer)
    edit = world.edit(new, "crm", field)
    expected = world.expected(new, field, but=("shop",))
    return _plant(world, "rejected", kind, person, field, "shop", (edit,), expected)


def read_only(world: World, number: int) -> Plant:
    person = world.take(is_person)
    edit = world.edit(world.varied(person, "language"), "crm", "language")
    return _plant(world, "read-only", "language", person, "language", "newsletter", (edit,))


def somebody_else(world: World, number: int) -> Plant:
    """One account gets another person's name, e-mail and phone."""
    system = ("shop", "newsletter", "crm")[number % 3]
    person = world.take(is_person)
    given = world.choice(name for name in NAMES["given"] if name[0] != person.given[0])
    new = world.varied(world.varied(replace(person, given=given), "email"), "phone")
    edit = world.edit(new, system, "given_name", "email", "phone")
    return _plant(world, "still the same customer?", f"account in {system}", person, "", system, (edit,))


LONE: tuple[tuple[str, str, Fits], ...] = (
    ("crm", "phone", is_person),
    ("shop", "phone", is_person),
    ("accounting", "phone", is_organisation),
    ("newsletter", "phone", is_person),
    ("crm", "email", is_person),
    ("newsletter", "email", is_person),
    ("crm", "address", is_person),
    ("accounting", "address", is_person),
    ("shop", "address", is_person),
    ("crm", "family_name", is_person),
    ("shop", "given_name", is_person),
    ("crm", "organisation", is_organisation),
    ("accounting", "iban", is_person),
)


def lone_edit(world: World, number: int) -> Plant:
    system, field, fits = LONE[number % len(LONE)]
    person = world.take(fits)
    new = world.varied(person, field)
    edit, expected = world.edit(new, system, field), world.expected(new, field)
    return _plant(world, "lone edit", f"{system} edits {field}", person, field, system, (edit,), expected)


REWRITTEN: tuple[tuple[str, str, str], ...] = (
    ("crm", "phone", "phone"),
    ("newsletter", "email", "email"),
    ("accounting", "iban", "iban"),
    ("shop", "phone", "phone"),
)


def notation_only(world: World, number: int) -> Plant:
    system, field, attribute = REWRITTEN[number % len(REWRITTEN)]
    person = world.take(is_person)
    [(column, shown)] = columns_of(system, person, world.ink(person, system), field).items()
    rewritten, form = other_form(system, field, getattr(person, attribute), shown)
    edit = Edit(system, world.record(person, system), Row({column: rewritten}))
    expected = world.expected(person, field)
    return _plant(world, "notation only", form.kind, person, field, system, (edit,), expected)


SCHEDULE: Mapping[Callable[[World, int], Plant], int] = {
    update_update: 15,
    update_delete: 12,
    edit_by_non_owner: 12,
    reverted: 12,
    loss: 12,
    rejected: 12,
    read_only: 12,
    somebody_else: 12,
    lone_edit: 39,
    notation_only: 12,
}


def plants(world: World) -> Iterator[Plant]:
    """Everything that users do after the first sync."""
    for maker, count in SCHEDULE.items():
        for number in range(count):
            yield maker(world, number)


def _plant(
    world: World,
    cls: str,
    kind: str,
    person: Person,
    field: str,
    system: str,
    edits: tuple[Edit, ...],
    expected: Mapping[str, str] | None = None,
) -> Plant:
    assert all(edit.set is None or edit.set.keys() <= _columns(edit.system) for edit in edits)
    return Plant(
        id=f"second-{len(world.planted):03}",
        cls=cls,
        kind=kind,
        phase="second",
        person=person.id,
        field=field,
        system=system,
        records=world.records[person.id],
        edits=edits,
        expected=expected or {},
    )


def _columns(system: str) -> set[str]:
    return {column for columns in COLUMNS[system].values() for column in columns}
