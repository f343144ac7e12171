"""Made-up Dutch customers, each system with its own notation of the same person."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.clock import stamp

_FIRST = [
    "Hanna",
    "Bram",
    "Yara",
    "Chloé",
    "Gijs",
    "Karin",
    "Milan",
    "Tess",
    "Jan",
    "Roos",
    "André",
    "Wouter",
    "Isa",
    "Ayşe",
    "Teun",
    "Maud",
    "Femke",
    "Stijn",
]
_INFIX = ["", "", "", "van", "de", "van der", "den", "ten", "op den", "van 't"]
_LAST = [
    "Leeuwen",
    "Willems",
    "Hartog",
    "Dekker",
    "Meer",
    "Brouwer",
    "Schouten",
    "Vos",
    "Brink",
    "Koster",
    "Graaf",
    "Kuiper",
    "Demir",
    "Camp",
    "Prins",
]
_STREET = [
    "Oosterstraat",
    "Haarlemmerdijk",
    "Stationsplein",
    "Hoogstraat",
    "Raadhuisstraat",
    "Kerkstraat",
    "Zuidkade",
    "Voorstreek",
]
_CITY = [
    "Groningen",
    "Amsterdam",
    "Arnhem",
    "Zwolle",
    "Rotterdam",
    "Tilburg",
    "Hengelo",
    "Drachten",
    "Nijmegen",
    "Geleen",
    "Breda",
]
_BANK = ["INGB", "RABO", "ABNA", "TRIO"]
_LETTERS = "ABCDEGHJKLMNPRSTVWXZ"
_NOTE = (
    "Belt liever na vijf uur; factuur per e-mail, levering via de achterdeur aan de zijkant van het pand. "
    "Vaste klant sinds 2014; betaalt altijd binnen de termijn, graag eerst bellen."
)
_START = datetime(2026, 1, 1, tzinfo=UTC)

_PHONES: list[Callable[[str], str]] = [
    lambda n: f"+31{n}",
    lambda n: f"0{n[:1]}-{n[1:]}",
    lambda n: f"0031 {n}",
    lambda n: f"+31 (0){n[:1]} {n[1:5]} {n[5:]}",
    lambda n: f"0{n[:3]} {n[3:6]} {n[6:]}",
]


def iban(bank: str, account: str) -> str:
    """A Dutch IBAN with its ISO 13616 check digits (mod 97) for a made-up account."""
    digits = "".join(str(int(c, 36)) for c in f"{bank}{account}NL00")
    return f"NL{98 - int(digits) % 97:02d}{bank}{account}"


def person(number: int, seed: int) -> dict[str, str]:
    """The true customer with this number: the same in every system."""
    r = random.Random(seed * 1_000_003 + number)
    first, infix, last = r.choice(_FIRST), r.choice(_INFIX), r.choice(_LAST)
    postcode = f"{r.randint(1000, 9999)} {r.choice(_LETTERS)}{r.choice(_LETTERS)}"
    return {
        "email": f"{first}.{last}{number}@voorbeeld.example".lower(),
        "first_name": first,
        "last_name": f"{infix} {last}".strip(),
        "phone": f"{r.choice(['10', '20', '30', '50', '70'])}{r.randint(1_000_000, 9_999_999)}",
        "mobile": f"6{r.randint(10_000_000, 59_999_999)}",  # 066, 067 and 069 are not given out
        "company": f"{last} {r.choice(['Bouw', 'Tekst', 'Optiek', 'Wijnen'])} B.V."
        if number % 4 == 0
        else "",
        "iban": iban(r.choice(_BANK), f"{r.randint(0, 9_999_999_999):010d}"),
        "birth_date": (date(1950, 1, 1) + timedelta(days=r.randint(0, 18_000))).isoformat(),
        "street": r.choice(_STREET),
        "house_number": str(r.randint(1, 300)),
        "house_addition": r.choice(["", "", "", "A", "bis", "2"]),
        "postcode": postcode,
        "city": r.choice(_CITY),
        "country": "NL",
    }


def notation(true: dict[str, str], number: int, system: int) -> dict[str, Any]:
    """How one system writes this customer; the offset fixes who writes what how."""
    style = number + system
    shown: dict[str, Any] = dict(true)
    shown["phone"] = _PHONES[style % 5](true["phone"])
    shown["mobile"] = _PHONES[(style + 2) % 5](true["mobile"])
    if style % 5 == 0:
        shown["email"] = true["email"].title()
    if style % 4 == 1:
        shown["postcode"] = true["postcode"].replace(" ", "").lower()
    if style % 3 == 1:
        shown["iban"] = " ".join(true["iban"][i : i + 4] for i in range(0, len(true["iban"]), 4))
    if style % 7 == 2:
        shown["last_name"] = true["last_name"].upper()
    return shown


def customers(count: int, seed: int = 1, system: int = 0) -> list[dict[str, Any]]:
    """`count` records of 600 to 700 bytes with 14 fields to map, as system `system` holds them."""
    return [
        {
            "id": str(number),
            **notation(person(number, seed), number, system),
            "notes": _NOTE,
            "segment": ["basic", "gold", "new"][number % 3],
            "created_at": stamp(_START),
            "updated_at": stamp(_START + timedelta(seconds=7 * number)),
            "version": 1,
        }
        for number in range(1, count + 1)
    ]
