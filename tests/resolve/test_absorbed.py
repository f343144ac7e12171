"""Rows 6 and 7: what one system cuts, renames or leaves out, and another says in full."""

from __future__ import annotations

from reconcile.resolve import Open, Side, Take
from reconcile.values import BLANK
from tests.resolve.aftermath import next_run
from tests.resolve.test_stories import ADDRESS, decide, hub


def test_a_cut_that_a_system_declares_is_absorbed_and_not_written() -> None:
    """Row 6: first sync; a mail tool keeps 10 characters."""
    mail = Side("mail", "Bakkerij d", shows=lambda value: value[:10] if isinstance(value, str) else BLANK)
    sides = (Side("crm", "Bakkerij de Wit"), mail)
    taken = decide(hub(BLANK, 0), *sides)
    assert isinstance(taken, Take) and taken.value == "Bakkerij de Wit"
    _, (_, after) = next_run(hub(BLANK, 0), sides, taken)
    assert after.now == mail.now


def test_without_the_declaration_the_same_cut_is_asked() -> None:
    asked = decide(hub(BLANK, 0), Side("crm", "Bakkerij de Wit"), Side("mail", "Bakkerij d"))
    assert isinstance(asked, Open)


def test_a_gap_is_filled_from_the_fuller_value() -> None:
    """Row 7: first sync; country absent in half of the systems."""
    short, full = ("Dorpsstraat 12", "Utrecht", ""), ("Dorpsstraat 12", "Utrecht", "NL")
    sides = (Side("crm", short), Side("shop", full), Side("books", short))
    taken = decide(hub(BLANK, 0), *sides, kind=ADDRESS)
    assert isinstance(taken, Take) and taken.value == full
    assert all(side.now == full for side in next_run(hub(BLANK, 0), sides, taken)[1])


def test_two_declared_losses_do_not_hide_each_others_values() -> None:
    """Row 6: one system has no word for gold, the other none for premium."""
    crm = Side("crm", "gold", shows=lambda value: {"premium": "gold"}.get(value, value))
    shop = Side("shop", "premium", shows=lambda value: {"gold": "premium"}.get(value, value))
    asked = decide(hub(BLANK, 0), crm, shop, Side("books", "silver"))
    assert isinstance(asked, Open) and asked.values == {"gold", "premium", "silver"}


def test_a_value_is_not_absorbed_by_one_that_is_absorbed_itself() -> None:
    """Row 6: shop has no word for silver and shows bronze, but would show silver plus as it is."""
    shop = Side("shop", "bronze", shows=lambda value: {"silver": "bronze"}.get(value, value))
    mail = Side("mail", "silver", shows=lambda value: {"silver plus": "silver"}.get(value, value))
    asked = decide(hub(BLANK, 0), shop, mail, Side("crm", "silver plus"))
    assert isinstance(asked, Open) and asked.values == {"bronze", "silver", "silver plus"}
