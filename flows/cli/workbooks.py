"""`conflicts --format xlsx` and `decide --from`: the steward's workbook, out and back."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from flows import decisions, desk
from flows.cli.exits import DONE, PARTLY, UsageError
from flows.cli.only import ALL, Only
from flows.cli.screen import Screen, Shape, many, table
from flows.hub import Hub, open_hub
from flows.workbook import Filled, Refused, read_workbook, write_workbook
from reconcile import report
from reconcile.decide import NotAnAnswer
from reconcile.state import conflicts


def write(screen: Screen, file: Path | None, limit: int | None, only: Only = ALL) -> int:
    """Every open question that is meant as a row to fill in, in a new workbook. Raises WorkbookError."""
    if file is None:
        raise UsageError(
            "a workbook goes into a file: klantbeeld conflicts --format xlsx --to questions.xlsx"
        )
    with open_hub(screen.folder) as hub:
        rows = _rows(hub, only)
    write_workbook(file, rows[:limit])
    screen.tell({"open": len(rows), "shown": len(rows[:limit]), "file": str(file)}, _render_written)
    return DONE


def answer(screen: Screen, file: Path, why: str) -> int:
    """Carry out what a steward filled in, row by row; a row that does not fit is refused with its reason."""
    done: list[Shape] = []
    with open_hub(screen.folder) as hub:
        read = read_workbook(file, _rows(hub))
        refused: list[Shape] = [{"row": one.row, "why": one.why} for one in read if isinstance(one, Refused)]
        for one in read:
            if isinstance(one, Filled):
                _carry_out(hub, one, why, done, refused)
    screen.tell({"decided": done, "refused": refused}, _render_answered)
    return PARTLY if refused else DONE


def _carry_out(hub: Hub, one: Filled, why: str, done: list[Shape], refused: list[Shape]) -> None:
    try:
        said = decisions.decide(hub, [one.answer], one.by, why)
    except (decisions.NoSuchConflict, decisions.Moved, NotAnAnswer) as error:
        refused.append({"row": one.row, "why": str(error)})
        return
    told = {"conflict": one.answer.conflict, "choice": one.answer.choice, "by": one.by}
    done.append({"row": one.row, **told, "done": said[one.answer.conflict]})


def _rows(hub: Hub, only: Only = ALL) -> list[report.Row]:
    with hub.store.read() as conn:
        return desk.shown(hub, conn, only.of(hub, conflicts.list_open(conn, hub.entity)))


def _render_written(console: Console, shape: Shape) -> None:
    console.print(f"{many(shape['shown'], 'question')} in {shape['file']}; fill in choice and by, then:")
    console.print(f"klantbeeld decide --from {shape['file']}")


def _render_answered(console: Console, shape: Shape) -> None:
    console.print(f"{many(len(shape['decided']), 'answer')} carried out; the next sync writes what follows")
    if shape["refused"]:
        rows = ((one["row"], one["why"]) for one in shape["refused"])
        console.print(table("Refused", ("row#", "why"), rows))
