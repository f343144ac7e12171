"""A rehearsal: simulated systems to sync with, and what they say the hub did."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli.commands import app

ROOT = Path(__file__).parents[2]
KEYS = {"folder", "customers", "seed", "differences", "faults", "systems"}
SYSTEM_KEYS = {"system", "url", "admin", "records"}


def start(folder, *words, **pipes):
    command = [sys.executable, "-c", "from flows.cli import main; main()", "sandbox", str(folder), *words]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, **pipes)


def run(*words):
    return CliRunner().invoke(app, [*words])


def test_a_rehearsal_is_synced_and_its_differences_are_found(tmp_path):
    folder = tmp_path / "rehearsal"
    words = ("--customers", "40", "--seed", "7", "--faults", "throttle=0.1", "--json")
    with start(folder, *words) as process:
        try:
            told, _ = json.JSONDecoder().raw_decode(until_whole(process))
            assert told.keys() == KEYS
            assert [one.keys() for one in told["systems"]] == [SYSTEM_KEYS, SYSTEM_KEYS]
            assert run("check", "--online", "--project", str(folder)).exit_code == 0
            assert run("sync", "--project", str(folder)).exit_code == 3
            assert run("apply", "1", "--project", str(folder)).exit_code == 0
            found = json.loads(run("conflicts", "--json", "--project", str(folder)).stdout)["conflicts"]
            figures = [truth(one["admin"])["figures"] for one in told["systems"]]
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
    planted = json.loads((folder / "truth.json").read_text("utf-8"))
    asked = [one for one in found if one["class"] == "first-sync difference"]
    assert len(asked) == len(planted["differences"]) == told["differences"] > 2
    lacking = sum(len(one["records"]) == 1 for one in planted["people"])
    assert sum(one["hub_writes"] for one in figures) == lacking > 2
    assert {one["doubles"] + one["lost_edits"] for one in figures} == {0}


def until_whole(process):
    text = ""
    while not text.endswith("\n}\n"):
        text += process.stdout.readline()
    return text


def truth(admin):
    with urllib.request.urlopen(f"{admin}/truth") as answer:
        return json.load(answer)


def test_people_are_told_where_the_systems_are_and_at_the_end_what_the_hub_did(tmp_path):
    with start(tmp_path, "--customers", "5") as process:
        said = [process.stdout.readline() for _ in range(8)]
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "http://127.0.0.1:" in "".join(said) and f"sync --project {tmp_path}" in "".join(said)
    assert "What the hub did, as the systems saw it" in rest


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--faults", "throttle"), "expected NAME=RATE"),
        (("--faults", "no_such=0.1"), "throttle_bare"),
        (("--faults", "error=2"), "a rate from 0 to 1"),
    ],
)
def test_a_fault_that_is_none_is_a_usage_error(tmp_path, words, told):
    answer = run("sandbox", str(tmp_path), *words)
    assert answer.exit_code == 2
    assert told in answer.stderr
    assert not any(tmp_path.iterdir())


def test_a_folder_with_something_else_in_it_is_left_alone(fresh):
    before = sorted(fresh.folder.rglob("*"))
    answer = fresh("sandbox", str(fresh.folder))
    assert answer.exit_code == 2
    assert "is not empty and no sandbox" in answer.stderr
    assert sorted(fresh.folder.rglob("*")) == before


def test_a_port_that_is_taken_is_a_usage_error(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = run("sandbox", str(tmp_path), "--port", str(taken.getsockname()[1]))
    assert answer.exit_code == 2
    assert "another --port" in answer.stderr
