"""What a system shows, stored: nothing is believed that was not shown, nothing counts twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconcile.state import staging
from tests.engine.company import Company, character, company


def crowd(one: Company, size: int = 6) -> None:
    for n in range(size):
        for name in one.systems:
            one.has(name, email=f"p{n}@example.org")
    one.run()


def presences(one: Company, system: str) -> list[str]:
    with one.hub.store.read() as conn:
        ids = list(one.systems[system].records)
        return [k.presence for _, k in sorted(staging.known(conn, "customer", system, ids).items())]


FULL = {"incremental": "no", "deletes": "absence"}


def test_an_empty_list_deletes_nothing() -> None:
    with company(character("books"), character("shop", **FULL)) as one:
        crowd(one)
        one.systems["shop"].troubles.empty_list = True
        result = one.run()
        assert "shop" in result.out
        assert presences(one, "shop") == ["present"] * 6


def test_a_list_of_less_than_half_deletes_nothing() -> None:
    with company(character("books"), character("shop", **FULL)) as one:
        crowd(one)
        for n in range(4):
            one.systems["shop"].remove(str(n + 1))
        assert "shop" in one.run().out
        assert presences(one, "shop") == ["present"] * 6


def test_a_list_that_breaks_off_deletes_nothing_and_keeps_what_came() -> None:
    with company(character("books"), character("shop", **FULL)) as one:
        crowd(one)
        one.systems["shop"].edit("1", last="Bovenkerk")
        for n in range(2, 7):
            one.systems["shop"].edit(str(n), phone=f"061200001{n}")
        one.systems["shop"].troubles.cut_list = True
        assert "shop" in one.run().out
        assert presences(one, "shop") == ["present"] * 6
        one.run()
        assert one.shown("books", "1", "last") == "Bovenkerk"


def test_a_complete_list_is_proof_of_a_deletion() -> None:
    with company(character("books"), character("shop", **FULL)) as one:
        crowd(one)
        one.systems["shop"].remove("1")
        one.run()
        assert presences(one, "shop").count("deleted") == 1
        assert [c.cls for c in one.open_ones()] == ["update-delete"]
        assert one.run().written == 0


def test_who_comes_back_goes_on_where_they_were() -> None:
    with company(character("books"), character("shop", **FULL)) as one:
        crowd(one)
        held = one.systems["shop"].records["1"]
        one.systems["shop"].remove("1")
        one.run()
        one.systems["shop"].records["1"] = held
        one.systems["books"].edit("1", last="Bovenkerk")
        one.run()
        assert one.open_ones() == []
        assert one.shown("shop", "1", "last") == "Bovenkerk"


def test_a_difference_of_notation_is_no_change() -> None:
    with company(character("books"), character("shop")) as one:
        crowd(one)
        before = [c.golden for c in one.customers()]
        one.systems["shop"].edit("1", email="P0@EXAMPLE.ORG", phone="+31 6 12 00 00 01", last=" Achterberg ")
        assert one.run().written == 0
        assert [c.golden for c in one.customers()] == before
        assert one.open_ones() == []


@pytest.mark.parametrize("incremental", ["filter", "no"])
def test_reading_again_is_no_news(incremental: str) -> None:
    with company(character("books"), character("shop", incremental=incremental)) as one:
        crowd(one)
        (report,) = (p for p in one.run().pulls if p.system == "shop")
        assert (report.new, report.changed, report.gone) == (0, 0, 0)


def test_what_cannot_be_read_is_set_aside_and_the_rest_goes_on() -> None:
    with company(character("books"), character("shop", **FULL)) as one:
        crowd(one)
        one.systems["shop"].edit("1", last={"not": "a name"})
        one.systems["shop"].edit("2", last="Bovenkerk")
        result = one.run()
        assert result.quarantined == 1
        assert one.shown("books", "2", "last") == "Bovenkerk"
        assert presences(one, "shop") == ["present"] * 6
        one.systems["shop"].edit("1", last="Achterberg")
        assert one.run().quarantined == 0


def test_a_value_that_cannot_be_right_is_kept_there_and_told() -> None:
    with company(character("books"), character("shop")) as one:
        crowd(one, 1)
        one.systems["shop"].edit("1", iban="NL00INGB0417164300")
        one.run()
        assert one.shown("books", "1", "iban") is None
        assert one.shown("shop", "1", "iban") == "NL00INGB0417164300"
        assert [c.cls for c in one.open_ones()] == ["invalid"]


def test_a_system_that_is_down_does_not_stop_the_others() -> None:
    with company(character("books"), character("shop"), character("crm")) as one:
        crowd(one, 2)
        one.systems["crm"].down = True
        one.systems["books"].edit("1", last="Bovenkerk")
        assert set(one.run().out) == {"crm"}
        assert one.shown("shop", "1", "last") == "Bovenkerk"
        one.calm_down()
        one.run()
        assert one.shown("crm", "1", "last") == "Bovenkerk"


LAGGING = character("shop", incremental="no", entry={"index_lag": "5m"})


def test_a_lagging_list_does_not_turn_our_own_write_back() -> None:
    with company(character("books"), LAGGING) as one:
        crowd(one)
        one.clock.passes(hours=1)
        one.systems["books"].edit("1", last="Bovenkerk")
        one.clock.passes(minutes=1)
        one.run()
        one.clock.passes(minutes=1)
        one.systems["shop"].behind = timedelta(minutes=4)
        result = one.run()
        assert result.out == {}
        assert (one.shown("shop", "1", "last"), one.shown("books", "1", "last")) == ("Bovenkerk", "Bovenkerk")
        assert (result.written, one.open_ones()) == (0, [])


def test_an_edit_that_a_lagging_list_shows_is_read_by_its_id_and_taken() -> None:
    with company(character("books"), LAGGING) as one:
        crowd(one)
        one.clock.passes(minutes=1)
        one.systems["shop"].edit("1", last="Bovenkerk")
        one.run()
        assert one.shown("books", "1", "last") == "Bovenkerk"


def test_a_list_with_an_older_version_is_no_evidence() -> None:
    """Nobody declared that lists lag; the version tells."""
    with company(character("books"), character("shop", incremental="no")) as one:
        crowd(one)
        one.clock.passes(hours=1)
        one.systems["shop"].edit("1", last="Bovenkerk")
        one.run()
        one.clock.passes(minutes=30)
        one.systems["shop"].behind = timedelta(minutes=45)
        result = one.run()
        assert (one.shown("books", "1", "last"), result.written) == ("Bovenkerk", 0)


def test_a_record_that_is_younger_than_a_lagging_list_is_not_gone() -> None:
    made = character("shop", creates="all", entry={"index_lag": "5m"}, **FULL)
    with company(character("books"), made) as one:
        crowd(one)
        one.clock.passes(hours=1)
        one.has("books", email="new@example.org")
        one.run()
        one.clock.passes(minutes=1)
        one.systems["shop"].behind = timedelta(minutes=4)
        one.run()
        assert presences(one, "shop") == ["present"] * 7


def test_a_list_may_show_a_record_twice() -> None:
    with company(character("books"), character("shop")) as one:
        shop = one.systems["shop"]
        in_order = shop._in_order
        shop._in_order = lambda: in_order() * 2  # type: ignore[method-assign]
        crowd(one)
        assert presences(one, "shop") == ["present"] * 6
