"""Open questions as a workbook that a steward fills in, and the answers read back from it."""

from __future__ import annotations

import io
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from adapters import excelbook, excelsheet
from adapters.excelbook import Book
from adapters.excelsheet import Cell
from adapters.excelvalues import CellError, as_text, shown
from adapters.excelzip import BookError
from flows.decisions import Answer
from reconcile.errors import HubError
from reconcile.escape import FORMULA, cell
from reconcile.report import Row
from reconcile.words import Language, word

QUESTIONS, ANSWERS = "questions", "answers"
"""The sheets: what people see, and the lists behind the drop-downs. Headings are in the project's language;
both languages are read."""
OWN = "value"
"""The choice that takes what stands in the column of that name."""
FILLED_IN: Mapping[str, int] = {"choice": 14, OWN: 28, "by": 16}
"""The columns for the steward, with their widths."""
ASKED: Mapping[str, int] = {"id": 7, "severity": 9, "customer": 26, "field": 16}
TOLD: Mapping[str, int] = {"differs": 20, "class": 18, "why": 44, "open since": 11}
HIDDEN = "fingerprint"
SAYS = " says"
SAID_WIDTH = 28


class WorkbookError(HubError):
    """The workbook cannot be written or read; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Filled:
    """One row that a steward filled in."""

    row: int
    by: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Refused:
    """One row whose answer is not taken."""

    row: int
    why: str


def write_workbook(path: Path, rows: Sequence[Row], language: Language = "en") -> None:
    """A new workbook with a line for each question, a drop-down of its answers, and room for a name.

    Readable by its owner only. Raises WorkbookError, also where there is a file already: it may hold answers.
    """
    book = openpyxl.Workbook()
    sheet, lists = book.active, book.create_sheet(ANSWERS)
    sheet.title, lists.sheet_state = word(QUESTIONS, language), "hidden"
    widths = _columns(rows)
    heads = [_heading(name, language) for name in widths]
    for number, texts in enumerate([heads, *(_line(row, widths, language) for row in rows)], start=1):
        for column, text in enumerate(texts, start=1):
            _put(sheet, number, column, text)
    _dress(sheet, widths)
    _offer(sheet, lists, rows, list(widths).index("choice") + 1, language)
    content = io.BytesIO()
    book.save(content)
    _store(path, content.getvalue())


def read_workbook(path: Path, rows: Sequence[Row], language: Language = "en") -> list[Filled | Refused]:
    """Every answer in a workbook of `write_workbook`, or why it is not taken; open rows are left out.

    `rows`: the questions that are open now. Raises WorkbookError where the file cannot be read at all.
    """
    book, sheet = _read(path)
    columns = _header(book, sheet)
    asked = {str(row.id): row for row in rows}
    found: list[Filled | Refused] = []
    for number, line in sheet.rows.items():
        if number == 1:
            continue
        cells = {name: line.cells.get(at) for name, at in columns.items()}
        read = _Line(number, cells, book, language)
        if read.is_open():
            continue
        answer = read.answer(asked)
        if isinstance(answer, Filled):
            del asked[str(answer.answer.conflict)]  # a second answer to it is refused
        found.append(answer)
    return found


def _columns(rows: Sequence[Row]) -> dict[str, int]:
    """Every column with its width: who says what stands in the middle."""
    who = dict.fromkeys(said.who for row in rows for said in row.values)
    ordered = sorted(who, key=lambda name: name != "hub")
    said = dict.fromkeys((f"{name}{SAYS}" for name in ordered), SAID_WIDTH)
    return {**ASKED, **said, **TOLD, **FILLED_IN, HIDDEN: 10}


def _heading(name: str, language: Language) -> str:
    if name.endswith(SAYS):
        return word("{who} says", language).format(who=name.removesuffix(SAYS))
    return word(name, language)


def _line(row: Row, columns: Mapping[str, int], language: Language) -> list[str]:
    told: dict[str, str] = {
        "id": str(row.id),
        "severity": word(row.severity, language),
        "customer": f"{row.name} ({row.customer})",
        "field": row.label,
        "differs": row.differs,
        "class": word(row.cls, language),
        "why": row.why,
        "open since": row.since[:10],
        HIDDEN: row.fingerprint,
    }
    said: dict[str, list[str]] = defaultdict(list)
    for one in row.values:
        since = f" ({word('since {day}', language).format(day=one.since[:10])})" if one.since else ""
        text = one.text or word("(empty)", language)
        said[f"{one.who}{SAYS}"].append(f"{text}{since}" if row.field else one.record)
    told |= {name: " | ".join(texts) for name, texts in said.items()}
    return [told.get(name, "") for name in columns]


def _put(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """A cell of text, whatever it looks like; also after it is saved as CSV it starts no formula."""
    place = sheet.cell(row, column)
    place.number_format = "@"
    if safe := cell(text):
        place.value, place.data_type = safe, "s"


def _dress(sheet: Worksheet, widths: Mapping[str, int]) -> None:
    sheet.freeze_panes = "A2"
    for column, (name, width) in enumerate(widths.items(), start=1):
        drawn = sheet.column_dimensions[get_column_letter(column)]
        drawn.width, drawn.hidden = width, name == HIDDEN
        sheet.cell(1, column).font = Font(bold=True)
        for number in range(2, sheet.max_row + 1):
            place = sheet.cell(number, column)
            place.alignment = Alignment(wrap_text=True, vertical="top")
            if name in FILLED_IN:
                place.fill, place.protection = PatternFill("solid", "FFF8DC"), Protection(locked=False)


def _offer(sheet: Worksheet, lists: Worksheet, rows: Sequence[Row], column: int, language: Language) -> None:
    """Drop-downs: one list of answers for all rows that take the same ones."""
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(rows, start=2):
        alike[_choices(row, language)].append(number)
    for place, (choices, numbers) in enumerate(alike.items(), start=1):
        for at, choice in enumerate(choices, start=1):
            _put(lists, place, at, choice)
        offered = f"{ANSWERS}!$A${place}:${get_column_letter(len(choices))}${place}"
        drop_down = DataValidation(type="list", formula1=offered, allow_blank=True, showErrorMessage=True)
        drop_down.errorTitle = word("No such answer", language)
        drop_down.error = word("Choose one of the list.", language)
        sheet.add_data_validation(drop_down)
        for number in numbers:
            drop_down.add(f"{get_column_letter(column)}{number}")


def _choices(row: Row, language: Language) -> tuple[str, ...]:
    """What may stand in the column: an own value only where the question is about a field."""
    return (*row.answers, word(OWN, language)) if row.field else tuple(row.answers)


def _store(path: Path, content: bytes) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except FileExistsError:
        raise WorkbookError(f"{path} is there already and may hold answers; name another file") from None
    except OSError as error:
        raise WorkbookError(f"{path} cannot be written: {error.strerror}") from error


def _read(path: Path) -> tuple[Book, excelsheet.Sheet]:
    try:
        book = excelbook.book(path.read_bytes())
        dutch = word(QUESTIONS, "nl")
        named = next((name for name in book.sheets if name.casefold() == dutch), QUESTIONS)
        return book, excelsheet.sheet(book.package.read(book.sheet(named)[1]))
    except BookError as error:
        raise WorkbookError(f"{path}: {error}") from None
    except OSError as error:
        raise WorkbookError(f"{path} cannot be read: {error.strerror}") from error


def _header(book: Book, sheet: excelsheet.Sheet) -> dict[str, int]:
    """Where the columns are: people move and add some."""
    first = sheet.rows.get(1)
    heads = {_text(one, book): column for column, one in first.cells.items()} if first else {}
    needed = ("id", *FILLED_IN, HIDDEN)
    named = {name: heads[text] for name in needed for text in (name, word(name, "nl")) if text in heads}
    if missing := [name for name in needed if name not in named]:
        raise WorkbookError(
            f"row 1 of the sheet {QUESTIONS} has no column {', '.join(missing)}; "
            "write the questions to a new workbook"
        )
    return {name: named[name] for name in needed}


def _text(one: Cell | None, book: Book) -> str:
    """What a cell shows. Raises WorkbookError where the file is damaged."""
    try:
        text = as_text(shown(one, book)).strip() if one else ""
    except CellError as error:
        return str(error)
    except BookError as error:
        raise WorkbookError(str(error)) from None
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA else text


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of the sheet as it was filled in."""

    number: int
    cells: Mapping[str, Cell | None]
    book: Book
    language: Language

    def text(self, name: str) -> str:
        return _text(self.cells[name], self.book)

    def is_open(self) -> bool:
        """Nobody answered it."""
        return not any(self.text(name) or self._computed(name) for name in ("choice", OWN))

    def answer(self, asked: Mapping[str, Row]) -> Filled | Refused:
        row = asked.get(self.text("id"))
        if row is None:
            return self._no(self._told("no open question has this id, or it is answered further up"))
        if why := next(self._wrong(row), None):
            return self._no(why)
        choice, own = _meant(row, self.text("choice")), self.text(OWN)
        taken = own if choice == OWN else None
        return Filled(self.number, self.text("by"), Answer(row.id, choice, taken, row.fingerprint))

    def _wrong(self, row: Row) -> Iterator[str]:
        choice, own = self.text("choice"), self.text(OWN)
        if any(map(self._computed, self.cells)):
            yield self._told("a cell holds a formula or an error; type the answer itself")
        if self.text(HIDDEN) != row.fingerprint:
            yield self._told("the question is another since the workbook was written; answer it in a new one")
        if not choice:
            yield self._told("it has a value and no choice; choose {own}, or empty the value")
        elif not _meant(row, choice):
            known = ", ".join(_choices(row, self.language))
            yield self._told("the choice is not one of: {known}").format(known=known)
        elif _meant(row, choice) == OWN and not own:
            yield self._told("the choice is {own} and there is none")
        elif _meant(row, choice) != OWN and own:
            yield self._told("it has a choice and a value; choose {own}, or empty the value")
        if not self.text("by"):
            yield self._told("it lacks the name of who decided, in the column {by}")

    def _told(self, english: str) -> str:
        names = {"own": word(OWN, self.language), "by": word("by", self.language)}
        text = word(english, self.language)
        return text.replace("{own}", names["own"]).replace("{by}", names["by"])

    def _computed(self, name: str) -> bool:
        one = self.cells[name]
        return one is not None and (one.formula or one.sort == "e")

    def _no(self, why: str) -> Refused:
        return Refused(self.number, why)


def _meant(row: Row, choice: str) -> str:
    """The answer as the question spells it, in either language; "" when it takes no such answer."""
    if choice.casefold() == word(OWN, "nl") and choice not in row.answers:
        choice = OWN
    return next((one for one in _choices(row, "en") if one.casefold() == choice.casefold()), "")
