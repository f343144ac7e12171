"""What a store that was restored from a backup forgets: every agreement, and all that it was about to do."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, func, select, text, update

from reconcile.state.tables import cursor, customer, outbox, record, value

_COUNTED = {str(table.name): table for table in (customer, value)}
"""Numbers that mean something outside the store, or in a key that a system remembers."""


def forget_agreements(conn: Connection, entity: str) -> int:
    """Every link is as at a first sync, every list is read whole, and nothing is queued. How many links."""
    linked = (record.c.entity == entity, record.c.customer.is_not(None))
    count = conn.execute(update(record).where(*linked).values(base=None, claims=None, touched=1)).rowcount
    its = cursor.c.entity == entity
    conn.execute(update(cursor).where(its).values(cursor=None, full_scan_at=None, drift=None))
    waiting = (outbox.c.entity == entity, outbox.c.state.in_(("ready", "dead")))
    conn.execute(update(outbox).where(*waiting).values(state="superseded", detail="the store was restored"))
    return count


def numbers(conn: Connection) -> dict[str, int]:
    """By table the highest number in use."""
    return {name: conn.scalar(select(func.max(table.c.id))) or 0 for name, table in sorted(_COUNTED.items())}


def skip_numbers(conn: Connection, used: Mapping[str, int]) -> None:
    """Give out no number again that was given out after the backup was made."""
    for name in used.keys() & _COUNTED.keys():
        highest = max(used[name], numbers(conn)[name])
        if not highest:
            continue
        if conn.dialect.name == "postgresql":
            conn.execute(
                text("select setval(pg_get_serial_sequence(:name, 'id'), :highest)"),
                {"name": f'"{name}"', "highest": highest},
            )
            continue
        conn.execute(text("delete from sqlite_sequence where name = :name"), {"name": name})
        conn.execute(
            text("insert into sqlite_sequence (name, seq) values (:name, :highest)"),
            {"name": name, "highest": highest},
        )
