"""Exports as companies have them lying about, with what each column is: written before anybody tried them.

A file is a table of columns: the heading, what the column is, and how a customer's cell comes about. What it
is says the type, `address.` and the part of an address, `infix`, `key`, `modified`, or `out`: no field of a
customer. Where more than one answer is right, a bar stands between them.
"""

from __future__ import annotations

import csv
import datetime
import random
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from stdnum.nl import btw

from sandbox.people import Person, Population

ROWS = 240
NOBODY = ("", "", "", "", "-", "n.v.t.", "onbekend")


class One(random.Random):
    """One customer of a list, and the dice for what the list says about them."""

    def __init__(self, who: Person, number: int) -> None:
        super().__init__(number)
        self.who, self.number = who, number

    def maybe(self, text: Any, share: float = 0.8) -> Any:
        return text if self.random() < share else self.choice(NOBODY)

    @property
    def name(self) -> str:
        if self.who.is_organisation:
            return self.who.contact
        return " ".join(filter(None, (self.who.given, self.who.infix, self.who.family)))

    @property
    def initials(self) -> str:
        letters = (self.who.given or self.who.contact)[:1] + self.choice(("", "", "A", "J", "M"))
        return "".join(f"{letter}." for letter in letters) if self.random() < 0.8 else letters.lower()

    @property
    def company(self) -> str:
        return f"{self.who.organisation} {self.who.legal_form}" if self.who.is_organisation else ""

    def day(self, first: int = 2012, last: int = 2025) -> datetime.date:
        return datetime.date(first, 1, 1) + datetime.timedelta(days=self.randrange(365 * (last - first)))

    @property
    def moment(self) -> datetime.datetime:
        return datetime.datetime.combine(
            self.day(2023), datetime.time(self.randrange(24), self.randrange(60), self.randrange(60))
        )

    def written_phone(self, number: str | None = None) -> str:
        digits = (number or self.who.phone).removeprefix("+31")
        return self.choice(
            (
                f"0{digits}",
                f"+31{digits}",
                f"0031 {digits}",
                f"0{digits[:1]}-{digits[1:]}" if digits.startswith("6") else f"(0{digits[:2]}) {digits[2:]}",
                f"+31 (0){digits[:2]} {digits[2:5]} {digits[5:]}",
            )
        )

    @property
    def mobile(self) -> str:
        return self.written_phone(f"+316{self.choice('1245')}{self.randrange(10**7):07}")

    @property
    def landline(self) -> str:
        return self.written_phone(
            f"+31{self.choice(('10', '20', '30', '70'))}{self.randrange(2 * 10**6, 8 * 10**6)}"
        )

    @property
    def postcode(self) -> str:
        code = self.who.address.postcode
        return self.choice(
            (code, code, code.replace(" ", ""), code.lower(), code[:4] if self.random() < 0.2 else code)
        )

    @property
    def mail(self) -> str:
        return self.choice((self.who.email, self.who.email, self.who.email.upper(), f" {self.who.email}"))

    @property
    def vat(self) -> str:
        while not btw.is_valid(number := f"NL{self.randrange(10**8, 10**9)}B{self.randrange(1, 5):02}"):
            pass
        return self.choice(
            (
                number,
                f"{number[:2]} {number[2:11]} {number[11:]}",
                f"{number[:2]}{number[2:5]}.{number[5:8]}.{number[8:11]}.{number[11:]}",
            )
        )

    def money(self, top: int) -> float:
        return round(self.random() * top, 2)


def dutch(amount: float) -> str:
    return f"{amount:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


@dataclass(frozen=True)
class Column:
    heading: str
    is_a: str
    cell: Callable[[One], Any]


def columns(*rows: tuple[str, str, Callable[[One], Any]]) -> tuple[Column, ...]:
    return tuple(Column(*row) for row in rows)


BOOKS = columns(
    ("Debnr", "key", lambda o: 100000 + o.number),
    ("Bedrijfsnaam", "organisation", lambda o: o.company or o.name),
    ("Tav", "text", lambda o: o.maybe(o.name, 0.6)),
    ("Straatnaam", "address.street", lambda o: o.who.address.street),
    ("Hnr", "address.number", lambda o: o.who.address.number),
    ("toev.", "address.addition", lambda o: o.who.address.addition),
    ("Postcd", "address.postcode", lambda o: o.postcode),
    ("Woonpl.", "address.city", lambda o: o.choice((o.who.address.city, o.who.address.city.upper()))),
    ("Lnd", "address.country|country", lambda o: o.choice(("NL", "NL", "NL", "Nederland", ""))),
    ("Tel", "phone", lambda o: o.maybe(o.landline)),
    ("Gsm", "phone", lambda o: o.maybe(o.mobile, 0.5)),
    ("E-mailadres factuur", "email", lambda o: o.maybe(o.mail, 0.9)),
    ("Btw-nummer", "vat_id", lambda o: o.maybe(o.vat, 0.7)),
    ("KvK-nr", "kvk", lambda o: o.maybe(f"{o.randrange(10**7, 9 * 10**7):08}", 0.7)),
    ("Rekening", "iban", lambda o: o.maybe(o.who.iban)),
    ("Betaaltermijn", "integer", lambda o: o.choice((8, 14, 14, 30, 30, 60))),
    ("Kredietlimiet", "money|decimal", lambda o: dutch(o.choice((500, 1000, 2500, 10000, 15000)))),
    ("Openstaand", "money|decimal", lambda o: f"€ {dutch(o.money(9000))}"),
    ("Debiteur sinds", "date|out", lambda o: o.day().strftime("%d-%m-%Y")),
    ("Geblokkeerd", "boolean", lambda o: o.choice(("J", "N", "N", "N"))),
    ("Laatste mutatie", "modified", lambda o: o.moment.strftime("%d-%m-%Y %H:%M")),
)
ORDERS = columns(
    ("Customer ID", "key", lambda o: 7_000_000_000 + o.number * 37),
    ("First Name", "given_name", lambda o: o.who.given),
    ("Last Name", "family_name", lambda o: f"{o.who.infix} {o.who.family}".strip()),
    ("Email", "email", lambda o: o.mail),
    ("Accepts Email Marketing", "boolean", lambda o: o.choice(("yes", "no"))),
    ("Company", "organisation", lambda o: o.company),
    (
        "Address1",
        "address.street",
        lambda o: f"{o.who.address.street} {o.who.address.number}{o.who.address.addition}",
    ),
    (
        "Address2",
        "text|address.street|address.addition",
        lambda o: o.choice(("", "", "", "Achterom", "2e verdieping")),
    ),
    ("City", "address.city", lambda o: o.who.address.city),
    ("Country Code", "address.country|country", lambda o: o.choice(("NL", "NL", "BE"))),
    ("Zip", "address.postcode", lambda o: f"'{o.postcode}" if o.random() < 0.1 else o.postcode),
    ("Phone", "phone", lambda o: o.maybe(f"+{o.who.phone[1:]}", 0.6)),
    ("Total Spent", "money|decimal", lambda o: f"{o.money(800):.2f}"),
    ("Total Orders", "integer", lambda o: o.randrange(30)),
    (
        "Note",
        "text",
        lambda o: o.choice(("", "", "", "Bel eerst", "belt liever 's avonds", "Afleveren bij de buren")),
    ),
    (
        "Tags",
        "tags",
        lambda o: ", ".join(o.sample(("vip", "b2b", "newsletter", "returns", "wholesale"), o.randrange(4))),
    ),
    ("Tax Exempt", "boolean", lambda o: o.choice(("yes", "no", "no", "no"))),
    ("Locale", "language", lambda o: o.choice(("nl-NL", "nl-NL", "en-GB", "de-DE"))),
    (
        "Website",
        "url",
        lambda o: o.choice(("", f"www.{o.who.phone[4:8]}-winkel.nl", f"https://shop{o.number}.nl/")),
    ),
    ("Created At", "out|date", lambda o: o.moment.strftime("%Y-%m-%d %H:%M:%S +0100")),
    ("Updated At", "modified", lambda o: o.moment.strftime("%Y-%m-%dT%H:%M:%SZ")),
)
NEWSLETTER = columns(
    ("E-mailadres", "email|key", lambda o: o.who.email),
    ("Voornaam", "given_name", lambda o: o.maybe(o.who.given, 0.7)),
    ("Tv", "infix", lambda o: o.who.infix),
    ("Achternaam", "family_name", lambda o: o.who.family),
    ("M/V", "enum|text", lambda o: o.choice(("M", "V", "V", "?"))),
    ("Opt-in", "boolean", lambda o: o.choice(("ja", "ja", "nee", ""))),
    ("Opt-in datum", "date|out", lambda o: o.day().strftime("%d/%m/%Y")),
    (
        "Interesses",
        "tags",
        lambda o: "; ".join(o.sample(("tuin", "koken", "reizen", "mode", "sport"), o.randrange(4))),
    ),
    (
        "Geb.datum",
        "birth_date",
        lambda o: o.maybe(
            f"{o.who.birth[8:]}-{o.who.birth[5:7]}-{o.who.birth[:4]}" if o.who.birth else "", 0.6
        ),
    ),
    ("Taal", "language", lambda o: o.choice(("Nederlands", "Nederlands", "Engels"))),
    ("Status", "enum|text", lambda o: o.choice(("actief", "actief", "afgemeld", "bounced"))),
    ("Bron", "enum|text", lambda o: o.choice(("website", "beurs", "import 2019", "winkel"))),
    ("Aantal geopend", "integer", lambda o: o.randrange(90)),
)
CONTACTS = columns(
    ("Rel.code", "key", lambda o: f"R{o.number:05}"),
    ("Aanhef", "enum|text", lambda o: o.choice(("De heer", "Mevrouw", "Mevr.", "Dhr.", ""))),
    ("Voorl.", "initials", lambda o: o.initials),
    ("Roepnaam", "given_name", lambda o: o.maybe(o.who.given, 0.7)),
    ("Tussenv.", "infix", lambda o: o.who.infix),
    ("Familienaam", "family_name", lambda o: o.who.family or o.who.contact.split()[-1]),
    (
        "Functie",
        "text|enum",
        lambda o: o.maybe(
            o.choice(("directeur", "inkoper", "Hoofd inkoop", "secretaresse", "eigenaar")), 0.6
        ),
    ),
    ("Werkgever", "organisation", lambda o: o.company),
    (
        "Adres",
        "address.street",
        lambda o: f"{o.who.address.street} {o.who.address.number} {o.who.address.addition}".strip(),
    ),
    ("PC", "address.postcode", lambda o: o.postcode),
    ("Plaats", "address.city", lambda o: o.who.address.city),
    ("Tel. werk", "phone", lambda o: o.maybe(o.landline, 0.7)),
    ("Mobiel", "phone", lambda o: o.maybe(o.mobile, 0.7)),
    ("Mail zakelijk", "email", lambda o: o.maybe(o.mail)),
    ("Mail privé", "email", lambda o: o.maybe(f"{o.who.given or 'x'}{o.number}@thuis.example".lower(), 0.3)),
    ("Site", "url", lambda o: o.maybe(f"http://www.bedrijf{o.number}.nl", 0.3)),
    ("Gebdat", "birth_date", lambda o: datetime.date.fromisoformat(o.who.birth) if o.who.birth else None),
    ("Accountmanager", "text|enum", lambda o: o.choice(("Wilma Postma", "Kees Bos", "Ria van Dam"))),
    ("Klasse", "enum|text", lambda o: o.choice("ABBCC")),
    ("Nieuwsbrief", "boolean", lambda o: o.choice(("x", "", "x"))),
    (
        "Opmerkingen",
        "text",
        lambda o: o.choice(
            ("", "", "Belt terug", "Let op: nieuwe inkoper per 1 mei", f"Zie offerte {o.number}")
        ),
    ),
    ("Gewijzigd", "modified", lambda o: o.moment),
)
SURVEY = columns(
    ("Respondent", "key", lambda o: f"{o.getrandbits(48):012x}"),
    ("Begonnen op", "date|out", lambda o: o.moment.strftime("%Y-%m-%d %H:%M:%S")),
    ("Voltooid op", "date|out|modified", lambda o: o.moment.strftime("%Y-%m-%d %H:%M:%S")),
    (
        "IP-adres",
        "text|reference|out",
        lambda o: f"84.{o.randrange(256)}.{o.randrange(256)}.{o.randrange(256)}",
    ),
    ("Hoe heet u?", "text", lambda o: o.name),
    ("Wat is uw e-mailadres?", "email", lambda o: o.maybe(o.mail, 0.9)),
    ("Op welk nummer kunnen wij u bellen?", "phone", lambda o: o.maybe(o.written_phone(), 0.5)),
    ("Wat is uw postcode?", "address.postcode", lambda o: o.postcode),
    ("En uw huisnummer?", "address.number", lambda o: f"{o.who.address.number}{o.who.address.addition}"),
    ("Wat is uw geboortejaar?", "integer|text|out", lambda o: o.who.birth[:4]),
    ("Welk cijfer geeft u ons?", "integer", lambda o: o.randint(1, 10)),
    ("Mogen wij contact met u opnemen?", "boolean", lambda o: o.choice(("Ja", "Nee"))),
    ("Hoe kent u ons?", "enum|text", lambda o: o.choice(("Google", "Vrienden", "Krant", "Anders"))),
    (
        "Wat kan er beter?",
        "text",
        lambda o: o.choice(("", "Niets!", "De wachttijd", "Meer kleuren graag", "bezorging was laat")),
    ),
)
RELATIONS = columns(
    ("rel_id", "key", lambda o: o.number),
    ("nm_voor", "given_name", lambda o: o.who.given),
    ("nm_tussen", "infix", lambda o: o.who.infix or None),
    ("nm_achter", "family_name", lambda o: o.who.family or None),
    ("bedrijf", "organisation", lambda o: o.company or None),
    ("geb_dt", "birth_date", lambda o: o.who.birth or None),
    ("str", "address.street", lambda o: o.who.address.street),
    ("huisnr", "address.number", lambda o: o.who.address.number),
    ("huisnr_toev", "address.addition", lambda o: o.who.address.addition or None),
    ("pc", "address.postcode", lambda o: o.who.address.postcode.replace(" ", "")),
    ("wpl", "address.city", lambda o: o.who.address.city),
    ("land_cd", "address.country|country", lambda o: "NL"),
    ("telnr", "phone", lambda o: o.who.phone if o.random() < 0.8 else None),
    ("email_adr", "email", lambda o: o.who.email),
    ("bankrek", "iban", lambda o: o.who.iban if o.random() < 0.7 else None),
    ("actief_jn", "boolean", lambda o: o.choice(("J", "J", "N"))),
    ("krediet_lim", "money|decimal|integer", lambda o: o.choice((0.0, 500.0, 1250.5))),
    ("dt_invoer", "out|date", lambda o: o.moment.isoformat(" ")),
    ("dt_mutatie", "modified", lambda o: o.moment.isoformat(" ")),
)
CUSTOMERS = columns(
    ("cust_no", "key", lambda o: f"C-{o.number:06}"),
    ("full_name", "text", lambda o: o.name),
    ("company_name", "organisation", lambda o: o.company or None),
    ("vat_number", "vat_id", lambda o: o.vat if o.who.is_organisation else None),
    ("street", "address.street", lambda o: o.who.address.street),
    ("house_no", "address.number", lambda o: f"{o.who.address.number}"),
    ("zipcode", "address.postcode", lambda o: o.postcode),
    ("town", "address.city", lambda o: o.who.address.city),
    ("mobile_phone", "phone", lambda o: o.mobile),
    ("email_address", "email", lambda o: o.who.email),
    ("dob", "birth_date", lambda o: o.who.birth or None),
    ("lang", "language", lambda o: o.who.language),
    ("is_active", "boolean", lambda o: int(o.random() < 0.8)),
    ("price_group", "enum|text", lambda o: o.choice(("retail", "trade", "staff"))),
    ("loyalty_points", "integer", lambda o: o.randrange(5000)),
    ("last_update", "modified", lambda o: o.moment.isoformat(" ")),
)

FIRST: Mapping[str, tuple[Column, ...]] = {
    "debiteuren.csv": BOOKS,
    "customers_export.csv": ORDERS,
    "nieuwsbrief.csv": NEWSLETTER,
    "contacten.xlsx": CONTACTS,
    "enquete.csv": SURVEY,
    "crm.db": RELATIONS,
    "shop.db": CUSTOMERS,
}
"""What the drafting of columns was made better with."""


def people(count: int, seed: int) -> list[Person]:
    """Three of four are persons, in no order."""
    found = list(Population(random.Random(seed)).people(count * 3 // 4, count - count * 3 // 4))
    random.Random(seed).shuffle(found)
    return found


def write(folder: Path, name: str, table: tuple[Column, ...], who: list[Person]) -> str:
    """The export in the folder, in the way of its ending; what `init --from` takes."""
    header = [column.heading for column in table]
    ones = [One(person, number) for number, person in enumerate(who, 1)]
    rows = [[column.cell(one) for column in table] for one in ones]
    path = folder / name
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in (header, *rows):
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".db":
        with sqlite3.connect(path) as db:
            named = ", ".join(f'"{one}"' for one in header)
            db.execute(f"CREATE TABLE klanten ({named}, PRIMARY KEY ({named.split(',')[0]}))")
            db.executemany(f"INSERT INTO klanten VALUES ({', '.join('?' * len(header))})", rows)
        db.close()
    else:
        dutchly = table is not ORDERS
        with path.open("w", encoding="cp1252" if dutchly else "utf-8", newline="") as out:
            csv.writer(out, delimiter=";" if dutchly else ",").writerows([header, *rows])
    return f"{path}:klanten" if path.suffix == ".db" else str(path)
