"""Postal addresses: one value of six parts, never a mixture of two systems'."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from reconcile.types.address_shapes import shaped_parts
from reconcile.types.address_text import read_text
from reconcile.types.base import SemanticType, is_cut, register
from reconcile.types.cleaning import bare, clean, fold, plain, says_less
from reconcile.types.countries import country_code, is_code
from reconcile.types.street_line import join_line, spell_addition, split_line, split_number, whole_street
from reconcile.values import BLANK, Value

_POSTCODE = re.compile(r"(?:NL[- ]?)?([1-9][0-9]{3})[- ]?([A-Za-z]{2})\Z", re.ASCII | re.IGNORECASE)
_DISTRICT = re.compile(r"[1-9][0-9]{3}\Z", re.ASCII)  # a Dutch postcode without its letters
_CANONICAL_POSTCODE = re.compile(
    r"[1-9][0-9]{3} (?!SA|SD|SS)[A-Z]{2}\Z", re.ASCII
)  # PostNL never gave those three

Parts = tuple[str, str, str, str, str, str]


@register
class PostalAddress(SemanticType):
    """Street, number, addition, postcode, city and country (alpha-2).

    A Dutch address is taken apart; of any other the line stays whole in `street`. A blank country says less
    and stays blank. Read from one text, a list of lines, or parts by name; `lines` may hold the whole street.
    """

    name = "postal_address"
    version = 3
    parts = ("street", "number", "addition", "postcode", "city", "country")
    examples: ClassVar[tuple[object, ...]] = (
        "Dorpsstraat 12-a bis, 1234AB Utrecht",
        "Dorpsstraat 12 a\n1234 AB Utrecht\nNederland",
        "Musterstraße 5, 12345 Köln, Deutschland",
        "Dorpsstraat 12 1234 AB Utrecht",
        "postbus",
        {"lines": ["Dorpsstraat 12", "a"], "postcode": "1234ab", "city": "Utrecht", "country": "NLD"},
        {"lines": ["Dorpsstraat 12", "a"], "postcode": "1234ab", "city": "Utrecht"},
        {"lines": "Dorpsstraat 12A", "postcode": "1234 AB", "city": "UTRECHT", "country": "Nederland"},
        {"street": "Dorpsstraat", "number": 12, "addition": None, "postcode": "1234 AB", "city": "Utrecht"},
        {"street": "Dorpsstraat", "number": "12-a", "postcode": "1234 AB"},
        {"number": "12", "addition": "A", "postcode": "1234 AB"},
        {"lines": "Plein 1944 12", "postcode": "6511 JE", "city": "Nijmegen", "country": "NL"},
        {"lines": "1e Jan Steenstraat 5", "city": "Utrecht", "country": "nl"},
        {"lines": "Súdwal 3", "postcode": "8601 AA", "city": "Sneek"},
        {"lines": "Sudwal 3", "postcode": "8601 AA", "city": "Sneek", "country": "NL"},
        {
            "lines": ["12 High Street", "Flat 3"],
            "postcode": "AB1 2CD",
            "city": "Aberdeen",
            "country": "United Kingdom",
        },
        {
            "street": "Rue Haute",
            "number": "5",
            "addition": "b",
            "postcode": "1000",
            "city": "Brussel",
            "country": "BE",
        },
        {"lines": "Dorpsstr. 12 II", "postcode": "1234", "city": "Utrecht"},
        {"lines": "zonder nummer", "postcode": "0123 AB", "country": "Nergensland"},
        ["Dorpsstraat 12", "1234 AB Utrecht"],
        ("Dorpsstraat", "12", "a", "1234 AB", "Utrecht", "NL"),
        {"lines": [], "postcode": "", "city": None},
    )

    def normalise(self, raw: object) -> Value:
        if isinstance(raw, list | tuple) and len(raw) == len(self.parts):
            raw = dict(zip(self.parts, raw, strict=True))
        value = self._canonical(self._found(raw) if isinstance(raw, dict) else read_text(raw))
        return value if any(value) else BLANK

    def key(self, value: Value) -> Parts | None:
        if value is BLANK:
            return None
        street, number, addition, postcode, city, country = _parts(value)
        door = whole_street(bare(street)), bare(number), bare(addition)
        return *door, bare(postcode), bare(city), fold(country)

    def match(self, value: Value) -> str:
        """Postcode and number, where the postcode is a Dutch one."""
        _, number, _, postcode, _, _ = _parts(value)
        return f"{postcode} {number}" if number and _CANONICAL_POSTCODE.match(postcode) else ""

    def within(self, a: Value, b: Value) -> bool:
        if a is BLANK or a == b:
            return True
        key_a, key_b = self.key(a), self.key(b)
        if (
            key_a is None or key_b is None or key_a[1:3] != key_b[1:3]
        ):  # another number or addition is another door
            return False
        return all(
            not x or says_less(x, y) or (n == 3 and _district_of(x, y))
            for n, (x, y) in enumerate(zip(key_a, key_b, strict=True))
        )

    def cut(self, a: Value, b: Value) -> bool:
        """Is the street or the city of `a` the beginning of that of `b`, and is the rest within it?"""
        if a is BLANK or b is BLANK:
            return False
        parts_a, parts_b = _parts(a), _parts(b)
        shorter = tuple(
            y if n in (0, 4) and is_cut(x, y) else x
            for n, (x, y) in enumerate(zip(parts_a, parts_b, strict=True))
        )
        return shorter != parts_a and self.within(shorter, b)

    def validate(self, value: Value) -> str | None:
        """What is wrong; what is only missing is no error."""
        _, number, _, postcode, _, country = _parts(value)
        if country and not is_code(country):
            return "names a country that is not known"
        if country != "NL":
            return None
        if postcode and not _CANONICAL_POSTCODE.match(postcode):
            return "has no Dutch postcode: four digits and two letters"
        return "has a house number without digits" if number and not number.isdigit() else None

    def mask(self, value: Value) -> str:
        _, _, _, postcode, _, _ = _parts(value)
        return (
            ""
            if value is BLANK
            else f"••• {postcode[:4]}•••"
            if _CANONICAL_POSTCODE.match(postcode)
            else "•••"
        )

    def show(self, value: Value) -> str:
        """ "Dorpsstraat 12 a, 1234 AB Utrecht", with the country when it is another."""
        street, number, addition, postcode, city, country = _parts(value)
        abroad = country if country != self.region else ""
        groups = (join_line(street, number, addition), f"{postcode} {city}", abroad)
        return ", ".join(filter(None, (" ".join(group.split()) for group in groups)))

    def sort_key(self, value: Value) -> str:
        street, number, addition, _, city, _ = _parts(value)
        return plain(f"{city} {street} {number:>5} {addition}") if value is not BLANK else ""

    def house(self, value: Value, like: object = None) -> object:
        return BLANK if value is BLANK else dict(zip(self.parts, _parts(value), strict=True))

    def write_parts(
        self, value: Value, wanted: Sequence[str], like: Mapping[str, object]
    ) -> dict[str, object]:
        """The parts called `wanted` (`lines` and any of `parts`), in the shapes that `like` has.

        What has no place of its own goes where the system shows it: all into `lines`, or the number after the
        street. A part that already shows its value is left as it is written there.
        """
        return shaped_parts(_parts(value), wanted, like)

    def _found(self, raw: Mapping[str, object]) -> Mapping[str, str]:
        """The parts as clean text; lines that stand alone may hold a whole address."""
        found = {part: clean(raw[part]) for part in self.parts if raw.get(part) is not None}
        lines = raw.get("lines")
        if lines and not any(found.values()):
            return read_text(lines)
        if lines and not found.get("street"):
            found["street"] = _line(lines)
        return found

    def _canonical(self, found: Mapping[str, str]) -> Parts:
        street, number, addition = found.get("street", ""), found.get("number", ""), found.get("addition", "")
        country = country_code(found.get("country", ""))
        postcode, city = found.get("postcode", ""), found.get("city", "")
        dutch_code = _POSTCODE.match(postcode) if country in ("", "NL") else None
        if dutch_code:
            postcode = f"{dutch_code[1]} {dutch_code[2].upper()}"
        at_home = self.region == "NL" and (not postcode or _DISTRICT.match(postcode))
        if country == "NL" or (not country and (dutch_code or at_home)):
            street, number, addition = _dutch(street, number, addition)
        elif number or addition:
            street, number, addition = " ".join(filter(None, (street, number, addition))), "", ""
        return street, number, addition, postcode, city, country


def _dutch(street: str, number: str, addition: str) -> tuple[str, str, str]:
    more = ""
    if not number:
        street, number, more = split_line(street)
    elif not number.isdigit() or number[0] == "0":
        number, more = split_number(number)
    if not addition and not more:
        return street, number, ""
    addition = spell_addition(addition)
    if not number:  # an addition to nothing is the end of the street line, and perhaps the number itself
        return split_line(join_line(street, "", addition))
    return (
        street,
        number,
        addition if not more or fold(more) == fold(addition) else f"{more} {addition}".strip(),
    )


def _district_of(a: str, b: str) -> bool:
    """Is `a` the four digits of the Dutch postcode `b`? Both are keys."""
    return bool(_DISTRICT.match(a) and b.startswith(a) and b[4:].isalpha())


def _line(lines: object) -> str:
    if isinstance(lines, list | tuple):
        return " ".join(filter(None, (clean(line) for line in lines)))
    return clean(lines)


def _parts(value: Value) -> Parts:
    """The six parts of a canonical value, each "" for a blank."""
    if not isinstance(value, tuple):
        return "", "", "", "", "", ""
    street, number, addition, postcode, city, country = value
    return street, number, addition, postcode, city, country
