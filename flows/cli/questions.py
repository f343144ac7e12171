"""Open questions as programs and as people read them: shapes and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from flows import desk
from flows.cli.screen import Shape, table
from flows.hub import Hub
from reconcile import report
from reconcile.words import Language, word

GROUP_COLUMNS = ("open#", "decided#", "since", "group", "such as")
COLUMNS = ("id", "severity", "class", "customer", "field", "values", "why", "answers")


def rows_shape(rows: Sequence[report.Row], number: int) -> dict[str, Any]:
    """The questions that are shown, of so many."""
    return {"open": number, "shown": len(rows), "conflicts": [row_shape(row) for row in rows]}


def row_shape(row: report.Row) -> dict[str, Any]:
    """A question as programs read it; values as a person sees them, sensitive ones masked."""
    plain = {name: told for name, told in asdict(row).items() if name not in ("cls", "values", "since")}
    values = [said._asdict() for said in row.values]
    return {"id": row.id, "class": row.cls, "open_since": row.since} | plain | {"values": values}


def group_shape(one: report.Group, hub: Hub) -> dict[str, Any]:
    """A group of like questions as programs read it."""
    told = {"group": report.group_title(one, desk.language(hub)), "count": one.count, "decided": one.decided}
    return told | {"since": one.since, "class": one.cls, "field": one.field, "sample": list(one.sample)}


def row_table(conflicts: Sequence[Shape], language: Language) -> Table:
    """Questions, one a line."""
    columns = [word(name, language) for name in COLUMNS]
    return table("", columns, (_line(one, language) for one in conflicts))


def _line(one: Shape, language: Language) -> tuple[object, ...]:
    said = [_said(v, one["field"], language) for v in one["values"]]
    who = f"{one['name']} ({one['customer']})"
    return (
        one["id"],
        word(one["severity"], language),
        word(one["class"], language),
        who,
        one["label"],
        said,
        one["why"],
        " ".join(one["answers"]),
    )


def _said(value: Shape, field: str, language: Language) -> str:
    """One system's value and since when it shows it; of a whole record only the system."""
    since = f", {value['since'][:10]}" if value["since"] else ""
    return f"{value['who']}: {value['text'] or word('(empty)', language)}{since}" if field else value["who"]


def group_table(groups: Sequence[Shape], title: str, language: Language) -> Table:
    """Groups of like questions, one a line."""
    rows = (
        (g["count"], g["decided"], g["since"][:10], g["group"], " ".join(map(str, g["sample"])))
        for g in groups
    )
    return table(title, [word(name, language) for name in GROUP_COLUMNS], rows)
