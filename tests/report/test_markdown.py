"""Whatever a customer's record holds, it shows as text: read here by a markdown parser, as a screen would."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

import pytest
from markdown_it import MarkdownIt

from reconcile.escape import code, one_line, plain, screen
from reconcile.report import MOST, Row, groups, markdown, rows
from reconcile.summary import summary_markdown
from reconcile.words import told
from tests.report.questions import BOOK, candidate, question

AUTOLINK = re.compile(r"(?i)(https?://|www\.)\w|[-.\w+]+@[-\w]+")
"""What GitHub-flavoured markdown makes a link of, wherever it stands in text."""
NASTY = (
    *"|`[]()<>*_~#!&\\\"'=+-@:;/ \n\r\t\u2028\u202e\x00ab é",
    *(
        "[x](javascript:alert(1))",
        "<script>alert(1)</script>",
        "<img src=x onerror=a>",
        "![x](http://a.example)",
    ),
    *(
        "jan@berg.example",
        "mailto:jan@berg.example",
        "https://evil.example/x",
        "www.evil.example",
        "WWW.e.example",
    ),
    *(
        "<https://evil.example>",
        "[a]: http://a.example",
        "| --- |",
        "```",
        "&lt;b&gt;",
        "**b**",
        "__b__",
        "$x$",
    ),
    *("\\|", "`` ` ``", "</td>", "<br>", "\n\n# top\n\n", "=cmd|' /C calc'!A0", "\u200bwww.a.example"),
)


SEEDS = range(10)
EACH = 40


def many(seed: int) -> list[str]:
    return [nasty(EACH * seed + n) for n in range(EACH)]


def nasty(seed: int) -> str:
    chance = random.Random(seed)
    return "".join(chance.choices(NASTY, k=chance.randint(1, 8)))


@dataclass
class Cell:
    """What a reader sees in a cell, and what it is made of."""

    text: str = ""
    codes: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    others: set[str] = field(default_factory=set)


def cells(page: str) -> list[list[Cell]]:
    """Every line of every table of a page."""
    found: list[list[Cell]] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(page):
        if token.type == "tr_open":
            found.append([])
        elif token.type in ("td_open", "th_open"):
            found[-1].append(Cell())
        elif token.type == "inline" and found and found[-1]:
            _look(token.children or [], found[-1][-1])
        elif token.type == "table_close":
            found.append([])  # what follows is in no cell
    return [line for line in found if line]


def _look(children: list, cell: Cell) -> None:
    for child in children:
        if child.type == "text":
            cell.text += child.content
        elif child.type == "code_inline":
            cell.codes.append(child.content)
        elif child.type == "html_inline":
            cell.html.append(child.content)
        elif child.type == "link_open":
            cell.links.append(child.attrs["href"])
        elif child.type not in ("link_close", "text_special"):
            cell.others.add(child.type)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_name_or_sentence_shows_as_it_is_and_is_nothing_but_text(seed: int) -> None:
    for text in many(seed):
        [_, [cell]] = cells(f"| head |\n| --- |\n| x{plain(text)} |\n")
        assert (cell.codes, cell.html, cell.links, cell.others) == ([], [], [], set())
        assert cell.text.replace("\u2060", "") == f"x{one_line(text)}"
        assert not AUTOLINK.search(cell.text)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_value_shows_as_code_that_can_be_copied(seed: int) -> None:
    for text in many(seed):
        [_, [cell]] = cells(f"| head |\n| --- |\n| {code(f'{text}.')} |\n")
        assert cell.codes == [one_line(f"{text}.").replace("`", "｀").replace("|", "｜")]
        assert (cell.text, cell.html, cell.links, cell.others) == ("", [], [], set())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cell_of_a_screen_that_reads_markdown_is_nothing_but_text(seed: int) -> None:
    for shown in map(screen, many(seed)):
        tokens = MarkdownIt("commonmark", {"html": True}).enable("strikethrough").parseInline(shown)
        found = {child.type for token in tokens for child in token.children or []}
        assert found <= {"text", "text_special"}, shown
        assert "://" not in shown


def test_an_address_with_underscores_stays_as_it_is_on_a_screen() -> None:
    assert screen("jan_de_berg@postvak.example") == "jan_de_berg@postvak.example"


@pytest.mark.parametrize("seed", range(20))
def test_a_whole_report_of_nasty_records_keeps_its_shape(seed: int) -> None:
    asked = question(
        field="note",
        why=nasty(seed),
        system=nasty(seed + 1),
        cls="rejected",
        candidates=(candidate(nasty(seed + 2), ("crm", nasty(seed + 3), nasty(seed + 4))), candidate(None)),
    )
    [row] = rows([asked], BOOK, {10: nasty(seed + 5)})
    head, line = cells(markdown([row], [], link_to))
    assert len(head) == len(line) == 8
    assert {tag for cell in line for tag in cell.html} <= {"<br>"}
    assert [url for cell in line for url in cell.links] == [f"/decide?{name}" for name in row.answers]
    assert {what for cell in line for what in cell.others} == set()
    assert not any(AUTOLINK.search(cell.text) for cell in line)


def link_to(row: Row, choice: str) -> str:
    return f"/decide?{choice}"


def test_a_link_cannot_be_ended_by_what_stands_in_it() -> None:
    [row] = rows([question()], BOOK, {})
    page = markdown([row], [], lambda row, choice: f"/x?p={choice}>)|`[a](javascript:b)\n")
    _, line = cells(page)
    assert len(line) == 8
    assert all(url.startswith("/x?p=") for url in line[-1].links)
    assert len(line[-1].links) == len(row.answers)


def test_every_answer_is_a_link_to_its_question() -> None:
    page = markdown(rows([question(5)], BOOK, {}), [], lambda row, choice: f"/run?q={row.id}-{choice}")
    for choice in ("crm", "shop", "clear", "different"):
        assert f"[{choice}](</run?q=5-{choice}>)" in page


def test_without_a_desk_the_answers_are_only_named() -> None:
    page = markdown(rows([question(5)], BOOK, {}), [])
    assert "crm, shop, clear, different" in page
    assert "](" not in page


@pytest.mark.parametrize(("count", "rest"), [(MOST, None), (MOST + 1, "And 1 more"), (500, "And 300 more")])
def test_a_page_holds_the_worst_and_counts_the_rest(count: int, rest: str | None) -> None:
    asked = [question(id, severity="low" if id < 10 else "high") for id in range(1, count + 1)]
    page = markdown(rows(asked, BOOK, {}), [])
    lines = cells(page)[1:]
    assert len(lines) == MOST
    assert lines[0][5].text == "high"
    assert ("more, none of them worse" in page) == (rest is not None)
    assert rest is None or rest in page


def test_groups_come_before_single_questions() -> None:
    asked = [question(1), question(2), question(3, field="email")]
    page = markdown(rows(asked, BOOK, {}), groups(asked))
    assert page.index("## Alike") < page.index("## One by one")
    assert "| 2 | crm vs shop, phone: update-update | 1, 2 |" in page
    assert "email" not in page[: page.index("## One by one")], "a group of one is no group"


def test_nothing_asked_is_said_in_one_line() -> None:
    assert markdown([], []) == "# Open questions: 0\n"


def test_the_report_follows_the_language_and_values_stay_as_they_are() -> None:
    asked = [question(1, cls="loss"), question(2, cls="loss")]
    page = markdown(rows(asked, BOOK, {}, "nl"), groups(asked), language="nl", as_of="stand van: crm")
    assert page.startswith("# Openstaande vragen: 2\n\nstand van: crm\n")
    assert "## Gelijksoortig" in page and "| 2 | crm vs shop, phone: verlies | 1, 2 |" in page
    _, line = cells(page)[-2:]
    assert [c.text for c in line][:3] == ["2", "klant 10 (10)", "Telefoon"]
    assert (line[4].text, line[5].text) == ("verlies", "middel")
    assert line[3].codes == ["+31 6 87651234", "+31 6 87659999"]


PULLED = {
    "new": 1,
    "changed": 2,
    "gone": 3,
    "quarantined": 0,
    "as_of": "2026-03-04T10:00:00.000000Z",
    "out": "",
}
COUNTS = {
    "pulls": [{"system": "crm", "read": 40, **PULLED}, {"system": "shop", "read": 0, **PULLED, "out": "a|b"}],
    "links": {"new": 7, "linked": {"same e-mail": 4, "same phone": 1}, "ambiguous": 2},
    "plan": 12,
    "summary": {"writes": 9, "conflicts": {"loss": 3}, "settled": {}},
    "guards": ["shop: first sync, 9 writes wait for approval"],
    "pushes": {"crm": {"outcomes": {"applied": 5, "already": 1, "stale": 2, "rejected": 1}, "out": ""}},
    "open_conflicts": 6,
    "quarantined": 8,
}


def test_a_summary_tells_per_system_what_came_and_went_and_why_not() -> None:
    _, crm, shop = cells(summary_markdown(COUNTS))
    assert [c.text for c in crm] == [
        *("crm", "40", "1", "2", "3", "5", "1 rejected, 2 stale", "2026-03-04 10:00", ""),
    ]
    assert [c.text for c in shop][-3:] == ["", "2026-03-04 10:00", "yes"]


@pytest.mark.parametrize(
    "asked",
    [
        "plan 12 waits (shop: first sync, 9 writes wait for approval): `klantbeeld apply 12`",
        "6 open questions: `klantbeeld conflicts`",
        "2 records that may be one customer or another",
        "8 records that cannot be read",
        "shop is out: a&#124;b",
    ],
)
def test_a_summary_tells_what_needs_you(asked: str) -> None:
    page = summary_markdown(COUNTS)
    assert asked in page[: page.index("## Systems")]


def test_a_quiet_run_needs_nobody() -> None:
    assert "## What needs you\n\n- nothing\n" in summary_markdown({"pulls": [], "pushes": {}, "links": {}})


def test_the_summary_follows_the_language() -> None:
    counts = {**COUNTS, "guards": [told("first sync", "shop", 9)]}
    page = summary_markdown(counts, "nl", "stand van: crm 2026-03-04 10:00")
    assert "plan 12 wacht (shop: eerste synchronisatie, 9 wijzigingen wachten op goedkeuring)" in page
    assert "- gevraagd: 3 verlies\n- door een regel beslist: niets\n- 9 wijzigingen wachten" in page
    assert page.endswith("stand van: crm 2026-03-04 10:00\n")
    _, crm, _ = cells(page)
    assert crm[6].text == "1 geweigerd, 2 verouderd"


def test_a_summary_tells_what_went_ahead_and_what_was_read_again() -> None:
    rebased = {"reread": {"shop": 4}, "differences": {"shop: phone": 1}, "unreadable": 0}
    counts = COUNTS | {"withdrawals": {"shop": 2, "mail": 1}, "rebased": rebased}
    page = summary_markdown(counts)
    for line in (
        "- withdrawn consents, ended ahead of everything else: 2 shop, 1 mail\n",
        "- read again under the changed mapping or types: 4 shop\n",
        "- agreed before and differ now: 1 shop: phone\n",
    ):
        assert line in page and line not in summary_markdown(COUNTS)
    dutch = summary_markdown(counts, "nl")
    assert "ingetrokken toestemmingen, als eerste uitgevoerd: 2 shop" in dutch
    assert "opnieuw gelezen met de gewijzigde mapping of types: 4 shop" in dutch
