"""What is asked about whole records."""

from __future__ import annotations

from datetime import UTC, datetime

from reconcile.questions import Question, about_records
from reconcile.records import Customer, Record
from reconcile.rulebook import FieldRule, Rulebook, Stamp, SystemTerms
from reconcile.types import build
from reconcile.words import sentence

BOOK = Rulebook({"phone": FieldRule("phone", build("phone", "NL"))}, {"crm": SystemTerms("crm")})
NOON = Stamp(1, datetime(2026, 3, 2, 12, tzinfo=UTC))


def record(rid: int, **more: object) -> Record:
    return Record(rid, "crm", f"K{rid}", "person", {"phone": "+31612345678"}, {}, **more)  # type: ignore[arg-type]


def asked(*records: Record) -> list[Question]:
    return list(about_records(Customer(1, "person", 1, records=records), BOOK, NOON, {}))


def test_three_records_of_one_customer_are_one_question_that_names_all_three():
    (question,) = asked(record(1), record(2, role="secondary"), record(3, role="secondary"))
    assert question.cls == "duplicate in one system"
    assert "3 times (K1, K2 and K3)" in sentence(question.why)
    assert [c.claimants[0][1] for c in question.candidates] == ["K2", "K3"]


def test_two_wrong_values_of_one_system_are_one_question_with_both():
    wrong = {"phone": "has no digits"}
    (question,) = (q for q in asked(record(1, invalid=wrong), record(2, invalid=wrong)) if q.cls == "invalid")
    assert len(question.candidates) == 2


def test_the_last_copy_left_is_no_duplicate():
    assert asked(record(1, presence="deleted"), record(2, role="secondary")) == []
    (question,) = asked(record(1), record(2, role="secondary"))
    assert question.cls == "duplicate in one system"
