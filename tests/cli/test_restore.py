"""A store that was restored from a backup refuses to work until every link was looked at anew."""

from __future__ import annotations

import shutil

import pytest

STORE = "klantbeeld.db"


def lines(commands, name):
    return (commands.folder / name).read_text("utf-8").splitlines()


def edit(commands, name, old, new):
    path = commands.folder / name
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


@pytest.fixture
def creating(synced):
    """The shop gets every customer that it lacks; then a backup is made."""
    edit(
        synced,
        "config/hub.yaml",
        "key: nr, modified: changed, writes: all",
        "key: nr, writes: all, creates: all",
    )
    edit(synced, "crm.csv", "4,,=Kaya,cem@example.org,+31611111111,,2026-01-01 10:00:00\n", "")
    synced("sync")
    synced("sync", "--full")
    shutil.copy(synced.folder / STORE, synced.folder / "backup.db")
    return synced


@pytest.fixture
def restored(creating):
    """After the backup a phone changed, somebody new was made in the shop, and then the store was lost."""
    edit(creating, "crm.csv", "+31687654321", "+31612399999")
    with (creating.folder / "crm.csv").open("a", encoding="utf-8") as file:
        file.write("9,Dirk,Smit,dirk@example.org,+31612388888,,2026-01-05 10:00:00\n")
    told = creating.json("sync")
    assert (told["written"], told["exit"]) == (2, 0)
    assert sum("dirk@example.org" in line for line in lines(creating, "shop.csv")) == 1
    for side in ("-wal", "-shm"):
        (creating.folder / f"{STORE}{side}").unlink(missing_ok=True)
    shutil.copy(creating.folder / "backup.db", creating.folder / STORE)
    return creating


@pytest.mark.parametrize(
    "words", [("sync",), ("sync", "--dry-run"), ("undo", "1"), ("runs", "replay", "--dead")]
)
def test_a_restored_store_refuses_every_run_and_says_what_to_do(restored, words):
    before = lines(restored, "shop.csv"), lines(restored, "crm.csv")
    answer = restored(*words)
    assert answer.exit_code == 2
    assert "came from a backup" in answer.stderr
    assert "klantbeeld sync --after-restore" in answer.stderr
    assert (lines(restored, "shop.csv"), lines(restored, "crm.csv")) == before
    assert restored("show", "crm:2").exit_code == 0, "looking is allowed"


def test_after_it_was_looked_at_anew_nothing_is_lost_and_nothing_doubled(restored):
    before = lines(restored, "shop.csv"), lines(restored, "crm.csv")
    told = restored.json("sync", "--after-restore")
    assert told["written"] == 0
    if told["guards"]:
        assert restored("apply", str(told["plan"])).exit_code == 0
    again = restored.json("sync")
    assert (again["exit"], again["written"]) == (0, 0)
    assert (lines(restored, "shop.csv"), lines(restored, "crm.csv")) == before
    ben = restored.json("show", "crm:2", "--field", "phone")["fields"][0]
    assert (ben["value"], ben["lineage"]["how"]) == ("+31 6 12399999", "agreed")
    dirk = restored.json("show", "crm:9")["records"]
    assert [record["system"] for record in dirk] == ["crm", "shop"], "what was created meanwhile is adopted"
    assert restored.json("runs", "audit")["broken_at"] is None


def test_what_differs_after_a_restore_waits_for_approval_or_is_asked(restored):
    edit(restored, "shop.csv", "+31 6 12399999", "0612377777")
    edit(restored, "shop.csv", "Dirk", "")
    told = restored.json("sync", "--after-restore")
    assert (told["exit"], told["written"]) == (3, 0), "a first sync of all systems wants approval"
    restored("apply", str(told["plan"]))
    shown = restored.json("show", "crm:2", "--field", "phone")
    assert {s["value"] for s in shown["fields"][0]["systems"]} == {"+31 6 12399999", "+31 6 12377777"}
    assert [c["class"] for c in shown["conflicts"]] == ["first-sync difference"]
    assert "Dirk" in lines(restored, "shop.csv")[-1], "nothing is emptied: the gap is filled"


def test_a_copy_of_the_newest_store_is_no_restore(creating):
    shutil.copy(creating.folder / "backup.db", creating.folder / STORE)
    assert creating.json("sync")["exit"] == 0


def test_who_begins_anew_deletes_the_mark(restored):
    (restored.folder / STORE).unlink()
    assert restored("sync").exit_code == 2
    (restored.folder / f"{STORE}.mark").unlink()
    assert restored("sync").exit_code in (0, 3)


def test_a_damaged_mark_is_told(creating):
    (creating.folder / f"{STORE}.mark").write_text("{", "utf-8")
    answer = creating("sync")
    assert answer.exit_code == 2
    assert "damaged" in answer.stderr


def test_after_restore_is_given_alone(creating):
    assert creating("sync", "--after-restore", "--dry-run").exit_code == 2
