"""`klantbeeld serve` as a process: killed between receipt and reading of a hint, and stopped kindly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconcile.state import hints
from reconcile.state.engine import open_store
from tests.cli.conftest import CRM, FILES, HUB, Commands

ROOT = Path(__file__).parents[2]
SECRET = "f00d" * 8
EVENT_KEYS = {
    *("at", "event", "host", "port", "systems", "run", "kind", "state", "read", "written", "guards", "out"),
    *("system", "status", "why"),
}


class Service:
    """The process, and what it says."""

    def __init__(self, folder: Path) -> None:
        script = "import sys; from flows.cli import main; sys.argv[0] = 'klantbeeld'; main()"
        words = ["serve", "--project", str(folder), "--port", "0", "--json"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "CRM_HOOK": SECRET}
        environment.pop("PREFECT_API_URL", None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *words], env=environment, stdout=subprocess.PIPE, text=True
        )
        self.port = self.next("listening")["port"]

    def next(self, event: str) -> dict[str, Any]:
        """What it says of this event; everything before it is passed over."""
        assert self.process.stdout
        for line in self.process.stdout:
            told: dict[str, Any] = json.loads(line)
            assert told.keys() <= EVENT_KEYS
            if told["event"] == event:
                return told
        raise AssertionError(f"it ended with {self.process.wait()} and said nothing of {event}")

    def hint(self, id: str) -> int:
        address = f"http://127.0.0.1:{self.port}/hooks/crm/{SECRET}"
        body = json.dumps({"nr": id}).encode()
        told = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(told, timeout=10) as answer:
            return int(answer.status)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.setenv("CRM_HOOK", SECRET)
    commands = Commands(tmp_path / "project")
    hooked = HUB.replace("crm: {", "crm: {webhooks: {proof: path, secret: {env: CRM_HOOK}, id: nr}, ")
    for name, text in {**FILES, "config/hub.yaml": hooked}.items():
        commands.write(name, text)
    assert commands("sync").exit_code == 3
    assert commands("apply", "1").exit_code == 0
    assert commands("sync").exit_code == 0
    return commands


def waiting(folder: Path) -> list[str]:
    with (
        closing(open_store(f"sqlite:///{folder}/klantbeeld.db", lambda: datetime.now(UTC))) as store,
        store.read() as conn,
    ):
        return [one.record for one in hints.waiting(conn, "customer", ["crm"], 9)]


def test_a_hint_outlives_a_kill_and_is_read_by_the_next_one_which_stops_when_asked(project: Commands) -> None:
    first = Service(project.folder)
    assert first.hint("1") == 200
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    assert waiting(project.folder) == ["1"]
    project.write("crm.csv", CRM.replace("+31612345678", "+31633333333"))
    second = Service(project.folder)
    told = second.next("run")
    assert (told["kind"], told["read"], told["state"]) == ("part", 1, "done")
    assert second.end(signal.SIGTERM) == 0
    assert waiting(project.folder) == []
    assert "stopped" in (second.process.stdout.read() if second.process.stdout else "")
    assert project.json("show", "crm:1")["records"][0]["read_at"]
