"""What a plan counts, what stops it, and that a stopped one changes nothing."""

from __future__ import annotations

import pytest

from flows import steps
from flows.hub import leased
from flows.pull import pull
from reconcile.plan import GuardHit, Plan, Tally, describe, fingerprint, guard
from reconcile.policy import Guards
from reconcile.resolve import Base
from tests.engine.company import Company, character, company
from tests.engine.customers import agreed, book, customer, decided, golden, record

GUARDS = Guards(
    updates=(2, 10), creates=(2, 10), clears=(2, 10), one_field=(2, 10), conflicts=(2, 10), deletes=(2, 10)
)


def counted(**told: int) -> Plan:
    """A plan for system b."""
    tally = Tally(told.get("updates", 0), told.get("creates", 0), told.get("clears", 0))
    tally.fields["name"] = told.get("one_field", 0)
    plan = Plan({"b": tally})
    plan.conflicts["update-update"] = told.get("conflicts", 0)
    plan.losses["b"] = told.get("losses", 0)
    plan.gone["b"] = told.get("gone", 0)
    return plan


@pytest.mark.parametrize(
    ("told", "linked", "hit"),
    [
        ({"updates": 2}, 10, []),
        ({"updates": 3}, 10, ["updates"]),
        ({"updates": 3}, 30, []),
        ({"updates": 4}, 30, ["updates"]),
        ({"creates": 3}, 10, ["creates"]),
        ({"updates": 1, "one_field": 3}, 10, ["writes of name"]),
        ({"updates": 1, "clears": 2, "losses": 1}, 10, ["clears and new losses"]),
        ({"losses": 3}, 10, ["clears and new losses"]),
        ({"conflicts": 3}, 10, ["new conflicts"]),
        ({"gone": 2}, 10, []),
        ({"gone": 3}, 10, ["deletions"]),
    ],
)
def test_more_than_the_larger_of_a_number_and_a_share_stops_a_plan(
    told: dict[str, int], linked: int, hit: list[str]
) -> None:
    found = guard(counted(**told), book("a", "b", guards=GUARDS), {"b": linked}, [])
    assert [one.guard for one in found] == hit


def test_losses_are_counted_where_nothing_is_written() -> None:
    plan = Plan()
    plan.losses["a"] = 3
    found = guard(plan, book("a", "b", guards=GUARDS), {"a": 10}, [])
    assert found == [GuardHit("clears and new losses", "a", 3, 2)]


@pytest.mark.parametrize("linked", [{"b": 10}, {}])
def test_a_first_sync_waits_for_a_person(linked: dict[str, int]) -> None:
    """Also where nobody is known at all yet."""
    new = ["b"] if linked else []
    found = guard(counted(creates=1), book("a", "b", guards=GUARDS), linked, new)
    assert [one.guard for one in found] == ["first sync"]


def test_a_system_that_wants_to_be_asked_is() -> None:
    asking = book("a", "b", of={"b": {"writes": "ask"}}, guards=GUARDS)
    assert [one.guard for one in guard(counted(updates=1), asking, {"b": 10}, [])] == ["approval"]
    assert guard(counted(), asking, {"b": 10}, []) == []


def planned(names: list[str]) -> Plan:
    plan, rules = Plan(), book("a", "b")
    for number, name in enumerate(names):
        edited = record(2 * number, "a", {"name": name}, {"name": Base("Ada", 1)})
        one = customer(edited, agreed(2 * number + 1, "b", {"name": "Ada"}), golden=golden(name="Ada"))
        one.id = number
        plan.add(decided(one, rules), fingerprint(one, rules))
    return plan


def test_a_plan_counts_its_writes_and_names_no_value() -> None:
    plan = planned(["Bea", "Cia", "Ada"])
    told = describe(plan, book("a", "b"))
    assert told["systems"]["b"]["updates"] == 2
    assert told["systems"]["b"]["fields"] == {"name": 2}
    assert told["writes"] == 2
    assert "Bea" not in str(told)


def test_the_hash_does_not_depend_on_the_order() -> None:
    plan, other = planned(["Bea", "Cia"]), planned(["Bea", "Cia"])
    other.items.reverse()
    assert plan.hash == other.hash
    other.items.pop()
    assert plan.hash != other.hash


@pytest.mark.parametrize("change", ["rev", "record", "role", "pending", "book"])
def test_the_fingerprint_moves_with_everything_a_decision_reads(change: str) -> None:
    rules = book("a", "b")
    one = customer(agreed(1, "a", {"name": "Ada"}), golden=golden(name="Ada"))
    before = fingerprint(one, rules)
    if change == "rev":
        one.rev += 1
    elif change == "record":
        one.records[0].rev += 1
    elif change == "role":
        one.records[0].role = "secondary"
    elif change == "pending":
        one.records[0].pending = True
    else:
        rules = book("a", "b", digest="other")
    assert fingerprint(one, rules) != before


# ── on a real hub ───────────────────────────────────────────────────────────────────────────────────


def crowd(one: Company, size: int = 8) -> None:
    for n in range(size):
        for name in one.systems:
            one.has(name, email=f"p{n}@example.org")
    one.run()


LOW = {"updates": [2, 10], "one_field": [2, 10], "clears": [2, 10], "deletes": [2, 10], "conflicts": [20, 90]}


def test_a_stopped_plan_sends_nothing_until_it_is_approved() -> None:
    with company(character("books"), character("shop"), guards=LOW) as one:
        crowd(one)
        for n in range(5):
            one.systems["books"].edit(str(n + 1), last="Bovenkerk")
        before = one.customers()
        result = one.run_unapproved()
        assert result.state == "stopped"
        assert one.systems["shop"].requests == []
        assert [c.golden for c in one.customers()] == [c.golden for c in before]
        one.run()
        assert len(one.systems["shop"].requests) == 5


def test_a_customer_that_moved_after_approval_is_proposed_again() -> None:
    with company(character("books"), character("shop", writes="ask")) as one:
        crowd(one, 2)
        one.systems["books"].edit("1", last="Bovenkerk")
        one.systems["books"].edit("2", last="Bovenkerk")
        stopped = one.run_unapproved()
        one.systems["shop"].edit("2", last="Coenen")
        again = one.run_unapproved()
        assert again.plan != stopped.plan
        assert one.systems["shop"].requests == []
        one.run()
        assert one.shown("shop", "1", "last") == "Bovenkerk"
        assert one.shown("shop", "2", "last") == "Coenen"


def test_who_changed_since_the_plan_was_made_is_left_out_and_counted() -> None:
    with company(character("books"), character("shop", writes="ask")) as one:
        crowd(one, 2)
        one.systems["books"].edit("1", last="Bovenkerk")
        one.systems["books"].edit("2", last="Bovenkerk")
        stopped = one.run_unapproved()
        one.systems["shop"].edit("2", phone="0612000009")
        with leased(one.hub) as lease:
            pull(one.hub, lease, stopped.run, "shop")
        result = steps.apply(one.hub, steps.Plainly(), stopped.plan or 0)
        assert (result.moved, result.written, result.state) == (1, 1, "stopped")
        assert one.shown("shop", "1", "last") == "Bovenkerk"
        assert one.shown("shop", "2", "last") == "Achterberg"
        assert result.plan != stopped.plan
        assert result.plan_summary["systems"]["shop"]["updates"] == 1


@pytest.mark.parametrize(("shown", "stops"), [(5, False), (6, True)])
def test_the_limits_are_those_of_the_paper(shown: int, stops: bool) -> None:
    """deletes and the like: more than the larger of 5 and 1 %."""
    plan = Plan()
    plan.gone["b"] = shown
    assert bool(guard(plan, book("a", "b"), {"b": 500}, [])) is stops
    assert Guards().model_dump() == {
        "updates": (25, 10),
        "creates": (25, 10),
        "deletes": (5, 1),
        "clears": (5, 2),
        "one_field": (25, 20),
        "conflicts": (25, 10),
        "listing": 50,
    }


def test_taking_away_waits_for_approval_however_little_and_is_counted_with_deletions() -> None:
    plan = Plan({"b": Tally(deletes=1)})
    assert [one.guard for one in guard(plan, book("a", "b"), {"b": 500}, [])] == ["removals"]
    plan = Plan({"b": Tally(archives=4)})
    plan.gone["b"] = 2
    assert [one.guard for one in guard(plan, book("a", "b"), {"b": 500}, [])] == ["removals", "deletions"]


def test_many_deletions_at_once_stop_the_run() -> None:
    with company(character("books"), character("shop", deletes="feed"), guards=LOW) as one:
        crowd(one)
        for n in range(3):
            one.systems["shop"].remove(str(n + 1))
        one.systems["books"].edit("8", last="Bovenkerk")
        result = one.run_unapproved()
        assert any("deletions" in hit for hit in result.hits)
        assert one.systems["shop"].requests == []
