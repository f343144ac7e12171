"""Dying anywhere and starting again ends where never having died ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flows import steps
from reconcile.state import audit
from reconcile.state.errors import LeaseLost
from tests.engine.company import Company, character, company
from tests.engine.systems import Killed

SYSTEMS = (
    character("books"),
    character("shop", creates="all", returns_record=False),
    character("crm", conditional_write=False, fetch_batch=1, write_batch=1),
)


def before(one: Company) -> None:
    """Two customers, agreed on."""
    for mail in ("ada", "bea"):
        for name in one.systems:
            one.has(name, email=f"{mail}@example.org")
    one.run()


def morning(one: Company) -> None:
    """An edit, a loss, a disagreement, and somebody new."""
    one.systems["books"].edit("1", last="Bovenkerk")
    one.systems["shop"].edit("1", phone=None)
    one.systems["books"].edit("2", last="Coenen")
    one.systems["crm"].edit("2", last="Donker")
    one.has("books", email="cor@example.org", last="Eekhout")


def bad_morning(one: Company) -> None:
    """The same, and answers get lost: of an edit, of a loss' neighbour and of a creation."""
    morning(one)
    one.systems["shop"].fail_next("timeout", "lost", "timeout")
    one.systems["crm"].fail_next("lost", "throttled")


def end(one: Company) -> dict[str, Any]:
    """Where it all ends: what systems show, what golden is, what is asked."""
    for _ in range(3):
        one.clock.passes(minutes=15)
        one.run()
    sent = sum(len(s.effects) for s in one.systems.values())
    one.run()
    assert sum(len(s.effects) for s in one.systems.values()) == sent
    with one.hub.store.read() as conn:
        assert audit.verify(conn) is None
    return {
        "shown": {
            name: sorted(str(sorted(r.payload.items(), key=str)) for r in s.records.values())
            for name, s in one.systems.items()
        },
        "golden": [{n: g.value for n, g in sorted(c.golden.items())} for c in one.customers()],
        "holds": [sorted((h.field, h.system, h.reason) for h in c.holds) for c in one.customers()],
        "asked": sorted(
            (c.customer, c.field, c.system, c.cls, str(sorted(str(x.value) for x in c.candidates)))
            for c in one.open_ones()
        ),
    }


def lived(
    die: Callable[[Company], None], day: Callable[[Company], None] = morning
) -> tuple[dict[str, Any], bool]:
    """The end after a morning in whose run the process died as told; and whether it died."""
    with company(*SYSTEMS) as one:
        before(one)
        day(one)
        die(one)
        died = one.sync() is None
        one.calm_down()
        return end(one), died


@pytest.fixture(scope="module")
def alive() -> dict[str, Any]:
    """The end of the same morning without a crash."""
    return lived(lambda one: None)[0]


def at_commit(number: int, after: bool) -> Callable[[Company], None]:
    def die(one: Company) -> None:
        one.store.kill_at, one.store.after_commit = one.store.writes + number, after

    return die


def at_send(system: str, number: int, after: bool) -> Callable[[Company], None]:
    def die(one: Company) -> None:
        troubles = one.systems[system].troubles
        if after:
            troubles.kill_after = number
        else:
            troubles.kill_before = number

    return die


def sweep(numbers: range, after: bool, alive: dict[str, Any]) -> int:
    """Die at each of these transactions of a run; how often there was such a one."""
    died = 0
    for number in numbers:
        found, dead = lived(at_commit(number, after))
        assert found == alive, f"died {'after' if after else 'before'} commit {number}"
        if not dead:
            break
        died += 1
    return died


@pytest.mark.parametrize("after", [False, True], ids=["before commit", "after commit"])
def test_dying_at_a_transaction_changes_nothing(after: bool, alive: dict[str, Any]) -> None:
    assert sweep(range(after, 99, 4), after, alive) > 4


@pytest.mark.long
@pytest.mark.parametrize("after", [False, True], ids=["before commit", "after commit"])
def test_dying_at_any_transaction_changes_nothing(after: bool, alive: dict[str, Any]) -> None:
    assert sweep(range(99), after, alive) > 15


@pytest.mark.long
@pytest.mark.parametrize("after", [False, True], ids=["before commit", "after commit"])
def test_dying_while_answers_get_lost_changes_nothing(after: bool) -> None:
    whole, died = lived(lambda one: None, bad_morning)[0], 0
    for number in range(99):
        found, dead = lived(at_commit(number, after), bad_morning)
        assert found == whole, f"died {'after' if after else 'before'} commit {number}"
        died += dead
        if not dead:
            break
    assert died > 15


@pytest.mark.parametrize("system", ["shop", "crm"])
@pytest.mark.parametrize("after", [False, True], ids=["before the effect", "after the effect"])
def test_dying_at_any_request_changes_nothing(system: str, after: bool, alive: dict[str, Any]) -> None:
    died = 0
    for number in range(4):
        found, dead = lived(at_send(system, number, after))
        assert found == alive, f"died at request {number} to {system}"
        died += dead
    assert died >= 1


def test_who_lost_the_lease_writes_nothing_more() -> None:
    with company(*SYSTEMS) as one:
        before(one)
        morning(one)
        overtaken = one.hub.store.acquire("customer", "first")
        one.clock.passes(minutes=3)
        newer = one.hub.store.acquire("customer", "second")
        assert newer.token > overtaken.token
        with pytest.raises(LeaseLost), one.hub.store.write(overtaken):
            pytest.fail("a stale token was let in")
        one.hub.store.release(newer)
        assert steps.sync(one.hub, steps.Plainly()).written > 0


def test_a_killed_process_leaves_its_lease_to_run_out() -> None:
    with company(*SYSTEMS) as one:
        before(one)
        morning(one)
        one.store.kill_at = one.store.writes + 3
        with pytest.raises(Killed):
            steps.sync(one.hub, steps.Plainly())
