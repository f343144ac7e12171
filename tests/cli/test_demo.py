"""The demo: everything planted is found exactly once. It starts Prefect, once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

KEYS = {
    *("folder", "customers", "seed", "runs", "scores", "not_arrived", "blanked", "written_again", "notation"),
    *("passed",),
}


@pytest.mark.prefect
def test_the_demo_finds_everything_that_was_planted_and_nothing_else(tmp_path):
    command = [
        sys.executable,
        "-c",
        "from flows.cli import main; main()",
        "demo",
        str(tmp_path / "demo"),
        "--json",
    ]
    environment = {
        **os.environ,
        "PREFECT_API_URL": "http://127.0.0.1:1/api",
    }  # the demo has a server of its own
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=180)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told.keys() == KEYS
    assert told["passed"] is True
    assert (told["blanked"], told["not_arrived"], told["written_again"]) == (0, 0, 0)
    planted = sum(row["planted"] for row in told["scores"])
    assert planted > 150
    assert planted == sum(row["found"] for row in told["scores"])
    assert [run["kind"] for run in told["runs"]] == ["sync", "apply", "sync", "sync"]
    assert (tmp_path / "demo/.prefect").is_dir()


def test_a_folder_with_something_else_in_it_is_left_alone(fresh):
    before = sorted(fresh.folder.rglob("*"))
    answer = fresh("demo", str(fresh.folder))
    assert answer.exit_code == 2
    assert "is not empty and is no demo" in answer.stderr
    assert sorted(fresh.folder.rglob("*")) == before
