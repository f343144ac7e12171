"""The laws of every registered type, over its own examples and what can be made of them.

A type that is registered tomorrow is tested here without a line of code.
"""

from __future__ import annotations

import random
import sys
import unicodedata

import pytest

from reconcile.types import registered
from reconcile.values import BLANK, Value
from tests.types import generating

INPUTS = 500
KNOW_EQUAL_AND_BLANK_ONLY = {
    *("birth_date", "boolean", "country", "date", "decimal", "email", "enum", "iban", "integer", "kvk"),
    *("language", "money", "phone", "reference", "url", "vat_id"),
}
"""For these, or nearly, nothing says less than something else."""


def raws_of(kind) -> list[object]:
    return generating.raws_of(kind, INPUTS)


def values_of(kind) -> list[Value]:
    return list(dict.fromkeys(kind.normalise(raw) for raw in raws_of(kind)))


@pytest.fixture(params=[(name, region) for name in registered() for region in ("NL", "BE")], ids="-".join)
def kind(request):
    name, region = request.param
    return registered()[name](region, **registered()[name].takes)


def test_every_type_offers_examples_right_and_readable(kind):
    assert len(kind.examples) >= 10
    assert any(
        kind.normalise(raw) is not BLANK and kind.validate(kind.normalise(raw)) is None
        for raw in kind.examples
    )


def test_normalise_is_total_and_gives_storable_values(kind):
    for raw in raws_of(kind):
        value = kind.normalise(raw)
        texts = value if isinstance(value, tuple) else () if value is BLANK else (value,)
        assert kind.several or len(texts) == len(kind.parts) or not isinstance(value, tuple)
        for text in texts:
            if isinstance(text, int):  # a truth value too
                assert abs(text) < 2**53
                continue
            assert (
                isinstance(text, str)
                and text == " ".join(text.split())
                and unicodedata.is_normalized("NFC", text)
            )
            text.encode("utf-8")
        assert value is BLANK or any(text != "" for text in texts)


def test_normalise_of_its_own_answer_and_of_its_house_style_changes_nothing(kind):
    for raw in raws_of(kind):
        value = kind.normalise(raw)
        assert kind.normalise(value) == value, raw
        assert kind.normalise(kind.house(value)) == value, raw
        assert kind.normalise(kind.house(value, like=raw)) == value, raw


def test_nothing_said_is_blank_and_blank_is_without_fault(kind):
    for raw in (None, "", " \t", "\u200b", [], float("nan")):
        assert kind.normalise(raw) is BLANK
    assert kind.normalise(False) is (False if kind.name == "boolean" else BLANK)
    assert kind.validate(BLANK) is None
    assert kind.mask(BLANK) == kind.show(BLANK) == kind.match(BLANK) == kind.sort_key(BLANK) == ""
    assert kind.house(BLANK) is BLANK


def test_within_is_reflexive_and_blank_is_within_everything(kind):
    for value in values_of(kind):
        assert kind.within(value, value)
        assert kind.within(BLANK, value)
        assert value is BLANK or not kind.within(value, BLANK)


def test_within_is_transitive_and_antisymmetric_up_to_the_key(kind):
    values = values_of(kind)
    random.Random(7).shuffle(values)
    values = values[:300]
    above = {a: [b for b in values if kind.within(a, b)] for a in values}
    chains = 0
    for a, b in [(low, high) for low in above for high in above[low] if low != high]:
        if kind.within(b, a):
            assert kind.key(a) == kind.key(b), (a, b)
        for c in above[b][:30]:
            chains += a is not BLANK and b != c
            assert kind.within(a, c), (a, b, c)
    assert chains or kind.name in KNOW_EQUAL_AND_BLANK_ONLY


def test_equal_keys_are_one_value_to_everybody(kind):
    values = values_of(kind)
    by_key: dict[object, list[Value]] = {}
    for value in values:
        by_key.setdefault(kind.key(value), []).append(value)
    for same in by_key.values():
        for a in same:
            assert kind.within(a, same[0]) and kind.within(same[0], a)
    for a in values[:100]:
        twins = by_key[kind.key(a)]
        for b in values[:100]:
            assert len({kind.within(twin, b) for twin in twins}) == 1, (twins, b)


def test_a_cut_is_never_of_the_same_value_and_never_of_a_blank(kind):
    for value in values_of(kind):
        assert not kind.cut(value, value)
        assert not kind.cut(BLANK, value) and not kind.cut(value, BLANK)


def test_a_mask_never_shows_the_value_and_a_reason_never_holds_it(kind):
    for value in values_of(kind):
        shown = kind.show(value)
        if shown and "•" not in shown:
            assert shown not in kind.mask(value), value
            assert "•••" in kind.mask(value)
        reason = kind.validate(value)
        if reason and len(shown) >= 5:
            assert shown.casefold() not in reason.casefold()


def test_text_for_people_and_lists_is_text(kind):
    for value in values_of(kind):
        assert isinstance(kind.show(value), str)
        assert isinstance(kind.sort_key(value), str)
        assert isinstance(kind.match(value), str)
        assert isinstance(hash(kind.key(value)), int)


def test_every_character_alone_and_twice_reads_back(kind):
    rnd = random.Random(11)
    for code in (
        rnd.sample(range(sys.maxunicode), 1500) + list(range(0x180, 0x250)) + list(range(0x1E00, 0x1F00))
    ):
        for raw in (chr(code), chr(code) * 2 + " " + chr(code) + "b"):
            value = kind.normalise(raw)
            assert kind.normalise(value) == value, ascii(raw)
