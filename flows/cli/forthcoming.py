"""What a waiting plan would ask, beside what is open already."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from flows import waiting
from flows.cli.only import Only
from flows.cli.questions import group_shape, group_table, row_shape, row_table
from flows.cli.screen import Shape
from flows.hub import Hub
from reconcile import report
from reconcile.report import Row
from reconcile.words import Language, word


def look(hub: Hub, only: Only, limit: int | None, group: bool) -> tuple[dict[str, Any] | None, list[Row]]:
    """The questions of the plan that waits, as programs read them (None when none waits), and as rows."""
    found = waiting.waiting(hub)
    if found is None:
        return None, []
    asked = only.of(hub, found.asked)
    shape: dict[str, Any] = {"plan": found.plan, "open": len(asked)}
    if group:
        alike = [group_shape(one, hub) | {"sample": []} for one in report.groups(asked)[:limit]]
        return shape | {"groups": alike}, []
    shown = found.rows(hub, asked)[:limit]
    told = [row_shape(row) | {"id": None} for row in shown]
    return shape | {"shown": len(shown), "conflicts": told}, shown


def render(console: Console, shape: Shape | None, language: Language) -> None:
    """Told only when there is something that the plan would ask."""
    if not shape or not shape["open"]:
        return
    title = word("Plan {plan} waits; when it is applied these {count} questions open", language)
    console.print()
    console.print(title.format(plan=shape["plan"], count=shape["open"]))
    if "groups" in shape:
        console.print(group_table(shape["groups"], "", language))
    else:
        console.print(row_table(shape["conflicts"], language))
        if shape["shown"] < shape["open"]:
            more = word("… and {count} more; --limit 0 shows all", language)
            console.print(more.format(count=shape["open"] - shape["shown"]))
    console.print(f"klantbeeld apply {shape['plan']}")
