"""Push: P3 to P7 of the protocol, one batch at a time. Intent is durable before a byte leaves, fate after.

P3 compare      read again; what is not as expected is stale, what is as desired is done
P4 intent       sending, attempt, token and the raw values about to be replaced, in one transaction
P5 send         the adapter sends; an outcome for each change, or nothing is known about it
P6 read back    what the system shows now
P7 acknowledge  outbox, base, observation, link and audit, in one transaction
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from adapters.errors import Denied, SystemOut
from adapters.protocol import Change, Outcome, SourceRecord
from flows import stopping
from flows.hub import Hub
from flows.pushed import PushReport
from flows.readback import Prepared, strange
from flows.removing import is_away, objection, read_back, removes
from flows.settle import Settling, settle
from reconcile import times
from reconcile.errors import RecordError
from reconcile.mapping import apply_patch
from reconcile.mapping.judging import alike, unchanged
from reconcile.state import customers, links, outbox, refs, staging
from reconcile.state.engine import Lease
from reconcile.state.outbox import Entry
from reconcile.values import BLANK, CLEAR, Golden

MOST = 200
"""Entries per batch, and so per intent and per acknowledgement."""
FRESH = 5.0
"""Seconds after which a reading is too old to write upon (sync-semantics §8)."""


def push(
    hub: Hub, lease: Lease, run: int, system: str, batches: int | None = None, urgent: bool = False
) -> PushReport:
    """Send what is ready for one system, `batches` at most, all or only what is urgent.

    A dead system keeps its entries, and so does one that changed under its mapping.
    """
    report = PushReport(system)
    with hub.store.read() as conn:
        drifted = staging.get_cursor(conn, hub.entity, system).drift
    if drifted and not urgent:
        report.out = drifted
        return report
    size = _size(hub, system)
    while batches is None or batches > 0:
        stopping.check()
        with hub.store.read() as conn:
            entries = outbox.work(conn, hub.entity, system, outbox.READY, hub.now, size, urgent)
        if not entries:
            break
        try:
            if not _Batch(hub, lease, run, system, report).send(entries):
                size = max(1, size // 2)  # so slow that its readings grow old: fewer at a time
        except SystemOut as error:
            report.out = str(error)
            break
        batches = None if batches is None else batches - 1
    return report


def _size(hub: Hub, system: str) -> int:
    """Systems that take one write a request get small batches: the window is the time the batch takes."""
    terms = hub.book.systems[system]
    return min(MOST, terms.write_batch if terms.write_batch > 1 else max(1, min(terms.fetch_batch, 20)))


class _Batch:
    """One batch on its way."""

    def __init__(self, hub: Hub, lease: Lease, run: int, system: str, report: PushReport) -> None:
        self.hub, self.lease, self.run, self.system, self.report = hub, lease, run, system, report
        self.adapter = hub.adapters[system]
        self.mapping = hub.mappings[system]
        self.settling = Settling(hub, lease, run, system)

    def send(self, entries: Sequence[Entry]) -> bool:
        """Carry the batch through P3 to P7; False: reading took so long that nothing was sent."""
        entries = self._of_this_epoch(entries)
        with self.hub.store.read() as conn:
            values = refs.get_values(conn, [n for e in entries for n in e.numbers])
        read_at = time.perf_counter()
        prepared = self._compare(entries, values)
        going = [p for p in prepared if p.change is not None]
        old = len(going) > 1 and time.perf_counter() - read_at > FRESH
        if old:  # too old to write upon: these stay ready, a smaller batch reads them again
            going, prepared = [], [p for p in prepared if p.change is None]
        going = self._intend(going)
        answered = self._send(going) if going else []
        if going:
            self.report.window.append((time.perf_counter() - read_at) * 1000)
        done = settle(self.settling, self._read_back([p for p in prepared if p.change is None] + answered))
        for one in done:
            self.report.count(one.status)
            self.report.possible_overwrites += one.doubtful
        self._park(done)
        return not old

    def _park(self, done: Sequence[Prepared]) -> None:
        """A system that asks to wait is asked nothing more until then: a quota is for all that is sent."""
        waits = [p.outcome.retry_after for p in done if p.status == "deferred" and p.outcome]
        if longest := max((wait for wait in waits if wait), default=0.0):
            until = times.iso(self.hub.clock() + timedelta(seconds=longest))
            with self.hub.store.write(self.lease) as conn:
                outbox.park(conn, self.hub.entity, self.system, until)

    # ── P3 ──────────────────────────────────────────────────────────────────────────────────────────

    def _of_this_epoch(self, entries: Sequence[Entry]) -> list[Entry]:
        """All but what was wanted before a record was linked anew; a withdrawal is right whoever's it is."""
        with self.hub.store.read() as conn:
            epochs = links.epochs(conn, self.hub.entity, self.system, [e.record for e in entries if e.record])
        gone = [e for e in entries if e.record and not e.urgent and epochs.get(e.record) != e.epoch]
        if gone:
            with self.hub.store.write(self.lease) as conn:
                outbox.supersede(conn, [e.id for e in gone], "the record was linked anew")
                customers.touch(conn, sorted({e.customer for e in gone}))
            self.report.count("superseded", len(gone))
        return [e for e in entries if e not in gone]

    def _compare(self, entries: Sequence[Entry], values: Mapping[int, Any]) -> list[Prepared]:
        ids = [e.record for e in entries if e.record is not None]
        shown = {r.id: r for r in self.adapter.fetch(self.hub.entity, ids)} if ids else {}
        return [
            self._update(e, shown.get(e.record), values) if e.record is not None else self._create(e, values)
            for e in entries
        ]

    def _update(self, entry: Entry, now: SourceRecord | None, values: Mapping[int, Any]) -> Prepared:
        if now is None:
            unread = Outcome(entry.key, "deferred", None, "the system could not show it")
            return Prepared(replace(entry, attempts=entry.attempts + 1), values, None, outcome=unread)
        if removes(entry):
            return self._removal(entry, now, values)
        if now.deleted:
            return Prepared(entry, values, now, outcome=Outcome(entry.key, "stale", now, "it is gone"))
        try:
            _, read = self.mapping.read(now.payload)
        except RecordError as error:
            tried = replace(entry, attempts=entry.attempts + 1)  # its record is set aside, with the reason
            return Prepared(tried, values, now, outcome=Outcome(entry.key, "deferred", now, str(error)))
        as_desired = {f: alike(self.mapping, f, read, values[d]) for f, (d, _, _) in entry.fields.items()}
        if all(as_desired.values()):
            return Prepared(entry, values, now, outcome=Outcome(entry.key, "already", now))
        for name, (_, expected, _) in entry.fields.items():
            if not as_desired[name] and not (
                expected and unchanged(self.mapping, name, read, values[expected])
            ):
                moved = Outcome(entry.key, "stale", now, f"{name} changed since it was read")
                return Prepared(entry, values, now, outcome=moved)
        wanted = {f: values[d] for f, (d, _, _) in entry.fields.items() if not as_desired[f]}
        return self._change(entry, now, wanted, values)

    def _removal(self, entry: Entry, now: SourceRecord, values: Mapping[int, Any]) -> Prepared:
        if is_away(entry, now):
            return Prepared(entry, values, now, outcome=Outcome(entry.key, "already", now))
        if why := objection(entry, now, values, self.mapping):
            return Prepared(entry, values, now, outcome=Outcome(entry.key, "stale", now, why))
        change = Change(entry.key, entry.action, self.hub.entity, entry.record, {}, now.version)
        return Prepared(entry, values, now, change=change)

    def _create(self, entry: Entry, values: Mapping[int, Any]) -> Prepared:
        wanted = {f: values[d] for f, (d, _, _) in entry.fields.items()}
        prepared = self._change(entry, None, wanted, values)
        if prepared.change is None:
            return prepared
        found = self.settling.find(prepared.change.payload)
        return self.settling.judge_found(prepared, found) if found else prepared

    def _change(
        self, entry: Entry, now: SourceRecord | None, wanted: Mapping[str, Golden], values: Mapping[int, Any]
    ) -> Prepared:
        for name, value in wanted.items():
            if reason := self.mapping.refuses(name, CLEAR if value is BLANK and now else value):
                refused = Outcome(entry.key, "rejected", now, f"{name}: {reason}")
                return Prepared(entry, values, now, outcome=refused)
        given = {name: CLEAR if value is BLANK and now else value for name, value in wanted.items()}
        try:
            payload = self._payload(entry, now, given, values)
        except RecordError as error:
            return Prepared(entry, values, now, outcome=Outcome(entry.key, "rejected", now, str(error)))
        version = now.version if now else None
        action = "update" if now else "create"
        change = Change(entry.key, action, self.hub.entity, entry.record, payload, version)  # type: ignore[arg-type]
        return Prepared(entry, values, now, change=change)

    def _payload(
        self, entry: Entry, now: SourceRecord | None, given: Mapping[str, Golden], values: Mapping[int, Any]
    ) -> dict[str, object]:
        """What is sent; raw values that are put back go as they were, with a consent that has to go along.

        Raises RecordError.
        """
        if entry.restores is None or now is None:
            return self.mapping.write(now.payload if now else None, given)
        consents = {name: value for name, value in given.items() if name in self.hub.book.consents}
        along = self.mapping.write(now.payload, consents)
        return apply_patch(values[entry.restores], along, self.mapping)

    # ── P4 and P5 ───────────────────────────────────────────────────────────────────────────────────

    def _intend(self, going: Sequence[Prepared]) -> list[Prepared]:
        if not going:
            return []
        raw = f"raw:{self.system}"
        with self.hub.store.write(self.lease) as conn:
            befores = [(p.entry.customer, raw, _replaced(p)) for p in going]
            numbers = refs.refs(conn, befores, self.hub.now)
            sending = [
                replace(
                    p,
                    entry=replace(
                        p.entry,
                        state="sending",
                        attempts=p.entry.attempts + 1,
                        token=self.lease.token,
                        before=number,
                        version=p.now.version if p.now else None,
                    ),
                )
                for p, number in zip(going, numbers, strict=True)
            ]
            outbox.set_state(conn, [p.entry for p in sending])
        return sending

    def _send(self, going: Sequence[Prepared]) -> list[Prepared]:
        """Each with its outcome; where the system said nothing, perhaps done, unless it let nobody in."""
        outcomes: dict[str, Outcome] = {}
        unsaid = Outcome("", "unknown", detail="the system did not say what became of it")
        try:
            for outcome in self.adapter.push(self.hub.entity, [p.change for p in going if p.change]):
                outcomes[outcome.key] = outcome
        except SystemOut as error:
            self.report.out = str(error)
            if isinstance(error, Denied):
                unsaid = Outcome("", "deferred", detail=self.report.out)
        said = [(p, outcomes.get(p.entry.key) or replace(unsaid, key=p.entry.key)) for p in going]
        return [replace(p, outcome=o, own=o.record.version if o.record else None) for p, o in said]

    # ── P6 ──────────────────────────────────────────────────────────────────────────────────────────

    def _read_back(self, done: Sequence[Prepared]) -> list[Prepared]:
        """What the system stored: from its answer where that holds the record, else read again.

        What does not show what was written is looked at once more: it may be ignored, restyled or edited.
        """
        answers = self.hub.book.systems[self.system].returns_record
        blind = [p for p in done if p.outcome and p.outcome.status == "applied"]
        blind = [p for p in blind if _unseen(p, answers)]
        shown = self._shown(blind)
        done = [replace(p, outcome=_seen(p, shown)) if p in blind else p for p in done]
        odd = [p for p in done if p.status == "applied" and strange(self.hub, self.system, p)]
        shown = self._shown(odd)
        return [replace(p, outcome=_seen(p, shown)) if p in odd and _written(p) in shown else p for p in done]

    def _shown(self, some: Sequence[Prepared]) -> dict[str, SourceRecord]:
        ids = [id for p in some if (id := _written(p))]
        try:
            return {r.id: r for r in self.adapter.fetch(self.hub.entity, ids)} if ids else {}
        except SystemOut as error:
            self.report.out = str(error)
            return {}


def _written(prepared: Prepared) -> str | None:
    """The id of the record that was written; a create's stands in its answer."""
    answer = prepared.outcome.record if prepared.outcome else None
    return prepared.entry.record or (answer.id if answer else None)


def _unseen(prepared: Prepared, answers: bool) -> bool:
    """Does its answer not say what is stored now? What was taken away is always looked for."""
    record = prepared.outcome.record if prepared.outcome else None
    return record is None or removes(prepared.entry) or not (answers or prepared.entry.record)


def _seen(prepared: Prepared, shown: Mapping[str, SourceRecord]) -> Outcome:
    assert prepared.outcome is not None
    record = shown.get(_written(prepared) or "")
    if removes(prepared.entry):
        return read_back(prepared.entry, prepared.outcome, record)
    if record is None or record.deleted:
        return replace(prepared.outcome, status="unknown", detail="written, but it could not be read back")
    return replace(prepared.outcome, record=record)


def _replaced(prepared: Prepared) -> dict[str, Any]:
    """The raw values that the write is about to replace, as the system had them; of what goes, all."""
    assert prepared.change is not None
    if prepared.now is None:
        return {}
    if removes(prepared.entry):
        return dict(prepared.now.payload)
    return {name: prepared.now.payload.get(name) for name in prepared.change.payload}
