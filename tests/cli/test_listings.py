"""A list that comes back empty, half, or not at all: nothing is deleted and nothing is blanked anywhere."""

from __future__ import annotations

import sqlite3

import pytest

from sandbox.json_server import JsonServer

COUNT = 12
HUB = """\
language: en
systems:
  crm: {{kind: csv, path: crm.csv, key: id, writes: all, deletes: propagate}}
  books: {{kind: sql, url: sqlite:///books.db, key: id, writes: all, deletes: propagate}}
  shop: {{kind: json, url: "{url}", writes: all, deletes: propagate}}
"""
MAPPING = """\
customer:
  {resource}
  kind: {{always: person}}
  fields: {{given_name: first, family_name: last, email: mail, phone: tel}}
"""
POLICY = """\
fields:
  given_name: {type: given_name}
  family_name: {type: family_name}
  email: {type: email}
  phone: {type: phone}
link:
  - {name: same e-mail, when: [email]}
"""
COLUMNS = ("id", "first", "last", "mail", "tel")


def people():
    return [
        (str(n), "Ada", f"Berg{'abcdefghijkl'[n - 1]}", f"p{n}@example.org", f"+3161200000{n % 10}")
        for n in range(1, COUNT + 1)
    ]


@pytest.fixture
def shop():
    with JsonServer({"customers": [dict(zip(COLUMNS, one, strict=True)) for one in people()]}) as server:
        yield server


@pytest.fixture
def company(fresh, shop):
    """The same twelve customers in a file, a database and behind a web address."""
    fresh.write("config/hub.yaml", HUB.format(url=shop.url))
    fresh.write("config/policy/customer.yaml", POLICY)
    (fresh.folder / "mappings/crm.yaml").unlink()
    for name, resource in (("crm", ""), ("books", "resource: people"), ("shop", "resource: customers")):
        fresh.write(f"mappings/{name}.yaml", MAPPING.format(resource=resource or "resource: people"))
    save(fresh, people())
    with sqlite3.connect(fresh.folder / "books.db") as base:
        base.execute("create table people (id text primary key, first text, last text, mail text, tel text)")
        base.executemany("insert into people values (?, ?, ?, ?, ?)", people())
    run = fresh.json("sync")
    assert (run["exit"], run["written"], run["overlap"]["new"]) == (0, 0, COUNT)
    return fresh


def save(company, lines):
    company.write("crm.csv", "\n".join(",".join(one) for one in (COLUMNS, *lines)) + "\n")


def shown(company, shop):
    """Everything that every system holds."""
    with sqlite3.connect(company.folder / "books.db") as base:
        books = base.execute("select * from people order by id").fetchall()
    rows = [{name: row[name] for name in COLUMNS} for row in shop.rows("customers")]
    return (company.folder / "crm.csv").read_text("utf-8"), books, rows


def run_sql(company, statement):
    with sqlite3.connect(company.folder / "books.db") as base:
        base.execute(statement)


def outs(run):
    return {one["system"] for one in run["systems"] if one["out"]}


@pytest.mark.parametrize("left", [0, COUNT // 2 - 1], ids=["empty", "less than half"])
@pytest.mark.parametrize("system", ["crm", "books", "shop"])
def test_an_empty_or_short_list_deletes_and_blanks_nothing(company, shop, system, left):
    if system == "crm":
        save(company, people()[:left])
    elif system == "books":
        run_sql(company, f"delete from people where cast(id as integer) > {left}")
    else:
        for number in range(left + 1, COUNT + 1):
            shop.table("customers").delete(str(number))
    before = shown(company, shop)
    run = company.json("sync", "--full")
    assert outs(run) == {system}
    assert (run["exit"], run["written"], run["conflicts"]["open"]) == (4, 0, 0)
    assert shown(company, shop) == before


@pytest.mark.parametrize(
    "kind", ["denied", "forbidden", "empty_list", "half_page", "error", "garbage", "truncated"]
)
def test_a_server_that_answers_badly_deletes_and_blanks_nothing(company, shop, kind):
    before = shown(company, shop)
    shop.fault(op="list", kind=kind, times=1000)
    for _ in range(2):
        run = company.json("sync", "--full")
        assert (run["written"], run["guards"], run["conflicts"]["open"]) == (0, [], 0)
        assert sum(one["gone"] for one in run["systems"]) == 0
    assert shown(company, shop) == before


@pytest.mark.parametrize("kind", ["denied", "forbidden"])
def test_being_refused_by_id_as_well_deletes_nothing(company, shop, kind):
    shop.fault(op="list", kind="half_page", times=1000)
    shop.fault(op="get", kind=kind, times=1000)
    for _ in range(3):
        run = company.json("sync", "--full")
        assert (run["written"], run["guards"], run["conflicts"]["open"]) == (0, [], 0)
        assert sum(one["gone"] for one in run["systems"]) == 0


def test_one_record_less_in_a_whole_list_is_a_deletion(company, shop):
    shop.table("customers").delete("7")
    run = company.json("sync", "--full")
    assert run["exit"] == 3
    assert run["systems"][2]["gone"] == 1
    assert run["guards"] == [
        "books: 1 record would be taken away, which always waits for approval",
        "crm: 1 record would be taken away, which always waits for approval",
    ]
