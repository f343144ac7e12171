"""What a steward answers is what happens: every answer of every question, on a real hub."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flows import decisions
from reconcile.decide import NotAnAnswer, answers
from reconcile.state import audit
from tests.engine.company import Company, character, company


def named(one: Company) -> tuple[str, str]:
    return one.shown("books", "1", "last"), one.shown("shop", "1", "last")


@pytest.fixture
def torn() -> Iterator[Company]:
    """Ada's name was changed in the books and, differently, in the shop."""
    with company(character("books"), character("shop")) as one:
        one.has("books")
        one.has("shop")
        one.run()
        one.systems["books"].edit("1", last="Bovenkerk")
        one.systems["shop"].edit("1", last="Coenen")
        one.run()
        yield one


@pytest.mark.parametrize(
    ("answer", "value", "shown"),
    [
        ("books", None, ("Bovenkerk", "Bovenkerk")),
        ("shop", None, ("Coenen", "Coenen")),
        ("value", "Donker", ("Donker", "Donker")),
        ("clear", None, (None, None)),
        ("different", None, ("Bovenkerk", "Coenen")),
    ],
)
def test_a_disagreement_ends_as_it_is_decided(torn: Company, answer: str, value: str, shown: tuple) -> None:
    (asked,) = torn.open_ones()
    torn.answer(asked, answer, value)
    torn.run()
    assert tuple(name or None for name in named(torn)) == shown
    assert torn.open_ones() == []
    assert torn.run().written == 0


def test_every_answer_that_is_offered_is_taken(torn: Company) -> None:
    (asked,) = torn.open_ones()
    assert set(answers(asked)) == {"books", "shop", "clear", "different"}


def test_what_is_kept_different_is_overruled_by_the_next_edit(torn: Company) -> None:
    torn.answer(torn.open_ones()[0], "different")
    torn.run()
    torn.systems["shop"].edit("1", last="Eekhout")
    torn.run()
    assert torn.shown("shop", "1", "last") == "Eekhout"


def test_an_unknown_answer_names_the_known_ones(torn: Company) -> None:
    with pytest.raises(NotAnAnswer, match="books"):
        torn.answer(torn.open_ones()[0], "mail")
    assert len(torn.open_ones()) == 1


def test_a_question_that_moved_is_shown_again(torn: Company) -> None:
    (asked,) = torn.open_ones()
    torn.systems["shop"].edit("1", last="Donker")
    torn.run()
    with pytest.raises(decisions.Moved):
        torn.answer(asked, "books")
    assert [c.id for c in torn.open_ones()] == [asked.id]


def test_a_question_is_answered_once(torn: Company) -> None:
    (asked,) = torn.open_ones()
    torn.answer(asked, "books")
    torn.run()
    with pytest.raises(decisions.NoSuchConflict):
        torn.answer(asked, "shop")


def test_a_decision_is_written_down(torn: Company) -> None:
    torn.answer(torn.open_ones()[0], "books")
    with torn.hub.store.read() as conn:
        assert "decision" in {one.event.what for one in audit.events(conn)}
        assert audit.verify(conn) is None


def test_an_edit_that_the_steward_did_not_see_is_not_overwritten(torn: Company) -> None:
    """It was read by a run that died before it decided anything; the question shows older values."""
    (asked,) = torn.open_ones()
    torn.systems["shop"].edit("1", last="Donker")
    torn.store.kill_at = torn.store.writes + 5
    assert torn.sync() is None
    torn.answer(asked, "books")
    torn.run()
    assert torn.shown("shop", "1", "last") == "Donker"
    (again,) = torn.open_ones()
    assert {c.value for c in again.candidates} == {"Bovenkerk", "Donker"}


@pytest.fixture
def emptied() -> Iterator[Company]:
    """The shop lost Ada's name."""
    with company(character("books"), character("shop"), character("crm")) as one:
        for name in one.systems:
            one.has(name)
        one.run()
        one.systems["shop"].edit("1", last="")
        one.run()
        yield one


@pytest.mark.parametrize(
    ("answer", "shown"),
    [("restore", ("Achterberg", "Achterberg")), ("keep", ("Achterberg", "")), ("clear", ("", ""))],
)
def test_a_loss_ends_as_it_is_decided(emptied: Company, answer: str, shown: tuple[str, str]) -> None:
    (asked,) = emptied.open_ones()
    assert asked.cls == "loss"
    assert set(answers(asked)) == {"restore", "keep", "clear"}
    emptied.answer(asked, answer)
    emptied.run()
    assert tuple(name or "" for name in named(emptied)) == shown
    assert emptied.open_ones() == []
    assert emptied.run().written == 0


def test_what_was_seen_is_not_asked_again() -> None:
    with company(character("books"), character("shop")) as one:
        one.has("books")
        one.has("shop")
        one.has("shop")
        one.run()
        (asked,) = one.open_ones()
        assert set(answers(asked)) == {"seen"}
        one.answer(asked, "seen")
        one.run()
        assert one.open_ones() == []
