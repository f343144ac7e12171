"""Exports that the reading of columns was not made for: nine columns of ten find their type at once."""

from __future__ import annotations

import pytest

from config.loader import load_project
from config.sampling import draft_project
from config.sampling.column import Column
from reconcile.headings import ADDRESS
from tests.config import exports, fresh

WHO = exports.people(exports.ROWS, 11)


def found(column: Column) -> str:
    """What the draft made of it, in the words of `fresh`."""
    if column.part:
        return f"address.{column.part}" if column.profile.type == ADDRESS else column.part
    return column.role or (column.profile.type if column.field else "out")


@pytest.mark.parametrize(
    ("name", "table"), [*fresh.FIRST.items(), *fresh.SECOND.items()], ids=[*fresh.FIRST, *fresh.SECOND]
)
def test_nine_columns_of_ten_are_of_the_right_type(tmp_path, name, table):
    source = exports.write(tmp_path, name, table, WHO)
    drafted = draft_project(tmp_path / "zaak", [source], {})
    columns = {column.name: found(column) for column in drafted.project.systems[0].columns}
    wrong = {c.heading: columns[c.heading] for c in table if columns[c.heading] not in c.is_a.split("|")}
    assert len(wrong) <= 0.1 * len(table), wrong
    assert load_project(tmp_path / "zaak", {}).compiled


def test_the_files_together_are_one_project(tmp_path):
    sources = [exports.write(tmp_path, *one, WHO) for one in (*fresh.FIRST.items(), *fresh.SECOND.items())]
    drafted = draft_project(tmp_path / "zaak", sources, {})
    assert len(drafted.project.systems) == len(sources)
    assert {entry.writes for entry in load_project(tmp_path / "zaak", {}).hub.systems.values()} == {"none"}
