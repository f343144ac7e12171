"""The decision on one field. This is the whole of it; everything else in the hub prepares or carries out.

Pure: no input or output, clock or randomness; independent of the order of `sides`.
Values are compared with `==`: the caller hands in one representative per key (`reconcile.merge`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen, Value

OnLoss = Literal["ask", "accept", "refill"]
Interval = tuple[datetime | None, datetime | None]
"""(after, at or before); None: not known."""


class Kind(Protocol):
    """The information order of a semantic type."""

    def within(self, a: Value, b: Value) -> bool: ...
    def cut(self, a: Value, b: Value) -> bool: ...


class Base(NamedTuple):
    """What a system and the hub last agreed on."""

    value: Value
    version: int
    before: Seen = MISSING
    """What our last write replaced, or what was lost, there; MISSING: nothing."""


@dataclass(frozen=True, slots=True)
class GoldenField:
    """What the hub holds for one field."""

    value: Golden = BLANK
    version: int = 0
    locked: bool = False
    interval: Interval = (None, None)
    """When its value came to be, at its source."""
    verified: datetime | None = None
    """When its value was last found to be right."""
    decided: bool = False
    """It was a steward who found that, of what was shown at the time."""
    bounced: datetime | None = None
    """When mail to it was last seen to come back."""


@dataclass(frozen=True, slots=True)
class Side:
    """One linked record's view of one field."""

    name: str
    now: Seen
    base: Base | None = None
    claims: bool = False
    """Takes part in the open conflict."""
    owner: bool = True
    secondary: bool = False
    on_loss: OnLoss = "ask"
    shows: Callable[[Golden], Seen] = lambda value: BLANK if value is CLEAR else value
    """How this system shows a value: its declared loss."""
    rid: int = 0
    """Tells the records of one system apart."""
    interval: Interval = (None, None)
    """When this field last changed there: after the one, at or before the other."""
    record_time: datetime | None = None
    """When anything in the record last changed, by the system's own clock."""
    verified: datetime | None = None
    """When what it shows was found to be right there; None: it was not."""
    bounced: datetime | None = None
    """When mail to what it shows was last seen to come back, wherever that was seen."""
    known_since: datetime | None = None
    """When the record was first read."""

    @property
    def says(self) -> Golden:
        """What it claims: its value, or CLEAR for an accepted blank."""
        return CLEAR if self.now is BLANK else _present(self.now)


class Rule(Protocol):
    """A way to choose: a value of `top`, or None for undecided. Sees all, never the order of the input."""

    @property
    def name(self) -> str: ...

    def __call__(self, top: frozenset[Golden], seen: Sequence[Side], golden: GoldenField) -> Golden: ...

    def because(self, winner: Golden, seen: Sequence[Side], golden: GoldenField) -> str:
        """Why this winner, in one sentence that names systems and times and no value."""
        ...


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nobody says anything new; what was lost is held there."""

    losses: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True)
class Take:
    """One value says all there is to say."""

    value: Golden
    claims: tuple[Side, ...]
    losses: tuple[Side, ...]
    values: frozenset[Golden]


@dataclass(frozen=True, slots=True)
class Settled:
    """A written rule chose."""

    value: Golden
    rule: Rule
    claims: tuple[Side, ...]
    losses: tuple[Side, ...]
    values: frozenset[Golden]


@dataclass(frozen=True, slots=True)
class Open:
    """A person is asked."""

    claims: tuple[Side, ...]
    losses: tuple[Side, ...]
    values: frozenset[Golden]


Decision = Quiet | Take | Settled | Open


def resolve(golden: GoldenField, sides: Iterable[Side], rules: Sequence[Rule], kind: Kind) -> Decision:
    """Decide one field: owners move golden, showing less is a loss and no edit, what is doubtful is asked."""
    sides = tuple(sides)
    seen = [s for s in sides if s.now is not MISSING]
    said = [s for s in seen if s.claims or s.base is None or s.now != s.base.value]
    news = [s for s in said if s.now != s.shows(golden.value)]
    less = [s for s in news if s.base and shows_less(_present(s.now), s.base.value, kind)]
    # Held there alone, asked once; so is a loss that undoes our write, or we would write it for ever.
    losses = tuple(s for s in less if s.on_loss == "ask" or _came_back(s))
    claims = tuple(s for s in news if s not in losses and _claims(s, s in less, golden, kind))
    unheard = any(s.claims and s.now is MISSING for s in sides)  # wait for a claimant we cannot read
    if not claims and not unheard:
        return Quiet(losses)
    reverted = [s for s in claims if _came_back(s)]
    trusted = [s for s in claims if s.owner and not s.secondary and s not in reverted]
    fresh = any(
        s.base and s.base.version == golden.version for s in trusted
    )  # edited on top of today's golden
    # A claimant that went back to golden, or to its blank, is a vote for it; one that lost its value is none.
    gone = [s for s in seen if s.claims and s not in claims and s not in less]
    recanted = any(s.now is not BLANK or s.now == s.shows(golden.value) for s in gone)
    values = {s.says for s in claims}
    if golden.value is not BLANK and (golden.locked or recanted or not fresh):
        values.add(golden.value)
    top = maximal(values, seen, kind) | ({golden.value} if golden.locked else set())
    electable = {s.says for s in trusted} | {golden.value}
    doubted = any(s in reverted or s.secondary for s in claims)  # asked, whatever the rules say
    if len(top) == 1 and top <= electable and not unheard:
        return Take(next(iter(top)), claims, losses, frozenset(values))
    if not unheard and not doubted:
        for rule in rules:
            winner = rule(frozenset(top), seen, golden)  # a value of top, or None: undecided
            if winner is not None and winner in electable:
                return Settled(winner, rule, claims, losses, frozenset(values))
    return Open(claims, losses, frozenset(values))


def maximal(values: set[Golden], seen: Sequence[Side], kind: Kind) -> set[Golden]:
    """Drop what a candidate that stands says too: by its type, or by the declared loss of all who show it."""

    def below(a: Golden, b: Golden) -> bool:
        if a is CLEAR or a == b:
            return False
        shown = [s for s in seen if s.now == a]
        lossy = bool(shown) and all(s.shows(b) == a for s in shown)
        return lossy or (b is not CLEAR and kind.within(a, b))

    standing = [b for b in values if not any(below(b, c) for c in values)]
    return {a for a in values if not any(below(a, b) for b in standing)}  # two losses may hide each other


def shows_less(now: Value, base: Value, kind: Kind) -> bool:
    """Does a system show less than it did?"""
    return now != base and (kind.within(now, base) or kind.cut(now, base))


def _came_back(side: Side) -> bool:
    """Does it show again what our last write replaced there?"""
    return side.base is not None and side.now == side.base.before


def _claims(side: Side, less: bool, golden: GoldenField, kind: Kind) -> bool:
    """Less is a claim only where losses are accepted; more than golden says is always one."""
    if less:
        return side.on_loss == "accept"
    if golden.value is CLEAR:
        return side.now is not BLANK
    return not kind.within(_present(side.now), golden.value)


def _present(now: Seen) -> Value:
    assert now is not MISSING
    return now
