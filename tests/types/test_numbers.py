"""Numbers, amounts and truth values: read as people write them, kept exact, written as systems do."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from reconcile.resolve import GoldenField
from reconcile.survive import chain
from reconcile.types import BadOption, build
from reconcile.types.numbers import order_number

integer, decimal, money, boolean = build("integer"), build("decimal"), build("money"), build("boolean")
CASES = 20_000


def written(number: Decimal, rnd: random.Random, mark: str) -> str:
    """A number as people write it where `mark` is before the fraction; thousands apart or not."""
    whole, _, fraction = f"{abs(number):f}".partition(".")
    thousands = rnd.choice(("", " ", "." if mark == "," else ",", "'"))
    grouped = f"{int(whole):,}".replace(",", thousands)
    return ("-" if number < 0 else rnd.choice(("", "+"))) + grouped + (mark + fraction if fraction else "")


@pytest.mark.parametrize("mark", [",", "."])
def test_every_number_reads_back_from_every_notation_of_its_country(mark):
    rnd, region = random.Random(71), "NL" if mark == "," else "GB"
    kind, whole = build("decimal", region), build("integer", region)
    for _ in range(CASES // 2):
        number = Decimal(rnd.randrange(-(10**7), 10**7)).scaleb(-rnd.randrange(5))
        raw = written(number, rnd, mark)
        value = kind.normalise(raw)
        assert Decimal(value) == number, raw
        assert kind.validate(value) is None
        assert (whole.normalise(raw) == number) == (number == int(number)), raw
        for like in (1.5, "1.234,5", "1,234.5", "12", None):
            assert kind.normalise(kind.house(value, like)) == value, (raw, like)


def test_the_order_of_numbers_is_that_of_their_values():
    rnd = random.Random(72)
    numbers = [Decimal(rnd.randrange(-(10**6), 10**6)).scaleb(-rnd.randrange(6)) for _ in range(2_000)]
    values = [decimal.normalise(f"{number:f}".replace(".", ",")) for number in numbers]
    assert [Decimal(value) for value in sorted(values, key=order_number)] == sorted(numbers)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("1.234", "1234"),
        ("1,234", "1.2340"),
        ("1.234,50", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1.234.567", "1234567"),
        ("1234.567", "1234.567"),
        ("0.125", "0.125"),
        ("12,50", "12.5"),
        ("12.50", "12.5"),
        ("12,-", "12"),
        (",5", "0.5"),
        ("-0,0", "0"),
        ("\u221212", "-12"),
        (1.234, "1.2340"),
        (1e-7, "0.0000001"),
        (Decimal("12.50"), "12.5"),
        ("007", "7"),
    ],
)
def test_a_number_has_one_notation(raw, value):
    assert decimal.normalise(raw) == value
    assert decimal.normalise(value) == value


@pytest.mark.parametrize("raw", ["1.2.3", "1,2,3", "12.34,5.6", "1e3", "twaalf", "12 stuks", "1.23.456", "٣"])
def test_what_is_no_number_is_kept_with_a_reason(raw):
    assert decimal.normalise(raw) == raw
    assert "no number" in decimal.validate(raw) and decimal.match(raw) == ""


def test_the_mark_of_the_region_or_of_the_field_decides_where_two_readings_are_possible():
    assert build("decimal", "GB").normalise("1.234") == "1.2340"
    assert build("decimal", "NL", decimal="point").normalise("1.234") == "1.2340"
    assert build("decimal", "GB", decimal="comma").normalise("1.234") == "1234"
    assert build("integer", "GB").normalise("1,234") == 1234
    assert integer.normalise("1.234") == 1234


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("1,234", "thousands"),
        ("12,5", "fraction"),
        (12.5, "fraction"),
        ("twaalf", "no whole number"),
        (10**20, "large"),
    ],
)
def test_what_is_no_whole_number_is_kept_with_a_reason(raw, reason):
    value = integer.normalise(raw)
    assert value == str(raw) and reason in integer.validate(value)


@pytest.mark.parametrize("raw", [12, 12.0, "12", "12,00", "12.0", " +12 ", "12,-"])
def test_notations_of_a_whole_number_are_one_number(raw):
    assert integer.normalise(raw) == 12
    assert integer.house(12, like=raw) in (12, "12")


def test_numbers_are_written_as_the_system_writes_them():
    assert decimal.house("1234.5", like=2.0) == 1234.5
    assert decimal.house("1234", like=2) == 1234
    assert decimal.house("1234.5", like="2,75") == "1234,5"
    assert decimal.house("1234.5", like="2.75") == "1234.5"
    assert decimal.show("1234.5") == "1234,5" and decimal.show("1.2340") == "1,234"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("€ 1.234,50", ("1234.5", "EUR")),
        ("EUR 12", ("12", "EUR")),
        (12.5, ("12.5", "EUR")),
        ("12,-", ("12", "EUR")),
        ("€12,-", ("12", "EUR")),
        ("-€ 5", ("-5", "EUR")),
        ("€ -5,00", ("-5", "EUR")),
        ("12.50 USD", ("12.5", "USD")),
        ("1 234,50 euro", ("1234.5", "EUR")),
        ("US$ 3", ("3", "USD")),
        ({"amount": "12,50", "currency": "€"}, ("12.5", "EUR")),
        ({"amount": "€ 12,50", "currency": "eur"}, ("12.5", "EUR")),
        ({"amount": "1250", "currency": None}, ("1250", "EUR")),
        ({"amount": None, "currency": "EUR"}, None),
        ({"amount": 0, "currency": "EUR"}, ("0", "EUR")),
    ],
)
def test_notations_of_one_amount_are_one_value(raw, value):
    assert money.normalise(raw) == value
    assert money.validate(value) is None


@pytest.mark.parametrize(
    ("raw", "value", "reason"),
    [
        ("gratis", ("gratis", "EUR"), "amount"),
        ("5 knaken", ("5 knaken", "EUR"), "amount"),
        ({"amount": "5", "currency": "knaken"}, ("5", "knaken"), "currency"),
        ({"amount": "€ 5", "currency": "USD"}, ("€ 5", "USD"), "amount"),
    ],
)
def test_what_is_no_amount_is_kept_with_a_reason(raw, value, reason):
    assert money.normalise(raw)[0] == value[0]
    assert reason in money.validate(money.normalise(raw))


def test_an_amount_that_cannot_be_read_gets_no_currency_that_nobody_said():
    assert money.normalise("gratis") == ("gratis", "")


def test_another_currency_never_passes_for_the_usual_one():
    assert build("money", currency="USD").normalise("5") == ("5", "USD")
    assert money.write_parts(("5", "USD"), ("amount",), {"amount": 7.5}) == {"amount": "USD 5"}
    assert money.write_parts(("5.5", "EUR"), ("amount",), {"amount": 7}) == {"amount": 5.5}
    for value in (("5", "USD"), ("5.5", "EUR"), ("1.2340", "EUR")):
        assert money.normalise(money.write_parts(value, ("amount",), {"amount": "2,5"})) == value
    both = money.write_parts(("5", "USD"), ("amount", "currency"), {"amount": "7,50", "currency": "€"})
    assert both == {"amount": "5", "currency": "$"}
    assert money.show(("5.5", "USD")) == "USD 5,50" and money.mask(("5.5", "USD")) == "USD •••"


def test_a_currency_that_does_not_exist_is_no_option():
    with pytest.raises(BadOption, match="KNAAK"):
        build("money", currency="KNAAK")


@pytest.mark.parametrize("raw", ["ja", "JA", "J", "yes", "Y", "true", True, 1, 1.0, "1", "on", "aan", "waar"])
def test_every_yes_is_true(raw):
    assert boolean.normalise(raw) is True


@pytest.mark.parametrize("raw", ["nee", "N", "no", "FALSE", False, 0, 0.0, "0", "off", "uit", "onwaar"])
def test_every_no_is_false_and_no_blank(raw):
    assert boolean.normalise(raw) is False


def test_a_truth_value_is_written_in_the_word_that_the_system_uses():
    for like, word in (
        ("ja", "nee"),
        ("Ja", "Nee"),
        ("J", "N"),
        ("1", "0"),
        ("on", "off"),
        (1, 0),
        ("TRUE", "FALSE"),
    ):
        assert boolean.house(False, like) == word and boolean.house(True, word) == like
    assert boolean.house(True) is True and boolean.house(False, like=True) is False
    assert "yes nor no" in boolean.validate(boolean.normalise("misschien"))
    assert boolean.show(True) == "ja" and boolean.mask(False) == "•••"


@pytest.mark.parametrize(
    "values", [("9.5", "10", "-3"), ("1.2340", "1.3", "0.125"), (("9", "EUR"), ("10", "EUR"), ("-1", "EUR"))]
)
def test_min_and_max_compare_numbers_as_numbers(values):
    def size(value):
        return Decimal(value[0] if isinstance(value, tuple) else value)

    smallest, largest = chain(["min", "max"])
    assert smallest(frozenset(values), (), GoldenField(None)) == min(values, key=size)
    assert largest(frozenset(values), (), GoldenField(None)) == max(values, key=size)
