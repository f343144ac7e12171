"""One look at the whole folder: all problems at once, or a project that is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.memory import MemoryAdapter
from config.loader import load_project
from config.opening import open_adapters
from config.problems import ConfigError, Problem


def places(problems: list[Problem]) -> set[tuple[str, int]]:
    return {(problem.file, problem.line) for problem in problems}


def test_all_problems_of_all_files_come_at_once(files: Any) -> None:
    files.change(files.hub, "language: nl", "language: fr")
    files.change(files.hub, "    writes: all", "    writes: perhaps")
    files.change(
        files.policy, "    type: email\n    rule: newest", "    type: emial\n    rule: newst\n    zzz: 1"
    )
    files.change(files.shop, "    given_name: firstname", "    given_nam: firstname")
    files.change(files.books, "customer:", "customer:\n  kind: person\n  kind: person")
    assert places(files.problems()) == {
        *((files.hub, 1), (files.hub, 7), (files.policy, 13), (files.policy, 14), (files.policy, 15)),
        *((files.shop, 3), (files.books, 3)),
    }


def test_what_is_wrong_in_a_file_does_not_silence_the_checks_of_the_rest(files: Any) -> None:
    files.change(files.policy, "    type: phone\n", "    typ: phone\n")
    files.change(files.policy, "    - system: books", "    - system: boks")
    found = [(problem.line, problem.path) for problem in files.problems()]
    assert found == [
        (4, ("rules", "books", 0, "system")),
        (15, ("fields", "phone", "type")),
        (16, ("fields", "phone", "typ")),
    ]


def test_an_empty_folder_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_project(tmp_path, {})
    assert {problem.file for problem in caught.value.problems} == {"config/hub.yaml", "config/policy"}


@pytest.mark.parametrize(
    "text", ["", "[]", "text", "5", "systems: []", "systems: {shop: []}", "systems: {1: {}}"]
)
@pytest.mark.parametrize("name", ["hub", "policy", "shop"])
def test_a_file_of_any_other_shape_is_a_problem_and_no_crash(files: Any, name: str, text: str) -> None:
    files.write(getattr(files, name), text)
    assert getattr(files, name) in {problem.file for problem in files.problems()}


@pytest.mark.parametrize(
    "hub",
    [
        "    token: hunter22\n",
        "    records: [{password: hunter22}]\n    page_size: hunter22\n",
        "    page_size:\n      secret: hunter22\n",
        "    oauth: {env: hunter22}\n",
        "    records: https://ada:hunter22@shop.example\n",
    ],
)
def test_no_secret_is_printed(files: Any, hub: str) -> None:
    files.change(files.hub, "    writes: all\n", f"    writes: all\n{hub}")
    text = "\n".join(map(str, files.problems()))
    assert "systems.shop" in text
    assert "hunter22" not in text


def test_the_digest_changes_with_a_decision_and_not_with_a_comment(files: Any) -> None:
    before = files.load().digest
    files.change(files.policy, "rules:\n", "# our rules\nrules:\n")
    assert files.load().digest == before
    files.change(files.hub, "language: nl", "language: en")
    assert files.load().digest == before
    files.change(files.policy, "majority", "most_complete")
    policy = files.load().digest
    files.change(files.shop, "given_name: firstname", "given_name: first")
    mapping = files.load().digest
    files.change(files.hub, "writes: all", "writes: ask")
    assert len({before, policy, mapping, files.load().digest}) == 4


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("sqlite:///hub.db", "sqlite:///{folder}/hub.db"),
        ("sqlite:////srv/hub.db", "sqlite:////srv/hub.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://db/hub", "postgresql://db/hub"),
    ],
)
def test_a_relative_database_lies_in_the_project_folder(files: Any, written: str, url: str) -> None:
    assert files.load().state_url == f"sqlite:///{files.folder}/klantbeeld.db"
    files.change(files.hub, "language: nl", f'state: "{written}"')
    assert files.load().state_url == url.format(folder=files.folder)


def test_adapters_open_by_system_and_only_those_asked_for(files: Any) -> None:
    project = files.load()
    opened = open_adapters(project, {})
    assert {name: adapter.system for name, adapter in opened.items()} == {"books": "books", "shop": "shop"}
    assert all(isinstance(adapter, MemoryAdapter) for adapter in opened.values())
    assert list(open_adapters(project, {}, only=["shop"])) == ["shop"]


def test_a_system_that_is_not_there_cannot_be_opened(files: Any) -> None:
    with pytest.raises(ConfigError, match="found no system crm, expected one of books, shop"):
        open_adapters(files.load(), {}, only=["crm"])
