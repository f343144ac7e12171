"""Every state of three systems, decided as the stories say, in every order, and then quiet."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations_with_replacement, permutations

import pytest

from reconcile.resolve import Decision, GoldenField, Open, Quiet, Settled, Side, Take, resolve, shows_less
from reconcile.values import BLANK, CLEAR, MISSING
from tests.resolve.aftermath import next_run
from tests.resolve.cases import (
    CHAINS,
    GOLDENS,
    MORE_GOLDENS,
    NAMES,
    Prefixes,
    everything,
    reduced,
    verdict,
)
from tests.resolve.oracle import EDITS, expected, story

KIND = Prefixes()
STATES_AT_LEAST = {
    "a full value": 20_000,
    "a poorer value": 17_000,
    "nothing yet": 14_000,
    "cleared": 18_000,
    "locked": 17_000,
}
DRAWN = 4_000


def table(golden: GoldenField) -> Iterator[tuple[Side, ...]]:
    """Every three systems, whichever of them is the first."""
    states = {name: reduced(name, golden) for name in NAMES}
    for n, three in enumerate(combinations_with_replacement(range(len(states["s1"])), 3)):
        yield tuple(states[NAMES[(n + place) % 3]][state] for place, state in enumerate(three))


def drawn(golden: GoldenField, seed: int) -> Iterator[tuple[Side, ...]]:
    """Three systems from everything there is, without the reductions of the table."""
    dice = random.Random(seed)
    states = {name: list(everything(name, golden)) for name in NAMES}
    for _ in range(DRAWN):
        yield tuple(dice.choice(states[name]) for name in NAMES)


@pytest.mark.parametrize("held", GOLDENS)
def test_every_state_of_three_systems_is_decided_as_the_stories_say(held: str) -> None:
    golden, decided = GOLDENS[held], Counter[str]()
    for sides in table(golden):
        for rules in CHAINS:
            decision = verdict(resolve(golden, sides, rules, KIND))
            assert decision == expected(golden, sides, rules), (golden, sides, rules)
            assert decision == verdict(resolve(golden, sides[::-1], rules, KIND)), "the order decided"
            decided[decision.what] += 1
    assert decided.total() >= 3 * STATES_AT_LEAST[held]
    happens = {"quiet", "settled", "open"} | (set() if golden.locked else {"take"})
    assert decided.keys() == happens and min(decided.values()) >= 100, decided


@pytest.mark.parametrize("held", MORE_GOLDENS)
def test_states_beyond_the_table_are_decided_alike_in_all_six_orders(held: str) -> None:
    golden, decided = MORE_GOLDENS[held], Counter[str]()
    for sides in drawn(golden, seed=20_260_101):
        rules = CHAINS[decided.total() % len(CHAINS)]
        decision = verdict(resolve(golden, sides, rules, KIND))
        assert decision == expected(golden, sides, rules), (golden, sides, rules)
        assert all(decision == verdict(resolve(golden, o, rules, KIND)) for o in permutations(sides))
        decided[decision.what] += 1
    assert min(decided[what] for what in ("quiet", "settled", "open")) >= 20, decided


@pytest.mark.parametrize("held", GOLDENS)
def test_what_is_decided_stays_decided_and_what_is_asked_stays_asked(held: str) -> None:
    golden, again = GOLDENS[held], Counter[str]()
    for n, sides in enumerate(table(golden)):
        rules = CHAINS[n % len(CHAINS)]
        decision = resolve(golden, sides, rules, KIND)
        later = resolve(*next_run(golden, sides, decision), rules, KIND)
        if isinstance(decision, Open):
            same = verdict(decision)
            assert verdict(later) == replace(same, losses=frozenset()), (golden, sides, rules)
        else:
            assert later == Quiet(), (golden, sides, rules)
        again[verdict(later).what] += 1
    assert min(again["quiet"], again["open"]) >= 2_000, again


@pytest.mark.parametrize("held", GOLDENS)
def test_nothing_is_put_back_twice_unasked(held: str) -> None:
    golden, put_back = GOLDENS[held], Counter[str]()
    for n, sides in enumerate(table(golden)):
        rules = CHAINS[n % len(CHAINS)]
        decision = resolve(golden, sides, rules, KIND)
        if isinstance(decision, Open):
            continue
        after, acknowledged = next_run(golden, sides, decision)
        for place, (was, became) in enumerate(zip(sides, acknowledged, strict=True)):
            if was.now == became.now:
                continue
            reverted = (*acknowledged[:place], replace(became, now=was.now), *acknowledged[place + 1 :])
            second = resolve(after, reverted, rules, KIND)
            _, then = next_run(after, reverted, second)
            assert then[place].now == was.now, (golden, sides, rules)
            put_back[verdict(second).what] += 1
    assert put_back.total() >= 2_000, put_back


@pytest.mark.parametrize("held", GOLDENS)
def test_no_value_gets_lost_and_no_stranger_moves_golden(held: str) -> None:
    """The invariants, asked of `resolve` directly: no oracle between."""
    golden, moved = GOLDENS[held], 0
    for n, sides in enumerate(table(golden)):
        decision = resolve(golden, sides, CHAINS[n % len(CHAINS)], KIND)
        if isinstance(decision, Take | Settled) and decision.value != golden.value:
            moved += 1
            owners = [
                s for s in sides if s.owner and not s.secondary and not (s.base and s.base.before == s.now)
            ]
            assert any(
                s.now == decision.value or (decision.value is CLEAR and s.now is BLANK) for s in owners
            )
            assert isinstance(decision, Settled) or not golden.locked
        if isinstance(decision, Take) and decision.value is CLEAR and golden.value is not CLEAR:
            assert all(s.on_loss == "accept" for s in decision.claims), "a blank was spread"
        assert all(accounted_for(side, golden, decision) for side in sides), (golden, sides, decision)
    assert moved >= 1_000 or golden.locked


def accounted_for(side: Side, golden: GoldenField, decision: Decision) -> bool:
    """Whatever a system says anew is golden, said by golden, a candidate, or a loss that is held."""
    agreed = side.base is not None and side.now == side.base.value and not side.claims
    if side.now is MISSING or agreed or side.now == side.shows(golden.value) or side in decision.losses:
        return True
    candidates = frozenset() if isinstance(decision, Quiet) else decision.values
    refilled = (
        side.on_loss == "refill" and side.base is not None and shows_less(side.now, side.base.value, KIND)
    )
    says_nothing = side.now is BLANK or (golden.value is not CLEAR and KIND.within(side.now, golden.value))
    return side.says in candidates or refilled or says_nothing


def test_the_table_holds_every_story() -> None:
    told = Counter(
        story(side, golden) for golden in GOLDENS.values() for name in NAMES for side in reduced(name, golden)
    )
    every = {*EDITS, "absent", "unread claimant", "agrees", "back at golden", "silent", "lost", "refilled"}
    assert told.keys() == every | {"adds nothing"}
    assert sum(STATES_AT_LEAST.values()) >= 80_000  # each under three chains
