"""What the sheets of a workbook share: names, texts, number formats, the date system."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.excelzip import BookError, Package, elements, local, package, parse

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_CALC = re.compile(rb"<(?:\w+:)?calcPr\b[^>]*>")
_FULL = re.compile(rb"""\sfullCalcOnLoad\s*=\s*["'][^"']*["']""")
_BEFORE_CALC = ("definedNames", "externalReferences", "functionGroups", "sheets")
"""What may stand before calcPr, the last first (ECMA-376 part 1, CT_Workbook)."""

BUILT_IN: Mapping[int, str] = {
    **dict.fromkeys([14, 15, 16, 17, *range(27, 32), 36, *range(50, 55), 57, 58], "yyyy-mm-dd"),
    **dict.fromkeys([18, 19, 20, 21, *range(32, 36), 45, 46, 47, 55, 56], "h:mm:ss"),
    22: "yyyy-mm-dd h:mm:ss",
    49: "@",
}
"""Number formats that a file need not spell out and that show no plain number (ECMA-376 part 1, 18.8.30)."""


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook, with its sheets by name in the order of the tabs."""

    package: Package
    part: str
    sheets: Mapping[str, str]
    """The part of each sheet that has cells."""
    strings: Sequence[str]
    formats: Sequence[str]
    """The number format of each style; "" where it shows a plain number."""
    since_1904: bool

    def format(self, style: int) -> str:
        return self.formats[style] if style < len(self.formats) else ""

    def sheet(self, wanted: str | None) -> tuple[str, str]:
        """(name, part) of that sheet, upper case or not; the first when None is wanted. Raises BookError."""
        for name, part in self.sheets.items():
            if wanted is None or name.casefold() == wanted.casefold():
                return name, part
        raise BookError(f"it has no sheet {wanted!r}; its sheets are {', '.join(self.sheets)}")

    def replaced(self, part: str, xml: bytes) -> bytes:
        """The file with this sheet, made to calculate anew when it is opened if it has formulas at all."""
        news = {part: xml}
        if any(_FORMULA.search(self.package.read(sheet)) for sheet in self.sheets.values()):
            news[self.part] = _calculating(self.package.read(self.part))
        return self.package.replaced(news)


def book(content: bytes) -> Book:
    """Raises BookError."""
    found = package(content)
    part = next((name for sort, name in found.related("").values() if sort == "officeDocument"), None)
    if part is None:
        raise BookError("it is a zip file, but no workbook; save it as .xlsx")
    related = found.related(part)
    tabs, since_1904 = _tabs(found.read(part))
    sheets = {name: related[id][1] for name, id in tabs if related.get(id, ("",))[0] == "worksheet"}
    if not sheets:
        raise BookError("it has no sheet with cells")
    shared = dict(related.values())
    strings = _strings(found.read(shared["sharedStrings"])) if "sharedStrings" in shared else []
    formats = _formats(found.read(shared["styles"])) if "styles" in shared else []
    return Book(found, part, sheets, strings, formats, since_1904)


def unescaped(text: str) -> str:
    """A text of a file as people see it: _x000D_ is a carriage return (ECMA-376 part 1, ST_Xstring)."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _tabs(xml: bytes) -> tuple[list[tuple[str, str]], bool]:
    """(name and relation of each sheet, whether days count from 1904)"""
    tabs, since_1904 = [], False
    for tag, found in elements(xml):
        if tag == "sheet":
            id = next((value for name, value in found.items() if local(name) == "id" and ":" in name), "")
            tabs.append((found.get("name", ""), id))
        elif tag == "workbookPr":
            since_1904 = found.get("date1904") in ("1", "true")
    return tabs, since_1904


def _strings(xml: bytes) -> list[str]:
    """The shared texts, without the pronunciation that Japanese ones may carry."""
    texts: list[str] = []
    parts: list[str] = []
    inside: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        inside.append(local(name))
        if inside[-1] == "si":
            parts.clear()

    def end(_: str) -> None:
        if inside.pop() == "si":
            texts.append(unescaped("".join(parts)))

    def text(told: str) -> None:
        if inside[-1] == "t" and "rPh" not in inside:
            parts.append(told)

    parse(xml, start, end, text)
    return texts


def _formats(xml: bytes) -> list[str]:
    own: dict[int, str] = {}
    styles: list[int] = []
    inside = ""
    for tag, found in elements(xml):
        if tag == "numFmt" and not styles:  # those of conditional formats come later and are others
            own[_number(found.get("numFmtId"))] = found.get("formatCode", "")
        elif tag in ("cellStyleXfs", "cellXfs", "cellStyles"):
            inside = tag
        elif tag == "xf" and inside == "cellXfs":
            styles.append(_number(found.get("numFmtId")))
    return [own.get(number, BUILT_IN.get(number, "")) for number in styles]


def _number(text: Any) -> int:
    return int(text) if text and text.isdigit() else 0


def _calculating(xml: bytes) -> bytes:
    """The workbook part, told to calculate everything when it is opened."""
    if calc := _CALC.search(xml):
        tag = _FULL.sub(b"", calc[0])
        close = len(tag) - (2 if tag.endswith(b"/>") else 1)
        return xml[: calc.start()] + tag[:close] + b' fullCalcOnLoad="1"' + tag[close:] + xml[calc.end() :]
    for name in _BEFORE_CALC:
        last = re.search(
            rb"<(\w+:)?%b\b(?:[^>]*/>|.*?</(?:\w+:)?%b\s*>)" % (name.encode(), name.encode()), xml, re.S
        )
        if last:
            new = b'<%bcalcPr fullCalcOnLoad="1"/>' % (last[1] or b"")
            return xml[: last.end()] + new + xml[last.end() :]
    return xml
