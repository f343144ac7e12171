"""What an earlier run left half done: judged by what the system shows, and never repeated blindly."""

from __future__ import annotations

import pytest

from flows import recover
from flows.hub import leased
from reconcile.resolve import Base
from tests.engine.company import Company, character, company


def unsure(one: Company, fault: str) -> None:
    """Ada is agreed on, renamed in the books, and nobody knows whether that reached the shop."""
    one.has("books")
    one.has("shop")
    one.run()
    one.systems["books"].edit("1", last="Bovenkerk")
    one.systems["shop"].fail_next(fault)  # type: ignore[arg-type]
    one.run()


def test_a_write_that_arrived_is_acknowledged() -> None:
    with company(character("books"), character("shop")) as one:
        unsure(one, "timeout")
        assert one.run().recovered == {"applied": 1}
        (ada,) = one.customers()
        (shop,) = (r for r in ada.records if r.system == "shop")
        assert shop.base["family_name"] == Base("Bovenkerk", 2, "Achterberg")
        assert len(one.systems["shop"].requests) == 1


@pytest.mark.parametrize("fault", ["timeout", "lost"])
def test_while_nobody_knows_nothing_is_sent(fault: str) -> None:
    with company(character("books"), character("shop", conditional_write=False)) as one:
        unsure(one, fault)
        one.systems["books"].edit("1", phone="0612000009")
        one.systems["shop"].down = True
        one.run()
        assert len(one.systems["shop"].requests) == 1


def test_a_write_that_did_not_arrive_is_sent_again_once_it_cannot_arrive_any_more() -> None:
    with company(character("books"), character("shop", conditional_write=False)) as one:
        unsure(one, "lost")
        one.clock.passes(minutes=9)
        one.run()
        assert len(one.systems["shop"].requests) == 1
        one.clock.passes(minutes=2)
        one.run()
        assert one.shown("shop", "1", "last") == "Bovenkerk"
        assert len(one.systems["shop"].requests) == 2


def test_a_write_with_a_version_is_sent_again_at_once() -> None:
    with company(character("books"), character("shop", conditional_write=True)) as one:
        unsure(one, "lost")
        one.run()
        assert one.shown("shop", "1", "last") == "Bovenkerk"


def test_an_edit_during_the_uncertainty_is_no_proof_of_anything() -> None:
    with company(character("books"), character("shop", conditional_write=False)) as one:
        unsure(one, "lost")
        one.systems["shop"].edit("1", last="Coenen")
        one.clock.passes(minutes=11)
        one.run()
        assert one.shown("shop", "1", "last") == "Coenen"
        (asked,) = one.open_ones()
        assert {c.value for c in asked.candidates} == {"Bovenkerk", "Coenen"}


def test_an_edit_during_the_uncertainty_is_heard_as_soon_as_it_ends() -> None:
    with company(character("books"), character("shop", conditional_write=False)) as one:
        unsure(one, "lost")
        one.systems["shop"].edit("1", phone="0612000009")
        one.run()
        assert one.shown("books", "1", "phone") == "0612000001"
        one.clock.passes(minutes=11)
        one.systems["shop"].fail_next("throttled")
        one.run()
        assert one.shown("books", "1", "phone") == "+31612000009"


def test_after_a_crash_a_late_effect_is_waited_for() -> None:
    """The process died while it sent: the request may still be under way."""
    with company(character("books"), character("shop", conditional_write=False)) as one:
        one.has("books")
        one.has("shop")
        one.run()
        one.systems["books"].edit("1", last="Bovenkerk")
        one.systems["shop"].troubles.kill_before = 0
        assert one.sync() is None
        one.calm_down()
        one.run()
        assert one.systems["shop"].effects == []
        one.clock.passes(minutes=11)
        one.run()
        assert len(one.systems["shop"].effects) == 1


def missing_in_the_shop(one: Company) -> None:
    one.has("books")
    one.has("books", email="bea@example.org")
    one.has("shop", email="bea@example.org")


def test_a_create_whose_answer_was_lost_is_not_made_twice() -> None:
    with company(character("books"), character("shop", creates="all")) as one:
        missing_in_the_shop(one)
        one.systems["shop"].fail_next("timeout")
        for _ in range(4):
            one.run()
            one.clock.passes(minutes=11)
        assert [e.change.action for e in one.systems["shop"].effects] == ["create"]
        assert {r.system for c in one.customers() for r in c.records if c.id == 1} == {"books", "shop"}


def test_a_create_whose_user_changed_what_we_search_by_is_not_made_twice() -> None:
    """Nobody finds it by its e-mail any more; it came after we asked and looks like it: a person is asked."""
    with company(character("books"), character("shop", creates="all")) as one:
        missing_in_the_shop(one)
        one.systems["shop"].fail_next("timeout")
        one.run()
        (made,) = (e.id for e in one.systems["shop"].effects)
        one.systems["shop"].edit(made, email="other@example.org", phone=None)
        for _ in range(4):
            one.clock.passes(minutes=11)
            one.run()
        assert len(one.systems["shop"].requests) == 1
        assert [e.state for e in one.entries() if e.action == "create"] == ["rejected"]


def test_a_create_is_repeated_only_once_everything_was_listed() -> None:
    with company(character("books"), character("shop", creates="all")) as one:
        missing_in_the_shop(one)
        one.systems["shop"].fail_next("lost")
        one.run()
        one.clock.passes(minutes=11)
        one.systems["shop"].troubles.cut_list = True
        one.run()
        assert len(one.systems["shop"].requests) == 1
        one.run()
        assert len(one.systems["shop"].requests) == 2
        assert {r.system for c in one.customers() for r in c.records if c.id == 1} == {"books", "shop"}


def test_a_create_that_cannot_be_searched_for_is_found_when_it_is_listed() -> None:
    with company(character("books"), character("shop", creates="all", searchable=frozenset())) as one:
        missing_in_the_shop(one)
        one.systems["shop"].fail_next("timeout")
        one.run()
        (made,) = (e.id for e in one.systems["shop"].effects)
        one.systems["shop"].edit(made, last="Zandstra")
        assert one.run().recovered == {"already": 1}
        assert one.shown("shop", made, "last") == "Zandstra"
        assert {r.system for c in one.customers() for r in c.records if c.id == 1} == {"books", "shop"}


def test_a_create_that_cannot_be_looked_for_is_never_repeated() -> None:
    with company(character("books"), character("shop", creates="all", searchable=frozenset())) as one:
        missing_in_the_shop(one)
        one.systems["shop"].fail_next("lost")
        for _ in range(4):
            one.run()
            one.clock.passes(minutes=11)
        assert len(one.systems["shop"].requests) == 1
        assert [e.state for e in one.entries() if e.action == "create"] == ["rejected"]


def test_a_create_is_sent_once_more_and_then_a_person_is_asked() -> None:
    with company(character("books"), character("shop", creates="all")) as one:
        missing_in_the_shop(one)
        one.systems["shop"].fail_next(*["lost"] * 9)  # type: ignore[list-item]
        for _ in range(8):
            one.run()
            one.clock.passes(minutes=11)
        assert len(one.systems["shop"].requests) == 2
        assert [e.state for e in one.entries() if e.action == "create"] == ["rejected"]


def test_a_found_record_keeps_what_its_user_changed_meanwhile() -> None:
    with company(character("books"), character("shop", creates="all")) as one:
        missing_in_the_shop(one)
        one.systems["shop"].fail_next("timeout")
        one.run()
        (made,) = (e.id for e in one.systems["shop"].effects)
        one.systems["shop"].edit(made, last="Zandstra")
        one.run()
        assert one.shown("shop", made, "last") == "Zandstra"
        assert len(one.systems["shop"].effects) == 1


def test_a_system_that_is_out_keeps_its_unknowns_and_stops_nobody() -> None:
    with company(character("books"), character("shop")) as one:
        unsure(one, "timeout")
        one.systems["shop"].down = True
        with leased(one.hub) as lease:
            assert recover.recover(one.hub, lease, 99) == {"system out": 1}
        one.systems["shop"].down = False
        assert one.run().recovered == {"applied": 1}
