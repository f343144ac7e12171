"""The rule `verified`: one line per case, and the same for every order of the systems."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from reconcile.resolve import Base, GoldenField, Open, Settled, Side, resolve
from reconcile.survive import LOCK, VERIFIED, BySystem, MostRecent
from reconcile.types import build
from reconcile.values import BLANK, CLEAR
from reconcile.verify import Arriving
from reconcile.words import sentence

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


def back(name: str, now: str, bounced: int, verified: int = 0) -> Side:
    """Mail to what it shows came back on that day."""
    return Side(name, now, bounced=on(bounced), verified=on(verified) if verified else None)


@pytest.mark.parametrize(
    ("sides", "golden", "winner"),
    [
        ([back("crm", "A", 5), side("shop", "B")], GoldenField("C", 3), "B"),
        ([back("crm", "A", 5), back("shop", "B", 6)], GoldenField("C", 3), None),
        ([back("crm", "A", 5, verified=2), side("shop", "B")], GoldenField("C", 3), "B"),
        ([back("crm", "A", 5, verified=8), side("shop", "B")], GoldenField("C", 3), "A"),
        ([back("crm", "A", 5, verified=8), side("shop", "B", verified=9)], GoldenField("C", 3), "B"),
        ([side("crm", "A"), side("shop", "B")], GoldenField("B", 3, bounced=on(5)), "A"),
        ([side("crm", "A"), side("shop", "B")], GoldenField("B", 3, verified=on(8), bounced=on(5)), "B"),
        ([side("crm", "A"), side("shop", "B")], GoldenField("B", 3, verified=on(3), bounced=on(5)), "A"),
    ],
)
def test_a_bounce_is_evidence_against_and_the_newest_evidence_counts(sides, golden, winner):
    for order in permutations(sides):
        assert VERIFIED(frozenset({"A", "B"}), order, golden) == winner


def test_who_bounced_loses_from_the_rest_of_the_chain_too():
    """Two candidates are left after the one that bounced: the policy's rules choose between those."""
    sides = [back("crm", "A", 5), side("shop", "B", since=3), side("mail", "C", since=1)]
    newest = Arriving(MostRecent())
    top = frozenset({"A", "B", "C"})
    assert VERIFIED(top, sides, G) is None
    assert newest(top, sides, G) == "B" and newest.name == "most_recent"
    first = Arriving(BySystem(("crm",)))
    assert first(top, sides, G) is None


DECIDED = GoldenField("old", 3, verified=on(4), decided=True)


@pytest.mark.parametrize(
    ("other", "golden", "winner"),
    [
        (Side("crm", "A"), DECIDED, "old"),
        (Side("crm", "A", interval=(None, on(3))), DECIDED, "old"),
        (Side("crm", "A", interval=(None, on(5))), DECIDED, None),
        (Side("crm", "A", Base("B", 1), interval=(on(1), on(3))), DECIDED, None),
        (Side("crm", "A", interval=(None, on(3)), known_since=on(5)), DECIDED, "old"),
        (Side("crm", "A", interval=(None, on(3)), known_since=on(2)), DECIDED, None),
        (Side("crm", "A", verified=on(2)), DECIDED, "old"),
        (Side("crm", "A", verified=on(5)), DECIDED, "A"),
        (Side("crm", "A", interval=(None, on(5))), GoldenField("old", 3, verified=on(4)), "old"),
    ],
)
def test_a_decision_wins_over_what_is_older_and_never_over_what_the_steward_cannot_have_seen(
    other, golden, winner
):
    assert VERIFIED(frozenset({"A", "old"}), [other], golden) == winner


def test_the_reason_names_the_steward():
    why = VERIFIED.because("old", [Side("crm", "A")], DECIDED)
    assert sentence(why) == "a steward verified it last, 2026-03-04 00:00"
    assert sentence(why, "nl") == "het laatst bevestigd door een beheerder, 2026-03-04 00:00"


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
