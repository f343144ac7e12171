"""Systems come, go and get other names; what is known about their records stays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select, text, update

from reconcile.records import Customer
from reconcile.state import customers
from reconcile.state.sql import batches
from reconcile.state.tables import conflict, cursor, outbox, quarantine, record


def known_systems(conn: Connection, entity: str) -> set[str]:
    """Every system of which a record is stored, whether the project still names it or not."""
    return set(conn.scalars(select(record.c.system).distinct().where(record.c.entity == entity)))


def archive_removed(conn: Connection, entity: str, still_there: Collection[str]) -> int:
    """Set aside the records of systems that the project names no more; how many there were."""
    gone = (record.c.entity == entity, record.c.system.not_in(still_there), record.c.presence == "present")
    aside: dict[Any, Any] = {"presence": "archived", "rev": record.c.rev + 1, "touched": 1}
    return conn.execute(update(record).where(*gone).values(aside)).rowcount


def rename(conn: Connection, entity: str, old: str, new: str) -> int:
    """Everything known under `old` is known under `new`: no edit, no write. How many records there are.

    The audit keeps the name of its time: it is append-only.
    """
    linked = select(record.c.customer).distinct().where(record.c.entity == entity, record.c.system == old)
    ids = [id for id in conn.scalars(linked) if id is not None]
    for table in (record, cursor, outbox, quarantine, conflict):
        theirs = (table.c.entity == entity, table.c.system == old)
        count = conn.execute(update(table).where(*theirs).values(system=new)).rowcount
        if table is record:
            renamed = count
    _rename_in_conflicts(conn, entity, old, new)
    for some in batches(ids):
        customers.save_customers(conn, [_renamed(one, old, new) for one in customers.load(conn, some)])
    conn.execute(
        text("update value set field = :new where field = :old"), {"old": f"raw:{old}", "new": f"raw:{new}"}
    )
    return renamed


def _renamed(one: Customer, old: str, new: str) -> Customer:
    golden = {
        name: held._replace(lineage=held.lineage._replace(system=new)) if held.lineage.system == old else held
        for name, held in one.golden.items()
    }
    holds = tuple(replace(h, system=new) if h.system == old else h for h in one.holds)
    return replace(one, golden=golden, holds=holds)


def _rename_in_conflicts(conn: Connection, entity: str, old: str, new: str) -> None:
    """Candidates name the systems that show them: [[value, [[system, record, since], …]], …]."""
    mentioned = select(conflict.c.id, conflict.c.candidates).where(conflict.c.entity == entity)
    rows = []
    for id, stored in conn.execute(mentioned).all():
        candidates = orjson.loads(stored)
        if any(claimant[0] == old for _, claimants in candidates for claimant in claimants):
            rows.append({"of": id, "said": orjson.dumps(_claimants(candidates, old, new))})
    if rows:
        conn.execute(
            update(conflict).where(conflict.c.id == bindparam("of")).values(candidates=bindparam("said")),
            rows,
        )


def _claimants(candidates: Sequence[Any], old: str, new: str) -> list[Any]:
    return [
        [value, [[new if system == old else system, *rest] for system, *rest in claimants]]
        for value, claimants in candidates
    ]
