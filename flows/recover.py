"""Recovery: what an earlier run left half done. It may itself be cut short anywhere.

An update is judged by what the system shows now, before anything else is done. A create is looked for after
the pulls, by search and among what is new there; it is never repeated blindly (sync-semantics §11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.errors import SystemOut
from adapters.payloads import values_at
from adapters.protocol import Outcome, SourceRecord
from flows.hub import Hub
from flows.readback import Prepared
from flows.removing import is_away, objection, removes
from flows.settle import Settling, settle
from reconcile import times
from reconcile.errors import RecordError
from reconcile.mapping.judging import alike, unchanged
from reconcile.state import outbox, refs, runs, staging
from reconcile.state.documents import decode_values
from reconcile.state.engine import Lease
from reconcile.state.outbox import Entry

EVER = "9999"
SENDS = 2
"""A create of unknown fate that is surely not there is sent once more, then a person is asked."""


def recover(hub: Hub, lease: Lease, run: int) -> dict[str, int]:
    """Settle every update of unknown fate that can be settled now; status → how many."""
    now = hub.clock()
    with hub.store.write(lease) as conn:
        cut_short = outbox.recover(conn, hub.entity, lease.token)
        outbox.set_state(
            conn,
            [replace(entry, not_before=times.iso(now + hub.patience(entry.system))) for entry in cut_short],
        )
        runs.interrupt_older(conn, hub.entity, lease.token, hub.now)
    return _counted(hub, lease, run, _updates)


def find_creates(hub: Hub, lease: Lease, run: int) -> dict[str, int]:
    """After the pulls: settle every create of unknown fate that is found by now, or surely is not there."""
    return _counted(hub, lease, run, _creates)


Judge = Callable[[Settling, Sequence[Entry], Mapping[int, Any]], Sequence[Prepared | None]]


def _counted(hub: Hub, lease: Lease, run: int, judge: Judge) -> dict[str, int]:
    counts: dict[str, int] = {}
    for system in hub.systems:
        where = Settling(hub, lease, run, system)
        with hub.store.read() as conn:
            entries = outbox.work(conn, hub.entity, system, outbox.UNKNOWN, EVER)
            values = refs.get_values(conn, [n for e in entries for n in e.numbers])
        try:
            found = [prepared for prepared in judge(where, entries, values) if prepared is not None]
        except SystemOut:
            counts["system out"] = counts.get("system out", 0) + 1  # its pull says why
            continue
        for one in settle(where, found) if found else ():
            counts[one.status] = counts.get(one.status, 0) + 1
    return counts


def _updates(
    where: Settling, entries: Sequence[Entry], values: Mapping[int, Any]
) -> Sequence[Prepared | None]:
    hub = where.hub
    updates = [(e, e.record) for e in entries if e.record]
    ids = [id for _, id in updates]
    shown = {r.id: r for r in hub.adapters[where.system].fetch(hub.entity, ids)} if ids else {}
    return [_judge_update(where, entry, shown.get(id), values) for entry, id in updates]


def _creates(
    where: Settling, entries: Sequence[Entry], values: Mapping[int, Any]
) -> Sequence[Prepared | None]:
    return [_judge_create(where, entry, values) for entry in entries if not entry.record]


def _judge_update(
    where: Settling, entry: Entry, now: SourceRecord | None, values: Mapping[int, Any]
) -> Prepared | None:
    if now is None:
        return None
    if removes(entry):
        return _judge_removal(where, entry, now, values)
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


def _judge_removal(
    where: Settling, entry: Entry, now: SourceRecord, values: Mapping[int, Any]
) -> Prepared | None:
    if is_away(entry, now):
        return _as(entry, values, "applied", now, "found done")
    if not now.deleted and not _late(where, entry):
        return None
    if why := objection(entry, now, values, where.hub.mappings[where.system]):
        return _as(entry, values, "stale", now, why)
    return _as(entry, values, "deferred", now, "found not done", retry_after=0)


def _judge_create(where: Settling, entry: Entry, values: Mapping[int, Any]) -> Prepared | None:
    meant = Prepared(entry, values, None)
    payload = where.hub.mappings[where.system].write(None, {f: meant.desired(f) for f in entry.fields})
    if found := where.find(payload):
        return where.judge_found(meant, found)
    alike_ones = _newcomers(where, meant)
    judged = where.judge_found(meant, alike_ones) if alike_ones else None
    if judged and judged.now:
        return judged  # it is there
    if not _late(where, entry) or not _listed_since(where, entry):
        return None
    if judged:
        return judged  # it may be one of those: a person knows
    if entry.attempts < SENDS and _searchable(where, payload):
        return _as(entry, values, "deferred", None, "found not done", retry_after=0)
    return _as(entry, values, "rejected", None, "nobody knows whether it was created; look there and link it")


def _newcomers(where: Settling, meant: Prepared) -> list[SourceRecord]:
    """Records that came there since the create was wanted, and show anything of what it was to hold.

    Its user may have changed what we search by. Read by id: what the store holds may be older.
    """
    hub = where.hub
    with hub.store.read() as conn:
        new = staging.newcomers(conn, hub.book.order[where.system], meant.entry.at)
    mapping = hub.mappings[where.system]
    read = {id: decode_values(canonical) for id, canonical in new}
    fields = meant.entry.fields
    ids = [id for id in read if any(alike(mapping, f, read[id], meant.desired(f)) for f in fields)]
    return [r for r in hub.adapters[where.system].fetch(hub.entity, ids) if not r.deleted] if ids else []


def _listed_since(where: Settling, entry: Entry) -> bool:
    """Was everything there listed after the last moment at which the create could have taken effect?"""
    with where.hub.store.read() as conn:
        cursor = staging.get_cursor(conn, where.hub.entity, where.system)
    return (cursor.full_scan_at or "") >= (entry.not_before or "")


def _searchable(where: Settling, payload: Mapping[str, Any]) -> bool:
    able = where.hub.adapters[where.system].capabilities(where.hub.entity).searchable
    return any(any(values_at(payload, path)) for path in able)


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


__all__: Sequence[str] = ("find_creates", "recover")
