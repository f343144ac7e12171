"""Who is gone from a system, and on what evidence (sync-semantics §12).

A delete feed and a complete list are believed at once. What else is not found is looked for by id: once makes
a candidate, of which nothing is decided or written, and a second time, in a later run, a tombstone. Errors,
filters and increments are evidence of nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from adapters.errors import NotUnderstood
from adapters.protocol import SourceRecord
from flows.hub import Hub
from reconcile.state import missing, quarantine, staging
from reconcile.state.staging import Cursor

MOST = 1000
"""Records looked for by id in one run, candidates first."""


def unlisted(hub: Hub, cursor: Cursor, seen: set[str], unread: int) -> list[str]:
    """Who was there and is not in a list of all, which showed `seen` and so many records that cannot be read.

    A record that cannot be read is not gone. Raises NotUnderstood when the list is suspiciously short.
    """
    entity, system = hub.entity, cursor.system
    with hub.store.read() as conn:
        present = staging.present_count(conn, entity, system)
        refuse_short(hub, cursor, len(seen) + unread, present)
        aside = {q.id for q in quarantine.waiting(conn, entity) if q.system == system}
        there = staging.present_ids(conn, entity, system)
        return sorted(id for id in there if id not in seen and id not in aside)


def refuse_short(hub: Hub, cursor: Cursor, listed: int, present: int) -> None:
    """Against the last listing, and what increments brought since. Raises NotUnderstood."""
    before = max(cursor.full_scan_count or 0, present)
    least = before * hub.policy.guards.listing / 100
    if listed < least or (before and not listed):
        raise NotUnderstood(
            f"{cursor.system}: its list holds {listed} records, {before} the last time; "
            "nothing is believed to be deleted. If it is right, lower guards.listing in the policy once"
        )


def look_for(hub: Hub, system: str, doubted: Sequence[str]) -> list[SourceRecord]:
    """Candidates, and who is not in a list of all, as they are now, read by id.

    Raises SystemOut: a system that refuses or breaks off says nothing about any record.
    """
    ids = list(dict.fromkeys(doubted))[:MOST]
    return list(hub.adapters[system].fetch(hub.entity, ids)) if ids else []


def doubt(hub: Hub, conn: Connection, run: int, system: str, ids: Sequence[str]) -> int:
    """These were looked for by id and not found: candidates, and gone who was one before this run.

    Returns how many are gone.
    """
    rids = [one.rid for one in staging.known(conn, hub.entity, system, ids).values()]
    gone = missing.since_before(conn, rids, run)
    missing.miss(conn, rids, run)
    staging.set_presence(conn, gone, "deleted")
    return len(gone)


def bury(hub: Hub, conn: Connection, system: str, ids: Sequence[str], sure: str) -> int:
    """Tombstones for records that a list shows to be gone, unless they are younger than what it surely shows.

    Returns how many.
    """
    known = staging.known(conn, hub.entity, system, ids).values()
    gone = [one.rid for one in known if one.read_at <= sure]
    staging.set_presence(conn, gone, "deleted")
    return len(gone)


def taken_away(hub: Hub, conn: Connection, system: str, id: str, archived: bool) -> None:
    """The hub itself took this record away, and saw that it is."""
    known = staging.known(conn, hub.entity, system, [id])
    staging.set_presence(conn, [one.rid for one in known.values()], "archived" if archived else "deleted")
