"""A small project that is right, to be made wrong in one place at a time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from config.loader import Project, load_project
from config.problems import ConfigError, Problem

HUB = """\
language: nl
systems:
  books:
    kind: memory
  shop:
    kind: memory
    writes: all
"""
POLICY = """\
rules:
  newest: [most_recent, majority]
  books:
    - system: books
first_sync:
  - systems:
      - books
      - shop
fields:
  given_name:
    type: given_name
  email:
    type: email
    rule: newest
  phone:
    type: phone
  iban:
    type: iban
    rule: books
    edits_from:
      - books
link:
  - name: same e-mail
    when:
      - email
    unless:
      - other_phone
      - other_initial
"""
MAPPING = """\
customer:
  fields:
    given_name: firstname
    email: email
    phone:
      path: phone
  external_id:
    {other}: ids.other
  examples:
    - raw:
        email: Ada@Example.org
      canonical:
        email: ada@example.org
"""


class Files:
    """The files of a project, and what is wrong with them."""

    hub = "config/hub.yaml"
    policy = "config/policy/customer.yaml"
    shop = "mappings/shop.yaml"
    books = "mappings/books.yaml"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write(self.hub, HUB)
        self.write(self.policy, POLICY)
        self.write(self.shop, MAPPING.format(other="books"))
        self.write(self.books, MAPPING.format(other="shop"))

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def load(self, environ: Mapping[str, str] | None = None) -> Project:
        return load_project(self.folder, environ or {})

    def problems(self, environ: Mapping[str, str] | None = None) -> list[Problem]:
        with pytest.raises(ConfigError) as caught:
            self.load(environ)
        return list(caught.value.problems)

    def only_problem(self, environ: Mapping[str, str] | None = None) -> str:
        (problem,) = self.problems(environ)
        return str(problem)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)
