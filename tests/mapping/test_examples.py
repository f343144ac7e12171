from __future__ import annotations

import pytest

from reconcile.mapping import check_examples, compile_mapping, from_yaml, to_yaml
from reconcile.values import CLEAR
from tests.mapping.invented import SHOP, TYPES, Home, Word, mapping

RECORD = {
    "first": " Joke ",
    "last": "Dijk",
    "middle": "van",
    "contact": {"email": "Joke@Voorbeeld.nl"},
    "tier": "gold",
    "member": False,
    "score": 8,
    "addresses": [
        {"id": 1, "shipping": True, "telephone": "+31 201234567"},
        {"id": 2, "billing": True, "street": ["Kerkweg 7"], "city": "Delft", "country_id": "NL"},
    ],
}
MEANING = {
    "kind": "person",
    "given_name": "Joke",
    "family_name": "van Dijk",
    "email": "joke@voorbeeld.nl",
    "mobile": "+31201234567",
    "address": {"street": "Kerkweg", "number": 7, "city": "Delft", "country": "NL"},
    "segment": "premium",
    "member": "no",
    "note": "8",
}
READING = {"raw": RECORD, "canonical": MEANING}


def told(*examples, fields=SHOP):
    declared = mapping(fields, examples=list(examples))
    return [str(problem) for problem in check_examples(compile_mapping(declared, TYPES), declared)]


def sending(change, sends):
    return {"change": change, "sends": sends}


def test_a_shop_means_and_sends_what_its_examples_say():
    assert not told(
        READING,
        sending(
            {"phone": "+31687654321"},
            {"addresses": [{"id": 2, "billing": True, "telephone": "+31687654321"}]},
        ),
        sending(
            {"mobile": "+31611111111"},
            {"addresses": [{"id": 1, "shipping": True, "telephone": "+31 611111111"}]},
        ),
        sending({"family_name": "de Boer"}, {"last": "Boer", "middle": "de"}),
        sending({"email": None}, {"contact": {"email": ""}}),
        sending(
            {"segment": "standard", "address": {"street": "Laan", "number": 1, "city": "Breda"}},
            {
                "tier": "basic",
                "addresses": [
                    {"id": 2, "billing": True, "street": ["Laan 1"], "city": "Breda", "country_id": ""}
                ],
            },
        ),
    )


@pytest.mark.parametrize(
    ("examples", "problem"),
    [
        (
            [{**READING, "canonical": {**MEANING, "segment": "standard"}}],
            "examples.0.canonical.segment: found 'premium', expected 'standard'",
        ),
        (
            [{**READING, "canonical": {**MEANING, "kind": "organisation"}}],
            "examples.0.canonical.kind: found 'person', expected 'organisation'",
        ),
        (
            [{**READING, "canonical": {k: v for k, v in MEANING.items() if k != "note"}}],
            "examples.0.canonical.note: found '8', expected None",
        ),
        (
            [{**READING, "canonical": {**MEANING, "phone": "+31"}}],
            "examples.0.canonical.phone: found None, expected '+31'",
        ),
        (
            [{**READING, "canonical": {**MEANING, "iban": "x"}}],
            "examples.0.canonical.iban: is no field of this mapping",
        ),
        (
            [{**READING, "canonical": {**MEANING, "address": "Kerkweg"}}],
            "examples.0.canonical.address: expected a mapping with some of street",
        ),
        ([{"raw": {"contact": [1]}, "canonical": {}}], "examples.0: contact: expected a mapping, found list"),
        (
            [READING, sending({"segment": "standard"}, {"tier": "gold"})],
            "examples.1.sends: found {'tier': 'basic'}, expected {'tier': 'gold'}",
        ),
        ([READING, sending({"segment": "standard"}, {"tier": "basic", "x": 1})], "examples.1.sends: found"),
        ([READING, sending({"note": "9"}, {})], "examples.1.change.note: is read-only in this system"),
        ([READING, sending({"segment": "gold"}, {})], "examples.1.change.segment: is none of the values"),
        ([READING, sending({"iban": "9"}, {})], "examples.1.change.iban: is no field of this mapping"),
        (
            [READING, sending({"email": ["a"]}, {})],
            "examples.1.change.email: expected a single mail, found list",
        ),
    ],
)
def test_an_example_that_does_not_hold_is_told_with_its_path(examples, problem):
    found = told(*examples)
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_all_examples_that_do_not_hold_are_told_at_once():
    wrong = {**READING, "canonical": {**MEANING, "note": "7", "member": "yes"}}
    assert len(told(wrong, sending({"segment": "standard"}, {}))) == 3


def test_a_null_in_an_example_means_blank_or_not_shown():
    assert not told(
        {"raw": {"e": None}, "canonical": {"email": None, "note": None}}, fields={"email": "e", "note": "n"}
    )


@pytest.mark.parametrize(
    ("type_", "written", "value"),
    [
        (Word(), "x", "x"),
        (Word(), 7, 7),
        (Word(), None, None),
        (Home(), {"street": "Laan", "city": "Breda"}, ("Laan", "", "Breda", "")),
        (Home(), None, None),
    ],
)
def test_canonical_values_go_to_yaml_and_back(type_, written, value):
    assert from_yaml(type_, written) == value
    assert to_yaml(type_, value) == written


def test_numbers_are_allowed_as_parts_and_an_intent_to_be_empty_is_null():
    assert from_yaml(Home(), {"number": 7, "city": None}) == ("", "7", "", "")
    assert to_yaml(Home(), CLEAR) is None


@pytest.mark.parametrize("written", ["Laan 1", {"postbus": 1}, ["Laan"]])
def test_a_group_value_of_another_shape_is_refused(written):
    with pytest.raises(ValueError, match="expected a mapping with some of street, number, city, country"):
        from_yaml(Home(), written)
