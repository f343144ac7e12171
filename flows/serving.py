"""`serve`: everything is synced on its schedule, and what a system hints at is read at once.

One run at a time. Every run opens the project anew, as `klantbeeld sync` does, so that nothing that it holds
grows old; only who may send web-hooks is settled at the start.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from config.loader import Project
from config.settings import Schedule
from flows import steps
from flows.hub import Hub, utc_now
from flows.receiving import Receiver, Tell, listening
from flows.steps import Result, Runner
from reconcile import times
from reconcile.errors import HubError
from reconcile.state import hints, runs
from reconcile.state.engine import LeaseHeld, Store, open_store
from reconcile.words import sentence

QUIET = timedelta(seconds=2)
"""Hints come in bursts: they are read when none came for so long …"""
LONGEST = timedelta(seconds=30)
"""… or when the first of them has waited so long."""
CONSENT = timedelta(minutes=15)
"""Within so long a withdrawal is seen in every system that holds consent (sync-semantics §14)."""
MOST = 200
"""Records of one run: another run may be waiting for its lease."""
BUSY = timedelta(seconds=10)
"""Until the next try, when another run holds the lease."""
HOLD = timedelta(minutes=1)
"""Until the next try, when a system or the store is out."""
KEPT = timedelta(days=7)
"""How long the numbers of deliveries are remembered; no system repeats one for longer."""
IDLE = timedelta(seconds=30)
HOURLY = "1h"
NOW = timedelta()


@dataclass(slots=True)
class Worker:
    """Does what is due, one run after the other."""

    project: Project
    entity: str
    store: Store
    opened: Callable[[], AbstractContextManager[Hub]]
    """The project, ready for one run."""
    runner: Runner
    tell: Tell
    clock: Callable[[], datetime] = utc_now
    wake: threading.Event = field(default_factory=threading.Event)
    """Set by others when there is something to look at."""
    began: datetime | None = field(init=False)
    """The last whole sync."""
    polled: datetime | None = field(init=False, default=None)
    """The last time the systems with consent were asked."""
    out: dict[str, datetime] = field(init=False, default_factory=dict)
    """Systems that were out, and until when they are left alone."""

    def __post_init__(self) -> None:
        with self.store.read() as conn:
            self.began = times.moment(runs.last_whole(conn, self.entity))

    def work(self) -> None:
        """Until interrupted."""
        while True:
            self.wake.clear()
            self.wake.wait(self.step().total_seconds())

    def step(self) -> timedelta:
        """Do the most urgent thing that is due; how long until something else can be."""
        try:
            if self._sync_is_due():
                return self._sync()
            if self._poll_is_due():
                return self._poll()
            return self._read_hints()
        except LeaseHeld:
            return BUSY
        except HubError as error:
            self.tell({"event": "failed", "why": str(error)})
            return HOLD

    # ── everything, on its schedule ─────────────────────────────────────────────────────────────────

    def _sync_is_due(self) -> bool:
        now = self.clock()
        schedules = [s for s in self.project.hub.schedules if s.sync == self.entity]
        hourly = [Schedule(sync=self.entity, every=HOURLY)]
        return any(
            s.covers(now) and (self.began is None or now - self.began >= times.span(s.every))
            for s in schedules or hourly
        )

    def _sync(self) -> timedelta:
        now = self.clock()
        with self.opened() as hub:
            result = steps.sync(hub, self.runner)
        self.began = now
        with self.store.note() as conn:
            hints.forget(conn, self.entity, self._systems(), times.iso(now - KEPT))
        return self._told(result)

    def _systems(self) -> list[str]:
        return [name for name in self.project.hub.systems if (name, self.entity) in self.project.compiled]

    # ── consent, every quarter of an hour ───────────────────────────────────────────────────────────

    def _with_consent(self) -> list[str]:
        if not self.project.policies[self.entity].consent:
            return []
        mappings = self.project.mappings
        return [name for name in self._systems() if mappings[name][self.entity].consent]

    def _poll_is_due(self) -> bool:
        if self.began is None:
            return False
        last = max(self.began, self.polled or self.began)
        return self.clock() - last >= CONSENT and bool(self._with_consent())

    def _poll(self) -> timedelta:
        self.polled, before = self.clock(), self.polled
        try:
            with self.opened() as hub:
                return self._told(steps.sync_some(hub, self.runner, {}, self._with_consent()))
        except LeaseHeld:
            self.polled = before
            raise

    # ── what was hinted, when it has come to rest ───────────────────────────────────────────────────

    def _read_hints(self) -> timedelta:
        now = self.clock()
        self.out = {name: until for name, until in self.out.items() if until > now}
        systems = [name for name in self._systems() if name not in self.out]
        with self.store.read() as conn:
            waits = hints.extent(conn, self.entity, systems)
            some = hints.waiting(conn, self.entity, systems, MOST) if waits else []
        if waits is None:
            return IDLE
        rest = min(_since(waits.last_at, QUIET), _since(waits.first_at, LONGEST)) - now
        if rest > NOW:
            return min(rest, IDLE)
        records: dict[str, list[str]] = defaultdict(list)
        for one in some:
            records[one.system].append(one.record)
        with self.opened() as hub:
            return self._told(steps.sync_some(hub, self.runner, records))

    def _told(self, result: Result) -> timedelta:
        for name in result.out:
            self.out[name] = self.clock() + HOLD
        self.tell(
            {
                "event": "run",
                "run": result.run,
                "kind": result.kind,
                "state": result.state,
                "read": sum(pull.read for pull in result.pulls),
                "written": result.written,
                "guards": [sentence(hit) for hit in result.hits],
                "out": result.out,
            }
        )
        return NOW


def _since(moment: str, span: timedelta) -> datetime:
    return datetime.fromisoformat(moment) + span


def serve(
    project: Project,
    entity: str,
    environ: Mapping[str, str],
    opened: Callable[[], AbstractContextManager[Hub]],
    runner: Runner,
    tell: Tell,
    host: str,
    port: int,
) -> None:
    """Take web-hooks and do what is due, until interrupted. Raises CannotListen and StoreOut."""
    hooks = {
        name: (entry.webhooks, environ[entry.webhooks.secret.env])
        for name, entry in project.hub.systems.items()
        if entry.webhooks
    }
    with closing(open_store(project.state_url, utc_now)) as store:
        worker = Worker(project, entity, store, opened, runner, tell)
        receiver = Receiver(entity, hooks, store, utc_now, worker.wake.set)
        with listening(host, port, receiver, tell) as taken:
            tell({"event": "listening", "host": host, "port": taken, "systems": list(hooks)})
            worker.work()
