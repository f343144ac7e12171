"""VAT identification numbers of the European Union."""

from __future__ import annotations

import re
from functools import lru_cache

from stdnum.eu import vat as library
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidLength, ValidationError

from reconcile.types.base import HIDDEN, SemanticType, hide, register
from reconcile.types.cleaning import clean
from reconcile.values import BLANK, Value

_SEPARATORS = str.maketrans("", "", " -./")
_LABEL = re.compile(
    r"\A(?:BTW|VAT|TVA|USt-?Id)(?:[ .-]*(?:nummer|number|nr|no|id))?[ .:-]*(?=[A-Z0-9])", re.I | re.A
)
_SHAPE = re.compile(r"[A-Z]{2}(?=[A-Z+*]*[0-9])[A-Z0-9+*]{2,13}\Z", re.ASCII)
_DUTCH = re.compile(r"NL(?!0{9})[0-9]{9}B(?!00)[0-9]{2}\Z", re.ASCII)
_WRONG_DIGITS = "has a typing error: its check digits are wrong"


@register
class VatId(SemanticType):
    """A number with its country in front, without separators; one without country is of the region."""

    name = "vat_id"
    examples = (
        ("NL002455799B11", "NL 0024.55.799.B.11", "002455799B11", "nl004495445b01", "BTW: NL004495445B01")
        + ("NL123456789B90", "BE 0428.759.497", "0428759497", "DE 136,695 976", "DE136695976", "EL094259216")
        + (
            "GR094259216",
            "ATU13585627",
            "FR 40303265045",
            "XX123",
            "NL00",
            "onbekend",
            4495445,
            "CHE123456789",
        )
    )

    def normalise(self, raw: object) -> Value:
        if type(raw) is str and _DUTCH.match(raw):
            return raw
        text = clean(raw)
        compact = _LABEL.sub("", text).translate(_SEPARATORS).upper()
        if _DUTCH.match(compact):
            return compact
        found = _library(compact) or _library(_prefix(self.region) + compact)
        return found or (compact if _SHAPE.match(compact) else text) or BLANK

    def match(self, value: Value) -> str:
        return str(value) if value is not BLANK and self.validate(value) is None else ""

    def cut(self, a: Value, b: Value) -> bool:
        return False

    def validate(self, value: Value) -> str | None:
        if value is BLANK:
            return None
        text = str(value)
        if _DUTCH.match(text):
            return None if dutch_checks(text) else _WRONG_DIGITS
        return _reason(text) if _SHAPE.match(text) else "is no VAT number: a country code and its number"

    def mask(self, value: Value) -> str:
        text = str(value) if value is not BLANK else ""
        return text[:2] + HIDDEN + text[-2:] if len(text) >= 8 and _SHAPE.match(text) else hide(text)

    def house(self, value: Value, like: object = None) -> object:
        """With its country; without it where the system shows one without, and the country is the region."""
        bare = str(value)[2:] if value is not BLANK else ""
        shown = clean(like).translate(_SEPARATORS).upper()
        return bare if shown[:1].isdigit() and self.normalise(bare) == value else value


def dutch_checks(text: str) -> bool:
    """Are the digits of NL000000000B00 right?

    By the eleven test of the first nine, or, as the Belastingdienst gives to sole traders since 2020, by
    mod 97-10 over all of it with letters as 10 to 35 (ISO 7064).
    """
    digits = text[2:11]
    eleven = sum((9 - n) * int(digit) for n, digit in enumerate(digits[:-1])) - int(digits[-1])
    return eleven % 11 == 0 or int(f"2321{digits}11{text[12:]}") % 97 == 1


def _prefix(region: str) -> str:
    return "EL" if region == "GR" else region


@lru_cache(4096)
def _library(text: str) -> str:
    """The valid number as python-stdnum writes it, "" for any other; Greece is EL for VAT."""
    try:
        found = library.validate(text)
    except ValidationError:
        return ""
    return f"EL{found[2:]}" if found.startswith("GR") else found


@lru_cache(4096)
def _reason(text: str) -> str | None:
    try:
        library.validate(text)
    except InvalidChecksum:
        return _WRONG_DIGITS
    except InvalidLength:
        return "has not the length of its country's numbers"
    except InvalidComponent:
        return "is of no country in the European Union"
    except ValidationError:
        return "has not the structure of its country's numbers"
    return None
