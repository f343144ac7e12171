"""VAT and trade register numbers: the fast path answers as python-stdnum does."""

from __future__ import annotations

import random

import pytest
from stdnum.eu import vat as library
from stdnum.exceptions import ValidationError
from stdnum.nl import btw

from reconcile.types import build
from reconcile.types.vat_id import dutch_checks

vat, kvk = build("vat_id"), build("kvk")
CASES = 30_000
DIGITS = "0123456789"
NUMBERS = """
ATU13585627 BE0428759497 BG175074752 CY10259033P CZ25123891 DE136695976 DK13585628 EE100931558
ESB58378431 FI20774740 FR40303265045 EL094259216 HR33392005961 HU12892312 IE6433435F IT00743110157
LT119511515 LU15027442 LV40003521600 MT11679112 NL004495445B01 PL8567346215 PT501964843 RO18547290
SE123456789701 SI50223054 SK2022749619 XI432525179
"""
OF_EACH_STATE = NUMBERS.split()


def library_answer(text: str) -> str | None:
    try:
        found = library.validate(text)
    except ValidationError:
        return None
    return found.replace("GR", "EL", 1) if found.startswith("GR") else found


def generated(rnd: random.Random) -> str:
    if rnd.random() < 0.4:
        text = f"NL{''.join(rnd.choices(DIGITS, k=9))}B{''.join(rnd.choices(DIGITS, k=2))}"
    else:
        text = rnd.choice(OF_EACH_STATE)
    for _ in range(rnd.choice((0, 0, 1, 1, 2))):  # typing errors
        at = rnd.randrange(len(text) + 1)
        text = text[:at] + rnd.choice(DIGITS + "ABLNXé") + text[at + rnd.choice((0, 1)) :]
    return text


def test_the_fast_path_answers_as_stdnum_does():
    rnd, valid = random.Random(81), 0
    for _ in range(CASES):
        raw = generated(rnd)
        answer, value = library_answer(raw), vat.normalise(raw)
        assert (vat.validate(value) is None) == (answer is not None), raw
        assert answer is None or value == answer, raw
        valid += answer is not None
    assert CASES * 0.2 < valid < CASES * 0.8


def test_dutch_check_digits_are_those_of_stdnum():
    rnd, valid = random.Random(82), 0
    for _ in range(CASES):
        number = "".join(rnd.choices(DIGITS, k=9)) + f"B{rnd.randint(1, 99):02}"
        assert dutch_checks(f"NL{number}") == btw.is_valid(number), number
        valid += dutch_checks(f"NL{number}")
    assert valid > CASES * 0.05


@pytest.mark.parametrize("number", OF_EACH_STATE)
def test_a_number_of_every_member_state_is_right_and_found_with_separators(number):
    assert vat.normalise(number) == number and vat.validate(number) is None
    assert vat.normalise(f" {number[:2].lower()} {number[2:5]}.{number[5:]} ") == number
    assert vat.match(number) == number


@pytest.mark.parametrize(
    "raw",
    [
        "NL 0024.55.799.B.11",
        "nl002455799b11",
        "002455799B11",
        "BTW: NL002455799B11",
        "btw-nr. NL 002455799 B11",
    ],
)
def test_notations_of_one_vat_number_are_one_value(raw):
    assert vat.normalise(raw) == "NL002455799B11"


def test_a_number_without_country_is_of_the_region():
    assert build("vat_id", "BE").normalise("0428.759.497") == "BE0428759497"
    assert build("vat_id", "GR").normalise("094259216") == "EL094259216" == vat.normalise("GR094259216")
    assert vat.validate(vat.normalise("0428759497")) is not None
    assert vat.house("NL002455799B11", like="004495445B01") == "002455799B11"
    assert vat.house("BE0428759497", like="004495445B01") == "BE0428759497"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("NL123456789B90", "check digits"),
        ("DE136695977", "check digits"),
        ("BE04287594", "length"),
        ("CHE123456789", "no country in the European Union"),
        ("onbekend", "no VAT number"),
    ],
)
def test_what_is_no_vat_number_is_kept_with_a_reason_and_links_nobody(raw, reason):
    assert vat.normalise(raw) == raw
    assert reason in vat.validate(raw) and vat.match(raw) == ""


@pytest.mark.parametrize(
    "raw",
    [12345678, 12345678.0, "12345678", "KvK 12345678", "kvk-nummer: 1234 5678", "K.v.K. nr. 12.34.56.78"],
)
def test_notations_of_one_trade_register_number_are_one_value(raw):
    assert kvk.normalise(raw) == "12345678"


def test_a_zero_that_a_spreadsheet_took_comes_back_from_a_number_and_is_asked_of_a_text():
    assert kvk.normalise(1234567) == kvk.normalise(1234567.0) == "01234567"
    assert kvk.normalise("1234567") == "1234567" and "zero" in kvk.validate("1234567")
    assert kvk.within("1234567", "01234567") and not kvk.within("01234567", "1234567")
    assert (
        kvk.house("01234567", like=7654321) == 1234567 and kvk.house("00123456", like=7654321) == "00123456"
    )


def test_every_eight_digits_are_a_number_and_nothing_else_is():
    rnd = random.Random(83)
    for _ in range(CASES):
        digits = "".join(rnd.choices(DIGITS, k=rnd.choice((7, 8, 8, 9, 12))))
        value = kvk.normalise(digits)
        assert value == digits
        assert (kvk.validate(value) is None) == (len(digits) == 8 and set(digits) != {"0"}), digits
        assert bool(kvk.match(value)) == (kvk.validate(value) is None)
    assert "branch" in kvk.validate("000012345678")
