"""Recovery: what an earlier run left half done. It runs before anything else, and may itself be cut short.

An update is judged by what the system shows now. A create is looked for before anything is sent again, and
is never repeated blindly (sync-semantics §11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.errors import SystemOut
from adapters.protocol import Outcome, SourceRecord
from flows.hub import Hub
from flows.settle import Prepared, Settling, settle
from reconcile import times
from reconcile.errors import RecordError
from reconcile.mapping.judging import alike, unchanged
from reconcile.state import outbox, refs, runs
from reconcile.state.engine import Lease
from reconcile.state.outbox import Entry

EVER = "9999"
UNKNOWN: tuple[outbox.EntryState, ...] = ("unknown",)
SENDS = 2
"""A create of unknown fate that is surely not there is sent once more, then a person is asked."""


def recover(hub: Hub, lease: Lease, run: int) -> dict[str, int]:
    """Settle every entry of unknown fate that can be settled now; status → how many."""
    now = hub.clock()
    with hub.store.write(lease) as conn:
        cut_short = outbox.recover(conn, hub.entity, lease.token)
        outbox.set_state(
            conn,
            [replace(entry, not_before=times.iso(now + hub.patience(entry.system))) for entry in cut_short],
        )
        runs.interrupt_older(conn, hub.entity, lease.token, hub.now)
    counts: dict[str, int] = {}
    for system in hub.systems:
        try:
            for status in _recover_system(Settling(hub, lease, run, system)):
                counts[status] = counts.get(status, 0) + 1
        except SystemOut:
            counts["system out"] = counts.get("system out", 0) + 1  # its pull says why
    return counts


def _recover_system(where: Settling) -> list[str]:
    hub = where.hub
    with hub.store.read() as conn:
        entries = outbox.work(conn, hub.entity, where.system, UNKNOWN, EVER)
        values = refs.get_values(conn, [n for e in entries for n in e.numbers])
    if not entries:
        return []
    ids = [e.record for e in entries if e.record]
    adapter = hub.adapters[where.system]
    shown = {r.id: r for r in adapter.fetch(hub.entity, ids)} if ids else {}
    found = [
        _judge_update(where, e, shown.get(e.record), values) if e.record else _judge_create(where, e, values)
        for e in entries
    ]
    return settle(where, [prepared for prepared in found if prepared is not None])


def _judge_update(
    where: Settling, entry: Entry, now: SourceRecord | None, values: Mapping[int, Any]
) -> Prepared | None:
    if now is None:
        return None
    if now.deleted:
        return _as(entry, values, "stale", now, "it is gone")
    mapping = where.hub.mappings[where.system]
    try:
        _, read = mapping.read(now.payload)
    except RecordError as error:
        return _as(entry, values, "stale", None, str(error))
    if all(alike(mapping, f, read, values[d]) for f, (d, _, _) in entry.fields.items()):
        return _as(entry, values, "applied", now, "found done")
    guarded = where.hub.adapters[where.system].capabilities(where.hub.entity).conditional_write
    if not guarded and not _late(where, entry):
        return None
    if all(x and unchanged(mapping, f, read, values[x]) for f, (_, x, _) in entry.fields.items()):
        return _as(entry, values, "deferred", now, "found not done", retry_after=0)
    return _as(entry, values, "stale", now, "changed since it was sent")


def _judge_create(where: Settling, entry: Entry, values: Mapping[int, Any]) -> Prepared | None:
    mapping = where.hub.mappings[where.system]
    payload = mapping.write(None, {f: values[d] for f, (d, _, _) in entry.fields.items()})
    found = where.find(payload)
    if found:
        return where.judge_found(Prepared(entry, values, None), found)
    if not _late(where, entry):
        return None
    if entry.attempts < SENDS and _searchable(where, payload):
        return _as(entry, values, "deferred", None, "found not done", retry_after=0)
    return _as(entry, values, "rejected", None, "nobody knows whether it was created; look there and link it")


def _searchable(where: Settling, payload: Mapping[str, Any]) -> bool:
    able = where.hub.adapters[where.system].capabilities(where.hub.entity).searchable
    return any(payload.get(name) for name in able)


def _late(where: Settling, entry: Entry) -> bool:
    """Has so much time passed that a late effect would have shown?"""
    return entry.not_before is None or entry.not_before <= where.hub.now


def _as(
    entry: Entry,
    values: Mapping[int, Any],
    status: Any,
    record: SourceRecord | None,
    detail: str,
    retry_after: float | None = None,
) -> Prepared:
    return Prepared(entry, values, None, outcome=Outcome(entry.key, status, record, detail, retry_after))


__all__: Sequence[str] = ("recover",)
