"""Mappings with the types that ship: a web shop, and the laws over every type's examples."""

from __future__ import annotations

import random

import pytest

from reconcile.mapping import EntityMapping, check_examples, check_laws, compile_mapping
from reconcile.types import build, registered

BILLING = {"in": "addresses", "where": {"default_billing": True}}
SHOP = {
    "fields": {
        "given_name": "firstname",
        "family_name": {"path": "lastname", "infix": {"path": "middlename"}},
        "email": "email",
        "phone": {**BILLING, "path": "telephone"},
        "address": {
            **BILLING,
            "parts": {"lines": "street", "postcode": "postcode", "city": "city", "country": "country_id"},
        },
    },
    "examples": [
        {
            "raw": {
                "email": "Truus@Example.org",
                "firstname": "Truus",
                "middlename": "van den",
                "lastname": "Heuvel",
                "addresses": [
                    {"id": 8, "street": ["Elders 1"]},
                    {
                        "id": 9,
                        "default_billing": True,
                        "street": ["Molenweg 3", "b"],
                        "postcode": "3511 ZZ",
                        "city": "Utrecht",
                        "country_id": "NL",
                        "telephone": "0031612345670",
                    },
                ],
            },
            "canonical": {
                "kind": "person",
                "email": "truus@example.org",
                "given_name": "Truus",
                "family_name": "van den Heuvel",
                "phone": "+31612345670",
                "address": {
                    "street": "Molenweg",
                    "number": 3,
                    "addition": "b",
                    "postcode": "3511 ZZ",
                    "city": "Utrecht",
                    "country": "NL",
                },
            },
        },
        {
            "change": {"phone": "+31687654321"},
            "sends": {"addresses": [{"id": 9, "default_billing": True, "telephone": "+31687654321"}]},
        },
        {"change": {"family_name": "Heuvel"}, "sends": {"lastname": "Heuvel", "middlename": ""}},
    ],
}
TYPES = {"given_name": "given_name", "family_name": "family_name", "email": "email", "phone": "phone"}
SCALARS = [name for name in registered() if not registered()[name].parts]


def of_type(name):
    return build(name, **registered()[name].takes)


def shop():
    declared = EntityMapping.model_validate(SHOP)
    types = {field: build(name) for field, name in {**TYPES, "address": "postal_address"}.items()}
    return declared, compile_mapping(declared, types)


def test_the_documented_shop_holds_with_the_types_that_ship():
    declared, compiled = shop()
    assert check_examples(compiled, declared) == []
    assert check_laws(compiled, declared.examples[0].raw or {}) == []


@pytest.mark.parametrize("name", SCALARS)
def test_every_type_obeys_the_laws_at_a_path_and_in_a_list(name):
    fields = {"it": "a.b", "other": {"in": "l", "where": {"x": 1}, "path": "v"}}
    compiled = compile_mapping(
        EntityMapping.model_validate({"fields": fields}), {"it": of_type(name), "other": of_type(name)}
    )
    examples = [raw for raw in registered()[name].examples if not isinstance(raw, dict | list | tuple)]
    assert examples
    for raw in examples:
        for payload in ({"a": {"b": raw}}, {"l": [{"x": 2}, {"x": 1, "v": raw}]}):
            assert check_laws(compiled, payload) == [], payload


@pytest.mark.parametrize(
    "parts",
    [
        ["lines", "postcode", "city", "country"],
        ["lines", "postcode", "city"],
        ["street", "number", "addition", "postcode", "city", "country"],
        ["street", "number", "postcode", "city", "country"],
        ["street", "postcode", "city", "country"],
    ],
)
def test_addresses_obey_the_laws_in_every_shape_of_parts(parts):
    compiled = compile_mapping(
        EntityMapping.model_validate(
            {"fields": {"address": {"parts": {part: f"home.{part}" for part in parts}}}}
        ),
        {"address": build("postal_address")},
    )
    examples = [raw for raw in build("postal_address").examples if isinstance(raw, dict)]
    rng, asked = random.Random(5), 0
    for raw in examples:
        shown = {"home": {part: raw[part] for part in parts if part in raw}}
        wanted = compiled.types["address"].normalise(rng.choice(examples))
        assert check_laws(compiled, shown) == [], shown
        assert check_laws(compiled, shown, {"address": wanted}) == [], (shown, wanted)
        asked += 1
    assert asked > 10


def test_a_system_without_country_is_lossy_and_one_with_all_parts_is_not():
    def lossy(*parts):
        fields = {"address": {"parts": {part: part for part in parts}}}
        types = {"address": build("postal_address")}
        return compile_mapping(EntityMapping.model_validate({"fields": fields}), types).terms["address"].lossy

    assert lossy("lines", "postcode", "city")
    assert not lossy("street", "number", "addition", "postcode", "city", "country")


@pytest.mark.parametrize("parts", [["amount", "currency"], ["amount"]])
def test_money_obeys_the_laws_with_and_without_a_place_for_its_currency(parts):
    written = {"fields": {"revenue": {"parts": {part: f"total.{part}" for part in parts}}}}
    money = of_type("money")
    compiled = compile_mapping(EntityMapping.model_validate(written), {"revenue": money})
    shown = [{part: raw.get(part) for part in parts} for raw in money.examples if isinstance(raw, dict)]
    for raw in ({"total": one} for one in shown):
        assert check_laws(compiled, raw) == [], raw
        for wanted in map(money.normalise, money.examples):
            assert check_laws(compiled, raw, {"revenue": wanted}) == [], (raw, wanted)


def test_tags_obey_the_laws_as_a_list_and_as_a_text_and_stand_in_examples_as_a_list():
    tags = of_type("tags")
    example = {"raw": {"groups": ["vip", "nieuw"]}, "canonical": {"tags": ["vip", "nieuw"]}}
    written = EntityMapping.model_validate({"fields": {"tags": "groups"}, "examples": [example]})
    compiled = compile_mapping(written, {"tags": tags})
    assert check_examples(compiled, written) == []
    for raw in tags.examples:
        for shown in ([], ["x"], "x", "x; y", None):
            wanted = {"tags": tags.normalise(raw)}
            assert check_laws(compiled, {"groups": shown}, wanted) == [], (raw, shown)
