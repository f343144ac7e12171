"""Many like questions answered in one step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from flows.decisions import Answer, decide_together
from reconcile.decide import NotAnAnswer, answers, group_of
from reconcile.report import grouped
from tests.engine.company import Company, character, company

GROUP = "crm vs shop, phone: first-sync difference"


@contextmanager
def differing(count: int) -> Iterator[Company]:
    """So many people, whose phone number nobody agrees on."""
    with company(character("crm"), character("shop")) as one:
        for number in range(count):
            mail = f"p{number}@example.org"
            one.has("crm", email=mail, phone=f"06{20_000_000 + number}")
            one.has("shop", email=mail, phone=f"06{40_000_000 + number}")
        one.run()
        yield one


def asked(one: Company) -> list[Answer]:
    """The answer "crm" to every question of the group, as it was shown."""
    return [Answer(c.id, "crm", None, c.fingerprint) for c in grouped(one.open_ones())[GROUP]]


def statements(one: Company) -> int:
    """How many statements a group decision takes."""
    said: list[str] = []

    def hear(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    questions = asked(one)
    event.listen(one.hub.store.engine, "before_cursor_execute", hear)
    decide_together(one.hub, questions, "anna")
    event.remove(one.hub.store.engine, "before_cursor_execute", hear)
    return len(said)


def test_the_statements_of_a_group_decision_do_not_grow_with_its_questions():
    with differing(3) as few, differing(60) as many:
        assert statements(few) == statements(many) > 0
        assert few.open_ones() == many.open_ones() == []


def test_the_same_systems_value_is_taken_for_every_customer():
    with differing(5) as one:
        done = decide_together(one.hub, asked(one), "anna")
        assert set(done.done.values()) == {"take the value of crm everywhere"} and done.left == {}
        one.run()
        for number in range(5):
            shown = [r.payload for r in one.systems["shop"].records.values()]
            mine = next(p for p in shown if p["email"] == f"p{number}@example.org")
            assert str(mine["phone"]).replace(" ", "").endswith(str(20_000_000 + number))


def test_a_question_that_moved_is_left_open_and_told_and_the_rest_is_done():
    with differing(4) as one:
        shown = asked(one)
        moved = one.open_ones()[2]
        who = next(
            r for c in one.customers() if c.id == moved.customer for r in c.records if r.system == "shop"
        )
        one.systems["shop"].records[who.id].payload["phone"] = "0633333333"
        one.run()
        said = decide_together(one.hub, shown, "anna")
        assert len(said.done) == 3 and set(said.left) == {moved.id}
        assert "changed since it was shown" in said.left[moved.id]
        assert [c.id for c in one.open_ones()] == [moved.id]


def test_an_answer_that_no_question_of_a_group_takes_changes_nothing():
    with differing(2) as one:
        questions = [Answer(a.conflict, "books") for a in asked(one)]
        with pytest.raises(NotAnAnswer, match="it takes"):
            decide_together(one.hub, questions, "anna")
        assert len(one.open_ones()) == 2


def test_a_system_that_shows_two_values_is_chosen_by_its_record():
    with company(character("crm"), character("shop")) as one:
        first, _ = one.has("crm", phone="0612000001"), one.has("shop", phone="0612000002")
        one.run()
        second = one.has("crm", phone="0612000003")
        one.run()
        one.systems["crm"].records[second].payload["phone"] = "0612000004"
        one.run()
        [question] = [c for c in one.open_ones() if c.field == "phone"]
        assert {f"crm:{first}", f"crm:{second}", "shop"} <= set(answers(question))
        assert "crm" not in answers(question)
        assert group_of(question).startswith("crm vs shop, phone")
