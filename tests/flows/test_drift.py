"""A field that is gone or of another type stops its system before anything is planned, whatever its kind."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing

import httpx
import openpyxl
import pytest

from flows import steps
from flows.hub import open_hub
from sandbox.json_server import JsonServer

ROWS = [
    {"id": str(n), "name": f"Bakker {n}", "email": f"b{n}@example.org", "tel": f"+3161234567{n}"}
    for n in range(8)
]
POLICY = "fields: {family_name: {type: family_name}, email: {type: email}, phone: {type: phone}}\n"
POLICY += "link: [{name: same e-mail, when: [email]}]\n"
MAPPING = "customer:\n  kind: {always: person}\n  resource: people\n"
MAPPING += "  fields: {family_name: name, email: email, phone: tel}\n"
SHOP = MAPPING.replace("  resource: people\n", "")


class Csv:
    hub = "{kind: csv, path: crm.csv, key: id, writes: all}"
    typed = False

    def __init__(self, folder):
        self.folder = folder

    def show(self, rows):
        write(self.folder / "crm.csv", rows)

    def close(self):
        """Nothing is open."""


class Excel(Csv):
    hub = "{kind: excel, path: crm.xlsx, key: id, writes: all}"
    typed = True

    def show(self, rows):
        book = openpyxl.Workbook()
        book.active.title = "people"
        for row in (list(rows[0]), *(list(row.values()) for row in rows)):
            book.active.append(row)
        book.save(self.folder / "crm.xlsx")


class Sql(Csv):
    hub = "{kind: sql, url: 'sqlite:///crm.db', key: id, writes: all}"
    typed = True

    def show(self, rows):
        with closing(sqlite3.connect(self.folder / "crm.db")) as db, db:
            db.execute("DROP TABLE IF EXISTS people")
            db.execute(f"CREATE TABLE people ({', '.join(rows[0])}, PRIMARY KEY (id))")
            db.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", [list(row.values()) for row in rows])


class Rest(Csv):
    typed = True

    def __init__(self, folder):
        self.server = JsonServer({"people": []})
        self.server.__enter__()
        self.hub = f"{{kind: json, url: '{self.server.url}', writes: all}}"

    def show(self, rows):
        with httpx.Client(base_url=self.server.url) as client:
            for row in client.get("/people").json()["items"]:
                client.delete(f"/people/{row['id']}").raise_for_status()
            for row in rows:
                client.post("/people", json=row).raise_for_status()

    def close(self):
        self.server.__exit__(None, None, None)


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(params=[Csv, Excel, Sql, Rest], ids=lambda kind: kind.__name__.lower())
def crm(request, tmp_path):
    kind = request.param(tmp_path)
    yield kind
    kind.close()


@pytest.fixture
def synced(crm, tmp_path):
    """Both systems agree about everybody."""
    shop = "{kind: csv, path: shop.csv, key: id, writes: all}"
    texts = {"config/hub.yaml": f"systems:\n  crm: {crm.hub}\n  shop: {shop}\n"}
    texts |= {"config/policy/customer.yaml": POLICY}
    texts |= {"mappings/crm.yaml": MAPPING, "mappings/shop.yaml": SHOP}
    for place, text in texts.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text, encoding="utf-8")
    crm.show(ROWS)
    write(tmp_path / "shop.csv", ROWS)
    first = run(tmp_path)
    assert (first.state, first.out, first.written) == ("done", {}, 0)
    return tmp_path


def run(folder):
    with open_hub(folder, {}) as hub:
        return steps.sync(hub, steps.Plainly())


def test_a_field_that_is_gone_stops_its_system_and_plans_nothing_for_it(synced, crm):
    crm.show([{("mobile" if name == "tel" else name): value for name, value in row.items()} for row in ROWS])
    write(synced / "shop.csv", [{**ROWS[0], "name": "Bakker-Vos"}, *ROWS[1:]])
    result = run(synced)
    assert "no record has tel any more" in result.out["crm"] and set(result.out) == {"crm"}
    assert result.written == 0


def test_a_field_of_another_type_stops_its_system_and_plans_nothing_for_it(synced, crm):
    if not crm.typed:
        pytest.skip("a CSV file holds nothing but text")
    crm.show([{**row, "tel": int(row["tel"])} for row in ROWS])
    write(synced / "shop.csv", [{**ROWS[0], "name": "Bakker-Vos"}, *ROWS[1:]])
    result = run(synced)
    assert "tel is a number now, and was text" in result.out["crm"] and set(result.out) == {"crm"}
    assert result.written == 0


def test_the_same_edit_is_written_where_the_shape_is_as_it_was(synced, crm):
    write(synced / "shop.csv", [{**ROWS[0], "name": "Bakker-Vos"}, *ROWS[1:]])
    result = run(synced)
    assert (result.out, result.written) == ({}, 1)
