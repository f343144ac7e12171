"""The cells of one sheet and where they stand in its XML, so that some change and no other byte does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

from adapters.excelzip import BookError, local, parse

_TAG = re.compile(rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_SPANS = re.compile(rb"""\sspans\s*=\s*(?:"[^"]*"|'[^']*')""")
_DIMENSION = re.compile(rb"""(<(?:\w+:)?dimension\b[^>]*?\sref\s*=\s*["'])([^"']+)""")
_DIGITS = "0123456789"
LAST_ROW, LAST_COLUMN = 1048576, 16384


class Cell(NamedTuple):
    """One cell as the file holds it."""

    column: int
    """Counted from 1."""
    sort: str
    """What its value is: n number, s shared text, inlineStr text, str text of a formula, b, e, d."""
    style: int
    raw: str
    formula: bool
    start: int
    """Where its tag begins in the XML."""
    stop: int
    """Where its end tag begins, or where it ends when it is one tag."""


class Row(NamedTuple):
    number: int
    cells: Mapping[int, Cell]
    """By column."""
    start: int
    stop: int


class Area(NamedTuple):
    """A rectangle of cells, its corners included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with all its rows, in their order."""

    xml: bytes
    rows: Mapping[int, Row]
    """By number."""
    start: int
    """Where the element with all rows begins."""
    stop: int
    """Where its end tag begins, or where it ends when it is one tag."""
    prefix: bytes
    """What stands before the name of each tag: nothing, or `x:`."""
    merged: Sequence[Area]
    computed: Sequence[Area]
    """Where one formula fills several cells."""


def letters(column: int) -> str:
    """27 is AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def number_of(name: str) -> int:
    """AA is 27."""
    found = 0
    for letter in name:
        found = found * 26 + ord(letter) - 64
    return found


def area(text: str) -> Area:
    """B2:D4, or B2 alone. Raises BookError."""
    corners = re.findall(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})", text)
    if not corners:
        raise BookError("it names a range of cells in a way that is not known; open it in Excel and save it")
    (left, top), (right, bottom) = corners[0], corners[-1]
    return Area(int(top), number_of(left), int(bottom), number_of(right))


def sheet(xml: bytes) -> Sheet:
    """The cells in the XML of a sheet. Raises BookError."""
    scan = _Scan()
    parse(xml, scan.start, scan.end, scan.text, scan.made)
    if scan.stop < 0:
        raise BookError("its sheet has no rows element; open it in Excel and save it again")
    return Sheet(xml, scan.rows, scan.begin, scan.stop, scan.prefix, scan.merged, scan.computed)


@dataclass(slots=True)
class _Scan:
    """Reads a sheet as its tags come by; made to be quick, for there are 200,000 of them in a large file."""

    rows: dict[int, Row] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    computed: list[Area] = field(default_factory=list)
    begin: int = -1
    stop: int = -1
    prefix: bytes = b""
    parser: expat.XMLParserType = field(default_factory=expat.ParserCreate)
    cut: int = 0
    """Length of the prefix."""
    columns: dict[str, int] = field(default_factory=dict)
    number: int = 0
    row_start: int = 0
    column: int = 0
    cells: dict[int, Cell] = field(default_factory=dict)
    cell: tuple[str, int, int] = ("n", 0, 0)
    """(sort, style, start)"""
    formula: bool = False
    parts: list[str] = field(default_factory=list)
    listening: bool = False
    spoken: bool = False
    """Inside a pronunciation, which is no part of the text."""

    def made(self, parser: expat.XMLParserType) -> None:
        self.parser = parser
        parser.XmlDeclHandler = self.declared

    def declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.lower() not in ("utf-8", "us-ascii"):
            raise BookError(f"its sheet is encoded as {encoding}; open it in Excel and save it again")

    def start(self, name: str, found: dict[str, str]) -> None:
        name = name[self.cut :]
        if name == "c":
            self.enter(found)
        elif name == "v" or name == "t":
            self.listening = not self.spoken
        elif name == "f":
            self.formula = True
            if "ref" in found and found.get("t") in ("array", "dataTable"):
                self.computed.append(area(found["ref"]))
        elif name == "row":
            self.number = int(found["r"]) if "r" in found else self.number + 1
            self.row_start, self.column, self.cells = self.parser.CurrentByteIndex, 0, {}
        elif name == "rPh":
            self.spoken = True
        elif name == "sheetData":
            self.begin = self.parser.CurrentByteIndex
        elif name == "mergeCell":
            self.merged.append(area(found.get("ref", "")))
        elif local(name) == "worksheet" and not self.cut:
            self.cut = len(name) - len("worksheet")
            self.prefix = name[: self.cut].encode()

    def enter(self, found: dict[str, str]) -> None:
        ref = found.get("r")
        if ref is None:
            self.column += 1
        else:
            name = ref.rstrip(_DIGITS)
            column = self.columns.get(name)
            if column is None:
                column = self.columns[name] = number_of(name)
            self.column = column
        style = found.get("s")
        self.cell = (found.get("t", "n"), int(style) if style else 0, self.parser.CurrentByteIndex)
        self.formula = False
        self.parts = []

    def text(self, told: str) -> None:
        if self.listening:
            self.parts.append(told)

    def end(self, name: str) -> None:
        name = name[self.cut :]
        if name == "v" or name == "t":
            self.listening = False
        elif name == "c":
            sort, style, start = self.cell
            raw = self.parts[0] if len(self.parts) == 1 else "".join(self.parts)
            stop = self.parser.CurrentByteIndex
            self.cells[self.column] = Cell(self.column, sort, style, raw, self.formula, start, stop)
        elif name == "row":
            self.rows[self.number] = Row(
                self.number, self.cells, self.row_start, self.parser.CurrentByteIndex
            )
        elif name == "rPh":
            self.spoken = False
        elif name == "sheetData":
            self.stop = self.parser.CurrentByteIndex


class New(NamedTuple):
    """What a cell becomes."""

    sort: str
    """n, b or inlineStr; "" for an empty cell."""
    text: str
    style: int


def edited(sheet: Sheet, news: Mapping[int, Mapping[int, New]]) -> bytes:
    """The XML with these cells, by row and column; rows and cells that are not there yet are put in place."""
    splices = sorted(_splices(sheet, news))
    done, place = [], 0
    for start, end, new in splices:
        done += [sheet.xml[place:start], new]
        place = end
    return _stretched(b"".join([*done, sheet.xml[place:]]), news)


def _splices(sheet: Sheet, news: Mapping[int, Mapping[int, New]]) -> Iterator[tuple[int, int, bytes]]:
    """(from, to, what stands there instead)"""
    added: dict[int, list[bytes]] = {}
    later = sorted(number for number in sheet.rows if number > min(news, default=0))
    for number, cells in sorted(news.items()):
        if row := sheet.rows.get(number):
            yield from _in_row(sheet, row, cells)
            continue
        behind = next((n for n in later if n > number), None)
        at = sheet.rows[behind].start if behind else sheet.stop
        added.setdefault(at, []).append(_row(sheet.prefix, number, cells))
    for at, rows in added.items():
        if at == sheet.stop:
            yield _at_end(sheet, sheet.start, at, b"sheetData", b"".join(rows))
        else:
            yield at, at, b"".join(rows)


def _in_row(sheet: Sheet, row: Row, cells: Mapping[int, New]) -> Iterator[tuple[int, int, bytes]]:
    added: dict[int, list[bytes]] = {}
    for column, new in sorted(cells.items()):
        written = _cell(sheet.prefix, row.number, column, new)
        if old := row.cells.get(column):
            yield old.start, _end(sheet.xml, old.start, old.stop), written
            continue
        behind = min((n for n in row.cells if n > column), default=None)
        added.setdefault(row.cells[behind].start if behind else row.stop, []).append(written)
    tag = _tag(sheet.xml, row.start)
    if (
        added and not tag.endswith(b"/>") and (bare := _SPANS.sub(b"", tag)) != tag
    ):  # its columns are others now
        yield row.start, row.start + len(tag), bare
    for at, some in added.items():
        if at == row.stop:
            yield _at_end(sheet, row.start, at, b"row", b"".join(some))
        else:
            yield at, at, b"".join(some)


def _at_end(sheet: Sheet, start: int, stop: int, name: bytes, inside: bytes) -> tuple[int, int, bytes]:
    """`inside` put before the end tag of the element that begins at `start`, which it gets if it has none."""
    tag = _tag(sheet.xml, start)
    if not tag.endswith(b"/>"):
        return stop, stop, inside
    opening = _SPANS.sub(b"", tag)[:-2].rstrip() + b">"
    return start, start + len(tag), opening + inside + b"</" + sheet.prefix + name + b">"


def _row(prefix: bytes, number: int, cells: Mapping[int, New]) -> bytes:
    inside = b"".join(_cell(prefix, number, column, new) for column, new in sorted(cells.items()))
    return b'<%brow r="%d">%b</%brow>' % (prefix, number, inside, prefix)


def _cell(prefix: bytes, row: int, column: int, new: New) -> bytes:
    tag = b'<%bc r="%b%d"' % (prefix, letters(column).encode(), row)
    if new.style:
        tag += b' s="%d"' % new.style
    if not new.sort:
        return tag + b"/>"
    text = new.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
    if new.sort == "inlineStr":
        inside = b'<%bis><%bt xml:space="preserve">%b</%bt></%bis>' % (prefix, prefix, text, prefix, prefix)
    else:
        inside = b"<%bv>%b</%bv>" % (prefix, text, prefix)
    sort = b"" if new.sort == "n" else b' t="%b"' % new.sort.encode()
    return b"%b%b>%b</%bc>" % (tag, sort, inside, prefix)


def _tag(xml: bytes, start: int) -> bytes:
    found = _TAG.match(xml, start)
    assert found, "the parser saw a tag here"
    return found[0]


def _end(xml: bytes, start: int, stop: int) -> int:
    """Where the element that begins at `start` and has its end tag at `stop` is over."""
    tag = _tag(xml, start)
    return start + len(tag) if tag.endswith(b"/>") else xml.index(b">", stop) + 1


def _stretched(xml: bytes, news: Mapping[int, Mapping[int, New]]) -> bytes:
    """The extent that the sheet declares, made to include the new cells: some readers stop at it."""
    found = _DIMENSION.search(xml)
    if not found or not news:
        return xml
    old = area(found[2].decode())
    columns = [column for cells in news.values() for column in cells]
    bottom, right = max(old.bottom, *news), max(old.right, *columns)
    top, left = min(old.top, *news), min(old.left, *columns)
    if (top, left, bottom, right) == old:
        return xml
    new = f"{letters(left)}{top}:{letters(right)}{bottom}".encode()
    return xml[: found.start(2)] + new + xml[found.end(2) :]
