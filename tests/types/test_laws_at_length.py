"""The laws of every registered type over 20,000 generated inputs each."""

from __future__ import annotations

import itertools

import pytest

from reconcile.types import registered
from reconcile.types.base import SemanticType
from reconcile.values import BLANK, Value
from tests.types.generating import families, raws_of

INPUTS = 20_000
FAMILY = 50

pytestmark = [pytest.mark.long, pytest.mark.parametrize("name", registered())]


def of_type(name: str) -> SemanticType:
    return registered()[name]("NL", **registered()[name].takes)


def said_of(kind: SemanticType, value: Value) -> list[str]:
    """All that a type says about one value: none of it raises."""
    hash(kind.key(value))
    return [
        kind.mask(value),
        kind.show(value),
        kind.match(value),
        kind.sort_key(value),
        kind.validate(value) or "",
    ]


def test_every_input_is_read_twice_as_once_and_raises_nothing(name):
    kind, read = of_type(name), 0
    for raw in raws_of(kind, INPUTS):
        value = kind.normalise(raw)
        assert kind.normalise(value) == value, raw
        assert kind.normalise(kind.house(value)) == value, raw
        assert kind.normalise(kind.house(value, like=raw)) == value, raw
        assert all(isinstance(text, str) for text in said_of(kind, value))
        assert kind.within(value, value) and not kind.cut(value, value)
        assert kind.within(BLANK, value) and kind.within(value, BLANK) == (value is BLANK)
        read += 1
    assert read >= INPUTS


def test_what_says_less_is_a_partial_order_and_a_cut_is_never_mutual(name):
    kind, inputs, chains = of_type(name), 0, 0
    for group in families(kind, INPUTS, FAMILY):
        inputs += len(group)
        values = list(dict.fromkeys(map(kind.normalise, group)))
        below = {a: {b for b in values if kind.within(b, a)} for a in values}
        for a, b in itertools.combinations(values, 2):
            same = kind.key(a) == kind.key(b)
            assert (b in below[a] and a in below[b]) == same, (a, b)
            cut, other = kind.cut(a, b), kind.cut(b, a)
            assert not (cut and other), (a, b)
        for a in values:
            for b in below[a]:
                assert below[b] <= below[a], (a, b)  # transitive
                chains += len(below[b])
    assert inputs >= INPUTS and chains > INPUTS / FAMILY
