"""Placeholders: what people type where they have nothing, in any notation of the field."""

from __future__ import annotations

import pytest

from reconcile.mapping import EntityMapping, compile_mapping
from reconcile.placeholders import placeholders
from reconcile.types import build, registered

LISTED = [
    "onbekend",
    "N.v.t.",
    "nvt",
    "-",
    "x",
    "geen",
    "0612345678",
    "geen@geen.nl",
    "1900-01-01",
    "nee",
    "NL",
]
TYPES = {name: build(name, **kind.takes) for name, kind in registered().items()}
KNOWN = placeholders(LISTED, TYPES)


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        *(("phone", raw) for raw in ("06-12345678", "+31 6 12345678", 612345678, "ONBEKEND", "geen")),
        *(("email", raw) for raw in ("Geen@Geen.nl", "mailto:geen@geen.nl", "-", "Nvt")),
        *((field, raw) for field in ("date", "birth_date") for raw in ("01-01-1900", "1 januari 1900", "X")),
        *(("organisation", raw) for raw in ("Onbekend", "N.V.T.", "-")),
        *(("postal_address", raw) for raw in ("onbekend", {"street": "-", "city": "Onbekend"})),
        *(("tags", raw) for raw in ("onbekend", ["x", "-"])),
        *(
            (field, "onbekend")
            for field in ("money", "integer", "boolean", "language", "country", "enum", "url")
        ),
    ],
)
def test_a_placeholder_says_nothing_in_any_notation_of_its_type(field, raw):
    value = TYPES[field].normalise(raw)
    assert value is not None and KNOWN.hold(field, value)


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        ("phone", "0612345679"),
        ("email", "geen@example.nl"),
        ("date", "02-01-1900"),
        ("organisation", "Onbekend Terrein B.V."),
        ("family_name", "van Geen"),
        ("postal_address", {"street": "Dorpsstraat", "number": 12, "addition": "x"}),
        ("tags", ["x", "vip"]),
        ("text", "onbekend adres"),
    ],
)
def test_what_only_resembles_a_placeholder_stays(field, raw):
    assert not KNOWN.hold(field, TYPES[field].normalise(raw))


def test_a_value_that_the_type_lists_is_meant():
    assert not KNOWN.hold("boolean", False) and not KNOWN.hold("country", "NL")
    assert not placeholders(["goud"], TYPES).hold("enum", "goud")
    assert placeholders(["0"], TYPES).hold("integer", 0)


def test_a_record_loses_its_placeholders_and_nothing_else():
    values = {"phone": "+31612345678", "email": "ada@example.nl", "date": None, "elsewhere": "onbekend"}
    KNOWN.blank(values)
    assert values == {"phone": None, "email": "ada@example.nl", "date": None, "elsewhere": "onbekend"}


def test_a_mapping_reads_a_placeholder_as_a_blank_and_another_list_is_another_version():
    written = EntityMapping.model_validate({"fields": {"phone": "tel", "tags": "groups"}})
    types = {"phone": TYPES["phone"], "tags": TYPES["tags"]}
    raw = {"tel": "06 12345678", "groups": ["vip", "nieuw"]}
    with_list, without = compile_mapping(written, types, LISTED), compile_mapping(written, types)
    assert with_list.read(raw)[1] == {"phone": None, "tags": ("nieuw", "vip")}
    assert without.read(raw)[1]["phone"] == "+31612345678"
    other = compile_mapping(written, types, [text.upper() for text in reversed(LISTED)])
    assert with_list.version == other.version != without.version
