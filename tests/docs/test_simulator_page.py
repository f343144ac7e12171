"""The simulator of `docs/write-a-simulator.md` works as it stands there, and the page names every fault."""

from __future__ import annotations

import re
import sys
from types import ModuleType

from sandbox.faults import KINDS
from sandbox.kit import System
from sandbox.records import Table
from tests.docs.pages import ROOT, blocks, prose

PAGE = ROOT / "docs" / "write-a-simulator.md"


def module(file: str) -> ModuleType:
    """A Python block of the page, as if it stood where its first line says."""
    (block,) = [block for block in blocks(PAGE, "python") if block.file == file]
    made = ModuleType(file.removesuffix(".py").replace("/", "."))
    sys.modules[made.__name__] = made
    exec(compile(block.text, f"write-a-simulator.md, {file}", "exec"), made.__dict__)  # our own page
    return made


module("sandbox/helpdesk.py")
test_the_page_s_own_test = module("tests/sandbox/test_helpdesk.py").test_a_put_forgets_what_it_is_not_told


def test_the_page_names_every_fault_and_no_other():
    table = PAGE.read_text("utf-8").split("| what goes wrong")[1]
    assert set(re.findall(r"`(\w+)`", table)) == set(KINDS)


def test_what_the_page_says_that_there_is_is_there():
    called = re.findall(r"`self\.(\w+)\(", prose(PAGE))
    assert len(called) > 6
    assert [name for name in called if not hasattr(System, name)] == []
    records = re.findall(r"`(\w+)`", prose(PAGE).split("* **Records**")[1].split("A change made")[0])
    assert len(records) > 8
    assert [name for name in records if not hasattr(Table, name)] == []


def test_the_page_stays_short():
    assert len(PAGE.read_text("utf-8").splitlines()) <= 120
