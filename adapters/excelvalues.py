"""What a cell shows, as the payload has it, and what a cell must hold to show something else.

Both ways belong together: a number or a date is written as one only where that reads back as the same text.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from adapters.excelbook import Book, unescaped
from adapters.excelsheet import Cell, New
from adapters.excelzip import BookError

Shown = str | int | bool | None
"""Text, a whole number, a truth value, or an empty cell."""

LONGEST = 32767
"""Characters a cell holds (Excel specifications and limits)."""
_EXACT = 2**53
"""Above it a number in JSON may lose digits, so it becomes text."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?")
_DIGITS = 15
"""Significant digits that Excel keeps of a number."""
_UNWRITABLE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)

Sort = Literal["number", "padded", "date", "time", "moment", "text"]


class CellError(Exception):
    """The cell shows an error such as #N/A, which tells nothing."""


def shown(cell: Cell, book: Book) -> Shown:
    """What the cell shows. Raises CellError, and BookError where the file contradicts itself."""
    sort, raw = cell.sort, cell.raw
    if sort == "s" and raw:
        try:
            return book.strings[int(raw)] or None
        except (IndexError, ValueError):
            raise BookError("a cell names a text that is not there; open it in Excel and save it") from None
    if not raw:
        if is_error(cell):
            raise CellError("a formula without its result")
        return None
    if sort == "n":
        return _number(raw, book.format(cell.style), book.since_1904)
    if sort == "b":
        return raw in ("1", "true")
    if sort == "e":
        raise CellError(raw)
    return _day(raw) if sort == "d" else unescaped(raw)


def is_error(cell: Cell) -> bool:
    """Is there no telling what the cell means: #N/A, or a formula that no program has calculated yet?"""
    return cell.sort == "e" or (cell.formula and not cell.raw and cell.sort == "n")


def written(value: Shown, old: Cell | None, book: Book) -> New | str:
    """What the cell becomes, or why it cannot hold this. It keeps its style and, where it can, its sort."""
    style = old.style if old else 0
    if value is None or value == "":
        return New("", "", style)
    text = old is not None and bool(old.raw) and old.sort in ("s", "inlineStr", "str", "d")
    text = text or sort_of(book.format(style)) == "text"
    if isinstance(value, bool):
        value = str(value).lower() if text else value
    elif old is not None and old.raw and old.sort == "b" and value in ("true", "false"):
        value = value == "true"
    if isinstance(value, bool):
        return New("b", str(int(value)), style)
    if not text and (number := _as_number(value, old, book)) is not None:
        return New("n", number, style)
    if _UNWRITABLE.search(str(value)):
        return "no file can hold one of its characters"
    if len(str(value)) > LONGEST:
        return f"a cell holds {LONGEST} characters"
    return New("inlineStr", _ESCAPED.sub(lambda c: f"_x{ord(c[0]):04X}_", str(value)), style)


def same(one: Shown, other: Shown) -> bool:
    """Do they show the same, whatever their sort?"""
    return as_text(one) == as_text(other)


def as_text(value: Shown) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


@lru_cache(maxsize=1024)
def sort_of(format: str) -> Sort:
    """What numbers in this format are: only the part for positive ones counts, without its literal texts."""
    bare = _QUOTED.sub("", format.split(";")[0]).lower()
    if bare.strip() == "@":
        return "text"
    if re.fullmatch("00+", format):
        return "padded"
    if re.search(r"[#0?]|general|standard", bare.replace(".0", "")):
        return "number"
    days = re.search(r"[dyeg]", bare) or re.fullmatch(r"\W*m+\W*", bare)
    hours = re.search(r"[hs]|am/pm|a/p", bare)
    return "moment" if days and hours else "date" if days else "time" if hours else "number"


def _number(raw: str, format: str, since_1904: bool) -> Shown:
    sort = sort_of(format) if format else "number"
    if sort in ("date", "time", "moment"):
        return _from_serial(raw, sort, since_1904) or _plain(raw)
    plain = _plain(raw)
    if sort == "padded" and isinstance(plain, int):
        return f"{'-' if plain < 0 else ''}{str(abs(plain)).zfill(len(format))}"
    return plain


def _plain(raw: str) -> str | int:
    """A whole number with all its digits; another with those that Excel keeps, without an exponent."""
    if raw.removeprefix("-").isdecimal():
        return _whole(int(raw))
    try:
        number, exact = float(raw), Decimal(raw)
    except (ValueError, ArithmeticError):
        raise BookError("a cell holds a number that is none; open it in Excel and save it") from None
    if number.is_integer():
        return _whole(int(exact))
    kept = format(Decimal(f"{number:.{_DIGITS}g}"), "f")
    kept = kept.rstrip("0").rstrip(".") if "." in kept else kept
    return int(kept) if kept.removeprefix("-").isdecimal() else kept


def _whole(number: int) -> str | int:
    return number if abs(number) < _EXACT else str(number)


def _as_number(value: str | int, old: Cell | None, book: Book) -> str | None:
    """What a cell holds that shows this; None where only text shows exactly this."""
    style = book.format(old.style if old else 0)
    sort = sort_of(style)
    numeric = isinstance(value, int) or (old is not None and bool(old.raw) and old.sort == "n")
    text = str(value)
    if sort in ("date", "time", "moment"):
        candidate = _to_serial(text, sort, book.since_1904)
    elif not numeric or len(re.sub(r"\D", "", text).strip("0")) > _DIGITS:
        return None
    elif sort == "padded":
        candidate = str(int(text)) if re.fullmatch("-?[0-9]+", text, re.ASCII) else None
    else:
        candidate = text if _NUMBER.fullmatch(text) else None
    if candidate is None:
        return None
    reads = _number(candidate, style, book.since_1904)
    return candidate if same(reads, value) else None


def _from_serial(raw: str, sort: Sort, since_1904: bool) -> str | None:
    """A day number as ISO text; None where it is no day.

    Day 1 is 1 January 1900, and day 60 the 29 February that there never was (ECMA-376 part 1, 18.17.4.1); or
    day 0 is 1 January 1904.
    """
    try:
        days, part = divmod(Decimal(raw), 1)
    except ArithmeticError:
        return None
    seconds = round(part * 86400)
    if sort == "time" and days == 0:
        return (datetime.min + timedelta(seconds=seconds % 86400)).time().isoformat()
    if days < 0 or (not since_1904 and days in (0, 60)) or sort == "time":
        return None
    try:
        at = _first(since_1904, int(days)) + timedelta(days=int(days), seconds=seconds)
    except OverflowError:
        return None
    return at.isoformat() if seconds % 86400 else at.date().isoformat()


def _to_serial(text: str, sort: Sort, since_1904: bool) -> str | None:
    try:
        if sort == "time":
            at = time.fromisoformat(text)
            return _days(0, at.hour * 3600 + at.minute * 60 + at.second)
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    if when.tzinfo or when.microsecond:
        return None
    days = (when - _first(since_1904, 61)).days
    if not since_1904 and days < 61:
        days -= 1
    return _days(days, when.hour * 3600 + when.minute * 60 + when.second) if days >= 0 else None


def _first(since_1904: bool, days: int) -> datetime:
    """The day from which so many days count."""
    if since_1904:
        return datetime(1904, 1, 1)
    return datetime(1899, 12, 30) if days > 60 else datetime(1899, 12, 31)


def _days(days: int, seconds: int) -> str:
    return repr(days + seconds / 86400) if seconds else str(days)


def _day(raw: str) -> str:
    """A date that stands in the file as ISO 8601, without a time that is midnight."""
    try:
        at = datetime.fromisoformat(raw.removesuffix("Z"))
    except ValueError:
        return raw
    return (
        at.date().isoformat() if at.time() == time.min and len(raw) > len(str(date.min)) else at.isoformat()
    )
