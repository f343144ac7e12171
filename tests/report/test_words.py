"""Every sentence has both languages, says the same names in both, and names no key of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import get_args

import pytest

from reconcile import freshness, times
from reconcile.records import ConflictClass, Severity
from reconcile.types import build, registered
from reconcile.values import BLANK
from reconcile.words import DUTCH, SENTENCES, hold, sentence, told, word

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_name_the_same_things(key):
    english, dutch = SENTENCES[key]
    assert fields(english) == fields(dutch)
    told_in = {sentence(told(key, *("abcd"[: len(fields(english))])), lang) for lang in ("en", "nl")}
    assert len(told_in) == (1 if key in ("names", "said in") else 2)


@pytest.mark.parametrize("english", DUTCH)
def test_a_phrase_fills_in_the_same_in_both_languages(english):
    assert fields(DUTCH[english]) == fields(english)


def test_every_class_and_severity_has_a_dutch_word():
    assert [one for one in (*get_args(ConflictClass), *get_args(Severity)) if one not in DUTCH] == []


@pytest.mark.parametrize("name", registered())
def test_every_reason_of_a_type_has_a_dutch_sentence(name):
    kind = registered()[name]
    one = build(name, **kind.takes)
    shown = [*kind.examples, "?", "12", "a b", "@@", "x@", "9" * 30, "NL00INGB0001234567", "31-31-2020"]
    values = [value for value in map(one.normalise, shown) if value is not BLANK]
    reasons = {reason for value in values if (reason := one.validate(value))}
    assert sorted(reasons - DUTCH.keys()) == []


@pytest.mark.parametrize(
    ("stored", "english", "dutch"),
    [
        (
            told("update-update", ["crm", "shop"], told("undecided", ["most_recent", "majority"])),
            "crm and shop changed it since the last agreement; most_recent, majority could not choose",
            "gewijzigd in crm en shop sinds alles gelijk was; geen keuze door most_recent, majority",
        ),
        (
            told("wins", told("names", ["a", "b", "c"]), "majority", told("votes", 3, 4)),
            "a, b and c wins by rule majority: 3 of 4 systems show it",
            "a, b en c wint door regel majority: 3 van de 4 systemen tonen het",
        ),
        (
            told("invalid", "crm", "has no digits"),
            "crm: has no digits; kept there as it is, not spread",
            "crm: bevat geen cijfers; blijft daar staan, wordt niet verspreid",
        ),
        (told("twice", "crm", ['7", "x', "9|"]), 'crm has this customer twice (7", "x and 9|)', "crm heeft"),
    ],
)
def test_a_reason_is_a_sentence_in_the_language_of_who_reads_it(stored, english, dutch):
    assert sentence(stored).startswith(english)
    assert sentence(stored, "nl").startswith(dutch)


@pytest.mark.parametrize("text", ["crm said so", '["no such key","crm"]', '["', "[1]", "", '["loss"'])
def test_what_is_no_stored_sentence_shows_as_it_is(text):
    assert (sentence(text), sentence(text, "nl")) == (text, text)


def test_a_hold_says_its_own_part_in_the_language_and_leaves_what_a_system_said():
    assert hold("less than before", "nl") == "minder dan eerst"
    assert hold("rejected: Feld zu lang: 40", "nl") == "geweigerd: Feld zu lang: 40"
    assert hold("rejected: is read-only in this system", "nl") == (
        "geweigerd: kan in dit systeem alleen gelezen worden"
    )
    assert word("no such phrase", "nl") == "no such phrase"


def ago(**span: int) -> str:
    return times.iso(NOW - timedelta(**span))


def test_a_system_that_lags_behind_the_newest_by_an_hour_was_out():
    as_of = {"crm": ago(minutes=15), "shop": ago(minutes=74), "books": ago(hours=3, minutes=30), "mail": None}
    assert freshness.line(as_of, NOW) == (
        "as of: crm 2026-03-04 10:15, shop 2026-03-04 09:16, "
        "books 2026-03-04 07:00 (3 h ago: was out), mail (not read yet)"
    )
    assert "books 2026-03-04 07:00 (3 uur geleden: deed niet mee)" in freshness.line(as_of, NOW, "nl")
    assert freshness.late(as_of) == {"books", "mail"}


def test_all_systems_read_long_ago_together_are_old_and_none_was_out():
    as_of = {"crm": ago(days=9), "shop": ago(days=9)}
    assert freshness.late(as_of) == frozenset()
    assert "out" not in freshness.line(as_of, NOW)
    assert freshness.ages({**as_of, "mail": ago(days=1)}, NOW)[0].endswith("(9 days ago: was out)")


def test_nothing_is_said_of_systems_that_were_never_read():
    assert freshness.late({"crm": None}) == frozenset()
    assert freshness.line({"crm": None}, NOW) == "as of: crm (not read yet)"
    assert freshness.line({}, NOW) == ""
