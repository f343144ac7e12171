"""The two adapters of `docs/add-an-adapter.md` work as they stand there."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import httpx
import pytest
import yaml

from adapters.manifest import Call, Fetch, Listing, Manifest, Paging, Rate, RecordPaths
from adapters.registry import KINDS, MODULES
from adapters.rest import RestAdapter, RestSettings
from adapters.settings import Opening, Secret
from tests.docs.pages import ROOT, blocks, prose

PAGE = ROOT / "docs" / "add-an-adapter.md"


def module(file: str) -> ModuleType:
    """A Python block of the page, as if it stood where its first line says."""
    (block,) = [block for block in blocks(PAGE, "python") if block.file == file]
    made = ModuleType(file.removesuffix(".py").replace("/", "."))
    sys.modules[made.__name__] = made
    exec(compile(block.text, f"add-an-adapter.md, {file}", "exec"), made.__dict__)  # our own page
    return made


cards = module("adapters/cards.py")
TestCards = module("tests/adapters/test_cards.py").TestCards


def test_one_line_in_the_registry_makes_the_kind_known(monkeypatch, tmp_path):
    (line,) = re.findall(r'`"(\w+)": "([\w.]+)",`', PAGE.read_text("utf-8"))
    monkeypatch.setitem(MODULES, *line)  # type: ignore[arg-type]
    kind = KINDS["cards"]
    opening = Opening(tmp_path, {"customer": "customer"}, {}.__getitem__)
    (tmp_path / "cards").mkdir()
    assert list(kind.open("cards", kind.settings(path="cards"), opening).pull("customer"))[-1].complete


def test_a_card_that_is_no_json_is_a_problem_and_nobody_is_gone(tmp_path):
    (tmp_path / "1.json").write_text("{", "utf-8")
    (page,) = cards.CardsAdapter("cards", tmp_path).pull("customer")
    assert not page.complete
    assert [place for place, _ in page.problems] == ["1"]


@pytest.fixture
def helpdesk():
    (text,) = [b.text for b in blocks(PAGE, "yaml") if b.file == "kinds/helpdesk.yaml"]
    (answer,) = [b.text for b in blocks(PAGE, "json")]
    asked: list[httpx.Request] = []

    def server(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, text=answer)

    opening = Opening(
        Path(), {"customer": "contacts"}, lambda name: "a key", transport=httpx.MockTransport(server)
    )
    settings = RestSettings(url="https://helpdesk.example/v2", token=Secret(env="HELPDESK_KEY"))
    adapter = RestAdapter("helpdesk", Manifest.model_validate(yaml.safe_load(text)), settings, opening)
    yield adapter, asked
    adapter.close()


def test_the_manifest_reads_the_answer_of_the_page(helpdesk):
    adapter, asked = helpdesk
    (page,) = adapter.pull("customer")
    assert [(record.id, record.version) for record in page.records] == [("17", "4")]
    assert page.complete and page.cursor
    (request,) = asked
    assert request.headers["X-Api-Key"] == "a key"
    assert request.url.path == "/v2/contacts" and request.url.params["limit"] == "100"


def test_the_page_explains_every_key_of_a_manifest():
    words = set(re.findall(r"[\w]+", " ".join(re.findall(r"`([^`]+)`", prose(PAGE)))))
    for model in (Manifest, Rate, Listing, Paging, RecordPaths, Fetch, Call):
        assert model.model_fields.keys() <= words, model.__name__


def test_every_name_of_our_own_that_the_page_imports_is_there():
    imported = [
        (found["module"], name.strip())
        for block in blocks(PAGE, "python")
        for found in re.finditer(r"^from (?P<module>[\w.]+) import (?P<names>.+)$", block.text, re.MULTILINE)
        for name in found["names"].split(",")
    ]
    assert len(imported) > 10
    for module_name, name in imported:
        assert hasattr(importlib.import_module(module_name), name), f"{module_name}.{name}"
