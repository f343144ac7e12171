"""Undo a run: what it wrote is proposed back, guarded, and sent by the ordinary protocol.

First every record that the run wrote is read again, so that the plan names what somebody changed since. Like
any plan it stores customers and fingerprints only: `reconcile.undo` gives the same answer when it is applied.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson
from sqlalchemy import Connection

from adapters.errors import SystemOut
from flows import apply as applying
from flows.apply import PAGE, Proposal
from flows.hub import Hub
from flows.pull import stage
from reconcile.merge import Choice, Merged, merge
from reconcile.plan import GuardHit, Plan, describe, fingerprint
from reconcile.records import Customer
from reconcile.rulebook import Stamp
from reconcile.state import audit, customers, outbox, plans, refs, staging
from reconcile.state.engine import Lease
from reconcile.state.outbox import Entry
from reconcile.undo import Left, Undone, Written, undo
from reconcile.values import BLANK, CLEAR, Golden

READ = 200
"""Records that are read again at a time."""


@dataclass(frozen=True, slots=True)
class Past:
    """What a run did, by customer."""

    run: int
    writes: Mapping[int, Sequence[Written]]
    """The newest first."""
    older: Mapping[int, Mapping[str, Golden]]
    """What golden held before, where the run moved it."""


@dataclass(slots=True)
class Looked:
    """What undoing means, as it is found out."""

    plan: Plan = field(default_factory=Plan)
    left: list[Left] = field(default_factory=list)

    def hits(self) -> Iterator[GuardHit]:
        """What cannot be undone is told before anything is: a person has to look."""
        stays = [one.system for one in self.left if one.for_good]
        for system in sorted(set(stays)):
            yield GuardHit("cannot be undone", system, stays.count(system), 0)

    def told(self, run: int) -> dict[str, Any]:
        """What stays as it is, as the plan keeps it; no customer values."""
        ordered = sorted(self.left, key=lambda one: (one.customer, one.system, one.field))
        return {
            "run": run,
            "skipped": [asdict(one) for one in ordered if not one.for_good],
            "impossible": [asdict(one) for one in ordered if one.for_good],
        }


def propose(
    hub: Hub, lease: Lease, run: int, undone: int, progress: Callable[[int], None] = lambda done: None
) -> Proposal:
    """Look at what `undone` left, record by record, and plan to take back what nobody changed since."""
    stamp, looked = hub.stamp(run), Looked()
    with hub.store.read() as conn:
        past = _past(hub, conn, undone)
    _read_again(hub, lease, run, past)
    with hub.store.read() as conn:
        for customer, found, merged in _undone(hub, conn, past, sorted(past.writes), stamp):
            looked.left += found.left
            if merged:
                looked.plan.add(merged, fingerprint(customer, hub.book))
            progress(looked.plan.customers)
        hits = (*applying.guarded(hub, conn, looked.plan), *looked.hits())
    summary = describe(looked.plan, hub.book) | {"guards": [hit.text for hit in hits]}
    summary["undo"] = looked.told(undone)
    with hub.store.write(lease) as conn:
        state: plans.PlanState = "waiting" if hits else "proposed"
        made = (looked.plan.hash, stamp.text, state, summary, looked.plan.items)
        id = plans.save_plan(conn, hub.entity, run, *made, undoes=undone)
    return Proposal(id, looked.plan, hits, summary)


def explain(hub: Hub, plan: int, undone: int) -> Iterator[Merged]:
    """What a stored undo would do, customer by customer; those whose inputs moved on are left out."""
    with hub.store.read() as conn:
        past, after = _past(hub, conn, undone), 0
        while items := plans.plan_items(conn, plan, after, PAGE):
            after = items[-1][0]
            yield from _fitting(hub, conn, past, dict(items), hub.stamp(0))


def apply(
    hub: Hub,
    lease: Lease,
    run: int,
    plan: int,
    undone: int,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Write the plan's decisions down, page by page; a customer whose inputs changed since is left out.

    Safe to repeat after a crash: what was applied has a new revision and no longer fits the plan.
    """
    stamp, after, done = hub.stamp(run), 0, 0
    with hub.store.read() as conn:
        past = _past(hub, conn, undone)
    while True:
        with hub.store.write(lease) as conn:
            items = plans.plan_items(conn, plan, after, PAGE)
            if not items:
                plans.set_plan_state(conn, plan, "applied")
                return
            after = items[-1][0]
            page = list(_fitting(hub, conn, past, dict(items), stamp))
            applying.commit(hub, conn, lease, stamp, page)
            # What else these customers want is for the next sync: an undo writes nothing but what it undoes.
            customers.touch(conn, [one.customer.id for one in page])
        done += len(items)
        progress(done)


def _fitting(
    hub: Hub, conn: Connection, past: Past, marks: Mapping[int, str], stamp: Stamp
) -> Iterator[Merged]:
    for customer, _, merged in _undone(hub, conn, past, sorted(marks), stamp):
        if merged and fingerprint(customer, hub.book) == marks[customer.id]:
            yield merged


def _undone(
    hub: Hub, conn: Connection, past: Past, ids: Sequence[int], stamp: Stamp
) -> Iterator[tuple[Customer, Undone, Merged | None]]:
    """Each customer with what can be undone; no Merged where that is nothing."""
    for start in range(0, len(ids), PAGE):
        page = applying.load(hub, conn, ids[start : start + PAGE])
        payloads = _payloads(hub, conn, page)
        for customer in page:
            writes, older = past.writes[customer.id], past.older.get(customer.id, {})
            found = undo(customer, payloads, writes, older, hub.book, hub.mappings)
            any_of_it = found.golden or found.removals
            merged = _merged(hub, customer, found, past.run, stamp) if any_of_it else None
            yield customer, found, merged


def _merged(hub: Hub, customer: Customer, found: Undone, run: int, stamp: Stamp) -> Merged:
    """Golden goes back and a steward is asked; written are the old raw values and nothing else.

    A record that is about to be restored has nothing to say yet, like one of which a write is under way.
    """
    choices = [Choice(name, "undo", value, decision=run) for name, value in sorted(found.golden.items())]
    busy = found.records.keys() | found.removals.keys()
    records = tuple(replace(r, pending=r.pending or r.rid in busy) for r in customer.records)
    merged = merge(replace(customer, records=records), hub.book, stamp, choices)
    wants = {rid: dict(restored.wants) for rid, restored in found.records.items()}
    return replace(merged, wants=wants, creates={}, removals=found.removals, restores=found.records)


def _payloads(hub: Hub, conn: Connection, page: Sequence[Customer]) -> dict[int, Any]:
    """What their records showed when last read, by rid."""
    ids: dict[str, list[str]] = defaultdict(list)
    for record in (r for one in page for r in one.records if r.presence == "present"):
        ids[record.system].append(record.id)
    known = (staging.known(conn, hub.entity, system, its) for system, its in sorted(ids.items()))
    return {one.rid: orjson.loads(one.raw) for found in known for one in found.values()}


# ── what the run did ────────────────────────────────────────────────────────────────────────────────


def _past(hub: Hub, conn: Connection, run: int) -> Past:
    """All writes that the run wanted, and all that it sent for an earlier one."""
    sent = {e.event.detail["entry"] for e in audit.every(conn, run=run) if e.event.what.endswith(" applied")}
    entries = {e.id: e for e in [*outbox.of_run(conn, run), *outbox.get_all(conn, sorted(sent))]}
    mine = [e for e in entries.values() if e.entity == hub.entity and _counts(e)]
    mine.sort(key=lambda entry: -entry.id)
    numbers = [n for e in mine for n in (*(d for d, _, _ in e.fields.values()), e.before) if n]
    values = refs.get_values(conn, numbers)
    writes: dict[int, list[Written]] = defaultdict(list)
    for entry in mine:
        writes[entry.customer].append(_written(entry, values))
    return Past(run, writes, _older(conn, {e.run for e in mine}, set(writes)))


def _counts(entry: Entry) -> bool:
    """Was something written, or is an update still to be?"""
    written = entry.state == "acked" and entry.before is not None
    return written or (entry.state == "ready" and entry.action == "update")


def _written(entry: Entry, values: Mapping[int, Any]) -> Written:
    """An erased value takes its field along: there is nothing to go back to."""
    fields = {name: values[d] for name, (d, _, _) in entry.fields.items() if d in values}
    plain = {name: BLANK if value is CLEAR else value for name, value in fields.items()}
    before = values.get(entry.before or 0) if entry.state == "acked" else None
    erased = entry.state == "acked" and before is None
    place = (entry.system, entry.record, entry.epoch, entry.action)
    return Written(*place, {} if erased else plain, before)


def _older(conn: Connection, run_ids: set[int], whose: set[int]) -> dict[int, dict[str, Golden]]:
    """Golden's values before these runs; the oldest run knows best."""
    moves: dict[int, dict[str, int | None]] = defaultdict(dict)
    for run in sorted(run_ids):
        for sealed in audit.every(conn, run=run):
            event = sealed.event
            if event.what == "golden" and event.customer in whose:
                for name, (_, _, _, _, *before) in event.detail["fields"].items():
                    moves[event.customer].setdefault(name, before[0] if before else None)
    values = refs.get_values(conn, [n for fields in moves.values() for n in fields.values() if n])
    return {
        customer: {name: values.get(n, BLANK) if n else BLANK for name, n in fields.items()}
        for customer, fields in moves.items()
    }


# ── how things are now ──────────────────────────────────────────────────────────────────────────────


def _read_again(hub: Hub, lease: Lease, run: int, past: Past) -> None:
    """Store what the records of the run show now. A system that is out shows what it did when last read:
    nothing is sent there before it is read."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for writes in past.writes.values():
        for write in writes:
            if write.record is not None and write.system in hub.mappings:
                wanted[write.system].add(write.record)
    for system, ids in sorted(wanted.items()):
        ordered = sorted(ids)
        for start in range(0, len(ordered), READ):
            try:
                shown = list(hub.adapters[system].fetch(hub.entity, ordered[start : start + READ]))
            except SystemOut:
                break
            with hub.store.write(lease) as conn:
                stage(hub, conn, run, system, [record for record in shown if not record.deleted])
                gone = staging.known(conn, hub.entity, system, [r.id for r in shown if r.deleted])
                staging.set_presence(conn, [known.rid for known in gone.values()], "invisible")
