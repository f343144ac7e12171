"""IBAN: the fast path answers as python-stdnum does."""

from __future__ import annotations

import random

import pytest
from stdnum import iban as library

from reconcile.types import build
from reconcile.types.iban import checks

iban = build("iban")
CASES = 24_000
DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHAPES = {
    "NL": "aaaadddddddddd",
    "DE": "d" * 18,
    "FR": "d" * 10 + "c" * 11 + "dd",
    "GB": "aaaa" + "d" * 14,
    "LU": "dddcccccccccccccc",
}

SHORT = "NL" + library.calc_check_digits("NL00ABNA041716430") + "ABNA041716430"


def generated(rnd: random.Random) -> str:
    country = rnd.choice((*SHAPES, "NL", "DE"))
    account = "".join(
        rnd.choice({"a": LETTERS, "d": DIGITS, "c": LETTERS + DIGITS}[sort]) for sort in SHAPES[country]
    )
    text = country + library.calc_check_digits(f"{country}00{account}") + account
    if rnd.random() < 0.6:  # a typing error
        at, character = rnd.randrange(len(text)), rnd.choice(DIGITS + LETTERS)
        text = rnd.choice(
            (
                text[:at] + character + text[at + 1 :],
                text[:at] + text[at + 1 :],
                text[:at] + character + text[at:],
            )
        )
    return text


def test_the_fast_path_answers_as_stdnum_does():
    rnd, valid = random.Random(41), 0
    for _ in range(CASES):
        text = generated(rnd)
        assert iban.normalise(text) == library.compact(text)
        right = (
            library.is_valid(text) and text[2:4].isdigit()
        )  # the library lets letters pass as check digits
        assert (iban.validate(text) is None) == right, text
        valid += right
    assert CASES * 0.3 < valid < CASES * 0.7


def test_check_digits_are_those_of_mod_97_10():
    rnd = random.Random(42)
    for _ in range(2_000):
        text = "".join(rnd.choices(DIGITS + LETTERS, k=rnd.randint(5, 34)))
        assert checks(text) == library.mod_97_10.is_valid(text[4:] + text[:4])


@pytest.mark.parametrize(
    "raw",
    [
        "nl91 abna 0417 1643 00",
        "IBAN: NL91ABNA0417164300",
        "NL91-ABNA-0417-1643-00",
        "iban NL91ABNA0417164300",
    ],
)
def test_notations_of_one_account_are_one_value(raw):
    assert iban.normalise(raw) == "NL91ABNA0417164300"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("NL92ABNA0417164300", "check digits"),
        (SHORT, "length and structure"),
        ("417164300", "no IBAN"),
        ("onbekend", "no IBAN"),
    ],
)
def test_what_is_no_iban_is_kept_with_a_reason_and_links_nobody(raw, reason):
    assert iban.normalise(raw) == raw
    assert reason in iban.validate(raw) and iban.match(raw) == ""


def test_a_bank_that_the_library_does_not_know_yet_is_no_error():
    assert iban.validate("BE68539007547034") is None
    assert "no IBANs" in iban.validate("XX" + library.calc_check_digits("XX001234567890") + "1234567890")


def test_house_style_is_groups_of_four_unless_the_system_shows_none():
    assert iban.house("NL91ABNA0417164300") == "NL91 ABNA 0417 1643 00"
    assert iban.house("NL91ABNA0417164300", like="NL20INGB0001234567") == "NL91ABNA0417164300"
    assert iban.mask("NL91ABNA0417164300") == "NL•••4300"
