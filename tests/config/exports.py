"""How an export of customers is written: rows of one customer each, in the way of its ending."""

from __future__ import annotations

import csv
import datetime
import random
import sqlite3
from collections.abc import Callable
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


def dutch_day(iso: str) -> str:
    return "-".join(reversed(iso.split("-")))


@dataclass(frozen=True)
class Column:
    heading: str
    is_a: str
    cell: Callable[[One], Any]


def columns(*rows: tuple[str, str, Callable[[One], Any]]) -> tuple[Column, ...]:
    return tuple(Column(*row) for row in rows)


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
        dutchly = name != "customers_export.csv"
        with path.open("w", encoding="cp1252" if dutchly else "utf-8", newline="") as out:
            csv.writer(out, delimiter=";" if dutchly else ",").writerows([header, *rows])
    return f"{path}:klanten" if path.suffix == ".db" else str(path)
