"""`conflicts --format xlsx` and `decide --from`: the steward's workbook, out and back."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from rich.console import Console

from flows import decisions, desk
from flows.cli.exits import DONE, PARTLY, UsageError
from flows.cli.only import ALL, Only
from flows.cli.screen import Screen, Shape, table
from flows.hub import Hub, open_hub
from flows.workbook import Filled, Refused, read_workbook, write_workbook
from reconcile import report
from reconcile.decide import NotAnAnswer
from reconcile.state import conflicts
from reconcile.words import Language, number, word


def write(screen: Screen, file: Path | None, limit: int | None, only: Only = ALL) -> int:
    """Every open question that is meant as a row to fill in, in a new workbook. Raises WorkbookError."""
    if file is None:
        raise UsageError(
            "a workbook goes into a file: klantbeeld conflicts --format xlsx --to questions.xlsx"
        )
    with open_hub(screen.folder) as hub:
        rows, say = _rows(hub, only), desk.language(hub)
    write_workbook(file, rows[:limit], say)
    shape = {"open": len(rows), "shown": len(rows[:limit]), "file": str(file)}
    screen.tell(shape, partial(_render_written, say=say))
    return DONE


def answer(screen: Screen, file: Path, why: str) -> int:
    """Carry out what a steward filled in, row by row; a row that does not fit is refused with its reason."""
    done: list[Shape] = []
    with open_hub(screen.folder) as hub:
        say = desk.language(hub)
        read = read_workbook(file, _rows(hub), say)
        refused: list[Shape] = [{"row": one.row, "why": one.why} for one in read if isinstance(one, Refused)]
        for one in read:
            if isinstance(one, Filled):
                _carry_out(hub, one, why, done, refused)
    screen.tell({"decided": done, "refused": refused}, partial(_render_answered, say=say))
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


def _render_written(console: Console, shape: Shape, say: Language) -> None:
    one = "1 question in {file}; fill in choice and by, then:"
    more = "{count} questions in {file}; fill in choice and by, then:"
    console.print(number(shape["shown"], one, more, say, file=shape["file"]))
    console.print(f"klantbeeld decide --from {shape['file']}")


def _render_answered(console: Console, shape: Shape, say: Language) -> None:
    one = "1 answer carried out; the next sync writes what follows"
    more = "{count} answers carried out; the next sync writes what follows"
    console.print(number(len(shape["decided"]), one, more, say))
    if shape["refused"]:
        rows = ((one["row"], one["why"]) for one in shape["refused"])
        console.print(table(word("Refused", say), [word(name, say) for name in ("row#", "why")], rows))
