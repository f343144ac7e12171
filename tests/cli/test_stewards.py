"""`conflicts`, `decide`, `show` and `runs`: what a steward reads and answers."""

from __future__ import annotations

import csv
import io
import json
import sqlite3

from tests.cli.conftest import IBAN

CONFLICT_KEYS = {
    *("id", "class", "open_since", "customer", "name", "field", "label", "severity", "owner", "why"),
    *("values", "differs", "answers", "fingerprint"),
}
PICTURE_KEYS = {
    *("customer", "kind", "status", "name", "records", "fields", "consents", "facts", "holds", "conflicts"),
    "as_of",
}
FIELD_KEYS = {
    *("field", "label", "owner", "value", "cleared", "version", "lineage", "verified", "locked_by"),
    *("locked_until", "systems"),
}
RUN_KEYS = {
    *("run", "kind", "state", "started_at", "ended_at", "plan", "written", "open_conflicts", "decisions"),
    *("new_conflicts", "settled_conflicts"),
}


GROUP_KEYS = {"group", "count", "decided", "since", "class", "field", "sample"}


def phone(commands):
    return next(one for one in commands.json("conflicts")["conflicts"] if one["field"] == "phone")


def test_a_conflict_tells_who_says_what_and_which_answers_it_takes(synced):
    told = synced.json("conflicts")
    assert (told["open"], told["shown"]) == (2, 2)
    assert all(one.keys() == CONFLICT_KEYS for one in told["conflicts"])
    one = phone(synced)
    assert one["class"] == "first-sync difference"
    assert {v["who"]: v["text"] for v in one["values"]} == {"crm": "+31 6 12345678", "shop": "+31 6 22222222"}
    assert set(one["answers"]) == {"crm", "shop", "clear", "different"}
    shown = synced("conflicts").stdout
    assert "crm: +31 6 12345678" in shown
    assert "shop: +31 6 22222222" in shown


def test_the_limit_cuts_what_is_shown_and_not_what_is_counted(synced):
    told = synced.json("conflicts", "--limit", "1")
    assert (told["open"], told["shown"], len(told["conflicts"])) == (2, 1, 1)
    assert "1 more" in synced("conflicts", "--limit", "1").stdout
    assert synced.json("conflicts", "--limit", "0")["shown"] == 2


def test_no_cell_of_the_csv_starts_a_formula(synced):
    rows = list(csv.DictReader(io.StringIO(synced("conflicts", "--format", "csv").stdout)))
    assert len(rows) == 2
    assert {row["customer"] for row in rows} == {"Ada Berg", "'=Kaya"}
    assert not any(cell[:1] in "=+-@\t" for row in rows for cell in row.values() if cell)
    groups = list(csv.DictReader(io.StringIO(synced("conflicts", "--group", "--format", "csv").stdout)))
    assert len(groups) == 2


def test_json_can_be_asked_for_as_a_format_too(synced):
    assert synced("conflicts", "--format", "json").stdout == synced("conflicts", "--json").stdout


def test_groups_put_like_questions_together(synced):
    told = synced.json("conflicts", "--group")
    assert told.keys() == {"open", "decided", "groups", "as_of", "waiting"}
    assert all(one.keys() == GROUP_KEYS for one in told["groups"])
    assert "crm vs shop, phone: first-sync difference" in {one["group"] for one in told["groups"]}
    assert "crm vs shop, phone" in synced("conflicts", "--group").stdout


def test_a_decision_is_carried_out_by_the_next_sync_and_kept_with_its_reason(synced):
    id = str(phone(synced)["id"])
    told = synced.json("decide", id, "shop", "--by", "Eva", "--why", "called her")
    assert told == {
        "decided": [{"conflict": int(id), "choice": "shop", "done": "take the value of shop everywhere"}],
        "left": [],
        "by": "Eva",
    }
    assert synced("sync").exit_code == 0
    assert "22222222" in (synced.folder / "crm.csv").read_text(encoding="utf-8")
    [field] = synced.json("show", "crm:1", "--field", "phone")["fields"]
    assert field["value"] == "+31 6 22222222"
    assert field["lineage"]["why"].startswith("Eva decided on ")
    assert field["lineage"]["why"].endswith(": called her")
    assert all(said["agrees"] for said in field["systems"])


def test_a_value_of_ones_own_is_taken(synced):
    id = str(phone(synced)["id"])
    assert synced("decide", id, "--value", "06 33333333").exit_code == 0
    [field] = synced.json("show", "1", "--field", "phone")["fields"]
    assert field["value"] == "+31 6 33333333"


def test_an_answer_that_a_question_does_not_take_lists_those_it_does(synced):
    id = str(phone(synced)["id"])
    for words in ((id, "books"), (id, "--value", "x"), ("99", "keep"), (id,), (id, "value"), ("a", "b", "c")):
        answer = synced("decide", *words)
        assert answer.exit_code == 2, words
        assert answer.stderr.count("\n") == 1
    assert "it takes: crm, shop, clear, different, value" in synced("decide", id, "books").stderr


def test_a_group_is_shown_and_confirmed_before_it_is_decided(synced):
    group = "crm vs shop, phone: first-sync difference"
    unsure = synced("decide", "--group", group, "crm")
    assert unsure.exit_code == 2
    assert "1 question in" in unsure.stdout
    assert "--yes" in unsure.stderr
    assert synced.json("conflicts")["open"] == 2
    told = synced.json("decide", "--group", group, "crm", "--yes")
    assert [one["choice"] for one in told["decided"]] == ["crm"]
    assert synced.json("conflicts")["open"] == 1
    assert synced("decide", "--group", group, "crm", "--yes").exit_code == 2


def test_a_group_tells_how_far_it_is_and_since_when(synced):
    dee = {
        "crm": "5,Dee,Vos,dee@example.org,+31633333333,,",
        "shop": "13,Dee,Vos,dee@example.org,+31644444444,",
    }
    for name, line in dee.items():
        there = (synced.folder / f"{name}.csv").read_text(encoding="utf-8")
        synced.write(f"{name}.csv", f"{there}{line}2026-01-01 10:00:00\n")
    synced("decide", str(phone(synced)["id"]), "shop")
    synced("sync")
    [group] = [one for one in synced.json("conflicts", "--group")["groups"] if one["field"] == "phone"]
    assert (group["count"], group["decided"]) == (1, 1)
    assert group["since"] == phone(synced)["open_since"]


def test_questions_are_listed_by_class_field_system_and_owner(synced):
    asked = synced.json("conflicts")["conflicts"]
    for option, name, key in (("--class", "first-sync difference", "class"), ("--field", "phone", "field")):
        told = synced.json("conflicts", option, name)
        assert told["conflicts"] == [one for one in asked if one[key] == name] != asked
        assert told["open"] == 1
    assert synced.json("conflicts", "--owner", "steward")["open"] == 2
    assert synced.json("conflicts", "--system", "shop")["open"] == 1
    assert synced.json("conflicts", "--system", "crm", "--field", "phone", "--group")["open"] == 1
    for option in ("--class", "--field", "--system", "--owner"):
        answer = synced("conflicts", option, "fax")
        assert answer.exit_code == 2
        assert answer.stderr.count("\n") == 1


def test_runs_show_how_many_questions_came_and_went(synced):
    synced("decide", str(phone(synced)["id"]), "shop")
    newest, applied, stopped = synced.json("runs")["runs"]
    assert (newest["kind"], newest["decisions"], newest["open_conflicts"]) == ("decide", 1, 1)
    assert (applied["new_conflicts"], applied["open_conflicts"]) == (2, 2)
    assert stopped["new_conflicts"] == 0


def test_a_customer_is_one_picture_with_lineage(synced):
    told = synced.json("show", "crm:1")
    assert told.keys() == PICTURE_KEYS
    assert told == synced.json("show", str(told["customer"]))
    assert {(r["system"], r["id"], r["joined_by"]) for r in told["records"]} == {
        ("crm", "1", "same e-mail"),
        ("shop", "11", "same e-mail"),
    }
    fields = {field["field"]: field for field in told["fields"]}
    assert all(field.keys() == FIELD_KEYS for field in told["fields"])
    assert fields["email"]["lineage"]["why"] == "every system said so"
    assert fields["phone"]["lineage"] is None
    assert [one["class"] for one in told["conflicts"]] == ["first-sync difference"]
    shown = synced("show", "crm:1").stdout
    assert "Customer 1: Ada Berg" in shown
    assert "every system said so" in shown


def test_sensitive_values_are_masked_everywhere(synced):
    for words in (("show", "crm:1"), ("show", "crm:1", "--json"), ("conflicts",), ("sync", "--json")):
        assert IBAN[-10:] not in synced(*words).stdout.replace(" ", "")
    assert "4300" in synced("show", "crm:1").stdout


def test_a_customer_that_is_not_there_is_a_usage_error(synced):
    for words in (("99",), ("crm:99",), ("crn:1",), ("crm:",), ("Ada",), ("1", "--field", "fax")):
        answer = synced("show", *words)
        assert answer.exit_code == 2, words
        assert answer.stderr.count("\n") == 1


def test_runs_are_listed_and_told_one_by_one(synced):
    told = synced.json("runs")["runs"]
    assert [(run["run"], run["kind"], run["state"]) for run in told] == [
        (2, "apply", "done"),
        (1, "sync", "stopped"),
    ]
    assert all(run.keys() == RUN_KEYS for run in told)
    assert len(synced.json("runs", "--limit", "1")["runs"]) == 1
    assert synced.json("runs", "1")["counts"]["pulls"][0]["read"] == 4
    assert "pulls.crm.read" in synced("runs", "1").stdout
    assert synced("runs", "9").exit_code == 2
    assert synced("runs", "last").exit_code == 2


def test_what_a_waiting_plan_would_ask_is_shown_before_it_is_approved(fresh):
    fresh("sync")
    told = fresh.json("conflicts")
    assert (told["open"], told["waiting"]["plan"], told["waiting"]["open"]) == (0, 1, 2)
    coming = told["waiting"]["conflicts"]
    assert all(one.keys() == CONFLICT_KEYS for one in coming)
    assert [(one["class"], one["id"], one["answers"]) for one in coming] == [
        ("first-sync difference", None, {}),
        ("duplicate in one system", None, {}),
    ]
    assert coming[0]["name"] == "Ada Berg"
    shown = fresh("conflicts").stdout
    assert "Plan 1 waits; when it is applied these 2 questions open" in shown
    assert "crm: +31 6 12345678" in shown
    assert len(fresh("conflicts", "--format", "csv").stdout.splitlines()) == 3
    groups = fresh.json("conflicts", "--group")["waiting"]["groups"]
    assert [(one["count"], one["sample"]) for one in groups] == [(1, []), (1, [])]
    assert fresh.json("conflicts", "--field", "phone")["waiting"]["open"] == 1
    fresh("apply", "1")
    assert (fresh.json("conflicts")["open"], fresh.json("conflicts")["waiting"]) == (2, None)


def test_before_the_first_run_there_is_nothing_to_tell(fresh):
    assert "no runs yet" in fresh("runs").stdout
    never = {"crm": None, "shop": None}
    nothing = {"open": 0, "shown": 0, "conflicts": [], "as_of": never, "waiting": None}
    assert fresh.json("conflicts") == nothing
    assert "no open conflicts" in fresh("conflicts").stdout


def test_the_audit_is_proved_and_a_change_in_it_exits_with_1(synced):
    whole = synced("runs", "audit", "--json")
    assert whole.exit_code == 0
    assert synced.json("runs", "audit")["broken_at"] is None
    with sqlite3.connect(synced.folder / "klantbeeld.db") as store:
        store.execute("update audit set what = 'nothing' where seq = 2")
    broken = synced("runs", "audit")
    assert broken.exit_code == 1
    assert "broken at event 2" in broken.stdout


def test_stewards_read_in_the_language_of_the_project_and_programs_in_keys(synced):
    hub = (synced.folder / "config/hub.yaml").read_text("utf-8")
    synced.write("config/hub.yaml", hub.replace("language: en", "language: nl"))
    listed, shown = synced("conflicts").stdout, synced("show", "crm:1").stdout
    for text in ("nr ernst soort klant", "verschil bij de eerste", "middel", "stand van: crm 20"):
        assert text in " ".join(listed.split()), text
    for text in ("Klant 1: Ada Berg, persoon, actief", "Wie zegt wat", "elk systeem zei dit", "stand van:"):
        assert text in shown, text
    one = phone(synced)
    assert (one["class"], one["severity"]) == ("first-sync difference", "medium")
    assert "geen keuze door majority" in one["why"]
    assert one["answers"]["shop"] == "neem overal de waarde van shop"
    group = "crm vs shop, phone: verschil bij de eerste synchronisatie"
    assert group in {one["group"] for one in synced.json("conflicts", "--group")["groups"]}
    assert len(synced.json("decide", "--group", group, "crm", "--yes")["decided"]) == 1


def test_a_view_tells_when_each_system_was_read_and_which_was_out(synced):
    as_of = synced.json("conflicts")["as_of"]
    assert as_of == synced.json("show", "1")["as_of"]
    assert as_of.keys() == {"crm", "shop"} and all(as_of.values())
    with sqlite3.connect(synced.folder / "klantbeeld.db") as store:
        store.execute("update cursor set as_of = '2026-01-01T07:00:00.000000Z' where system = 'shop'")
    for words in (("conflicts",), ("conflicts", "--group"), ("show", "1")):
        told = synced(*words).stdout
        assert "shop 2026-01-01 07:00 (" in told and "ago: was out)" in told, words
        assert f"crm {as_of['crm'][:10]} {as_of['crm'][11:16]}," in told, words


def test_a_lock_keeps_a_value_until_it_is_lifted(synced):
    told = synced.json("lock", "crm:2", "phone", "--by", "Eva", "--why", "she asked")
    assert told == {"customer": 2, "field": "phone", "locked": True, "until": None, "by": "Eva"}
    before = (synced.folder / "shop.csv").read_text(encoding="utf-8")
    synced.write("shop.csv", before.replace("+31687654321", "+31699999999").replace("2026-01", "2026-02"))
    crm = (synced.folder / "crm.csv").read_text(encoding="utf-8")
    synced.write("crm.csv", crm.replace("+31687654321", "+31655555555"))
    synced("sync")
    [field] = synced.json("show", "2", "--field", "phone")["fields"]
    assert (field["value"], field["locked_by"]) == ("+31 6 87654321", "Eva")
    assert "locked by Eva" in synced("show", "2").stdout
    assert "+31687654321" in (synced.folder / "crm.csv").read_text(encoding="utf-8")
    assert synced.json("lock", "2", "phone", "--off")["locked"] is False
    synced.write("crm.csv", crm.replace("+31687654321", "+31644444444"))
    synced("sync")
    [field] = synced.json("show", "2", "--field", "phone")["fields"]
    assert (field["value"], field["locked_by"]) == ("+31 6 44444444", None)
    with sqlite3.connect(synced.folder / "klantbeeld.db") as store:
        rows = store.execute("select what, detail from audit where what in ('lock', 'unlock')").fetchall()
    assert [what for what, _ in rows] == ["lock", "unlock"]
    assert json.loads(rows[0][1])["why"] == "she asked"
    assert synced.json("runs", "audit")["broken_at"] is None


def test_a_lock_holds_until_the_end_of_a_day(synced):
    assert "locked until 2999-12-31" in synced("lock", "2", "phone", "--until", "2999-12-31").stdout
    [field] = synced.json("show", "2", "--field", "phone")["fields"]
    assert field["locked_until"] == "3000-01-01T00:00:00.000000Z"
    with sqlite3.connect(synced.folder / "klantbeeld.db") as store:
        (locks,) = store.execute("select locks from customer where id = 2").fetchone()
        over = json.dumps({"phone": ["2026-01-01T00:00:00.000000Z", "Eva"]}).encode()
        assert b"3000-01-01" in locks
        store.execute("update customer set locks = ? where id = 2", (over,))
    [field] = synced.json("show", "2", "--field", "phone")["fields"]
    assert (field["locked_by"], field["locked_until"]) == (None, None)


def test_what_cannot_be_locked_is_told(synced):
    for words in (
        ("2", "fax"),
        ("99", "phone"),
        ("crm:1", "phone"),
        ("2", "phone", "--off"),
        ("2", "phone", "--until", "soon"),
        ("2", "phone", "--until", "2020-01-01"),
        ("2", "phone", "--off", "--until", "2999-01-01"),
    ):
        answer = synced("lock", *words)
        assert answer.exit_code == 2, words
        assert answer.stderr.count("\n") == 1


def test_an_edit_that_contradicts_the_link_holds_the_record_until_a_steward_says_same(synced):
    """Story 16: name and phone of one account change together, and somebody else may use it now."""
    shop = (synced.folder / "shop.csv").read_text("utf-8")
    new = shop.replace("11,Ada,Berg,", "11,Piet,Bos,").replace("+31622222222", "+31612377777")
    synced.write("shop.csv", new.replace("2026-01-01", "2026-02-02", 1))
    before = (synced.folder / "crm.csv").read_text("utf-8")
    assert synced.json("sync")["written"] == 0
    (asked,) = [c for c in synced.json("conflicts")["conflicts"] if c["class"] == "still the same customer?"]
    assert (asked["answers"].keys(), asked["name"]) == ({"same"}, "Ada Berg")
    assert synced.json("show", "shop:11")["records"][1]["held"]
    synced.write("crm.csv", before.replace("+31612345678", "+31612366666"))
    assert synced.json("sync")["written"] == 0, "nothing is written to a record that is held"
    assert "Piet" not in (synced.folder / "crm.csv").read_text("utf-8")
    assert synced("decide", str(asked["id"]), "same").exit_code == 0
    synced("sync")
    assert "Piet,Bos" in (synced.folder / "crm.csv").read_text("utf-8"), "the answer outranks the rule"
    assert "still the same customer?" not in synced.json("sync")["conflicts"]["by_class"]
