"""After a decision, when every write arrives: bases, claims and golden as the next run finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconcile.resolve import Base, Decision, GoldenField, Open, Quiet, Settled, Side
from reconcile.values import BLANK, MISSING


def next_run(
    golden: GoldenField, sides: Sequence[Side], decision: Decision
) -> tuple[GoldenField, tuple[Side, ...]]:
    """Golden and sides before the next run, if nobody edits anything meanwhile."""
    if isinstance(decision, Open):
        return golden, tuple(_waiting(golden, side, decision) for side in sides)
    after = golden
    if not isinstance(decision, Quiet) and (isinstance(decision, Settled) or decision.value != golden.value):
        after = replace(golden, value=decision.value, version=golden.version + 1)
    return after, tuple(_settled(after, side, decision) for side in sides)


def _waiting(golden: GoldenField, side: Side, decision: Open) -> Side:
    """Claims stick, but not to a loss, which is held; nothing else moves while the conflict is open."""
    if side in decision.losses:
        return _held(golden, side)
    return replace(side, claims=True) if side in decision.claims else side


def _held(golden: GoldenField, side: Side) -> Side:
    assert side.base is not None and side.now is not MISSING
    return replace(side, claims=False, base=Base(side.now, golden.version, side.base.value))


def _settled(golden: GoldenField, side: Side, decision: Decision) -> Side:
    side = replace(side, claims=False)
    if side.now is MISSING:
        return side
    if any(lost.name == side.name for lost in decision.losses):
        return _held(golden, side)
    shown = side.shows(golden.value)
    if side.now == shown or side.secondary or golden.value is BLANK:
        return replace(side, base=Base(side.now, golden.version))
    assert shown is not MISSING
    return replace(side, now=shown, base=Base(shown, golden.version, before=side.now))
