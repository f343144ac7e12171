"""What a steward answers about consent and addresses, and what a bounce does to a choice between two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from flows import decisions
from reconcile.consent import ConsentEvent, bounced_at
from reconcile.decide import answers
from reconcile.records import Conflict
from reconcile.state import conflicts
from reconcile.words import sentence
from tests.consent.company import DESK, MAIL, SHOP, Company, company

NEW = "berg@example.org"


def asked(one: Company, cls: str = "consent") -> Conflict:
    (found,) = [c for c in one.open_ones() if c.cls == cls]
    return found


def settled(one: Company) -> list[Conflict]:
    with one.hub.store.read() as conn:
        return [c for c in conflicts.list_found(conn, "customer") if c.state == "settled_by_rule"]


@pytest.fixture
def moved() -> Iterator[Company]:
    """Ada opted in at the mailing tool; then the shop gave her another address."""
    with company(MAIL, SHOP, DESK) as one:
        one.has("desk")
        one.has("mail", "yes", proof="double opt-in", since=one.now())
        one.has("shop", "-")
        one.sync()
        one.clock.passes(hours=1)
        one.systems["shop"].edit("1", email=NEW)
        one.sync()
        yield one


def test_yes_ends_the_consent_of_the_old_address_and_gives_it_to_the_new_one(moved: Company) -> None:
    question = asked(moved)
    assert list(answers(question)) == ["yes", "no"]
    assert moved.shown("mail") == "no"
    granted = moved.events()[0]
    moved.answer(question, "yes")
    moved.sync()
    assert moved.closed(question.id) == "decided"
    assert moved.said() == [("mail", "granted"), ("shop", "withdrawn")]
    carried, ended = moved.events(NEW)[-1], moved.events()[-1]
    assert (carried.state, carried.at, carried.proof) == ("granted", granted.at, True)
    assert carried.basis == f"carried from identifier {ended.identifier} by decision 1"
    assert ended.basis == f"moved to identifier {carried.identifier} by decision 1"
    assert moved.shown("mail") == moved.shown("shop") == "yes"
    assert moved.systems["mail"].records["1"].payload["email"] == NEW
    assert moved.open_ones() == [] and moved.sync().written == 0


def test_yes_unsubscribes_the_old_address_where_it_is_still_shown(moved: Company) -> None:
    moved.has("mail", "yes", phone="0612000009", name="Bos")  # another customer with the old address
    moved.answer(asked(moved), "yes")
    moved.sync()
    assert moved.shown("mail", "2") == "no"
    assert moved.shown("mail", "1") == "yes"


def test_no_leaves_the_new_address_without_consent_and_is_not_asked_again(moved: Company) -> None:
    question = asked(moved)
    moved.answer(question, "no")
    moved.sync()
    assert moved.closed(question.id) == "decided"
    assert moved.said() == [("mail", "granted")]
    old = moved.events()[0].identifier
    assert moved.events(NEW)[-1].basis == f"not carried from identifier {old} by decision 1"
    assert moved.shown("mail") == "no"
    assert moved.open_ones() == [] and moved.sync().written == 0


def test_a_yes_to_a_consent_that_was_withdrawn_meanwhile_is_refused(moved: Company) -> None:
    moved.has("mail", "gone", phone="0612000009", name="Bos", since=moved.now())
    moved.sync()
    with pytest.raises(decisions.Moved, match="geen toestemming meer"):
        moved.answer(asked(moved), "yes")
    assert moved.said(NEW) == [("shop", "unknown")]


def test_what_the_person_says_about_the_new_address_goes_before_any_answer(moved: Company) -> None:
    question = asked(moved)
    moved.systems["shop"].edit("1", status="no")
    moved.sync()
    assert moved.open_ones() == [] and moved.closed(question.id) == "withdrawn"


@pytest.fixture
def returned() -> Iterator[Company]:
    """Mail to Ada came back."""
    with company(MAIL, SHOP, DESK) as one:
        for name in one.systems:
            one.has(name)
        one.sync()
        one.clock.passes(hours=1)
        one.systems["mail"].edit("1", status="bounced")
        one.sync()
        yield one


def test_a_bounce_that_was_seen_is_not_asked_about_again_and_holds_nothing(returned: Company) -> None:
    question = asked(returned, "invalid")
    returned.answer(question, "seen")
    assert returned.closed(question.id) == "decided"
    returned.systems["shop"].edit("1", email=NEW)
    returned.sync()
    assert returned.systems["mail"].records["1"].payload["email"] == NEW


def test_a_bounce_that_was_seen_stays_closed(returned: Company) -> None:
    returned.answer(asked(returned, "invalid"), "seen")
    returned.systems["shop"].edit("1", name="Bos")
    returned.sync()
    assert returned.sync().open_conflicts == 1, "the hub wrote there since, so it is asked once more"
    returned.answer(asked(returned, "invalid"), "seen")
    assert returned.sync().open_conflicts == returned.sync().open_conflicts == 0


def test_between_two_addresses_the_one_that_bounced_loses_and_the_reason_says_so(returned: Company) -> None:
    """It bounced for somebody else, in a system that does not show it for this customer at all."""
    returned.has("mail", "bounced", email="dead@example.org", phone="0612000009", name="Bos")
    returned.sync()
    returned.systems["shop"].edit("1", email=NEW)
    returned.systems["desk"].edit("1", email="dead@example.org")
    returned.sync()
    assert {s.records["1"].payload["email"] for s in returned.systems.values()} == {NEW}
    (found,) = settled(returned)
    assert "wins by rule verified: mail to every other address came back" in sentence(found.why)
    assert "post aan elk ander adres kwam terug" in sentence(found.why, "nl")


def test_without_a_bounce_the_same_two_addresses_are_asked_about() -> None:
    with company(MAIL, SHOP, DESK) as one:
        for name in one.systems:
            one.has(name)
        one.sync()
        one.systems["shop"].edit("1", email="third@example.org")
        one.systems["desk"].edit("1", email=NEW)
        one.sync()
        assert [c.field for c in one.open_ones()] == ["email"]


def test_a_bounce_weighs_at_the_first_sync_as_well() -> None:
    with company(MAIL, SHOP) as one:
        one.has("mail", "bounced")
        one.has("shop", email=NEW)
        one.sync()
        assert one.systems["mail"].records["1"].payload["email"] == NEW
        (found,) = settled(one)
        assert found.field == "email"


def event(state: str, day: int, system: str = "mail", proof: bool = False) -> ConsentEvent:
    seen = f"2026-03-{day:02}T12:00:00.000000Z"
    return ConsentEvent(1, "email", "news", state, None, seen, system, "1", proof)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("events", "day"),
    [
        ([], 0),
        ([event("granted", 1)], 0),
        ([event("bounced", 2)], 2),
        ([event("bounced", 2), event("bounced", 5, "club")], 5),
        ([event("bounced", 2), event("granted", 3)], 0),
        ([event("bounced", 2), event("granted", 3, "shop")], 2),
        ([event("bounced", 2), event("granted", 3, "shop", proof=True)], 0),
        ([event("bounced", 2), event("withdrawn", 3)], 2),
        ([event("granted", 1, proof=True), event("bounced", 2)], 2),
    ],
)
def test_a_bounce_stands_until_mail_arrives_again(events: list[ConsentEvent], day: int) -> None:
    at = bounced_at(events)
    assert (int(at[8:10]) if at else 0) == day


def test_what_was_withdrawn_by_hand_closes_the_question_as_decided_when_it_was_seen() -> None:
    with company(MAIL, replace(SHOP, writes="none")) as one:
        one.has("mail", "gone", since=one.now())
        one.has("shop", "yes")
        one.sync()
        question = asked(one)
        assert sentence(question.why).startswith("newsletter is withdrawn in mail, and shop still shows")
        assert sentence(question.why, "nl").startswith("newsletter is ingetrokken in mail, en shop toont")
        one.answer(question, "seen")
        one.sync()
        assert one.closed(question.id) == "decided" and one.open_ones() == []
