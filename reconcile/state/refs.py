"""Every value that something refers to: conflicts, decisions, outbox and audit hold its number only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, insert, select

from reconcile.state.sql import Bulk, batches, take_ids
from reconcile.state.tables import value
from reconcile.values import MISSING, Golden, freeze, thaw

Wanted = tuple[int, str, object]
"""(customer, field, value); a field "raw:<system>" holds a system's own shape, any other a golden value."""

_COLUMNS = ("id", "customer", "field", "value", "at")
_INSERT = Bulk(insert(value).values({name: bindparam(name) for name in _COLUMNS}), _COLUMNS)
_Key = tuple[int, str, bytes]
_OF_CUSTOMERS = select(value.c.id, value.c.customer, value.c.field, value.c.value).where(
    value.c.customer.in_(bindparam("customers", expanding=True)),
    value.c.field.in_(bindparam("fields", expanding=True)),
)


def refs(conn: Connection, wanted: Sequence[Wanted], at: str) -> list[int]:
    """The numbers of these values, in the same order.

    A value that this customer and field had before keeps its number. Raises ValueError for MISSING.
    """
    keys = [_key(*one) for one in wanted]
    numbers = _stored(conn, keys)
    missing = [key for key in dict.fromkeys(keys) if key not in numbers]
    if missing:
        ids = take_ids(conn, value, len(missing))
        _INSERT(conn, [(id, *key, at) for id, key in zip(ids, missing, strict=True)])
        numbers.update(zip(missing, ids, strict=True))
    return [numbers[key] for key in keys]


def get_values(conn: Connection, ids: Iterable[int]) -> dict[int, Any]:
    """The values behind these numbers; a number whose value was erased is absent."""
    found: dict[int, Any] = {}
    for some in batches(sorted(set(ids))):
        wanted = select(value.c.id, value.c.field, value.c.value).where(value.c.id.in_(some))
        found.update((id, read(field, said)) for id, field, said in conn.execute(wanted))
    return found


def read(field: str, stored: bytes) -> Any:
    """A stored value: a golden one, or for "raw:…" the system's own."""
    said = orjson.loads(stored)
    return said if field.startswith("raw:") else freeze(said)


def _key(customer: int, field: str, said: Any) -> _Key:
    if said is MISSING:
        raise ValueError(f"{field} was not seen: there is no value to refer to")
    golden: Golden = said
    return customer, field, orjson.dumps(said if field.startswith("raw:") else thaw(golden))


def _stored(conn: Connection, keys: Sequence[_Key]) -> dict[_Key, int]:
    fields = sorted({field for _, field, _ in keys})
    numbers: dict[_Key, int] = {}
    for some in batches(sorted({customer for customer, _, _ in keys})):
        for id, *key in conn.execute(_OF_CUSTOMERS, {"customers": some, "fields": fields}):
            numbers.setdefault((key[0], key[1], key[2]), id)
    return numbers
