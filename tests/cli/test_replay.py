"""`runs replay`: a write that was given up is listed, waits, and is sent again when a person says so."""

from __future__ import annotations

import sqlite3

import pytest

LETTER_KEYS = {
    *("letter", "system", "record", "customer", "action", "fields", "attempts", "run", "since", "why"),
}


@pytest.fixture
def given_up(synced):
    """Ada's phone in the shop was to be written, and after many attempts it was not."""
    phone = next(c for c in synced.json("conflicts")["conflicts"] if c["field"] == "phone")
    synced("decide", str(phone["id"]), "crm")
    with sqlite3.connect(synced.folder / "klantbeeld.db") as store:
        store.execute("update outbox set state = 'dead', detail = 'no answer' where state = 'ready'")
    return synced


def test_a_dead_letter_is_told_until_it_is_replayed(given_up):
    told = given_up.json("sync")
    assert (told["written"], told["dead"]) == (0, 1)
    assert "1 write given up" in given_up("sync").stdout
    (letter,) = given_up.json("runs")["dead"]
    assert letter.keys() == LETTER_KEYS
    assert (letter["system"], letter["record"], letter["fields"]) == ("shop", "11", ["phone"])
    assert "Dead letters" in given_up("runs").stdout
    assert given_up.json("runs", "replay", str(letter["letter"]))["replayed"][0]["letter"] == letter["letter"]
    told = given_up.json("sync")
    assert (told["written"], told["dead"]) == (1, 0)
    assert given_up.json("runs")["dead"] == []


def test_all_are_replayed_with_dead_and_then_there_is_none(given_up):
    assert len(given_up.json("runs", "replay", "--dead")["replayed"]) == 1
    assert "no dead letters" in given_up("runs", "replay", "--dead").stdout
    assert given_up.json("sync")["written"] == 1


@pytest.mark.parametrize("words", [("replay",), ("replay", "9"), ("replay", "x"), ("--dead",), ("1", "2")])
def test_what_is_no_letter_is_a_usage_error(given_up, words):
    assert given_up("runs", *words).exit_code == 2
