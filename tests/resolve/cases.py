"""All that three systems can show of one field, cut down to what can make a difference, and small rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from reconcile.resolve import Base, Decision, GoldenField, Open, Quiet, Rule, Settled, Side, Take
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen, Value
from tests.resolve.oracle import Verdict, story

NAMES = ("s1", "s2", "s3")
SHOWN: tuple[Value, ...] = (BLANK, "a", "ab", "c", "cd")
TODAY, OLDER = 5, 4
GOLDENS = {
    "a full value": GoldenField("ab", TODAY),
    "a poorer value": GoldenField("a", TODAY),
    "nothing yet": GoldenField(BLANK, 0),
    "cleared": GoldenField(CLEAR, TODAY),
    "locked": GoldenField("a", TODAY, locked=True),
}
MORE_GOLDENS = GOLDENS | {
    "locked, full": GoldenField("ab", TODAY, locked=True),
    "half": GoldenField("c", TODAY),
}


class Prefixes:
    """ "a" says less than "ab"; "c" is "cd" cut off."""

    def within(self, a: Value, b: Value) -> bool:
        return a is BLANK or a == b or (a == "a" and b == "ab")

    def cut(self, a: Value, b: Value) -> bool:
        return isinstance(a, str) and isinstance(b, str) and len(a) < len(b) and b.startswith(a)


@dataclass(frozen=True)
class ShownBy:
    """The candidate that one system shows."""

    system: str

    @property
    def name(self) -> str:
        return f"system: {self.system}"

    def __call__(self, top: frozenset[Golden], seen: Sequence[Side], golden: GoldenField) -> Golden:
        return next((s.now for s in seen if s.name == self.system and s.now in top), BLANK)  # type: ignore[misc]


@dataclass(frozen=True)
class MostVotes:
    """The candidate that more systems show than any other, and at least two."""

    name: str = "majority"

    def __call__(self, top: frozenset[Golden], seen: Sequence[Side], golden: GoldenField) -> Golden:
        votes = Counter(golden.value if s.now == s.shows(golden.value) else s.says for s in seen).most_common(
            2
        )
        clear = votes and votes[0][1] >= 2 and (len(votes) == 1 or votes[0][1] > votes[1][1])
        return votes[0][0] if clear and votes[0][0] in top else BLANK


CHAINS: tuple[tuple[Rule, ...], ...] = ((), (ShownBy("s1"),), (MostVotes(),))


def one_letter(value: Golden) -> Seen:
    """A system that keeps one letter of everything."""
    return value[:1] if isinstance(value, str) else BLANK


def whole(value: Golden) -> Seen:
    return BLANK if value is CLEAR else value  # type: ignore[return-value]


def everything(name: str, golden: GoldenField) -> Iterator[Side]:
    """Every state of one system, whether or not it can matter."""
    older = max(golden.version - 1, 0)
    bases = [None, *(Base(v, n) for v, n in product(SHOWN, {golden.version, older}))]
    for now, base, claims, owner, on_loss in product(
        (MISSING, *SHOWN), bases, (False, True), (True, False), ("ask", "accept", "refill")
    ):
        yield Side(name, now, base, claims, owner, on_loss=on_loss)
        if base and now is not MISSING and on_loss != "refill":
            yield Side(name, now, Base(base.value, base.version, now), claims, owner, on_loss=on_loss)
        if base and owner:
            yield Side(name, now, base, claims, secondary=True, on_loss=on_loss)
        if now in (MISSING, BLANK, "a", "c") and owner:
            yield Side(name, now, base, claims, on_loss=on_loss, shows=one_letter)


def reduced(name: str, golden: GoldenField) -> list[Side]:
    """One state for each story and value shown; more only where the stories say that more can matter."""
    first: dict[tuple[object, ...], Side] = {}
    for side in everything(name, golden):
        what = story(side, golden)
        seen_today = side.base is not None and side.base.version == golden.version
        claimed = side.claims and what in ("lost", "adds nothing")
        losing = side.shows is one_letter
        if losing and what not in ("agrees", "first seen", "on today's"):
            continue
        first.setdefault((what, side.now, losing, claimed, what == "stranger" and seen_today), side)
    return list(first.values())


def verdict(decision: Decision) -> Verdict:
    """A decision in the words of the oracle."""
    losses = frozenset(s.name for s in decision.losses)
    if isinstance(decision, Quiet):
        return Verdict("quiet", losses=losses)
    claims = frozenset(s.name for s in decision.claims)
    if isinstance(decision, Open):
        return Verdict("open", claims=claims, losses=losses, values=decision.values)
    by = decision.rule.name if isinstance(decision, Settled) else ""
    what = "take" if isinstance(decision, Take) else "settled"
    return Verdict(what, decision.value, by, claims, losses, decision.values)
