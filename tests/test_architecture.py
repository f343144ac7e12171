"""Where code may stand, and what it may touch there. Each rule is proved able to fail, further down."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("flows", "config", "adapters", "reconcile")  # imports go only to the right
OUTSIDE = ("sandbox", "benchmarks", "tests")
MAY_IMPORT_SANDBOX = ("flows/cli/demo.py", "flows/cli/sandbox.py")
STATE_READERS = ("flows", "tests", "benchmarks")
HOMES = {"httpx": "adapters", "tenacity": "adapters", "prefect": "flows"}
IMPURE = {
    *("httpx", "sqlalchemy", "alembic", "prefect", "tenacity", "yaml", "requests", "sqlite3"),
    *(
        "os",
        "logging",
        "random",
        "secrets",
        "time",
        "socket",
        "pathlib",
        "subprocess",
        "threading",
        "asyncio",
    ),
}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
MODULE_LINES, FUNCTION_LINES = 400, 60
MIGRATIONS = "reconcile/state/migrations/"  # a migration is one list of what it makes, however long


def problems(path: str, source: str) -> list[str]:
    """Every rule that this source would break at this place in the tree."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ["does not parse"]
    return [*_imports(path, tree), *_impure(path, tree), *_sizes(path, source, tree), *_excepts(tree)]


def _imports(path: str, tree: ast.Module) -> Iterator[str]:
    folder = path.split("/")[0]
    for name in sorted(set(_imported(path, tree))):
        top = name.split(".")[0]
        if folder in LAYERS and top in LAYERS and LAYERS.index(top) < LAYERS.index(folder):
            yield f"{folder} imports {name}, to its left"
        if folder in LAYERS and top in OUTSIDE and not (top == "sandbox" and path in MAY_IMPORT_SANDBOX):
            yield f"a layer imports {name}, which stands outside"
        if folder in LAYERS and folder != HOMES.get(top, folder):
            yield f"{top} belongs to {HOMES[top]}"
        if _under(name, "reconcile.state") and folder not in STATE_READERS and not _is_state(path):
            yield "reconcile.state is for flows"


def _imported(path: str, tree: ast.Module) -> Iterator[str]:
    """Full names, relative ones resolved; `from a import b` may mean the module a.b."""
    package = path.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _impure(path: str, tree: ast.Module) -> Iterator[str]:
    if not path.startswith("reconcile/") or _is_state(path):
        return
    for name in sorted({name.split(".")[0] for name in _imported(path, tree)} & IMPURE):
        yield f"a pure module imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _effect(node.func)


def _effect(called: ast.expr) -> Iterator[str]:
    if isinstance(called, ast.Name) and called.id in {"open", "input", "print"}:
        yield f"a pure module calls {called.id}()"
    if isinstance(called, ast.Attribute):
        owner = called.value
        name = (
            owner.id
            if isinstance(owner, ast.Name)
            else owner.attr
            if isinstance(owner, ast.Attribute)
            else ""
        )
        if (name, called.attr) in CLOCKS:
            yield "a pure module reads the clock"


def _sizes(path: str, source: str, tree: ast.Module) -> Iterator[str]:
    if len(source.splitlines()) > MODULE_LINES:
        yield f"more than {MODULE_LINES} lines"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not path.startswith(MIGRATIONS):
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno + 1 > FUNCTION_LINES:
                yield f"{node.name} has more than {FUNCTION_LINES} lines"


def _excepts(tree: ast.Module) -> Iterator[str]:
    if any(isinstance(node, ast.ExceptHandler) and node.type is None for node in ast.walk(tree)):
        yield "bare except"


def _under(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def _is_state(path: str) -> bool:
    return path.startswith("reconcile/state/")


def _tree() -> list[str]:
    return sorted(
        str(file.relative_to(ROOT)) for top in (*LAYERS, *OUTSIDE) for file in (ROOT / top).rglob("*.py")
    )


def test_the_tree_keeps_every_rule() -> None:
    found = {path: broken for path in _tree() if (broken := problems(path, (ROOT / path).read_text("utf-8")))}
    assert found == {}


def test_the_whole_tree_is_looked_at() -> None:
    looked_at = {path.split("/")[0] for path in _tree()}
    assert {*LAYERS, "tests"} <= looked_at
    assert "reconcile/resolve.py" in _tree()


LONG_FUNCTION = "def long() -> None:\n" + "    x = 1\n" * FUNCTION_LINES
BROKEN = [
    ("reconcile/x.py", "import adapters.rest", "to its left"),
    ("reconcile/x.py", "from flows import steps", "to its left"),
    ("reconcile/state/x.py", "from config.load import load", "to its left"),
    ("adapters/x.py", "from config import settings", "to its left"),
    ("adapters/a/x.py", "from ...flows import steps", "to its left"),
    ("config/x.py", "def f():\n    import flows", "to its left"),
    ("flows/x.py", "import sandbox.shop", "outside"),
    ("flows/cli/x.py", "from sandbox import shop", "outside"),
    ("adapters/x.py", "from tests import fakes", "outside"),
    ("flows/cli/demo.py", "import tests.fakes", "outside"),
    ("flows/x.py", "import httpx", "httpx belongs to adapters"),
    ("reconcile/state/x.py", "from tenacity import retry", "tenacity belongs to adapters"),
    ("config/x.py", "import prefect", "prefect belongs to flows"),
    ("reconcile/x.py", "from reconcile.state import store", "for flows"),
    ("reconcile/plan/x.py", "from .. import state", "for flows"),
    ("reconcile/x.py", "from .state.tables import record", "for flows"),
    ("config/x.py", "import reconcile.state.tables", "for flows"),
    ("sandbox/x.py", "import reconcile.state", "for flows"),
    *(("reconcile/x.py", f"import {name}", f"imports {name}") for name in sorted(IMPURE)),
    ("reconcile/x.py", "from sqlalchemy.exc import DBAPIError", "imports sqlalchemy"),
    ("reconcile/x.py", "import datetime\nnow = datetime.datetime.now()", "reads the clock"),
    ("reconcile/x.py", "from datetime import datetime\nnow = datetime.utcnow()", "reads the clock"),
    ("reconcile/x.py", "from datetime import date\ntoday = date.today()", "reads the clock"),
    ("reconcile/x.py", "text = open('x').read()", "calls open()"),
    ("tests/x.py", "x = 1\n" * (MODULE_LINES + 1), "more than 400 lines"),
    ("sandbox/x.py", LONG_FUNCTION, "long has more than 60 lines"),
    ("sandbox/x.py", "async " + LONG_FUNCTION, "long has more than 60 lines"),
    ("flows/x.py", "try:\n    pass\nexcept:\n    pass", "bare except"),
    ("config/x.py", "def (:", "does not parse"),
]


@pytest.mark.parametrize(("path", "source", "said"), BROKEN)
def test_a_broken_rule_is_found(path: str, source: str, said: str) -> None:
    assert any(said in problem for problem in problems(path, source))


FINE = [
    (
        "flows/steps.py",
        "import config.load, adapters.rest\nfrom reconcile.state import store\nimport prefect",
    ),
    ("flows/cli/sandbox.py", "from sandbox import shop"),
    ("flows/cli/demo.py", "import sandbox.shop"),
    ("config/load.py", "import os, yaml\nfrom pathlib import Path\nfrom adapters import registry"),
    (
        "adapters/rest.py",
        "import httpx, tenacity\nfrom reconcile.errors import HubError\nfrom .errors import SystemOut",
    ),
    (
        "reconcile/state/store.py",
        "import sqlalchemy, logging, time\nfrom reconcile.state.tables import record",
    ),
    (
        "reconcile/x.py",
        "from datetime import UTC, datetime\nthen = datetime(2026, 1, 1, tzinfo=UTC)\nself.open(then)",
    ),
    ("reconcile/x.py", "from reconcile import statements"),
    ("tests/x.py", "import sandbox, flows, httpx, random\nfrom reconcile.state import store"),
    ("reconcile/x.py", "x = 1\n" * MODULE_LINES),
    ("reconcile/state/migrations/versions/x.py", LONG_FUNCTION),
]


@pytest.mark.parametrize(("path", "source"), FINE)
def test_what_is_allowed_is_not_called_broken(path: str, source: str) -> None:
    assert problems(path, source) == []
