"""Days, without time."""

from __future__ import annotations

import datetime
import re
from typing import ClassVar

from reconcile.types.base import HIDDEN, SemanticType, hide, register
from reconcile.types.cleaning import clean, plain
from reconcile.values import BLANK, Value

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z", re.ASCII)
_TIME = r"(?:[T ][0-9]{1,2}:[0-9]{2}.*)?\Z"
_ISO_TIME = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_TIME}", re.ASCII)
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([-/.]?)([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}", re.ASCII)
_YEAR = r"([0-9]{4}|'?[0-9]{2})"
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})([-/. ])([0-9]{{1,2}})\2{_YEAR}{_TIME}", re.ASCII)
_IN_WORDS = re.compile(rf"([0-9]{{1,2}})e?[ .-]+([^\W\d_]+)\.?[ ,.-]+{_YEAR}\Z")
_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "januari jan january",
            "februari feb february",
            "maart mrt mar march",
            "april apr",
            "mei may",
            "juni jun june",
            "juli jul july",
            "augustus aug august",
            "september sep sept",
            "oktober okt oct october",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_NO_DATE = frozenset({"0000-00-00", "0001-01-01"})  # how MySQL and .NET write that there is none
_PIVOT = 30


@register
class Date(SemanticType):
    """A day as ISO 8601; the day comes before the month, as in the Netherlands, unless the year comes first.

    Of a time stamp the day as written counts, in whatever zone. A year of two digits up to the field's
    `pivot` (30 where it says nothing) is of this century, a later one of the last.
    """

    name = "date"
    version = 2
    earliest: ClassVar[int] = 1850
    takes = {"pivot": 30}
    examples: ClassVar[tuple[object, ...]] = (
        ("1980-02-01", "01-02-1980", "1/2/1980", "1.2.1980", "19800201", 19800201, datetime.date(1980, 2, 1))
        + (
            "1980-02-01T23:59:00Z",
            "1980-02-01 00:00:00",
            "1 februari 1980",
            "1 feb. 1980",
            "1 mrt 1980",
            "0000-00-00",
        )
        + (
            "31-02-1980",
            "02/13/1980",
            "01-02-80",
            "1-2-'05",
            "1 feb 80",
            "1980",
            "onbekend",
            "1790-01-01",
            29252,
            0,
            "0001-01-01T00:00:00",
        )
    )

    def __init__(
        self, region: str = "NL", today: datetime.date | None = None, pivot: int | None = None
    ) -> None:
        super().__init__(region, today, **({} if pivot is None else {"pivot": pivot}))
        self.pivot = _PIVOT if pivot is None else pivot

    def normalise(self, raw: object) -> Value:
        if type(raw) is str and (found := _ISO_TIME.match(raw)) and _is_day(found[1]):
            return BLANK if found[1] in _NO_DATE else found[1]
        if isinstance(raw, datetime.date):  # a datetime is one too
            raw = f"{raw.year:04d}-{raw.month:02d}-{raw.day:02d}"
        return _read(clean(raw), self.pivot) or BLANK

    def match(self, value: Value) -> str:
        return str(value) if value is not BLANK and self.validate(value) is None else ""

    def validate(self, value: Value) -> str | None:
        if value is BLANK:
            return None
        text = str(value)
        if _ISO.match(text) and _is_day(text):
            return None if int(text[:4]) >= self.earliest else f"lies before {self.earliest}"
        if _DAY_FIRST.match(text) or _YEAR_FIRST.match(text):
            return "is a day that does not exist; perhaps the month comes before the day"
        return "is no date"

    def mask(self, value: Value) -> str:
        text = str(value) if value is not BLANK else ""
        return f"{text[:4]}-{HIDDEN}" if _ISO.match(text) else hide(text)

    def show(self, value: Value) -> str:
        text = str(value) if value is not BLANK else ""
        found = _ISO.match(text) if self.region == "NL" else None
        return f"{found[3]}-{found[2]}-{found[1]}" if found else text

    def sort_key(self, value: Value) -> str:
        return "" if value is BLANK else str(value)


def _read(text: str, pivot: int) -> str:
    """ISO for a day that exists, "" for one that means none, else the text as it is."""
    year, month, day = _numbers(text, pivot)
    if not _exists(year, month, day):
        return "" if text[:10] in _NO_DATE else text
    iso = f"{year:04d}-{month:02d}-{day:02d}"
    return "" if iso in _NO_DATE else iso


def _numbers(text: str, pivot: int) -> tuple[int, int, int]:
    if found := _ISO.match(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _YEAR_FIRST.match(text):
        whole = found[2] or len(found[3]) == len(found[4]) == 2  # without separators only yyyymmdd
        return (int(found[1]), int(found[3]), int(found[4])) if whole else (0, 0, 0)
    if found := _DAY_FIRST.match(text):
        return _whole_year(found[4], pivot), int(found[3]), int(found[1])
    if found := _IN_WORDS.match(text):
        return _whole_year(found[3], pivot), _MONTHS.get(plain(found[2]), 0), int(found[1])
    return 0, 0, 0


def _is_day(iso: str) -> bool:
    """Is there a day of this name, written as `_ISO`?"""
    try:
        datetime.date.fromisoformat(iso)
    except ValueError:
        return False
    return True


def _whole_year(digits: str, pivot: int) -> int:
    year = int(digits.removeprefix("'"))
    return year if len(digits) == 4 else year + (2000 if year <= pivot else 1900)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True
