"""`init` and `check`: what is told about a project folder, and what about one live record."""

from __future__ import annotations

from adapters.protocol import Capabilities
from flows.cli.project import in_words
from tests.cli.conftest import HUB, IBAN

CHECK_KEYS = {"folder", "systems", "writes", "fields", "examples", "online"}
RECORD_KEYS = {
    *("system", "id", "version", "kind", "raw", "not_read", "canonical", "not_shown", "verdicts", "sends"),
}


def test_init_makes_a_project_that_checks_out_and_overwrites_nothing(fresh, tmp_path):
    folder = tmp_path / "new"
    made = fresh.json("init", str(folder))
    assert made.keys() == {"folder", "files"}
    assert "config/hub.yaml" in made["files"]
    fresh.folder = folder
    assert fresh("check").exit_code == 0
    again = fresh("init", str(folder))
    assert again.exit_code == 2
    assert "config/hub.yaml" in again.stderr


def test_check_counts_what_it_read(fresh):
    answer = fresh("check")
    assert answer.exit_code == 0
    assert "2 systems, 5 fields, 1 example holds" in answer.stdout
    told = fresh.json("check")
    assert told.keys() == CHECK_KEYS
    assert told["systems"] == {"crm": "csv", "shop": "csv"}


def test_every_mistake_in_the_files_is_told_at_once(fresh):
    fresh.write("config/hub.yaml", HUB.replace("kind: csv", "kind: cvs").replace("state:", "stat:"))
    fresh.write("mappings/shop.yaml", "customer: {fields: {nobody: x}}\n")
    answer = fresh("check")
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert "stat" in answer.stderr
    assert answer.stderr.count("unknown kind 'cvs'") == 2
    assert "mappings/shop.yaml:1: customer.fields.nobody" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_unreadable_yaml_is_told_with_its_line(fresh):
    fresh.write("config/policy/customer.yaml", "fields:\n  email: {type: email\n")
    answer = fresh("check")
    assert answer.exit_code == 2
    assert "config/policy/customer.yaml:" in answer.stderr


def test_a_folder_that_is_no_project_is_told_so(fresh, tmp_path):
    fresh.folder = tmp_path
    answer = fresh("sync")
    assert answer.exit_code == 2
    assert "config/hub.yaml" in answer.stderr


def test_a_secret_that_is_not_set_is_named(fresh, monkeypatch):
    monkeypatch.delenv("STATE_URL", raising=False)
    fresh.write("config/hub.yaml", HUB.replace("sqlite:///klantbeeld.db", "{env: STATE_URL}"))
    answer = fresh("sync")
    assert answer.exit_code == 2
    assert "STATE_URL" in answer.stderr


def test_an_unknown_system_is_told_with_the_known_ones(fresh):
    for words in (("check", "crn"), ("check", "crn", "1")):
        answer = fresh(*words)
        assert answer.exit_code == 2
        assert "crm or shop" in answer.stderr or "crm, shop" in answer.stderr


def test_online_asks_every_system_and_exits_with_4_when_one_does_not_answer(fresh):
    answer = fresh("check", "--online")
    assert answer.exit_code == 0
    assert "crm answers" in answer.stdout
    assert "re-read before each write" in answer.stdout or "refuses a stale write" in answer.stdout
    (fresh.folder / "shop.csv").unlink()
    told = fresh("check", "--online")
    assert told.exit_code == 4
    assert "shop out: " in told.stdout
    assert [bool(one["out"]) for one in fresh.json("check", "--online")["online"]] == [False, True]
    assert fresh("check", "crm", "--online").exit_code == 0


def test_one_live_record_is_shown_from_raw_to_sent_with_sensitive_values_masked(fresh):
    answer = fresh("check", "crm", "1")
    assert answer.exit_code == 0
    assert "+31 6 12345678" in answer.stdout
    assert IBAN not in answer.stdout
    told = fresh.json("check", "crm", "1")
    assert told.keys() == RECORD_KEYS
    assert told["raw"]["iban"] == "•••"
    assert told["canonical"]["email"] == "ada@example.org"
    assert (told["verdicts"], told["not_read"]) == ({}, ["changed", "id"])
    assert set(told["sends"]) <= {"tel", "iban"}


def test_what_cannot_be_right_is_said_of_a_live_record(fresh):
    fresh.write(
        "shop.csv", "nr,voornaam,achternaam,email,telefoon,changed\n11,Ada,Berg,ada,12,2026-01-01 10:00:00\n"
    )
    told = fresh.json("check", "shop", "11")
    assert told["verdicts"].keys() == {"email", "phone"}
    assert "not right, because" in fresh("check", "shop", "11").stdout


def test_a_record_that_is_not_there_is_a_usage_error(fresh):
    answer = fresh("check", "crm", "99")
    assert answer.exit_code == 2
    assert "crm has no record 99" in answer.stderr


def test_capabilities_are_told_in_words():
    can = Capabilities(
        writes=frozenset({"update", "create"}),
        incremental="filter",
        deletes="none",
        fetch_batch=50,
        write_batch=1,
        side_effects=("a mail to the customer",),
        searchable=frozenset({"email"}),
    )
    words = list(in_words(can))
    assert "can create, update records" in words
    assert "cannot refuse a stale write: re-read before each write" in words
    assert "may create twice: searched by email before each create" in words
    assert "a write there sets off: a mail to the customer" in words
    assert next(iter(in_words(Capabilities()))) == "cannot be written"
