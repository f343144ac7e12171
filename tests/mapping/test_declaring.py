from __future__ import annotations

import pytest
from pydantic import ValidationError

from reconcile.mapping import MappingError, compile_mapping
from reconcile.mapping.model import EntityMapping
from tests.mapping.invented import TYPES, Word, compiled, mapping


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ({}, "either `path` or `parts`"),
        ({"path": "a", "parts": {"city": "b"}}, "either `path` or `parts`"),
        ({"path": "a", "in": "b"}, "`in` and `where` go together"),
        ({"path": "a", "where": {"x": 1}}, "`in` and `where` go together"),
        ({"path": "a", "in": "b", "where": {}}, "at least 1"),
        ({"parts": {"city": "b"}, "length": 5}, "belong to a `path`"),
        ({"path": "a", "values": {"x": "y"}, "length": 5}, "`values` stands alone"),
        ({"path": "a", "values": {"x": "z", "y": "z"}}, "'z' is the meaning of two values"),
        ({"path": "a", "values": {1: "y", "1": "z"}}, "'1' stands twice"),
        ({"path": "a", "values": {"": "y"}}, "a blank says nothing"),
        ({"parts": {"city": {"path": "a", "values": {"x": "z", "y": "z"}}}}, "'z' is the meaning of two"),
        ({"path": "a.1"}, "`in` and `where`"),
        ({"path": "a", "write": "sometimes"}, "never"),
        ({"path": "a", "length": 0}, "greater than 0"),
        ({"path": "a", "charset": "latin"}, "ascii"),
        ({"path": "a", "constant": 1}, "Extra inputs"),
        ("a..b", "expected names with dots"),
    ],
)
def test_a_contradiction_is_told_with_what_was_expected(field, message):
    with pytest.raises(ValidationError, match=message):
        mapping({"email": field})


def test_many_values_may_share_a_meaning_where_nothing_is_written():
    shop = compiled({"segment": {"path": "a", "values": {"x": "z", "y": "z"}, "write": "never"}})
    assert shop.read({"a": "x"}) == shop.read({"a": "y"}) == ("person", {"segment": "z"})


@pytest.mark.parametrize(
    "examples",
    [
        [{"raw": {}}],
        [{"raw": {}, "canonical": {}, "sends": {}}],
        [{"change": {"email": "a"}, "sends": {}}],
        [{}],
    ],
)
def test_an_example_is_a_reading_or_a_sending_after_a_reading(examples):
    with pytest.raises(ValidationError):
        mapping({"email": "e"}, examples=examples)


def test_all_that_a_type_cannot_do_is_told_at_once():
    declared = mapping(
        {
            "unheard_of": "a",
            "email": {"path": "b", "infix": "c"},
            "note": {"parts": {"city": "d"}},
            "address": "e",
            "segment": {"path": "f", "values": {"x": " "}},
            "member": {"path": "g", "values": {"x": "a  b", "y": "a b"}},
        }
    )
    with pytest.raises(MappingError) as caught:
        compile_mapping(declared, TYPES)
    assert [problem.path for problem in caught.value.problems] == [
        ("fields", "unheard_of"),
        ("fields", "email", "infix"),
        ("fields", "note", "parts"),
        ("fields", "address"),
        ("fields", "segment", "values", "x"),
        ("fields", "member", "values", "y"),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "a", "note": "a"},
        {"email": "a.b", "note": "a"},
        {"email": "a", "phone": {"in": "a", "where": {"x": 1}, "path": "t"}},
        {
            "email": {"in": "a", "where": {"x": 1}, "path": "t"},
            "phone": {"in": "a", "where": {"x": 1}, "path": "t"},
        },
        {"phone": {"in": "a", "where": {"type": "work"}, "path": "type"}},
    ],
)
def test_fields_that_would_write_over_each_other_are_refused(fields):
    with pytest.raises(MappingError, match="write: never"):
        compiled(fields)
    compiled(
        {
            field: {**(f if isinstance(f, dict) else {"path": f}), "write": "never"}
            for field, f in fields.items()
        }
    )


def version(fields, **rest):
    return compiled(fields, **rest).version


def test_a_version_tells_when_readings_may_change():
    first = version({"email": "e", "note": "n"})
    assert first == version({"note": {"path": "n"}, "email": "e"})
    assert first == version(
        {"email": "e", "note": "n"}, examples=[{"raw": {}, "canonical": {}}], resource="contacts"
    )
    for extra in (
        {"write": "never"},
        {"required": True},
        {"on_loss": "accept"},
        {"length": 3},
        {"charset": "ascii"},
    ):
        assert first == version({"email": "e", "note": {"path": "n", **extra}})
    others = [
        version({"email": "e"}),
        version({"email": "e", "note": "m"}),
        version({"email": "e", "note": {"path": "n", "values": {1: "a", "x": "b"}}}),
        version({"email": "e", "note": {"path": "n", "values": {1: "b", "x": "a"}}}),
        version({"email": "e", "note": {"path": "n", "in": "l", "where": {"x": 1}}}),
        version({"email": "e", "note": "n"}, kind={"always": "organisation"}),
        version({"email": "e", "note": "n"}, external_id={"crm": "x"}),
    ]
    assert len({first, *others}) == len(others) + 1


def test_a_new_version_of_a_type_is_a_new_version_of_the_mappings_that_use_it():
    class Newer(Word):
        version = 2

    declared = mapping({"note": "n"})
    old, new = (compile_mapping(declared, {"note": kind()}) for kind in (Word, Newer))
    abroad, unused = (
        compile_mapping(declared, types) for types in ({"note": Word("BE")}, {"note": Word(), "x": Newer()})
    )
    assert len({old.version, new.version, abroad.version}) == 3
    assert old.version == unused.version


def test_an_editor_may_offer_the_short_and_the_long_form():
    schema = EntityMapping.model_json_schema()
    (field,) = schema["properties"]["fields"]["patternProperties"].values()
    assert {"type": "string"} in field["anyOf"]
    assert {"$ref": "#/$defs/FieldMapping"} in field["anyOf"]
    assert "in" in schema["$defs"]["FieldMapping"]["properties"]
