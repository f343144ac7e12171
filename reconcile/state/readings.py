"""Stored payloads that were read under another mapping than today's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select, update

from reconcile.state.sql import Bulk, batches
from reconcile.state.tables import cursor, record


class Stale(NamedTuple):
    """A stored payload, and what it was taken to mean."""

    rid: int
    system: str
    id: str
    customer: int | None
    raw: bytes
    canonical: bytes


class Reread(NamedTuple):
    """What a stored payload means today."""

    rid: int
    kind: str
    mapping: str
    canonical: bytes
    invalid: bytes | None


_COLUMNS = tuple(record.c[name] for name in Stale._fields)
_SAVE = Bulk(
    update(record)
    .where(record.c.rid == bindparam("of"))
    .values({name: bindparam(name) for name in Reread._fields[1:]}),
    ("of", *Reread._fields[1:]),
)


def changed(conn: Connection, entity: str, versions: Mapping[str, str]) -> list[str]:
    """The systems whose last pull was read under another mapping. One small look, whatever is stored."""
    rows = conn.execute(select(cursor.c.system, cursor.c.mapping).where(cursor.c.entity == entity))
    return [system for system, version in rows if version and versions.get(system, version) != version]


def stale(conn: Connection, entity: str, versions: Mapping[str, str], after: int, limit: int) -> list[Stale]:
    """The next payloads of these systems that were read under another version, by rid."""
    wanted = select(*_COLUMNS).where(record.c.entity == entity, record.c.rid > after, _otherwise(versions))
    return [Stale._make(row) for row in conn.execute(wanted.order_by(record.c.rid).limit(limit))]


def of_customers(conn: Connection, ids: Sequence[int], versions: Mapping[str, str]) -> list[Stale]:
    """All payloads of these customers that were read under another version."""
    found: list[Stale] = []
    for some in batches(ids):
        wanted = select(*_COLUMNS).where(record.c.customer.in_(some), _otherwise(versions))
        found += [Stale._make(row) for row in conn.execute(wanted)]
    return found


def save(conn: Connection, rows: Collection[Reread]) -> None:
    """Store today's reading; the revision grows with the customer's, nothing becomes news."""
    _SAVE(conn, rows)


def _otherwise(versions: Mapping[str, str]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(record.c.system == system, record.c.mapping != version)
            for system, version in versions.items()
        )
    )
