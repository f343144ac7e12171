"""Customers, records and rulebooks made by hand, for tests of pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reconcile.merge import Choice, Merged, merge
from reconcile.records import Conflict, Customer, GoldenValue, Hold, Lineage, Record
from reconcile.resolve import Base, Rule
from reconcile.rulebook import FieldRule, Rulebook, Stamp, SystemTerms, Terms
from reconcile.types import build
from reconcile.values import Golden, Value

NOW = Stamp(7, datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
TEXT = build("text")


def shows(golden: Golden) -> Any:
    return None if not isinstance(golden, str) else golden


def terms(**changes: Any) -> Terms:
    return Terms(**{"shows": shows} | changes)


def book(
    *systems: str,
    fields: Sequence[str] = ("name",),
    chain: tuple[Rule, ...] = (),
    of: Mapping[str, Mapping[str, Any]] | None = None,
    field_terms: Mapping[tuple[str, str], Mapping[str, Any]] | None = None,
    required: Sequence[str] = (),
    **more: Any,
) -> Rulebook:
    """A rulebook over text fields; `of`: terms of a system, `field_terms`: of (system, field)."""
    special, terms_of = of or {}, field_terms or {}
    return Rulebook(
        {name: FieldRule(name, TEXT, chain, required=name in required) for name in fields},
        {
            s: SystemTerms(
                name=s,
                **{"writes": "all", "fields": {f: terms(**terms_of.get((s, f), {})) for f in fields}}
                | special.get(s, {}),
            )
            for s in systems
        },
        **{"digest": "d"} | more,
    )


def record(
    rid: int, system: str, values: Mapping[str, Value], base: Mapping[str, Base] | None = None, **changes: Any
) -> Record:
    return Record(rid, system, str(rid), "person", dict(values), dict(base or {}), **changes)


def agreed(rid: int, system: str, values: Mapping[str, Value], version: int = 1, **changes: Any) -> Record:
    """A record that shows what it and the hub agreed on."""
    return record(rid, system, values, {n: Base(v, version) for n, v in values.items()}, **changes)


def golden(version: int = 1, **values: Golden) -> dict[str, GoldenValue]:
    why = Lineage("a", "1", "agreed", 1, "2026-03-01T08:00:00.000000Z")
    return {name: GoldenValue(value, version, why) for name, value in values.items()}


def customer(
    *records: Record,
    golden: Mapping[str, GoldenValue] | None = None,
    holds: Sequence[Hold] = (),
    conflicts: Sequence[Conflict] = (),
    **changes: Any,
) -> Customer:
    return Customer(
        id=1,
        kind="person",
        rev=3,
        golden=dict(golden or {}),
        holds=tuple(holds),
        records=tuple(records),
        conflicts=tuple(conflicts),
        **changes,
    )


def decided(one: Customer, by: Rulebook, *choices: Choice) -> Merged:
    return merge(one, by, NOW, choices)


def wanted(merged: Merged) -> dict[int, dict[str, Value]]:
    """rid → field → what would be written."""
    return {rid: {f: w.desired for f, w in wants.items()} for rid, wants in merged.wants.items()}
