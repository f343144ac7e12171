"""Kinds are known by name, cost nothing until used, and open with what people wrote."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from adapters.registry import KINDS, MODULES
from adapters.settings import KindSettings, Opening, Secret
from tests.adapters.contract import PEOPLE, live

NOW = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def opening(tmp_path):
    return Opening(tmp_path, {"customer": "people"}, str, clock=lambda: NOW)


@pytest.mark.parametrize("name", MODULES)
def test_every_kind_loads_under_its_own_name(name):
    kind = KINDS[name]
    assert kind.name == name
    assert issubclass(kind.settings, KindSettings)


def test_all_kinds_are_listed_without_loading_any():
    script = (
        "import sys; from adapters.registry import KINDS; names = sorted(KINDS);"
        "loaded = {'httpx', 'sqlalchemy', 'adapters.csvfile', 'adapters.rest'} & sys.modules.keys();"
        "print(names == sorted(set(names)) and len(names) == len(KINDS) and not loaded)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "True", answer.stderr


def test_an_unknown_kind_is_no_kind():
    assert "abacus" not in KINDS
    with pytest.raises(KeyError):
        KINDS["abacus"]


def test_a_kind_opens_an_adapter_under_the_name_of_the_system(opening):
    kind = KINDS["memory"]
    adapter = kind.open("crm", kind.settings.model_validate({"records": list(PEOPLE)}), opening)
    assert adapter.system == "crm"
    records = live(adapter.pull("customer"))
    assert [record.id for record in records] == ["1", "2", "3", "4", "5"]
    assert {record.modified_at for record in records} == {NOW}


def test_a_path_starts_at_the_project(opening):
    (opening.folder / "in").mkdir()
    (opening.folder / "in" / "people.csv").write_text("nr;name\n1;Ada\n")
    kind = KINDS["csv"]
    adapter = kind.open("file", kind.settings.model_validate({"path": "in/people.csv", "key": "nr"}), opening)
    assert [record.payload for record in live(adapter.pull("customer"))] == [{"nr": "1", "name": "Ada"}]


def test_a_setting_that_no_kind_knows_is_an_error():
    with pytest.raises(ValidationError, match="delimeter"):
        KINDS["csv"].settings.model_validate({"path": "x.csv", "key": "nr", "delimeter": ";"})


def test_a_secret_is_written_as_the_name_of_a_variable():
    settings = KINDS["sql"].settings.model_validate({"url": {"env": "SHOP_URL"}})
    assert settings.url == Secret(env="SHOP_URL")
