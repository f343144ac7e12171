"""A workbook keeps to the contract; a cell is read as it shows and written as it was."""

import datetime as dt
import stat

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from adapters.excelvalues import as_text
from adapters.protocol import Change
from tests.adapters.contract import PEOPLE, AdapterContract, live, push, update
from tests.adapters.sheets import ENTITY, opened, saved, shown


class TestExcel(AdapterContract):
    @pytest.fixture
    def path(self, tmp_path):
        saved(tmp_path / "people.xlsx", [list(PEOPLE[0]), *(list(one.values()) for one in PEOPLE)])
        return tmp_path / "people.xlsx"

    @pytest.fixture
    def adapter(self, path):
        return opened(path)

    @pytest.fixture
    def edit_outside(self, path):
        def edit(id, payload):
            book = openpyxl.load_workbook(path)
            (row,) = (row for row in book.active.iter_rows(min_row=2) if row[0].value == id)
            row[1].value = payload["name"]
            book.save(path)

        return edit

    @pytest.fixture
    def remove_outside(self, path):
        def remove(id):
            book = openpyxl.load_workbook(path)
            (row,) = (row for row in book.active.iter_rows(min_row=2) if row[0].value == id)
            book.active.delete_rows(row[0].row)
            book.save(path)

        return remove

    @pytest.fixture
    def dead(self, tmp_path):
        return opened(tmp_path / "nowhere.xlsx")

    def refused(self):
        return {"name": {"no": "text"}}

    @pytest.mark.parametrize(
        "text",
        [
            "two\nlines",
            "two\r\nlines",
            "<b>&amp;",
            " blanks ",
            "_x0041_",
            "\x07",
            "\ufffe",
            "'",
            "=1",
            "1" * 19,
        ],
    )
    def test_text_that_xml_cannot_hold_as_it_is_survives(self, adapter, entity, first, text):
        assert push(adapter, entity, update(entity, first.id, {"name": text})).status == "applied"
        assert [record.payload["name"] for record in adapter.fetch(entity, [first.id])] == [text]


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


@pytest.fixture
def styled(path):
    """An adapter over one row, with these (value, number format) below these names."""

    def styled(since_1904=False, **cells):
        book = openpyxl.Workbook()
        if since_1904:
            book.epoch = CALENDAR_MAC_1904
        book.active.append(["id", *cells])
        book.active.append(["1", *(value for value, _ in cells.values())])
        for cell, (_, notation) in zip(book.active[2][1:], cells.values(), strict=True):
            cell.number_format = notation
        book.save(path)
        return opened(path)

    return styled


@pytest.mark.parametrize(
    ("value", "notation", "reads"),
    [
        ("0612345678", "General", "0612345678"),
        ("1234567890123456789", "@", "1234567890123456789"),
        (12, "General", 12),
        (12.0, "#,##0.00", 12),
        (-12.5, "General", "-12.5"),
        (0.1 + 0.2, "General", "0.3"),
        (1e-7, "0.00E+00", "0.0000001"),
        (1234567890123456, "0", 1234567890123456),
        (12345678901234567890, "0", "12345678901234570000"),
        (42, "0000", "0042"),
        (-42, "0000", "-0042"),
        (12345678, "000000000", "012345678"),
        (True, "General", True),
        (None, "General", None),
        (dt.date(2024, 2, 29), "yyyy-mm-dd", "2024-02-29"),
        (dt.date(2024, 2, 29), "[$-413]d mmmm yyyy;@", "2024-02-29"),
        (dt.date(2024, 2, 29), "mmmm", "2024-02-29"),
        (dt.datetime(2024, 2, 29, 13, 5, 9), "dd/mm/yyyy hh:mm", "2024-02-29T13:05:09"),
        (dt.time(13, 5), "h:mm", "13:05:00"),
        (45351, '"day "0', 45351),
        (45351, "0.00E+00", 45351),
        (45351, '#,##0 "dag"', 45351),
    ],
)
def test_a_cell_is_read_as_it_shows(styled, value, notation, reads):
    assert shown(styled(x=(value, notation)))["x"] == reads


@pytest.mark.parametrize("since_1904", [False, True])
@pytest.mark.parametrize("day", ["1904-01-02", "2024-02-29", "9999-12-31"])
def test_a_day_is_the_same_in_both_date_systems(styled, path, since_1904, day):
    adapter = styled(since_1904, x=(dt.date(2000, 1, 1), "d-m-yyyy"))
    assert shown(adapter)["x"] == "2000-01-01"
    assert push(adapter, ENTITY, update(ENTITY, "1", {"x": day})).status == "applied"
    assert shown(adapter)["x"] == day
    cell = openpyxl.load_workbook(path).active["B2"]
    assert (cell.value, cell.number_format) == (dt.datetime.fromisoformat(day), "d-m-yyyy")


@pytest.mark.parametrize(
    ("serial", "day"), [(1, "1900-01-01"), (59, "1900-02-28"), (60, 60), (61, "1900-03-01")]
)
def test_the_day_that_never_was_is_no_day(styled, serial, day):
    adapter = styled(x=(serial, "yyyy-mm-dd"))
    assert shown(adapter)["x"] == day


@pytest.mark.parametrize(
    ("old", "notation", "value", "stored"),
    [
        ("06", "General", "0687", "0687"),
        ("06", "General", 12, "12"),
        (12, "General", "13", 13),
        (12, "General", "013", "013"),
        (12, "General", "1.50", "1.50"),
        (12, "General", "1.5", 1.5),
        (12, "General", "1234567890123456", "1234567890123456"),
        (12, "General", "n.v.t.", "n.v.t."),
        (12, "0000", "0013", 13),
        (12, "0000", "13", "13"),
        (True, "General", False, False),
        (True, "General", "false", False),
        (dt.date(2024, 1, 1), "yyyy-mm-dd", "20240102", "20240102"),
        (dt.date(2024, 1, 1), "yyyy-mm-dd", "soon", "soon"),
        (None, "yyyy-mm-dd", "2024-01-02", dt.datetime(2024, 1, 2)),
        (None, "General", "12", "12"),
        (None, "General", 12, 12),
        (None, "@", 12, "12"),
        (12, "General", None, None),
        (dt.time(9, 30), "h:mm", "10:45:00", dt.time(10, 45)),
        (dt.datetime(2024, 1, 1, 9), "d-m-yyyy h:mm", "2024-01-01T10:30:00", dt.datetime(2024, 1, 1, 10, 30)),
    ],
)
def test_a_cell_keeps_its_sort_where_that_says_exactly_the_same(styled, path, old, notation, value, stored):
    adapter = styled(x=(old, notation))
    assert push(adapter, ENTITY, update(ENTITY, "1", {"x": value})).status == "applied"
    cell = openpyxl.load_workbook(path).active["B2"]
    assert (cell.value, type(cell.value), cell.number_format) == (stored, type(stored), notation)
    again = shown(adapter)["x"]
    assert as_text(again) == as_text(value)


def test_a_text_too_long_for_a_cell_is_rejected(make):
    outcome = push(make(["id", "x"], ["1", "a"]), ENTITY, update(ENTITY, "1", {"x": "a" * 32768}))
    assert (outcome.status, outcome.detail) == ("rejected", "x: a cell holds 32767 characters")


def test_writing_what_is_there_is_already_done(styled):
    adapter = styled(x=(12, "General"), y=("a", "General"))
    assert push(adapter, ENTITY, update(ENTITY, "1", {"x": "12", "y": "a"})).status == "already"


def test_a_formula_is_never_written_over(make, path):
    adapter = make(["id", "a", "sum"], ["1", 2, "=B2+1"], ["2", 3, 7])
    assert adapter.capabilities(ENTITY).writable == {"id", "a", "sum"}
    outcome = push(adapter, ENTITY, update(ENTITY, "1", {"a": 5, "sum": "9"}))
    assert (outcome.status, outcome.detail) == ("rejected", "sum: C2 holds a formula, which stays as it is")
    assert push(adapter, ENTITY, update(ENTITY, "2", {"sum": 9})).status == "applied"
    sheet = openpyxl.load_workbook(path).active
    assert [cell.value for cell in sheet["C"]] == ["sum", "=B2+1", 9]


def test_a_column_of_formulas_is_not_offered_for_writing(make):
    adapter = make(["id", "a", "sum"], ["1", 2, "=B2+1"], ["2", 3, "=B3+1"])
    assert adapter.capabilities(ENTITY).writable == {"id", "a"}


def test_a_new_row_looks_like_the_one_above_and_gets_the_next_number(path):
    book = openpyxl.Workbook()
    for row in (["id", "name", "since", "sum"], [9, "Ada", dt.date(2024, 1, 1), "=A2"], []):
        book.active.append(row)
    book.active["B2"].font = openpyxl.styles.Font(bold=True)
    book.active["A2"].number_format = "0000"
    book.active["A9"].fill = openpyxl.styles.PatternFill("solid", "FFFF00")
    book.save(path)
    adapter = opened(path)
    creates = [
        Change("a", "create", ENTITY, None, {"name": "Bob", "since": "2024-02-03"}),
        Change("b", "create", ENTITY, None, {"id": "0020", "name": "007"}),
    ]
    outcomes = list(adapter.push(ENTITY, creates))
    assert [outcome.record.id for outcome in outcomes] == ["0010", "0020"]
    assert [record.payload for record in live(adapter.pull(ENTITY))][1:] == [
        outcome.record.payload for outcome in outcomes
    ]
    sheet = openpyxl.load_workbook(path).active
    assert [cell.value for cell in sheet[3]] == [10, "Bob", dt.datetime(2024, 2, 3), None]
    assert [cell.value for cell in sheet[4]] == [20, "007", None, None]
    assert sheet["B3"].font.bold
    assert sheet["A4"].number_format == "0000"
    assert sheet["A9"].fill.fgColor.rgb == "00FFFF00"


def test_a_row_that_was_made_can_be_changed_in_the_same_push(make):
    adapter = make(["id", "name"], ["1", "Ada"])
    changes = [
        Change("a", "create", ENTITY, None, {"name": "Bob"}),
        Change("b", "update", ENTITY, "2", {"name": "Bo"}),
    ]
    assert [outcome.status for outcome in adapter.push(ENTITY, changes)] == ["applied", "applied"]
    assert shown(adapter, "2") == {"id": "2", "name": "Bo"}


def test_where_keys_are_no_numbers_a_new_row_brings_its_own(make):
    adapter = make(["id", "name"], ["A-1", "x"])
    assert push(adapter, ENTITY, Change("k", "create", ENTITY, None, {"name": "B"})).status == "rejected"
    create = Change("k", "create", ENTITY, None, {"id": "A-2", "name": "B"})
    assert push(adapter, ENTITY, create).record.id == "A-2"
    assert push(adapter, ENTITY, create).status == "rejected"


def test_a_sheet_with_only_a_header_is_a_complete_empty_listing_and_takes_a_row(make):
    adapter = make(["id", "name"])
    (page,) = adapter.pull(ENTITY)
    assert (list(page.records), page.complete) == ([], True)
    assert push(adapter, ENTITY, Change("k", "create", ENTITY, None, {"name": "B"})).status == "applied"
    assert shown(adapter) == {"id": "1", "name": "B"}


def test_a_key_does_not_change(make):
    outcome = push(make(["id", "name"], ["1", "x"]), ENTITY, update(ENTITY, "1", {"id": "2"}))
    assert (outcome.status, outcome.detail) == ("rejected", "id: a key does not change")


def test_a_file_saved_from_a_stale_copy_shows_its_old_values(make, path):
    adapter = make(["id", "name"], ["1", "Oud"])
    copy = path.read_bytes()
    version = push(adapter, ENTITY, update(ENTITY, "1", {"name": "Nieuw"})).record.version
    cursor = list(adapter.pull(ENTITY))[-1].cursor
    path.write_bytes(copy)
    (page,) = adapter.pull(ENTITY, cursor)
    assert [record.payload["name"] for record in page.records] == ["Oud"]
    conditional = Change("k", "update", ENTITY, "1", {"name": "Nieuw"}, version)
    assert push(adapter, ENTITY, conditional).status == "stale"


@pytest.mark.parametrize("note", ["~$people.xlsx", ".~lock.people.xlsx#"])
def test_a_workbook_that_is_open_elsewhere_is_read_and_written_later(make, path, note):
    adapter = make(["id", "name"], ["1", "Ada"])
    path.with_name(note).touch()
    outcome = push(adapter, ENTITY, update(ENTITY, "1", {"name": "x"}))
    assert (outcome.status, note in outcome.detail) == ("deferred", True)
    assert outcome.retry_after
    assert shown(adapter)["name"] == "Ada"
    path.with_name(note).unlink()
    assert push(adapter, ENTITY, update(ENTITY, "1", {"name": "x"})).status == "applied"


def test_the_previous_file_is_kept_private_and_the_new_one_keeps_its_mode(make, path):
    adapter = make(["id", "name"], ["1", "Ada"])
    before = path.read_bytes()
    path.chmod(0o640)
    push(adapter, ENTITY, update(ENTITY, "1", {"name": "Adam"}))
    previous = path.with_name("people.xlsx.previous")
    assert previous.read_bytes() == before
    assert stat.S_IMODE(previous.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_save_in_the_last_moment_is_not_overwritten(make, path, monkeypatch):
    adapter = make(["id", "name"], ["1", "Ada"])
    real = adapter._load

    def meanwhile(entity):
        loaded = real(entity)
        path.write_bytes(path.read_bytes() + b"\0")
        return loaded

    monkeypatch.setattr(adapter, "_load", meanwhile)
    assert push(adapter, ENTITY, update(ENTITY, "1", {"name": "x"})).status == "deferred"
    assert path.read_bytes().endswith(b"\0")


def test_a_deleted_row_is_emptied_and_the_others_stay_where_they_are(make, path):
    """So that a formula that names the third row still does."""
    adapter = make(["id", "name", "twice"], ["1", "Ada", None], ["2", "Bob", "=B3&B3"], ["3", "Cleo", "=B3"])
    outcome = push(adapter, ENTITY, Change("k", "delete", ENTITY, "1"))
    assert outcome.status == "applied"
    rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    assert rows[1:] == [(None, None, None), ("2", "Bob", "=B3&B3"), ("3", "Cleo", "=B3")]
    assert [record.id for record in live(adapter.pull(ENTITY))] == ["2", "3"]


def test_a_deleted_row_keeps_its_formula_and_is_no_record(make):
    adapter = make(["id", "name", "twice"], ["1", "Ada", "=B2&B2"], ["2", "Bob", "=B3&B3"])
    assert push(adapter, ENTITY, Change("k", "delete", ENTITY, "1")).status == "applied"
    pages = list(adapter.pull(ENTITY))
    assert [record.id for record in live(pages)] == ["2"]
    assert pages[-1].complete
    assert [record.deleted for record in adapter.fetch(ENTITY, ["1"])] == [True]


def test_a_row_whose_key_is_calculated_is_not_deleted(make):
    adapter = make(["id", "name"], ["=1+0", "Ada"], ["2", "Bob"])
    known = [record.id for record in live(adapter.pull(ENTITY))]
    statuses = {
        push(adapter, ENTITY, Change("k", "delete", ENTITY, id)).status for id in {*known, "1"} - {"2"}
    }
    assert statuses == {"rejected"}
