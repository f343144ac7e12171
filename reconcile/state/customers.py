"""Customers as a decision needs them: a page comes in with four statements and goes out with two."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import orjson
from sqlalchemy import Connection, Row, bindparam, literal_column, select, text, update

from reconcile.records import Conflict, Customer, Record
from reconcile.resolve import Base
from reconcile.state import conflicts
from reconcile.state.documents import (
    Entry,
    decode_base,
    decode_changed,
    decode_golden,
    decode_holds,
    decode_locks,
    decode_values,
    encode_base,
    encode_golden,
    encode_holds,
    encode_locks,
)
from reconcile.state.sql import Bulk, batches
from reconcile.state.tables import customer, record
from reconcile.values import Value

__all__ = ["RecordState", "decode_base", "encode_base", "load", "merge_into", "save_customers"]
__all__ += ["save_record_state", "touch", "touched"]


class RecordState(NamedTuple):
    """What a decision leaves at a record: its base, and the fields of open conflicts it takes part in."""

    rid: int
    base: dict[str, Base]
    claims: Iterable[str] = ()


Item = TypeVar("Item", Record, Conflict)

_TOUCHED = (
    select(record.c.customer)
    .distinct()
    .where(
        record.c.entity == bindparam("entity"),
        text("record.touched = 1"),  # literally, or the partial index does not serve
        record.c.customer > bindparam("after"),
    )
    .order_by(record.c.customer)
    .limit(bindparam("limit"))
)
_CUSTOMERS = (
    select(customer).where(customer.c.id.in_(bindparam("ids", expanding=True))).order_by(customer.c.id)
)
_COLUMNS = (  # the places of Record, but for the last three: pending, held, customer
    *("rid", "system", "id", "kind", "canonical", "base", "claims", "changed", "invalid"),
    *("modified_at", "read_at", "first_read_at", "version", "presence", "role", "epoch", "rev"),
)
_PENDING = text(
    "exists (select 1 from outbox where outbox.state in ('sending', 'unknown')"
    " and outbox.system = record.system and outbox.record = record.id and outbox.entity = record.entity)"
)
_RECORDS = (
    select(*(record.c[name] for name in _COLUMNS), _PENDING, record.c.held, record.c.customer)
    .where(record.c.customer.in_(bindparam("ids", expanding=True)))
    .order_by(record.c.customer, record.c.system, record.c.id)
)
_SAVE = Bulk(
    update(customer)
    .where(customer.c.id == bindparam("of"))
    .values(
        {name: bindparam(name) for name in ("kind", "status", "rev", "golden", "lineage", "holds", "locks")}
    ),
    ("of", "kind", "status", "rev", "golden", "lineage", "holds", "locks"),
)
_SAVE_RECORD = Bulk(
    update(record)
    .where(record.c.rid == bindparam("of"))
    .values(base=bindparam("base"), claims=bindparam("claims"), touched=literal_column("0")),
    ("of", "base", "claims"),
)


def touched(conn: Connection, entity: str, after: int = 0, limit: int = 500) -> list[int]:
    """The next customers with news that no plan has taken into account, tombstones too, ascending."""
    found = conn.scalars(_TOUCHED, {"entity": entity, "after": after, "limit": limit})
    return [id for id in found if id is not None]


def touch(conn: Connection, customer_ids: Sequence[int]) -> None:
    """Decide on these customers again, whatever their records say."""
    for some in batches(customer_ids):
        conn.execute(update(record).where(record.c.customer.in_(some)).values(touched=1))


def load(conn: Connection, ids: Sequence[int]) -> list[Customer]:
    """These customers, by id, with all their records (tombstones too) and open conflicts.

    An id that no customer has is left out.
    """
    return [one for some in batches(sorted(set(ids))) for one in _page(conn, some)]


def save_customers(conn: Connection, customers: Collection[Customer]) -> None:
    """Store kind, status, revision, golden record, holds and locks, as they are given."""
    _SAVE(conn, [_row(one) for one in customers])


def save_record_state(conn: Connection, states: Collection[RecordState]) -> None:
    """Store what was decided about records: their news is taken into account now."""
    rows = [
        (rid, encode_base(base) if base else None, " ".join(sorted(claims)) or None)
        for rid, base, claims in states
    ]
    _SAVE_RECORD(conn, rows)


def merge_into(conn: Connection, merged: int, into: int) -> None:
    """`merged` lives on as `into`; its links are moved by `save_links`."""
    conn.execute(update(customer).where(customer.c.id == merged).values(status="merged", merged_into=into))


def _page(conn: Connection, ids: Sequence[int]) -> list[Customer]:
    once = _Once()
    records = _grouped(_record(row, once) for row in conn.execute(_RECORDS, {"ids": ids}).all())
    disputes = _grouped(conflicts.open_of(conn, ids))
    rows = conn.execute(_CUSTOMERS, {"ids": ids})
    return [_customer(row, records.get(row.id, ()), disputes.get(row.id, ())) for row in rows]


def _grouped(items: Iterable[Item]) -> dict[int, list[Item]]:
    groups: dict[int, list[Item]] = {}
    for item in items:
        groups.setdefault(item.customer, []).append(item)
    return groups


class _Once:
    """Reads equal documents of one page once: the systems of a customer mostly agree."""

    def __init__(self) -> None:
        self._values: dict[bytes, dict[str, Value]] = {}
        self._bases: dict[bytes, dict[str, Base]] = {}
        self._pool: dict[Entry, Base] = {}

    def values(self, stored: bytes) -> dict[str, Value]:
        """Shared: what a system showed is not to be changed."""
        found = self._values.get(stored)
        if found is None:
            found = self._values[stored] = decode_values(stored)
        return found

    def base(self, stored: bytes | None) -> dict[str, Base]:
        if not stored:
            return {}
        found = self._bases.get(stored)
        if found is None:
            found = self._bases[stored] = decode_base(stored, self._pool)
        return found.copy()  # it is the record's own, and moves


def _record(row: Row[Any], once: _Once) -> Record:
    """By position: this runs for every record of every customer with news."""
    rid, system, id, kind, canonical, base, claims, changed, invalid, *rest, pending, held, linked = row
    return Record(
        rid,
        system,
        id,
        kind,
        once.values(canonical),
        once.base(base),
        frozenset(claims.split()) if claims else frozenset(),
        decode_changed(changed) if changed else {},
        orjson.loads(invalid) if invalid else {},
        *(*rest, bool(pending), bool(held), linked),
    )


def _customer(row: Row[Any], records: Sequence[Record], disputes: Sequence[Conflict]) -> Customer:
    return Customer(
        id=row.id,
        kind=row.kind,
        rev=row.rev,
        golden=decode_golden(row.golden, row.lineage),
        holds=decode_holds(row.holds),
        locks=decode_locks(row.locks),
        records=tuple(records),
        conflicts=tuple(disputes),
        status=row.status,
    )


def _row(one: Customer) -> tuple[Any, ...]:
    golden, lineage = encode_golden(one.golden)
    holds, locks = encode_holds(one.holds), encode_locks(one.locks)
    return one.id, one.kind, one.status, one.rev, golden, lineage, holds, locks
