"""Dutch customers who do not exist: the true population behind the demo's four systems.

Nothing here comes from the product, so that what the product finds can be held against it.
Every domain ends in `.example`; phone numbers follow the Dutch numbering plan; an IBAN carries its ISO 7064
check digits and an account number that passes the Dutch eleven test.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

NAMES = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text(encoding="utf-8"))
INFIXED = tuple((infix, family) for infix, families in NAMES["infixed"].items() for family in families)
PLACES = tuple((city, low, high) for city, (low, high) in NAMES["places"].items())
BANKS = ("ABNA", "RABO", "INGB", "TRIO", "ASNB", "SNSB")
AREA_CODES = ("10", "20", "30", "40", "50", "70")
PROVIDERS = ("postvak", "brievenbus", "thuismail", "kpost")
POSTCODE_LETTERS = "ABCDEGHJKLMNPRTVWXZ"


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives, in parts; the country is a two-letter code."""

    street: str
    number: int
    addition: str
    postcode: str
    city: str
    country: str = "NL"


@dataclass(frozen=True, slots=True)
class Person:
    """One true customer. An organisation has no given and family name, a person no organisation."""

    id: str
    given: str
    infix: str
    family: str
    organisation: str
    legal_form: str
    contact: str
    email: str
    phone: str
    """E.164."""
    address: Address
    iban: str
    birth: str
    """ISO 8601; "" when nobody knows."""
    language: str

    @property
    def is_organisation(self) -> bool:
        return bool(self.organisation)


class Population:
    """Draws people and their values; what must be somebody's own is never drawn twice."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._taken: set[str] = set()

    def people(self, persons: int, organisations: int) -> Iterator[Person]:
        """First the persons, then the organisations."""
        for number in range(1, persons + 1):
            yield self._person(f"p{number:04}")
        for number in range(1, organisations + 1):
            yield self._organisation(f"o{number:04}")

    def phone(self, mobile: bool = True) -> str:
        """A Dutch number in E.164 that nobody else has."""
        while True:
            if mobile:
                number = f"+316{self.rng.choice('1245')}{self.rng.randrange(10**7):07}"
            else:
                number = f"+31{self.rng.choice(AREA_CODES)}{self.rng.randrange(2_000_000, 8_000_000)}"
            if self._take(number):
                return number

    def foreign_phone(self) -> str:
        """A German mobile number in E.164 that nobody else has."""
        while not self._take(number := f"+49151{self.rng.randrange(10_000_000, 99_999_999)}"):
            pass
        return number

    def email(self, given: str, family: str) -> str:
        """An address of that name that nobody else has."""
        name = f"{ascii_only(given)}.{ascii_only(family)}".lower().replace(" ", "").replace("'", "")
        domain = f"{self.rng.choice(PROVIDERS)}.example"
        while not self._take(address := f"{name}{self.rng.randrange(10, 1000)}@{domain}"):
            pass
        return address

    def address(self) -> Address:
        """A house that nobody else lives in."""
        while True:
            city, low, high = self.rng.choice(PLACES)
            letters = "".join(self.rng.choices(POSTCODE_LETTERS, k=2))
            postcode = f"{self.rng.randint(low, high)} {letters}"
            if self._take(postcode):
                addition = self.rng.choice(("", "", "", "a", "b", "c", "bis"))
                return Address(
                    self.rng.choice(NAMES["streets"]), self.rng.randint(1, 240), addition, postcode, city
                )

    def iban(self) -> str:
        """A valid Dutch IBAN that nobody else has."""
        while True:
            account = eleven_tested(self.rng.randrange(10**8, 10**9))
            if account and self._take(account):
                return with_check_digits("NL", self.rng.choice(BANKS) + account)

    def organisation_name(self) -> str:
        """A name, without its legal form, that nobody else has."""
        while True:
            trade, family = self.rng.choice(NAMES["trades"]), self.rng.choice(NAMES["family"])
            name = f"{trade} {family} {self.rng.choice(PLACES)[0]}"
            if self._take(name):
                return name

    def _person(self, id: str) -> Person:
        infix, family = self.rng.choice(INFIXED) if self.rng.random() < 0.35 else ("", self._family())
        given = self.rng.choice(NAMES["given"])
        return Person(
            id=id,
            given=given,
            infix=infix,
            family=family,
            organisation="",
            legal_form="",
            contact="",
            email=self.email(given, infix + family),
            phone=self.phone(),
            address=self.address(),
            iban=self.iban(),
            birth=self._birth(),
            language=self.rng.choice(("nl", "nl", "nl", "nl", "en", "de")),
        )

    def _organisation(self, id: str) -> Person:
        name = self.organisation_name()
        return Person(
            id=id,
            given="",
            infix="",
            family="",
            organisation=name,
            legal_form=self.rng.choice(("B.V.", "B.V.", "V.O.F.")),
            contact=f"{self.rng.choice(NAMES['given'])} {self.rng.choice(NAMES['family'])}",
            email=self.email("info", name),
            phone=self.phone(mobile=False),
            address=self.address(),
            iban=self.iban(),
            birth="",
            language="nl",
        )

    def _family(self) -> str:
        return str(self.rng.choice(NAMES["long_family" if self.rng.random() < 0.2 else "family"]))

    def _birth(self) -> str:
        if self.rng.random() < 0.2:
            return ""
        return f"{self.rng.randint(1940, 2004)}-{self.rng.randint(1, 12):02}-{self.rng.randint(1, 28):02}"

    def _take(self, value: str) -> bool:
        if value in self._taken:
            return False
        self._taken.add(value)
        return True


def ascii_only(text: str) -> str:
    """Letters without their accents, for an e-mail address."""
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("Ø", "O"))
    return plain.encode("ascii", "ignore").decode()


def eleven_tested(digits: int) -> str:
    """A ten-digit account number made from nine drawn digits; "" when no last digit passes.

    The eleven test weighs the digits 10, 9 … 1; the sum is a multiple of 11 (Betaalvereniging Nederland).
    """
    head = f"{digits:09}"
    weighed = sum(int(digit) * weight for digit, weight in zip(head, range(10, 1, -1), strict=True))
    last = -weighed % 11
    return f"{head}{last}" if last < 10 else ""


def with_check_digits(country: str, account: str) -> str:
    """The IBAN of an account: 98 minus the number, letters as 10 … 35, modulo 97 (ISO 13616, ISO 7064)."""
    digits = "".join(str(int(letter, 36)) for letter in f"{account}{country}00")
    return f"{country}{98 - int(digits) % 97:02}{account}"
