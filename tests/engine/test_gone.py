"""When a record counts as deleted: on which evidence, by what each system can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.errors import Denied
from adapters.protocol import Page
from tests.engine.company import Company, character, company

FEED = {"incremental": "filter", "deletes": "feed"}
ABSENCE = {"incremental": "filter", "deletes": "absence"}
NOTHING = {"incremental": "filter", "deletes": "none"}
WEEK = 8


def crowd(one: Company, size: int = 6) -> None:
    for n in range(size):
        for name in one.systems:
            one.has(name, email=f"p{n}@example.org")
    one.run()


def presence(one: Company, id: str = "1", system: str = "shop") -> str:
    (found,) = (r.presence for c in one.customers() for r in c.records if (r.system, r.id) == (system, id))
    return found


def asked(one: Company) -> list[str]:
    return [c.cls for c in one.open_ones()]


def refuse_by_id(one: Company) -> None:
    def refused(entity: str, ids: Sequence[str]) -> Iterator[Any]:
        raise Denied("shop: refused with 403; check the credentials and what they may do")

    one.systems["shop"].fetch = refused  # type: ignore[method-assign]


def show(one: Company, change: Any) -> None:
    """From now on every page of the shop's list goes through this."""
    pull = one.systems["shop"].pull
    one.systems["shop"].pull = lambda *told: (change(page) for page in pull(*told))  # type: ignore[method-assign]


# ── what tells ──────────────────────────────────────────────────────────────────────────────────────


def test_a_delete_feed_is_believed_at_once() -> None:
    with company(character("books"), character("shop", **FEED)) as one:
        crowd(one)
        one.systems["shop"].remove("1")
        assert one.run().pulls[1].gone == 1
        assert presence(one) == "deleted"
        assert asked(one) == ["update-delete"]


def test_absence_from_a_complete_list_is_believed_at_once() -> None:
    with company(character("books"), character("shop", **ABSENCE)) as one:
        crowd(one)
        one.systems["shop"].remove("1")
        one.clock.passes(days=WEEK)
        assert one.run().pulls[1].gone == 1
        assert presence(one) == "deleted"


def test_without_either_it_takes_two_runs_in_which_the_id_is_not_found() -> None:
    with company(character("books"), character("shop", **NOTHING)) as one:
        crowd(one)
        one.systems["shop"].remove("1")
        one.clock.passes(days=WEEK)
        assert one.run().pulls[1].gone == 0
        assert presence(one) == "invisible"
        assert asked(one) == []
        assert one.run().pulls[1].gone == 1
        assert presence(one) == "deleted"
        assert asked(one) == ["update-delete"]


def test_a_record_that_is_not_found_before_a_write_is_gone_when_the_next_run_does_not_find_it_either() -> (
    None
):
    with company(character("books"), character("shop", **NOTHING, creates="all")) as one:
        crowd(one)
        one.systems["shop"].remove("1")
        one.systems["books"].edit("1", last="Bovenkerk")
        assert one.run().pushes["shop"]["outcomes"] == {"stale": 1}
        assert presence(one) == "invisible"
        assert asked(one) == []
        one.run()
        assert presence(one) == "deleted"
        assert [change.action for change in one.systems["shop"].requests] == []


# ── what does not ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("able", [FEED, ABSENCE, NOTHING], ids=["feed", "absence", "none"])
def test_absence_in_an_increment_says_nothing(able: dict[str, Any]) -> None:
    with company(character("books"), character("shop", **able)) as one:
        crowd(one)
        show(one, lambda page: replace(page, records=[]))
        one.run()
        assert presence(one) == "present"


@pytest.mark.parametrize("able", [FEED, ABSENCE, NOTHING], ids=["feed", "absence", "none"])
@pytest.mark.parametrize("left", [0, 2], ids=["empty", "a third"])
def test_a_short_list_is_an_error_of_the_system(able: dict[str, Any], left: int) -> None:
    with company(character("books"), character("shop", **able)) as one:
        crowd(one)
        one.clock.passes(days=WEEK)
        show(one, lambda page: replace(page, records=page.records[:left]))
        assert "nothing is believed to be deleted" in one.run().out["shop"]
        assert {presence(one, str(n)) for n in range(1, 7)} == {"present"}


@pytest.mark.parametrize("able", [FEED, ABSENCE, NOTHING], ids=["feed", "absence", "none"])
def test_half_a_list_that_is_not_complete_only_makes_the_hub_look(able: dict[str, Any]) -> None:
    with company(character("books"), character("shop", **able)) as one:
        crowd(one)
        one.systems["shop"].remove("1")
        one.clock.passes(days=WEEK)
        show(one, lambda page: Page([r for r in page.records if not r.deleted][-3:]))
        one.run()
        assert presence(one, "1") == "invisible"
        assert {presence(one, str(n)) for n in range(2, 7)} == {"present"}
        assert asked(one) == []


@pytest.mark.parametrize("able", [FEED, ABSENCE, NOTHING], ids=["feed", "absence", "none"])
def test_a_filter_deletes_nothing(able: dict[str, Any]) -> None:
    with company(character("books"), character("shop", **able)) as one:
        crowd(one)
        shop = one.systems["shop"]
        shop._store("1", shop.records["1"].payload, in_scope=False)
        one.run()
        assert presence(one) == "out_of_scope"
        assert asked(one) == []


def test_being_refused_by_id_says_nothing() -> None:
    with company(character("books"), character("shop", **NOTHING)) as one:
        crowd(one)
        one.systems["shop"].remove("1")
        one.clock.passes(days=WEEK)
        refuse_by_id(one)
        for _ in range(2):
            assert "403" in one.run().out["shop"]
        assert presence(one) == "present"


def test_not_found_and_then_refused_is_not_found_once() -> None:
    with company(character("books"), character("shop", **NOTHING)) as one:
        crowd(one)
        one.systems["shop"].remove("1")
        one.clock.passes(days=WEEK)
        one.run()
        refuse_by_id(one)
        one.run()
        assert presence(one) == "invisible"
        assert asked(one) == []


def test_a_list_that_says_deleted_without_a_feed_is_checked_by_id() -> None:
    with company(character("books"), character("shop", **NOTHING)) as one:
        crowd(one)
        gone = replace(one.systems["shop"].records["1"], payload={}, deleted=True)
        show(one, lambda page: replace(page, records=[gone]))
        one.run()
        assert presence(one) == "present"  # read by id, it is there


# ── candidates ──────────────────────────────────────────────────────────────────────────────────────


def test_a_candidate_that_shows_again_was_never_gone() -> None:
    with company(character("books"), character("shop", **NOTHING)) as one:
        crowd(one)
        held = one.systems["shop"].records.pop("1")
        one.clock.passes(days=WEEK)
        one.run()
        assert presence(one) == "invisible"
        one.systems["shop"].records["1"] = held
        one.systems["books"].edit("1", last="Bovenkerk")
        one.run()
        assert presence(one) == "present"
        assert one.shown("shop", "1", "last") == "Bovenkerk"
        assert one.open_ones() == []


def test_a_candidate_keeps_its_part_in_a_disagreement() -> None:
    with company(character("books"), character("shop", **NOTHING), character("crm")) as one:
        crowd(one)
        one.systems["books"].edit("1", last="Bovenkerk")
        one.systems["shop"].edit("1", last="Coenen")
        one.run()
        assert asked(one) == ["update-update"]
        one.systems["shop"].records.pop("1")
        one.clock.passes(days=WEEK)
        one.run()
        assert presence(one) == "invisible"
        assert asked(one) == ["update-update"]
        assert one.shown("crm", "1", "last") == "Achterberg"


def test_nothing_is_made_while_a_record_is_a_candidate_or_gone() -> None:
    with company(character("books"), character("shop", **NOTHING, creates="all")) as one:
        crowd(one)
        one.systems["shop"].remove("1")
        one.clock.passes(days=WEEK)
        for _ in range(4):
            one.systems["books"].edit("1", last="Bovenkerk")
            one.run()
        assert one.systems["shop"].requests == []


# ── tombstones last, and who comes back is back ─────────────────────────────────────────────────────


@pytest.mark.parametrize("able", [FEED, ABSENCE, NOTHING], ids=["feed", "absence", "none"])
def test_who_comes_back_under_the_same_id_is_back_and_no_double(able: dict[str, Any]) -> None:
    with company(character("books"), character("shop", **able, creates="all")) as one:
        crowd(one)
        before = len(one.customers())
        held = one.systems["shop"].records["1"]
        one.systems["shop"].remove("1")
        for _ in range(3):
            one.clock.passes(days=WEEK)
            one.run()
        assert presence(one) == "deleted"
        one.systems["shop"]._store("1", held.payload)
        one.systems["books"].edit("1", last="Bovenkerk")
        one.clock.passes(days=WEEK)
        one.run()
        assert presence(one) == "present"
        assert one.shown("shop", "1", "last") == "Bovenkerk"
        assert len(one.customers()) == before
        assert one.open_ones() == []
        assert "create" not in [change.action for change in one.systems["shop"].requests]


def test_an_old_page_of_a_list_does_not_bring_a_dead_record_to_life_in_others() -> None:
    """A tombstone outlives the overlap: what is not listed any more was read long ago."""
    with company(character("books"), character("shop", **ABSENCE, creates="all")) as one:
        crowd(one)
        one.systems["shop"].remove("1")
        one.clock.passes(days=WEEK)
        one.run()
        for _ in range(4):
            one.clock.passes(days=100)
            assert one.run().written == 0
        assert presence(one) == "deleted"
