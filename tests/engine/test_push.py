"""A write on its way: compared, intended, sent, read back and acknowledged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from adapters.errors import Denied
from adapters.memory import Fault
from adapters.protocol import Outcome
from flows import push as pushing
from flows.hub import leased
from flows.replaying import NoSuchLetter, replay
from reconcile.resolve import Base
from reconcile.state import outbox
from reconcile.state.tables import record as record_table
from tests.engine.company import Company, character, company
from tests.engine.systems import iban


def ada_in_both(one: Company) -> None:
    """Ada is known in both systems, and everything is agreed."""
    one.has("books")
    one.has("shop")
    one.run()


def renamed(one: Company, name: str = "Bovenkerk") -> None:
    one.systems["books"].edit("1", last=name)


def test_an_edit_is_written_and_acknowledged() -> None:
    with company(character("books"), character("shop")) as one:
        ada_in_both(one)
        renamed(one)
        assert one.run().written == 1
        assert one.shown("shop", "1", "last") == "Bovenkerk"
        (ada,) = one.customers()
        base = {r.system: r.base["family_name"] for r in ada.records}
        assert base == {"books": Base("Bovenkerk", 2), "shop": Base("Bovenkerk", 2, "Achterberg")}
        assert one.run().written == 0


def test_a_write_sends_only_what_changes() -> None:
    with company(character("books"), character("shop")) as one:
        ada_in_both(one)
        renamed(one)
        one.run()
        assert [dict(c.payload) for c in one.systems["shop"].requests] == [{"last": "Bovenkerk"}]


def test_a_record_that_moved_is_stale_not_overwritten() -> None:
    with company(character("books"), character("shop")) as one:
        ada_in_both(one)
        renamed(one)
        shop = one.systems["shop"]
        fetch = shop.fetch

        def edited_meanwhile(entity: str, ids: Any) -> Any:
            shop.fetch = fetch  # type: ignore[method-assign]
            shop.edit("1", last="Coenen")
            return fetch(entity, ids)

        shop.fetch = edited_meanwhile  # type: ignore[method-assign]
        result = one.run()
        assert result.pushes["shop"]["outcomes"] == {"stale": 1}
        assert one.shown("shop", "1", "last") == "Coenen"
        (asked,) = one.open_ones()
        assert {c.value for c in asked.candidates} == {"Bovenkerk", "Coenen"}


def test_an_edit_in_the_window_is_refused_by_the_version() -> None:
    with company(character("books"), character("shop", conditional_write=True)) as one:
        ada_in_both(one)
        renamed(one)
        shop = one.systems["shop"]

        def edit(change: Any) -> None:
            shop.before_push = None
            shop.edit("1", last="Coenen")

        shop.before_push = edit
        one.run()
        assert one.shown("shop", "1", "last") == "Coenen"
        assert [c.cls for c in one.open_ones()] == ["update-update"]


def test_a_value_that_is_there_already_is_not_sent() -> None:
    with company(character("books"), character("shop")) as one:
        ada_in_both(one)
        renamed(one)
        shop = one.systems["shop"]
        fetch = shop.fetch

        def arrived_meanwhile(entity: str, ids: Any) -> Any:
            shop.fetch = fetch  # type: ignore[method-assign]
            shop.edit("1", last="bovenkerk")
            return fetch(entity, ids)

        shop.fetch = arrived_meanwhile  # type: ignore[method-assign]
        assert one.run().pushes["shop"]["outcomes"] == {"already": 1}
        assert shop.requests == []


def test_being_told_to_wait_is_waiting() -> None:
    """A deferred write keeps its time, also when the same customer is proposed again in the same run."""
    with company(character("books"), character("shop")) as one:
        ada_in_both(one)
        renamed(one)
        shop = one.systems["shop"]
        shop.fail_next("throttled")
        one.run()
        assert len(shop.requests) == 1
        (entry,) = [e for e in one.entries() if e.state == "ready"]
        assert entry.attempts == 0
        one.clock.passes(seconds=5)
        one.run()
        assert one.shown("shop", "1", "last") == "Bovenkerk"


def test_what_waits_keeps_waiting_when_another_system_is_written() -> None:
    with company(character("books"), character("shop"), character("crm")) as one:
        ada_in_both(one)
        one.has("crm")
        one.run()
        renamed(one)
        one.systems["crm"].fail_next("throttled")
        one.run()
        assert one.shown("shop", "1", "last") == "Bovenkerk"
        assert len(one.systems["crm"].requests) == 1


def test_news_is_not_forgotten_while_a_write_waits() -> None:
    with company(character("books"), character("shop")) as one:
        ada_in_both(one)
        renamed(one)
        one.systems["shop"].fail_next("throttled")
        one.run()
        one.systems["shop"].edit("1", phone="0612000009")
        one.run()
        assert one.shown("books", "1", "phone") == "+31612000009"


def test_after_eight_attempts_a_write_is_dead_and_nothing_more_is_sent() -> None:
    with company(character("books"), character("shop")) as one:
        ada_in_both(one)
        renamed(one)
        shop = one.systems["shop"]
        push = shop.push

        def busy(entity: str, changes: Any) -> Any:
            shop.fail_next("throttled")
            return (replace(answer, retry_after=None) for answer in push(entity, changes))

        shop.push = busy  # type: ignore[method-assign]
        for _ in range(14):
            one.run()
            one.clock.passes(hours=4)
        letter = one.entries()[-1]
        assert letter.state == "dead"
        assert len(shop.requests) == 8
        shop.push = push  # type: ignore[method-assign]
        assert one.run().dead == 1
        assert len(shop.requests) == 8, "a dead letter waits for a person"
        assert [e.id for e in replay(one.hub, [letter.id])] == [letter.id]
        assert one.run().dead == 0
        assert [change.key for change in shop.requests[7:]] == [letter.key] * 2
        assert one.shown("shop", "1", "last") == one.shown("books", "1", "last")


def test_a_newer_decision_takes_the_place_of_a_dead_letter_and_other_records_go_on() -> None:
    with company(character("books"), character("shop")) as one:
        ada_in_both(one)
        renamed(one)
        one.systems["shop"].fail_next("throttled")
        one.run()
        with leased(one.hub) as lease, one.hub.store.write(lease) as conn:
            (dead,) = outbox.open_for(conn, [one.customers()[0].id])
            outbox.set_state(conn, [replace(dead, state="dead")])
        one.systems["books"].edit("1", last="Coenenbroekman")
        one.run()
        assert one.shown("shop", "1", "last") == "Coenenbroekman"
        assert [e.state for e in one.entries()][-2:] == ["superseded", "acked"]
        with pytest.raises(NoSuchLetter, match="no dead letter"):
            replay(one.hub, [dead.id])


def test_a_refused_field_does_not_block_the_others() -> None:
    with company(character("books"), character("shop", refuses="3")) as one:
        ada_in_both(one)
        one.systems["books"].edit("1", last="Bovenkerk", phone="0612000003")
        one.run()
        assert one.shown("shop", "1", "last") == "Bovenkerk"
        assert one.shown("shop", "1", "phone") == "0612000001"
        assert [(c.cls, c.field) for c in one.open_ones()] == [("rejected", "phone")]
        sent = len(one.systems["shop"].requests)
        one.run()
        assert len(one.systems["shop"].requests) == sent
        one.systems["books"].edit("1", phone="0612000004")
        one.run()
        assert one.shown("shop", "1", "phone") == "+31612000004"
        assert one.open_ones() == []


def test_a_system_that_shows_more_than_it_declares_is_written_all_the_same() -> None:
    """It holds an old value longer than its mapping says it can: what it showed is what is compared."""
    short = {"family_name": {"path": "last", "length": 6}}
    with company(character("books"), character("shop", fields=short)) as one:
        one.has("books", last="Achterbergen")
        one.has("shop", last="Achterbergen")
        one.run()
        one.systems["books"].edit("1", last="Coenenbroek")
        one.run()
        assert one.shown("shop", "1", "last") == "Coenen"


@pytest.mark.parametrize("answers", [True, False])
def test_a_created_record_is_linked_and_agreed_on(answers: bool) -> None:
    with company(character("books"), character("shop", creates="all", returns_record=answers)) as one:
        one.has("books")
        one.run()
        (ada,) = one.customers()
        assert {r.system for r in ada.records} == {"books", "shop"}
        (made,) = (r for r in ada.records if r.system == "shop")
        assert made.values["family_name"] == "Achterberg"
        assert made.base["family_name"] == Base("Achterberg", 1)
        one.systems["shop"].edit("1", last="Bovenkerk")
        one.run()
        assert one.shown("books", "1", "last") == "Bovenkerk"
        assert one.open_ones() == []


def test_somebody_who_is_there_already_is_adopted_and_keeps_what_differs() -> None:
    """What they show that we did not mean is no agreement: it is asked, not overwritten."""
    with company(character("books"), character("shop", creates="all"), first_sync=[]) as one:
        one.has("books")
        shop = one.systems["shop"]
        search = shop.search

        def entered_meanwhile(entity: str, keys: Any) -> Any:
            shop.search = search  # type: ignore[method-assign]
            one.has("shop", last="Zandstra")
            return search(entity, keys)

        shop.search = entered_meanwhile  # type: ignore[method-assign]
        one.run()
        assert len(shop.records) == 1
        assert one.shown("shop", "1", "last") == "Zandstra"
        assert [(c.field, c.cls) for c in one.open_ones()] == [("family_name", "first-sync difference")]


def test_a_record_that_fits_two_customers_is_given_to_neither() -> None:
    """Two who are not linked show the same e-mail; somebody with it turns up while both are being created."""
    rule = {"name": "same e-mail", "when": ["email"], "unless": ["other_iban"]}
    with company(character("books"), character("shop", creates="all"), link=[rule]) as one:
        one.has("books", iban=iban(1))
        one.has("books", iban=iban(2))
        shop = one.systems["shop"]
        search = shop.search

        def entered_meanwhile(entity: str, keys: Any) -> Any:
            if not shop.records:
                one.has("shop")
            return search(entity, keys)

        shop.search = entered_meanwhile  # type: ignore[method-assign]
        one.run()
        assert len(shop.records) == 1
        assert [e.state for e in one.entries()] == ["rejected", "rejected"]
        assert len({r.id for c in one.customers() for r in c.records}) == 2


def test_a_refused_creation_is_tried_once() -> None:
    with company(character("books"), character("shop", creates="all")) as one:
        one.has("books")
        one.systems["shop"].fail_next(*["rejected"] * 4)  # type: ignore[list-item]
        one.run()
        one.run()
        assert len(one.systems["shop"].requests) == 1


def test_readings_that_grow_old_make_smaller_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system so slow that a batch is old before it is sent is written one record at a time."""
    with company(character("books"), character("shop")) as one:
        for n in range(3):
            one.has("books", email=f"p{n}@example.org")
            one.has("shop", email=f"p{n}@example.org")
        one.run()
        for n in range(3):
            one.systems["books"].edit(str(n + 1), last="Bovenkerk")
        monkeypatch.setattr(pushing, "FRESH", -1.0)
        assert one.run().written == 3


@pytest.mark.parametrize("fault", ["rejected", "timeout", "lost", "throttled", "out"])
def test_one_bad_answer_does_not_stop_the_rest(fault: Fault) -> None:
    with company(character("books"), character("shop"), character("crm")) as one:
        for n in range(3):
            for name in one.systems:
                one.has(name, email=f"p{n}@example.org")
        one.run()
        for n in range(3):
            one.systems["books"].edit(str(n + 1), last="Bovenkerk")
        one.systems["shop"].fail_next(fault)
        one.run()
        assert [one.shown("crm", str(n + 1), "last") for n in range(3)] == ["Bovenkerk"] * 3
        for _ in range(2):
            one.clock.passes(minutes=11)
            one.run()
        left = [one.shown("shop", str(n + 1), "last") for n in range(3)].count("Achterberg")
        assert left == (1 if fault == "rejected" else 0)


def test_a_quota_parks_the_rest_and_goes_on_when_it_is_over() -> None:
    """Three writes, and then no more before six hours have passed: nothing is tried in between."""
    quota = character("shop", fetch_batch=1, write_batch=1, conditional_write=False)
    with company(character("books"), quota, character("crm")) as one:
        for n in range(6):
            for name in one.systems:
                one.has(name, email=f"p{n}@example.org")
        one.run()
        for n in range(6):
            one.systems["books"].edit(str(n + 1), last="Bovenkerk")
        shop = one.systems["shop"]
        push = shop.push

        def capped(entity: str, changes: Any) -> Any:
            for change in changes:
                if len(shop.effects) < 3:
                    yield from push(entity, [change])
                else:
                    shop.requests.append(change)
                    yield Outcome(change.key, "deferred", detail="quota of today", retry_after=6 * 3600)

        shop.push = capped  # type: ignore[method-assign]
        one.run()
        assert (len(shop.effects), len(shop.requests)) == (3, 4)
        assert [one.shown("crm", str(n + 1), "last") for n in range(6)] == ["Bovenkerk"] * 6
        one.clock.passes(hours=1)
        one.run()
        assert len(shop.requests) == 4
        shop.push = push  # type: ignore[method-assign]
        one.clock.passes(hours=6)
        one.run()
        assert [one.shown("shop", str(n + 1), "last") for n in range(6)] == ["Bovenkerk"] * 6
        assert {e.attempts for e in one.entries() if e.system == "shop"} == {1}


def test_refused_credentials_leave_nothing_uncertain() -> None:
    """The system let nobody in, so nothing of what it did not answer was done."""
    with company(character("books"), character("shop", creates="all", searchable=frozenset())) as one:
        one.has("books")

        def refuse(entity: str, changes: Any) -> Any:
            raise Denied("shop: refused with 401")
            yield

        shop = one.systems["shop"]
        push, shop.push = shop.push, refuse  # type: ignore[method-assign]
        assert one.run().pushes["shop"]["outcomes"] == {"deferred": 1}
        shop.push = push  # type: ignore[method-assign]
        one.clock.passes(hours=1)
        one.run()
        assert len(shop.records) == 1


def test_a_record_that_cannot_be_read_is_set_aside_and_not_gone() -> None:
    with company(character("books"), character("shop")) as one:
        ada_in_both(one)
        renamed(one)
        one.systems["shop"].before_fetch = lambda ids: one.systems["shop"].edit("1", street={"no": "text"})
        result = one.run()
        assert result.pushes["shop"]["outcomes"] == {"deferred": 1}
        assert result.quarantined == 1
        assert one.open_ones() == []


def test_what_was_wanted_of_a_record_that_is_linked_anew_is_not_sent() -> None:
    with company(character("books"), character("shop")) as one:
        ada_in_both(one)
        renamed(one)
        one.systems["shop"].fail_next("throttled")
        one.run()
        with leased(one.hub) as lease, one.hub.store.write(lease) as conn:
            conn.execute(update(record_table).where(record_table.c.system == "shop").values(epoch=7))
        one.clock.passes(minutes=5)
        result = one.run()
        assert one.entries()[0].state == "superseded"
        assert result.pushes["shop"]["outcomes"]["superseded"] == 1
        assert one.shown("shop", "1", "last") == "Bovenkerk"
