"""Where things stand: how many records are linked, which systems are new, which links are held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, func, or_, select, text, update

from reconcile.state.sql import batches
from reconcile.state.tables import conflict, decision, record

_LINKED = text("record.customer is not null and record.presence = 'present'")
"""Literally, or the partial index does not serve."""


def linked_counts(conn: Connection, entity: str) -> dict[str, int]:
    """Linked records per system. It takes a look at each of them, in an index."""
    counts = select(record.c.system, func.count()).where(record.c.entity == entity, _LINKED)
    return {row[0]: row[1] for row in conn.execute(counts.group_by(record.c.system))}


def new_systems(conn: Connection, entity: str, systems: Iterable[str]) -> set[str]:
    """Those that have linked records, of which none ever agreed with the hub on anything.

    It looks no further than the first record that did.
    """
    return {
        system
        for system in systems
        if _any_linked(conn, entity, system) and not _agreed(conn, entity, system)
    }


def _any_linked(conn: Connection, entity: str, system: str, *more: ColumnElement[bool]) -> bool:
    theirs = select(record.c.rid).where(record.c.entity == entity, record.c.system == system, _LINKED, *more)
    return conn.execute(theirs.limit(1)).first() is not None


def _agreed(conn: Connection, entity: str, system: str) -> bool:
    return _any_linked(conn, entity, system, record.c.base.is_not(None))


def hold_links(conn: Connection, rids: Sequence[int], held: bool = True) -> None:
    """Hold links whole, or let them go: nothing is read or written through a held one."""
    for some in batches(rids):
        conn.execute(update(record).where(record.c.rid.in_(some)).values(held=int(held)))


def date_closed(conn: Connection, ids: Sequence[int], run: int, at: str) -> None:
    """Conflicts that a rule settled in the run that found them."""
    for some in batches(ids):
        closed = {"closed_run": run, "closed_at": at}
        conn.execute(update(conflict).where(conflict.c.id.in_(some)).values(closed))


def touch_aged(conn: Connection, entity: str, after: str, until: str) -> None:
    """Decide again on customers with a record last changed, or a decision made, in that span: they got old.

    It looks at every record, so it is for once a day.
    """
    changed = select(record.c.customer).where(
        record.c.entity == entity, record.c.modified_at > after, record.c.modified_at <= until
    )
    answered = select(decision.c.customer).where(decision.c.at > after, decision.c.at <= until)
    theirs = or_(record.c.customer.in_(changed), record.c.customer.in_(answered))
    conn.execute(update(record).where(record.c.entity == entity, theirs).values(touched=1))


def touch_all(conn: Connection, entity: str) -> None:
    """Decide on every customer again: the rules or the terms of a system are not what they were."""
    theirs = (record.c.entity == entity, record.c.customer.is_not(None))
    conn.execute(update(record).where(*theirs).values(touched=1))
