"""What a simulated system holds: its records, and a journal of who did what to them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sandbox.clock import Now

Actor = Literal["hub", "user", "automation"]
Act = Literal["create", "update", "archive", "restore", "delete", "merge"]
Values = Mapping[str, Any]
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Record:
    """One record at one moment; a change makes a new one."""

    id: str
    values: Values
    version: int
    """1, 2, 3: of this record."""
    serial: int
    """Grows with every change in the whole system; 0 for what was there from the start."""
    created: datetime
    modified: datetime
    """By the system's own clock, in its time grain."""
    archived: bool = False
    deleted: bool = False
    into: str = ""
    """The record that this one was merged into."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change and who made it. `at` is the true time, whatever the system's clock says."""

    serial: int
    at: datetime
    by: Actor
    act: Act
    resource: str
    before: Record | None
    after: Record

    @property
    def id(self) -> str:
        return self.after.id

    def fields(self) -> dict[str, tuple[Any, Any]]:
        """Dotted path → (before, after) of every value that is not as it was; a list is one value."""
        return differences(self.before.values if self.before else {}, self.after.values)


def leaves(values: Values, above: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted path and value of everything that is no object."""
    for name, value in values.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            yield from leaves(value, path)
        else:
            yield path, value


def differences(before: Values, after: Values) -> dict[str, tuple[Any, Any]]:
    """Dotted path → (before, after); None for what is absent."""
    old, new = dict(leaves(before)), dict(leaves(after))
    paths = [path for path in {**old, **new} if old.get(path, ABSENT) != new.get(path, ABSENT)]
    return {path: (old.get(path), new.get(path)) for path in paths}


def value_at(values: Values, path: str) -> Any:
    """What stands at a dotted path; None when the way there is missing."""
    found: Any = values
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def nested(path: str, value: Any) -> dict[str, Any]:
    """The patch that sets one dotted path."""
    for name in reversed(path.split(".")):
        value = {name: value}
    patch: dict[str, Any] = value
    return patch


def merged(old: Values, patch: Values) -> dict[str, Any]:
    """`old` with `patch` laid over it: objects merge, everything else (lists, nulls) replaces."""
    result = dict(old)
    for name, value in patch.items():
        before = result.get(name)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            value = merged(before, value)
        result[name] = value
    return result


def guid(number: int) -> str:
    """Ids for a system that numbers by GUID: the same ones each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


@dataclass
class Journal:
    """Every change of a system since it was filled, and who is at work in it now."""

    now: Now
    events: list[Event] = field(default_factory=list)
    by: Actor = "user"
    listeners: list[Callable[[Event], None]] = field(default_factory=list)
    """Told of every event, once it is done."""
    reach: Callable[[Table, Record], None] | None = None
    """Called right before the hub writes a record: a user may be quicker."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    @contextmanager
    def acting(self, by: Actor) -> Iterator[None]:
        """Changes in this block are made by somebody else than a user."""
        before, self.by = self.by, by
        try:
            yield
        finally:
            self.by = before

    def note(self, act: Act, resource: str, before: Record | None, after: Record) -> None:
        event = Event(after.serial, self.now(), self.by, act, resource, before, after)
        self.events.append(event)
        for listener in self.listeners:
            listener(event)


class Table:
    """The records of one resource. Outside a request, who changes them is a user of the system.

    `clock` is the system's own and may be wrong; times are cut to `grain`. `ids` turns 1, 2, 3 into an id.
    """

    def __init__(
        self,
        name: str,
        journal: Journal,
        clock: Now,
        *,
        ids: Callable[[int], str] = str,
        grain: timedelta = timedelta(milliseconds=1),
    ) -> None:
        self.name, self.lock = name, journal.lock
        self.stirred = 0
        """Moves with every change: what was cached before is out of date."""
        self._journal, self._clock, self._ids, self._grain = journal, clock, ids, grain
        self._live: dict[str, Record] = {}
        self._gone: dict[str, Record] = {}
        self._lists: dict[str, list[Record]] = {}
        self._number = 0

    def fill(
        self, values: Values, id: str = "", modified: datetime | None = None, version: int = 1
    ) -> Record:
        """A record that is there from the start; nobody made it."""
        moment = self._cut(modified or self._clock())
        record = Record(id or self._free_id(), deepcopy(dict(values)), version, 0, moment, moment, False)
        self._live[record.id] = record
        self._stir()
        return record

    def get(self, id: str) -> Record | None:
        """The record, archived or not; None when it is not there (any more)."""
        return self._live.get(id)

    def gone(self, id: str) -> Record | None:
        """What is left of a record that was deleted or merged away."""
        return self._gone.get(id)

    def live(self) -> list[Record]:
        """All records in order of id, archived ones among them."""
        return self._listed("live", lambda: sorted(self._live.values(), key=rank))

    def all(self) -> list[Record]:
        """Live records and tombstones, in order of id."""
        return self._listed("all", lambda: sorted((*self._live.values(), *self._gone.values()), key=rank))

    def recent(self) -> list[Record]:
        """Live records and tombstones, in order of change."""
        return self._listed("recent", lambda: sorted(self.all(), key=by_time))

    def as_of(self, moment: datetime) -> list[Record]:
        """What `all` was then."""
        records = {**self._gone, **self._live}
        for event in reversed(self._journal.events):
            if event.at <= moment:
                break
            if event.resource == self.name and event.before is None:
                records.pop(event.id, None)
            elif event.resource == self.name and event.before is not None:
                records[event.id] = event.before
        return sorted(records.values(), key=rank)

    def find(self, path: str, value: str) -> list[Record]:
        """Records that show this text at a dotted path, letter case aside."""
        wanted = value.casefold()
        return [r for r in self.live() if str(value_at(r.values, path) or "").casefold() == wanted]

    def taken(self, paths: Iterable[str], values: Values, but: str = "") -> str | None:
        """The first of these paths whose value another record has already."""
        for path in paths:
            value = str(value_at(values, path) or "")
            if value and any(other.id != but for other in self.find(path, value)):
                return path
        return None

    def writing(self, id: str) -> Record | None:
        """The record that is about to be written, as it is at the last moment: check conditions on this."""
        record = self._live.get(id)
        if record and self._journal.by == "hub" and self._journal.reach:
            self._journal.reach(self, record)
        return self._live.get(id)

    def create(self, values: Values, id: str = "") -> Record:
        """A new record under this id or the next free one. Raises ValueError for an id that is in use."""
        with self.lock:
            if id in self._live:
                raise ValueError(f"{self.name} has a record {id} already")
            now = self._cut(self._clock())
            record = Record(id or self._free_id(), deepcopy(dict(values)), 1, self._serial(), now, now)
            return self._set("create", None, record)

    def update(self, id: str, patch: Values) -> Record | None:
        """The record with the patch merged in, or None when there is none."""
        with self.lock:
            old = self.writing(id)
            return old and self._next("update", old, values=merged(old.values, deepcopy(dict(patch))))

    def replace(self, id: str, values: Values) -> Record | None:
        """The record with these values and no others, or None when there is none."""
        with self.lock:
            old = self.writing(id)
            return old and self._next("update", old, values=deepcopy(dict(values)))

    def archive(self, id: str, archived: bool = True) -> Record | None:
        """The record put away, or taken out again; None when there is none."""
        with self.lock:
            old = self.writing(id)
            return old and self._next("archive" if archived else "restore", old, archived=archived)

    def delete(self, id: str) -> bool:
        """Whether there was such a record; now there is a tombstone."""
        with self.lock:
            old = self.writing(id)
            return bool(old and self._next("delete", old, deleted=True))

    def merge(self, loser: str, winner: str) -> Record:
        """One record swallows another and takes over what it lacks itself; raises KeyError."""
        with self.lock:
            lost, kept = self._live[loser], self._live[winner]
            filled = {name: value for name, value in lost.values.items() if not kept.values.get(name)}
            self._next("merge", lost, deleted=True, into=winner)
            return self._next("merge", kept, values={**kept.values, **filled})

    def _next(self, act: Act, old: Record, **changed: Any) -> Record:
        serial, now = self._serial(), self._cut(self._clock())
        record = replace(old, version=old.version + 1, serial=serial, modified=now, **changed)
        return self._set(act, old, record)

    def _set(self, act: Act, before: Record | None, after: Record) -> Record:
        self._live.pop(after.id, None)
        (self._gone if after.deleted else self._live)[after.id] = after
        self._stir()
        self._journal.note(act, self.name, before, after)
        return after

    def _listed(self, name: str, made: Callable[[], list[Record]]) -> list[Record]:
        with self.lock:
            if name not in self._lists:
                self._lists[name] = made()
            return self._lists[name]

    def _stir(self) -> None:
        self.stirred += 1
        self._lists.clear()

    def _serial(self) -> int:
        return len(self._journal.events) + 1

    def _cut(self, moment: datetime) -> datetime:
        past = timedelta(
            seconds=moment.second, microseconds=moment.microsecond, minutes=moment.minute, hours=moment.hour
        )
        return moment - past % self._grain

    def _free_id(self) -> str:
        while True:
            self._number += 1
            id = self._ids(self._number)
            if id not in self._live and id not in self._gone:
                return id


def rank(record: Record) -> tuple[int, str]:
    """In order of id: "10" after "9"."""
    return len(record.id), record.id


def by_time(record: Record) -> tuple[datetime, int, str]:
    """In order of change; what changed at the same moment in order of id."""
    return record.modified, len(record.id), record.id
