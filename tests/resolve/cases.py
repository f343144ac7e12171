"""What three systems can show of one field: all of a small alphabet, draws from a large one, small rules.

Nothing here knows what is decided, so no state is left out because somebody thought that it cannot matter.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, product

from reconcile.resolve import Base, Decision, GoldenField, Open, Quiet, Rule, Settled, Side, Take
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen, Value
from tests.resolve.oracle import Verdict

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


def without(word: str, instead: str) -> Callable[[Golden], Seen]:
    """A system that has no word for one value, and shows another one instead."""
    return lambda value: instead if value == word else whole(value)


LENSES = (whole, one_letter, without("a", "c"), without("c", "a"))


def states(name: str, golden: GoldenField) -> list[Side]:
    """Every state of one system over a small alphabet."""
    older = max(golden.version - 1, 0)
    agreed = Base(whole(golden.value), golden.version)  # type: ignore[arg-type]
    readable = [
        Side(name, now, base, claims, owner)
        for now, base, claims, owner in product(
            (BLANK, "a", "c"), (None, agreed, Base("ab", older, before="c")), (False, True), (True, False)
        )
    ]
    return [*readable, Side(name, MISSING, agreed), Side(name, MISSING, agreed, claims=True)]


def table(golden: GoldenField) -> Iterator[tuple[Side, ...]]:
    """Every three states of that alphabet, whichever system is the first."""
    of = {name: states(name, golden) for name in NAMES}
    for n, three in enumerate(combinations_with_replacement(range(len(of["s1"])), 3)):
        yield tuple(of[NAMES[(n + place) % 3]][state] for place, state in enumerate(three))


def drawn(golden: GoldenField, seed: int, count: int) -> Iterator[tuple[Side, ...]]:
    """So many different threes from everything there is."""
    dice, found = random.Random(seed), set[tuple[Side, ...]]()
    while len(found) < count:
        sides = tuple(_any_side(dice, name, golden) for name in NAMES)
        if sides not in found:
            found.add(sides)
            yield sides


def _any_side(dice: random.Random, name: str, golden: GoldenField) -> Side:
    version = dice.choice((golden.version, max(golden.version - 1, 0)))
    base = Base(dice.choice(SHOWN), version, dice.choice((MISSING, *SHOWN)))
    return Side(
        name,
        dice.choice((MISSING, *SHOWN, *SHOWN)),
        dice.choice((None, base, base, base)),
        claims=dice.choice((False, False, True)),
        owner=dice.choice((True, True, False)),
        secondary=dice.choice((False, False, False, True)),
        on_loss=dice.choice(("ask", "accept", "refill")),
        shows=dice.choice((whole, *LENSES)),
    )


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
