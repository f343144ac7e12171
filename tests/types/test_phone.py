"""Phone: the fast path answers as phonenumbers does, and every notation of a number is one value."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from reconcile.types import build

phone = build("phone")
CASES = 25_000
STARTS = (
    "+31",
    "0031",
    "+31 (0)",
    "+31(0)",
    "+310",
    "00310",
    "0",
    "(0)",
    "",
    "31",
    "+49",
    "+32",
    "+33",
    "+43",
    "+352",
    "+48",
)
SEPARATORS = ("", "", " ", "-", ".", "/", " - ", "(", ")", ") ", "  ", "x", "--")


def library_answer(text: str, region: str = "NL") -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain};ext={number.extension}" if number.extension else plain


def generated(rnd: random.Random) -> str:
    first = rnd.choice("123456789" if rnd.random() < 0.5 else "6627381")
    digits = first + "".join(rnd.choices("0123456789", k=rnd.choice((5, 7, 8, 8, 8, 8, 8, 8, 9, 10))))
    for _ in range(rnd.choice((0, 0, 1, 2, 3))):
        at = rnd.randrange(len(digits))
        digits = digits[:at] + rnd.choice(SEPARATORS) + digits[at:]
    start = rnd.choice(STARTS if rnd.random() < 0.5 else STARTS[:8])
    return (
        start
        + rnd.choice(("", " ", "-"))
        + digits
        + rnd.choice(("", "", "", "", ";ext=7", " ext. 12", " ", ")"))
    )


def test_the_fast_path_answers_as_phonenumbers_does():
    rnd, valid = random.Random(31), 0
    for _ in range(CASES):
        raw = " ".join(generated(rnd).split())
        answer, value = library_answer(raw), phone.normalise(raw)
        assert value == (answer or raw), raw
        assert (phone.validate(value) is None) == (answer is not None), raw
        valid += answer is not None
    assert CASES * 0.2 < valid < CASES * 0.8


@pytest.mark.parametrize("region", ["BE", "US", "DE"])
def test_another_region_reads_its_own_numbers(region):
    rnd, kind = random.Random(region), build("phone", region)
    for _ in range(1500):
        raw = " ".join(generated(rnd).split())
        assert kind.normalise(raw) == (library_answer(raw, region) or raw), raw


def test_numbers_of_every_country_survive_house_style_and_back():
    seen = 0
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for sort in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            number = phonenumbers.example_number_for_type(region, sort)
            if number is None or not phonenumbers.is_valid_number(number):
                continue
            value = phone.normalise(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
            assert phone.validate(value) is None
            for like in (None, "0612345678", 31612345678, "06 - 123"):
                assert phone.normalise(phone.house(value, like)) == value, (region, like)
            seen += 1
    assert seen > 400


@pytest.mark.parametrize(
    "raw",
    [
        "+31612345678",
        "0031612345678",
        "+31 (0)6 12345678",
        "06-12345678",
        "(06) 12 34 56 78",
        "06.12.34.56.78",
    ]
    + [612345678, 31612345678, 31612345678.0, "tel:+31612345678", "\u200e06 1234 5678", "Tel. 06-12345678"],
)
def test_notations_of_one_number_are_one_value(raw):
    assert phone.normalise(raw) == "+31612345678"


def test_an_extension_is_kept_and_says_more():
    for raw in (
        "020-1234567 ext. 12",
        "020-1234567 tst. 12",
        "020 1234567 toestel 12",
        "+31201234567;ext=12",
    ):
        assert phone.normalise(raw) == "+31201234567;ext=12"
    assert phone.within("+31201234567", "+31201234567;ext=12")
    assert not phone.within("+31201234567;ext=12", "+31201234567")
    assert phone.match("+31201234567;ext=12") == "+31201234567"


@pytest.mark.parametrize("raw", ["onbekend", "06-1234567", "+310000", "06-12345678 / 020-1234567", "112"])
def test_what_is_no_number_is_kept_with_a_reason_and_links_nobody(raw):
    assert phone.normalise(raw) == raw
    assert phone.validate(raw) and phone.match(raw) == ""


def test_house_style_follows_what_the_system_shows():
    assert phone.house("+31612345678") == "+31 6 12345678"
    assert phone.house("+31612345678", like="020 - 1234567") == "+31 6 12345678"
    assert phone.house("+31612345678", like="0031201234567") == "+31612345678"
    assert phone.house("+31612345678", like=31201234567) == 31612345678
    assert phone.mask("+31612345678") == "+31 ••• 78"
