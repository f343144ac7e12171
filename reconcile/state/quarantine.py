"""Records that cannot be read: set aside with a reason, so that the rest goes on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from reconcile.state.sql import batches, upsert
from reconcile.state.tables import quarantine


class Quarantined(NamedTuple):
    """One record, and why it waits, in words without customer values."""

    entity: str
    system: str
    id: str
    reason: str
    run: int
    at: str


def add(conn: Connection, rows: Collection[Quarantined]) -> None:
    """Set records aside; a later reason replaces an earlier one."""
    if rows:
        into = upsert(conn, quarantine)
        latest = {name: into.excluded[name] for name in ("reason", "run", "at")}
        into = into.on_conflict_do_update(index_elements=["entity", "system", "id"], set_=latest)
        conn.execute(into, [row._asdict() for row in rows])


def waiting(conn: Connection, entity: str) -> list[Quarantined]:
    """What is set aside, by system and id."""
    rows = (
        select(quarantine).where(quarantine.c.entity == entity).order_by(quarantine.c.system, quarantine.c.id)
    )
    return [Quarantined._make(row) for row in conn.execute(rows)]


def count_waiting(conn: Connection, entity: str) -> int:
    """How many records are set aside."""
    return conn.scalar(select(func.count()).where(quarantine.c.entity == entity)) or 0


def clear(conn: Connection, entity: str, system: str, ids: Sequence[str]) -> None:
    """These records can be read again."""
    its = (quarantine.c.entity == entity, quarantine.c.system == system)
    for some in batches(ids):
        conn.execute(delete(quarantine).where(*its, quarantine.c.id.in_(some)))


def forget(conn: Connection, entity: str, system: str, before_run: int) -> None:
    """A complete scan read all there is: what it did not set aside itself is settled."""
    its = (quarantine.c.entity == entity, quarantine.c.system == system, quarantine.c.run < before_run)
    conn.execute(delete(quarantine).where(*its))
