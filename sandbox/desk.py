"""Where a simulated system takes a request in: who asks, how often, what goes wrong, what is remembered."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.faults import WRITES
from sandbox.records import Record, Table, leaves, nested
from sandbox.routes import Answer, Asked, Refusal, Route
from sandbox.styles import names_in, restyled
from sandbox.visit import REFUSALS, THROTTLES, Visit, http_date

if TYPE_CHECKING:
    from sandbox.kit import System

KEPT = 10_000
"""So many requests are remembered one by one; the counts go on."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds, counted in fixed windows of the clock."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Logged:
    """One request and what met it."""

    at: datetime
    op: str
    method: str
    path: str
    status: int
    """As decided; 0 when nobody was answered."""
    faults: tuple[str, ...]


class Desk:
    """Takes one request after the other; callers hold the system's lock."""

    def __init__(self, system: System) -> None:
        self.counts: Counter[str] = Counter()
        self.requests: deque[Logged] = deque(maxlen=KEPT)
        self._system = system
        self._visit = Visit(Asked("", ""), "", {}, system.faults)
        self._late: list[tuple[datetime, int, Asked]] = []
        self._closed_until: datetime | None = None
        self._windows: dict[Limit, tuple[int, int]] = {}

    @property
    def visit(self) -> Visit:
        """The request that is being worked on."""
        return self._visit

    def take(self, asked: Asked) -> Answer:
        """The answer to one request, faults and all."""
        self.settle()
        found = self._system.find(asked)
        if found is None:
            self.counts["other"] += 1
            return self._system.problem(404, "no_such_path")
        route, asked = found
        op = self._system.sort_of(asked, route.op)
        self.counts[op] += 1
        with self._visiting(asked, op, self._system.faults.draw(op)) as visit:
            visit.begin()
            answer = self._before(visit) or self._work(route, visit)
            self._remember(visit, answer)
            date = http_date(self._system.now())
        return replace(answer, headers={"Date": date, **answer.headers})

    def settle(self) -> None:
        """Let effects happen that come late and are due by now."""
        while self._late and self._late[0][0] <= self._system.clock():
            _, _, asked = heapq.heappop(self._late)
            found = self._system.find(asked)
            assert found is not None, "a late request had a route"
            with self._visiting(found[1], found[0].op, {}) as visit:
                self._carry_out(found[0], visit)

    @contextmanager
    def _visiting(self, asked: Asked, op: str, met: Mapping[str, Any]) -> Iterator[Visit]:
        before, self._visit = self._visit, Visit(asked, op, dict(met), self._system.faults)
        try:
            yield self._visit
        finally:
            self._visit = before

    def _before(self, visit: Visit) -> Answer | None:
        """The answer, when the request does not come as far as having an effect."""
        return self._closed(visit) or self._refused(visit) or self._lost(visit) or self._unknown(visit)

    def _closed(self, visit: Visit) -> Answer | None:
        """The quota is used up, now or since an earlier request."""
        now = self._system.clock()
        if "quota" in visit.met:
            seconds = visit.met["quota"]
            midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            until = midnight + timedelta(days=1) if seconds is None else now + timedelta(seconds=seconds)
            self._closed_until = max(until, self._closed_until or until)
        if self._closed_until is None or now >= self._closed_until:
            return None
        visit.met["quota"] = None
        visit.hit("quota")
        return self._system.throttled(None)

    def _refused(self, visit: Visit) -> Answer | None:
        for kind in THROTTLES:
            if kind in visit.met:
                return self._throttled(kind, visit.hit(kind))
        if "throttle_403" in visit.met:
            visit.hit("throttle_403")
            return Answer(403)
        for kind, status in REFUSALS.items():
            if kind in visit.met:
                value = visit.hit(kind)
                return self._system.problem(status, kind, value or "")
        return None

    def _throttled(self, kind: str, seconds: float | None) -> Answer:
        if kind == "throttle_date" and seconds is not None:
            until = self._system.now() + timedelta(seconds=seconds)
            answer = self._system.throttled(None)
            return Answer(answer.status, answer.body, {**answer.headers, "Retry-After": http_date(until)})
        return self._system.throttled(seconds)

    def _lost(self, visit: Visit) -> Answer | None:
        if "lost_request" in visit.met:
            return Answer(0, cut="silent", wait=float(visit.hit("lost_request")))
        if "late" in visit.met:
            most = visit.hit("late")
            due = self._system.clock() + timedelta(seconds=visit.up_to("late", most))
            heapq.heappush(self._late, (due, sum(self.counts.values()), visit.asked))
            return Answer(0, cut="silent")
        return None

    def _unknown(self, visit: Visit) -> Answer | None:
        if not self._system.knows(visit.asked):
            return self._system.problem(401, "who_are_you")
        now = self._system.clock().timestamp()
        for limit in self._system.limits:
            window = int(now // limit.seconds)
            since, used = self._windows.get(limit, (window, 0))
            used = used + 1 if since == window else 1
            self._windows[limit] = window, used
            if used > limit.count:
                return self._system.throttled((window + 1) * limit.seconds - now)
        return None

    def _work(self, route: Route, visit: Visit) -> Answer:
        done = len(self._system.journal.events)
        answer = self._carry_out(route, visit)
        if route.op in WRITES and "restyle" in visit.met:
            self._restyle(visit, done)
        answer = visit.spoilt(answer, self._system.problem(500, "error_after"))
        if visit.arrives and answer.status < 400:
            for resource, records in visit.shown:
                self._system.witness.shown(resource, records, self._system.clock())
        return answer

    def _carry_out(self, route: Route, visit: Visit) -> Answer:
        """The effect, and the answer as the system would have it."""
        try:
            with self._system.journal.acting("hub"):
                answer: Answer = getattr(self._system, route.name)(visit.asked)
        except Refusal as no:
            answer = self._system.problem(no.status, no.code, no.field)
        return answer

    def _restyle(self, visit: Visit, done: int) -> None:
        """The system's own automation rewrites a value that the hub just wrote."""
        for event in self._system.journal.events[done:]:
            texts = [p for p, (_, new) in event.fields().items() if isinstance(new, str) and len(new) > 1]
            if event.by == "hub" and not event.after.deleted and texts:
                path = self._system.faults.chance("restyle").choice(texts)
                text = restyled(event.fields()[path][1])
                with self._system.journal.acting("automation"):
                    self._system.tables[event.resource].update(event.id, nested(path, text))
                visit.hit("restyle")
                return

    def strike(self, table: Table, record: Record) -> None:
        """A user who is quicker than the hub, at a place that the hub is about to write if there is one."""
        if "editor" not in self._visit.met:
            return
        texts = [path for path, value in leaves(record.values) if isinstance(value, str) and value]
        names: set[str] = set()
        with suppress(Refusal):
            names = set(names_in(self._visit.asked.json()))
        aimed = [path for path in texts if path.split(".")[-1] in names] or texts
        if not aimed:
            return
        chance = self._system.faults.chance("editor")
        path = chance.choice(aimed)
        value = self._system.editor(table, record, path, chance)
        self._visit.hit("editor")
        with self._system.journal.acting("user"):
            table.update(record.id, nested(path, value))

    def _remember(self, visit: Visit, answer: Answer) -> None:
        asked, status = visit.asked, 0 if answer.cut == "silent" else answer.status
        at = self._system.clock()
        self.requests.append(Logged(at, visit.op, asked.method, asked.path, status, tuple(visit.hits)))
