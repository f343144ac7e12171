"""What every command has in common: help, documentation, options, and how it ends."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from flows.cli import exits
from flows.cli.commands import app
from flows.cli.surface import unexpected
from tests.cli import (
    test_audit,
    test_demo,
    test_project,
    test_replay,
    test_running,
    test_sandbox,
    test_stewards,
)
from tests.serve import test_service

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands
NAMES = (
    *("init", "check", "demo", "sandbox", "sync", "plan", "apply", "undo", "conflicts", "decide", "lock"),
    *("show", "runs", "serve"),
)


def section(name):
    found = re.search(rf"^## {name}\b.*?(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert found, f"docs/commands.md has no section on {name}"
    return found[0]


def options(name):
    return [o for p in COMMANDS[name].params if p.param_type_name == "option" for o in p.opts]


def test_these_are_the_commands():
    assert sorted(COMMANDS) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_is_documented(name):
    common = {"--project", "--json", "--debug"}
    own = [option for option in options(name) if option not in common]
    assert [option for option in own if option not in section(name)] == []
    assert common <= set(options(name))
    assert "JSON" in section(name)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("check", test_project.CHECK_KEYS | test_project.RECORD_KEYS),
        ("sync", test_running.SYNC_KEYS | test_running.SYSTEM_KEYS),
        ("plan", test_running.PLAN_KEYS),
        ("conflicts", test_stewards.CONFLICT_KEYS),
        ("show", test_stewards.PICTURE_KEYS | test_stewards.FIELD_KEYS),
        ("runs", test_stewards.RUN_KEYS | test_audit.WRITE_KEYS | test_replay.LETTER_KEYS),
        ("demo", test_demo.KEYS),
        ("sandbox", test_sandbox.KEYS | test_sandbox.SYSTEM_KEYS),
        ("serve", test_service.EVENT_KEYS),
    ],
)
def test_every_key_of_an_answer_in_json_is_documented(name, keys):
    assert [key for key in sorted(keys) if f"`{key}`" not in section(name)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_help_ends_with_an_example_that_names_the_command(name):
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0
    assert f"klantbeeld {name}" in shown.stdout.split("Example:")[1]


def test_every_exit_code_is_documented():
    for code, meaning in exits.MEANINGS.items():
        assert f"| {code} | {meaning.split(';')[0].split(':')[0].split(' (')[0]}" in DOCS


def test_help_needs_no_database_library_and_no_time():
    script = "import sys; from flows.cli import main; sys.argv = ['klantbeeld', '--help']\ntry: main()\n"
    script += "finally: assert not {'sqlalchemy', 'prefect', 'httpx'} & set(sys.modules)"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    assert "conflicts" in done.stdout
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 0.5


def test_the_version_is_told():
    shown = CliRunner().invoke(app, ["--version"])
    assert shown.exit_code == 0
    assert re.fullmatch(r"klantbeeld \d+\.\d+\.\d+\n", shown.stdout)


def test_an_unknown_command_or_option_is_a_usage_error():
    assert CliRunner().invoke(app, ["guess"]).exit_code == 2
    assert CliRunner().invoke(app, ["sync", "--fast"]).exit_code == 2


def test_the_project_is_named_before_or_after_the_command_or_by_the_environment(fresh):
    folder = str(fresh.folder)
    for words, environment in (
        (["--project", folder, "check"], {}),
        (["check", "--project", folder], {"KLANTBEELD_PROJECT": "/nowhere"}),
        (["check"], {"KLANTBEELD_PROJECT": folder}),
    ):
        assert CliRunner().invoke(app, words, env=environment).exit_code == 0


def test_an_unexpected_error_is_one_line_without_its_message(capsys):
    try:
        raise KeyError("ada@example.org")
    except KeyError as error:
        unexpected(KeyError, error, error.__traceback__)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "unexpected KeyError at test_surface.py:" in said
    assert "ada@example.org" not in said


@pytest.mark.parametrize(("words", "traceback"), [((), False), (("--debug",), True)])
def test_an_unexpected_error_exits_with_1_and_a_traceback_only_with_debug(fresh, words, traceback):
    script = (
        "import sys; from flows.cli import main, history\n"
        "history.load_project = lambda *given: {}['secret']\n"
        f"sys.argv = ['klantbeeld', 'runs', '--project', {str(fresh.folder)!r}, *{words!r}]\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == exits.UNEXPECTED
    assert ("Traceback" in done.stderr) is traceback
    assert ("secret" in done.stderr) is traceback
