"""Hints: records of which a system said that they changed. They wait here until they are read; no values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, select

from reconcile.state.sql import batches, upsert
from reconcile.state.tables import delivery, hint


class Hint(NamedTuple):
    """One record that waits to be read, however often that was said."""

    system: str
    record: str
    times: int


class Extent(NamedTuple):
    """How many records wait, since when, and when the last of them was spoken of."""

    records: int
    first_at: str
    last_at: str


def note(
    conn: Connection, entity: str, system: str, records: Collection[str], at: str, number: str = ""
) -> None:
    """Keep what a delivery says, unless a delivery of that number came before ("": it has none)."""
    if number and not _is_first(conn, system, number, at):
        return
    rows = [
        {"entity": entity, "system": system, "record": id, "times": 1, "first_at": at, "last_at": at}
        for id in records
    ]
    if rows:
        into = upsert(conn, hint)
        again = {"times": hint.c.times + 1, "last_at": into.excluded.last_at}
        conn.execute(into.on_conflict_do_update(index_elements=list(hint.primary_key), set_=again), rows)


def _is_first(conn: Connection, system: str, number: str, at: str) -> bool:
    """The number is foreign text of any length: a digest of it serves as well."""
    row = {"system": system, "number": sha256(number.encode()).hexdigest()[:32], "at": at}
    return conn.execute(upsert(conn, delivery).values(row).on_conflict_do_nothing()).rowcount == 1


def extent(conn: Connection, entity: str, systems: Collection[str]) -> Extent | None:
    """What waits in these systems; None when nothing does."""
    seen = select(func.count(), func.min(hint.c.first_at), func.max(hint.c.last_at))
    row = conn.execute(seen.where(*_of(entity, systems))).one()
    return Extent(*row) if row[0] else None


def waiting(conn: Connection, entity: str, systems: Collection[str], limit: int) -> list[Hint]:
    """The records that wait, the longest waiting first."""
    rows = select(hint.c.system, hint.c.record, hint.c.times).where(*_of(entity, systems))
    ordered = rows.order_by(hint.c.first_at, hint.c.system, hint.c.record).limit(limit)
    return [Hint._make(row) for row in conn.execute(ordered)]


def about(conn: Connection, entity: str, system: str, records: Sequence[str]) -> dict[str, int]:
    """How often each of these records was spoken of until now; those that nobody spoke of are absent."""
    found: dict[str, int] = {}
    for some in batches(records):
        rows = select(hint.c.record, hint.c.times).where(*_of(entity, [system]), hint.c.record.in_(some))
        found.update((row[0], row[1]) for row in conn.execute(rows))
    return found


def answered(conn: Connection, entity: str, system: str, until: Mapping[str, int]) -> None:
    """These records were read after they had been spoken of so often; who was spoken of again waits on."""
    for id, times in until.items():
        read = (*_of(entity, [system]), hint.c.record == id, hint.c.times == times)
        conn.execute(delete(hint).where(*read))


def forget(conn: Connection, entity: str, systems: Collection[str], before: str) -> None:
    """Drop hints of other systems than these, and the numbers of deliveries that came before a time."""
    conn.execute(delete(hint).where(hint.c.entity == entity, hint.c.system.not_in(systems)))
    conn.execute(delete(delivery).where(delivery.c.at < before))


def _of(entity: str, systems: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return hint.c.entity == entity, hint.c.system.in_(systems)
