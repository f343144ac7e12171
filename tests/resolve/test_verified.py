"""The rule `verified`: one line per case, and the same for every order of the systems."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from reconcile.resolve import GoldenField, Open, Settled, Side, resolve
from reconcile.survive import LOCK, VERIFIED
from reconcile.types import build
from reconcile.values import BLANK, CLEAR

TEXT = build("text")
G = GoldenField("old", 3)


def on(day: int) -> datetime:
    return datetime(2026, 3, day, tzinfo=UTC)


def side(name: str, now: str | None, verified: int = 0, since: int = 0, rid: int = 0) -> Side:
    """`verified`: the day of the check; `since`: the day after which it certainly changed."""
    span = (on(since), on(since + 1)) if since else (None, None)
    return Side(name, now, rid=rid, interval=span, verified=on(verified) if verified else None)


@pytest.mark.parametrize(
    ("sides", "golden", "winner"),
    [
        ([side("crm", "A"), side("shop", "B")], G, None),
        ([side("crm", "A", verified=2), side("shop", "B")], G, "A"),
        ([side("crm", "A", verified=2), side("shop", "B", verified=5)], G, "B"),
        ([side("crm", "A", verified=2), side("shop", "B", verified=2)], G, None),
        ([side("crm", "A", verified=2, rid=1), side("crm", "B", verified=5, rid=2)], G, None),
        ([side("crm", "A", verified=2), side("shop", "B", since=3)], G, None),
        ([side("crm", "A", verified=5), side("shop", "B", since=3)], G, "A"),
        ([side("crm", "A"), side("shop", "B")], GoldenField("old", 3, verified=on(4)), "old"),
        ([side("crm", "A", verified=5), side("shop", "B")], GoldenField("old", 3, verified=on(4)), "A"),
        ([side("crm", "A"), side("shop", "B", since=5)], GoldenField("old", 3, verified=on(4)), None),
        ([side("crm", "A", verified=2), side("shop", BLANK, since=3)], G, None),
    ],
)
def test_the_value_verified_last_wins_and_contradictions_decide_nothing(sides, golden, winner):
    top = frozenset({"A", "B", "old", *([CLEAR] if any(s.now is BLANK for s in sides) else [])})
    for order in permutations(sides):
        assert VERIFIED(top, order, golden) == winner


def test_a_value_that_is_no_candidate_does_not_win_however_well_it_is_verified():
    sides = [side("crm", "A"), side("shop", "B"), side("register", "C", verified=9)]
    assert VERIFIED(frozenset({"A", "B"}), sides, G) is None


def test_it_stands_behind_the_lock_and_before_the_rest():
    sides = [side("crm", "A"), side("register", "B", verified=2)]
    locked = GoldenField("old", 3, locked=True)
    decided = resolve(locked, sides, (LOCK, VERIFIED), TEXT)
    assert isinstance(decided, Settled) and decided.value == "old" and decided.rule is LOCK
    decided = resolve(G, sides, (LOCK, VERIFIED), TEXT)
    assert isinstance(decided, Settled) and decided.value == "B" and decided.rule is VERIFIED
    assert isinstance(resolve(G, [side("crm", "A"), side("shop", "B")], (LOCK, VERIFIED), TEXT), Open)


def test_who_cannot_move_the_value_cannot_win_by_verifying_it():
    register = Side("register", "B", owner=False, verified=on(2))
    assert isinstance(resolve(G, [side("crm", "A"), register], (LOCK, VERIFIED), TEXT), Open)
