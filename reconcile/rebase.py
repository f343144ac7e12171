"""A configuration change is not an edit: the same payload, read differently, is nobody's news.

When a mapping or a type reads stored payloads differently, values, bases and golden are read again together.
Who agreed and still agrees keeps its base; who agreed and now differs has nothing agreed any more, which
makes it a first-sync difference: asked about or settled by the policy, and never a silent write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconcile.records import Customer, GoldenValue, Record
from reconcile.resolve import Base
from reconcile.types.base import SemanticType
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen, Value


@dataclass(slots=True)
class Rebased:
    """One customer, read again."""

    golden: dict[str, GoldenValue]
    bases: dict[int, dict[str, Base]] = field(default_factory=dict)
    """By rid, whole."""
    differences: list[tuple[str, str]] = field(default_factory=list)
    """(field, system) that agreed before and differ now."""


def rebase(
    customer: Customer, readings: Mapping[int, Mapping[str, Value]], types: Mapping[str, SemanticType]
) -> Rebased:
    """The customer under the new reading. `readings`: by rid the values that stored payloads show now.

    `customer` still holds the old values; nothing in it is changed.
    """
    golden = {
        name: held._replace(value=_golden(customer, name, held, readings, types[name]))
        if name in types
        else held
        for name, held in customer.golden.items()
    }
    out = Rebased(golden)
    for record in customer.records:
        if record.rid in readings:
            out.bases[record.rid] = _bases(customer, record, readings[record.rid], types, out)
    return out


def _golden(
    customer: Customer,
    name: str,
    held: GoldenValue,
    readings: Mapping[int, Mapping[str, Value]],
    kind: SemanticType,
) -> Golden:
    """Golden follows those who show it, where they all still say one thing; else it stays."""
    if held.value is CLEAR or held.value is BLANK:
        return held.value
    showing = [r for r in customer.records if r.presence == "present" and r.values.get(name) == held.value]
    now = [readings.get(r.rid, r.values).get(name) for r in showing]
    said = {kind.key(value): value for value in now if value is not BLANK}
    if len(said) == 1 and all(value is not BLANK for value in now):
        return next(iter(said.values()))
    if any(r.rid not in readings for r in showing):
        return held.value
    again = _again(held.value, kind)
    return held.value if again is BLANK else again


def _bases(
    customer: Customer,
    record: Record,
    reading: Mapping[str, Value],
    types: Mapping[str, SemanticType],
    out: Rebased,
) -> dict[str, Base]:
    bases = {}
    for name, base in record.base.items():
        if name not in types or name not in reading:
            continue  # not read any more: nothing to agree on
        kind = types[name]
        old: Seen = record.values.get(name, MISSING)
        moved = _base(base, old, reading[name], kind)
        if _agreed(customer, name, old) and not _agrees(out.golden, name, reading[name], kind):
            out.differences.append((name, record.system))
        else:
            bases[name] = moved
    return bases


def _base(base: Base, old: Seen, new: Value, kind: SemanticType) -> Base:
    """A base that held what was shown holds what is shown; any other is read again as well as can be."""
    value = new if base.value == old else _again(base.value, kind)
    before = base.before if base.before is MISSING else _again(base.before, kind)
    return base._replace(value=value, before=before)


def _again(value: Value, kind: SemanticType) -> Value:
    return value if value is BLANK else kind.normalise(kind.house(value))


def _agreed(customer: Customer, name: str, old: Seen) -> bool:
    held = customer.golden.get(name)
    return held is not None and old is not MISSING and held.value == old


def _agrees(golden: Mapping[str, GoldenValue], name: str, value: Value, kind: SemanticType) -> bool:
    held = golden.get(name)
    return held is not None and held.value is not CLEAR and kind.key(held.value) == kind.key(value)
