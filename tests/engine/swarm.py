"""What goes wrong in a history: some kinds of fault, each at its own rate, counted wherever one hits.

Light faults of every kind at once find little: a history draws a few kinds, and has much of those.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from adapters.errors import Denied, SystemOut
from adapters.memory import Fault
from adapters.protocol import Change, Outcome, Page, SourceRecord
from tests.engine.systems import Killed, System

AFTER = ("time-out after the effect", "5xx after the effect")
BEFORE = ("time-out before the effect", "5xx before the effect")
RARE = ("crash in the store", "crash at a request", "second runner", "lease expiry", "overtaken")
"""These end or stop a run, so they come at a fifth of the rate."""
KINDS = (
    *AFTER,
    *BEFORE,
    "late effect",
    "429 with a time",
    "429 without",
    "refused",
    "401 at a list",
    "401 at a write",
    "dies in a batch",
    "not mentioned",
    "down",
    "cut list",
    "empty list",
    "short list",
    "stale list",
    "search lag",
    "page drift",
    "repeated and reordered list",
    "edit in the window",
    "edit before the reading",
    "edit after the write",
    "skew",
    *RARE,
)
LAG = timedelta(minutes=5)
LATEST = timedelta(minutes=9)
"""Below what the hub waits for."""


class Swarm:
    """The faults of one history: which kinds, how often, and how often they hit."""

    def __init__(self, seed: int, calm: bool = False) -> None:
        self.draw = random.Random(f"swarm {seed}")
        chosen = [] if calm else self.draw.sample(KINDS, self.draw.randint(1, 10))
        self.rates: Mapping[str, float] = {
            k: self.draw.choice((0.02, 0.15, 0.25, 0.4)) for k in sorted(chosen)
        }
        self.active = False
        self.hits: Counter[str] = Counter()
        self.edit: Callable[[System, str | None, bool], None] = lambda system, id, window: None
        """A user edits a record of this system, this one or any, perhaps right before our write."""
        self.known: Callable[[str], int] = lambda system: 0
        """How many records of a system the hub knows; a list of half of them it has to believe."""
        self.overtake: Callable[[], None] = lambda: None
        """Another process takes over while this one stands still."""

    def strikes(self, kind: str) -> bool:
        """Does this fault hit now?"""
        rate = self.rates.get(kind, 0.0) * (0.2 if kind in RARE else 1.0)
        hit = self.active and rate > 0 and self.draw.random() < rate
        self.hits[kind] += hit
        return hit

    def either(self, *kinds: str) -> bool:
        """Does one of these hit now?"""
        return sum(self.strikes(kind) for kind in kinds) > 0


class Troubled(System):
    """A system to which the faults of a swarm happen."""

    swarm: Swarm
    lags = False
    """Its lists and searches may be as old as LAG, and the hub was told."""
    late: list[tuple[datetime, Change]]
    """Requests that timed out and take effect at that time."""

    def meet(self, swarm: Swarm) -> None:
        """From now on."""
        self.swarm, self.late = swarm, []
        if "page drift" in swarm.rates:
            self._page_size = 2
        if "skew" in swarm.rates:
            right, off = self._clock, timedelta(seconds=swarm.draw.randint(-60, 60))
            self._clock = lambda: right() + off

    def land(self, now: datetime) -> None:
        """Let the requests that were on their way take effect."""
        due, self.late = [c for at, c in self.late if at <= now], [one for one in self.late if one[0] > now]
        for change in due:
            self.landing = True
            self._carry_out(change)
            self.landing = False

    def _store(
        self, id: str, payload: Mapping[str, Any], deleted: bool = False, in_scope: bool = True
    ) -> None:
        super()._store(id, payload, deleted, in_scope)
        self.swarm.hits["skew"] += "skew" in self.swarm.rates and self.swarm.active

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        swarm = self.swarm
        if swarm.strikes("down"):
            raise SystemOut(f"{self.system} does not answer; try again when it does")
        if swarm.strikes("401 at a list"):
            raise Denied(f"{self.system}: refused with 401; check the credentials")
        if swarm.strikes("empty list"):
            yield Page([], None, complete=since is None)
            return
        if self.lags and swarm.strikes("stale list"):
            self.behind = LAG * swarm.draw.random()
        try:
            yield from self._pages(entity, since)
        finally:
            self.behind = None

    def _pages(self, entity: str, since: str | None) -> Iterator[Page]:
        swarm, shown = self.swarm, 0
        for page in super().pull(entity, since):
            if swarm.strikes("cut list"):
                yield Page(page.records[: len(page.records) // 2], None)
                raise SystemOut(f"{self.system} stopped in the middle of its list")
            few = page.records[: len(page.records) // 3]
            if 2 * (shown + len(few)) < swarm.known(self.system) and swarm.strikes("short list"):
                yield Page(few, None, complete=since is None)
                return
            if swarm.strikes("repeated and reordered list"):
                records = [*page.records, *swarm.draw.sample(page.records, len(page.records) // 2)]
                swarm.draw.shuffle(records)
                page = replace(page, records=records)
            shown += len(page.records)
            yield page
            if self.behind is None and not page.complete and swarm.strikes("page drift"):
                swarm.edit(self, None, False)

    def search(self, entity: str, keys: Mapping[str, str]) -> Iterator[SourceRecord]:
        if self.lags and self.swarm.strikes("search lag"):
            self.behind = LAG * self.swarm.draw.random()
        found = list(super().search(entity, keys))
        self.behind = None
        yield from found

    def fetch(self, entity: str, ids: Sequence[str]) -> Iterator[Any]:
        if ids and self.swarm.strikes("edit before the reading"):
            self.swarm.edit(self, self.swarm.draw.choice(list(ids)), False)
        return super().fetch(entity, ids)

    def _answer(self, change: Change, fault: Fault | None) -> Outcome:
        swarm = self.swarm
        if swarm.strikes("401 at a write"):
            raise Denied(f"{self.system}: refused with 401; check the credentials")
        if swarm.strikes("dies in a batch"):
            raise SystemOut(f"{self.system} stopped answering; try again when it does")
        if swarm.strikes("overtaken"):
            swarm.overtake()
        if change.id and swarm.strikes("edit in the window"):
            swarm.edit(self, change.id, True)
        if swarm.strikes("crash at a request"):
            if swarm.draw.random() < 0.5:
                super()._answer(change, fault)
            raise Killed
        if said := self._unsaid(change):
            return said
        answer = super()._answer(change, fault)
        if answer.status == "applied" and change.id and swarm.strikes("edit after the write"):
            swarm.edit(self, change.id, False)
        return answer

    def _unsaid(self, change: Change) -> Outcome | None:
        """An answer that is no plain one; the change may have had its effect, or have it later."""
        swarm = self.swarm
        if swarm.either(*BEFORE):
            return Outcome(change.key, "unknown", detail="no answer in time")
        if swarm.either(*AFTER):
            self._carry_out(change)
            return Outcome(change.key, "unknown", detail="no answer in time")
        if swarm.strikes("late effect"):
            self.late.append((self.true_time() + LATEST * swarm.draw.random(), change))
            return Outcome(change.key, "unknown", detail="no answer in time")
        if swarm.strikes("429 with a time"):
            wait = float(swarm.draw.choice((1, 60, 3600)))
            return Outcome(change.key, "deferred", detail="too many requests", retry_after=wait)
        if swarm.strikes("429 without"):
            return Outcome(change.key, "deferred", detail="too many requests")
        if swarm.strikes("refused"):
            return Outcome(change.key, "rejected", detail="the system refuses this change")
        return None

    def push(self, entity: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        for outcome in super().push(entity, changes):
            if not self.swarm.strikes("not mentioned"):
                yield outcome
