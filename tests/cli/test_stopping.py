"""Ctrl-C and SIGTERM while systems are being read: a run of its own process, stopped from outside."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.json_server import JsonServer

ROOT = Path(__file__).parents[2]
HUB = """\
language: en
state: sqlite:///klantbeeld.db
systems:
  crm: {kind: csv, path: crm.csv, key: id, modified: changed, writes: all}
  shop: {kind: json, url: "%s", page_size: 2, writes: all}
"""
MAPPING = """\
customer:
  resource: customers
  kind: {always: person}
  fields: {given_name: first, family_name: last, email: email, phone: phone}
"""


@pytest.fixture
def shop():
    rows = [{"first": "Ada", "last": "Berg", "email": f"a{n}@example.org", "phone": None} for n in range(40)]
    with JsonServer({"customers": rows}) as server:
        server.fault(op="list", kind="delay", value=0.2, times=20, after=1)
        yield server


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_ends_at_the_next_page_and_frees_its_lease(fresh, shop, number, code):
    fresh.write("config/hub.yaml", HUB % shop.url)
    fresh.write("mappings/shop.yaml", MAPPING)
    run = [sys.executable, "-c", "from flows.cli import main; main()", "sync", "--project", fresh.folder]
    process = subprocess.Popen(run, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while shop.counts["list"] < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == code, told
    assert "running again is safe" in told
    assert shop.counts["list"] < 10
    assert fresh.json("runs")["runs"][0]["state"] == "interrupted"
    again = fresh.json("sync")
    assert (again["exit"], again["systems"][1]["read"]) == (0, 40)
