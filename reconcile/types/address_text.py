"""A whole address from one text or from its lines."""

from __future__ import annotations

import re

from reconcile.types.cleaning import clean
from reconcile.types.countries import is_country

_BREAK = re.compile(r"[\r\n,;]+")
_DUTCH_CITY = re.compile(
    r"(?:(?P<street>.*\S) +)?(?:NL[- ]?)?"
    r"(?P<postcode>[1-9][0-9]{3} ?[A-Z]{2}|[1-9][0-9]{3}[a-z]{2})(?: +(?P<city>\D+))?\Z",
    re.ASCII,
)
_OTHER_CITY = re.compile(r"(?P<postcode>(?:[A-Z]{1,2}-)?[0-9]{4,5}) +(?P<city>\D+)\Z", re.ASCII)


def read_text(raw: object) -> dict[str, str]:
    """Street line, postcode, city and country as far as they can be told; all the rest stays in `street`."""
    listed = isinstance(raw, list | tuple)
    segments = [clean(part) for part in (raw if isinstance(raw, list | tuple) else _split(raw))]
    segments = [segment for segment in segments if segment]
    found: dict[str, str] = {}
    if len(segments) > 1 and is_country(segments[-1]):
        found["country"] = segments.pop()
    if segments and (place := _place(segments[-1], len(segments) > 1)):
        found |= place
        segments[-1] = found.get("street", "")
    elif len(segments) > 1 and not listed and _could_be_city(segments[-1]):
        found["city"] = segments.pop()
    found["street"] = " ".join(filter(None, segments))
    return found


def _split(raw: object) -> list[str]:
    return _BREAK.split(raw if isinstance(raw, str) else clean(raw))


def _place(segment: str, after_others: bool) -> dict[str, str] | None:
    """Postcode and city, and the street if all stands on one line."""
    found = _DUTCH_CITY.match(segment) or (_OTHER_CITY.match(segment) if after_others else None)
    if found is None or not (after_others or found["city"]):
        return None
    return {name: text for name, text in found.groupdict().items() if text}


def _could_be_city(segment: str) -> bool:
    return len(segment) > 2 and not any(c.isdigit() for c in segment) and not segment.islower()
