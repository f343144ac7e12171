"""A run of a part: hinted records are read by id, and what follows is what a whole sync would do."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from flows import steps
from flows.hub import leased
from reconcile.state import hints, plans, runs, staging
from reconcile.state.errors import LeaseHeld
from tests.engine.company import Company, character, company
from tests.engine.running import OneByOne

ONE_EACH = {"incremental": "filter", "fetch_batch": 100}


def start(one: Company, people: int = 3) -> None:
    for n in range(people):
        for name in one.systems:
            one.has(name, email=f"p{n}@example.org", phone=f"061200000{n}")
    one.run()
    one.clock.passes(minutes=1)
    for system in one.systems.values():
        system.calls.clear()


def hinted(one: Company, *ids: str, system: str = "shop") -> None:
    with one.hub.store.note() as conn:
        hints.note(conn, "customer", system, ids, one.hub.now)


def read(one: Company, *ids: str, system: str = "shop") -> steps.Result:
    return steps.sync_some(one.hub, OneByOne(), {system: ids})


def waiting(one: Company) -> list[tuple[str, str, int]]:
    with one.hub.store.read() as conn:
        return [tuple(h) for h in hints.waiting(conn, "customer", list(one.systems), 100)]


def presence(one: Company, id: str, system: str = "shop") -> str:
    with one.hub.store.read() as conn:
        return staging.known(conn, "customer", system, [id])[id].presence


def cursors(one: Company) -> list[staging.Cursor]:
    with one.hub.store.read() as conn:
        return [staging.get_cursor(conn, "customer", name) for name in one.systems]


def test_an_edit_goes_everywhere_without_a_list_being_read() -> None:
    with company(character("books"), character("shop"), character("crm")) as one:
        start(one)
        before = cursors(one)
        one.systems["shop"].edit("1", last="Bovenkerk")
        one.systems["shop"].edit("2", last="Coenen")
        hinted(one, "1")
        result = read(one, "1")
        assert (result.kind, result.state, result.written) == ("part", "done", 2)
        assert [one.shown(name, "1", "last") for name in one.systems] == ["Bovenkerk"] * 3
        assert one.shown("books", "2", "last") == "Achterberg"
        assert all("pull" not in system.calls for system in one.systems.values())
        assert cursors(one) == before
        assert waiting(one) == []
        one.run()
        assert one.shown("books", "2", "last") == "Coenen"


def test_a_file_that_cannot_list_changes_is_listed_again_after_one_record_was_read() -> None:
    with company(character("books"), character("shop", incremental="no", deletes="absence")) as one:
        start(one)
        one.systems["shop"].edit("1", last="Bovenkerk")
        read(one, "1")
        assert one.shown("books", "1", "last") == "Bovenkerk"


def test_a_hint_in_the_wrong_order_or_for_nothing_changes_nothing() -> None:
    with company(character("books"), character("shop")) as one:
        start(one)
        one.systems["shop"].edit("1", last="Bovenkerk")
        one.systems["shop"].edit("1", last="Coenen")
        assert read(one, "1").written == 1
        assert one.shown("books", "1", "last") == "Coenen"
        for _ in range(2):
            assert (read(one, "1", "1", "2").written, one.open_ones()) == (0, [])


def test_somebody_new_is_linked_or_made() -> None:
    with company(character("books", creates="all"), character("shop")) as one:
        start(one)
        id = one.has("shop", email="new@example.org", last="Eekhout", phone="0612000009")
        result = read(one, id)
        assert result.written == 1
        assert [r.payload["email"] for r in one.systems["books"].records.values()][-1] == "new@example.org"


def test_a_record_that_is_not_there_is_a_doubt_and_no_deletion() -> None:
    with company(character("books"), character("shop")) as one:
        start(one)
        one.systems["shop"].remove("1")
        hinted(one, "1")
        result = read(one, "1")
        assert (presence(one, "1"), result.pulls[0].gone, waiting(one)) == ("invisible", 0, [])
        one.systems["books"].edit("1", last="Bovenkerk")
        one.run()
        assert one.systems["shop"].effects == []


def test_an_id_that_nobody_knows_is_read_once_and_leaves_nothing() -> None:
    with company(character("books"), character("shop")) as one:
        start(one)
        before = len(one.customers())
        hinted(one, "4711")
        result = read(one, "4711")
        assert (result.state, waiting(one), len(one.customers())) == ("done", [], before)


def test_hints_of_a_system_that_is_out_wait_on() -> None:
    with company(character("books"), character("shop")) as one:
        start(one)
        one.systems["shop"].down = True
        hinted(one, "1")
        assert "shop" in read(one, "1").out
        assert waiting(one) == [("shop", "1", 1)]


def test_what_is_hinted_while_it_is_read_waits_on() -> None:
    with company(character("books"), character("shop")) as one:
        start(one)
        hinted(one, "1")
        one.systems["shop"].before_fetch = lambda ids: hinted(one, "1")
        read(one, "1")
        assert waiting(one) == [("shop", "1", 2)]


def test_before_its_first_listing_no_record_of_a_system_is_read() -> None:
    with company(character("books"), character("shop")) as one:
        one.has("shop")
        hinted(one, "1")
        result = read(one, "1")
        assert "klantbeeld sync" in result.out["shop"]
        assert (one.customers(), waiting(one)) == ([], [("shop", "1", 1)])


def test_a_system_that_changed_its_shape_is_not_read_under_its_old_mapping() -> None:
    with company(character("books"), character("shop")) as one:
        start(one, 4)
        for record in one.systems["shop"].records.values():
            del record.payload["last"]  # type: ignore[attr-defined]
        assert "last" in read(one, "1", "2", "3").out["shop"]
        assert one.open_ones() == []


def test_a_system_that_stopped_for_its_shape_is_not_read_record_by_record_either() -> None:
    with company(character("books"), character("shop", incremental="no", deletes="absence")) as one:
        start(one, 4)
        for record in one.systems["shop"].records.values():
            del record.payload["last"]  # type: ignore[attr-defined]
        stopped = one.run().out["shop"]
        assert read(one, "1").pulls[0].out == stopped


def test_while_another_run_works_hinted_records_wait() -> None:
    with company(character("books"), character("shop")) as one:
        start(one)
        hinted(one, "1")
        with leased(one.hub), pytest.raises(LeaseHeld):
            read(one, "1")
        assert waiting(one) == [("shop", "1", 1)]


def many_edits(one: Company, ids: Sequence[str], last: str) -> None:
    for id in ids:
        one.systems["shop"].edit(id, last=last)


GUARDS = {"updates": [2, 0], "one_field": [100, 100], "conflicts": [100, 100]}


def test_many_small_runs_meet_the_limits_of_a_big_one() -> None:
    with company(character("books"), character("shop"), guards=GUARDS) as one:
        start(one, 5)
        many_edits(one, "12345", "Bovenkerk")
        assert [read(one, id).written for id in "12345"] == [1, 1, 0, 0, 0]
        assert len(one.systems["books"].effects) == 2
        one.systems["shop"].edit("1", last="Coenen")
        result = steps.sync(one.hub, OneByOne())
        assert result.hits and result.written == 0  # the whole run counts from nothing, and meets it too


def test_a_whole_sync_lets_the_small_ones_count_from_nothing() -> None:
    with company(character("books"), character("shop"), guards=GUARDS) as one:
        start(one, 5)
        many_edits(one, "1234", "Bovenkerk")
        assert [read(one, id).written for id in "12"] == [1, 1]
        assert one.run_unapproved().written == 2
        many_edits(one, "5", "Coenen")
        assert read(one, "5").written == 1


def test_a_plan_that_a_person_approved_does_not_count_against_the_small_runs() -> None:
    with company(character("books"), character("shop"), guards=GUARDS) as one:
        start(one, 5)
        many_edits(one, "1234", "Bovenkerk")
        stopped = read(one, "1", "2", "3", "4")
        assert stopped.state == "stopped" and stopped.plan
        steps.apply(one.hub, OneByOne(), stopped.plan)
        many_edits(one, "5", "Coenen")
        assert read(one, "5").written == 1


def test_a_plan_that_waits_for_approval_stays_the_one_that_waits() -> None:
    with company(character("books", writes="ask"), character("shop")) as one:
        start(one)
        one.systems["shop"].edit("1", last="Bovenkerk")
        first = read(one, "1")
        assert first.state == "stopped" and first.plan
        one.systems["shop"].edit("2", last="Coenen")
        second = read(one, "2")
        assert (second.plan, second.hits, second.state) == (first.plan, first.hits, "stopped")
        with one.hub.store.read() as conn:
            stored = plans.get_plan(conn, first.plan)
        assert stored and stored.state == "waiting"
        assert steps.apply(one.hub, OneByOne(), first.plan).written == 1
        assert one.shown("books", "1", "last") == "Bovenkerk"


def test_a_part_is_no_sync_of_the_day() -> None:
    with company(character("books"), character("shop")) as one:
        start(one)
        with one.hub.store.read() as conn:
            before = runs.last_sync(conn, "customer", 1 << 30)
        read(one, "1")
        with one.hub.store.read() as conn:
            assert runs.last_sync(conn, "customer", 1 << 30) == before


def test_a_system_that_is_asked_what_changed_is_listed_as_in_a_sync() -> None:
    with company(character("books"), character("shop")) as one:
        start(one)
        one.systems["shop"].edit("1", last="Bovenkerk")
        one.systems["books"].edit("2", last="Coenen")
        steps.sync_some(one.hub, OneByOne(), {}, ["shop"])
        assert one.shown("books", "1", "last") == "Bovenkerk"
        assert one.shown("shop", "2", "last") == "Achterberg"
