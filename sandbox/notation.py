"""The ways in which four systems write one and the same value: notation, never meaning.

A form has a name, so that the truth file can count the kinds of difference that are none.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Form(NamedTuple):
    """One way to write a value."""

    kind: str
    write: Callable[[str], str]


def _dutch(spell: Callable[[str], str]) -> Callable[[str], str]:
    """A way to write Dutch numbers; a foreign one is written in E.164 whatever the house style."""
    return lambda phone: spell(phone.removeprefix("+31")) if phone.startswith("+31") else phone


def _area(national: str) -> tuple[str, str]:
    """The number without its trunk 0, after a 6 for mobile or a two-digit area code."""
    return (national[:1], national[1:]) if national.startswith("6") else (national[:2], national[2:])


def _dashed(national: str) -> str:
    area, rest = _area(national)
    return f"0{area}-{rest}"


def _spaced(national: str) -> str:
    area, rest = _area(national)
    return f"0{area} " + " ".join(re.findall(r"\d{1,2}(?=(?:\d\d)*$)", rest))


PLAIN = Form("plain", lambda text: text)
UPPER = Form("capitals in a name", str.upper)
DECOMPOSED = Form("accents as separate marks", lambda text: unicodedata.normalize("NFD", text))
INTERNATIONAL = Form("phone with +31", lambda phone: phone)
ZERO_ZERO = Form("phone with 0031", lambda phone: "00" + phone.removeprefix("+"))
NATIONAL = Form("phone with 0", _dutch(lambda national: f"0{national}"))
DASHED = Form("phone with a dash", _dutch(_dashed))
SPACED = Form("phone with spaces", _dutch(_spaced))
BRACKETED = Form("phone with (0)", _dutch(lambda national: f"+31 (0){' '.join(_area(national))}"))
MAIL_UPPER = Form("e-mail in capitals", str.upper)
MAIL_TITLE = Form("capitals in an e-mail", str.title)
PADDED = Form("spaces around a value", lambda text: f" {text} ")
TIGHT_POSTCODE = Form("postcode without a space", lambda text: text.replace(" ", ""))
LOW_POSTCODE = Form("postcode in small letters", lambda text: text.replace(" ", "").lower())
CITY_UPPER = Form("city in capitals", str.upper)
HOUSE_TIGHT = Form("addition behind the number", lambda house: house.replace("|", ""))
HOUSE_SPACED = Form("addition after a space", lambda house: house.replace("|", " ").rstrip())
HOUSE_DASHED = Form("addition after a dash", lambda house: house.replace("|", "-").rstrip("-"))
HOUSE_UPPER = Form("addition in capitals", lambda house: house.replace("|", " ").rstrip().upper())
NEDERLAND = Form("country by name", lambda code: {"NL": "Nederland"}[code])
DAY_FIRST = Form("day first", lambda iso: "-".join(reversed(iso.split("-"))))
IBAN_GROUPS = Form("IBAN in groups of four", lambda iban: " ".join(re.findall(".{1,4}", iban)))
IBAN_LOW = Form("IBAN in small letters", str.lower)
NO_DOTS = Form("legal form without dots", lambda name: name.replace(".", ""))
LOW_FORM = Form(
    "legal form in small letters", lambda name: re.sub(r"\S+\.$", lambda form: form[0].lower(), name)
)
INFIX_TITLE = Form("infix with a capital", lambda infix: infix[:1].upper() + infix[1:])
INFIX_BEHIND = Form("infix behind the name", lambda name: ", ".join(reversed(name.split("|"))))
INFIX_BEFORE = Form("plain", lambda name: name.replace("|", " "))
INFIX_BEFORE_TITLE = Form(
    "infix with a capital", lambda name: (name[:1].upper() + name[1:]).replace("|", " ")
)

FORMS: Mapping[str, Mapping[str, tuple[Form, ...]]] = {
    "crm": {
        "phone": (NATIONAL, DASHED, SPACED),
        "email": (PLAIN, PLAIN, PADDED),
        "given_name": (PLAIN,),
        "infix": (PLAIN, INFIX_TITLE),
        "family_name": (PLAIN,),
        "organisation": (PLAIN,),
        "postcode": (PLAIN,),
        "city": (PLAIN,),
        "country": (NEDERLAND,),
        "birth_date": (DAY_FIRST,),
        "iban": (IBAN_GROUPS,),
    },
    "accounting": {
        "phone": (INTERNATIONAL, ZERO_ZERO),
        "email": (PLAIN, MAIL_TITLE),
        "whole_family_name": (INFIX_BEHIND, INFIX_BEFORE),
        "organisation": (NO_DOTS, LOW_FORM),
        "house": (HOUSE_DASHED, HOUSE_SPACED),
        "postcode": (TIGHT_POSTCODE,),
        "city": (CITY_UPPER, PLAIN),
        "country": (PLAIN,),
        "iban": (PLAIN, IBAN_LOW),
    },
    "shop": {
        "phone": (INTERNATIONAL, NATIONAL),
        "email": (PLAIN, MAIL_UPPER),
        "given_name": (PLAIN, UPPER),
        "whole_family_name": (INFIX_BEFORE, INFIX_BEFORE_TITLE),
        "organisation": (PLAIN, NO_DOTS),
        "house": (HOUSE_TIGHT, HOUSE_UPPER),
        "postcode": (LOW_POSTCODE, PLAIN),
        "city": (PLAIN,),
        "country": (PLAIN,),
        "birth_date": (PLAIN,),
    },
    "newsletter": {
        "phone": (BRACKETED, ZERO_ZERO),
        "email": (PLAIN, MAIL_TITLE),
        "given_name": (DECOMPOSED,),
        "whole_family_name": (INFIX_BEFORE,),
    },
}
"""Per system and part of a customer: the forms that its users write."""


class Ink:
    """How one record of one system is written: the same forms every time that it is written."""

    def __init__(self, seed: int, person: str, system: str) -> None:
        self._key = f"{seed}/{person}/{system}"
        self._forms = FORMS[system]
        self.kinds: dict[str, str] = {}
        """Part to the kind of form that was used."""

    def write(self, part: str, value: str) -> str:
        """The value as this record shows it."""
        if not value:
            return ""
        form = random.Random(f"{self._key}/{part}").choice(self._forms[part])
        written = form.write(value)
        self.kinds[part] = form.kind if written != INFIX_BEFORE.write(value).rstrip() else PLAIN.kind
        return written


def other_form(system: str, part: str, value: str, shown: str) -> tuple[str, Form]:
    """The value in another form than the one shown, for a rewrite that means nothing."""
    forms = [form for other in FORMS.values() for form in other.get(part, ())]
    usable = [form for form in forms if form.write(value) != shown and form is not PADDED]
    return usable[0].write(value), usable[0]
