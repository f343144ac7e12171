"""A manifest is read as YAML 1.2, as every file of a project is."""

from __future__ import annotations

import pytest
import yaml
from pydantic import ValidationError

from adapters.manifest import load

MANIFEST = """\
kind: {kind}
auth: {{X-Account: {kind}}}
rate: {{per_second: 1e1, burst: 4}}
list: {{path: /things, items: {kind}, paging: {{by: page, parameter: page, size: size, at_most: {number}}}}}
record: {{id: {kind}}}
fetch: {{path: "/things/{{id}}"}}
"""


def written(tmp_path, kind="shop", number="1000"):
    path = tmp_path / "shop.yaml"
    path.write_text(MANIFEST.format(kind=kind, number=number), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "word",
    ["NO", "yes", "on", "0612345678", "010", "0x1F", "+31", "1_000", "12:30", "12:30:45", "2026-01-02"],
)
def test_what_yaml_1_1_would_make_something_else_of_is_text(tmp_path, word):
    manifest = load(written(tmp_path, kind=word))
    assert (manifest.kind, manifest.list.items, manifest.record.id) == (word, word, word)
    assert manifest.auth == {"X-Account": word}


@pytest.mark.parametrize(("word", "number"), [("1000", 1000), ("1e3", 1000)])
def test_a_number_is_a_number(tmp_path, word, number):
    manifest = load(written(tmp_path, number=word))
    assert (manifest.list.paging.at_most, manifest.rate.per_second) == (number, 10.0)


@pytest.mark.parametrize("word", ["16:40", "1_000", "01000"])
def test_what_is_no_number_in_yaml_1_2_is_refused_where_one_belongs(tmp_path, word):
    with pytest.raises(ValidationError, match="at_most"):
        load(written(tmp_path, number=f"'{word}x'"))


def test_what_is_no_yaml_is_said_to_be_none(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text("kind: [shop", encoding="utf-8")
    with pytest.raises(yaml.YAMLError):
        load(path)
