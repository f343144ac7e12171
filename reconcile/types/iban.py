"""Bank account numbers (ISO 13616)."""

from __future__ import annotations

import re
from functools import lru_cache

from stdnum import iban as library
from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError

from reconcile.types.base import HIDDEN, SemanticType, hide, register
from reconcile.types.cleaning import clean
from reconcile.values import BLANK, Value

_SEPARATORS = str.maketrans("", "", " -.")
_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}\Z", re.ASCII)
_LABEL = re.compile(r"\A(?:IBAN\s*:?\s*)+(?=[A-Z])", re.IGNORECASE | re.ASCII)
# Countries with a simple structure and no check digits of their own; the rest is the library's.
_PLAIN = re.compile(r"(?:NL[0-9]{2}[A-Z]{4}[0-9]{10}|DE[0-9]{20})\Z", re.ASCII)
_DIGITS = {ord("A") + n: str(10 + n) for n in range(26)}


@register
class Iban(SemanticType):
    """An account number without spaces, in capitals."""

    name = "iban"
    examples = (
        "NL91ABNA0417164300",
        "nl91 abna 0417 1643 00",
        "IBAN: NL91 ABNA 0417 1643 00",
        "NL92ABNA0417164300",
    ) + (
        "BE68 5390 0754 7034",
        "DE89370400440532013000",
        "XX12345",
        "123456789",
        "onbekend",
        "GB82-WEST-1234-5698-7654-32",
    )

    def normalise(self, raw: object) -> Value:
        if type(raw) is str and _PLAIN.match(raw):
            return raw
        text = clean(raw)
        compact = _LABEL.sub("", text).translate(_SEPARATORS).upper()
        return (compact if _SHAPE.match(compact) else text) or BLANK

    def match(self, value: Value) -> str:
        return str(value) if value is not BLANK and self.validate(value) is None else ""

    def validate(self, value: Value) -> str | None:
        if value is BLANK:
            return None
        text = str(value)
        if _PLAIN.match(text):
            return None if checks(text) else _WRONG_DIGITS
        return _reason(text) if _SHAPE.match(text) else "is no IBAN: two letters, two digits, the account"

    def mask(self, value: Value) -> str:
        text = str(value) if value is not BLANK else ""
        return text[:2] + HIDDEN + text[-4:] if len(text) >= 12 and _SHAPE.match(text) else hide(text)

    def show(self, value: Value) -> str:
        text = str(value) if value is not BLANK else ""
        return " ".join(text[i : i + 4] for i in range(0, len(text), 4)) if _SHAPE.match(text) else text

    def house(self, value: Value, like: object = None) -> object:
        """In groups of four; unbroken where the system shows one unbroken."""
        unbroken = isinstance(like, str) and _SHAPE.match(like.strip().upper())
        return value if value is BLANK or unbroken else self.show(value)


_WRONG_DIGITS = "has a typing error: its check digits are wrong"


def checks(text: str) -> bool:
    """Are the check digits right? ISO 7064 mod 97-10 over the account, then country and check digits."""
    return int((text[4:] + text[:4]).translate(_DIGITS)) % 97 == 1


@lru_cache(4096)
def _reason(text: str) -> str | None:
    try:
        library.validate(text)
    except InvalidChecksum:
        return _WRONG_DIGITS
    except (
        InvalidComponent
    ):  # no such country; or no such bank, which only says how old the library's list is
        return None if library.is_valid(text, check_country=False) else "is of a country that has no IBANs"
    except ValidationError:
        return "has not the length and structure of its country's IBANs"
    return None
