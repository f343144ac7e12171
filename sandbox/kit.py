"""The kit: everything that a simulated system has in common with every other.

A system is a subclass with routes, a representation and its own traps; see docs/write-a-simulator.md.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sandbox.admin import PREFIX, Admin
from sandbox.clock import Now, real
from sandbox.desk import Desk, Limit
from sandbox.faults import Faults
from sandbox.hints import Hinted, Hooks
from sandbox.records import Event, Journal, Record, Table, leaves
from sandbox.routes import Answer, Asked, Refusal, Routed
from sandbox.serving import Serving, transport
from sandbox.styles import slip
from sandbox.visit import retry_after
from sandbox.witness import Witness

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
R = TypeVar("R")
Editor = Callable[[Table, Record, str, random.Random], Any]
"""(table, record, dotted path, chance) → what a user enters there."""


class System(Routed):
    """One simulated system: its records, its clock, its troubles. Safe among threads.

    `records` are what it holds from the start, by resource. Use it over HTTP (`with Crm(...) as crm:`, then
    `crm.url`) or in the same process (`crm.transport()`): the same faults, the same state.
    """

    resources: Sequence[str] = ()
    """Those it has even when they are empty."""
    ids: Callable[[int], str] = staticmethod(str)
    """1, 2, 3 as ids in this system's manner."""
    grain = timedelta(milliseconds=1)
    """What its times are cut to."""
    limits: Sequence[Limit] = ()
    """How often it may be asked."""

    def __init__(
        self,
        records: Mapping[str, Iterable[Mapping[str, Any]]] | None = None,
        *,
        clock: Now = real,
        seed: object = 1,
        token: str | None = None,
        port: int = 0,
    ) -> None:
        self.clock, self.token, self.skew = clock, token, timedelta()
        self.faults = Faults(seed)
        self.journal = Journal(clock)
        self.lock = self.journal.lock
        self.witness = Witness(self.identity, lambda resource: self.tables[resource].live())
        self.hooks = Hooks(self.faults, clock, self.hint)
        self.editor: Editor = self.edit_in_window
        """What the user of the fault `editor` enters."""
        self.tables: dict[str, Table] = {}
        self._desk = Desk(self)
        self.counts, self.requests = self._desk.counts, self._desk.requests
        self.journal.reach = self._desk.strike
        self.journal.listeners += [self.witness.note, self.hooks.note]
        self._serving = Serving(self.take, port)
        self._done: dict[str, Answer] = {}
        for name in dict.fromkeys((*self.resources, *(records or {}))):
            self.tables[name] = Table(name, self.journal, self.now, ids=type(self).ids, grain=self.grain)
        for name, rows in (records or {}).items():
            for row in rows:
                self.fill(self.tables[name], row)

    # ── what a vendor says about itself ─────────────────────────────────────────────────────────────

    def fill(self, table: Table, row: Mapping[str, Any]) -> Record:
        """Take in one record that is there from the start. What it holds as `id` is its id."""
        return table.fill({k: v for k, v in row.items() if k != "id"}, str(row.get("id", "")))

    def represent(self, table: Table, record: Record) -> Any:
        """A record as the system shows it."""
        return {"id": record.id, **record.values}

    def identity(self, record: Record) -> str | None:
        """What two records of one customer share: the witness counts doubles by it. None: nothing."""
        email = record.values.get("email")
        return email.casefold() if isinstance(email, str) and email else None

    def knows(self, asked: Asked) -> bool:
        """Whether it knows who asks: with a token, by that bearer."""
        return self.token is None or asked.headers.get("authorization") == f"Bearer {self.token}"

    def sort_of(self, asked: Asked, op: str) -> str:
        """What a request is, where its path alone does not tell; `op` is what the route says."""
        return op

    def problem(self, status: int, code: str, field: str = "") -> Answer:
        """A refusal in the system's own form."""
        return Answer(status, {"error": code, **({"field": field} if field else {})})

    def throttled(self, wait: float | None) -> Answer:
        """Asked too often; `wait` in seconds, None when it does not say how long."""
        answer = self.problem(429, "slow_down")
        return answer if wait is None else Answer(429, answer.body, retry_after(wait))

    def hint(self, event: Event) -> Hinted | None:
        """The web-hook that tells of an event; None when the system does not tell it."""
        told = {"event": event.act, "resource": event.resource, "id": event.id, "at": event.at}
        return Hinted.json(told).under(X_Delivery=str(event.serial))

    def edit_in_window(self, table: Table, record: Record, path: str, chance: random.Random) -> Any:
        """What a user enters at this path right before the hub writes the record."""
        return slip(str(dict(leaves(record.values))[path]))

    # ── what its routes call ────────────────────────────────────────────────────────────────────────

    def now(self) -> datetime:
        """The time by the system's own clock."""
        return self.clock() + self.skew + self._desk.visit.skew

    def table(self, resource: str) -> Table:
        """The records of one resource; raises Refusal (404) when there is none."""
        if resource not in self.tables:
            raise Refusal(404, "no_such_resource")
        return self.tables[resource]

    @property
    def plain(self) -> bool:
        """Nothing goes wrong with this request: what it shows may be kept for the next."""
        return not (self._desk.visit.met or self._desk.visit.hits)

    def view(self, table: Table) -> Sequence[Record]:
        """What a list or a search can show now: live, archived and gone, in order of id."""
        visit = self._desk.visit
        if self._emptied(bool(table.all())):
            return []
        kind = f"stale_{visit.op}"
        if kind in visit.met:
            ago = timedelta(seconds=visit.up_to(kind, visit.met[kind]))
            then = table.as_of(self.clock() - ago)
            if then != table.all():
                visit.hit(kind)
                return then
        return table.all()

    def some(self, table: Table, ids: Iterable[str]) -> list[Record]:
        """Those of these records that are there."""
        found = [record for id in ids if (record := table.get(id))]
        return [] if self._emptied(bool(found)) else found

    def page(self, table: Table, rows: Sequence[Record], start: int, size: int) -> list[Any]:
        """The rows from `start` on, at most `size`, as the system shows them."""
        visit = self._desk.visit
        if "page_drift" in visit.met and 0 < start < len(rows):
            visit.hit("page_drift")
            rows = [*rows[1:], rows[0]]
        cut = rows[start : start + size]
        if "half_page" in visit.met and len(cut) > 1:
            visit.hit("half_page")
            cut = cut[: len(cut) // 2]
        self.seen(table, cut)
        return [self.represent(table, record) for record in cut]

    def show(self, table: Table, record: Record) -> Any:
        """One record as the system shows it; if the answer arrives, the hub has seen it."""
        self.seen(table, [record])
        return self.represent(table, record)

    def seen(self, table: Table, records: Iterable[Record]) -> None:
        """The answer shows these records."""
        self._desk.visit.shown.append((table.name, records))

    def once(self, key: str, work: Callable[[], Answer]) -> Answer:
        """What this key was answered before, else the answer of `work`; without a key always `work`."""
        if not key:
            return work()
        if key not in self._done:
            self._done[key] = work()
        return self._done[key]

    def each(self, items: Sequence[T], work: Callable[[T], R], skipped: Callable[[T], R | None]) -> list[R]:
        """The results of a batch, in order; `skipped` tells of an item that was not done, or says nothing."""
        visit, stop = self._desk.visit, len(items)
        if "partial_batch" in visit.met and items:
            visit.hit("partial_batch")
            stop = self.faults.chance("partial_batch").randrange(len(items))
        results = [work(item) for item in items[:stop]]
        results += [told for item in items[stop:] if (told := skipped(item)) is not None]
        if "unmentioned" in visit.met and results:
            visit.hit("unmentioned")
            results.pop(self.faults.chance("unmentioned").randrange(len(results)))
        return results

    def _emptied(self, shows: bool) -> bool:
        if shows and "empty_list" in self._desk.visit.met:
            self._desk.visit.hit("empty_list")
            return True
        return False

    # ── what tests and people use ───────────────────────────────────────────────────────────────────

    def take(self, asked: Asked) -> Answer:
        """The answer to one request."""
        with self.lock:
            if asked.path.startswith(PREFIX):
                return Admin(self).take(asked)
            return self._desk.take(asked)

    def settle(self) -> None:
        """Let effects happen that come late and are due by now."""
        with self.lock:
            self._desk.settle()

    def rows(self, resource: str) -> list[Any]:
        """All live records of a resource as the system shows them, in order of id; nobody has seen them."""
        table = self.tables[resource]
        with self.lock:
            return [deepcopy(self.represent(table, record)) for record in table.live()]

    @property
    def writes(self) -> list[Event]:
        """What the hub changed, in order."""
        return [event for event in self.journal.events if event.by == "hub"]

    def fault(self, **fault: Any) -> None:
        """Order trouble: `fault(op="create", kind="lost_answer")`; see `Fault`."""
        self.faults.order(fault)

    def transport(self) -> httpx.MockTransport:
        """The system for an httpx client in this process, at any address."""
        return transport(self.take)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return self._serving.url

    def __enter__(self) -> Self:
        self._serving.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hooks.stop()
        self._serving.stop()
