"""What the stories say of one field, written from their table and the invariants, without sight of the code.

Each system gets its story first; then what is left to choose is asked of the rules. Where the paper leaves a
point open, this was chosen:

* A loss that undoes our write is held (row 8), not asked as reverted (row 2), also with `on_loss: accept`.
* A claimant that lost its value, or is blank again, has withdrawn: no vote for golden unless golden is so.
* While a claimant cannot be read no rule settles; golden is no candidate if a fresh edit passed it.
* One fresh edit of an owner is enough to pass golden by, also where others edited an older one.
* A stranger's fuller value absorbs the owner's as any other would, so no rule can keep the owner's: asked.
* Golden that only declared losses show is absorbed like them (row 6), also by an edit of an older golden.
* Less than golden is nothing new, also where it is the older state (row 2): a conflict has two candidates.
* A value that says all of golden and more is taken, also where golden was not seen (row 7 before row 19).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from reconcile.resolve import GoldenField, Rule, Side
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Value

WORDS: dict[Golden, set[str]] = {"a": {"a"}, "ab": {"a", "b"}, "c": {"c"}, "cd": {"cd"}}
"""What each value says. "c" is no part of "cd": it is the same word, cut off."""

OUTSIDE = {"edit by non-owner", "duplicate in one system", "reverted"}
CLAIMS = {"first seen", "edit on today's", "edit on an older", *OUTSIDE}
RETURNS = {"back at golden", "back at part of golden"}
NOTHING = {"absent", "agrees", "silent", "refilled", "part of golden"}
STORIES = {*CLAIMS, *RETURNS, *NOTHING, "absent claimant", "loss"}


@dataclass(frozen=True)
class Verdict:
    what: str
    value: Golden = BLANK
    by: str = ""
    claims: frozenset[str] = field(default_factory=frozenset)
    losses: frozenset[str] = field(default_factory=frozenset)
    values: frozenset[Golden] = field(default_factory=frozenset)


def part_of(a: Golden, b: Golden) -> bool:
    return CLEAR not in (a, b) and a in WORDS and b in WORDS and WORDS[a] <= WORDS[b]


def less_than_before(side: Side) -> bool:
    """Rows 5, 8 and 13: the system had more, and nobody wrote the rest away but itself."""
    had: Value = side.base.value if side.base else BLANK
    cut_off = {("a", "ab"), ("c", "cd")}
    return had is not BLANK and (side.now is BLANK or (side.now, had) in cut_off)


@cache
def story(side: Side, golden: GoldenField) -> str:
    """Which of the stories this system lives through."""
    came_back = side.base is not None and side.now == side.base.before
    if side.now is MISSING:
        return "absent claimant" if side.claims else "absent"
    if side.now == side.shows(golden.value):
        return "back at golden" if side.claims else "agrees"
    if side.base and side.now == side.base.value and not side.claims:
        return "silent"
    if less_than_before(side):
        if side.on_loss == "ask" or came_back:
            return "loss"
        if side.on_loss == "refill":
            return "refilled"
    elif side.now is BLANK:
        return "silent"
    elif part_of(side.now, golden.value):
        return "back at part of golden" if side.claims else "part of golden"
    if came_back:
        return "reverted"
    if side.secondary:
        return "duplicate in one system"
    if not side.owner:
        return "edit by non-owner"
    if side.base is None:
        return "first seen"
    return "edit on today's" if side.base.version == golden.version else "edit on an older"


def said(side: Side) -> Golden:
    return CLEAR if side.now is BLANK else side.now  # type: ignore[return-value]


def expected(golden: GoldenField, sides: Sequence[Side], rules: Sequence[Rule]) -> Verdict:
    lives = {side: story(side, golden) for side in sides}
    told = set(lives.values())
    claimants = [s for s in sides if lives[s] in CLAIMS]
    names = frozenset(s.name for s in claimants)
    losses = frozenset(s.name for s in sides if lives[s] == "loss")
    if not claimants and "absent claimant" not in told:
        return Verdict("quiet", losses=losses)
    by_owners = {said(s) for s in claimants if lives[s] not in OUTSIDE}
    stands = golden.locked or "edit on today's" not in told or bool(told & RETURNS)
    kept = {golden.value} if stands and golden.value is not BLANK else set()
    values = frozenset({said(s) for s in claimants} | kept)

    def absorbs(winner: Golden, value: Golden) -> bool:
        """Rows 6 and 7: it says all of it, or each system that shows it would show as much of the winner."""
        declared = [s.now == s.shows(winner) for s in sides if s.now == value]
        return value != winner and (part_of(value, winner) or (any(declared) and all(declared)))

    def may_win(winner: Golden) -> bool:
        """I6: an owner says it or the hub holds it; I8: and every claimant was heard."""
        return winner in by_owners | {golden.value} and "absent claimant" not in told

    # Row 21: a lock is never talked over. I4: what absorbs must itself be left to choose.
    standing = {v for v in values if not any(absorbs(w, v) for w in values)}
    pinned = {golden.value} if golden.locked else set()
    top = frozenset({v for v in values if not any(absorbs(w, v) for w in standing)} | pinned)
    if len(top) == 1 and may_win(*top):
        return Verdict("take", *top, "", names, losses, values)
    if not told & {"reverted", "duplicate in one system"}:  # rows 2 and 15: asked, whatever the chain
        for rule in rules:
            winner = rule(top, [s for s in sides if s.now is not MISSING], golden)
            if winner is not BLANK and may_win(winner):
                return Verdict("settled", winner, rule.name, names, losses, values)
    return Verdict("open", BLANK, "", names, losses, values)
