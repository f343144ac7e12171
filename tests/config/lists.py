"""Customer lists in four shapes that nobody told the sampler about, each with the truth of every column.

The truth of a column: its field (with the part behind a dot) and type, or why it is none: key, modified, out.
"""

from __future__ import annotations

import csv
import gzip
import random
import sqlite3
from datetime import datetime
from pathlib import Path

import openpyxl

NL = Path(__file__).resolve().parents[3] / "shared/data/matching/nl_synthetic_seed42.csv.gz"
FIRST = [
    "Ada",
    "Bea",
    "Cem",
    "Daan",
    "Eva",
    "Finn",
    "Guus",
    "Hanna",
    "Iris",
    "Jesse",
    "Kim",
    "Lars",
    "Mila",
    "Noor",
    "Olaf",
    "Puck",
    "Ravi",
    "Sem",
    "Tess",
    "Youssef",
]
LAST = [
    "Berg",
    "Vries",
    "Jansen",
    "Kaya",
    "Bakker",
    "Visser",
    "Smit",
    "Meijer",
    "Boer",
    "Mulder",
    "Groot",
    "Bos",
    "Vos",
    "Peters",
    "Hendriks",
    "Dekker",
]
STREETS = ["Dorpsstraat", "Kerkweg", "Molenlaan", "Stationsplein", "Havenkade", "Beukenpad", "Schoolstraat"]
CITIES = ["Utrecht", "Zwolle", "Arnhem", "Breda", "Leiden", "Delft"]
FIRMS = ["Rijnoever", "Molenwiek", "Havenzicht", "Zonnedauw", "Veldzicht"]

ADDRESS = "postal_address"
Truth = dict[str, tuple[str, str]]

CRM: Truth = {
    **dict.fromkeys(("source", "kind", "full_name", "address_line", "iban"), ("out", "")),
    "rec_id": ("key", ""),
    "first_name": ("given_name", "given_name"),
    "initials": ("initials", "initials"),
    "infix": ("family_name.infix", "family_name"),
    "last_name": ("family_name", "family_name"),
    "org_name": ("organisation", "organisation"),
    "street": ("address.street", ADDRESS),
    "house_no": ("address.number", ADDRESS),
    "postcode": ("address.postcode", ADDRESS),
    "city": ("address.city", ADDRESS),
    "phone": ("phone", "phone"),
    "email": ("email", "email"),
    "birth_date": ("birth_date", "birth_date"),
    "kvk": ("kvk", "kvk"),
    "updated": ("modified", ""),
}
ACCOUNTING: Truth = {
    **dict.fromkeys(("source", "kind", "first_name", "initials", "infix"), ("out", "")),
    **dict.fromkeys(("last_name", "street", "house_no", "birth_date"), ("out", "")),
    "rec_id": ("key", ""),
    "full_name": ("full_name", "text"),
    "org_name": ("organisation", "organisation"),
    "address_line": ("address.lines", ADDRESS),
    "postcode": ("address.postcode", ADDRESS),
    "city": ("address.city", ADDRESS),
    "phone": ("phone", "phone"),
    "email": ("email", "email"),
    "iban": ("iban", "iban"),
    "kvk": ("kvk", "kvk"),
    "updated": ("modified", ""),
}
RELATIONS: Truth = {
    "Debiteurnr.": ("key", ""),
    "Bedrijf": ("organisation", "organisation"),
    "Voorn.": ("given_name", "given_name"),
    "Tussenv.": ("family_name.infix", "family_name"),
    "Naam": ("family_name", "family_name"),
    "Tel. privé": ("phone", "phone"),
    "Mobiel nr": ("mobile", "phone"),
    "E-mail": ("email", "email"),
    "E-mail factuur": ("invoice_email", "email"),
    "Adres": ("address.lines", ADDRESS),
    "Postcode": ("address.postcode", ADDRESS),
    "Woonplaats": ("address.city", ADDRESS),
    "Provincie": ("out", ""),
    "Btw-nr": ("vat_id", "vat_id"),
    "Rekeningnummer": ("iban", "iban"),
    "Geb. datum": ("birth_date", "birth_date"),
    "Website": ("url", "url"),
    "Nieuwsbrief": ("nieuwsbrief", "boolean"),
    "Omzet 2025": ("revenue", "money"),
    "Aantal bestellingen": ("aantal_bestellingen", "integer"),
    "Laatste bestelling": ("laatste_bestelling", "date"),
    "Opmerkingen": ("notes", "text"),
    "Gewijzigd op": ("modified", ""),
}
SHOP: Truth = {
    "Customer ID": ("key", ""),
    "First Name": ("given_name", "given_name"),
    "Surname": ("family_name", "family_name"),
    "Company": ("organisation", "organisation"),
    "EmailAddress": ("email", "email"),
    "Mobile Phone": ("phone", "phone"),
    "Billing Street": ("address.street", ADDRESS),
    "Billing House Number": ("address.number", ADDRESS),
    "Billing Zip": ("address.postcode", ADDRESS),
    "Billing City": ("address.city", ADDRESS),
    "Billing Country": ("address.country", ADDRESS),
    "Shipping Address": ("delivery_address.lines", ADDRESS),
    "Shipping Zip": ("delivery_address.postcode", ADDRESS),
    "Shipping City": ("delivery_address.city", ADDRESS),
    "DOB": ("birth_date", "birth_date"),
    "Language": ("language", "language"),
    "Accepts marketing": ("accepts_marketing", "boolean"),
    "Created": ("out", ""),
    "Last modified": ("modified", ""),
}


def nl_list(folder: Path, source: str) -> Path:
    """One system of the labelled set as an export of its own."""
    with gzip.open(NL, "rt", encoding="utf-8") as packed:
        rows = [row for row in csv.DictReader(packed) if row["source"] == source]
    truth = CRM if source == "crm" else ACCOUNTING
    return _csv(folder / f"{source}_2026-11.csv", list(truth), [[row[c] for c in truth] for row in rows])


def people(count: int, seed: int) -> list[dict[str, object]]:
    """Customers who do not exist, the same for each seed."""
    chance = random.Random(seed)
    return [_person(number, chance) for number in range(count)]


def relations(folder: Path, who: list[dict[str, object]]) -> Path:
    """An export of bookkeeping, made for a Dutch Excel."""
    rows = [_relation(person, random.Random(number)) for number, person in enumerate(who)]
    path = folder / "Relaties export 20261101.csv"
    return _csv(path, list(RELATIONS), rows, delimiter=";", encoding="cp1252")


def shop(path: Path, who: list[dict[str, object]], sheet: str = "Customers") -> Path:
    """A workbook of a web shop in English, with a title above the header and a sheet of something else."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    page.append(["Customer export"])
    page.append([])
    page.append(list(SHOP))
    for number, person in enumerate(who):
        page.append(_shopper(person, random.Random(number + 7)))
    other = book.create_sheet("Products")
    other.append(["SKU", "Price"])
    other.append(["A-1", 12.5])
    book.save(path)
    return path


def database(path: Path, who: list[dict[str, object]]) -> Path:
    """Customers, orders that are nobody, and an empty table."""
    with sqlite3.connect(path) as base:
        base.execute(
            "CREATE TABLE customers (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT,"
            " phone TEXT, crm_code TEXT, updated_at TEXT)"
        )
        base.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL)")
        base.execute("CREATE TABLE leads (id INTEGER PRIMARY KEY, email TEXT, name TEXT)")
        for n, p in enumerate(who):
            values = (n + 1, p["first"], p["last"], p["email"], p["phone"], p["code"], "2026-10-01T10:00:00")
            base.execute("INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            base.execute("INSERT INTO orders VALUES (?, ?)", (n + 1, 10.5))
    base.close()
    return path


def _person(number: int, chance: random.Random) -> dict[str, object]:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    return {
        "code": f"{number + 100:06d}",
        "first": first,
        "infix": chance.choice(["", "", "", "van der", "de"]),
        "last": last,
        "firm": f"{chance.choice(FIRMS)} {last} B.V." if chance.random() < 0.2 else "",
        "email": f"{first}.{last}{number}@example.org".lower(),
        "phone": f"06{chance.randrange(11_000_000, 59_000_000)}",
        "street": chance.choice(STREETS),
        "number": chance.randrange(1, 180),
        "postcode": f"{chance.randrange(1000, 9999)} {chance.choice('BCDG')}{chance.choice('ABCX')}",
        "city": chance.choice(CITIES),
        "birth": f"{chance.randrange(1940, 2005)}-{chance.randrange(1, 10):02d}-{chance.randrange(10, 29)}",
    }


def _relation(p: dict[str, object], chance: random.Random) -> list[object]:
    year, month, day = str(p["birth"]).split("-")
    phone = str(p["phone"])
    return [
        p["code"],
        p["firm"],
        p["first"],
        p["infix"],
        p["last"],
        chance.choice(["", "030-1234567", "(020) 624 11 11", "n.v.t."]),
        chance.choice([f"+31 (0)6 {phone[2:]}", phone, f"06-{phone[2:]}", "", "0612345678"]),
        p["email"] if chance.random() < 0.9 else "geen@geen.nl",
        f"facturen@{str(p['last']).lower()}.example.org" if p["firm"] else "",
        f"{p['street']} {p['number']}{chance.choice(['', '', ' a', '-2'])}",
        p["postcode"],
        str(p["city"]).upper(),
        "Gelderland",
        "NL004495445B01" if p["firm"] else "",
        chance.choice(["NL91ABNA0417164300", "NL02 RABO 0123 4567 89", ""]),
        f"{day}-{month}-{year}" if chance.random() < 0.8 else "01-01-1900",
        f"www.{str(p['last']).lower()}.example.nl" if p["firm"] else "",
        chance.choice(["ja", "nee"]),
        f"{chance.randrange(0, 9000)},{chance.randrange(10, 99)}",
        chance.randrange(0, 40),
        f"{chance.randrange(1, 28):02d}-0{chance.randrange(1, 9)}-2026",
        chance.choice(["", "", "belt graag 's ochtends", "café om de hoek"]),
        f"{chance.randrange(10, 28)}-10-2026 09:{chance.randrange(10, 59)}",
    ]


def _shopper(p: dict[str, object], chance: random.Random) -> list[object]:
    born = datetime.fromisoformat(str(p["birth"]))
    line = f"{p['street']} {p['number']}"
    last = f"{p['infix']} {p['last']}".strip()
    elsewhere = chance.random() < 0.3
    return [
        f"C-{p['code']}",
        p["first"],
        last,
        p["firm"] or None,
        p["email"],
        int(str(p["phone"])) if chance.random() < 0.5 else f"+31 {str(p['phone'])[1:]}",
        p["street"] if chance.random() < 0.9 else "Nieuwe Gracht",
        p["number"],
        str(p["postcode"]).replace(" ", ""),
        p["city"],
        chance.choice(["NL", "Netherlands", "NL"]),
        line if elsewhere else None,
        p["postcode"] if elsewhere else None,
        p["city"] if elsewhere else None,
        born,
        chance.choice(["nl", "en", "nl-NL"]),
        chance.random() < 0.5,
        datetime(2024, chance.randrange(1, 12), 3),
        datetime(2026, chance.randrange(1, 11), 3, 14, 30),
    ]


def _csv(
    path: Path, header: list[str], rows: list[list[object]], delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows(rows)
    return path
