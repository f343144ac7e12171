"""`undo`: what a run wrote goes back byte for byte, what was changed since stays, and a steward decides."""

from __future__ import annotations

import pytest

LEFT_KEYS = {"customer", "system", "record", "field", "why"}


def cell(commands, name, row, column):
    lines = [line.split(",") for line in (commands.folder / name).read_text("utf-8").splitlines()]
    return lines[row][lines[0].index(column)]


def edit(commands, name, old, new, day=2):
    """Somebody changes a cell, and the row says when."""
    path = commands.folder / name
    rows = []
    for line in path.read_text("utf-8").splitlines():
        if old in line:
            line = line.replace(old, new).replace("2026-01-01", f"2026-02-0{day}")
        rows.append(line)
    path.write_text("\n".join(rows) + "\n", "utf-8")


@pytest.fixture
def spread(synced):
    """Ben's phone changed in crm and was written to the shop, where it stood in the shop's own notation."""
    edit(synced, "shop.csv", "+31 6 87654321", "06-87 65 43 21")
    assert synced.json("sync")["written"] == 0
    edit(synced, "crm.csv", "+31687654321", "+31612399999")
    told = synced.json("sync")
    assert told["written"] == 1
    synced.run = str(told["run"])
    return synced


def undone_question(commands):
    (one,) = [c for c in commands.json("conflicts")["conflicts"] if c["class"] == "undone"]
    return one


def test_the_value_goes_back_byte_for_byte_and_its_cause_does_not_bounce_back(spread):
    told = spread.json("undo", spread.run)
    assert (told["kind"], told["written"], told["exit"], told["undo"]["skipped"]) == ("undo", 1, 0, [])
    assert cell(spread, "shop.csv", 2, "telefoon") == "06-87 65 43 21"
    assert cell(spread, "crm.csv", 2, "tel") == "+31612399999"
    for _ in range(2):
        again = spread.json("sync")
        assert (again["written"], again["exit"]) == (0, 0)
    assert cell(spread, "shop.csv", 2, "telefoon") == "06-87 65 43 21"
    shown = spread.json("show", "crm:2", "--field", "phone")["fields"][0]
    assert (shown["value"], shown["lineage"]["why"]) == ("+31 6 87654321", f"undone: run {spread.run}")


@pytest.mark.parametrize(
    ("answer", "crm", "shop"),
    [
        ("crm", "+31612399999", "+31 6 12399999"),
        ("keep", "+31687654321", "06-87 65 43 21"),
        ("different", "+31612399999", "06-87 65 43 21"),
    ],
)
def test_the_steward_redoes_it_restores_the_source_or_keeps_both(spread, answer, crm, shop):
    spread("undo", spread.run)
    asked = undone_question(spread)
    assert set(asked["answers"]) == {"crm", "keep", "clear", "different"}
    assert asked["answers"]["crm"].startswith("redo it")
    assert spread("decide", str(asked["id"]), answer).exit_code == 0
    spread("sync")
    assert cell(spread, "crm.csv", 2, "tel") == crm
    assert cell(spread, "shop.csv", 2, "telefoon") == shop
    assert spread.json("sync")["written"] == 0
    assert "undone" not in spread.json("sync")["conflicts"]["by_class"]


def test_a_new_edit_joins_the_question_and_no_rule_decides_it(spread):
    spread("undo", spread.run)
    before = undone_question(spread)["id"]
    edit(spread, "shop.csv", "06-87 65 43 21", "0612388888", day=5)
    assert spread.json("sync")["written"] == 0
    (asked,) = [c for c in spread.json("conflicts")["conflicts"] if c["id"] == before]
    assert asked["class"] == "update-update"
    assert {one["text"] for one in asked["values"]} == {"+31 6 87654321", "+31 6 12399999", "+31 6 12388888"}
    spread("decide", str(before), "shop")
    spread("sync")
    assert cell(spread, "crm.csv", 2, "tel") == "+31612388888"


def test_what_somebody_changed_since_is_skipped(spread):
    edit(spread, "shop.csv", "+31 6 12399999", "0612377777", day=5)
    told = spread.json("undo", spread.run)
    (skipped,) = told["undo"]["skipped"]
    assert skipped.keys() == LEFT_KEYS
    assert (skipped["system"], skipped["record"], skipped["field"]) == ("shop", "12", "phone")
    assert (skipped["why"], told["written"]) == ("changed since", 0)
    assert cell(spread, "shop.csv", 2, "telefoon") == "0612377777"


def test_undoing_twice_does_nothing_and_undoing_the_undo_does_it_again(spread):
    first = spread.json("undo", spread.run)
    assert spread.json("undo", spread.run)["written"] == 0
    again = spread.json("undo", str(first["run"]))
    assert again["written"] == 1
    assert cell(spread, "shop.csv", 2, "telefoon") == "+31 6 12399999"
    quiet = spread.json("sync")
    assert (quiet["written"], "undone" in quiet["conflicts"]["by_class"]) == (0, False)
    assert spread.json("show", "crm:2", "--field", "phone")["holds"] == []


def test_a_dry_run_writes_nothing_and_its_plan_can_be_explained_and_applied(spread):
    told = spread.json("undo", spread.run, "--dry-run")
    assert (told["written"], cell(spread, "shop.csv", 2, "telefoon")) == (0, "+31 6 12399999")
    plan = spread.json("plan", str(told["plan"]))
    assert (plan["undo"]["run"], plan["writes"]) == (int(spread.run), 1)
    assert [(s["system"], s["from"], s["to"]) for s in plan["samples"]] == [
        ("shop", "+31 6 12399999", "+31 6 87654321")
    ]
    assert f"takes back what run {spread.run} wrote" in spread("plan", str(told["plan"])).stdout
    assert spread.json("apply", str(told["plan"]))["undo"]["run"] == int(spread.run)
    assert cell(spread, "shop.csv", 2, "telefoon") == "06-87 65 43 21"


def test_what_cannot_be_undone_is_named_and_then_the_plan_waits(spread):
    hub = (spread.folder / "config/hub.yaml").read_text("utf-8")
    spread.write(
        "config/hub.yaml", hub.replace("key: nr, modified: changed, writes: all", "key: nr, writes: none")
    )
    told = spread.json("undo", spread.run)
    assert (told["exit"], told["state"], told["written"]) == (3, "stopped", 0)
    assert told["undo"]["impossible"][0]["why"] == "the hub may not write to shop any more (writes: none)"
    assert "Cannot be undone" in spread("plan", str(told["plan"])).stdout


def test_the_first_sync_can_be_undone_too(synced):
    """Ben's phone was a gap in the shop; it is one again, and nobody fills it before a steward says so."""
    run = next(str(r["run"]) for r in synced.json("runs")["runs"] if r["written"])
    synced("undo", run)
    assert cell(synced, "shop.csv", 2, "telefoon") == ""
    assert synced.json("sync")["written"] == 0
    asked = undone_question(synced)
    synced("decide", str(asked["id"]), "crm")
    synced("sync")
    assert cell(synced, "shop.csv", 2, "telefoon") == "+31 6 87654321"


def test_a_run_that_does_not_exist_is_a_usage_error(synced):
    answer = synced("undo", "99")
    assert answer.exit_code == 2
    assert "run 99 does not exist" in answer.stderr
