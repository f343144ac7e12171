"""The two laws over generated payloads, and mappings that break them."""

from __future__ import annotations

import copy
import random

import pytest

from reconcile.mapping import EntityMapping, apply_patch, check_laws, compile_mapping
from reconcile.values import CLEAR
from tests.mapping.invented import BILLING, SHIPPING, SHOP, TYPES, Home, Word, compiled

CRM = {
    "given_name": r"properties.first\.name",
    "family_name": {"path": "properties.last", "length": 12},
    "email": {"path": "properties.mail", "charset": "ascii"},
    "phone": {"in": "properties.phones", "where": {"type": "work"}, "path": "value.number"},
    "mobile": {"in": "properties.phones", "where": {"type": "mobile"}, "path": "value.number"},
    "segment": {"path": "tier", "values": {1: "a", 2: "b"}},
}
BOOKS = {
    "family_name": {"in": "contacts", "where": {"main": True}, "path": "name", "infix": "infix"},
    "address": {
        "parts": {
            "street": "street",
            "number": "nr",
            "city": "city",
            "country": {"path": "land", "values": {"NLD": "NL"}},
        }
    },
    "note": {"path": "note", "write": "never"},
}


def sometimes(rng: random.Random, make, *blanks):
    """A value, one of the blanks, or (None) no key at all: as (shown, value)."""
    draw = rng.random()
    if draw < 0.15:
        return False, None
    if draw < 0.35:
        return True, rng.choice([None, "", " ", *blanks])
    return True, make()


def shown(rng: random.Random, **makers):
    drawn = {name: sometimes(rng, make) for name, make in makers.items()}
    return {name: value for name, (present, value) in drawn.items() if present}


def name(rng):
    return lambda: rng.choice(["Berg", " van der Berg", "de Vries-Ja", "Zoë", "Çelik", "O'Neil", "x" * 12])


def phone(rng):
    return lambda: rng.choice(["+31 612345678", "+31612345678", "0031 6", 31612345678])


def a_list(rng, key, element):
    present, found = sometimes(rng, lambda: [element() for _ in range(rng.randrange(4))], [])
    return {key: found} if present else {}


def shop(rng):
    def address():
        flags = {flag: True for flag in ("billing", "shipping") if rng.random() < 0.4}
        if len(flags) == 2:
            flags.pop("shipping")
        found = shown(rng, telephone=phone(rng), city=name(rng), country_id=lambda: "NL", other=name(rng))
        street = rng.choice(
            [{}, {"street": ["Kerkweg 7"]}, {"street": "Kerkweg 7"}, {"street": []}, {"street": None}]
        )
        return {**flags, **found, **street, **({"id": rng.randrange(10**6)} if rng.random() < 0.5 else {})}

    raw = shown(
        rng,
        first=name(rng),
        last=name(rng),
        middle=lambda: rng.choice(["van der", "de"]),
        tier=lambda: rng.choice(["gold", "basic"]),
        member=lambda: rng.choice([True, False, "true"]),
        score=lambda: rng.randrange(9),
        contact=lambda: shown(rng, email=lambda: "A@b.nl", other=name(rng)),
        unmapped=lambda: {"x": [1, {"y": None}]},
    )
    return {**raw, **a_list(rng, "addresses", address)}


def crm(rng):
    def number():
        return {
            "type": rng.choice(["work", "mobile", "fax"]),
            "value": shown(rng, number=phone(rng), ext=name(rng)),
        }

    def properties():
        found = shown(
            rng, **{"first.name": name(rng), "last": name(rng), "mail": lambda: "E@b.nl", "age": name(rng)}
        )
        return {**found, **a_list(rng, "phones", number)}

    return shown(rng, properties=properties, tier=lambda: rng.choice([1, 2, "1"]), other=name(rng))


def books(rng):
    def contact():
        return {
            "main": rng.random() < 0.5,
            **shown(rng, name=name(rng), infix=lambda: "van", id=lambda: rng.randrange(9**9)),
        }

    raw = shown(
        rng,
        street=name(rng),
        nr=lambda: rng.choice([7, "7a"]),
        city=name(rng),
        land=lambda: "NLD",
        note=name(rng),
    )
    return {**raw, **a_list(rng, "contacts", contact)}


WORLDS = [(SHOP, shop), (CRM, crm), (BOOKS, books)]


@pytest.mark.parametrize(("fields", "payload"), WORLDS, ids=["shop", "crm", "books"])
def test_both_laws_hold_for_whatever_a_system_shows(fields, payload):
    rng, system, read = random.Random(7), compiled(fields), 0
    for _ in range(1000):
        raw = payload(rng)
        before = copy.deepcopy(raw)
        assert check_laws(system, raw) == [], raw
        assert raw == before
        read += len(system.read(raw)[1])
    assert read > 1000


@pytest.mark.parametrize(("fields", "payload"), WORLDS, ids=["shop", "crm", "books"])
def test_what_one_record_shows_can_be_written_to_any_other(fields, payload):
    rng, system, written = random.Random(8), compiled(fields), 0
    for _ in range(700):
        wanted = {f: CLEAR if rng.random() < 0.2 else v for f, v in system.read(payload(rng))[1].items()}
        assert check_laws(system, payload(rng), wanted) == [], wanted
        written += len(wanted)
    assert written > 700


def test_a_missing_list_gains_one_element_and_then_stays_quiet():
    system = compiled(SHOP)
    for raw in ({}, {"addresses": None}, {"addresses": []}, {"addresses": [{"shipping": True, "id": 3}]}):
        stored = apply_patch(raw, system.write(raw, {"phone": "+31612345678"}), system)
        assert len(stored["addresses"]) == len(raw.get("addresses") or []) + 1
        assert check_laws(system, stored) == []


class Shouting(Word):
    """Breaks its own law: what it writes does not read back."""

    def house(self, value, like=None):
        return f"{value}!"


class Trailing(Word):
    """Reads well, but writes only where something stands already."""

    def house(self, value, like=None):
        return value if like else "?"


class Shuffling(Home):
    """Writes the city where the street was."""

    def write_parts(self, value, wanted, like):
        return super().write_parts((value[2], value[1], value[0], value[3]), wanted, like)


@pytest.mark.parametrize(
    ("field", "type_", "raw", "broken"),
    [
        ("note", Shouting(), {"note": "hello"}, ["on this record", "on a new record", "changes it"]),
        ("note", Trailing(), {"note": "hello"}, ["on a new record"]),
        (
            {"parts": {"street": "s", "number": "n", "city": "c", "country": "l"}},
            Shuffling(),
            {"s": "Kerkweg", "n": "7", "c": "Delft"},
            ["changes it"],
        ),
    ],
)
def test_a_mapping_that_breaks_a_law_is_caught(field, type_, raw, broken):
    system = compile_mapping(EntityMapping.model_validate({"fields": {"it": field}}), {"it": type_})
    found = check_laws(system, raw)
    assert all(any(words in one for one in found) for words in broken), found
    assert not any("hello" in one or "Delft" in one for one in found)


def test_two_roles_of_one_element_are_caught_when_both_are_written():
    system = compiled({"phone": {**BILLING, "path": "tel"}, "mobile": {**SHIPPING, "path": "tel"}})
    raw = {"addresses": [{"billing": True, "shipping": True, "tel": "+31 6"}]}
    assert check_laws(system, raw) == []
    assert "two fields" in check_laws(system, raw, {"phone": "+31", "mobile": "+32"})[0]


def test_a_touched_neighbour_is_caught(monkeypatch):
    system = compiled({"note": "p.note"})
    assert check_laws(system, {"p": {"note": "x", "z": 1}}) == []
    wide = type(system).write
    monkeypatch.setattr(type(system), "write", lambda s, raw, v: {**wide(s, raw, v), "neighbour": 1})
    assert check_laws(system, {"p": {"note": "x"}}) == ["neighbour: is touched by writing back what was read"]


def test_a_record_of_the_wrong_shape_is_told_and_not_raised():
    assert check_laws(compiled({"note": "p.note"}), {"p": ["x"]})[0].startswith("p: expected a mapping")


def test_every_type_of_these_tests_takes_part():
    assert {field for fields, _ in WORLDS for field in fields} == set(TYPES)
