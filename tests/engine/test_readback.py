"""What is read back after a write: as meant, restyled, edited after us, or perhaps over somebody's edit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from reconcile.state.tables import audit as audit_table
from reconcile.summary import summary_markdown
from tests.engine.company import Company, character, company


def ada_in_both(one: Company) -> None:
    """Ada is known in both systems, and everything is agreed."""
    one.has("books")
    one.has("shop")
    one.run()


def renamed(one: Company) -> None:
    one.systems["books"].edit("1", last="Bovenkerk")


def in_the_window(one: Company, **edit: Any) -> None:
    """Somebody edits the shop's record right before our write arrives."""
    shop = one.systems["shop"]

    def write(change: Any) -> None:
        shop.before_push = None
        shop.edit("1", **edit)

    shop.before_push = write


@pytest.mark.parametrize("answers", [True, False])
def test_an_edit_in_the_window_that_left_a_trace_is_told(answers: bool) -> None:
    shop = character("shop", conditional_write=False, returns_record=answers)
    with company(character("books"), shop) as one:
        ada_in_both(one)
        renamed(one)
        in_the_window(one, last="Coenen")
        result = one.run()
        assert result.pushes["shop"]["possible_overwrites"] == 1
        assert "1 writes may have gone over an edit" in summary_markdown(result.counts())
        with one.hub.store.read() as conn:
            told = [orjson.loads(row.detail) for row in conn.execute(select(audit_table))]
        assert [d["before"] for d in told if d.get("possible_overwrite")] != []


def test_a_write_without_a_trace_is_not_told() -> None:
    with company(character("books"), character("shop", conditional_write=False)) as one:
        ada_in_both(one)
        renamed(one)
        assert one.run().pushes["shop"]["possible_overwrites"] == 0


@pytest.mark.parametrize("answers", [True, False])
def test_an_edit_after_our_write_is_news(answers: bool) -> None:
    """Between our write and the reading back: the version is newer than our own, so it is no restyling."""
    shop = character("shop", conditional_write=False, returns_record=answers)
    with company(character("books"), shop) as one:
        ada_in_both(one)
        renamed(one)
        push = one.systems["shop"].push

        def edited_after(entity: str, changes: Any) -> Any:
            answers = list(push(entity, changes))
            one.systems["shop"].edit("1", last="Coenen")
            return [replace(a, record=None) for a in answers]

        one.systems["shop"].push = edited_after  # type: ignore[method-assign]
        one.run()
        one.systems["shop"].push = push  # type: ignore[method-assign]
        one.run()
        assert (one.shown("books", "1", "last"), one.shown("shop", "1", "last")) == ("Coenen", "Coenen")
        assert one.open_ones() == []


def test_a_restyled_value_is_told_and_neither_rewritten_nor_spread() -> None:
    with company(character("books"), character("shop", restyles="last")) as one:
        ada_in_both(one)
        renamed(one)
        result = one.run()
        assert (one.shown("shop", "1", "last"), one.shown("books", "1", "last")) == (
            "Bovenkerk Hz",
            "Bovenkerk",
        )
        assert [(c.cls, c.field) for c in one.open_ones()] == [("rejected", "family_name")]
        assert result.pushes["shop"]["possible_overwrites"] == 0
        assert one.run().written == 0
