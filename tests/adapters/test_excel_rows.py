"""Which rows of a sheet are records, under which names, and what is told about the others."""

import datetime as dt

import openpyxl
import pytest

from adapters.errors import SystemOut
from adapters.protocol import Change
from tests.adapters.contract import live, push, update
from tests.adapters.sheets import ENTITY, opened, saved, shown


@pytest.fixture
def path(tmp_path):
    return tmp_path / "people.xlsx"


@pytest.fixture
def make(path):
    """An adapter over a sheet with these rows."""

    def make(*rows, **settings):
        saved(path, rows)
        return opened(path, **settings)

    return make


def test_the_header_is_the_first_row_that_names_the_key(make):
    adapter = make(["Klanten", "per 2024"], [], [None, "id", "E-\nmail "], [None, 7, "ada@example.org"])
    assert [(one.id, one.payload) for one in live(adapter.pull(ENTITY))] == [
        ("7", {"id": 7, "E- mail": "ada@example.org"})
    ]


def test_the_header_can_be_told(make):
    adapter = make(["id", "old"], ["id", "new"], ["1", "x"], header=2)
    assert shown(adapter) == {"id": "1", "new": "x"}


@pytest.mark.parametrize(
    ("rows", "settings", "told"),
    [
        (
            [["nr", "name"], ["1", "x"]],
            {},
            "row 1 has no column 'id'; its columns are nr, name. Set `header`",
        ),
        ([["id", "name", "name"]], {}, "row 1 names twice: name"),
        ([["id", "name"]], {"modified": "at"}, "no column 'at'"),
        ([["id"], ["1"]], {"header": 9}, "row 9 names no columns"),
        ([], {}, "names no columns"),
        ([["id"]], {"sheet": "Klanten"}, "no sheet 'Klanten'; its sheets are customer"),
        ([["id"]], {"resource": "Klanten"}, "no sheet 'Klanten'"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_a_system_that_is_out(make, rows, settings, told):
    adapter = make(*rows, **settings)
    with pytest.raises(SystemOut, match=r"people\.xlsx") as error:
        adapter.check()
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no .xlsx file"),
        (b"id;name\n1;Ada\n", "no .xlsx file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "without a password"),
    ],
)
def test_what_is_no_workbook_is_told_with_what_to_do(path, content, told):
    path.write_bytes(content)
    with pytest.raises(SystemOut, match=told):
        opened(path).check()


def test_half_a_workbook_is_no_workbook(make, path):
    adapter = make(["id"], ["1"])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SystemOut, match="only part of one"):
        list(adapter.pull(ENTITY))


def test_a_missing_file_is_named_with_what_to_do(tmp_path):
    with pytest.raises(SystemOut, match=r"gone\.xlsx: No such file or directory; put the file there"):
        opened(tmp_path / "gone.xlsx").check()


def test_several_sheets_are_several_systems_or_resources(path):
    book = openpyxl.Workbook()
    book.active.append(["id", "name"])
    book.active.append(["1", "Eerste"])
    for title in ("Klanten", "Leads"):
        sheet = book.create_sheet(title)
        sheet.append(["id", "name"])
        sheet.append(["1", title])
    book.save(path)
    assert shown(opened(path))["name"] == "Eerste"
    assert shown(opened(path, resource="leads"))["name"] == "Leads"
    leads = opened(path, sheet="Leads")
    assert push(leads, ENTITY, update(ENTITY, "1", {"name": "Anders"})).status == "applied"
    assert shown(leads)["name"] == "Anders"
    assert shown(opened(path, sheet="Klanten"))["name"] == "Klanten"


def test_empty_rows_are_skipped_and_rows_without_a_key_are_problems(make):
    adapter = make(["id", "name"], ["1", "Ada"], [None, None], ["", " "], [None, "Nobody"], ["2", "Bob"])
    (page,) = adapter.pull(ENTITY)
    assert [record.id for record in page.records] == ["1", "2"]
    assert page.problems == [("row 5", "has no key")]
    assert not page.complete
    assert list(adapter.fetch(ENTITY, ["3"])) == []
    create = Change("k", "create", ENTITY, None, {"name": "x"})
    assert push(adapter, ENTITY, create).status == "rejected"


def test_a_row_of_which_only_formulas_show_something_is_no_record(make):
    adapter = make(["id", "name", "n"], ["1", "Ada", 2], [None, None, "=SUM(C2:C2)"])
    (page,) = adapter.pull(ENTITY)
    assert ([record.id for record in page.records], page.problems, page.complete) == (["1"], [], True)


def test_notes_beside_the_table_are_no_rows(make):
    adapter = make(["id", "name", None], ["1", "Ada", None], [None, None, "see other tab"])
    assert list(adapter.pull(ENTITY))[-1].complete


def test_a_double_key_makes_both_rows_problems(make, path):
    adapter = make(["id", "name"], ["1", "Ada"], [1, "Adam"], ["2", "Bob"], ["1", "x"])
    content = path.read_bytes()
    (page,) = adapter.pull(ENTITY)
    assert [record.id for record in page.records] == ["2"]
    assert page.problems == [("1", "its key stands on rows 2, 3 and 5")]
    assert list(adapter.fetch(ENTITY, ["1"])) == []
    outcome = push(adapter, ENTITY, update(ENTITY, "1", {"name": "x"}))
    assert (outcome.status, "rows 2, 3 and 5" in outcome.detail) == ("rejected", True)
    assert path.read_bytes() == content


def test_an_error_counts_as_not_known_and_is_told(path):
    book = openpyxl.Workbook()
    for row in (["id", "name", "city"], ["1", "Ada", "#N/A"], ["2", "Bob", "=A1"], ["#REF!", "x", "y"]):
        book.active.append(row)
    for place in ("C2", "A4"):
        book.active[place].data_type = "e"
    book.save(path)
    adapter = opened(path)
    (page,) = adapter.pull(ENTITY)
    assert [record.payload for record in page.records] == [
        {"id": "1", "name": "Ada"},
        {"id": "2", "name": "Bob"},
    ]
    assert [place for place, _ in page.problems] == ["row 4", "1", "2"]
    assert "city" in page.problems[1][1]
    assert push(adapter, ENTITY, update(ENTITY, "1", {"city": "Breda"})).status == "applied"
    assert shown(adapter)["city"] == "Breda"


def test_merged_cells_show_their_value_on_each_row_and_are_not_written(path):
    book = openpyxl.Workbook()
    for row in (["id", "name", "city"], ["1", "Ada", "Breda"], ["2", "Bob", None], ["3", "Cas", "Tiel"]):
        book.active.append(row)
    book.active.merge_cells("C2:C3")
    book.active.merge_cells("B4:B4")
    book.save(path)
    adapter = opened(path)
    assert [record.payload["city"] for record in live(adapter.pull(ENTITY))] == ["Breda", "Breda", "Tiel"]
    for id in ("1", "2"):
        outcome = push(adapter, ENTITY, update(ENTITY, id, {"city": "Goes"}))
        assert (outcome.status, outcome.detail[:6]) == ("rejected", "city: ")
    assert push(adapter, ENTITY, update(ENTITY, "3", {"city": "Goes", "name": "Kas"})).status == "applied"


def test_the_modified_column_is_read_in_its_zone(path):
    book = openpyxl.Workbook()
    for row in (["id", "at"], ["1", dt.datetime(2025, 7, 1, 12)], ["2", "31-12-2024 12:00"], ["3", "soon"]):
        book.active.append(row)
    book.save(path)
    adapter = opened(path, modified="at", zone="Europe/Amsterdam")
    times = [record.modified_at for record in live(adapter.pull(ENTITY))]
    assert [at and at.isoformat() for at in times] == [
        "2025-07-01T10:00:00+00:00",
        "2024-12-31T11:00:00+00:00",
        None,
    ]
