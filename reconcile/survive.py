"""Survivorship: the ways to choose one of several candidates. A tie is undecided, never an order of input.

Before the policy's chain always stand `lock` and `verified`; after it always the steward.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from reconcile import policy, times
from reconcile.resolve import GoldenField, Interval, Rule, Side
from reconcile.values import BLANK, CLEAR, Golden, Seen
from reconcile.verify import ByVerified
from reconcile.words import told

Top = frozenset[Golden]
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class ByLock:
    """What a steward fixed stays."""

    name: str = "lock"

    def __call__(self, top: Top, seen: Sequence[Side], golden: GoldenField) -> Golden:
        return golden.value if golden.locked and golden.value in top else None

    def because(self, winner: Golden, seen: Sequence[Side], golden: GoldenField) -> str:
        return told("locked")


@dataclass(frozen=True, slots=True)
class BySystem:
    """The candidate of the first of these systems that shows one."""

    systems: tuple[str, ...]
    any_of: bool = False

    @property
    def name(self) -> str:
        return ("systems " if self.any_of else "system ") + ", ".join(self.systems)

    def __call__(self, top: Top, seen: Sequence[Side], golden: GoldenField) -> Golden:
        for system in self.systems:
            shown = self._shown(system, seen)
            if shown is not BLANK:
                return shown if shown in top else None
        return None

    def because(self, winner: Golden, seen: Sequence[Side], golden: GoldenField) -> str:
        first = next(s for s in self.systems if self._shown(s, seen) is not BLANK)
        return told("by the policy", first)

    @staticmethod
    def _shown(system: str, seen: Sequence[Side]) -> Golden:
        return next((_value(s.now) for s in seen if s.name == system and not s.secondary), None)


@dataclass(frozen=True, slots=True)
class MostRecent:
    """The candidate whose change certainly came last. Our own write is no change."""

    tolerance: timedelta = timedelta(0)
    name: str = "most_recent"

    def __call__(self, top: Top, seen: Sequence[Side], golden: GoldenField) -> Golden:
        dated = {value: self._interval(value, seen, golden) for value in top}
        for value, (after, until) in dated.items():
            rest = [other for v, other in dated.items() if v != value]
            if after and until and all(self._later(after, until, other) for other in rest):
                return value
        return None

    def because(self, winner: Golden, seen: Sequence[Side], golden: GoldenField) -> str:
        who = ", ".join(_supporters(winner, seen)) or told("the hub")
        return told("changed last", who, times.day(self._interval(winner, seen, golden)[1]))

    def _later(self, after: datetime, until: datetime, other: Interval) -> bool:
        end = other[1]
        return end is not None and after >= end and until - end > self.tolerance

    @staticmethod
    def _interval(value: Golden, seen: Sequence[Side], golden: GoldenField) -> Interval:
        """The latest of all changes to this value: from the latest start to the latest end."""
        found = [s.interval for s in seen if s.now == value or (value is CLEAR and s.now is BLANK)]
        if value == golden.value:
            found.append(golden.interval)
        after = max((start for start, _ in found if start), default=None)
        return after, max((end for _, end in found if end), default=None)


@dataclass(frozen=True, slots=True)
class Majority:
    """Of at least three systems with a value, the one value that most of them (two or more) show."""

    name: str = "majority"

    def __call__(self, top: Top, seen: Sequence[Side], golden: GoldenField) -> Golden:
        votes = self._votes(seen, golden)
        most = votes.most_common(2)
        if votes.total() < 3 or most[0][1] < 2 or (len(most) > 1 and most[0][1] == most[1][1]):
            return None
        return most[0][0] if most[0][0] in top else None

    def because(self, winner: Golden, seen: Sequence[Side], golden: GoldenField) -> str:
        votes = self._votes(seen, golden)
        return told("votes", votes[winner], votes.total())

    @staticmethod
    def _votes(seen: Sequence[Side], golden: GoldenField) -> Counter[Golden]:
        """One vote a system; who shows golden, cut as it may be there, votes for golden."""
        voters = [s for s in seen if not s.secondary and s.now is not BLANK]
        return Counter(golden.value if s.now == s.shows(golden.value) else _value(s.now) for s in voters)


@dataclass(frozen=True, slots=True)
class Extreme:
    """The one candidate that stands first by some measure: the longest, the smallest, the largest."""

    name: str
    measure: Callable[[Golden], object]

    def __call__(self, top: Top, seen: Sequence[Side], golden: GoldenField) -> Golden:
        said = [value for value in top if value is not CLEAR and value is not BLANK]
        if not said or len({type(value) for value in said}) > 1:
            return None
        best = max(self.measure(value) for value in said)  # type: ignore[type-var]
        winners = [value for value in said if self.measure(value) == best]
        return winners[0] if len(winners) == 1 else None

    def because(self, winner: Golden, seen: Sequence[Side], golden: GoldenField) -> str:
        return told("extreme", self.name.replace("_", " "))


@dataclass(frozen=True, slots=True)
class NewestRecord:
    """The candidate of the record changed last, by more than `ahead`; only where nobody has a base."""

    ahead: timedelta = timedelta(0)
    name: str = "newest_record"

    def __call__(self, top: Top, seen: Sequence[Side], golden: GoldenField) -> Golden:
        if any(s.base for s in seen if s.claims or s.now in top):
            return None
        dated = sorted(((t, v) for v in top if (t := self._time(v, seen))), key=lambda d: d[0])
        if len(dated) < len(top) or len(dated) < 2:
            return None
        return dated[-1][1] if dated[-1][0] - dated[-2][0] > self.ahead else None

    def because(self, winner: Golden, seen: Sequence[Side], golden: GoldenField) -> str:
        at = times.day(self._time(winner, seen))
        return told("newest record", _supporters(winner, seen), at)

    @staticmethod
    def _time(value: Golden, seen: Sequence[Side]) -> datetime | None:
        return max((s.record_time for s in seen if s.now == value and s.record_time), default=None)


LOCK = ByLock()
VERIFIED: Rule = ByVerified()
"""Right after the lock in every chain."""


def chain(steps: Sequence[policy.RuleStep]) -> tuple[Rule, ...]:
    """The rules that a policy names, in its order."""
    return tuple(_rule(step) for step in steps)


def _rule(step: policy.RuleStep) -> Rule:
    match step:
        case policy.SystemRule():
            return BySystem((step.system,))
        case policy.SystemsRule():
            return BySystem(tuple(step.systems), any_of=True)
        case policy.MostRecentRule():
            return MostRecent(times.span(step.most_recent))
        case policy.NewestRecordRule():
            return NewestRecord(times.span(step.newest_record))
        case _:
            return _NAMED[step]


def _length(value: Golden) -> int:
    return sum(len(part) for part in value) if isinstance(value, tuple) else len(str(value))


def _size(value: Golden) -> object:
    """Numbers that are kept as text compare as numbers: 9.5 is less than 10."""
    if isinstance(value, tuple):
        return tuple(map(_size, value))
    if not isinstance(value, str):
        return value
    return (0, Decimal(value), value) if _NUMBER.match(value) else (1, Decimal(0), value)


def _negated(value: Golden) -> object:
    return _Reversed(_size(value))


@dataclass(frozen=True, slots=True)
class _Reversed:
    """Turns the order of its value round, so that `max` finds the smallest."""

    value: object

    def __lt__(self, other: _Reversed) -> bool:
        return bool(other.value < self.value)  # type: ignore[operator]

    def __gt__(self, other: _Reversed) -> bool:
        return other < self


_NAMED: dict[str, Rule] = {
    "most_recent": MostRecent(),
    "majority": Majority(),
    "most_complete": Extreme("most_complete", _length),
    "min": Extreme("min", _negated),
    "max": Extreme("max", _size),
    "newest_record": NewestRecord(),
}


def _value(now: Seen) -> Golden:
    return now  # type: ignore[return-value]  # callers hand in seen sides only


def _supporters(value: Golden, seen: Sequence[Side]) -> list[str]:
    return sorted({s.name for s in seen if s.now == value})
