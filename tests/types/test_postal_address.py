"""Addresses: taken apart, compared as one value, and put back in the shape they came in."""

from __future__ import annotations

import random

import pytest
from stdnum.nl import postcode as library

from reconcile.types import build
from reconcile.types.countries import country_code
from reconcile.types.street_line import split_line

address = build("postal_address")
FULL = ("Dorpsstraat", "12", "a", "1234 AB", "Utrecht", "NL")


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Dorpsstraat 12", ("Dorpsstraat", "12", "")),
        ("Dorpsstraat 12a", ("Dorpsstraat", "12", "a")),
        ("Dorpsstraat 12-a bis", ("Dorpsstraat", "12", "a bis")),
        ("Dorpsstraat 12 a-3", ("Dorpsstraat", "12", "a 3")),
        ("Dorpsstraat 12-3", ("Dorpsstraat", "12", "3")),
        ("Dorpsstraat 12/3 hoog", ("Dorpsstraat", "12", "3 hoog")),
        ("Dorpsstraat, 12", ("Dorpsstraat", "12", "")),
        ("Plein 1944 12", ("Plein 1944", "12", "")),
        ("Plein 1944 12-b", ("Plein 1944", "12", "b")),
        ("1e Jan Steenstraat 5", ("1e Jan Steenstraat", "5", "")),
        ("2e Weteringstraat 12 hs", ("2e Weteringstraat", "12", "hs")),
        ("Straat 40-45 3", ("Straat 40-45", "3", "")),
        ("Laan '40-'45 3", ("Laan '40-'45", "3", "")),
        ("Laan 1940 - 1945 12", ("Laan 1940 - 1945", "12", "")),
        ("Straat van de 3 Koningen 5", ("Straat van de 3 Koningen", "5", "")),
        ("A.J. Ernststraat 595 B", ("A.J. Ernststraat", "595", "B")),
        ("Rijksweg A2 12", ("Rijksweg A2", "12", "")),
        ("Súdwal 3", ("Súdwal", "3", "")),
        ("'s-Gravenweg 5", ("'s-Gravenweg", "5", "")),
        ("Industrieweg 12 Unit 3", ("Industrieweg", "12", "Unit 3")),
        ("Postbus 123", ("Postbus", "123", "")),
        ("Dorpsstraat", ("Dorpsstraat", "", "")),
        ("12 Dorpsstraat", ("12 Dorpsstraat", "", "")),
        ("Dorpsstraat 12 bij de achterdeur", ("Dorpsstraat 12 bij de achterdeur", "", "")),
    ],
)
def test_a_dutch_street_line_is_taken_apart(line, parts):
    assert split_line(line) == parts


@pytest.mark.parametrize(
    "raw",
    [
        "Dorpsstraat 12 a, 1234 AB Utrecht, Nederland",
        "Dorpsstraat 12-a\n1234AB Utrecht\nNetherlands",
        "Dorpsstraat 12a 1234 AB Utrecht, NL",
        ["Dorpsstraat 12a", "1234 AB Utrecht", "NLD"],
        list(FULL),
        {"lines": ["Dorpsstraat", "12", "a"], "postcode": "1234ab", "city": "Utrecht", "country": "nl"},
        {"lines": "Dorpsstraat 12 a", "postcode": "NL-1234 AB", "city": " Utrecht ", "country": "NLD"},
        {
            "street": "Dorpsstraat",
            "number": 12.0,
            "addition": "a",
            "postcode": "1234 AB",
            "city": "Utrecht",
            "country": "NL",
        },
        {
            "street": "Dorpsstraat",
            "number": "12-a",
            "addition": "a",
            "postcode": "1234 AB",
            "city": "Utrecht",
            "country": "NL",
        },
        {
            "street": "Dorpsstraat 12",
            "addition": "-a",
            "postcode": "1234 AB",
            "city": "Utrecht",
            "country": "The Netherlands",
        },
        {"lines": ["Dorpsstraat 12 a", "1234 AB Utrecht", "Nederland"]},
    ],
)
def test_notations_of_one_address_are_one_value(raw):
    assert address.normalise(raw) == FULL


def test_foreign_addresses_stay_intact():
    raw = {"lines": ["12 High Street", "Flat 3"], "postcode": "AB1 2CD", "city": "Aberdeen", "country": "GB"}
    assert address.normalise(raw) == ("12 High Street Flat 3", "", "", "AB1 2CD", "Aberdeen", "GB")
    apart = {
        "street": "Musterstraße",
        "number": 5,
        "postcode": "12345",
        "city": "Köln",
        "country": "Duitsland",
    }
    whole = "Musterstraße 5, 12345 Köln, Germany"
    assert (
        address.normalise(apart)
        == address.normalise(whole)
        == ("Musterstraße 5", "", "", "12345", "Köln", "DE")
    )


def test_a_blank_country_stays_blank_and_says_less():
    value = address.normalise({"lines": "Dorpsstraat 12a", "postcode": "1234AB", "city": "Utrecht"})
    assert value == ("Dorpsstraat", "12", "a", "1234 AB", "Utrecht", "")
    assert address.within(value, FULL) and not address.within(FULL, value)
    abroad = address.normalise({"lines": "Musterstraße 5", "postcode": "12345", "city": "Köln"})
    assert address.within(abroad, address.normalise("Musterstraße 5, 12345 Köln, DE"))


@pytest.mark.parametrize("blank", [0, 3, 4, 5])
def test_an_address_without_street_postcode_city_or_country_is_within_the_full_one(blank):
    less = tuple("" if place == blank else part for place, part in enumerate(FULL))
    assert address.within(less, FULL) and not address.within(FULL, less)


def test_the_four_digits_of_a_dutch_postcode_say_less_than_the_whole_of_it():
    less = address.normalise({"street": "Dorpsstraat 12a", "postcode": "1234", "city": "Utrecht"})
    assert less == ("Dorpsstraat", "12", "a", "1234", "Utrecht", "")
    assert address.within(less, FULL) and not address.within(FULL, less)
    assert not address.within((*less[:3], "1235", *less[4:]), FULL)
    assert not address.within((*less[:3], "123", *less[4:]), FULL)


@pytest.mark.parametrize(
    ("short", "whole"), [("Dorpsstr.", "Dorpsstraat"), ("Bosln", "Boslaan"), ("Westwg.", "Westweg")]
)
def test_an_abbreviated_end_of_a_street_is_notation(short, whole):
    assert address.key((short, *FULL[1:])) == address.key((whole, *FULL[1:]))
    assert address.key(("Str", *FULL[1:])) != address.key(("Straat", *FULL[1:]))


@pytest.mark.parametrize(
    "other",
    [
        ("Dorpsstraat", "12", ""),
        ("Dorpsstraat", "", "a"),
        ("Dorpsstraat", "1", "a"),
        ("Dorpsstraat", "12", "b"),
    ],
)
def test_another_number_or_addition_is_another_door(other):
    assert not address.within((*other, *FULL[3:]), FULL) and not address.within(FULL, (*other, *FULL[3:]))


def test_case_spacing_and_punctuation_are_notation():
    assert address.key(FULL) == address.key(("DORPSSTRAAT", "12", "A", "1234 AB", "UTRECHT", "NL"))
    assert address.key(("Dr. Bosstraat", "1", "a 3", "", "", "")) == address.key(
        ("Dr Bosstraat", "1", "a3", "", "", "")
    )
    assert address.key(("Straat 1", "23", "", "", "", "")) != address.key(("Straat 12", "3", "", "", "", ""))


def test_a_cut_street_is_evidence_of_a_loss_and_a_cut_number_is_not():
    assert address.cut(
        ("Burgemeester Jans", "1", "", "", "", ""), ("Burgemeester Jansenlaan", "1", "", "1234 AB", "", "")
    )
    assert not address.cut(("Dorpsstraat", "1", "", "", "", ""), ("Dorpsstraat", "12", "", "", "", ""))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (("Dorpsstraat", "12", "", "1234", "Utrecht", "NL"), "postcode"),
        (("Dorpsstraat", "12", "", "1234 SS", "Utrecht", "NL"), "postcode"),
        (("Dorpsstraat", "zonder", "", "1234 AB", "Utrecht", "NL"), "house number"),
        (("Dorpsstraat", "12", "", "1234 AB", "Utrecht", "Nergensland"), "country"),
    ],
)
def test_what_is_wrong_is_told_and_what_is_missing_is_not(value, reason):
    assert reason in address.validate(value)
    assert address.validate(("", "12", "", "1234 AB", "", "NL")) is None
    assert address.validate(FULL) is None


def test_people_read_one_line_and_matching_uses_postcode_and_number():
    assert address.show(FULL) == "Dorpsstraat 12 a, 1234 AB Utrecht"
    assert address.show(("Musterstraße 5", "", "", "12345", "Köln", "DE")) == "Musterstraße 5, 12345 Köln, DE"
    assert (
        address.match(FULL) == "1234 AB 12"
        and address.match(("Rue 5", "", "", "1000", "Brussel", "BE")) == ""
    )


@pytest.mark.parametrize("text", ["Duitsland", "Germany", "deutschland", "DEU", "de", "DE"])
def test_countries_are_understood_by_name_and_code(text):
    assert country_code(text) == "DE"


SHAPES = [
    {"lines": ["Kade 1"], "postcode": "1111 AA", "city": "Ede", "country": "NL"},
    {"lines": ["Kade 1", "b"], "postcode": "1111AA", "city": "Ede", "country": "NLD"},
    {"lines": ["Kade", "1", "b"], "postcode": "1111 AA", "city": "Ede", "country": "Nederland"},
    {"lines": ["Kade", "1 b"], "postcode": None, "city": "", "country": "Netherlands"},
    {"lines": "Kade 1-b", "postcode": "1111 aa", "city": "EDE", "country": "nl"},
    {"lines": "Kade 1\nb", "postcode": "1111 AA", "city": "Ede", "country": "NL"},
    {"street": "Kade", "number": 1, "addition": None, "postcode": "1111AA", "city": "Ede", "country": "NL"},
    {"street": "Kade", "number": "1b", "postcode": "1111 AA", "city": "Ede", "country": "NL"},
    {"street": "Kade 1b", "postcode": "1111 AA", "city": "Ede", "country": "NL"},
    {"lines": "Kade", "number": "1", "addition": "b", "postcode": "1111 AA", "city": "Ede", "country": "NL"},
    {
        "street": "Rue Haute",
        "number": 5,
        "addition": "b",
        "postcode": "1000",
        "city": "Brussel",
        "country": "BE",
    },
]


@pytest.mark.parametrize("raw", SHAPES, ids=str)
def test_writing_back_what_was_read_changes_nothing_at_all(raw):
    assert address.write_parts(address.normalise(raw), tuple(raw), raw) == raw


@pytest.mark.parametrize("like", SHAPES, ids=str)
def test_what_is_written_reads_back_the_same(like):
    """Equal up to notation: a part that differs in nothing else stays as the system writes it."""
    rnd = random.Random(61)
    for _ in range(300):
        street = rnd.choice(("Dorpsstraat", "Plein 1944", "1e Jan Steenstraat", "Súdwal", "Laan '40-'45"))
        number, addition = (
            str(rnd.randint(1, 9999)),
            rnd.choice(("", "a", "bis", "A 3", "hs", "2 hoog", "12")),
        )
        value = (
            street,
            number,
            addition,
            rnd.choice(("1234 AB", "9999 ZZ")),
            rnd.choice(("Utrecht", "Ede")),
            "NL",
        )
        written = address.write_parts(value, tuple(like), like)
        assert address.key(address.normalise(written)) == address.key(value), written
    abroad = ("Musterstraße 5", "", "", "12345", "Köln", "DE")
    assert address.normalise(address.write_parts(abroad, tuple(like), like)) == abroad


def test_parts_are_written_in_the_shape_the_system_shows():
    like = {"lines": ["Kade 1", "b"], "postcode": "1111AA", "city": "Ede", "country": "NLD"}
    assert address.write_parts(FULL, ("lines", "postcode", "city", "country"), like) == {
        "lines": ["Dorpsstraat 12", "a"],
        "postcode": "1234AB",
        "city": "Utrecht",
        "country": "NLD",
    }
    abroad = ("Musterstraße 5", "", "", "12345", "Köln", "DE")
    assert address.write_parts(abroad, ("country",), {"country": "Nederland"}) == {"country": "Duitsland"}
    assert address.write_parts(abroad, ("country",), {"country": "Netherlands"}) == {"country": "Germany"}
    assert address.write_parts(FULL, ("street", "number"), {}) == {"street": "Dorpsstraat", "number": "12 a"}
    assert address.write_parts(
        None, ("lines", "number", "city"), {"lines": ["Kade 1"], "number": 1, "city": "Ede"}
    ) == {
        "lines": [],
        "number": None,
        "city": "",
    }


def test_postcodes_are_read_as_stdnum_reads_them():
    rnd, right = random.Random(62), 0
    for _ in range(20_000):
        digits, letters = (
            str(rnd.randrange(500, 11_000)),
            "".join(rnd.choices("ABDSÉaz", k=rnd.choice((2, 2, 2, 1, 3)))),
        )
        raw = rnd.choice(("", "", "NL-")) + digits + rnd.choice(("", " ", "-", ".")) + letters
        value = address.normalise({"street": "Kade", "number": 1, "postcode": raw, "country": "NL"})
        reads = library.is_valid(raw)
        assert (address.validate(value) is None) == reads, raw
        assert not reads or value[3] == library.validate(raw), raw
        right += reads
    assert 2_000 < right < 18_000
