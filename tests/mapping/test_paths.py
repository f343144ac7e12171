from __future__ import annotations

import pytest

from reconcile.errors import RecordError
from reconcile.mapping.paths import getter, parse_path, put, spell
from reconcile.values import MISSING


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("email", ("email",)),
        ("a.b.c", ("a", "b", "c")),
        (r"a\.b.c", ("a.b", "c")),
        (r"a\\.b", ("a\\", "b")),
        ("Straat en nr", ("Straat en nr",)),
    ],
)
def test_a_path_reads_and_spells_back(text, path):
    assert parse_path(text) == path
    assert spell(path) == text


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "a\\b"])
def test_a_malformed_path_is_refused(text):
    with pytest.raises(ValueError, match="expected names with dots"):
        parse_path(text)


def test_a_position_is_refused_and_points_to_in_and_where():
    with pytest.raises(ValueError, match="`in` and `where`"):
        parse_path("phones.0.number")


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"a": {"b": 1}}, 1),
        ({"a": {"b": None}}, None),
        ({"a": {}}, MISSING),
        ({}, MISSING),
        ({"a": None}, None),
        ({"a": ""}, None),
        ({"a": []}, MISSING),
    ],
)
def test_absent_and_null_stay_apart(raw, found):
    assert getter(("a", "b"))(raw) is found


@pytest.mark.parametrize("shape", [["x"], "text", 7])
def test_a_name_asked_of_something_else_quarantines_the_record(shape):
    with pytest.raises(RecordError, match=f"^a: expected a mapping, found {type(shape).__name__};"):
        getter(("a", "b"))({"a": shape})


def test_two_values_for_one_place_are_refused_and_the_same_value_is_not():
    patch: dict[str, object] = {}
    put(patch, ("a", "b"), 1, "a.b")
    put(patch, ("a", "b"), 1, "a.b")
    with pytest.raises(RecordError, match=r"^a\.b: two fields"):
        put(patch, ("a", "b"), 2, "a.b")
    assert patch == {"a": {"b": 1}}
