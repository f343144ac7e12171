"""Points in time as systems write them, and back."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo

_DAY_FIRST = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})(.*)", re.ASCII | re.DOTALL)
_SHAPE = re.compile(
    r"\d{4}-\d\d-\d\d(?P<between>[T ])\d\d:\d\d:\d\d(?P<fraction>\.\d{3}(?:\d{3})?)?(?P<zone>Z|\+00:00)?",
    re.ASCII,
)


def moment(raw: object, zone: tzinfo = UTC) -> datetime | None:
    """The point in time that `raw` shows, aware and in UTC; None for what is no time.

    Reads datetimes, dates, ISO 8601 text and day-first text with dashes (31-12-2024 14:05). What has no
    offset of its own is in `zone`; a date is its midnight there.
    """
    if isinstance(raw, date) and not isinstance(raw, datetime):
        raw = datetime(raw.year, raw.month, raw.day)
    if isinstance(raw, str):
        raw = _read(raw.strip())
    if not isinstance(raw, datetime):
        return None
    try:
        return (raw if raw.tzinfo else raw.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:  # the first and last days of the calendar
        return None


def written_like(at: datetime, sample: str, zone: tzinfo = UTC) -> str | None:
    """`at` in the notation of `sample`, so that text order is time order; None if it has no such order.

    Known are 2024-12-31 14:05:06 with a T or a space, with or without a fraction, and with Z, +00:00 or
    nothing behind it (nothing: in `zone`).
    """
    shape = _SHAPE.fullmatch(sample)
    if shape is None:
        return None
    shown = at.astimezone(UTC if shape["zone"] else zone).replace(tzinfo=None)
    precision = {0: "seconds", 4: "milliseconds", 7: "microseconds"}[len(shape["fraction"] or "")]
    return shown.isoformat(shape["between"], precision) + (shape["zone"] or "")


def like(at: datetime, sample: object, zone: tzinfo = UTC) -> object:
    """`at` in the type and notation of `sample`; None where that is not known."""
    if isinstance(sample, datetime):
        return at if sample.tzinfo else at.astimezone(zone).replace(tzinfo=None)
    if isinstance(sample, date):
        return at.astimezone(zone).date()
    return written_like(at, sample, zone) if isinstance(sample, str) else None


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text if text[:4].isdigit() else _year_first(text))
    except ValueError:
        return None


def _year_first(text: str) -> str:
    found = _DAY_FIRST.fullmatch(text)
    if found is None:
        return text
    day, month, year, rest = found.groups()
    return f"{year}-{month:0>2}-{day:0>2}{rest}"
