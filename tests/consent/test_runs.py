"""Consent through whole runs of the hub: what is sent, what is not, and what a person is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows import steps
from reconcile.consent import field_name
from reconcile.words import sentence
from tests.consent.company import DESK, MAIL, SHOP, Company, Place, company


def with_consent(one: Company) -> None:
    """Ada opted in at the mailing tool, with proof; the shop has her too."""
    one.has("mail", "yes", proof="double opt-in", since=one.now())
    one.has("shop", "-")
    one.sync()


def withdraw(one: Company, system: str, **more: object) -> None:
    one.clock.passes(hours=1)
    one.systems[system].edit("1", status="no" if system == "shop" else "gone", since=one.now(), **more)


def test_a_proved_grant_is_spread_by_the_ordinary_plan() -> None:
    with company(MAIL, SHOP) as one:
        with_consent(one)
        assert (one.shown("mail"), one.shown("shop")) == ("yes", "yes")
        assert one.said() == [("mail", "granted")]
        assert one.sync().written == 0


def test_an_unproved_grant_stays_where_it_was_given() -> None:
    with company(MAIL, SHOP) as one:
        one.has("shop", "yes")
        one.has("mail")
        one.sync()
        assert (one.shown("mail"), one.shown("shop")) == (None, "yes")
        (line,) = one.lines()
        assert (line.status.state, line.status.spreadable) == ("granted", False)


@pytest.mark.parametrize("system", ["mail", "shop"])
def test_a_withdrawal_reaches_the_others_in_the_same_sync(system: str) -> None:
    with company(MAIL, SHOP) as one:
        with_consent(one)
        withdraw(one, system)
        assert one.sync().withdrawals == {"mail" if system == "shop" else "shop": 1}
        assert "yes" not in (one.shown("mail"), one.shown("shop"))
        assert one.sync().written == 0
        (line,) = one.lines()
        assert line.status.against


def test_a_withdrawal_passes_a_guard_that_stops_everything_else() -> None:
    with company(MAIL, SHOP, guards=(0, 0)) as one:
        with_consent(one)
        withdraw(one, "shop", name="Bovenkerk")
        result = one.sync(approve=False)
        assert result.state == "stopped" and result.withdrawals == {"mail": 1}
        assert one.shown("mail") == "no"
        assert one.systems["mail"].records["1"].payload["name"] == "Berg"


def test_a_withdrawal_waits_for_no_approval_and_no_first_sync() -> None:
    with company(replace(MAIL, writes="ask"), SHOP) as one:
        one.has("mail", "yes", proof="x", since=one.now())
        one.clock.passes(hours=1)
        one.has("shop", "no")
        result = one.sync(approve=False)
        assert one.shown("mail") == "no" and result.withdrawals == {"mail": 1}
        one.systems["shop"].edit("1", name="Bovenkerk")
        held = one.sync(approve=False)
        assert held.state == "stopped", "the first sync of these systems still waits for a person"


def test_a_withdrawal_reaches_records_in_conflict_and_copies_and_those_that_are_nobodys() -> None:
    with company(MAIL, SHOP) as one:
        with_consent(one)
        one.systems["mail"].edit("1", name="Aa")
        one.systems["shop"].edit("1", name="Bovenkerk")
        one.has("mail", "yes", phone=None)  # the same address, another customer
        one.has("mail", "asked", name="Copy")  # a second record of Ada
        one.sync()
        assert any(c.field == "family_name" for c in one.open_ones())
        withdraw(one, "shop")
        one.sync()
        assert {one.shown("mail", id) for id in ("1", "2", "3")} == {"no"}


def test_a_plan_run_sends_no_withdrawal() -> None:
    with company(MAIL, SHOP) as one:
        with_consent(one)
        withdraw(one, "shop")
        steps.sync(one.hub, steps.Plainly(), dry_run=True)
        assert one.shown("mail") == "yes"
        one.sync()
        assert one.shown("mail") == "no"


def test_a_form_that_posts_yes_again_without_proof_is_an_event_and_nothing_more() -> None:
    with company(MAIL, SHOP) as one:
        one.has("mail", "gone", since=one.now())
        one.has("shop", "no")
        one.sync()
        one.clock.passes(hours=1)
        one.systems["shop"].edit("1", status="yes")
        one.sync()
        assert one.said()[-1] == ("shop", "granted")
        assert (one.shown("mail"), one.shown("shop")) == ("gone", "no")


def test_a_newer_proved_grant_ends_a_withdrawal() -> None:
    with company(MAIL, SHOP) as one:
        with_consent(one)
        withdraw(one, "shop")
        one.sync()
        one.clock.passes(hours=1)
        one.systems["mail"].edit("1", status="yes", since=one.now(), proof="again")
        one.sync()
        assert (one.shown("mail"), one.shown("shop")) == ("yes", "yes")


def test_a_blank_and_a_record_that_is_gone_say_nothing() -> None:
    with company(MAIL, SHOP) as one:
        with_consent(one)
        one.systems["shop"].edit("1", status=None)
        one.sync()
        assert one.said() == [("mail", "granted")]
        one.systems["mail"].remove("1")
        one.sync()
        assert one.said() == [("mail", "granted")]


def test_a_new_address_starts_unknown_and_a_person_is_asked() -> None:
    with company(MAIL, SHOP) as one:
        with_consent(one)
        one.clock.passes(hours=1)
        one.systems["shop"].edit("1", email="berg@example.org")
        one.sync()
        assert one.systems["mail"].records["1"].payload["email"] == "berg@example.org"
        assert one.shown("mail") == "no", "the hub must not put a yes beside the new address"
        assert one.said("berg@example.org") == [("shop", "unknown")]
        (asked,) = [c for c in one.open_ones() if c.cls == "consent"]
        assert (asked.field, asked.system, asked.severity) == ("email", "shop", "high")
        assert "berg@" not in asked.why
        assert one.sync().written == 0


def test_a_new_address_from_an_owner_carries_the_consent_where_the_policy_says_so() -> None:
    with company(MAIL, SHOP, DESK, on_change="carry", editors="desk") as one:
        one.has("desk")
        with_consent(one)
        one.clock.passes(hours=1)
        one.systems["desk"].edit("1", email="berg@example.org")
        one.sync()
        one.sync()
        assert one.said() == [("mail", "granted"), ("desk", "withdrawn")]
        (carried,) = one.events("berg@example.org")
        assert (carried.state, carried.proof, carried.basis) == ("granted", True, "carried from identifier 1")
        assert {one.systems[s].records["1"].payload["email"] for s in ("mail", "shop")} == {
            "berg@example.org"
        }
        assert (one.shown("mail"), one.shown("shop")) == ("yes", "yes")


def test_a_new_address_from_anybody_else_carries_nothing() -> None:
    with company(MAIL, SHOP, DESK, on_change="carry", editors="desk") as one:
        one.has("desk")
        with_consent(one)
        one.systems["shop"].edit("1", email="berg@example.org")
        one.sync()
        assert ("shop", "granted") not in one.said("berg@example.org")
        assert one.said() == [("mail", "granted")]


def test_no_new_address_is_put_beside_a_yes_that_cannot_be_taken_away() -> None:
    with company(MAIL, replace(SHOP, consent="fixed")) as one:
        one.has("mail")
        one.has("shop", "yes")
        one.sync()
        one.systems["mail"].edit("1", email="berg@example.org", name="Bovenkerk")
        one.sync()
        shop = one.systems["shop"].records["1"].payload
        assert (shop["email"], shop["name"]) == ("ada@example.org", "Bovenkerk")
        (asked,) = [c for c in one.open_ones() if c.system == "shop"]
        assert asked.cls == "consent" and "change both there" in sentence(asked.why)
        assert one.sync().written == 0


def test_a_record_that_the_hub_makes_starts_with_no_unless_a_grant_is_proved() -> None:
    for proof, shown in (("double opt-in", "yes"), ("", "no")):
        with company(MAIL, replace(SHOP, creates="all")) as one:
            one.has("mail", "yes", proof=proof, since=one.now())
            one.sync()
            assert one.shown("shop") == shown
            assert one.said() == [("mail", "granted")]
            assert one.sync().written == 0


def test_where_nothing_may_be_written_a_person_is_asked_to_unsubscribe() -> None:
    for place, refuses in ((replace(SHOP, writes="none"), False), (SHOP, True)):
        with company(MAIL, place) as one:
            one.has("mail", "yes", proof="x", since=one.now())
            one.has("shop", "yes")
            one.sync()
            one.systems["shop"].refuses = lambda payload, no=refuses: "locked" if no else None  # type: ignore[misc]
            withdraw(one, "mail")
            one.sync()
            assert one.shown("shop") == "yes"
            (asked,) = [c for c in one.open_ones() if c.cls == "consent"]
            assert asked.system == "shop" and "unsubscribe there" in sentence(asked.why)
            sent = len(one.systems["shop"].requests)
            one.sync()
            assert len(one.systems["shop"].requests) == sent, "a refused denial is not sent again and again"
            one.systems["shop"].edit("1", status="no")
            one.sync()
            assert not [c for c in one.open_ones() if c.cls == "consent"]


def test_mail_that_bounced_is_a_question_about_the_address() -> None:
    with company(MAIL, SHOP) as one:
        with_consent(one)
        one.systems["mail"].edit("1", status="bounced")
        one.sync()
        (asked,) = one.open_ones()
        assert (asked.cls, asked.field, asked.system) == ("invalid", "email", "mail")
        assert one.said()[-1] == ("mail", "bounced")


@pytest.mark.parametrize("fault", ["timeout", "lost", "throttled", "out"])
def test_a_withdrawal_survives_a_fault_and_makes_no_event_of_its_own(fault: str) -> None:
    with company(MAIL, SHOP) as one:
        with_consent(one)
        withdraw(one, "shop")
        one.systems["mail"].fail_next(fault)  # type: ignore[arg-type]
        for _ in range(3):
            one.sync()
            one.clock.passes(minutes=11)
        assert one.shown("mail") == "no"
        assert one.said() == [("mail", "granted"), ("shop", "denied")]
        assert one.sync().written == 0


def test_a_consent_that_is_mapped_later_is_heard_from_records_that_nobody_touched() -> None:
    with company(MAIL, replace(SHOP, consent="")) as one:
        one.has("mail", "yes", proof="x", since=one.now())
        one.clock.passes(hours=1)
        one.has("shop", "no")
        one.sync()
        assert one.said() == [("mail", "granted")]
        with company(MAIL, SHOP) as mapped:
            hub, theirs = one.hub, mapped.hub
            one.hub = replace(
                theirs, adapters=hub.adapters, store=hub.store, clock=hub.clock, mappings=theirs.mappings
            )
            one.sync()
            assert one.said() == [("mail", "granted"), ("shop", "denied")]
            assert one.shown("mail") == "no"
            assert one.sync().written == 0


def test_an_event_that_was_tampered_with_is_found() -> None:
    with company(MAIL, SHOP) as one:
        with_consent(one)
        withdraw(one, "shop")
        one.sync()
        with one.hub.store.engine.begin() as conn:
            conn.exec_driver_sql("update consent_event set state = 'granted' where seq = 2")
        with pytest.raises(AssertionError):
            one.events()


def test_consent_is_no_field_of_the_golden_record() -> None:
    with company(MAIL, SHOP) as one:
        with_consent(one)
        (ada,) = one.customers()
        assert field_name("newsletter") not in ada.golden
        assert all(field_name("newsletter") not in record.base for record in ada.records)


def test_a_hint_of_a_withdrawal_ends_consent_everywhere_while_a_plan_waits() -> None:
    with company(MAIL, SHOP, Place("books", writes="ask", consent="")) as one:
        for system in one.systems:
            one.has(system, "yes", since=one.now(), proof="double")
        one.sync()
        one.systems["shop"].edit("1", name="Bovenkerk")
        assert one.sync(approve=False).hits
        one.clock.passes(minutes=1)
        one.systems["mail"].edit("1", status="gone", since=one.now())
        result = steps.sync_some(one.hub, steps.Plainly(), {"mail": ["1"]})
        assert (result.withdrawals, result.state) == ({"shop": 1}, "stopped")
        assert one.shown("shop") == "no"
        assert one.systems["books"].records["1"].payload["name"] == "Berg"
