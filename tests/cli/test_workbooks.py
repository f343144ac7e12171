"""The steward's workbook through the commands: out with every question, back with the answers."""

from __future__ import annotations

import json

import openpyxl


def columns(sheet) -> dict[str, int]:
    return {cell.value: cell.column for cell in sheet[1]}


def fill(file, id: int, **said: str) -> None:
    book = openpyxl.load_workbook(file)
    sheet = book["questions"]
    at = columns(sheet)
    row = next(r for r in range(2, sheet.max_row + 1) if str(sheet.cell(r, at["id"]).value) == str(id))
    for name, text in said.items():
        sheet.cell(row, at[name]).value = text
    book.save(file)


def test_answers_filled_in_are_carried_out_and_the_next_sync_writes_them(synced, tmp_path) -> None:
    asked = synced.json("conflicts", "--limit", "0")["conflicts"]
    phone = next(c for c in asked if c["class"] == "first-sync difference" and c["field"] == "phone")
    file = tmp_path / "questions.xlsx"
    assert synced.json("conflicts", "--format", "xlsx", "--to", str(file))["shown"] == len(asked)
    fill(file, phone["id"], choice="crm", by="Sanne")
    answered = synced.json("decide", "--from", str(file))
    assert [(d["conflict"], d["choice"], d["by"]) for d in answered["decided"]] == [
        (phone["id"], "crm", "Sanne")
    ]
    assert answered["refused"] == []
    assert synced.json("sync")["written"] == 1
    assert "622222222" not in (synced.folder / "shop.csv").read_text()


def test_a_row_that_does_not_fit_is_refused_and_the_others_are_carried_out(synced, tmp_path) -> None:
    asked = synced.json("conflicts", "--limit", "0")["conflicts"]
    phone = next(c for c in asked if c["class"] == "first-sync difference")
    other = next(c for c in asked if c["id"] != phone["id"])
    file = tmp_path / "questions.xlsx"
    synced("conflicts", "--format", "xlsx", "--to", str(file))
    fill(file, phone["id"], choice="crm", by="Sanne")
    fill(file, other["id"], choice="nonsense", by="Sanne")
    answer = synced("decide", "--from", str(file), "--json")
    assert answer.exit_code == 4
    said = json.loads(answer.stdout)
    assert [d["conflict"] for d in said["decided"]] == [phone["id"]]
    assert len(said["refused"]) == 1 and "nonsense" not in said["decided"]


def test_a_workbook_needs_a_file(synced) -> None:
    assert synced("conflicts", "--format", "xlsx").exit_code == 2
