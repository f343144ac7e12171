"""The pages for people are right: their projects load, their commands exist, their links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
import typer.main
import yaml
from typer.core import TyperGroup

from config.loader import Project, load_project
from config.problems import ConfigError
from config.project import init_project
from flows.cli import commands as _commands  # registers every command
from flows.cli.surface import app
from tests.docs.pages import PAGES, ROOT, Block, blocks, headings, links, prose

PROJECT_PAGES = [page for page in PAGES if any(b.file and b.language == "yaml" for b in blocks(page))]
WRITTEN = re.compile(r"`((?:[\w.]+/)+\w+\.(?:py|yaml|json|md|toml|svg)|[A-Z]\w+\.md)`")
"""Files that the text names."""


class Pages:
    """A project folder that grows with the blocks of a page, from the starter project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        init_project(folder)

    def write(self, block: Block) -> None:
        path = self.folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, "utf-8")

    def load(self) -> Project:
        """With mappings of the systems that hub.yaml names, and every variable set."""
        hub = yaml.safe_load((self.folder / "config/hub.yaml").read_text("utf-8"))
        for mapping in (self.folder / "mappings").glob("*.yaml"):
            if mapping.stem not in hub["systems"]:
                mapping.unlink()
        return load_project(self.folder, Variables())


class Variables(dict[str, str]):
    """An environment in which everything is set."""

    def __missing__(self, name: str) -> str:
        return "set"

    def get(self, name: str, default: object = None) -> str:  # type: ignore[override]
        return "set"


def steps(page: Path) -> list[list[Block]]:
    """The files of a page in groups: a group ends where a file comes again, or a wrong one."""
    grouped: list[list[Block]] = [[]]
    for block in blocks(page, "yaml"):
        if not block.file:
            continue
        if block.wrong or any(block.file == other.file or other.wrong for other in grouped[-1]):
            grouped.append([])
        grouped[-1].append(block)
    return [group for group in grouped if group]


@pytest.mark.parametrize("page", PROJECT_PAGES, ids=lambda page: page.name)
def test_the_projects_of_a_page_load(page, tmp_path):
    project, loaded = Pages(tmp_path), 0
    for group in steps(page):
        if not group[0].wrong:
            for block in group:
                project.write(block)
            assert project.load().hub.systems
            loaded += 1
    assert loaded


@pytest.mark.parametrize("page", PROJECT_PAGES, ids=lambda page: page.name)
def test_the_mistakes_of_a_page_are_told_as_it_says(page, tmp_path):
    project = Pages(tmp_path / "project")
    told = blocks(page)
    for at, block in enumerate(told):
        if not block.file or block.language != "yaml":
            continue
        if not block.wrong:
            project.write(block)
            continue
        spoilt = Pages(tmp_path / f"spoilt {at}")
        shutil.copytree(project.folder, spoilt.folder, dirs_exist_ok=True)
        spoilt.write(block)
        with pytest.raises(ConfigError) as caught:
            spoilt.load()
        assert told[at + 1].text.split() == str(caught.value).split()


def commands(page: Path) -> list[list[str]]:
    """The arguments of every `klantbeeld` command in the blocks of a page."""
    lines = [line for block in blocks(page, "sh") for line in block.text.splitlines()]
    split = [shlex.split(line, comments=True) for line in lines]
    return [words[1:] for words in split if words[:1] == ["klantbeeld"]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_are_there_with_their_options(page):
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup) and _commands
    for words in commands(page):
        plain = words[: words.index(">")] if ">" in words else words
        command = group.commands.get(plain[0])
        assert command, f"{page.name}: klantbeeld has no command {plain[0]}"
        command.make_context(plain[0], plain[1:], obj=Path())


def test_make_targets_that_are_named_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {t for page in PAGES for t in re.findall(r"`make (\w+)`", page.read_text("utf-8"))}
    named |= {
        t for page in PAGES for b in blocks(page) for t in re.findall(r"^make (\w+)", b.text, re.MULTILINE)
    }
    assert named <= targets
    assert {"demo", "test"} <= named


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for file, heading in links(page):
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{page.name} links to {file}, which does not exist"
        if heading:
            assert heading in headings(target), f"{page.name}: {target.name} has no heading #{heading}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page):
    own = {block.file for other in PAGES for block in blocks(other)}
    starter = {"config/policy/customer.yaml", "config/hub.yaml"}
    for found in WRITTEN.findall(prose(page)):
        name = found.removeprefix("../")
        assert name in own | starter or (ROOT / name).exists(), (
            f"{page.name} names {name}, which does not exist"
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_no_machine(page):
    assert not re.findall(r"/(?:home|work|root|Users)/", page.read_text("utf-8"))
