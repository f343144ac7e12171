"""Pull: what a system shows, mapped and stored. A page and its cursor go into one transaction.

The funnel: a payload that is byte for byte what is stored goes no further; one whose mapped values are what
is stored is only noted; only the rest is news. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
from sqlalchemy import Connection

from adapters.errors import SystemOut
from adapters.protocol import Page, SourceRecord
from flows import absence, stopping
from flows.admission import create_in_doubt, may_be_older
from flows.hearing import Watch
from flows.hub import Hub
from flows.reading import Reader, Reading
from flows.shapes import Drifted, known_shape, refuse_drift
from reconcile import times
from reconcile.drift import Shape, joined, shape
from reconcile.errors import RecordError
from reconcile.state import aliases, missing, quarantine, staging
from reconcile.state.consents import Written
from reconcile.state.engine import Lease
from reconcile.state.quarantine import Quarantined
from reconcile.state.staging import Known, NewReading, NewRecord
from reconcile.values import Value


@dataclass(slots=True)
class PullReport:
    """What one system's pull brought. Counts and reasons, no values."""

    system: str
    read: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    quarantined: int = 0
    full: bool = False
    as_of: str | None = None
    out: str = ""
    """Why this system is out for this run; "" when it is not."""

    def counts(self) -> dict[str, Any]:
        return asdict(self)


def pull(hub: Hub, lease: Lease, run: int, system: str, full: bool = False) -> PullReport:
    """Everything that changed in one system, stored. A system that fails is out; what it gave stays."""
    report = PullReport(system)
    try:
        _Pull(hub, lease, run, report).all(full)
    except Drifted as error:
        report.out = str(error)
        with hub.store.write(lease) as conn:
            cursor = staging.get_cursor(conn, hub.entity, system)
            staging.save_cursor(conn, replace(cursor, drift=report.out))
    except SystemOut as error:
        report.out = str(error)
    return report


def stage(
    hub: Hub,
    conn: Connection,
    run: int,
    system: str,
    records: Sequence[SourceRecord],
    own: Mapping[str, Collection[str]] | None = None,
    written: Written | None = None,
) -> PullReport:
    """Store records that were read one by one (before or after a write) as observations.

    `own`: by record id the fields that we wrote there ourselves, or found as we meant them; a change of those
    is nobody's edit. `written`: what we really wrote, with the values.
    """
    report = PullReport(system)
    cursor = staging.get_cursor(conn, hub.entity, system)
    _Stage(hub, conn, run, report, cursor.as_of, own or {}, written or {}).page(Page(records))
    if cursor.cursor and hub.adapters[system].capabilities(hub.entity).incremental == "no":
        # "As at the last pull" is no news-free state any more: an old file put back would be just that.
        staging.save_cursor(conn, replace(cursor, cursor=None))
    return report


class _Pull:
    """One pull in progress."""

    def __init__(self, hub: Hub, lease: Lease, run: int, report: PullReport) -> None:
        self.hub, self.lease, self.run, self.report = hub, lease, run, report
        self.began = hub.now
        lag = times.span(hub.project.hub.systems[report.system].index_lag)
        self.sure = times.iso(hub.clock() - lag)
        """What was stored after this moment may be newer than what the list shows."""
        with hub.store.read() as conn:
            self.cursor = staging.get_cursor(conn, hub.entity, report.system)
            self.missed = missing.candidates(conn, hub.entity, report.system)
        self.version = hub.reading(report.system)
        self.resume: str | None = None
        self.shape: Shape | None = None
        """Of the records of this pull until now."""

    def all(self, full: bool) -> None:
        hub, report = self.hub, self.report
        whole = full or self._full_scan_due() or create_in_doubt(hub, report.system, self.began)
        since = None if whole else self.cursor.cursor
        seen: set[str] = set()
        finished, unread = False, 0
        known = {} if full else known_shape(hub, self.cursor)
        for page in hub.adapters[report.system].pull(hub.entity, since):
            stopping.check()
            finished = page.complete
            self._compare(known, page)
            seen.update(r.id for r in page.records if not r.deleted)
            unread += len(page.problems)
            self._page(page)
        report.full = finished
        unlisted = absence.unlisted(hub, self.cursor, seen, unread) if finished or since is None else []
        tells = finished and hub.adapters[report.system].capabilities(hub.entity).deletes != "none"
        self._look_for([] if tells else unlisted)
        self._finish(len(seen) if finished else None, unlisted if tells else [])

    def _compare(self, known: Shape, page: Page) -> None:
        """Stop before a page is read under a mapping that is not made for it. Raises Drifted."""
        shown = [record.payload for record in page.records if not record.deleted and record.in_scope]
        refuse_drift(self.report.system, known, shown)
        if shown:
            self.shape = joined(self.shape, shape(shown, self.hub.mappings[self.report.system].reads))

    def _full_scan_due(self) -> bool:
        """The first time, after a change of the mapping, and every `full_scan`."""
        if self.cursor.full_scan_at is None or self.cursor.mapping != self.version:
            return True
        every = times.span(self.hub.project.hub.systems[self.report.system].full_scan)
        last = times.moment(self.cursor.full_scan_at)
        return last is None or self.hub.clock() - last >= every

    def _page(self, page: Page) -> None:
        with self.hub.store.write(self.lease) as conn:
            staged = _Stage(self.hub, conn, self.run, self.report, self.cursor.as_of, sure_before=self.sure)
            staged.page(page)
            if not staged.doubtful:
                self._advance(conn, page)
        if staged.doubtful:  # a lagging list is no evidence of a change; what is shown by id is
            there = self.hub.adapters[self.report.system].fetch(self.hub.entity, staged.doubtful)
            with self.hub.store.write(self.lease) as conn:
                self._by_id(conn, list(there))
                self._advance(conn, page)
        self.resume = page.cursor

    def _advance(self, conn: Connection, page: Page) -> None:
        if page.cursor is not None and self.cursor.mapping == self.version:
            # A first or a re-reading scan resumes from its start until its last page is stored.
            self.cursor = replace(self.cursor, cursor=page.cursor)
            staging.save_cursor(conn, self.cursor)

    def _finish(self, listed: int | None, gone: Sequence[str]) -> None:
        """The end of the pull: `listed` records of a complete list, and who is gone because it tells so."""
        system = self.report.system
        with self.hub.store.write(self.lease) as conn:
            cursor = replace(
                self.cursor,
                cursor=self.resume or self.cursor.cursor,
                as_of=self.began,
                mapping=self.version,
                drift=None,
            )
            self.report.gone += absence.bury(self.hub, conn, system, gone, self.sure)
            if listed is not None:
                quarantine.forget(conn, self.hub.entity, system, before_run=self.run)
                cursor = replace(cursor, full_scan_at=self.began, full_scan_count=listed)
                if self.shape is not None:
                    told = {name: sorted(sorts) for name, sorts in self.shape.items()}
                    cursor = replace(cursor, shape=orjson.dumps(told))
            staging.save_cursor(conn, cursor)
        self.report.as_of = self.began

    def _look_for(self, unlisted: Sequence[str]) -> None:
        """Read by id who was not found before, or is not listed now. Raises SystemOut."""
        hub, system = self.hub, self.report.system
        found = absence.look_for(hub, system, [*self.missed, *unlisted])
        if not found:
            return
        with hub.store.write(self.lease) as conn:
            self._by_id(conn, found)

    def _by_id(self, conn: Connection, found: Sequence[SourceRecord]) -> None:
        """Store what was read by id; what was not found is doubted."""
        gone = [record.id for record in found if record.deleted]
        self.report.gone += absence.doubt(self.hub, conn, self.run, self.report.system, gone)
        there = Page([record for record in found if not record.deleted])
        _Stage(self.hub, conn, self.run, self.report, self.cursor.as_of).page(there)


class _Stage:
    """Stores one page inside the caller's transaction."""

    def __init__(
        self,
        hub: Hub,
        conn: Connection,
        run: int,
        report: PullReport,
        before: str | None,
        own: Mapping[str, Collection[str]] | None = None,
        written: Written | None = None,
        sure_before: str | None = None,
    ) -> None:
        self.hub, self.conn, self.run, self.report = hub, conn, run, report
        self.own = own or {}
        self.system = report.system
        self.before = before
        """When the previous reading began: a change seen now happened after it."""
        self.reader = Reader(hub, self.system)
        self.version = self.reader.version
        self.now = hub.now
        self.watch = Watch(hub, self.system, run, written or {})
        self.new: list[NewRecord] = []
        self.readings: list[NewReading] = []
        self.keys: list[tuple[int, tuple[int, ...]]] = []
        self.rekeyed: list[int] = []
        self.bad: list[Quarantined] = []
        self.sure_before = sure_before  # the moment whose state a list shows; None: all was read by id
        self.doubtful: list[str] = []
        """Records that the list shows otherwise than they are stored, perhaps as they were before that."""

    def page(self, page: Page) -> None:
        conn, entity = self.conn, self.hub.entity
        self.bad += [self._aside(id, reason) for id, reason in page.problems]
        known = staging.known(conn, entity, self.system, [r.id for r in page.records])
        rid = staging.next_rid(conn, self.hub.book.order[self.system])
        for record in {record.id: record for record in page.records}.values():  # a list may repeat itself
            rid += self._one(record, known.get(record.id), rid)
        staging.insert_records(conn, self.new)
        staging.update_records(conn, self.readings)
        staging.replace_keys(conn, self.keys, self.rekeyed)
        self.watch.store(conn)
        self._set_aside(page)
        self._count(page)

    def _set_aside(self, page: Page) -> None:
        """Keep what could not be read, and forget those that can be read again."""
        bad = {q.id for q in self.bad}
        waiting = quarantine.waiting(self.conn, self.hub.entity)
        aside = {q.id for q in waiting if q.system == self.system}
        back = [r.id for r in page.records if r.id in aside - bad]
        quarantine.clear(self.conn, self.hub.entity, self.system, back)
        quarantine.add(self.conn, self.bad)

    def _count(self, page: Page) -> None:
        self.report.read += len(page.records) + len(page.problems)
        self.report.new += len(self.new)
        self.report.quarantined += len(self.bad)

    def _one(self, record: SourceRecord, known: Known | None, rid: int) -> int:
        """Stage one record; 1 when it took the number `rid`, else 0."""
        if record.deleted or not record.in_scope:
            if known:
                self._left(record, known)
            return 0
        if known and known.presence == "merged":  # late, and about the record that it is part of now
            self.doubtful += aliases.resolve(self.conn, self.hub.entity, self.system, [record.id]).values()
            return 0
        raw = orjson.dumps(record.payload, default=str)
        if known and known.raw == raw and known.mapping == self.version and known.presence == "present":
            return 0
        if known and self.sure_before is not None and may_be_older(record, known, self.sure_before):
            self.doubtful.append(record.id)
            return 0
        try:
            reading = self.reader.read(record.id, record.payload)
        except RecordError as error:
            self.bad.append(self._aside(record.id, str(error)))
            return 0
        modified = times.iso(record.modified_at) if record.modified_at else None
        if known is None:
            self.new.append(
                NewRecord(
                    rid, self.hub.entity, self.system, record.id, "present", reading.kind, record.version,
                    modified, self.now, self.version, raw, reading.canonical, None,
                    self.reader.invalid(reading.values),
                )
            )  # fmt: skip
            self.keys.append((rid, self.reader.keys(reading)))
            self.watch.see(record, rid, None, reading.values)
            return 1
        self._again(record, known, reading, raw, modified)
        return 0

    def _left(self, record: SourceRecord, known: Known) -> None:
        """It is gone, as far as a list without a delete feed can tell, or out of what is looked at."""
        if record.merged_into:
            aliases.merge(self.conn, known.rid, record.merged_into)
        elif known.presence == "merged":
            return  # what comes late under its old id
        elif not record.deleted and known.presence != "archived":
            staging.set_presence(self.conn, [known.rid], "out_of_scope")
        elif not record.deleted:
            return  # by the hub itself
        elif self.hub.adapters[self.system].capabilities(self.hub.entity).deletes == "feed":
            staging.set_presence(self.conn, [known.rid], "deleted")
        else:
            self.doubtful.append(record.id)
            return
        self.report.gone += known.presence == "present"

    def _again(
        self, record: SourceRecord, known: Known, reading: Reading, raw: bytes, modified: str | None
    ) -> None:
        self.watch.see(record, known.rid, known, reading.values)
        same = known.canonical == reading.canonical and known.presence == "present"
        changed, invalid = known.changed, known.invalid
        if not same:
            changed = self._changed(known, reading.values, modified, self.own.get(record.id, ()))
            invalid = self.reader.invalid(reading.values)
            self.keys.append((known.rid, self.reader.keys(reading)))
            self.rekeyed.append(known.rid)
            self.report.changed += 1
        self.readings.append(
            NewReading(
                known.rid, known.rev + (not same), known.touched if same else 1, "present",
                reading.kind, record.version, modified, self.now, self.version, raw, reading.canonical,
                changed, invalid,
            )
        )  # fmt: skip

    def _changed(
        self, known: Known, values: Mapping[str, Value], modified: str | None, own: Collection[str]
    ) -> bytes | None:
        """Per field that shows something else than before: the interval in which it changed."""
        intervals = orjson.loads(known.changed) if known.changed else {}
        until = max(modified or self.now, self.before or "")
        for name in self._differing(known, values):
            intervals[name] = [self.before, until]
        for name in own:
            intervals.pop(name, None)
        return orjson.dumps(intervals) if intervals else None

    @staticmethod
    def _differing(known: Known, values: Mapping[str, Value]) -> list[str]:
        old = orjson.loads(known.canonical)
        return [
            name
            for name, value in values.items()
            if name in old and old[name] != (list(value) if isinstance(value, tuple) else value)
        ]

    def _aside(self, id: str, reason: str) -> Quarantined:
        return Quarantined(self.hub.entity, self.system, id, reason, self.run, self.now)
