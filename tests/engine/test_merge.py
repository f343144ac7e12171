"""What follows for a whole customer from what its records say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconcile.merge import DIFFERENT, LESS, REJECTED, Choice
from reconcile.questions import compare
from reconcile.records import Candidate, Conflict, Hold
from reconcile.resolve import Base
from reconcile.survive import BySystem
from reconcile.values import BLANK, CLEAR, Golden
from tests.engine.customers import agreed, book, customer, decided, golden, record, wanted


def test_who_agrees_is_left_alone() -> None:
    one = customer(
        agreed(1, "a", {"name": "Ada"}), agreed(2, "b", {"name": "Ada"}), golden=golden(name="Ada")
    )
    merged = decided(one, book("a", "b"))
    assert (merged.wants, merged.bases, merged.questions, merged.took) == ({}, {}, [], {})
    assert merged.golden is one.golden


def test_a_lone_edit_is_taken_and_written_to_the_others() -> None:
    edited = record(1, "a", {"name": "Bea"}, {"name": Base("Ada", 1)})
    one = customer(edited, agreed(2, "b", {"name": "Ada"}), golden=golden(name="Ada"))
    merged = decided(one, book("a", "b"))
    assert merged.golden["name"].value == "Bea"
    assert merged.golden["name"].version == 2
    assert wanted(merged) == {2: {"name": "Bea"}}
    assert merged.bases[1]["name"] == Base("Bea", 2)
    assert 2 not in merged.bases


def disagreeing() -> tuple:
    a = record(1, "a", {"name": "Bea"}, {"name": Base("Ada", 1)})
    b = record(2, "b", {"name": "Cia"}, {"name": Base("Ada", 1)})
    return a, b, agreed(3, "c", {"name": "Ada"})


def asked(*values: Golden) -> Conflict:
    """An open question about the name, with these candidates."""
    shown = tuple(Candidate(value, (("", "", None),)) for value in values)
    return Conflict(9, 1, "name", "", "update-update", "medium", "anna", "", shown, "2026-03-01", 6)


def test_two_edits_are_asked_and_nobody_is_written() -> None:
    one = customer(*disagreeing(), golden=golden(name="Ada"))
    merged = decided(one, book("a", "b", "c"))
    assert wanted(merged) == {}
    assert merged.claims == {1: frozenset({"name"}), 2: frozenset({"name"})}
    (question,) = merged.questions
    assert question.cls == "update-update"
    assert {c.value for c in question.candidates} == {"Bea", "Cia"}
    assert merged.bases == {}


def test_left_as_they_are_every_system_keeps_its_own_value() -> None:
    one = customer(*disagreeing(), golden=golden(name="Ada"), conflicts=[asked("Bea", "Cia")])
    merged = decided(one, book("a", "b", "c"), Choice("name", "different"))
    assert wanted(merged) == {}
    assert {(h.system, h.reason) for h in merged.holds} == {("a", DIFFERENT), ("b", DIFFERENT)}
    assert merged.bases[1]["name"] == Base("Bea", 1)


def test_left_as_it_is_again_after_another_edit() -> None:
    """The same words about a newer value are a new decision."""
    a, b, c = disagreeing()
    kept = [Hold("name", "a", DIFFERENT)]
    one = customer(a, b, c, golden=golden(name="Ada"), holds=kept, conflicts=[asked("Bea", "Cia")])
    merged = decided(one, book("a", "b", "c"), Choice("name", "different"))
    assert wanted(merged) == {}


def test_a_difference_that_was_kept_ends_with_a_new_value_there() -> None:
    a = record(1, "a", {"name": "Dee"}, {"name": Base("Bea", 1)})
    one = customer(
        a, agreed(2, "b", {"name": "Ada"}), golden=golden(name="Ada"), holds=[Hold("name", "a", DIFFERENT)]
    )
    merged = decided(one, book("a", "b"))
    assert merged.holds == ()
    assert wanted(merged) == {2: {"name": "Dee"}}


def test_a_stewards_value_goes_everywhere() -> None:
    one = customer(*disagreeing(), golden=golden(name="Ada"), conflicts=[asked("Bea", "Cia")])
    merged = decided(one, book("a", "b", "c"), Choice("name", "value", "Bea", decision=4))
    assert wanted(merged) == {2: {"name": "Bea"}, 3: {"name": "Bea"}}
    assert merged.golden["name"].lineage.how == "decision 4"


def test_a_stewards_wish_to_empty_goes_everywhere() -> None:
    one = customer(*disagreeing(), golden=golden(name="Ada"), conflicts=[asked("Bea", "Cia")])
    merged = decided(one, book("a", "b", "c"), Choice("name", "value", CLEAR))
    assert wanted(merged) == {1: {"name": BLANK}, 2: {"name": BLANK}, 3: {"name": BLANK}}


@pytest.mark.parametrize("how", ["value", "different"])
def test_a_decision_says_nothing_about_an_edit_that_the_steward_did_not_see(how: str) -> None:
    """It was read after the question was shown: it keeps its claim, and is asked about next."""
    a, b, _ = disagreeing()
    late = record(3, "c", {"name": "Dee"}, {"name": Base("Ada", 1)})
    one = customer(a, b, late, golden=golden(name="Ada"), conflicts=[asked("Bea", "Cia")])
    merged = decided(one, book("a", "b", "c"), Choice("name", how, "Bea"))  # type: ignore[arg-type]
    assert 3 not in merged.wants
    assert 3 not in merged.bases
    assert "c" not in {h.system for h in merged.holds}


def lossy() -> tuple:
    blanked = record(1, "a", {"name": BLANK}, {"name": Base("Ada", 1)})
    return blanked, agreed(2, "b", {"name": "Ada"})


def test_a_loss_is_held_there_alone() -> None:
    one = customer(*lossy(), golden=golden(name="Ada"))
    merged = decided(one, book("a", "b"))
    assert wanted(merged) == {}
    assert merged.golden["name"].value == "Ada"
    assert merged.bases[1]["name"] == Base(BLANK, 1, "Ada")
    assert [(h.system, h.reason) for h in merged.holds] == [("a", LESS)]
    assert [(q.system, q.cls) for q in merged.questions] == [("a", "loss")]


@pytest.mark.parametrize(
    ("how", "expected", "held"),
    [("restore", {1: {"name": "Ada"}}, []), ("keep", {}, [DIFFERENT])],
)
def test_a_loss_is_put_back_or_kept_as_the_steward_says(how: str, expected: dict, held: list) -> None:
    a = record(1, "a", {"name": BLANK}, {"name": Base(BLANK, 1, "Ada")})
    one = customer(
        a, agreed(2, "b", {"name": "Ada"}), golden=golden(name="Ada"), holds=[Hold("name", "a", LESS)]
    )
    merged = decided(one, book("a", "b"), Choice("name", how, system="a"))  # type: ignore[arg-type]
    assert wanted(merged) == expected
    assert [h.reason for h in merged.holds] == held


def test_a_loss_stays_held_when_golden_moves_on() -> None:
    a = record(1, "a", {"name": BLANK}, {"name": Base(BLANK, 1, "Ada")})
    b = record(2, "b", {"name": "Bea"}, {"name": Base("Ada", 1)})
    one = customer(a, b, golden=golden(name="Ada"), holds=[Hold("name", "a", LESS)])
    merged = decided(one, book("a", "b"))
    assert merged.golden["name"].value == "Bea"
    assert wanted(merged) == {}
    assert [h.reason for h in merged.holds] == [LESS]


def refused(version: int = 2) -> tuple:
    """b refused version 1 of the name."""
    b = record(2, "b", {"name": "Old"}, {"name": Base("Old", 1)})
    return b, Hold("name", "b", f"{REJECTED}too odd", "version", version=1)


def test_a_refused_value_is_not_sent_again() -> None:
    b, hold = refused()
    one = customer(agreed(1, "a", {"name": "Ada"}), b, golden=golden(name="Ada"), holds=[hold])
    merged = decided(one, book("a", "b"))
    assert wanted(merged) == {}
    assert [q.cls for q in merged.questions] == ["rejected"]


def test_a_refused_field_is_tried_again_when_golden_moves() -> None:
    b, hold = refused()
    edited = record(1, "a", {"name": "Bea"}, {"name": Base("Ada", 1)})
    one = customer(edited, b, golden=golden(name="Ada"), holds=[hold])
    merged = decided(one, book("a", "b"))
    assert wanted(merged) == {2: {"name": "Bea"}}
    assert merged.holds == ()


def test_what_cannot_be_written_is_told_once_and_counts_as_seen() -> None:
    terms = {("b", "name"): {"writable": False}}
    b = record(2, "b", {"name": "Old"}, {"name": Base("Old", 1)})
    one = customer(agreed(1, "a", {"name": "Ada"}, 2), b, golden=golden(2, name="Ada"))
    merged = decided(one, book("a", "b", field_terms=terms))
    assert wanted(merged) == {}
    assert [q.cls for q in merged.questions] == ["read-only"]
    assert merged.bases[2]["name"] == Base("Old", 2)


def test_a_system_without_writes_is_counted_and_left() -> None:
    b = record(2, "b", {"name": "Old"}, {"name": Base("Old", 1)})
    one = customer(agreed(1, "a", {"name": "Ada"}, 2), b, golden=golden(2, name="Ada"))
    merged = decided(one, book("a", "b", of={"b": {"writes": "none"}}))
    assert (wanted(merged), merged.withheld) == ({}, 1)


# ── creates ─────────────────────────────────────────────────────────────────────────────────────────

MAKING = {"b": {"creates": "all"}}


def test_a_system_that_may_be_given_customers_gets_this_one() -> None:
    one = customer(agreed(1, "a", {"name": "Ada"}), golden=golden(name="Ada"))
    assert decided(one, book("a", "b", of=MAKING)).creates == {"b": {"name": "Ada"}}


def test_a_refused_creation_is_not_repeated() -> None:
    hold = Hold("", "b", f"{REJECTED}nobody knows whether it was created")
    one = customer(agreed(1, "a", {"name": "Ada"}), golden=golden(name="Ada"), holds=[hold])
    assert decided(one, book("a", "b", of=MAKING)).creates == {}


def test_a_customer_that_is_gone_everywhere_is_not_made_elsewhere() -> None:
    gone = agreed(1, "a", {"name": "Ada"}, presence="deleted")
    one = customer(gone, golden=golden(name="Ada"))
    assert decided(one, book("a", "b", of=MAKING)).creates == {}


def test_a_deleted_record_is_not_made_again() -> None:
    gone = agreed(2, "b", {"name": "Ada"}, presence="deleted")
    one = customer(agreed(1, "a", {"name": "Ada"}), gone, golden=golden(name="Ada"))
    merged = decided(one, book("a", "b", of=MAKING))
    assert merged.creates == {}
    assert [q.cls for q in merged.questions] == ["update-delete"]


def test_a_customer_waits_for_what_is_required() -> None:
    one = customer(agreed(1, "a", {"name": BLANK, "mail": "x"}), golden=golden(mail="x"))
    rules = book("a", "b", fields=("name", "mail"), of=MAKING, required=("name",))
    assert decided(one, rules).creates == {}


# ── two records in one system ───────────────────────────────────────────────────────────────────────


def test_a_copy_is_never_written_and_its_edit_is_asked() -> None:
    copy = record(2, "a", {"name": "Bea"}, {"name": Base("Ada", 1)}, role="secondary")
    one = customer(agreed(1, "a", {"name": "Ada"}), copy, golden=golden(name="Ada"))
    merged = decided(one, book("a"))
    assert wanted(merged) == {}
    assert merged.golden["name"].value == "Ada"
    assert {q.cls for q in merged.questions} == {"duplicate in one system"}


def test_the_copy_that_is_left_takes_the_place_of_the_first() -> None:
    """The duplicates were merged at the source: what is left there is that system's record."""
    first = agreed(1, "a", {"name": "Ada"}, presence="deleted")
    left = record(2, "a", {"name": "Bea"}, {"name": Base("Ada", 1)}, role="secondary")
    one = customer(first, left, agreed(3, "b", {"name": "Ada"}), golden=golden(name="Ada"))
    merged = decided(one, book("a", "b"))
    assert merged.golden["name"].value == "Bea"
    assert wanted(merged) == {3: {"name": "Bea"}}


def test_a_first_record_that_comes_back_is_not_written_beside_the_second() -> None:
    second = agreed(2, "a", {"name": "Ada"})
    back = record(5, "a", {"name": "Old"}, {"name": Base("Old", 1)})
    one = customer(second, back, golden=golden(name="Ada"))
    assert wanted(decided(one, book("a"))) == {}


# ── the short ways ──────────────────────────────────────────────────────────────────────────────────


def test_the_first_reading_of_a_copy_says_nothing() -> None:
    copy = record(2, "a", {"name": "Bea"}, role="secondary")
    one = customer(record(1, "a", {"name": "Ada"}), copy)
    merged = decided(one, book("a"))
    assert merged.golden["name"].value == "Ada"
    assert wanted(merged) == {}


def test_a_pending_record_says_nothing_and_is_not_written() -> None:
    pending = record(1, "a", {"name": "Bea"}, {"name": Base("Ada", 1)}, pending=True)
    one = customer(pending, agreed(2, "b", {"name": "Ada"}), golden=golden(name="Ada"))
    merged = decided(one, book("a", "b"))
    assert merged.golden["name"].value == "Ada"
    assert wanted(merged) == {}


def test_a_claimant_that_cannot_be_read_keeps_the_conflict_open() -> None:
    a, b, c = disagreeing()
    a = replace(a, claims=frozenset({"name"}), pending=True)
    b = replace(b, values={"name": "Ada"}, claims=frozenset({"name"}))
    merged = decided(customer(a, b, c, golden=golden(name="Ada")), book("a", "b", "c"))
    assert [q.state for q in merged.questions] == ["open"]


def copies(first: dict, copy: dict) -> tuple:
    """One customer twice in a, once in b: (the first of a, its copy, b)."""
    before = {"name": Base("Ada", 1)}
    return (
        record(1, "a", first, before),
        record(2, "a", copy, before, role="secondary"),
        agreed(3, "b", {"name": "Ada"}),
    )


def test_a_copy_that_shows_golden_does_not_end_the_hold_of_the_first() -> None:
    one = customer(*copies({"name": BLANK}, {"name": "Ada"}), golden=golden(name="Ada"))
    merged = decided(one, book("a", "b"))
    assert [(h.system, h.reason) for h in merged.holds] == [("a", LESS)]


def test_what_a_copy_lost_does_not_keep_the_first_from_being_written() -> None:
    first, copy, b = copies({"name": "Ada"}, {"name": BLANK})
    b = record(3, "b", {"name": "Bea"}, {"name": Base("Ada", 1)})
    merged = decided(customer(first, copy, b, golden=golden(name="Ada")), book("a", "b"))
    assert wanted(merged) == {1: {"name": "Bea"}}
    assert merged.holds == ()


def test_a_conflict_that_a_rule_settles_keeps_the_last_word_of_everybody() -> None:
    """Somebody spoke in the very run that settled it: what they said is among the candidates."""
    rules = book("a", "b", "c", chain=(BySystem(("b",)),))
    one = customer(*disagreeing(), golden=golden(name="Ada"), conflicts=[asked("Old", "Cia")])
    merged = decided(one, rules)
    _, changed, ended = compare(one, merged.questions, merged.closing)
    assert [state for _, state in ended] == ["settled_by_rule"]
    ((_, question),) = changed
    assert {c.value for c in question.candidates} == {"Bea", "Cia"}
