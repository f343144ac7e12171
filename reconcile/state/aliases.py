"""Ids of records that their own system made part of another: what comes under them is about that one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, select, text, update

from reconcile.state.sql import batches
from reconcile.state.tables import record


class Heir(NamedTuple):
    """A record without a customer, into which one was merged that had one."""

    rid: int
    customer: int
    taken: bool
    """The customer has another record in that system."""


_ALIAS = text("record.merged_into is not null")  # literally: the partial index


def merge(conn: Connection, rid: int, into: str) -> None:
    """Note that a record is part of another one now; what was wanted of it counts no more. News."""
    its = (record.c.rid == rid, record.c.merged_into.is_distinct_from(into))
    news: dict[Any, Any] = {"presence": "merged", "merged_into": into, "touched": 1}
    news |= {"rev": record.c.rev + 1, "epoch": record.c.epoch + 1}
    conn.execute(update(record).where(*its).values(news))


def resolve(conn: Connection, entity: str, system: str, ids: Sequence[str]) -> dict[str, str]:
    """The ids that are aliases, each with the record that it is part of in the end."""
    found: dict[str, str] = {}
    wanted = list(ids)
    while wanted:
        step: dict[str, str] = {}
        for some in batches(wanted):
            its = (record.c.entity == entity, record.c.system == system, record.c.id.in_(some), _ALIAS)
            rows = conn.execute(select(record.c.id, record.c.merged_into).where(*its))
            step.update((row[0], row[1]) for row in rows)
        new = {id: into for id, into in step.items() if id not in found}
        found.update(new)
        wanted = list(new.values())
    return {id: _last(found, id) for id in ids if id in found}


def heirs(conn: Connection, entity: str) -> list[Heir]:
    """Records that belong to the customer of what was merged into them, and to nobody yet."""
    into, other = record.alias("into"), record.alias("other")
    target = and_(
        into.c.entity == record.c.entity,
        into.c.system == record.c.system,
        into.c.id == record.c.merged_into,
    )
    here = (other.c.customer == record.c.customer, other.c.system == record.c.system)
    taken = select(other.c.rid).where(*here, other.c.presence == "present").exists()
    orphaned = (record.c.entity == entity, _ALIAS, record.c.customer.is_not(None), into.c.customer.is_(None))
    wanted = select(into.c.rid, record.c.customer, taken).join(into, target).where(*orphaned)
    rows = conn.execute(wanted.order_by(record.c.rid.desc()))
    return list({rid: Heir(rid, customer, bool(there)) for rid, customer, there in rows}.values())


def _last(found: dict[str, str], id: str) -> str:
    seen = {id}
    while (into := found.get(id)) is not None and into not in seen:
        seen.add(into)
        id = into
    return id
