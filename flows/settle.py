"""What became of a write, and what follows: one table, outcome → state of the entry → consequence.

applied    acked       base: what it shows now, golden's version, what it showed before
already    acked       the same, nothing was sent
stale      stale       the fresh reading becomes an observation, the customer is proposed again
rejected   rejected    a standing difference, until golden moves or the value changes there
deferred   ready       not before its time; after 8 attempts dead
unknown    unknown     nothing is sent for this record until its fate is known
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import Connection

from adapters.payloads import values_at
from adapters.protocol import Outcome, SourceRecord
from flows import absence
from flows.hub import Hub
from flows.pull import stage
from flows.readback import Prepared, judge, strange
from flows.removing import removes
from reconcile import times
from reconcile.departed import REMOVED, revision
from reconcile.errors import RecordError
from reconcile.mapping.compiled import top_level
from reconcile.mapping.judging import alike
from reconcile.merge import REJECTED
from reconcile.questions import SEEN
from reconcile.records import Customer, Hold, Record
from reconcile.resolve import Base
from reconcile.state import audit, customers, links, outbox, staging
from reconcile.state.audit import Event
from reconcile.state.customers import RecordState
from reconcile.state.engine import Lease
from reconcile.state.links import NewLink
from reconcile.state.outbox import Entry
from reconcile.values import MISSING, Golden, Seen

WAITING = ("deferred", "unknown")
"""Outcomes that settle nothing yet: the entry waits, the customer stays as it is."""
ATTEMPTS = 8
"""Deferrals before an entry is dead; being throttled counts none."""
TWO = "a record there may be either of two customers; link it to the one it is"
LONGEST = 3 * 3600
"""Seconds between two attempts, at most."""


@dataclass(frozen=True, slots=True)
class Settling:
    """Where outcomes are settled: one system of one run."""

    hub: Hub
    lease: Lease
    run: int
    system: str

    def find(self, payload: Mapping[str, Any]) -> list[SourceRecord]:
        """Records there that show one of the values we are about to create a record with."""
        adapter = self.hub.adapters[self.system]
        able = adapter.capabilities(self.hub.entity).searchable
        keys = {path: str(value) for path in sorted(able) for value in values_at(payload, path) if value}
        return [r for r in adapter.search(self.hub.entity, keys) if not r.deleted] if keys else []

    def judge_found(self, prepared: Prepared, found: Sequence[SourceRecord]) -> Prepared:
        """Something like it is there already: adopt it if it is surely this customer, else ask."""
        fits = [r for r in found if self._fits(prepared, r)]
        entry = prepared.entry
        if len(fits) == 1 == len(found) and self._free(fits[0], entry.customer):
            return replace(prepared, now=fits[0], change=None, outcome=Outcome(entry.key, "already", fits[0]))
        detail = f"{len(found)} records there may be this customer already; link one of them or decide"
        return replace(prepared, change=None, outcome=Outcome(entry.key, "rejected", None, detail))

    def _fits(self, prepared: Prepared, record: SourceRecord) -> bool:
        """Would a link rule say that this record is what we meant to create?"""
        hub, mapping = self.hub, self.hub.mappings[self.system]
        try:
            kind, read = mapping.read(record.payload)
        except RecordError:
            return False
        meant: dict[str, Any] = {name: prepared.desired(name) for name in prepared.entry.fields}
        return hub.linker.same(kind, read, meant)

    def _free(self, record: SourceRecord, customer: int) -> bool:
        with self.hub.store.read() as conn:
            known = staging.known(conn, self.hub.entity, self.system, [record.id])
        return not known or known[record.id].customer in (None, customer)


def settle(where: Settling, done: Sequence[Prepared]) -> list[Prepared]:
    """P7: one transaction for the batch. Returns what became of each entry after reading back."""
    judged = _one_each([judge(where.hub, where.system, one) for one in done])
    with where.hub.store.write(where.lease) as conn:
        _observe(where, conn, judged)
        settled = [one for one in judged if one.outcome and one.outcome.status not in WAITING]
        found = customers.load(conn, sorted({one.entry.customer for one in settled}))
        by_id = {customer.id: customer for customer in found}
        for one in settled:
            if one.entry.customer in by_id:  # a withdrawal may be for a record that is nobody's
                _consequence(where, by_id[one.entry.customer], one)
        ordinary = {one.entry.customer for one in settled if not one.entry.urgent}
        customers.save_customers(conn, [replace(c, rev=c.rev + (c.id in ordinary)) for c in found])
        customers.save_record_state(
            conn, [RecordState(r.rid, r.base, r.claims) for c in found for r in c.records]
        )
        # Who was Missing while the fate of a write was unknown may have something to say.
        heard = {one.entry.customer for one in judged if one.entry.state == "unknown"}
        customers.touch(conn, sorted(heard | {c.id for c in found}))
        outbox.set_state(conn, [_entry_after(where, one) for one in judged])
        audit.append(conn, list(_events(where, judged)))
    return judged


def _one_each(judged: Sequence[Prepared]) -> list[Prepared]:
    """A record that two creates ended at is nobody's until a person says whose it is."""
    ends = Counter(id for one in judged if (id := _ended_at(one)))
    twice = {id for id, count in ends.items() if count > 1}
    return [
        replace(one, outcome=Outcome(one.entry.key, "rejected", None, TWO))
        if _ended_at(one) in twice
        else one
        for one in judged
    ]


def _ended_at(one: Prepared) -> str | None:
    """The record that a create made or found."""
    done = one.entry.record is None and one.outcome and one.outcome.status in ("applied", "already")
    return one.outcome.record.id if done and one.outcome and one.outcome.record else None


def _observe(where: Settling, conn: Connection, judged: Iterable[Prepared]) -> None:
    """Fresh readings become observations; what we wrote ourselves is no edit. Creates get their link."""
    records, own, bound, lost, away = [], {}, [], [], []
    written: dict[str, list[tuple[str, Golden]]] = {}
    for one in judged:
        record = one.outcome.record if one.outcome else None
        if _taken_away(one):
            away.append((str(one.entry.record), one.entry.action))
            continue
        if record is None or record.deleted:
            lost += [record.id] if record else []
            continue
        records.append(record)
        if one.outcome and one.outcome.status in ("applied", "already"):
            theirs = strange(where.hub, where.system, one) if one.edited else ()
            own[record.id] = tuple(name for name in one.entry.fields if name not in theirs)
            if one.outcome.status == "applied":
                written[record.id] = [(name, one.desired(name)) for name in one.entry.fields]
            if one.entry.record is None:
                bound.append((record.id, one.entry.customer))
    stage(where.hub, conn, where.run, where.system, records, own, written)
    absence.doubt(where.hub, conn, where.run, where.system, lost)
    for id, action in away:
        absence.taken_away(where.hub, conn, where.system, id, archived=action == "archive")
    if bound:
        known = staging.known(conn, where.hub.entity, where.system, [id for id, _ in bound])
        free = [(id, customer) for id, customer in bound if known[id].customer is None]
        new = [NewLink(known[id].rid, customer, "primary", staging.MADE) for id, customer in free]
        links.save_links(conn, new)


def _taken_away(one: Prepared) -> bool:
    return removes(one.entry) and one.status in ("applied", "already")


def _consequence(where: Settling, customer: Customer, one: Prepared) -> None:
    assert one.outcome is not None
    record = _record_of(customer, where.system, one)
    if _taken_away(one):
        # By us: whatever a deletion there means, this one means nothing more.
        gone = [r for r in customer.records if r.system == where.system and r.presence == "deleted"]
        _hold(customer, Hold("", where.system, REMOVED, "decision", version=revision(gone)))
    elif one.outcome.status in ("applied", "already") and record is not None:
        _acknowledge(where, customer, record, one)
    elif one.outcome.status == "rejected":
        _excuse(where, customer, one)


def _acknowledge(where: Settling, customer: Customer, record: Record, one: Prepared) -> None:
    """Step 7: base := (what the system shows, version, what it showed before).

    Of a record that was there already, only what shows the value we meant: the rest is not ours.
    """
    assert one.outcome is not None
    mapping = where.hub.mappings[where.system]
    for name, (_, expected, version) in one.entry.fields.items():
        if name in where.hub.book.consents:
            continue  # nothing is agreed on about consent: its events say what holds
        shown: Seen = record.values.get(name, MISSING)
        as_meant = alike(mapping, name, record.values, one.desired(name))
        if shown is MISSING or (one.outcome.status == "already" and not as_meant):
            continue
        was = record.base.get(name)
        replaced: Seen = was.before if was else MISSING
        if one.outcome.status == "applied" and expected:
            replaced = one.values[expected]
        meant = mapping.shows(name)(one.desired(name))
        if one.edited and not as_meant and meant is not MISSING:
            shown = meant  # it was there, so the edit that came after it is news
        record.base[name] = Base(shown, version, MISSING if replaced == shown else replaced)
        if not one.edited and not as_meant:
            reason = REJECTED + "it shows the written value in its own way"
            # Perhaps it is somebody's edit: then a newer golden value must not go over it unasked either.
            until: Literal["new value", "version"] = "new value" if one.doubtful else "version"
            _hold(customer, Hold(name, where.system, reason, until, version=version))


def _excuse(where: Settling, customer: Customer, one: Prepared) -> None:
    """A refused value is a standing difference: for the field the system named, else for all of them."""
    assert one.outcome is not None
    detail = one.outcome.detail or "no reason given"
    if one.entry.record is None or removes(one.entry):
        _hold(customer, Hold("", where.system, REJECTED + detail))
        return
    for name in _named(where, one.entry, detail):
        version = one.entry.fields[name][2]
        _hold(customer, Hold(name, where.system, REJECTED + detail, "version", version=version))


def _named(where: Settling, entry: Entry, detail: str) -> Sequence[str]:
    """The fields whose own name, or whose name in the system, stands in the refusal."""
    lenses = where.hub.mappings[where.system].lenses
    words = set(detail.replace(":", " ").replace(",", " ").replace("'", " ").split())
    named = [f for f in entry.fields if f in words or top_level([lenses[f]]) & words]
    return named or list(entry.fields)


def _hold(customer: Customer, hold: Hold) -> None:
    place = (hold.field, hold.system)
    others = tuple(h for h in customer.holds if (h.field, h.system) != place or h.reason.startswith(SEEN))
    customer.holds = (*others, hold)


def _entry_after(where: Settling, one: Prepared) -> Entry:
    assert one.outcome is not None
    entry, outcome = one.entry, one.outcome
    record = entry.record or (outcome.record.id if outcome.record else None)
    if outcome.status in ("applied", "already"):
        return replace(entry, state="acked", record=record, detail=outcome.detail)
    if outcome.status == "deferred":
        return _deferred(where, entry, outcome)
    if outcome.status == "unknown":
        later = times.iso(where.hub.clock() + where.hub.patience(where.system))
        return replace(entry, state="unknown", detail=outcome.detail, not_before=later)
    state: outbox.EntryState = "stale" if outcome.status == "stale" else "rejected"
    return replace(entry, state=state, detail=outcome.detail)


def _deferred(where: Settling, entry: Entry, outcome: Outcome) -> Entry:
    """Being told to wait counts no attempt; everything else does, with full jitter in between."""
    if not outcome.retry_after and entry.attempts >= ATTEMPTS:
        return replace(entry, state="dead", detail=f"{ATTEMPTS} attempts: {outcome.detail}")
    wait = outcome.retry_after
    if wait is None:
        chance = random.Random(f"{entry.key} {entry.attempts}")  # the same when replayed
        wait = chance.uniform(0, min(LONGEST, 30 * 2**entry.attempts))
    attempts = entry.attempts - bool(outcome.retry_after)
    later = times.iso(where.hub.clock() + timedelta(seconds=wait))
    return replace(entry, state="ready", attempts=attempts, not_before=later, detail=outcome.detail)


def _events(where: Settling, judged: Iterable[Prepared]) -> Iterator[Event]:
    for one in judged:
        assert one.outcome is not None
        fields = {name: list(numbers) for name, numbers in one.entry.fields.items()}
        detail = {
            "entry": one.entry.id,
            "fields": fields,
            "before": one.entry.before,
            "said": one.outcome.detail,
        } | ({"possible_overwrite": True} if one.doubtful else {})
        record = one.entry.record or (one.outcome.record.id if one.outcome.record else None)
        what = f"{one.entry.action} {one.outcome.status}"
        yield Event(where.hub.now, where.run, what, one.entry.customer, where.system, record, detail)


def _record_of(customer: Customer, system: str, one: Prepared) -> Record | None:
    id = one.entry.record or (one.outcome.record.id if one.outcome and one.outcome.record else None)
    epoch = one.entry.epoch if one.entry.record else None
    return next(
        (r for r in customer.records if r.system == system and r.id == id and epoch in (None, r.epoch)), None
    )
