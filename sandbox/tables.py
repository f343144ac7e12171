"""The four systems' data where they live, in three files and a database, read and written as users would."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sandbox.shapes import KEY, SYSTEMS, Row, header

Rows = dict[str, Row]
"""Record id to its row, in the order of the file."""


class File(NamedTuple):
    """How a system writes its file."""

    name: str
    delimiter: str
    encoding: str


FILES = {
    "crm": File("crm.csv", ";", "cp1252"),
    "accounting": File("accounting.csv", ",", "utf-8"),
    "newsletter": File("newsletter.csv", "\t", "utf-16"),
}
SHOP = "shop.db"
SHOP_TABLE = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    email TEXT CHECK (length(email) <= 80),
    firstname TEXT,
    lastname TEXT CHECK (length(lastname) <= 24),
    company TEXT,
    phone TEXT CHECK (phone LIKE '+31%' OR phone LIKE '0031%' OR (phone LIKE '0%' AND phone NOT LIKE '00%')),
    street TEXT,
    zip TEXT,
    city TEXT,
    country_code TEXT CHECK (length(country_code) = 2),
    birthdate TEXT,
    modified TEXT NOT NULL
)
"""
LONGEST_SHOP_NAME = 24


def read(folder: Path, system: str) -> Rows:
    """All records of a system; a null is an empty text."""
    if system == "shop":
        return _read_shop(folder / "data" / SHOP)
    file = FILES[system]
    with (folder / "data" / file.name).open(encoding=file.encoding, newline="") as source:
        return {row[KEY[system]]: row for row in csv.DictReader(source, delimiter=file.delimiter)}


def snapshot(folder: Path) -> dict[str, Rows]:
    """All records of all systems, to compare with later."""
    return {system: read(folder, system) for system in SYSTEMS}


def create(folder: Path, system: str, rows: Rows) -> None:
    """A system's data as at the beginning."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    if system == "shop":
        _create_shop(folder / "data" / SHOP, rows)
    else:
        _write_file(folder, system, header(system), rows)


def change(folder: Path, system: str, edits: Mapping[str, Row | None]) -> None:
    """What users do to some records: new values for some columns, or None for a record they delete.

    Raises KeyError for a record that is not there.
    """
    if system == "shop":
        return _change_shop(folder / "data" / SHOP, edits)
    rows = read(folder, system)
    columns = tuple(next(iter(rows.values())))
    for id, edit in edits.items():
        if edit is None:
            del rows[id]
        else:
            rows[id].update(edit)
    return _write_file(folder, system, columns, rows)


def _write_file(folder: Path, system: str, columns: tuple[str, ...], rows: Rows) -> None:
    file = FILES[system]
    with (folder / "data" / file.name).open("w", encoding=file.encoding, newline="") as target:
        writer = csv.DictWriter(target, columns, delimiter=file.delimiter)
        writer.writeheader()
        writer.writerows(rows.values())


def _create_shop(path: Path, rows: Rows) -> None:
    path.unlink(missing_ok=True)
    columns = header("shop")
    marks = ", ".join("?" * len(columns))
    with closing(sqlite3.connect(path)) as shop, shop:
        shop.execute(SHOP_TABLE)
        shop.executemany(
            f"INSERT INTO customers ({', '.join(columns)}) VALUES ({marks})",
            [tuple(row[column] or None for column in columns) for row in rows.values()],
        )


def _read_shop(path: Path) -> Rows:
    with closing(sqlite3.connect(path)) as shop:
        shop.row_factory = sqlite3.Row
        return {
            str(row["id"]): dict(_texts(row)) for row in shop.execute("SELECT * FROM customers ORDER BY id")
        }


def _texts(row: sqlite3.Row) -> Iterator[tuple[str, str]]:
    for column in row.keys():  # noqa: SIM118  a Row is a sequence, its keys are not its items
        yield column, "" if row[column] is None else str(row[column])


def _change_shop(path: Path, edits: Mapping[str, Row | None]) -> None:
    with closing(sqlite3.connect(path)) as shop, shop:
        for id, edit in edits.items():
            if edit is None:
                touched = shop.execute("DELETE FROM customers WHERE id = ?", (id,))
            else:
                columns = ", ".join(f"{column} = ?" for column in edit)
                values = [value or None for value in edit.values()]
                touched = shop.execute(f"UPDATE customers SET {columns} WHERE id = ?", (*values, id))
            if touched.rowcount != 1:
                raise KeyError(f"shop has no record {id}")
