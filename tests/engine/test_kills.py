"""SIGKILL, for real: a process with a SQLite store and systems behind sockets, killed anywhere in its run."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from sandbox.json_server import JsonServer
from tests.engine.figures import note
from tests.engine.killed import BEGUN

ROOT = Path(__file__).parents[2]
FIELDS = {"given_name": "first", "family_name": "last", "email": "email", "phone": "phone"}
POLICY = {
    "fields": {name: {"type": name} for name in FIELDS},
    "link": [{"name": "same e-mail", "when": ["email"]}],
    "guards": {"updates": [99, 100], "one_field": [99, 100], "creates": [99, 100]},
}
MINUTES = 11
"""Between two runs: leases have run out, and late effects have shown."""
LATEST = 0.6
"""Seconds after the beginning of a run until it is killed, at most."""


class Company:
    """Two systems, a hub's folder, and somebody who edits in the first system."""

    def __init__(self, folder: Path, books: JsonServer, shop: JsonServer) -> None:
        self.folder, self.books, self.shop = folder, books, shop
        self.runs = 0
        self.wanted: dict[str, str] = {}
        """E-mail → the family name that was entered last."""
        systems = {
            name: {"kind": "json", "url": server.url, "writes": "all", "creates": "all"}
            for name, server in (("books", books), ("shop", shop))
        }
        self.write("config/hub.yaml", {"state": "sqlite:///klantbeeld.db", "systems": systems})
        self.write("config/policy/customer.yaml", POLICY)
        for name in systems:
            mapping = {"resource": "customers", "kind": {"always": "person"}, "fields": FIELDS}
            self.write(f"mappings/{name}.yaml", {"customer": mapping})

    def write(self, name: str, content: object) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(content), "utf-8")

    def work(self, number: int) -> None:
        """Somebody new, and an edit of somebody known."""
        at = f"{self.books.url}/customers"
        person = {
            "first": "Ada",
            "last": f"New{chr(97 + number % 26)}berg",
            "email": f"p{number}@example.org",
        }
        httpx.post(at, json=person | {"phone": None}).raise_for_status()
        self.wanted[person["email"]] = person["last"]
        old = self.books.rows("customers")[number // 2]
        name = f"Edit{chr(97 + number % 26)}{chr(97 + number // 26)}man"
        httpx.patch(f"{at}/{old['id']}", json={"last": name}).raise_for_status()
        self.wanted[old["email"]] = name

    def run(self, kill_after: float | None = None) -> bool:
        """One run of a process of its own; True when it was killed before it was done."""
        self.runs += 1
        command = [sys.executable, "-m", "tests.engine.killed", str(self.folder), str(self.runs * MINUTES)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == BEGUN
            if kill_after is not None:
                time.sleep(kill_after)
                process.kill()
            ended = process.wait(timeout=120)
        assert ended in ((0,) if kill_after is None else (0, -9))
        return ended == -9


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Company]:
    with JsonServer({"customers": []}) as books, JsonServer({"customers": []}) as shop:
        yield Company(tmp_path, books, shop)


def killed_often(made: Company, times: int) -> int:
    """So many runs are killed; how many there were. Then everything must be as if none had been."""
    draw = random.Random("kills")
    number = killed = 0
    while killed < times:
        made.work(number)
        number += 1
        killed += made.run(kill_after=draw.uniform(0, LATEST))
    for _ in range(3):
        made.run()
    for server in (made.books, made.shop):
        rows = server.rows("customers")
        assert len(rows) == len({row["email"] for row in rows}) == number
        assert {row["email"]: row["last"] for row in rows} == made.wanted
    sent = len(made.shop.writes)
    made.run()
    assert len(made.shop.writes) == sent > 0
    return made.runs


def test_a_process_that_is_killed_leaves_nothing_half_done(made: Company) -> None:
    assert killed_often(made, 1) >= 5


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_two_hundred_kills_leave_nothing_half_done(made: Company) -> None:
    runs = killed_often(made, 200)
    note("kills", {"processes killed": 200, "processes run to be killed": runs})
