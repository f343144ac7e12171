"""YAML 1.1 reads a country as False and a phone number as an octal; here nothing is lost."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from config.problems import ConfigError
from config.yaml12 import MOST_VALUES, load, loads


@pytest.mark.parametrize(
    "text",
    [
        *("NO", "no", "No", "yes", "Yes", "YES", "on", "On", "off", "OFF", "y", "n"),
        *("0612345670", "007", "-01", "00", "+31612345679", "+1", "06.12345678", "+31.6"),
        *("12:30:00", "1:20", "190:20:30", "1_000", "1_0.5", "0x1F", "0o14", "0b11"),
        *("2024-01-31", "2024-01-31T12:30:00Z", "31-01-2024", "tRue", "nULL", "1 2", "1e", "=", "-", "."),
        *("1234567890123456", "-1234567890123456", "0.1234567890123456"),
    ],
)
def test_what_yaml_1_1_would_change_stays_text(text: str) -> None:
    assert loads(f"key: {text}" if text != "-" else "key: '-'", "f").data == {"key": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *((word, None) for word in ("null", "Null", "NULL", "~", "")),
        *(("0", 0), ("12", 12), ("-3", -3), ("123456789012345", 123456789012345)),
        *(("1.5", 1.5), ("-0.5", -0.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("2.5E-1", 0.25)),
        *((".inf", math.inf), ("-.INF", -math.inf)),
        *(("'12'", "12"), ('"true"', "true"), ("'~'", "~"), ("!!str 12", "12"), ("!!int 12", 12)),
    ],
)
def test_the_core_schema_is_read(text: str, value: object) -> None:
    read = loads(f"key: {text}", "f").data
    assert isinstance(read, dict)
    assert read["key"] == value
    assert type(read["key"]) is type(value)


def test_country_norway_and_a_number_are_keys_like_any_other() -> None:
    assert loads("{NO: 1, 31: b, true: c}", "f").data == {"NO": 1, 31: "b", True: "c"}


def test_an_empty_file_holds_nothing() -> None:
    assert loads("# only a comment\n", "f").data is None


def test_aliases_repeat_a_value() -> None:
    assert loads("a: &x [1, 2]\nb: *x", "f").data == {"a": [1, 2], "b": [1, 2]}


def test_every_path_knows_the_line_of_its_key_and_of_its_value() -> None:
    document = loads("a:\n  b: 1\n  c:\n    - x\n    -\n      d: 2\ne: 3\n", "f")
    assert document.data == {"a": {"b": 1, "c": ["x", {"d": 2}]}, "e": 3}
    assert [document.line(p) for p in [("a", "b"), ("a", "c"), ("a", "c", 1, "d"), ("e",)]] == [2, 4, 6, 7]
    assert document.line(("a", "c"), key=True) == 3
    assert document.line(("a", "c", 0)) == 4


def test_a_path_that_is_not_written_has_the_line_of_the_block_that_lacks_it() -> None:
    document = loads("x: 1\na:\n  b:\n    c: 1\n", "f")
    assert document.line(("a", "b", "missing")) == 3
    assert document.line(("missing",)) == 1


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3", 3, ["a: found the key 'a' twice, on line 1 and line 3"]),
        ("a:\n  x: 1\n  x: 2", 3, ["a.x: found the key 'x' twice, on line 2 and line 3"]),
        ("a: &b {c: 1}\nd:\n  <<: *b", 3, ["d: found the merge key <<", "alias"]),
        ("a:\n\tb: 1", 2, ["column 1", "spaces instead of the tab"]),
        ("a: b: c", 1, ["column 5", "quotes around a value"]),
        ("a: [1,\n  2", 2, ["closing bracket"]),
        ("a: 'x\n", 2, ["closing quote"]),
        ("a:\n  b: 1\n c: 2", 3, ["column 2", "same indentation"]),
        ("a: @x", 1, ["column 4", "quotes around a value that begins with this"]),
        ("a: *x", 1, ["column 4", "an anchor"]),
        ("a: 1\n---\nb: 2", 2, ["one document"]),
        ('a: "\\q"', 1, ["column 6", "single quotes"]),
        ("b: 1\na: x\x07y", 2, ["column 5", "control characters"]),
        ("a: &x\n  - *x", 1, ["a[0]: found an alias of the block it stands in"]),
        ("a: !python/object:os.system x", 1, ["a: found the tag", "without a tag"]),
        ("a: !!int yes", 1, ["a: found the tag !!int"]),
        ("? [a, b]\n: 1", 1, ["found a key that is no name"]),
        ("1.5: a", 1, ["found a key that is no name"]),
    ],
)
def test_wrong_notation_is_told_with_its_line_and_a_way_out(text: str, line: int, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        loads(text, "x.yaml")
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"x.yaml:{line}: ")
    assert [word for word in words if word not in str(problem)] == []


def test_all_doubled_keys_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        loads("a: 1\na: 2\nb: {c: 1, c: 2}", "f")
    assert [problem.line for problem in caught.value.problems] == [2, 3]


def test_aliases_of_aliases_cannot_fill_the_memory() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(ConfigError, match=f"more than {MOST_VALUES} values"):
        loads("\n".join(rows), "f")


@pytest.mark.parametrize("text", ["token: *Zx81secret", "token: !Zx81secret", "token: !Zx81!secret x"])
def test_a_password_that_breaks_the_notation_is_not_printed(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loads(text, "f")
    assert "Zx81" not in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_bytes(b"\xef\xbb\xbfa: caf\xc3\xa9\n")
    assert load(tmp_path / "f.yaml", "f.yaml").data == {"a": "café"}


def test_another_encoding_is_told_with_the_line_of_its_first_odd_byte(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(ConfigError, match=r"^f.yaml:2: found a byte that is not UTF-8"):
        load(tmp_path / "f.yaml", "f.yaml")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^f.yaml:1: found no readable file"):
        load(tmp_path / "f.yaml", "f.yaml")
