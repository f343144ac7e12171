"""Where things stand: how many records are linked, which systems are new, which links are held."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, update

from reconcile.state.sql import batches
from reconcile.state.tables import conflict, record


def linked_counts(conn: Connection, entity: str) -> tuple[dict[str, int], set[str]]:
    """Linked records per system, and the systems of which no record ever agreed with the hub on anything."""
    here = (record.c.entity == entity, record.c.customer.is_not(None), record.c.presence == "present")
    counts = select(record.c.system, func.count(), func.count(record.c.base)).where(*here)
    rows = conn.execute(counts.group_by(record.c.system)).all()
    return {system: linked for system, linked, _ in rows}, {
        system for system, _, agreed in rows if not agreed
    }


def hold_links(conn: Connection, rids: Sequence[int], held: bool = True) -> None:
    """Hold links whole, or let them go: nothing is read or written through a held one."""
    for some in batches(rids):
        conn.execute(update(record).where(record.c.rid.in_(some)).values(held=int(held)))


def date_closed(conn: Connection, ids: Sequence[int], run: int, at: str) -> None:
    """Conflicts that a rule settled in the run that found them."""
    for some in batches(ids):
        closed = {"closed_run": run, "closed_at": at}
        conn.execute(update(conflict).where(conflict.c.id.in_(some)).values(closed))


def touch_all(conn: Connection, entity: str) -> None:
    """Decide on every customer again: the rules or the terms of a system are not what they were."""
    theirs = (record.c.entity == entity, record.c.customer.is_not(None))
    conn.execute(update(record).where(*theirs).values(touched=1))
