"""Sets (tags): what one system adds and another removes do not contradict each other.

The result is (golden − all that was removed) ∪ all that was added. A system removes only what it was shown;
a removal follows its `on_loss`, so that a list cut short somewhere removes nothing anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconcile.resolve import Decision, GoldenField, Quiet, Side, Take
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen, Value


def unite(golden: GoldenField, sides: Sequence[Side]) -> Decision:
    """Decide a set field: nothing is asked but whether a removal was meant. The order does not count."""
    said = [s for s in sides if s.now is not MISSING and s.owner and not s.secondary]
    added = frozenset().union(*(_members(s.now) - _base(s) for s in said))
    losses = tuple(s for s in said if _base(s) - _members(s.now) and s.on_loss == "ask")
    removed = frozenset().union(*(_base(s) - _members(s.now) for s in said if s.on_loss == "accept"))
    if golden.locked:
        return Quiet(losses)
    value = _value((_members(golden.value) - removed) | added, golden.value)
    if value == golden.value:
        return Quiet(losses)
    claims = tuple(s for s in said if _members(s.now) != _base(s) and s not in losses)
    return Take(value, claims, losses, frozenset({value}))


def _members(shown: Seen | Golden) -> frozenset[str]:
    return frozenset(shown) if isinstance(shown, tuple) else frozenset()


def _base(side: Side) -> frozenset[str]:
    return _members(side.base.value) if side.base else frozenset()


def _value(members: frozenset[str], before: Golden) -> Golden:
    """Sorted, as the type keeps it; a set emptied on purpose is CLEAR, so that its last tag goes too."""
    if members:
        result: Value = tuple(sorted(members))
        return result
    return CLEAR if before not in (BLANK, CLEAR) else before
