"""How what the hub knows of a record or a customer is kept as one document, and read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from reconcile.records import GoldenValue, Hold, Lineage, Lock
from reconcile.resolve import Base
from reconcile.values import MISSING, Value, freeze, thaw

Document = bytes
"""orjson bytes."""

Entry = tuple[type, Any, int]
"""Type, value and version of a base."""


def decode_values(stored: Document) -> dict[str, Value]:
    """Canonical values per field; lists are tuples again."""
    values = orjson.loads(stored)
    if b"[" in stored:  # most records have no group value, or one
        for field, value in values.items():
            if type(value) is list:
                values[field] = tuple(value)
    return values  # type: ignore[no-any-return]


def encode_base(base: Mapping[str, Base]) -> Document:
    """{field: [value, version]}, or [value, version, before] where our write replaced something."""
    return orjson.dumps(
        {
            field: (one.value, one.version) if one.before is MISSING else (one.value, one.version, one.before)
            for field, one in base.items()
        }
    )


def decode_base(stored: Document | None, pool: dict[Entry, Base] | None = None) -> dict[str, Base]:
    """What `encode_base` kept. Records that share a `pool` share the bases that are equal.

    The systems of a customer mostly agree, and making a Base costs more than finding one.
    """
    if not stored:
        return {}
    pool = {} if pool is None else pool
    bases: dict[str, Base] = {}
    for field, (value, version, *before) in orjson.loads(stored).items():
        if type(value) is list:
            value = tuple(value)
        if before:
            bases[field] = Base(value, version, _tuple(before[0]))
            continue
        key = (type(value), value, version)  # 1 == True, and yet they are two values
        if (one := pool.get(key)) is None:
            one = pool[key] = Base(value, version)
        bases[field] = one
    return bases


def encode_golden(golden: Mapping[str, GoldenValue]) -> tuple[Document, Document]:
    """({field: [value, version]}, {field: [system, record, how, run, at]}), then by and at where verified."""
    values = {field: (thaw(one.value), one.version) for field, one in golden.items()}
    lineage = {
        field: (
            *(one.lineage.system, one.lineage.record, one.lineage.how, one.lineage.run, one.lineage.at),
            *(one.verified or ()),
        )
        for field, one in golden.items()
    }
    return orjson.dumps(values), orjson.dumps(lineage)


def decode_golden(values: Document | None, lineage: Document | None) -> dict[str, GoldenValue]:
    """What `encode_golden` kept."""
    if not values or not lineage:
        return {}
    pool: dict[tuple[Any, ...], Lineage] = {}  # one reading of one system mostly explains several fields
    whys = orjson.loads(lineage)
    golden: dict[str, GoldenValue] = {}
    for field, (value, version) in orjson.loads(values).items():
        system, record, how, run, at, *verified = whys[field]
        if (why := pool.get(key := (system, record, how, run, at))) is None:
            why = pool[key] = Lineage(*key)
        by = (verified[0], verified[1]) if verified else None
        golden[field] = GoldenValue(freeze(value), version, why, by)
    return golden


def encode_holds(holds: Iterable[Hold]) -> Document | None:
    """[[field, system, reason, until, date, version], …]; None for none."""
    rows = [(one.field, one.system, one.reason, one.until, one.date, one.version) for one in holds]
    return orjson.dumps(rows) if rows else None


def decode_holds(stored: Document | None) -> tuple[Hold, ...]:
    """What `encode_holds` kept."""
    return tuple(Hold(*row) for row in orjson.loads(stored)) if stored else ()


def encode_locks(locks: Mapping[str, Lock]) -> Document | None:
    """{field: [until, by]}; None for none."""
    return orjson.dumps({field: (one.until, one.by) for field, one in locks.items()}) if locks else None


def decode_locks(stored: Document | None) -> dict[str, Lock]:
    """What `encode_locks` kept."""
    return {field: Lock(*row) for field, row in orjson.loads(stored).items()} if stored else {}


def decode_changed(stored: Document | None) -> dict[str, tuple[str | None, str | None]]:
    """{field: (previous reading, source time)}."""
    return {field: (row[0], row[1]) for field, row in orjson.loads(stored).items()} if stored else {}


def _tuple(value: Any) -> Any:
    return tuple(value) if type(value) is list else value
