"""A write changes the cells it names: every other byte of the workbook stays, and formulas stay alive."""

import io
import random
import re
import zipfile
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference

from adapters.errors import SystemOut
from adapters.protocol import Change
from tests.adapters.contract import live, push, update
from tests.adapters.sheets import ENTITY, opened

ROWS, COLUMNS = 10_000, 20
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def members(path):
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def cells(xml):
    """Each cell of a sheet as it is written, by place."""
    return dict(re.findall(rb'(?s)<c r="([A-Z]+[0-9]+)"((?:[^>]*/>)|(?:.*?</c>))', xml))


@pytest.fixture(scope="module")
def large():
    """10,000 customers with texts, numbers, dates and a formula, a chart and a second sheet."""
    chance = random.Random(20250101)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["id", "name", "phone", "bsn", "n", "sum", *(f"c{n}" for n in range(COLUMNS - 6))])
    for n in range(2, ROWS + 2):
        texts = (f"Zoë & Søn <{chance.randrange(10**9):09d}>" for _ in range(COLUMNS - 6))
        digits = "".join(chance.choices("0123456789", k=19))
        sheet.append([f"{n:06d}", f"Naam {n}", f"06{digits[:8]}", digits, n / 8, f"=E{n}*2", *texts])
    other = book.create_sheet("Totals")
    other.append(["=SUM(Sheet!E:E)"])
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=5, min_row=1, max_row=9))
    other.add_chart(chart, "C3")
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_ten_thousand_rows_come_back_without_a_zero_or_digit_lost(large, tmp_path):
    path = tmp_path / "large.xlsx"
    path.write_bytes(large)
    adapter = opened(path)
    before = {record.id: record for record in live(adapter.pull(ENTITY))}
    assert len(before) == ROWS
    wanted = {id: f"0{n:08d}000" for n, id in enumerate(before) if n % 10 == 3}
    changes = [
        Change(id, "update", ENTITY, id, {"phone": text}, before[id].version) for id, text in wanted.items()
    ]
    assert {outcome.status for outcome in adapter.push(ENTITY, changes)} == {"applied"}
    after = {record.id: record.payload for record in live(adapter.pull(ENTITY))}
    assert after == {
        id: {**one.payload, "phone": wanted.get(id, one.payload["phone"])} for id, one in before.items()
    }

    old, new = members(path.with_name("large.xlsx.previous")), members(path)
    assert list(new) == list(old)
    sheet = "xl/worksheets/sheet1.xml"
    assert {name for name in old if old[name] != new[name]} <= {sheet, "xl/workbook.xml"}
    assert b'fullCalcOnLoad="1"' in new["xl/workbook.xml"]
    was, now = cells(old[sheet]), cells(new[sheet])
    assert len(was) == (ROWS + 1) * COLUMNS
    moved = {place for place in was if was[place] != now[place]}
    assert was.keys() == now.keys()
    assert moved == {f"C{n + 2}".encode() for n in range(ROWS) if n % 10 == 3}
    assert re.sub(rb"(?s)<sheetData>.*</sheetData>", b"", old[sheet]) == re.sub(
        rb"(?s)<sheetData>.*</sheetData>", b"", new[sheet]
    )


def test_formulas_stay_alive_and_keep_what_they_last_showed(tmp_path):
    path = tmp_path / "sums.xlsx"
    book = openpyxl.Workbook()
    for row in (["id", "n", "sum"], ["1", 2, "=B2*2"], ["2", 3, "=B3*2"]):
        book.active.append(row)
    book.save(path)
    calculated(path, {"C2": 4, "C3": 6})
    adapter = opened(path)
    assert [record.payload["sum"] for record in live(adapter.pull(ENTITY))] == [4, 6]
    assert push(adapter, ENTITY, update(ENTITY, "1", {"n": 5})).status == "applied"
    assert [cell.value for cell in openpyxl.load_workbook(path).active["C"]] == ["sum", "=B2*2", "=B3*2"]
    shown = openpyxl.load_workbook(path, data_only=True)
    assert [cell.value for cell in shown.active["C"]] == ["sum", 4, 6]
    assert shown.active["B2"].value == 5
    assert openpyxl.load_workbook(path).calculation.fullCalcOnLoad


def calculated(path, results):
    """Give formulas a result, as a spreadsheet program does when it saves, and lose the wish to calculate."""
    parts = members(path)
    for place, result in results.items():
        empty = rf"(<c r=\"{place}\"[^>]*><f>[^<]*</f>)<v ?/>".encode()
        parts["xl/worksheets/sheet1.xml"], found = re.subn(
            empty, rb"\g<1><v>%d</v>" % result, parts["xl/worksheets/sheet1.xml"]
        )
        assert found == 1
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b' fullCalcOnLoad="1"', b"")
    zipped(path, parts)


def test_without_formulas_only_the_sheet_differs(tmp_path):
    path = tmp_path / "plain.xlsx"
    book = openpyxl.Workbook()
    for row in (["id", "name"], ["1", "Ada"]):
        book.active.append(row)
    book.save(path)
    before = members(path)
    push(opened(path), ENTITY, update(ENTITY, "1", {"name": "Adam"}))
    after = members(path)
    assert {name for name in before if before[name] != after[name]} == {"xl/worksheets/sheet1.xml"}


def zipped(path, parts, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in parts.items():
            file.writestr(name, content)


def handmade(path, sheet, strings="", calc="", prefix="", **extra):
    """A workbook as other programs may write it; `sheet` is what stands inside the worksheet element."""
    p = f"{prefix}:" if prefix else ""
    name = f":{prefix}" if prefix else ""
    zipped(
        path,
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">'
            f'<Relationship Id="a" Type="{REL}/officeDocument" Target="/book/main.xml"/></Relationships>',
            "book/_rels/main.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
            f'<Relationship Id="r1" Type="{REL}/worksheet" Target="tabs/one.xml"/>'
            f'<Relationship Id="r2" Type="{REL}/sharedStrings" Target="texts.xml"/></Relationships>',
            "book/main.xml": f'<{p}workbook xmlns{name}="{MAIN}" xmlns:r="{REL}"><{p}sheets>'
            f'<{p}sheet name="Eén" sheetId="1" r:id="r1"/></{p}sheets>{calc}</{p}workbook>',
            "book/texts.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
            "book/tabs/one.xml": f"<?xml version='1.0' encoding='UTF-8'?>\n"
            f'<{p}worksheet xmlns{name}="{MAIN}">{sheet}</{p}worksheet>',
            **extra,
        },
    )
    return opened(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "handmade.xlsx"


def inline(text):
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def test_inline_and_shared_and_rich_texts_read_alike(path):
    strings = (
        "<si><t>id</t></si><si><r><t>na</t></r><r><rPr/><t>me</t></r><rPh sb='0' eb='1'><t>x</t></rPh></si>"
    )
    adapter = handmade(
        path,
        "<sheetData><row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row>"
        f"<row>{inline('007')}<c t='inlineStr'><is><r><t>Zo</t></r><r><t>ë_x000D_</t></r></is></c></row>"
        "<row r='9'><c r='A9' t='str'><v>8</v></c><c t='d'><v>2024-05-06T00:00:00Z</v></c></row></sheetData>",
        strings,
    )
    assert [dict(record.payload) for record in live(adapter.pull(ENTITY))] == [
        {"id": "007", "name": "Zoë\r"},
        {"id": "8", "name": "2024-05-06"},
    ]


SHEET = (
    "<dimension ref='A1:B2'/>"
    "<sheetData><!-- <c r='A1'/> --><row r='1' spans='1:2'>"
    f"{inline('id')}{inline('name')}{inline('x')}</row>\n"
    f"<row r='2' spans=\"1:2\" note='a>b'>{inline('1')}<c r='C2' s='0'  ></c ></row >"
    f"<row r='3'>{inline('2')}<c r='B3'  />{inline('<![CDATA[<c>]]>')}</row><row r='5' spans='1:3' ht='3'/>"
    "<row r='1048576'/></sheetData><extLst><ext xmlns:q='urn:q'><q:c r='B2'>1</q:c></ext></extLst>"
)


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (
            update(ENTITY, "1", {"name": "A&B"}),
            f"spans=\"1:2\" note='a>b'>{inline('1')}",
            f" note='a>b'>{inline('1')}"
            '<c r="B2" t="inlineStr"><is><t xml:space="preserve">A&amp;B</t></is></c>',
        ),
        (update(ENTITY, "1", {"x": 5}), "<c r='C2' s='0'  ></c >", '<c r="C2"><v>5</v></c>'),
        (update(ENTITY, "2", {"name": True}), "<c r='B3'  />", '<c r="B3" t="b"><v>1</v></c>'),
        (update(ENTITY, "2", {"x": None}), inline("<![CDATA[<c>]]>"), '<c r="C3"/>'),
        (
            Change("k", "create", ENTITY, None, {"id": 3}),
            "</row><row r='5'",
            '</row><row r="4"><c r="A4" t="inlineStr"><is><t xml:space="preserve">3</t></is></c>'
            '<c r="B4"/><c r="C4"/></row><row r=\'5\'',
        ),
    ],
)
def test_only_the_cell_that_is_named_changes(path, change, old, new):
    adapter = handmade(path, SHEET)
    before = members(path)
    assert push(adapter, ENTITY, change).status == "applied"
    after = members(path)
    assert {name for name in before if before[name] != after[name]} == {"book/tabs/one.xml"}
    was, now = before["book/tabs/one.xml"].decode(), after["book/tabs/one.xml"].decode()
    assert was.count(old.strip()) == 1
    expected = was.replace(f" {old}" if old.startswith("spans") else old, new)
    assert re.sub("ref='[A-Z0-9:]+'", "", now) == re.sub("ref='[A-Z0-9:]+'", "", expected)
    ElementTree.fromstring(now)


def test_a_row_and_rows_that_are_one_tag_are_opened(path):
    sheet = f"<sheetData><row r='1'>{inline('id')}{inline('name')}</row><row r='2' s='4'/></sheetData>"
    adapter = handmade(path, sheet)
    assert push(adapter, ENTITY, Change("k", "create", ENTITY, None, {"name": "B"})).status == "applied"
    assert [dict(record.payload) for record in live(adapter.pull(ENTITY))] == [{"id": "1", "name": "B"}]
    assert b"<row r='2' s='4'><c r=\"A2\"" in members(path)["book/tabs/one.xml"]


def test_the_declared_extent_grows_with_the_rows(path):
    adapter = handmade(path, SHEET)
    changes = [Change(f"k{n}", "create", ENTITY, None, {"name": "B"}) for n in range(3)]
    assert {outcome.status for outcome in adapter.push(ENTITY, changes)} == {"applied"}
    xml = members(path)["book/tabs/one.xml"]
    assert b"<dimension ref='A1:C6'/>" in xml
    numbers = [int(found) for found in re.findall(rb"<row r=[\"'](\d+)", xml)]
    assert numbers == [1, 2, 3, 4, 5, 6, 1048576]
    assert len(live(adapter.pull(ENTITY))) == 5


def test_a_prefix_before_every_name_is_kept(path):
    rows = f"<row r='1'>{inline('id')}{inline('name')}</row><row r='2'>{inline('1')}{inline('Ada')}</row>"
    sheet = re.sub(r"<(/?)(?=\w)", r"<\1x:", f"<sheetData>{rows}</sheetData>")
    adapter = handmade(path, sheet, prefix="x")
    changes = [update(ENTITY, "1", {"name": "Adam"}), Change("k", "create", ENTITY, None, {"name": "B"})]
    assert {outcome.status for outcome in adapter.push(ENTITY, changes)} == {"applied"}
    assert [record.payload["name"] for record in live(adapter.pull(ENTITY))] == ["Adam", "B"]
    names = {one.tag for one in ElementTree.fromstring(members(path)["book/tabs/one.xml"]).iter()}
    assert {name.partition("}")[0] for name in names} == {f"{{{MAIN}"}


def test_a_formula_that_fills_several_cells_is_written_nowhere(path):
    rows = (
        f"<row r='1'>{inline('id')}{inline('a')}{inline('b')}</row>"
        "<row r='2'><c r='A2'><v>1</v></c><c r='B2'><f t='array' ref='B2:B3'>X</f><v>1</v></c>"
        "<c r='C2'><f t='shared' ref='C2:C3' si='0'>A2</f><v>1</v></c></row>"
        "<row r='3'><c r='A3'><v>2</v></c><c r='B3'><v>2</v></c>"
        "<c r='C3'><f t='shared' si='0'/><v>2</v></c></row>"
        "<row r='4'><c r='A4'><v>3</v></c><c r='B4'><v>2</v></c><c r='C4'><v>2</v></c></row>"
    )
    adapter = handmade(path, f"<sheetData>{rows}</sheetData>")
    for id in ("1", "2"):
        for name in ("a", "b"):
            assert push(adapter, ENTITY, update(ENTITY, id, {name: 9})).status == "rejected"
    assert push(adapter, ENTITY, update(ENTITY, "3", {"a": 9, "b": 9})).status == "applied"


@pytest.mark.parametrize(
    ("calc", "told"),
    [
        ("", '</sheets><calcPr fullCalcOnLoad="1"/></workbook>'),
        ("<calcPr calcId='1'/>", "<calcPr calcId='1' fullCalcOnLoad=\"1\"/>"),
        ("<calcPr fullCalcOnLoad='0'></calcPr>", '<calcPr fullCalcOnLoad="1"></calcPr>'),
        (
            "<definedNames><definedName>x</definedName></definedNames>",
            '</definedNames><calcPr fullCalcOnLoad="1"/>',
        ),
    ],
)
def test_a_workbook_with_formulas_is_told_to_calculate_anew(path, calc, told):
    row = "<row><c><v>1</v></c><c><v>1</v></c><c><f>B2</f><v>1</v></c></row>"
    rows = f"<row>{inline('id')}{inline('n')}</row>{row}"
    adapter = handmade(path, f"<sheetData>{rows}</sheetData>", calc=calc)
    assert push(adapter, ENTITY, update(ENTITY, "1", {"n": 2})).status == "applied"
    assert told in members(path)["book/main.xml"].decode()


def test_members_that_were_streamed_or_stored_keep_their_very_bytes(path):
    """Programs that stream put the sizes behind each member; macros and pictures are often not packed."""
    handmade(path, SHEET)
    parts = members(path)

    class Stream(io.RawIOBase):
        def __init__(self, file):
            self.file = file

        def writable(self):
            return True

        def write(self, content):
            return self.file.write(content)

    with path.open("wb") as file, zipfile.ZipFile(Stream(file), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.writestr("book/picture.png", bytes(range(256)), zipfile.ZIP_STORED)
    old = path.read_bytes()
    assert push(opened(path), ENTITY, update(ENTITY, "1", {"name": "Adam"})).status == "applied"
    assert old[: old.index(b"PK\x03\x04", 4)] in path.read_bytes()
    before, after = members(path.with_name("handmade.xlsx.previous")), members(path)
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == {"book/tabs/one.xml"}


@pytest.mark.parametrize(
    ("part", "content", "told"),
    [
        ("book/tabs/one.xml", "<!DOCTYPE a [<!ENTITY e 'x'>]><worksheet/>", "document type"),
        ("book/tabs/one.xml", "<worksheet><sheetData>", "damaged"),
        ("book/tabs/one.xml", "<worksheet/>", "no rows element"),
        ("book/tabs/one.xml", "<worksheet><sheetData><row r='x'/></sheetData></worksheet>", "damaged"),
        (
            "book/tabs/one.xml",
            "<?xml version='1.0' encoding='iso-8859-1'?><worksheet/>",
            "encoded as iso-8859-1",
        ),
        (
            "book/tabs/one.xml",
            "<worksheet><sheetData><row><c t='s'><v>9</v></c></row></sheetData></worksheet>",
            "not there",
        ),
        (
            "book/tabs/one.xml",
            "<worksheet><sheetData><row><c><v>x</v></c></row></sheetData></worksheet>",
            "is none",
        ),
        ("_rels/.rels", "<Relationships/>", "no workbook"),
        ("book/main.xml", "<workbook/>", "no sheet with cells"),
    ],
)
def test_a_damaged_part_is_told_with_what_to_do(path, part, content, told):
    handmade(path, SHEET)
    zipped(path, {**members(path), part: content})
    with pytest.raises(SystemOut, match=told):
        opened(path).check()


def test_a_part_that_is_missing_or_locked_is_told(path):
    handmade(path, SHEET)
    parts = members(path)
    del parts["book/tabs/one.xml"]
    zipped(path, parts)
    with pytest.raises(SystemOut, match=r"has no book/tabs/one\.xml"):
        opened(path).check()


def test_any_sheet_takes_any_texts_and_keeps_the_rest(path):
    chance = random.Random(20250102)
    signs = ["0", "1", "é", "<", "&", '"', "'", "]]>", " ", "\n", "\r", "\t", "_x0009_", "=", "\x01", "李"]
    for _ in range(40):
        width, height = chance.randint(2, 5), chance.randint(1, 6)
        book = openpyxl.Workbook()
        book.active.append(["id", *(f"c{n}" for n in range(1, width))])
        for n in range(height):
            row = [chance.choice([None, n, f"{n:04d}", n / 3, "x y", True]) for _ in range(1, width)]
            book.active.append([f"k{n}", *row])
        book.save(path)
        adapter = opened(path)
        expected = {record.id: dict(record.payload) for record in live(adapter.pull(ENTITY))}
        changes = []
        for n in chance.sample(range(height), chance.randint(1, height)):
            text = "".join(chance.choices(signs, k=4)) + "x"
            name = f"c{chance.randrange(1, width)}"
            changes.append(update(ENTITY, f"k{n}", {name: text}))
            expected[f"k{n}"][name] = text
        assert {outcome.status for outcome in adapter.push(ENTITY, changes)} == {"applied"}
        assert {record.id: record.payload for record in live(opened(path).pull(ENTITY))} == expected
        openpyxl.load_workbook(path)
