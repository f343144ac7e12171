"""A CSV file keeps to the contract, and keeps the bytes that nobody meant to change."""

import csv
import errno
import io
import os
import random
import stat
from pathlib import Path

import pytest

from adapters.csvfile import CsvAdapter, CsvSettings
from adapters.csvformat import changed, raw_cells, read, write
from adapters.errors import SystemOut
from adapters.protocol import Change
from tests.adapters.contract import PEOPLE, AdapterContract, live, push, update


def written(path: Path, encoding="utf-8", delimiter=","):
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(PEOPLE[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(PEOPLE)


class TestCsv(AdapterContract):
    encoding, delimiter = "utf-8", ","

    @pytest.fixture
    def path(self, tmp_path):
        written(tmp_path / "people.csv", self.encoding, self.delimiter)
        return tmp_path / "people.csv"

    @pytest.fixture
    def adapter(self, path):
        return CsvAdapter("file", CsvSettings(path=path.name, key="id"), path.parent)

    @pytest.fixture
    def edit_outside(self, path):
        def edit(id, payload):
            content = path.read_text(self.encoding)
            (line,) = (line for line in content.splitlines() if line.startswith(id + self.delimiter))
            cells = line.split(self.delimiter)
            new = self.delimiter.join([id, payload["name"], *cells[2:]])
            path.write_text(content.replace(line, new), self.encoding, newline="\r\n")

        return edit

    @pytest.fixture
    def remove_outside(self, path):
        def remove(id):
            lines = path.read_text(self.encoding).splitlines()
            kept = [line for line in lines if not line.startswith(id + self.delimiter)]
            path.write_text("\n".join(kept), self.encoding)

        return remove

    @pytest.fixture
    def dead(self, tmp_path):
        return CsvAdapter("file", CsvSettings(path="nowhere.csv", key="id"), tmp_path)

    def refused(self):
        return {"name": {"no": "text"}}

    @pytest.mark.parametrize(
        "text", ["two\nlines", "two\r\nlines", 'a;b,c\t"d"', " blanks around ", "\u2028", "'"]
    )
    def test_text_that_needs_quotes_survives(self, adapter, entity, first, text):
        assert push(adapter, entity, update(entity, first.id, {"name": text})).status == "applied"
        assert [record.payload["name"] for record in adapter.fetch(entity, [first.id])] == [text]


class TestExcel(TestCsv):
    encoding, delimiter = "utf-8-sig", ";"


class TestUtf16(TestCsv):
    encoding, delimiter = "utf-16", "\t"


@pytest.fixture
def make(tmp_path):
    """An adapter over a file with this content."""

    def make(content, **settings):
        content = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "people.csv").write_bytes(content)
        return CsvAdapter("file", CsvSettings(path="people.csv", **{"key": "id"} | settings), tmp_path)

    return make


@pytest.fixture
def path(tmp_path):
    return tmp_path / "people.csv"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"id,name\r\n1,Zo\xc3\xab\r\n", "utf-8, ','"),
        (b"\xef\xbb\xbfid;name\n1;Zo\xc3\xab\n", "utf-8 with BOM, ';'"),
        (b"id|name\n1|Zo\xeb\n", "cp1252, '|'"),
        ("id\tname\r1\tZoë".encode("utf-16"), "utf-16-le with BOM, tab"),
        (b"\xfe\xff" + 'id;"name, first"\n1;x\n'.encode("utf-16-be"), "utf-16-be with BOM, ';'"),
        (b"sep=;\r\nid;name\r\n1;x\r\n", "utf-8, ';'"),
        (b"id\n1\n", "utf-8, ','"),
    ],
)
def test_encoding_and_delimiter_are_found_and_kept(make, path, content, found):
    adapter = make(content)
    assert adapter.found == found
    assert [record.id for record in live(adapter.pull("customer"))] == ["1"]
    if len(adapter.capabilities("customer").writable) > 1:
        name = next(name for name in adapter.capabilities("customer").writable if name != "id")
        assert push(adapter, "customer", update("customer", "1", {name: "Ändërs"})).status == "applied"
        assert make(path.read_bytes()).found == found


def test_untouched_rows_and_cells_stay_byte_for_byte(make, path):
    before = b'"id";name;x\r\n1;Ada;"kept"\r\n\r\n2;"Bob";=1\n"3";  C ;"a\nb;""c"""\r\n;;\r\n4;;last'
    adapter = make(before)
    assert push(adapter, "customer", update("customer", "3", {"name": "Chloé"})).status == "applied"
    assert path.read_bytes() == before.replace(b"  C ", "Chloé".encode())
    assert push(adapter, "customer", update("customer", "2", {"name": "Bo"})).status == "applied"
    assert path.read_bytes() == before.replace(b"  C ", "Chloé".encode()).replace(b'"Bob"', b'"Bo"')


def test_a_new_row_is_written_as_the_file_is(make, path):
    adapter = make(b'\xef\xbb\xbf"id";"name"\n"1";"Ada"')
    outcome = push(adapter, "customer", Change("k", "create", "customer", None, {"name": "Bob"}))
    assert outcome.record.id == "2"
    assert path.read_bytes() == b'\xef\xbb\xbf"id";"name"\n"1";"Ada"\n"2";"Bob"\n'


@pytest.mark.parametrize(
    ("rows", "key"), [("", "1"), ("9,x\n10,x\n", "11"), ("0009,x\n", "0010"), ("7,x\n007,y\n", "008")]
)
def test_a_new_row_gets_the_next_number(make, rows, key):
    outcome = push(
        make(f"id,name\n{rows}"), "customer", Change("k", "create", "customer", None, {"name": "B"})
    )
    assert outcome.record.id == key


def test_where_keys_are_no_numbers_a_new_row_brings_its_own(make):
    adapter = make("id,name\nA-1,x\n")
    assert (
        push(adapter, "customer", Change("k", "create", "customer", None, {"name": "B"})).status == "rejected"
    )
    create = Change("k", "create", "customer", None, {"id": "A-2", "name": "B"})
    assert push(adapter, "customer", create).record.id == "A-2"
    assert push(adapter, "customer", create).status == "rejected"


def test_a_key_does_not_change(make):
    adapter = make("id,name\n1,x\n")
    outcome = push(adapter, "customer", update("customer", "1", {"id": "2"}))
    assert (outcome.status, outcome.detail) == ("rejected", "id: a key does not change")


def test_rows_that_are_no_records_are_problems_and_stay(make, path):
    broken = b'id,name,x\n1,Ada,a\n2,Bob\n,Nobody,b\n3,C,c,d\n4,"D"x,d\n5,Eva,e\n6,"open,f\n7,Gus,g\n'
    adapter = make(broken)
    pages = list(adapter.pull("customer"))
    assert [record.id for record in live(pages)] == ["1", "5", "7"]
    assert [place for place, _ in pages[-1].problems] == ["line 3", "line 4", "line 5", "line 6", "line 8"]
    assert not pages[-1].complete
    push(adapter, "customer", update("customer", "7", {"name": "Guus"}))
    assert path.read_bytes() == broken.replace(b"Gus", b"Guus")


def test_while_rows_cannot_be_read_nothing_counts_as_gone(make):
    adapter = make("id,name\n1,Ada\n2\n")
    assert list(adapter.fetch("customer", ["2", "3"])) == []
    assert push(adapter, "customer", update("customer", "2", {"name": "x"})).status == "rejected"
    assert (
        push(adapter, "customer", Change("k", "create", "customer", None, {"name": "x"})).status == "rejected"
    )


def test_a_double_key_makes_both_rows_problems(make, path):
    content = b"id,name\n1,Ada\n2,Bob\n1,Adam\n"
    adapter = make(content)
    (page,) = adapter.pull("customer")
    assert [record.id for record in page.records] == ["2"]
    assert page.problems == [("1", "its key stands on lines 2 and 4")]
    assert list(adapter.fetch("customer", ["1"])) == []
    outcome = push(adapter, "customer", update("customer", "1", {"name": "x"}))
    assert outcome.status == "rejected"
    assert "lines 2 and 4" in outcome.detail
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "settings", "told"),
    [
        (b"", {}, "empty"),
        (b"\xef\xbb\xbf \r\n", {}, "empty"),
        (b"\n\nid,name\n", {}, "header"),
        (b"nr,name\n1,x\n", {}, "no column 'id'; its columns are nr, name"),
        (b"id,name,name\n", {}, "twice: name"),
        (b"id,name\n1,\xff\x81\n", {}, "byte 12 does not fit cp1252"),
        (b"id,name\n1,\xeb\n", {"encoding": "utf-8"}, "byte 11 does not fit utf-8"),
        (b"id,name\n", {"encoding": "klingon"}, "no encoding 'klingon'"),
        (b"id,name\n", {"modified": "at"}, "no column 'at'"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_system_that_is_out(make, content, settings, told):
    adapter = make(content, **settings)
    with pytest.raises(SystemOut, match=r"people\.csv") as error:
        adapter.check()
    assert told in str(error.value)


def test_a_missing_file_is_named_with_what_to_do(tmp_path):
    with pytest.raises(SystemOut, match=r"gone\.csv: No such file or directory; put the file there"):
        CsvAdapter("file", CsvSettings(path="gone.csv", key="id"), tmp_path).check()


def test_a_file_that_is_still_the_same_shows_nothing_and_is_not_complete(make):
    adapter = make("id,name\n1,Ada\n")
    cursor = next(adapter.pull("customer")).cursor
    (page,) = adapter.pull("customer", cursor)
    assert (list(page.records), page.cursor, page.complete) == ([], cursor, False)
    adapter = make("id,name\n1,Adam\n")
    assert next(adapter.pull("customer", cursor)).complete


def test_a_file_with_only_a_header_is_a_complete_empty_listing(make):
    (page,) = make("id,name\n").pull("customer")
    assert (list(page.records), page.complete) == ([], True)


def test_a_long_file_comes_in_pages_of_which_the_last_is_complete(make):
    adapter = make("id,name\n" + "".join(f"{n},x\n" for n in range(2001)))
    pages = list(adapter.pull("customer"))
    assert [len(page.records) for page in pages] == [1000, 1000, 1]
    assert [page.complete for page in pages] == [False, False, True]
    assert [page.cursor is None for page in pages] == [True, True, False]


def test_the_modified_column_is_read_in_its_zone(make):
    adapter = make(
        "id,at\n1,2025-07-01 12:00\n2,31-12-2024 12:00\n3,soon\n", modified="at", zone="Europe/Amsterdam"
    )
    times = [record.modified_at for record in live(adapter.pull("customer"))]
    assert [at and at.isoformat() for at in times] == [
        "2025-07-01T10:00:00+00:00",
        "2024-12-31T11:00:00+00:00",
        None,
    ]


def test_a_zone_that_does_not_exist_is_told_at_loading():
    with pytest.raises(ValueError, match="Europe/Amsterdam"):
        CsvSettings(path="x.csv", key="id", zone="Europa/Amsterdam")


def test_the_previous_file_is_kept_private_and_the_new_one_keeps_its_mode(make, path):
    adapter = make("id,name\n1,Ada\n")
    path.chmod(0o640)
    push(adapter, "customer", update("customer", "1", {"name": "Adam"}))
    previous = path.with_name("people.csv.previous")
    assert previous.read_text() == "id,name\n1,Ada\n"
    assert stat.S_IMODE(previous.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(file.name for file in path.parent.iterdir()) == ["people.csv", "people.csv.previous"]


def test_a_link_to_the_file_stays_a_link(make, path):
    make("id,name\n1,Ada\n")
    link = path.with_name("link.csv")
    link.symlink_to(path)
    adapter = CsvAdapter("file", CsvSettings(path="link.csv", key="id"), path.parent)
    push(adapter, "customer", update("customer", "1", {"name": "Adam"}))
    assert link.is_symlink()
    assert path.read_text() == "id,name\n1,Adam\n"


@pytest.mark.parametrize("call", ["replace", "fsync", "fchmod"])
def test_a_full_disk_leaves_the_file_as_it_was_and_the_change_for_later(make, path, monkeypatch, call):
    adapter = make("id,name\n1,Ada\n")

    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path if call == "replace" else os, call, full)
    changes = [update("customer", "1", {"name": "x"}), update("customer", "9", {"name": "x"})]
    outcomes = list(adapter.push("customer", changes))
    assert [outcome.status for outcome in outcomes] == ["deferred", "deferred"]
    assert "No space left on device" in outcomes[0].detail
    assert [file.name for file in path.parent.iterdir()] == ["people.csv"]
    assert path.read_text() == "id,name\n1,Ada\n"


def test_a_write_that_may_not_last_is_of_unknown_fate(make, path, monkeypatch):
    adapter = make("id,name\n1,Ada\n")
    real = os.fsync

    def fails_for_folders(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fails_for_folders)
    changes = [update("customer", "1", {"name": "Adam"}), update("customer", "9", {"name": "x"})]
    assert [outcome.status for outcome in adapter.push("customer", changes)] == ["unknown", "rejected"]


@pytest.mark.parametrize("note", ["~$people.csv", ".~lock.people.csv#"])
def test_a_file_that_is_open_elsewhere_is_written_later(make, path, note):
    adapter = make("id,name\n1,Ada\n")
    path.with_name(note).touch()
    outcome = push(adapter, "customer", update("customer", "1", {"name": "x"}))
    assert outcome.status == "deferred"
    assert outcome.retry_after
    assert note in outcome.detail
    path.with_name(note).unlink()
    assert push(adapter, "customer", update("customer", "1", {"name": "x"})).status == "applied"


def test_a_save_in_the_last_moment_is_not_overwritten(make, path, monkeypatch):
    adapter = make("id,name\n1,Ada\n")
    real = os.fchmod

    def meanwhile(descriptor, mode):
        path.write_text("id,name\n1,Van een ander\n")
        real(descriptor, mode)

    monkeypatch.setattr(os, "fchmod", meanwhile)
    assert push(adapter, "customer", update("customer", "1", {"name": "x"})).status == "deferred"
    assert path.read_text() == "id,name\n1,Van een ander\n"


def test_a_character_that_the_file_cannot_hold_is_rejected(make):
    adapter = make(b"id,name\n1,Zo\xeb\n")
    outcome = push(adapter, "customer", update("customer", "1", {"name": "Łukasz"}))
    assert outcome.status == "rejected"
    assert "cp1252" in outcome.detail
    assert push(adapter, "customer", update("customer", "1", {"name": "€"})).status == "applied"


def test_any_table_reads_as_it_was_written_and_only_the_changed_cell_moves():
    chance = random.Random(20250101)
    signs = ["a", '"', ",", ";", "\n", "\r\n", " ", "é", "", "=", "\u2028"]
    for _ in range(300):
        width, delimiter = chance.randint(2, 4), chance.choice(",;\t|")
        cells = [["".join(chance.choices(signs, k=3)) for _ in range(width)] for _ in range(4)]
        text = io.StringIO(newline="")
        writer = csv.writer(
            text, delimiter=delimiter, quoting=chance.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
        )
        writer.writerows([[f"column {n}" for n in range(width)], *cells])
        content = text.getvalue().encode()
        sheet = read(content)
        assert [list(row.cells) for row in sheet.rows if row.cells] == [row for row in cells if any(row)]
        assert write(sheet, [row.text for row in sheet.rows]) == content
        row = chance.choice([row for row in sheet.rows if row.cells])
        place, value = chance.randrange(width), "".join(chance.choices(signs, k=4)) + "x"
        after = changed(sheet, row, {place: value})
        now = next(csv.reader(io.StringIO(after, newline=""), delimiter=delimiter, strict=True))
        assert now == [*row.cells[:place], value, *row.cells[place + 1 :]]
        untouched = [
            (a, b)
            for n, (a, b) in enumerate(
                zip(raw_cells(row.text, delimiter), raw_cells(after, delimiter), strict=True)
            )
            if n != place
        ]
        assert all(a == b for a, b in untouched)
