"""The four systems' own shapes: what one customer looks like as a row of each, and what such a row means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime

from sandbox.notation import Ink
from sandbox.people import Person

Row = dict[str, str]
SYSTEMS = ("crm", "accounting", "shop", "newsletter")
LANGUAGES = {
    "crm": {"nl": "NL", "en": "EN", "de": "DE"},
    "newsletter": {"nl": "Dutch", "en": "English", "de": "German"},
}
KEY = {"crm": "Klantnr", "accounting": "Relatiecode", "shop": "id", "newsletter": "Subscriber"}
MODIFIED = {"crm": "Gewijzigd", "accounting": "Gewijzigd", "shop": "modified", "newsletter": "Last Changed"}
COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "crm": {
        "given_name": ("Voornaam",),
        "family_name": ("Tussenvoegsel", "Achternaam"),
        "email": ("E-mail",),
        "phone": ("Telefoon",),
        "address": ("Straat", "Huisnr", "Toev", "Postcode", "Plaats", "Land"),
        "organisation": ("Bedrijf",),
        "birth_date": ("Geboortedatum",),
        "iban": ("IBAN",),
        "language": ("Taal",),
    },
    "accounting": {
        "organisation": ("Bedrijfsnaam",),
        "contact_name": ("Contactpersoon",),
        "family_name": ("Achternaam",),
        "email": ("Email",),
        "phone": ("Tel",),
        "address": ("Adres", "Postcode", "Woonplaats", "Landcode"),
        "iban": ("Rekening",),
    },
    "shop": {
        "email": ("email",),
        "given_name": ("firstname",),
        "family_name": ("lastname",),
        "organisation": ("company",),
        "phone": ("phone",),
        "address": ("street", "zip", "city", "country_code"),
        "birth_date": ("birthdate",),
    },
    "newsletter": {
        "email": ("EmailAddress",),
        "given_name": ("First Name",),
        "family_name": ("Last Name",),
        "phone": ("Phone",),
        "language": ("Language",),
    },
}
"""Per system and field: the columns that hold it."""

GIVEN_LENGTH = 10
"""Characters that the newsletter keeps of a given name."""


def holds(system: str, field: str) -> bool:
    """Does this system have a place for the field?"""
    return field in COLUMNS[system]


def header(system: str) -> tuple[str, ...]:
    """All columns, in the order of the file."""
    fields = COLUMNS[system].values()
    return (KEY[system], *(column for columns in fields for column in columns), MODIFIED[system])


def row(system: str, person: Person, ink: Ink) -> Row:
    """One customer as this system's users write it, without key and time."""
    return _ROWS[system](person, ink)


def columns_of(system: str, person: Person, ink: Ink, field: str) -> Row:
    """Only the columns that hold this field."""
    whole = row(system, person, ink)
    return {column: whole[column] for column in COLUMNS[system][field]}


def stamp(system: str, moment: datetime) -> str:
    """A time as this system writes it; `moment` is aware and in UTC."""
    return moment.strftime(_TIMES[system])


_TIMES = {
    "crm": "%d-%m-%Y %H:%M:%S",
    "accounting": "%Y-%m-%dT%H:%M:%SZ",
    "shop": "%Y-%m-%d %H:%M:%S",
    "newsletter": "%Y-%m-%dT%H:%M:%SZ",
}


def _crm(person: Person, ink: Ink) -> Row:
    address = person.address
    return {
        "Voornaam": ink.write("given_name", person.given),
        "Tussenvoegsel": ink.write("infix", person.infix),
        "Achternaam": ink.write("family_name", person.family),
        "E-mail": ink.write("email", person.email),
        "Telefoon": ink.write("phone", person.phone),
        "Straat": address.street,
        "Huisnr": str(address.number),
        "Toev": address.addition,
        "Postcode": ink.write("postcode", address.postcode),
        "Plaats": ink.write("city", address.city),
        "Land": ink.write("country", address.country),
        "Bedrijf": ink.write("organisation", _full_name(person)),
        "Geboortedatum": ink.write("birth_date", person.birth),
        "IBAN": ink.write("iban", person.iban),
        "Taal": LANGUAGES["crm"][person.language],
    }


def _accounting(person: Person, ink: Ink) -> Row:
    address = person.address
    return {
        "Bedrijfsnaam": ink.write("organisation", _full_name(person)),
        "Contactpersoon": person.contact,
        "Achternaam": _family(person, ink),
        "Email": ink.write("email", person.email),
        "Tel": ink.write("phone", person.phone),
        "Adres": f"{address.street} {ink.write('house', _house(person))}",
        "Postcode": ink.write("postcode", address.postcode),
        "Woonplaats": ink.write("city", address.city),
        "Landcode": ink.write("country", address.country),
        "Rekening": ink.write("iban", person.iban),
    }


def _shop(person: Person, ink: Ink) -> Row:
    address = person.address
    return {
        "email": ink.write("email", person.email),
        "firstname": ink.write("given_name", person.given),
        "lastname": _family(person, ink),
        "company": ink.write("organisation", _full_name(person)),
        "phone": ink.write("phone", person.phone),
        "street": f"{address.street} {ink.write('house', _house(person))}",
        "zip": ink.write("postcode", address.postcode),
        "city": ink.write("city", address.city),
        "country_code": ink.write("country", address.country),
        "birthdate": ink.write("birth_date", person.birth),
    }


def _newsletter(person: Person, ink: Ink) -> Row:
    return {
        "EmailAddress": ink.write("email", person.email),
        "First Name": ink.write("given_name", person.given[:GIVEN_LENGTH]),
        "Last Name": _family(person, ink),
        "Phone": ink.write("phone", person.phone),
        "Language": LANGUAGES["newsletter"][person.language],
    }


_ROWS: Mapping[str, Callable[[Person, Ink], Row]] = {
    "crm": _crm,
    "accounting": _accounting,
    "shop": _shop,
    "newsletter": _newsletter,
}


def _full_name(person: Person) -> str:
    return f"{person.organisation} {person.legal_form}".strip()


def _house(person: Person) -> str:
    return f"{person.address.number}|{person.address.addition}"


def _family(person: Person, ink: Ink) -> str:
    if not person.infix:
        return person.family
    return ink.write("whole_family_name", f"{person.infix}|{person.family}")


def meaning(system: str, row: Mapping[str, str], field: str) -> str:
    """What a row says about a field, whatever the notation: for comparing two rows, not for reading.

    This is the demo's own, deliberately plain reading; it knows only the forms of `notation.py` and those
    that a careful program would write.
    """
    found = [(row.get(column) or "").strip() for column in COLUMNS[system][field]]
    if field == "language":
        return {shown: code for code, shown in LANGUAGES[system].items()}.get(found[0], found[0])
    if field == "address":  # the country says little and is often left out
        return squeezed("".join(found[:-1]))
    return _MEANINGS.get(field, squeezed)(" ".join(found))


def squeezed(text: str) -> str:
    """Only letters without accents, and digits."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKD", text).casefold())


def _phone(text: str) -> str:
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    if text.startswith("+"):
        return digits
    return digits[2:] if digits.startswith("00") else digits and f"31{digits[1:]}"


def _family_name(text: str) -> str:
    name, comma, infix = text.strip().partition(",")
    return squeezed(infix + name if comma else name)


def _organisation(text: str) -> str:
    return squeezed(re.sub(r"\s(b\.?v|v\.?o\.?f)\.?\s*$", "", text.casefold()))


def _date(text: str) -> str:
    day_first = re.fullmatch(r"(\d\d)-(\d\d)-(\d{4})", text)
    return "-".join(reversed(day_first.groups())) if day_first else text


_MEANINGS: Mapping[str, Callable[[str], str]] = {
    "email": str.casefold,
    "phone": _phone,
    "family_name": _family_name,
    "organisation": _organisation,
    "birth_date": _date,
}
