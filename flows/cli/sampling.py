"""`init --from`: what was made out of people's own files, column by column."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from config.sampling import Drafted, draft_project
from config.sampling.column import Column
from config.sampling.draft import SystemDraft
from config.sampling.render import percent
from flows.cli.exits import DONE
from flows.cli.screen import Screen, Shape, many, table


def draft(screen: Screen, folder: Path, sources: Sequence[str]) -> int:
    """Draft a project from files, databases and addresses; they are only read. Raises HubError."""
    screen.tell(_shape(folder, draft_project(folder, sources, os.environ)), _render)
    return DONE


def _shape(folder: Path, made: Drafted) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "files": [path.relative_to(folder).as_posix() for path in made.files],
        "systems": [_system(system) for system in made.project.systems],
        "skipped": [{"from": name, "why": why} for name, why in made.project.skipped],
        "set": list(made.variables),
    }


def _system(system: SystemDraft) -> dict[str, Any]:
    known = system.key.profile
    return {
        "system": system.name,
        "kind": system.table.kind,
        "from": system.table.origin,
        "rows": system.table.rows,
        "sampled": known.filled + known.blanks,
        "unread": system.table.unread,
        "key": system.key.name,
        "modified": system.modified.name if system.modified else None,
        "columns": [_column(column) for column in system.columns],
    }


def _column(column: Column) -> dict[str, Any]:
    known = column.profile
    return {
        "column": column.name,
        "field": column.field,
        "part": column.part,
        "role": column.role,
        "type": known.type if column.field else "",
        "valid": round(known.valid, 4) if column.field else None,
        "blanks": known.blanks,
        "note": column.note or ("; ".join(known.reasons) if _doubtful(column) else ""),
    }


def _doubtful(column: Column) -> bool:
    return bool(column.profile.reasons) and column.profile.reasons[0] != "the header says so"


def _render(console: Console, made: Shape) -> None:
    for system in made["systems"]:
        rows = many(system["rows"], "row")
        looked = "" if system["sampled"] == system["rows"] else f", {system['sampled']} of them looked at"
        unread = f", {system['unread']} that cannot be read" if system["unread"] else ""
        console.print(f"{system['from']} is {system['system']}: {rows}{looked}{unread}")
        columns = ("column", "field", "type", "% valid#", "blanks#", "note")
        console.print(table("", columns, (_row(column) for column in system["columns"])))
        console.print()
    for one in made["skipped"]:
        console.print(f"left out {one['from']}: {one['why']}")
    console.print("\n".join(_next(made)))


def _row(column: Shape) -> tuple[str, ...]:
    field = ".".join(filter(None, (column["field"], column["part"]))) or column["role"] or "-"
    valid = "" if column["valid"] is None else percent(column["valid"])
    return column["column"], field, column["type"], valid, str(column["blanks"]), column["note"]


def _next(made: Shape) -> Iterator[str]:
    yield f"{made['folder']} is a project now, and passes its check; it writes to no system."
    for name in made["set"]:
        yield f"First: export {name}=... (the address with its password, which stands in no file)"
    yield f"Next: klantbeeld sync --project {made['folder']}, then klantbeeld conflicts"
