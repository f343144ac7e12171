"""`sync`, `plan` and `apply`, with every way in which they end."""

from __future__ import annotations

import sys
import types
from datetime import UTC, datetime

import pytest

from flows import steps
from flows.cli import progress
from flows.cli.screen import console
from reconcile.state.engine import open_store

SYNC_KEYS = {
    *(
        "run",
        "kind",
        "state",
        "plan",
        "guards",
        "written",
        "withdrawals",
        "systems",
        "conflicts",
        "overlap",
        "rebased",
        "recovered",
        "moved",
    ),
    *("quarantined", "dead", "exit"),
}
SYSTEM_KEYS = {
    *("system", "read", "new", "changed", "gone", "quarantined", "planned", "written", "skipped", "as_of"),
    "out",
}
PLAN_KEYS = {
    *("plan", "state", "run", "made_at", "customers", "writes", "withheld", "guards", "conflicts"),
    *("settled", "systems", "samples", "undo"),
}


def lines(commands, name):
    return (commands.folder / name).read_text(encoding="utf-8").splitlines()


def test_the_first_sync_previews_the_overlap_and_waits_for_approval(fresh):
    answer = fresh("sync")
    assert answer.exit_code == 3
    assert "records joined by same e-mail" in answer.stdout
    assert "Ada Berg: crm 1, shop 11" in answer.stdout
    assert "doubles inside crm" in answer.stdout
    assert "klantbeeld apply 1" in answer.stdout
    assert "87654321" not in lines(fresh, "shop.csv")[2]


def test_a_name_in_brackets_is_shown_as_it_is(fresh):
    assert "Ben [red]Dijk: crm 2, shop 12" in fresh("sync").stdout


def test_progress_goes_to_standard_error_and_not_at_all_with_json(fresh):
    assert "pull: crm, shop" in fresh("sync").stderr
    assert fresh("sync", "--json").stderr == ""


def test_the_shape_of_a_sync_is_what_is_documented(fresh):
    told = fresh.json("sync")
    assert told.keys() == SYNC_KEYS
    assert all(system.keys() == SYSTEM_KEYS for system in told["systems"])
    assert told["conflicts"].keys() == {"open", "by_class", "new", "settled"}
    assert told["overlap"]["doubles"] == {"crm": 1}
    assert told["overlap"]["new"] == 3
    assert (told["state"], told["exit"]) == ("stopped", 3)
    assert told["systems"][1]["planned"]["fields"] == {"phone": 1}


def test_apply_writes_what_waited_and_the_next_sync_is_quiet(synced):
    assert "+31 6 87654321" in lines(synced, "shop.csv")[2]
    told = synced.json("sync")
    assert (told["written"], told["exit"], told["state"]) == (0, 0, "done")


def test_open_conflicts_are_no_failure_unless_asked_for(synced):
    assert synced("sync").exit_code == 0
    assert synced("sync", "--fail-on", "conflicts").exit_code == 6


def test_a_dry_run_and_a_plan_write_nothing(fresh):
    before = lines(fresh, "shop.csv")
    assert fresh("sync", "--dry-run").exit_code == 3
    assert fresh.json("plan")["kind"] == "plan"
    assert lines(fresh, "shop.csv") == before


def test_a_plan_is_explained_with_its_cost_and_a_few_changes(fresh):
    fresh("sync")
    told = fresh.json("plan", "1")
    assert told.keys() == PLAN_KEYS
    assert told["systems"][0]["requests"]["write"] == 1
    assert told["samples"] == [
        {
            "customer": told["samples"][0]["customer"],
            "name": "Ben [red]Dijk",
            "system": "shop",
            "record": "12",
            "field": "phone",
            "what": "update",
            "why": "only value",
            "from": "",
            "to": "+31 6 87654321",
        }
    ]
    shown = fresh("plan", "1")
    assert shown.exit_code == 0
    assert "klantbeeld apply 1 carries it out" in shown.stdout


def test_a_plan_that_was_applied_says_so_and_is_not_applied_twice(synced):
    assert synced.json("plan", "1")["samples"] == []
    again = synced("apply", "1")
    assert again.exit_code == 2
    assert "plan 1 is applied" in again.stderr
    assert synced("plan", "99").exit_code == 2


def test_a_record_that_cannot_be_read_is_told_and_exits_with_4(fresh):
    fresh("sync")
    fresh.write(
        "crm.csv", "\n".join(lines(fresh, "crm.csv")) + "\n,No,Key,no@example.org,,,2026-01-01 10:00:00\n"
    )
    fresh("apply", "1")
    answer = fresh("sync")
    assert answer.exit_code == 4
    assert "Quarantined" in answer.stdout
    [one] = fresh.json("sync", "--full")["quarantined"]
    assert one["system"] == "crm"
    assert "no@example.org" not in one["reason"]


def test_a_missing_file_puts_its_system_out_and_the_others_go_on(synced):
    (synced.folder / "crm.csv").unlink()
    told = synced.json("sync")
    assert told["exit"] == 4
    assert told["systems"][0]["out"]
    assert (told["systems"][1]["read"], told["systems"][1]["out"]) == (2, "")
    assert "crm was out" in synced("sync").stdout


def test_a_second_run_beside_the_first_exits_with_5(synced):
    store = open_store(f"sqlite:///{synced.folder}/klantbeeld.db", lambda: datetime.now(UTC))
    lease = store.acquire("customer", "elsewhere:1")
    answer = synced("sync")
    assert answer.exit_code == 5
    assert "elsewhere:1 is working on customer" in answer.stderr
    assert answer.stdout == ""
    store.release(lease)
    store.close()
    assert synced("sync").exit_code == 0


def test_ctrl_c_marks_the_run_and_frees_the_lease(synced, monkeypatch):
    def stop(*given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(steps.linking, "link", stop)
        answer = synced("sync")
    assert answer.exit_code == 130
    assert "running again is safe" in answer.stderr
    assert synced.json("runs")["runs"][0]["state"] == "interrupted"
    assert synced("sync").exit_code == 0


def test_with_a_prefect_server_the_run_is_a_flow_of_the_same_shape(synced, monkeypatch):
    ran = []
    fake = types.ModuleType("flows.sync")
    counts = {"run": 7, "state": "done", "hits": [], **steps.Result(7, "sync").counts()}
    fake.run_flow = lambda *given: ran.append(given) or counts
    monkeypatch.setitem(sys.modules, "flows.sync", fake)
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    told = synced.json("sync", "--full")
    assert ran == [(synced.folder, "customer", False, True, {})]
    assert told.keys() == SYNC_KEYS
    assert (told["run"], told["kind"], told["exit"]) == (7, "sync", 0)


def test_bars_show_on_a_terminal_and_do_the_same_work():
    class Terminal:
        def __init__(self):
            self.text = ""

        def write(self, text):
            self.text += text
            return len(text)

        def flush(self):
            pass

        def isatty(self):
            return True

    stream = Terminal()
    bars = progress.runner(console(stream))
    assert isinstance(bars, progress.Bars)
    assert bars.each("pull", ["a", "b"], str.upper) == ["A", "B"]
    assert bars.one("propose", lambda told: told(3) or "planned") == "planned"
    assert "pull a" in stream.text


@pytest.mark.parametrize("words", [("sync",), ("plan",)])
def test_nothing_is_told_on_standard_output_after_an_error(fresh, words):
    fresh.write("config/hub.yaml", "systems: {}\n")
    answer = fresh(*words)
    assert answer.exit_code == 2
    assert answer.stdout == ""


def test_only_the_records_that_are_named_are_read_and_their_customers_followed(synced):
    news = (synced.folder / "crm.csv").read_text("utf-8").replace("+31612345678", "+31633333333")
    synced.write("crm.csv", news.replace("+31687654321", "+31644444444"))
    told = synced.json("sync", "--only", "crm:1")
    assert told.keys() == SYNC_KEYS
    assert (told["kind"], told["exit"], told["systems"][0]["read"]) == ("part", 0, 1)
    assert "part" in synced("runs").stdout
    assert "+31 6 44444444" not in lines(synced, "shop.csv")[2]
    assert synced("sync").exit_code == 0
    assert "+31 6 44444444" in lines(synced, "shop.csv")[2]


@pytest.mark.parametrize(
    "words", [("crm",), ("crm:",), ("desk:7",), ("crm:1", "--full"), ("crm:1", "--dry-run")]
)
def test_only_takes_a_system_and_an_id(fresh, words):
    answer = fresh("sync", "--only", *words)
    assert answer.exit_code == 2
    assert "--only" in answer.stderr
