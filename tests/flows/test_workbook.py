"""A steward's workbook gives back the answers that were filled in, and refuses what nobody can have meant."""

import stat
from dataclasses import replace

import openpyxl
import pytest

from flows.decisions import Answer
from flows.workbook import Filled, Refused, WorkbookError, read_workbook, write_workbook
from reconcile.report import Row, Said

PHONE = Row(
    id=7,
    customer=31,
    name="=HYPERLINK(1)",
    field="phone",
    label="Telefoon",
    cls="update-update",
    severity="high",
    owner="sales",
    why="crm and shop say something else",
    since="2025-03-01T10:00:00Z",
    values=(
        Said("crm", "+31 6 12345678", "2025-02-01T00:00:00Z", "c1"),
        Said("hub", "0201234567", "", ""),
        Said("shop", "0687654321", "", "s1"),
        Said("shop", "", "", "s2"),
    ),
    answers={"crm": "take", "shop": "take", "keep": "keep", "clear": "empty"},
    fingerprint="aaa111",
)
WHOLE = replace(PHONE, id=8, field="", label="record", answers={"seen": "you know"}, fingerprint="bbb222")
EMAIL = replace(PHONE, id=9, field="email", label="E-mail", fingerprint="ccc333")
ROWS = [PHONE, WHOLE, EMAIL]


@pytest.fixture
def path(tmp_path):
    write_workbook(tmp_path / "questions.xlsx", ROWS)
    return tmp_path / "questions.xlsx"


def names(sheet):
    return [cell.value for cell in sheet[1]]


def filled(path, *lines):
    """Fill in (row, {column: value}) as a steward does."""
    book = openpyxl.load_workbook(path)
    sheet = book["questions"]
    for row, told in lines:
        for name, value in told.items():
            sheet.cell(row, names(sheet).index(name) + 1).value = value
    book.save(path)


def test_each_question_is_a_line_with_what_each_system_says(path):
    sheet = openpyxl.load_workbook(path)["questions"]
    header = names(sheet)
    assert header[:7] == ["id", "severity", "customer", "field", "hub says", "crm says", "shop says"]
    line = dict(zip(header, (cell.value for cell in sheet[2]), strict=True))
    assert line["id"] == "7"
    assert line["hub says"] == "0201234567"
    assert line["shop says"] == "0687654321 | (empty)"
    assert line["class"] == "update-update"
    assert line["why"] == "crm and shop say something else"
    assert (line["choice"], line["value"], line["by"]) == (None, None, None)


def test_no_cell_is_or_becomes_a_formula(path):
    sheet = openpyxl.load_workbook(path)["questions"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    texts = [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "'=HYPERLINK(1) (31)" in texts
    assert not any(text.startswith(("=", "+", "-", "@")) for text in texts)


def test_the_header_stays_in_sight_and_the_fingerprint_out_of_it(path):
    sheet = openpyxl.load_workbook(path)["questions"]
    assert sheet.freeze_panes == "A2"
    hidden = [
        name for name, column in zip(names(sheet), sheet.columns, strict=True) if is_hidden(sheet, column)
    ]
    assert hidden == ["fingerprint"]


def is_hidden(sheet, column):
    return sheet.column_dimensions[column[0].column_letter].hidden


def test_each_row_offers_its_own_answers(path):
    book = openpyxl.load_workbook(path)
    sheet, lists = book["questions"], book["answers"]
    assert lists.sheet_state == "hidden"
    offered = {}
    for one in sheet.data_validations.dataValidation:
        (cells,) = lists[one.formula1.partition("!")[2]]
        for area in one.sqref.ranges:
            for row, _ in area.cells:
                offered[row] = [cell.value for cell in cells]
    own = ["crm", "shop", "keep", "clear", "value"]
    assert offered == {2: own, 3: ["seen"], 4: own}


def test_answers_come_back_with_their_fingerprints(path):
    filled(
        path,
        (2, {"choice": " Shop ", "by": "Ada"}),
        (3, {"choice": "seen", "by": "Bob"}),
        (4, {"choice": "value", "value": "'+31201234567", "by": "Ada"}),
    )
    assert read_workbook(path, ROWS) == [
        Filled(2, "Ada", Answer(7, "shop", None, "aaa111")),
        Filled(3, "Bob", Answer(8, "seen", None, "bbb222")),
        Filled(4, "Ada", Answer(9, "value", "+31201234567", "ccc333")),
    ]


def test_digits_typed_as_an_own_value_keep_their_zeros(path):
    filled(path, (2, {"choice": "value", "value": "0612345678", "by": "Ada"}))
    (one,) = read_workbook(path, ROWS)
    assert one.answer.value == "0612345678"


def test_rows_left_open_are_not_answers(path):
    filled(path, (2, {"by": "Ada"}), (9, {"id": "a note"}))
    assert read_workbook(path, ROWS) == []


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"choice": "books", "by": "Ada"}, "not one of: crm, shop, keep, clear, value"),
        ({"choice": "shop"}, "name of who decided"),
        ({"choice": "shop", "by": "  "}, "name of who decided"),
        ({"choice": "shop", "by": "Ada", "fingerprint": "zzz"}, "is another since"),
        ({"choice": "shop", "by": "Ada", "fingerprint": None}, "is another since"),
        ({"choice": "shop", "by": "Ada", "id": "999"}, "no open question has this id"),
        ({"choice": "shop", "by": "Ada", "id": None}, "no open question has this id"),
        ({"choice": "shop", "by": "Ada", "value": "06"}, "a choice and a value"),
        ({"value": "06", "by": "Ada"}, "a value and no choice"),
        ({"choice": "value", "by": "Ada"}, "the choice is value and there is none"),
        ({"choice": "=A1", "by": "Ada"}, "a formula"),
        ({"choice": "value", "value": "=A1", "by": "Ada"}, "a formula"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_alone(path, told, why):
    filled(path, (2, told), (3, {"choice": "seen", "by": "Bob"}))
    refused, taken = read_workbook(path, ROWS)
    assert isinstance(refused, Refused)
    assert refused.row == 2
    assert why in refused.why
    assert taken == Filled(3, "Bob", Answer(8, "seen", None, "bbb222"))


def test_a_question_about_a_record_takes_no_value_of_ones_own(path):
    filled(path, (3, {"choice": "value", "value": "x", "by": "Ada"}))
    (refused,) = read_workbook(path, ROWS)
    assert refused == Refused(3, "the choice is not one of: seen")


def test_a_second_answer_to_a_question_is_refused(path):
    filled(path, (2, {"choice": "shop", "by": "Ada"}), (4, {"id": "7", "choice": "crm", "by": "Bob"}))
    first, second = read_workbook(path, ROWS)
    assert isinstance(first, Filled)
    assert second == Refused(4, "no open question has this id, or it is answered further up")


def test_a_question_that_is_answered_or_changed_meanwhile_is_refused(path):
    filled(path, (2, {"choice": "shop", "by": "Ada"}), (4, {"choice": "crm", "by": "Ada"}))
    found = read_workbook(path, [WHOLE, replace(EMAIL, fingerprint="new")])
    assert [type(one) for one in found] == [Refused, Refused]


def test_columns_may_be_moved_and_added(path):
    book = openpyxl.load_workbook(path)
    book["questions"].insert_cols(1)
    book["questions"]["A1"] = "notes"
    book.save(path)
    filled(path, (2, {"choice": "shop", "by": "Ada", "notes": "called"}))
    assert [one.answer.choice for one in read_workbook(path, ROWS)] == ["shop"]


def test_a_workbook_is_private_and_never_written_over(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(WorkbookError, match="is there already"):
        write_workbook(path, ROWS)


def test_what_is_no_such_workbook_is_told(path, tmp_path):
    with pytest.raises(WorkbookError, match="cannot be read"):
        read_workbook(tmp_path / "nowhere.xlsx", ROWS)
    (tmp_path / "text.xlsx").write_text("id,choice\n")
    with pytest.raises(WorkbookError, match=r"no \.xlsx file"):
        read_workbook(tmp_path / "text.xlsx", ROWS)
    filled(path, (1, {"by": "who"}))
    with pytest.raises(WorkbookError, match="has no column by"):
        read_workbook(path, ROWS)
    with pytest.raises(WorkbookError, match="cannot be written"):
        write_workbook(tmp_path / "no" / "folder.xlsx", ROWS)


def test_no_question_is_a_workbook_without_lines(tmp_path):
    write_workbook(tmp_path / "none.xlsx", [])
    assert read_workbook(tmp_path / "none.xlsx", []) == []
