"""What the stories say about any systems and any field, worked out the slow way.

Written from the stories and never from `reconcile.resolve`: each system gets a story ("lost", "came back"),
the stories decide which values are in the race, and the race is won by the smallest set of values that
leaves nothing unsaid, found by trying them all. What a value says is a set of facts, not a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

from reconcile.resolve import GoldenField, Rule, Side
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen

FACTS: dict[Seen, frozenset[str]] = {
    BLANK: frozenset(),
    "a": frozenset({"street"}),
    "ab": frozenset({"street", "city"}),
    "c": frozenset({"half a name"}),
    "cd": frozenset({"a name"}),
}
HALVES = {("c", "cd")}  # the first is the second one cut off: other facts, but a sign of loss
EDITS = ("on today's", "behind", "first seen", "stranger", "duplicate", "came back")
TRUSTED = ("on today's", "behind", "first seen")


@dataclass(frozen=True, slots=True)
class Verdict:
    what: str
    value: Golden = BLANK
    by: str = ""
    claims: frozenset[str] = frozenset()
    losses: frozenset[str] = frozenset()
    values: frozenset[Golden] = frozenset()


def story(side: Side, golden: GoldenField) -> str:
    """What happened at one system, in the words of the table of stories."""
    now, base = side.now, side.base
    if now is MISSING:
        return "unread claimant" if side.claims else "absent"
    if now == side.shows(golden.value):
        return "back at golden" if side.claims else "agrees"
    if base and now == base.value and not side.claims:
        return "silent"
    if base and now != base.value and (FACTS[now] < FACTS[base.value] or (now, base.value) in HALVES):
        if side.on_loss == "ask" or now == base.before:
            return "lost"
        if side.on_loss == "refill":
            return "refilled"
    elif now is BLANK or (golden.value is not CLEAR and FACTS[now] <= FACTS[golden.value]):
        return "adds nothing"
    return edit(side, golden)


def edit(side: Side, golden: GoldenField) -> str:
    """Whose edit it is, and how much it is worth."""
    if side.base and side.base.before == side.now:
        return "came back"
    if side.secondary:
        return "duplicate"
    if not side.owner:
        return "stranger"
    if side.base is None:
        return "first seen"
    return "on today's" if side.base.version == golden.version else "behind"


def expected(golden: GoldenField, sides: Sequence[Side], rules: Sequence[Rule]) -> Verdict:
    told = [(side, story(side, golden)) for side in sides]
    wanted = {s.name: CLEAR if s.now is BLANK else s.now for s, what in told if what in EDITS}
    losses = frozenset(s.name for s, what in told if what == "lost")
    unread = any(what == "unread claimant" for _, what in told)
    if not wanted and not unread:
        return Verdict("quiet", losses=losses)
    values = frozenset(wanted.values()) | ({golden.value} if golden_runs(golden, told) else frozenset())
    readable = [s for s in sides if s.now is not MISSING]
    leaders = winners(values, readable) | ({golden.value} if golden.locked else frozenset())
    backed = {wanted[s.name] for s, what in told if what in TRUSTED} | {golden.value}
    doubtful = {
        wanted[s.name] for s, what in told if what == "came back" or (s.secondary and what in EDITS)
    } - backed
    common = {"claims": frozenset(wanted), "losses": losses, "values": values}
    if len(leaders) == 1 and leaders <= backed and not unread:
        return Verdict("take", *leaders, **common)
    for rule in () if unread or doubtful & leaders else rules:
        choice = rule(leaders, readable, golden)
        if choice is not BLANK and choice in backed:
            return Verdict("settled", choice, rule.name, **common)
    return Verdict("open", **common)


def golden_runs(golden: GoldenField, told: Iterable[tuple[Side, str]]) -> bool:
    """Golden steps aside only for an owner who had seen it, and never while a claimant went back to it."""
    if golden.value is BLANK:
        return False
    stories = [what for _, what in told]
    quiet = (*EDITS, "lost", "refilled", "unread claimant")
    left_the_conflict = any(s.claims and what not in quiet and s.now is not BLANK for s, what in told)
    return golden.locked or left_the_conflict or "on today's" not in stories


def winners(values: frozenset[Golden], readable: Sequence[Side]) -> frozenset[Golden]:
    """The fewest values that say all there is to say."""

    def covers(better: Golden, worse: Golden) -> bool:
        if better == worse:
            return True
        if worse is CLEAR:
            return False
        showing = [s for s in readable if s.now == worse]
        if showing and all(s.shows(better) == worse for s in showing):
            return True
        return better is not CLEAR and FACTS[worse] <= FACTS[better]

    few_to_many = chain.from_iterable(
        combinations(sorted(values, key=repr), n) for n in range(len(values) + 1)
    )
    return next(frozenset(few) for few in few_to_many if all(any(covers(b, w) for b in few) for w in values))
