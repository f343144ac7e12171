"""A rehearsal: simulated systems with the same customers, the project that reaches them, and the truth."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from sandbox.crm import Crm
from sandbox.json_seed import customers, person
from sandbox.json_server import JsonServer
from sandbox.kit import System

Row = dict[str, Any]
TRUTH = "truth.json"
HUB = """\
# yaml-language-server: $schema=schemas/hub.json
# Simulated systems on this machine; they live as long as `klantbeeld sandbox` does.
language: en
state: sqlite:///klantbeeld.db
systems:
"""
POLICY = """\
# yaml-language-server: $schema=../schemas/policy.json
region: NL
rules:
  newest: [most_recent, majority]
fields:
  organisation: {type: organisation, rule: newest}
  given_name: {type: given_name, rule: newest}
  family_name: {type: family_name, rule: newest}
  email: {type: email, rule: newest}
  phone: {type: phone, rule: newest}
  address: {type: postal_address, rule: newest}
  birth_date: {type: date, rule: newest}
  iban: {type: iban, edits_from: [crm, shop], sensitive: true}
link:
  - {name: same e-mail, when: [email]}
"""
NAMES: Mapping[str, str] = {
    "given_name": "first_name",
    "family_name": "last_name",
    "email": "email",
    "phone": "phone",
    "birth_date": "birth_date",
    "iban": "iban",
}
PARTS: Mapping[str, str] = {
    "street": "street",
    "number": "house_number",
    "addition": "house_addition",
    "postcode": "postcode",
    "city": "city",
    "country": "country",
}
DIFFERENT = 0.1
"""The share of customers who have another value in one system."""
ONCE = 0.1
"""The share of customers whom one system does not know."""


@dataclass(frozen=True, slots=True)
class Part:
    """One simulated system that can be rehearsed with: a new one is one line in `CAST`."""

    make: Callable[[Sequence[Row], int, int], System]
    """(rows, seed, port) → the system, filled."""
    hub: str
    """What hub.yaml says of it besides its address and what may be written."""
    resource: str
    within: str = ""
    """The path under which a record shows what a row holds."""


def _crm(rows: Sequence[Row], seed: int, port: int) -> System:
    kept = [
        {"id": f"c-{row['id']}", "modified_at": row["updated_at"], "properties": _told(row)} for row in rows
    ]
    return Crm({"contacts": kept}, seed=f"crm {seed}", port=port)


def _shop(rows: Sequence[Row], seed: int, port: int) -> System:
    return JsonServer({"customers": rows}, seed=f"shop {seed}", port=port)


CAST: Mapping[str, Part] = {
    "crm": Part(
        _crm, "kind: rest, manifest: crm, archived: {field: archived, value: true}", "contacts", "properties"
    ),
    "shop": Part(_shop, "kind: json", "customers"),
}


class Rehearsal:
    """The simulated systems of a rehearsal, served on loopback while the context is open.

    Entering raises OSError when a port is taken.
    """

    def __init__(self, count: int, seed: int, rates: Mapping[str, float], port: int = 0) -> None:
        self.truth = planted(count, seed)
        self.systems = {
            name: part.make(self.truth["rows"].pop(name), seed, port + place if port else 0)
            for place, (name, part) in enumerate(CAST.items())
        }
        for system in self.systems.values():
            system.faults.set_rates(rates)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as begun:
            for system in self.systems.values():
                begun.enter_context(system)
            self._open = begun.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def files(self) -> dict[str, str]:
        """The project that reaches these systems, and the truth: text by place in its folder."""
        lines = [
            f"  {name}: {{{part.hub}, url: '{self.systems[name].url}', writes: all, creates: all}}\n"
            for name, part in CAST.items()
        ]
        files = {"config/hub.yaml": HUB + "".join(lines), "config/policy/customer.yaml": POLICY}
        files |= {f"mappings/{name}.yaml": _mapping(part) for name, part in CAST.items()}
        return files | {TRUTH: json.dumps(self.truth, ensure_ascii=False, indent=1) + "\n"}

    def figures(self) -> dict[str, dict[str, Any]]:
        """What the hub did to each system, as the system saw it."""
        return {
            name: system.witness.figures() | {"faults": dict(system.faults.hits)}
            for name, system in self.systems.items()
        }


def planted(count: int, seed: int) -> dict[str, Any]:
    """`count` customers as each system holds them (`rows`), and what is so: who is who, what differs."""
    draw = random.Random(f"rehearsal {seed}")
    rows = {name: customers(count, seed, place) for place, name in enumerate(CAST)}
    people: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    for number in range(1, count + 1):
        known = sorted(rows) if draw.random() >= ONCE else [draw.choice(sorted(rows))]
        ids = {name: _id(name, number) for name in known}
        people.append({"number": number, "values": person(number, seed), "records": ids})
        if len(known) > 1 and draw.random() < DIFFERENT:
            system, field = draw.choice(known), draw.choice(("phone", "birth_date"))
            value = f"+3164{draw.randint(1_000_000, 9_999_999)}" if field == "phone" else "1949-12-31"
            rows[system][number - 1][field] = value
            differences.append({"number": number, "field": field, "system": system, "value": value})
    for name in rows:
        rows[name] = [row for row, one in zip(rows[name], people, strict=True) if name in one["records"]]
    return {"seed": seed, "people": people, "differences": differences, "rows": rows}


def _id(system: str, number: int) -> str:
    return f"c-{number}" if system == "crm" else str(number)


def _told(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("id", "version", "updated_at")}


def _mapping(part: Part) -> str:
    above = f"{part.within}." if part.within else ""
    fields = [f"    {field}: {above}{name}\n" for field, name in NAMES.items()]
    parts = ", ".join(f"{name}: {above}{place}" for name, place in PARTS.items())
    return (
        "# yaml-language-server: $schema=../config/schemas/mapping.json\n"
        f"customer:\n  resource: {part.resource}\n"
        f"  kind: {{present: {above}company, then: organisation, else: person}}\n"
        f"  fields:\n    organisation: {above}company\n{''.join(fields)}"
        f"    address:\n      parts: {{{parts}}}\n"
    )
