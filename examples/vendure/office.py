"""Write the office's list: the same customers as the shop's, in the office's own notation.

    python examples/vendure/office.py CUSTOMERS.py examples/vendure/data/office.csv

`CUSTOMERS.py` is any module with a function `variant(name)` that returns the customers as that system would
hold them: rows with key, first, infix, last, company, email, phone, street, number, postcode, city, country.
"""

from __future__ import annotations

import csv
import runpy
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

COLUMNS = {
    "Nummer": "key",
    "Voornaam": "first",
    "Tussenvoegsel": "infix",
    "Achternaam": "last",
    "Bedrijf": "company",
    "E-mail": "email",
    "Telefoon": "phone",
    "Telefoon factuur": "phone",
    "Straat": "street",
    "Huisnummer": "number",
    "Postcode": "postcode",
    "Plaats": "city",
    "Land": "country",
}


def customers(module: Path) -> list[Mapping[str, str]]:
    """The customers as the office holds them."""
    return list(runpy.run_path(str(module))["variant"]("office"))


def write(rows: Iterable[Mapping[str, str]], target: Path) -> None:
    """A CSV as a Dutch Excel saves it: semicolons, a byte order mark, lines that end in CR LF."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file, delimiter=";")
        sheet.writerow(COLUMNS)
        sheet.writerows([row[name] for name in COLUMNS.values()] for row in rows)


if __name__ == "__main__":
    write(customers(Path(sys.argv[1])), Path(sys.argv[2]))
