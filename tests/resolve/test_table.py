"""Every state of three systems, decided as the stories say, in every order, and then quiet.

What the paper leaves open, and what was chosen, stands at the head of `oracle.py`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import permutations

import pytest

from reconcile.resolve import Decision, GoldenField, Open, Quiet, Settled, Side, Take, resolve, shows_less
from reconcile.values import BLANK, CLEAR, MISSING
from tests.resolve.aftermath import next_run
from tests.resolve.cases import CHAINS, GOLDENS, MORE_GOLDENS, Prefixes, drawn, states, table, verdict
from tests.resolve.oracle import STORIES, expected, story

KIND = Prefixes()
OF_THE_TABLE, DRAWN, DRAWN_AT_LENGTH = 9_880, 5_000, 11_000
SEED = 20_260_101


@pytest.mark.parametrize("held", GOLDENS)
def test_every_state_of_three_systems_is_decided_as_the_stories_say(held: str) -> None:
    golden, decided = GOLDENS[held], Counter[str]()
    for sides in table(golden):
        for rules in CHAINS:
            decision = verdict(resolve(golden, sides, rules, KIND))
            assert decision == expected(golden, sides, rules), (golden, sides, rules)
            assert decision == verdict(resolve(golden, sides[::-1], rules, KIND)), "the order decided"
            decided[decision.what] += 1
    assert decided.total() == len(CHAINS) * OF_THE_TABLE
    happens = {"quiet", "settled", "open"} | (set() if golden.locked else {"take"})
    assert decided.keys() == happens and min(decided.values()) >= 100, decided


@pytest.mark.parametrize("held", MORE_GOLDENS)
def test_states_beyond_the_table_are_decided_so_too(held: str) -> None:
    golden, decided = MORE_GOLDENS[held], Counter[str]()
    for sides in drawn(golden, SEED, DRAWN):
        for rules in CHAINS:
            decision = verdict(resolve(golden, sides, rules, KIND))
            assert decision == expected(golden, sides, rules), (golden, sides, rules)
            for other in (sides[::-1], sides[1:] + sides[:1]):
                assert decision == verdict(resolve(golden, other, rules, KIND)), "the order decided"
            decided[decision.what] += 1
    assert min(decided[what] for what in ("quiet", "settled", "open")) >= 20, decided


@pytest.mark.long
@pytest.mark.parametrize("held", MORE_GOLDENS)
def test_all_six_orders_of_every_state_are_decided_alike(held: str) -> None:
    golden, tried = MORE_GOLDENS[held], 0
    for sides in (*table(golden), *drawn(golden, SEED + 1, DRAWN_AT_LENGTH)):
        tried += 1
        for rules in CHAINS:
            said = expected(golden, sides, rules)
            for order in permutations(sides):
                assert said == verdict(resolve(golden, order, rules, KIND)), (golden, order, rules)
    assert tried == OF_THE_TABLE + DRAWN_AT_LENGTH


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
    assert moved >= 800 or golden.locked


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
        story(side, golden)
        for golden in GOLDENS.values()
        for sides in (states("s1", golden), *drawn(golden, SEED, 500))
        for side in sides
    )
    assert told.keys() == STORIES and min(told.values()) >= 50, told
    assert len(GOLDENS) * OF_THE_TABLE + len(MORE_GOLDENS) * DRAWN >= 80_000  # each under three chains
