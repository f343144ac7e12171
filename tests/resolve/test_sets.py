"""Tags: additions and removals of several systems go together, and a cut list removes nothing."""

from __future__ import annotations

from itertools import permutations

import pytest

from reconcile.resolve import Base, GoldenField, Quiet, Side, Take
from reconcile.sets import unite
from reconcile.values import BLANK, CLEAR, MISSING

A, B, C = "actief", "bakker", "cafe"


def side(name: str, now, base=MISSING, **terms) -> Side:
    return Side(name, now, None if base is MISSING else Base(base, 1), **terms)


@pytest.mark.parametrize(
    ("golden", "sides", "expected"),
    [
        pytest.param(BLANK, [side("a", (A,)), side("b", (B,))], (A, B), id="a first sync unites"),
        pytest.param((A,), [side("a", (A, B), (A,)), side("b", (A,), (A,))], (A, B), id="one adds"),
        pytest.param(
            (A, B),
            [side("a", (A,), (A, B), on_loss="accept"), side("b", (A, B, C), (A, B))],
            (A, C),
            id="one removes, another adds",
        ),
        pytest.param(
            (A, B),
            [side("a", (A,), (A, B), on_loss="accept"), side("b", (A, B), (A, B))],
            (A,),
            id="one removes",
        ),
        pytest.param(
            (A,), [side("a", BLANK, (A,), on_loss="accept")], CLEAR, id="the last one goes everywhere"
        ),
        pytest.param((A,), [side("a", (A, B), (A,), owner=False)], None, id="who may not edit adds nothing"),
        pytest.param((A, B), [side("a", (A,), (A, B))], None, id="a shorter list is asked about"),
        pytest.param((A, B), [side("a", MISSING, (A, B))], None, id="what is not seen removes nothing"),
    ],
)
def test_a_set_is_united(golden, sides, expected) -> None:
    decisions = {
        repr(unite(GoldenField(golden, 1), order)).split("claims")[0] for order in permutations(sides)
    }
    assert len(decisions) == 1
    decision = unite(GoldenField(golden, 1), sides)
    if expected is None:
        assert isinstance(decision, Quiet)
    else:
        assert isinstance(decision, Take)
        assert decision.value == expected


def test_a_system_cannot_remove_what_it_was_never_shown() -> None:
    decision = unite(GoldenField((A, B), 2), [side("a", (A,), (A,), on_loss="accept")])
    assert isinstance(decision, Quiet)


def test_a_removal_that_may_be_a_cut_is_held_there_alone() -> None:
    short = side("a", (A,), (A, B))
    decision = unite(GoldenField((A, B), 1), [short, side("b", (A, B, C), (A, B))])
    assert isinstance(decision, Take)
    assert (decision.value, decision.losses) == ((A, B, C), (short,))


def test_a_locked_set_stays() -> None:
    assert isinstance(unite(GoldenField((A,), 1, locked=True), [side("a", (A, B), (A,))]), Quiet)
