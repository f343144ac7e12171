"""Whatever a steward can read exists in both languages: the sentences are collected from the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.cli.picture import WHY
from reconcile.decide import answers
from reconcile.records import Conflict
from reconcile.report import GROUPS, QUESTIONS, REST
from reconcile.state.runs import RunKind
from reconcile.words import DUTCH, SENTENCES

ROOT = Path(__file__).parents[2]
READ = (
    *(f"flows/cli/{name}.py" for name in ("asking", "consents", "locking", "picture", "preview", "summary")),
    *("flows/cli/workbooks.py", "flows/artifacts.py", "flows/decisions.py", "flows/desk.py"),
    *("flows/workbook.py", "reconcile/decide.py", "reconcile/freshness.py", "reconcile/report.py"),
    *("reconcile/summary.py", "reconcile/spread.py", "reconcile/questions.py", "reconcile/merge.py"),
)
"""What draws a view for stewards, or says something that ends up in one."""
SAME = {"record", "Records", "run", "plan", "status", "system", "Run {run}: {kind}, {state}"}
ALIKE = {"klantbeeld decide --from ", "new value", *WHY}
"""No words for people: a command as it is typed, and names under which the store keeps things."""
NO_VIEW = (ast.Raise, ast.Assert)
"""Errors are for who runs the command; those that answer a steward come through `word`."""


def trees() -> Iterator[tuple[str, ast.Module]]:
    for name in READ:
        yield name, ast.parse((ROOT / name).read_text("utf-8"))


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in names:
                yield node


def texts(node: ast.AST) -> Iterator[str]:
    """Every literal text of an expression, but for keys of shapes: `one["id"]`."""
    if isinstance(node, ast.Subscript):
        yield from texts(node.value)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


def worded() -> Iterator[tuple[str, str]]:
    """(place, text) of everything that is looked up in the other language."""
    for name, tree in trees():
        constants = {
            target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in calls(tree, "word", "number", "_told"):
            counted = isinstance(call.func, ast.Name) and call.func.id == "number"
            for argument in call.args[1:3] if counted else call.args[:1]:
                meant = constants.get(argument.id) if isinstance(argument, ast.Name) else argument
                for text in texts(meant) if meant is not None else ():
                    yield name, text


def phrase(text: str) -> bool:
    """Words for people: at least two of them."""
    return sum(part.isalpha() and len(part) > 1 for part in text.replace(":", "").split()) > 1


def loose(tree: ast.AST) -> Iterator[str]:
    """Every phrase of a module, but for its docstrings and its errors."""
    for node in ast.iter_child_nodes(tree):
        said = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if said or isinstance(node, NO_VIEW):
            continue
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "UsageError":
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and phrase(node.value):
            yield node.value
        yield from loose(node)


def test_what_is_looked_up_is_found():
    found = {text for _, text in worded()}
    assert len(found) > 80
    assert sorted({(at, text) for at, text in worded() if text and text not in DUTCH}) == []


@pytest.mark.parametrize(("name", "tree"), list(trees()), ids=READ)
def test_no_phrase_of_a_view_is_in_one_language_only(name, tree):
    assert sorted({t for t in loose(tree) if t not in DUTCH and t not in SENTENCES and t not in ALIKE}) == []


def test_no_text_goes_to_the_screen_as_it_is():
    """What is printed was looked up, is a value, or is a mark."""
    bare = [
        (name, text)
        for name, tree in trees()
        for call in calls(tree, "print", "say", "table", "_table")
        for argument in call.args
        if isinstance(argument, ast.Constant | ast.JoinedStr)
        for text in texts(argument)
        if any(c.isalpha() for c in text) and text not in DUTCH and text not in ALIKE
    ]
    assert bare == []


@pytest.mark.parametrize("english", DUTCH)
def test_dutch_is_no_english(english):
    assert DUTCH[english] != english or english in SAME | {"open#"}


def test_headings_and_kinds_of_runs_are_known():
    assert {*GROUPS, *QUESTIONS, REST, *RunKind.__args__} - DUTCH.keys() == set()


@pytest.mark.parametrize("why", ['["address changed","shop",["news"]]', '["bounced","mail","news"]'])
def test_every_answer_is_told_in_both_languages(why):
    asked = Conflict(1, 1, "email", "shop", "consent", "high", "", why, (), "", 1)
    english, dutch = answers(asked), answers(asked, "nl")
    assert english.keys() == dutch.keys()
    assert not set(english.values()) & set(dutch.values())
