"""Records that were looked for by id and not found: candidates for a tombstone, until they show again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, text, update

from reconcile.state.sql import batches
from reconcile.state.tables import record

_CANDIDATE = text("record.presence = 'invisible'")  # literally: the partial index


def miss(conn: Connection, rids: Sequence[int], run: int) -> None:
    """Those of these that were there are not found; what else is known of them stays. News."""
    news: dict[Any, Any] = {"presence": "invisible", "missed": run, "rev": record.c.rev + 1, "touched": 1}
    for some in batches(rids):
        there = (record.c.rid.in_(some), record.c.presence == "present")
        conn.execute(update(record).where(*there).values(news))


def candidates(conn: Connection, entity: str, system: str) -> list[str]:
    """The ids of a system's records that were not found when last looked for."""
    its = (record.c.entity == entity, record.c.system == system, _CANDIDATE)
    return list(conn.scalars(select(record.c.id).where(*its).order_by(record.c.rid)))


def since_before(conn: Connection, rids: Sequence[int], run: int) -> list[int]:
    """Those of these that were not found in an earlier run already."""
    found: list[int] = []
    for some in batches(rids):
        missed = select(record.c.rid).where(record.c.rid.in_(some), _CANDIDATE, record.c.missed < run)
        found += conn.scalars(missed)
    return found
