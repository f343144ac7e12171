"""A database table keeps to the contract, and to the database's own rules."""

import sqlite3
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, event

from adapters.errors import SystemOut
from adapters.protocol import Change
from adapters.settings import Opening, Secret
from adapters.sqltable import SqlAdapter, SqlSettings
from tests.adapters.contract import PEOPLE, SECRET, AdapterContract, live, push, update

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
TABLE = """
create table people (
    id integer primary key, name text not null, email text unique, phone varchar(25), city text,
    credit numeric default 10.50, born date, changed text default '2025-01-01 00:00:00',
    revision integer default 1, photo blob, constraint phone_is_short check (length(phone) < 20)
);
create trigger touched after update of name, email, phone, city on people begin
    update people set changed = '2025-06-01 12:00:00', revision = revision + 1 where id = new.id;
end;
"""


def opening(folder, secrets=str):
    return Opening(folder, {"customer": "people"}, secrets, clock=lambda: NOW)


@pytest.fixture
def database(tmp_path):
    connection = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    connection.execute("pragma synchronous = off")  # only the tests hurry
    yield connection
    connection.close()


@pytest.fixture
def make(database, tmp_path):
    """An adapter over a database in which this script has run."""
    opened = []

    def make(script, **settings):
        database.executescript(script)
        opened.append(SqlAdapter("shop", SqlSettings(url="sqlite:///shop.db", **settings), opening(tmp_path)))
        return opened[-1]

    yield make
    for adapter in opened:
        adapter.close()


class TestWholeTable(AdapterContract):
    settings = {}
    volatile = frozenset({"changed", "revision"})

    @pytest.fixture
    def adapter(self, make, database):
        database.executescript(TABLE)
        database.executemany(
            "insert into people (id, name, email, phone, city) values (:id, :name, :email, :phone, :city)",
            PEOPLE,
        )
        return make("", **self.settings)

    @pytest.fixture
    def edit_outside(self, database):
        return lambda id, payload: database.execute(
            "update people set name = ? where id = ?", (payload["name"], id)
        )

    @pytest.fixture
    def remove_outside(self, database):
        return lambda id: database.execute("delete from people where id = ?", (id,))

    @pytest.fixture
    def dead(self, tmp_path):
        settings = SqlSettings(url="sqlite:///nowhere.db", **self.settings)
        return SqlAdapter("shop", settings, opening(tmp_path))

    def refused(self):
        return {"phone": "0" * 21}


class TestChangesOnly(TestWholeTable):
    settings = {"modified": "changed"}


class TestVersionColumn(TestWholeTable):
    settings = {"modified": "changed", "version": "revision", "overlap": 0}


def test_values_are_plain_and_nothing_is_nothing(make, database):
    adapter = make(TABLE)
    database.execute("insert into people (id, name, born, photo) values (7, '007', '1815-12-10', x'00')")
    (record,) = live(adapter.pull("customer"))
    assert record.payload == {
        "id": 7, "name": "007", "email": None, "phone": None, "city": None, "credit": 10.5,
        "born": "1815-12-10", "changed": "2025-01-01 00:00:00", "revision": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("patch", "told"),
    [
        ({"name": None}, "NOT NULL"),
        ({"name": None}, "name"),
        ({"email": SECRET}, "UNIQUE"),
        ({"email": SECRET}, "email"),
        ({"phone": "0" * 20}, "phone_is_short"),
        ({"phone": "0" * 26}, "longer than the 25 characters"),
        ({"revision": "twee"}, "revision: the column holds whole numbers"),
        ({"city": ["x"]}, "city: a column holds one value"),
        ({"photo": "x"}, "photo"),
        ({"id": 3}, "id: a key does not change"),
    ],
)
def test_what_the_database_refuses_is_rejected_by_the_name_of_the_rule(make, database, patch, told):
    adapter = make(TABLE)
    database.execute("insert into people (id, name, email) values (1, 'Ada', 'a'), (2, 'Bob', ?)", (SECRET,))
    outcome = push(adapter, "customer", update("customer", "1", patch))
    assert outcome.status == "rejected"
    assert told in outcome.detail
    assert SECRET not in outcome.detail
    assert database.execute("select name, email, phone from people where id = 1").fetchone() == (
        "Ada",
        "a",
        None,
    )


def test_an_edit_between_reading_and_writing_is_not_overwritten(make, database):
    adapter = make(TABLE)
    database.execute("insert into people (id, name, city) values (1, 'Ada', 'Utrecht')")
    (record,) = adapter.fetch("customer", ["1"])
    edits = []

    def meanwhile(_connection, _cursor, statement, *_others):
        if statement.startswith("UPDATE") and not edits:
            edits.append(database.execute("update people set name = 'Van een ander' where id = 1"))

    event.listen(Engine, "before_cursor_execute", meanwhile)
    try:
        change = Change("k", "update", "customer", "1", {"name": "Nieuw"}, record.version)
        outcome = push(adapter, "customer", change)
    finally:
        event.remove(Engine, "before_cursor_execute", meanwhile)
    assert edits
    assert outcome.status == "stale"
    assert database.execute("select name from people").fetchone() == ("Van een ander",)


def test_every_row_of_one_moment_is_read_across_pages(make, database):
    adapter = make(TABLE, modified="changed")
    database.executemany("insert into people (id, name) values (?, 'x')", [(n,) for n in range(2500)])
    pages = list(adapter.pull("customer"))
    assert [len(page.records) for page in pages] == [1000, 1000, 500]
    assert [page.complete for page in pages] == [False, False, True]
    again = list(adapter.pull("customer", pages[-1].cursor))
    assert len({record.id for record in live(again)}) == 2500
    assert not again[-1].complete


def test_an_increment_reads_the_overlap_again_and_nothing_older(make, database):
    adapter = make(TABLE, modified="changed", overlap=60)
    times = ["2025-05-01 10:00:00", "2025-05-01 10:58:59", "2025-05-01 10:59:00", "2025-05-01 11:00:00"]
    database.executemany("insert into people (name, changed) values ('x', ?)", [(at,) for at in times])
    cursor = list(adapter.pull("customer"))[-1].cursor
    assert [record.id for record in live(adapter.pull("customer", cursor))] == ["3", "4"]


def test_a_time_that_has_yet_to_come_hides_no_later_edit(make, database):
    adapter = make(TABLE, modified="changed", overlap=0)
    database.execute("insert into people (name, changed) values ('a', '2031-01-01 00:00:00')")
    database.execute("insert into people (name, changed) values ('b', '2025-01-01 00:00:00')")
    cursor = list(adapter.pull("customer"))[-1].cursor
    database.execute("update people set name = 'c' where id = 2")
    assert "c" in {record.payload["name"] for record in live(adapter.pull("customer", cursor))}


def test_the_high_water_never_falls(make, database):
    adapter = make(TABLE, modified="changed")
    database.execute(
        "insert into people (name, changed) values ('a', '2025-05-01 00:00:00'), ('b', '2025-04-30 23:59:00')"
    )
    cursor = list(adapter.pull("customer"))[-1].cursor
    database.execute("delete from people where id = 1")
    assert list(adapter.pull("customer", cursor))[-1].cursor == cursor


def test_a_cursor_of_another_column_means_reading_everything(make, database):
    adapter = make(TABLE, modified="changed")
    database.execute("insert into people (name, born) values ('a', '2001-01-01')")
    cursor = list(adapter.pull("customer"))[-1].cursor
    assert list(make("", modified="born").pull("customer", cursor))[-1].complete


def test_keys_that_name_several_rows_are_problems(make):
    adapter = make(
        "create table people (nr text, name text);"
        "insert into people values ('1', 'a'), ('1', 'b'), ('2', 'c'), (null, 'd')",
        key="nr",
    )
    (page,) = adapter.pull("customer")
    assert [record.id for record in page.records] == ["2"]
    assert sorted(page.problems) == [("1", "its nr names 2 rows"), ("rows without nr", "1 rows have none")]
    assert not page.complete
    assert [record.id for record in adapter.fetch("customer", ["1", "2"])] == ["2"]
    assert push(adapter, "customer", update("customer", "1", {"name": "x"})).status == "rejected"


def test_a_row_without_a_key_has_no_name_to_be_reached_by(make):
    adapter = make(
        "create table people (nr integer, name text); insert into people values (null, 'a')", key="nr"
    )
    assert push(adapter, "customer", update("customer", "None", {"name": "x"})).status == "rejected"
    assert [record.deleted for record in adapter.fetch("customer", ["None"])] == [True]


def test_text_keys_keep_their_zeros_and_a_new_row_brings_its_own(make):
    adapter = make(
        "create table people (nr text primary key, name text);"
        "insert into people values ('007', 'a'), ('7', 'b')"
    )
    assert [record.id for record in live(adapter.pull("customer"))] == ["007", "7"]
    assert push(adapter, "customer", update("customer", "007", {"name": "x"})).record.payload["name"] == "x"
    create = Change("k", "create", "customer", None, {"name": "c"})
    assert push(adapter, "customer", create).status == "rejected"
    create = Change("k", "create", "customer", None, {"nr": "008", "name": "c"})
    assert push(adapter, "customer", create).record.id == "008"


def test_a_row_that_others_need_is_not_deleted(make, database):
    adapter = make(TABLE + "create table orders (person integer references people (id));")
    database.executescript("insert into people (id, name) values (1, 'a'); insert into orders values (1)")
    outcome = push(adapter, "customer", Change("k", "delete", "customer", "1"))
    assert outcome.status == "rejected"
    assert "FOREIGN KEY" in outcome.detail


def test_a_locked_database_is_written_later(make, database, monkeypatch):
    monkeypatch.setattr("adapters.sqlengine.WAIT", 0)
    adapter = make(TABLE + "insert into people (id, name) values (1, 'a')")
    database.execute("begin immediate")
    outcome = push(adapter, "customer", update("customer", "1", {"name": "x"}))
    database.execute("rollback")
    assert outcome.status == "deferred"
    assert "SQLITE_BUSY" in outcome.detail


@pytest.mark.parametrize(
    ("script", "settings", "told"),
    [
        ("create table other (id integer primary key)", {}, "there is no table people"),
        ("create table people (a, b, primary key (a, b))", {}, "name one in `key`"),
        (
            "create table people (id integer primary key)",
            {"modified": "at"},
            "no column 'at'; its columns are id",
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_a_system_that_is_out(make, script, settings, told):
    adapter = make(script, **settings)
    with pytest.raises(SystemOut, match="shop") as error:
        adapter.check()
    assert told in str(error.value)


def test_a_file_that_is_no_database_is_a_system_that_is_out(tmp_path):
    (tmp_path / "shop.db").write_text("id,name\n" * 200)
    adapter = SqlAdapter("shop", SqlSettings(url="sqlite:///shop.db"), opening(tmp_path))
    with pytest.raises(SystemOut, match="SQLITE_NOTADB"):
        adapter.check()


def test_a_missing_database_file_is_not_made(tmp_path):
    adapter = SqlAdapter("shop", SqlSettings(url="sqlite:///gone.db"), opening(tmp_path))
    with pytest.raises(SystemOut, match=r"no database file .*gone\.db"):
        adapter.check()
    assert list(tmp_path.iterdir()) == []


def test_an_address_comes_from_the_environment_and_is_never_shown(tmp_path):
    secrets = {"SHOP_URL": "no such thing: geheim"}
    with pytest.raises(SystemOut, match="database address") as error:
        SqlAdapter("shop", SqlSettings(url=Secret(env="SHOP_URL")), opening(tmp_path, secrets.__getitem__))
    assert "geheim" not in str(error.value)
