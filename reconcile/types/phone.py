"""Telephone numbers, as the international numbering plan writes them."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from reconcile.types.base import HIDDEN, SemanticType, hide, register
from reconcile.types.cleaning import clean
from reconcile.values import BLANK, Value

# Countries of which the library's own patterns say all there is to know: one region per code, and a number
# as a whole after its code. Everything else takes the slow path.
_PLAIN_REGIONS = ("NL", "BE", "DE", "FR", "AT", "CH", "ES", "PL", "DK", "LU")
_KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
)
_SEPARATORS = str.maketrans("", "", " -()./")
_DUTCH_LENGTH = 9
_EXTENSION = re.compile(r"\b(?:toestel|tst|ext)\b\.?:?\s*(?=[0-9])", re.IGNORECASE)
_LONG_DIGITS = re.compile(r"[1-9][0-9]{9,14}\Z", re.ASCII)


def _valid_pattern(region: str) -> str:
    """The pattern of all valid numbers of a region after +<country code>, from the library's own tables."""
    about = PhoneMetadata.metadata_for_region(region)
    if about is None or about.general_desc is None:  # a library without this country: no fast path for it
        return r"(?!)"
    kinds = [getattr(about, kind) for kind in _KINDS]
    any_kind = "|".join(kind.national_number_pattern or r"(?!)" for kind in kinds if kind)
    trunk = f"(?!{about.national_prefix_for_parsing})" if about.national_prefix_for_parsing else ""
    return rf"{trunk}(?=(?:{about.general_desc.national_number_pattern})\Z)(?:{any_kind})\Z"


_PLAIN = re.compile(
    "|".join(
        rf"\+{phonenumbers.country_code_for_region(region)}{_valid_pattern(region)}"
        for region in _PLAIN_REGIONS
    ),
    re.ASCII,
)
_DUTCH = re.compile(
    rf"(?:\+310?|00310?|31|0)?(?=([1-9][0-9]{{{_DUTCH_LENGTH - 1}}})\Z){_valid_pattern('NL')}", re.ASCII
)


@register
class Phone(SemanticType):
    """A number in E.164, with ";ext=" and its extension where it has one. Without extension it says less."""

    name = "phone"
    examples = (
        (
            "+31612345678",
            "0031612345678",
            "06-12345678",
            "(06) 12 34 56 78",
            "+31 (0)6 12345678",
            612345678,
            31612345678.0,
        )
        + (
            "020 123 4567",
            "+31201234567;ext=12",
            "020-1234567 tst. 12",
            "+49 30 1234567",
            "+32 470 12 34 56",
            "112",
        )
        + (
            "onbekend",
            "+310000",
            "06-1234567",
            "+1 201-555-0123",
            "06-12345678 / 020-1234567",
            "٠٦١٢٣٤٥٦٧٨",
            4930123456,
        )
    )

    def normalise(self, raw: object) -> Value:
        text = clean(raw)
        if _PLAIN.match(text):
            return text
        if self.region == "NL" and (found := _DUTCH.match(text.translate(_SEPARATORS))) and _usual(text):
            return "+31" + found[1]
        number = _parsed(text, self.region)
        if number is None and not isinstance(raw, str) and _LONG_DIGITS.match(text):
            number = _parsed("+" + text, self.region)  # a number cannot hold the plus
        return (_canonical(number) if number else text) or BLANK

    def match(self, value: Value) -> str:
        return str(value).partition(";")[0] if value is not BLANK and self.validate(value) is None else ""

    def within(self, a: Value, b: Value) -> bool:
        if a is BLANK or a == b:
            return True
        return b is not BLANK and str(b).startswith("+") and str(b).partition(";ext=")[0] == a

    def validate(self, value: Value) -> str | None:
        if value is BLANK or _PLAIN.match(str(value)) or _parsed(str(value), self.region):
            return None
        if not any(c.isdigit() for c in str(value)):
            return "has no digits"
        return "is no number that exists in its country's numbering plan"

    def mask(self, value: Value) -> str:
        text = str(value) if value is not BLANK else ""
        known = _PLAIN.match(text) or _parsed(text, self.region)
        return (
            f"{self.show(value).partition(' ')[0]} {HIDDEN} {text.partition(';')[0][-2:]}"
            if known
            else hide(text)
        )

    def show(self, value: Value) -> str:
        number = _parsed(str(value), self.region) if value is not BLANK else None
        return _international(number) if number else "" if value is BLANK else str(value)

    def sort_key(self, value: Value) -> str:
        return "" if value is BLANK else str(value)

    def house(self, value: Value, like: object = None) -> object:
        """International, "+31 6 12345678"; without spaces or as a number where the system shows it so."""
        number = _parsed(str(value), self.region) if value is not BLANK else None
        if number is None:
            return value
        if isinstance(like, int) and not isinstance(like, bool) and number.extension is None:
            bare = int(str(value).removeprefix("+"))
            return bare if self.normalise(bare) == value else value
        unspaced = isinstance(like, str) and like.strip() and not re.search(r"[\s\-(./]", like.strip())
        return value if unspaced else _international(number)


def _usual(text: str) -> bool:
    """Does `text` begin like a number? What begins otherwise is left to the library."""
    return text[0] in "+0123456789("


@lru_cache(4096)
def _parsed(text: str, region: str) -> PhoneNumber | None:
    """The valid number that `text` is, None if it is none."""
    if not text:
        return None
    try:
        number = phonenumbers.parse(_EXTENSION.sub(" ext. ", text) if not text.isdigit() else text, region)
    except NumberParseException:
        return None
    return number if phonenumbers.number_type(number) != PhoneNumberType.UNKNOWN else None


def _canonical(number: PhoneNumber) -> str:
    plain = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{plain};ext={number.extension}" if number.extension else plain


def _international(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
