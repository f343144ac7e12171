"""Rebase: stored payloads read again after a mapping or a type changed, before anything is pulled.

A configuration change is not an edit: no news, no version, no write. What agreed before and differs now
becomes a first-sync difference (see `reconcile.rebase`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from sqlalchemy import Connection

from flows.hearing import Watch
from flows.hub import Hub
from flows.reading import Reader, Reading
from reconcile.errors import RecordError
from reconcile.rebase import rebase
from reconcile.state import customers, readings, staging
from reconcile.state.customers import RecordState
from reconcile.state.engine import Lease
from reconcile.state.readings import Reread, Stale

PAGE = 500


@dataclass(slots=True)
class RebaseReport:
    """What a configuration change did to what was known. Counts only."""

    reread: Counter[str] = field(default_factory=Counter)
    """Payloads that mean something else now, per system."""
    differences: Counter[str] = field(default_factory=Counter)
    """Field of a system → how many agreed before and differ now."""
    unreadable: int = 0
    """Payloads that the new mapping cannot read; the next pull sets them aside and says why."""

    def counts(self) -> dict[str, Any]:
        """As the store keeps it; nothing when nothing had to be read again."""
        told = {
            "reread": dict(sorted(self.reread.items())),
            "differences": dict(sorted(self.differences.items())),
            "unreadable": self.unreadable,
        }
        return told if any(told.values()) else {}


def rebase_all(hub: Hub, lease: Lease) -> RebaseReport:
    """Bring every stored reading under today's mappings and types. Nothing is written anywhere else.

    Safe to repeat after a crash: a page of payloads and the customers they belong to go together.
    """
    report = RebaseReport()
    current = {system: hub.reading(system) for system in hub.systems}
    with hub.store.read() as conn:
        versions = {system: current[system] for system in readings.changed(conn, hub.entity, current)}
    after = 0
    while versions:
        with hub.store.write(lease) as conn:
            stale = readings.stale(conn, hub.entity, versions, after, PAGE)
            if not stale:
                break
            after = stale[-1].rid
            _page(hub, conn, stale, versions, report)
    return report


def _page(
    hub: Hub, conn: Connection, stale: Sequence[Stale], versions: Mapping[str, str], report: RebaseReport
) -> None:
    """A customer is read again whole, or its records would disagree about what was agreed."""
    linked = sorted({one.customer for one in stale if one.customer is not None})
    todo = {one.rid: one for one in [*stale, *readings.of_customers(conn, linked, versions)]}
    readers = {system: Reader(hub, system) for system in versions}
    watches = {system: Watch(hub, system, 0, {}) for system in versions}
    again: dict[int, Reading] = {}
    for one in todo.values():
        try:
            payload = orjson.loads(one.raw)
            again[one.rid] = readers[one.system].read(one.id, payload)
        except RecordError:
            report.unreadable += 1
            continue
        watches[one.system].see_again(one.id, one.rid, payload, one.canonical, again[one.rid].values)
    for watch in watches.values():
        watch.store(conn)
    _customers(hub, conn, linked, again, report)
    _store(conn, readers, todo, again, report)


def _customers(
    hub: Hub, conn: Connection, linked: Sequence[int], again: Mapping[int, Reading], report: RebaseReport
) -> None:
    types = {name: rule.type for name, rule in hub.book.fields.items()}
    values = {rid: reading.values for rid, reading in again.items()}
    kept, states = [], []
    for customer in customers.load(conn, linked):
        out = rebase(customer, values, types)
        kept.append(replace(customer, golden=out.golden, rev=customer.rev + bool(customer.rev)))
        states += [RecordState(r.rid, out.bases.get(r.rid, r.base), r.claims) for r in customer.records]
        report.differences.update(f"{system}: {name}" for name, system in out.differences)
    customers.save_customers(conn, kept)
    customers.save_record_state(conn, states)
    customers.touch(conn, linked)


def _store(
    conn: Connection,
    readers: Mapping[str, Reader],
    todo: Mapping[int, Stale],
    again: Mapping[int, Reading],
    report: RebaseReport,
) -> None:
    rows, keys = [], []
    for rid, reading in again.items():
        reader, one = readers[todo[rid].system], todo[rid]
        rows.append(
            Reread(rid, reading.kind, reader.version, reading.canonical, reader.invalid(reading.values))
        )
        if reading.canonical != one.canonical:
            report.reread[one.system] += 1
            keys.append((rid, reader.keys(reading)))
    readings.save(conn, rows)
    staging.replace_keys(conn, keys, [rid for rid, _ in keys])
