"""The page of stories: what people did, what the hub did, what it wrote and what it said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.scenarios.story import Edits, Played, Story, company

REGENERATE = "KLANTBEELD_WRITE_DOCS=1 python -m pytest tests/scenarios"
HEAD = """# Stories

What the hub does when people and systems get in each other's way. Every story is played by a test: two CSV
files (`crm` of sales, `books` of bookkeeping) and a web shop over HTTP (`shop`), and between them the
commands as you type them. What was written is the difference between the systems before and after, not what
the hub says about itself; the reports are what the commands printed.

This page is made by that test and compared with it. This writes it anew:

```text
{regenerate}
```

Everybody begins with the same three customers, agreed on by a first sync. No rule chooses a phone number, so
two edits of it are asked; only the books may say what an account number is; the hub may create customers in
the shop. The files stand in [tests/scenarios/project](../tests/scenarios/project).
"""


def page(stories: Sequence[tuple[Story, Sequence[Played]]]) -> str:
    """The whole page as Markdown."""
    lines = [HEAD.format(regenerate=REGENERATE).rstrip("\n"), ""]
    for system, records in company().items():
        lines += [*_table(("`" + system + "`", *_columns(records)), _company_rows(records)), ""]
    for number, (story, rounds) in enumerate(stories, 1):
        lines += [f"## {number}. {story.title}", "", story.point, ""]
        lines += [*_given(story.given), ""] if story.given else []
        for played in rounds:
            lines += _round(played)
    return "\n".join(lines).rstrip("\n") + "\n"


def _round(played: Played) -> list[str]:
    told = played.round
    happened = [f"- {one.says}." for one in told.when]
    return [
        f"### {told.at}",
        "",
        *happened,
        "",
        f"The hub {told.then.hub}.",
        "",
        *_written(played),
        "",
        *(line for said in played.said for line in _report(said.line, said.text)),
    ]


def _written(played: Played) -> list[str]:
    rows = [
        (system, record, field, _was(played, system, record, field), f"`{value}`")
        for system, records in played.written.items()
        for record, values in records.items()
        for field, value in (values or {"(the record)": "gone"}).items()
    ]
    if not rows:
        return ["Written: nothing."]
    return list(_table(("written in", "record", "field", "was", "is"), rows))


def _was(played: Played, system: str, record: str, field: str) -> str:
    row = played.before[system].get(record)
    if row is None:
        return "(new)"
    return f"`{row[field]}`" if row.get(field) else "(empty)"


def _report(line: str, text: str) -> list[str]:
    """The command and what it printed; nothing is left out but blanks at the ends."""
    printed = [shown.rstrip() for shown in text.strip("\n").splitlines()]
    return ["```text", f"$ {line}", *printed, "```", ""]


def _given(given: Edits) -> Iterator[str]:
    yield "In this story the first sync found other notations:"
    yield ""
    rows = [
        (system, record, field, f"`{value}`")
        for system, records in given.items()
        for record, values in records.items()
        for field, value in values.items()
    ]
    yield from _table(("system", "record", "field", "shows"), rows)


def _columns(records: Mapping[str, Mapping[str, str]]) -> list[str]:
    return list(next(iter(records.values())))


def _company_rows(records: Mapping[str, Mapping[str, str]]) -> Iterator[Sequence[str]]:
    for record, values in records.items():
        yield (record, *values.values())


def _table(columns: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
