"""CSV as bytes and back, such that what is not touched stays byte for byte what it was.

Quoting follows RFC 4180; the delimiters , ; tab and | are known, and Excel's first line `sep=;`.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

DELIMITERS = ",;\t|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_RAW_CELL = r'(?:"(?:[^"]|"")*"|[^"%s][^%s]*|)'


class FormatError(Exception):
    """The bytes are no table; the text says what was found and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file, or one stretch of it that is none."""

    line: int
    """Where it begins, counted from 1."""
    text: str
    """As it stands there, with its line end."""
    cells: tuple[str, ...] = ()
    """None in a blank line, or where there is a problem with the quotes."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole file."""

    encoding: str
    mark: bytes
    """The byte order mark it began with, or nothing."""
    delimiter: str
    line_end: str
    preamble: str
    """Everything up to and including the header."""
    columns: tuple[str, ...]
    """Names as they stand in the header, without surrounding blanks; "" for a column without one."""
    quoted: bool
    """Every name in the header is quoted, so new rows are as well."""
    rows: Sequence[Row]

    @property
    def found(self) -> str:
        """For a person: utf-8 with BOM, ';'."""
        delimiter = "tab" if self.delimiter == "\t" else f"'{self.delimiter}'"
        return f"{self.encoding}{' with BOM' if self.mark else ''}, {delimiter}"


def read(content: bytes, encoding: str | None = None, delimiter: str | None = None) -> Sheet:
    """The table in these bytes; what is not given is found out. Raises FormatError."""
    text, encoding, mark = _decode(content, encoding)
    start = 0
    if sep := _SEP_LINE.match(text):
        delimiter, start = delimiter or sep[1], sep.end()
    lines = list(io.StringIO(text[start:], newline=""))
    if not "".join(lines).strip():
        raise FormatError("it is empty; put back a file with a header line")
    delimiter = delimiter or _likely_delimiter(lines[0])
    rows = list(_rows(lines, delimiter, 2 if sep else 1))
    header = rows[0]
    if header.problem or not any(header.cells):
        raise FormatError(
            f"it has no readable header on line {header.line}; the first line names the columns"
        )
    columns = tuple(name.strip() for name in header.cells)
    if twice := sorted({name for name in columns if name and columns.count(name) > 1}):
        raise FormatError(f"its header names twice: {', '.join(twice)}; give each column a name of its own")
    return Sheet(
        encoding,
        mark,
        delimiter,
        _line_end(header.text) or "\r\n",
        text[:start] + header.text,
        columns,
        all(cell.startswith('"') for cell in raw_cells(header.text, delimiter)),
        [_checked(row, len(columns)) for row in rows[1:]],
    )


def write(sheet: Sheet, rows: Sequence[str]) -> bytes:
    """The file with these rows, each as it stands in the file. Raises UnicodeEncodeError."""
    *before, last = [sheet.preamble, *rows]
    ended = "".join(text if _line_end(text) else text + sheet.line_end for text in before)
    return sheet.mark + (ended + last).encode(sheet.encoding)


def changed(sheet: Sheet, row: Row, cells: Mapping[int, str]) -> str:
    """The text of `row` with other values in the places named; its other cells stay as they are written."""
    written = raw_cells(row.text, sheet.delimiter)
    if len(written) != len(row.cells):  # a notation that only the csv module understands
        written = [_cell(value, sheet.delimiter, sheet.quoted) for value in row.cells]
    for place, value in cells.items():
        written[place] = _cell(value, sheet.delimiter, written[place].startswith('"'))
    return sheet.delimiter.join(written) + _line_end(row.text)


def added(sheet: Sheet, cells: Sequence[str]) -> str:
    """The text of a new row."""
    return (
        sheet.delimiter.join(_cell(value, sheet.delimiter, sheet.quoted) for value in cells) + sheet.line_end
    )


def encodable(sheet: Sheet, value: str) -> bool:
    """Can the file hold this text?"""
    try:
        value.encode(sheet.encoding)
    except UnicodeEncodeError:
        return False
    return True


def raw_cells(text: str, delimiter: str) -> list[str]:
    """The cells of a row as they are written, quotes included."""
    bare = text[: len(text) - len(_line_end(text))]
    cell = re.compile(_RAW_CELL % (re.escape(delimiter), re.escape(delimiter)))
    cells, place = [], 0
    while True:
        found = cell.match(bare, place)
        end = found.end() if found else place
        cells.append(bare[place:end])
        if bare[end : end + 1] != delimiter:
            return cells if end == len(bare) else []
        place = end + 1


def _decode(content: bytes, encoding: str | None) -> tuple[str, str, bytes]:
    """(text, encoding, byte order mark)"""
    for mark, marked in _MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], marked), marked, mark
    if encoding:
        # these two would write a mark where none was read
        plain = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(encoding.lower(), encoding)
        return _strictly(content, plain), plain, b""
    try:
        return content.decode("utf-8"), "utf-8", b""
    except UnicodeDecodeError:
        return _strictly(content, "cp1252"), "cp1252", b""


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except LookupError as error:
        raise FormatError(f"there is no encoding {encoding!r}; use utf-8, utf-16 or cp1252") from error
    except UnicodeDecodeError as error:
        raise FormatError(
            f"byte {error.start + 1} does not fit {encoding}; set its `encoding`, or save it as UTF-8"
        ) from None  # the error holds the file


def _likely_delimiter(header: str) -> str:
    unquoted = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=unquoted.count)


def _rows(lines: Sequence[str], delimiter: str, first: int) -> Iterator[Row]:
    """All rows. A quote that does not close spoils its own line and none of those behind it."""
    place = 0
    while place < len(lines):
        start = place
        reader = csv.reader(itertools.islice(lines, start, None), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                text = "".join(lines[place : start + reader.line_num])
                yield Row(first + place, text, tuple(cells))
                place = start + reader.line_num
        except csv.Error:
            yield Row(
                first + place,
                lines[place],
                problem="a quote is not closed or stands inside a value, or a value is too long",
            )
            place += 1


def _checked(row: Row, width: int) -> Row:
    if not any(row.cells):
        return Row(row.line, row.text, problem=row.problem)
    if row.problem or len(row.cells) == width:
        return row
    problem = f"has {len(row.cells)} cells where the header has {width}"
    return Row(row.line, row.text, row.cells, problem)


def _line_end(text: str) -> str:
    return "\r\n" if text.endswith("\r\n") else text[-1:] if text[-1:] in ("\r", "\n") else ""


def _cell(value: str, delimiter: str, quoted: bool) -> str:
    if quoted or any(sign in value for sign in (delimiter, '"', "\r", "\n")):
        return '"' + value.replace('"', '""') + '"'
    return value
