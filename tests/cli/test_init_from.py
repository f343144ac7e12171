"""`init --from`: what a newcomer sees of their own files, and a first sync on them that writes nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli.commands import app
from tests.config import lists

KEYS = {"folder", "files", "systems", "skipped", "set"}
SYSTEM_KEYS = {"system", "kind", "from", "rows", "sampled", "unread", "key", "modified", "columns"}
COLUMN_KEYS = {"column", "field", "part", "role", "type", "valid", "blanks", "note"}


def run(*words: str):
    answer = CliRunner().invoke(app, list(words))
    if answer.exception and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer


@pytest.fixture
def files(tmp_path):
    who = lists.people(120, 3)
    return [str(lists.relations(tmp_path, who)), str(lists.database(tmp_path / "shop.db", who[40:]))]


def digests(files):
    return [hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files]


def test_own_files_give_a_conflict_report_in_one_go_and_nothing_is_written(tmp_path, files):
    folder, before = str(tmp_path / "zaak"), digests(files)
    made = run("init", folder, "--from", files[0], "--from", files[1])
    assert made.exit_code == 0
    assert "passes its check" in made.stdout
    assert run("check", "--project", folder).exit_code == 0
    told = json.loads(run("sync", "--project", folder, "--json").stdout)
    assert told["written"] == 0
    assert told["conflicts"]["open"] > 0
    assert "first-sync difference" in told["conflicts"]["by_class"]
    assert digests(files) == before


def test_every_column_is_told_with_its_field_type_share_and_blanks(tmp_path, files):
    answer = run("init", str(tmp_path / "zaak"), "--from", files[0])
    line = next(line for line in answer.stdout.splitlines() if "Tel. priv" in line)
    assert line.split()[2:6] == ["phone", "phone", "100", "%"]
    assert "Relaties export 20261101.csv is relaties: 120 rows" in answer.stdout
    assert "no part of an address here" in answer.stdout


def test_the_answer_in_json_has_the_documented_keys(tmp_path, files):
    words = ["--from", files[0], "--from", files[1], "--json"]
    made = json.loads(run("init", str(tmp_path / "zaak"), *words).stdout)
    assert made.keys() == KEYS
    assert made["systems"][0].keys() == SYSTEM_KEYS
    assert made["systems"][0]["columns"][0].keys() == COLUMN_KEYS
    assert [one["from"] for one in made["skipped"]] == ["shop.db, orders"]
    assert "mappings/relaties.yaml" in made["files"]


def test_an_existing_project_is_refused_and_left_alone(tmp_path, files):
    folder = tmp_path / "zaak"
    run("init", str(folder), "--from", files[0])
    before = (folder / "config/hub.yaml").read_bytes()
    again = run("init", str(folder), "--from", files[1])
    assert again.exit_code == 2
    assert again.stdout == ""
    assert "config/hub.yaml" in again.stderr
    assert (folder / "config/hub.yaml").read_bytes() == before


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path):
    answer = run("init", str(tmp_path / "zaak"), "--from", str(tmp_path / "nowhere.csv"))
    assert answer.exit_code == 2
    assert "there is no such file" in answer.stderr
    assert not (tmp_path / "zaak").exists()
