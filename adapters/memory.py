"""A system in memory: the Protocol as something that runs, for tests and examples.

It has everything a real system has, also its vices: a clock of its own, pages that move while they are read,
users who edit between two requests, answers that get lost.
"""

from __future__ import annotations

import copy
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from adapters.errors import SystemOut
from adapters.payloads import merge, values_at
from adapters.protocol import Capabilities, Change, Outcome, Page, SourceRecord
from adapters.registry import Kind
from adapters.settings import KindSettings, Opening, utc_now

Fault = Literal["timeout", "lost", "throttled", "rejected", "out"]
"""unknown after the effect · unknown without it · deferred · rejected · the system is out"""

EVERYTHING = Capabilities(
    writes=frozenset({"create", "update", "archive", "delete"}),
    incremental="filter",
    deletes="absence",
    conditional_write=True,
    searchable=frozenset({"email"}),
    fetch_batch=100,
    write_batch=100,
    returns_record=True,
    counts_writes=True,
)


class MemoryAdapter:
    """Holds the records of one entity; `capabilities` say what it lets others do with them."""

    def __init__(
        self,
        system: str,
        records: Iterable[Mapping[str, Any]] = (),
        *,
        capabilities: Capabilities = EVERYTHING,
        clock: Callable[[], datetime] = utc_now,
        page_size: int = 100,
        key: str = "id",
    ) -> None:
        self.records: dict[str, SourceRecord] = {}
        """What the system holds now, tombstones included, by id."""
        self.requests: list[Change] = []
        """Every change that reached it, in order."""
        self.down = False
        """While true, every request raises SystemOut."""
        self.before_push: Callable[[Change], None] | None = None
        """Called right before a change takes effect: a user in the window."""
        self.refuses: Callable[[Mapping[str, Any]], str | None] = lambda payload: None
        """Why this patch is invalid here, or None."""
        self._system, self._capabilities, self._clock = system, capabilities, clock
        self._page_size, self._key = page_size, key
        self._faults: deque[Fault] = deque()
        self._created: dict[str, str] = {}
        self._writes = 0
        for payload in records:
            self.add(payload)

    @property
    def system(self) -> str:
        return self._system

    def capabilities(self, entity: str) -> Capabilities:
        return self._capabilities

    def check(self) -> None:
        if self.down:
            raise SystemOut(f"{self._system} does not answer; try again when it does")

    def close(self) -> None:
        """Nothing to let go of."""

    # what users of the system do

    def add(self, payload: Mapping[str, Any]) -> str:
        """A new record; without an id in its payload it gets the next number."""
        id = str(payload.get(self._key) or self._next_id())
        self._store(id, {self._key: id, **payload})
        return id

    def edit(self, id: str, **payload: Any) -> None:
        """Change a record in the system itself."""
        self._store(id, merge(self.records[id].payload, payload))

    def remove(self, id: str) -> None:
        """Delete a record in the system itself."""
        self._store(id, {}, deleted=True)

    def merge(self, id: str, into: str) -> None:
        """Make one record of two in the system itself; its delete feed tells which is left."""
        self._store(into, {**self.records[id].payload, **self.records[into].payload})
        self._store(id, {}, deleted=True)
        self.records[id] = replace(self.records[id], merged_into=into)

    def fail_next(self, *faults: Fault) -> None:
        """What the next changes meet, one fault a change."""
        self._faults.extend(faults)

    # what the hub does

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        start = since if self._capabilities.incremental != "no" else None
        last: tuple[str, str] = (json.loads(start), "") if start else ("", "")
        while True:
            self.check()
            rows = [record for record in self._in_order() if _place(record) > last]
            page = rows[: self._page_size]
            done = len(rows) <= self._page_size
            last = _place(page[-1]) if page else last
            cursor = json.dumps(last[0]) if last[0] and self._capabilities.incremental != "no" else None
            yield Page([_handed_out(record) for record in page], cursor, complete=done and start is None)
            if done:
                return

    def fetch(self, entity: str, ids: Sequence[str]) -> Iterator[SourceRecord]:
        self.check()
        for id in ids:
            yield _handed_out(self.records.get(id, SourceRecord(id, {}, deleted=True)))

    def search(self, entity: str, keys: Mapping[str, str]) -> Iterator[SourceRecord]:
        if unknown := keys.keys() - self._capabilities.searchable:
            raise ValueError(f"{self._system} cannot search by {', '.join(sorted(unknown))}")
        self.check()
        for record in list(self.records.values()):
            if any(wanted in values_at(record.payload, path) for path, wanted in keys.items()):
                yield _handed_out(record)

    def push(self, entity: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        for change in changes:
            self.check()
            self.requests.append(change)
            if self.before_push:
                self.before_push(change)
            yield self._answer(change, self._faults.popleft() if self._faults else None)

    def _answer(self, change: Change, fault: Fault | None) -> Outcome:
        match fault:
            case None:
                return self._carry_out(change)
            case "timeout":
                self._carry_out(change)
                return Outcome(change.key, "unknown", detail="no answer in time")
            case "lost":
                return Outcome(change.key, "unknown", detail="no answer in time")
            case "throttled":
                return Outcome(change.key, "deferred", detail="too many requests", retry_after=1.0)
            case "rejected":
                return Outcome(change.key, "rejected", detail="the system refuses this change")
            case "out":
                raise SystemOut(f"{self._system} stopped answering; try again when it does")

    def _carry_out(self, change: Change) -> Outcome:
        if change.action not in self._capabilities.writes:
            return Outcome(change.key, "rejected", detail=f"{self._system} does not {change.action}")
        if reason := self._objection(change):
            return Outcome(change.key, "rejected", detail=reason)
        if change.action == "create":
            return self._create(change)
        now = self.records.get(change.id or "")
        if now is None or now.deleted:
            return Outcome(
                change.key, "rejected", detail="there is no such record; pull before writing again"
            )
        expected = change.expected_version if self._capabilities.conditional_write else None
        if expected is not None and expected != now.version:
            return Outcome(change.key, "stale", record=_handed_out(now), detail="the version has moved on")
        match change.action:
            case "update":
                self._store(now.id, merge(now.payload, change.payload))
            case "archive":
                self._store(now.id, now.payload, in_scope=False)
            case "delete":
                self._store(now.id, {}, deleted=True)
        return self._applied(change, now.id)

    def _create(self, change: Change) -> Outcome:
        if self._capabilities.idempotent_create and change.key in self._created:
            return self._applied(change, self._created[change.key])
        if str(change.payload.get(self._key)) in self.records:
            return Outcome(change.key, "rejected", detail=f"there is already a record with this {self._key}")
        self._created[change.key] = self.add(change.payload)
        return self._applied(change, self._created[change.key])

    def _objection(self, change: Change) -> str | None:
        writable = self._capabilities.writable
        if writable is not None and (unknown := change.payload.keys() - writable):
            return f"cannot be written: {', '.join(sorted(unknown))}"
        return self.refuses(change.payload)

    def _applied(self, change: Change, id: str) -> Outcome:
        record = _handed_out(self.records[id]) if self._capabilities.returns_record else None
        if record is None and change.action == "create":
            record = SourceRecord(id, {self._key: id})  # the least that an answer to a create holds
        return Outcome(change.key, "applied", record=record)

    def _store(
        self, id: str, payload: Mapping[str, Any], deleted: bool = False, in_scope: bool = True
    ) -> None:
        self._writes += 1
        owned = copy.deepcopy(dict(payload))
        before = self.records.get(id)
        version = str(int(before.version or 0) + 1 if before else 1)
        self.records[id] = SourceRecord(id, owned, version, self._clock(), deleted, in_scope)

    def _next_id(self) -> int:
        return max((int(id) for id in self.records if id.isdecimal()), default=0) + 1

    def _in_order(self) -> list[SourceRecord]:
        feed = self._capabilities.deletes == "feed"
        return sorted((r for r in self.records.values() if feed or not r.deleted), key=_place)


def _place(record: SourceRecord) -> tuple[str, str]:
    return (record.modified_at.isoformat(timespec="microseconds") if record.modified_at else "", record.id)


def _handed_out(record: SourceRecord) -> SourceRecord:
    """A copy: what others hold does not move when the system does."""
    return replace(record, payload=copy.deepcopy(record.payload))


class MemorySettings(KindSettings):
    """Records to start with; they live as long as the adapter does."""

    records: list[dict[str, Any]] = []
    page_size: int = 100


def open_memory(system: str, settings: MemorySettings, opening: Opening) -> MemoryAdapter:
    return MemoryAdapter(system, settings.records, clock=opening.clock, page_size=settings.page_size)


KIND = Kind("memory", MemorySettings, open_memory)
