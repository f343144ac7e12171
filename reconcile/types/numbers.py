"""Numbers as people and systems write them, with a decimal comma or a decimal point.

Plain notation here: a point, no thousands, no needless zeros, but for one. "12.345" can be read as thousands,
so a fraction of three digits that could be gets a zero behind it, "12.3450": then there is one reading.
"""

from __future__ import annotations

import re
from decimal import Decimal

COMMA, POINT = ",", "."
MARKS = {"comma": COMMA, "point": POINT}
"""How a policy calls the mark before a fraction."""

_COUNTRIES = "AU CA CN GB HK IE IL IN JP KE KR MT MX MY NG NZ PH SG TH TW US"
_POINT_COUNTRIES = frozenset(_COUNTRIES.split())
_NUMBER = re.compile(r"([-+]?) ?([0-9., ']*[0-9])\Z", re.ASCII)
_NO_CENTS = re.compile(r"(?<=[0-9])[.,](?:-{1,2}|=)\Z", re.ASCII)  # 12,-
_WHOLE = re.compile(r"(?:[0-9]+|[0-9]{1,3}(?:([., '])[0-9]{3})(?:\1[0-9]{3})*)?\Z", re.ASCII)
_EITHER = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}\Z", re.ASCII)
_LONGEST = 30  # digits of a float written out: beyond it lies noise, and no one's money
_OTHER_WAY = str.maketrans("0123456789", "9876543210")


def mark_of(region: str) -> str:
    """The mark before a fraction in that country, by the Unicode locale data (CLDR)."""
    return POINT if region in _POINT_COUNTRIES else COMMA


def written_out(raw: object) -> str | None:
    """A binary or decimal fraction in plain digits; None for anything else, and for what is far too long."""
    if not isinstance(raw, float | Decimal):
        return None
    exact = Decimal(repr(raw)) if isinstance(raw, float) else raw
    if not exact.is_finite() or abs(exact.adjusted()) > _LONGEST:
        return None
    whole, _, fraction = f"{abs(exact):f}".partition(".")
    return _plain("-" if exact < 0 else "", whole, fraction)


def read_number(text: str, mark: str) -> str | None:
    """The number that clean `text` is, in plain notation; None if it is none.

    `mark` decides only where both readings are possible: "1.234" and "1,234".
    """
    found = _NUMBER.match(_NO_CENTS.sub("", text.replace("\u2212", "-").replace("\u2019", "'")))
    if found is None:
        return None
    whole, fraction = _apart(found[2], mark)
    if not (whole or fraction) or not _WHOLE.match(whole) or not (fraction.isdigit() or not fraction):
        return None
    return _plain(found[1], re.sub(r"\D", "", whole), fraction)


def _apart(body: str, mark: str) -> tuple[str, str]:
    """(whole, fraction), the whole still with its thousands."""
    last = max(body.rfind(COMMA), body.rfind(POINT))
    if last < 0:
        return body, ""
    other = POINT if body[last] == COMMA else COMMA
    thousands = other not in body and (
        body.count(body[last]) > 1 or (body[last] != mark and _EITHER.match(body))
    )
    return (body, "") if thousands else (body[:last], body[last + 1 :])


def _plain(sign: str, whole: str, fraction: str) -> str:
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    if len(fraction) == 3 and whole != "0" and len(whole) <= 3:
        fraction += "0"
    number = f"{whole}.{fraction}" if fraction else whole
    return f"-{number}" if sign == "-" and number != "0" else number


def spell_number(number: str, like: object, mark: str) -> object:
    """A plain number as `like` is written: as a number, with a comma, or plain."""
    if isinstance(like, int | float) and not isinstance(like, bool):
        spelled = float(number) if "." in number else int(number)
        same = written_out(spelled) if isinstance(spelled, float) else str(spelled)
        return spelled if same == number else number
    shown = like if isinstance(like, str) else ""
    commas = "." in (read_number(shown.strip(), mark) or "") and shown.rfind(COMMA) > shown.rfind(POINT)
    return number.replace(POINT, COMMA) if commas else number


def show_number(number: str, mark: str, least: int = 0) -> str:
    """A plain number for people, with at least so many digits behind the mark."""
    whole, _, fraction = number.partition(POINT)
    fraction = fraction.rstrip("0").ljust(least, "0")
    return f"{whole}{mark}{fraction}" if fraction else whole


def order_number(number: str) -> str:
    """A text that sorts as the plain number does."""
    whole, _, fraction = number.removeprefix("-").partition(POINT)
    size = f"{len(whole):05}{whole}{fraction}"
    return "0" + size.translate(_OTHER_WAY) + "~" if number.startswith("-") else "1" + size
