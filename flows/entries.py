"""From what is decided to what is queued: outbox entries, with every value by its number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from flows.hub import Hub
from reconcile import questions
from reconcile.merged import Merged
from reconcile.records import GoldenValue, Record
from reconcile.rulebook import Stamp
from reconcile.state import outbox, refs
from reconcile.state.engine import Lease
from reconcile.state.outbox import Entry
from reconcile.values import Golden, Value


class Numbers:
    """The numbers of values: mentioned first, looked up in one go, then known."""

    def __init__(self, conn: Connection, at: str) -> None:
        self.conn, self.at = conn, at
        self.wanted: dict[tuple[int, str, Golden], int] = {}

    def mention(self, customer: int, field: str, value: Golden) -> None:
        self.wanted[customer, field or questions.ABOUT_RECORD, value] = 0

    def look_up(self) -> None:
        keys = list(self.wanted)
        self.wanted = dict(zip(keys, refs.refs(self.conn, keys, self.at), strict=True))

    def of(self, customer: int, field: str, value: Golden) -> int:
        return self.wanted[customer, field or questions.ABOUT_RECORD, value]


def mention(one: Merged, numbers: Numbers) -> None:
    """Every value that something will refer to, and every golden value that is about to be replaced."""
    id = one.customer.id
    for question in one.questions:
        for candidate in question.candidates:
            numbers.mention(id, question.field, candidate.value)
    for wants in one.wants.values():
        for name, want in wants.items():
            numbers.mention(id, name, want.desired)
            numbers.mention(id, name, want.expected)
    for values in one.creates.values():
        for name, value in values.items():
            numbers.mention(id, name, value)
    for record in one.customer.records:
        if record.rid in one.removals:
            for name, shown in _shown(record).items():
                numbers.mention(id, name, shown)
    for name in one.took:
        if name in one.customer.golden:
            numbers.mention(id, name, one.customer.golden[name].value)


def store_entries(
    hub: Hub, conn: Connection, lease: Lease, stamp: Stamp, page: Sequence[Merged], numbers: Numbers
) -> None:
    """Queue what these customers want written; what is queued and wanted no more is superseded.

    A dead letter that is still wanted stands in the way of itself alone: it waits for a person.
    """
    writing = [one for one in page if one.wants or one.creates or one.removals]
    ids = [one.customer.id for one in page]
    dead = [e for e in outbox.dead(conn, hub.entity, ids) if not e.urgent]
    waiting = [*outbox.open_for(conn, ids), *dead]
    entries = [e for one in writing for e in _entries(hub, one, lease, stamp, numbers)]
    entries = _restoring(conn, writing, entries, stamp.text)
    wanted = {_meaning(e) for e in entries}
    golden = {one.customer.id: one.golden for one in page}
    kept = [
        e
        for e in waiting
        if e.state in ("sending", "unknown")
        or e.urgent
        or _meaning(e) in wanted
        or _puts_back(e, golden[e.customer])
    ]
    over = [e.id for e in waiting if e not in kept]
    outbox.supersede(conn, over, "a newer decision stands in its place")
    under_way = {(e.customer, e.system) for e in kept}
    outbox.add(conn, [e for e in entries if (e.customer, e.system) not in under_way])


def _restoring(conn: Connection, page: Iterable[Merged], entries: list[Entry], at: str) -> list[Entry]:
    """Entries that put raw values back carry them; one that may not write all of them goes as any other."""
    found = {
        (record.system, record.id): one.restores[record.rid]
        for one in page
        for record in one.customer.records
        if record.rid in one.restores
    }
    if not found:
        return entries
    whole = [
        e
        for e in entries
        if (r := found.get((e.system, e.record or ""))) and r.wants.keys() <= e.fields.keys()
    ]
    wanted = [(e.customer, f"raw:{e.system}", found[e.system, e.record or ""].patch) for e in whole]
    numbers = dict(zip((e.key for e in whole), refs.refs(conn, wanted, at), strict=True))
    return [replace(e, restores=numbers.get(e.key)) for e in entries]


def _puts_back(entry: Entry, golden: Mapping[str, GoldenValue]) -> bool:
    """Is it a restoring write on which nobody decided since? No merge would want it again."""
    versions = {name: version for name, (_, _, version) in entry.fields.items() if name in golden}
    return entry.restores is not None and all(golden[n].version == v for n, v in versions.items())


def _meaning(entry: Entry) -> object:
    """What a write does, whoever asked for it: the same one keeps its attempts and its waiting time."""
    return (
        entry.system,
        entry.customer,
        entry.record,
        entry.epoch,
        entry.action,
        frozenset(entry.fields.items()),
    )


def _entries(hub: Hub, one: Merged, lease: Lease, stamp: Stamp, numbers: Numbers) -> Iterator[Entry]:
    id = one.customer.id
    records = {r.rid: r for r in one.customer.records}
    for rid, wants in one.wants.items():
        record = records[rid]
        fields = {
            name: (numbers.of(id, name, w.desired), numbers.of(id, name, w.expected), w.version)
            for name, w in sorted(wants.items())
        }
        yield _entry(hub, one, record.system, record.id, record.epoch, "update", fields, lease, stamp)
    for rid, action in one.removals.items():
        record = records[rid]
        shown = {name: numbers.of(id, name, value) for name, value in _shown(record).items()}
        known = {name: (number, number, 0) for name, number in shown.items()}
        yield _entry(hub, one, record.system, record.id, record.epoch, action, known, lease, stamp)
    for system, values in one.creates.items():
        made = {
            n: (numbers.of(id, n, v), None, one.golden[n].version if n in one.golden else 0)
            for n, v in sorted(values.items())
        }
        yield _entry(hub, one, system, None, 0, "create", made, lease, stamp)


def _shown(record: Record) -> dict[str, Value]:
    """What is known of a record that is to be taken away: it goes only as long as it shows this."""
    return {name: value for name, value in sorted(record.values.items()) if name in record.base}


def _entry(
    hub: Hub,
    one: Merged,
    system: str,
    record: str | None,
    epoch: int,
    action: Any,
    fields: Mapping[str, outbox.FieldRefs],
    lease: Lease,
    stamp: Stamp,
) -> Entry:
    """The key covers numbers and revisions only; a crash before the commit gives the same one again."""
    told = (
        hub.entity,
        system,
        one.customer.id,
        one.customer.rev,
        record,
        epoch,
        action,
        sorted(fields.items()),
    )
    return Entry(
        key=sha256(repr(told).encode()).hexdigest()[:32],
        run=stamp.run,
        entity=hub.entity,
        system=system,
        customer=one.customer.id,
        record=record,
        epoch=epoch,
        action=action,
        fields=fields,
        token=lease.token,
        at=stamp.text,
    )
