"""`runs audit`: every written value names its version, its rule or decision, its source and its run."""

from __future__ import annotations

import sqlite3

WRITE_KEYS = {
    *("event", "at", "run", "customer", "system", "record", "field", "value", "version", "rule", "why"),
    *("decided_in", "source", "source_record"),
}


def test_who_wrote_a_value_when_and_by_which_rule(synced):
    (write,) = synced.json("runs", "audit", "--system", "shop")["writes"]
    assert write.keys() == WRITE_KEYS
    assert (write["record"], write["field"], write["value"]) == ("12", "phone", "+31 6 87654321")
    assert (write["version"], write["rule"], write["run"], write["decided_in"]) == (1, "only value", 2, 2)
    assert (write["source"], write["source_record"]) == ("crm", "2")
    shown = synced("runs", "audit", "--system", "shop").stdout
    assert "only value there was" in shown
    assert "the audit is whole" in shown


def test_a_decision_is_named_with_who_took_it(synced):
    phone = next(c for c in synced.json("conflicts")["conflicts"] if c["field"] == "phone")
    synced("decide", str(phone["id"]), "shop", "--by", "Els", "--why", "asked her")
    synced("sync")
    (write,) = synced.json("runs", "audit", "--system", "crm", "--field", "phone")["writes"]
    assert (write["rule"], write["source"], write["run"] > write["decided_in"]) == (
        "decision 1",
        "shop",
        True,
    )
    assert "Els decided on" in write["why"]
    assert "asked her" in write["why"]


def test_the_filters_narrow_what_is_listed(synced):
    (write,) = synced.json("runs", "audit", "--system", "shop")["writes"]
    customer, run = str(write["customer"]), str(write["run"])
    for fits in (("--customer", customer), ("--field", "phone"), ("--run", run)):
        assert synced.json("runs", "audit", *fits)["writes"] == [write]
    for other in (("--customer", "999"), ("--field", "email"), ("--run", "1"), ("--system", "crm")):
        assert synced.json("runs", "audit", *other)["writes"] == []
    assert synced.json("runs", "audit")["writes"] == []


def test_a_changed_row_is_named_and_exits_with_1(synced):
    with sqlite3.connect(synced.folder / "klantbeeld.db") as store:
        store.execute("update audit set customer = 99 where seq = 3")
    answer = synced("runs", "audit", "--system", "shop")
    assert answer.exit_code == 1
    assert "broken at event 3" in answer.stdout


def test_a_filter_without_audit_or_of_a_name_that_is_not_there_is_a_usage_error(synced):
    assert synced("runs", "--field", "phone").exit_code == 2
    wrong = synced("runs", "audit", "--system", "shp")
    assert wrong.exit_code == 2
    assert "there is: crm, shop" in wrong.stderr
