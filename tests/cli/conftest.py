"""A company with two CSV files: small, quick, and with one of everything that a command has to tell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli.commands import app

HUB = """\
language: en
state: sqlite:///klantbeeld.db
systems:
  crm: {kind: csv, path: crm.csv, key: id, modified: changed, writes: all}
  shop: {kind: csv, path: shop.csv, key: nr, modified: changed, writes: all}
"""
POLICY = """\
first_sync: [majority]
fields:
  given_name: {type: given_name, label: Voornaam}
  family_name: {type: family_name, label: Achternaam}
  email: {type: email, label: E-mail}
  phone: {type: phone, label: Telefoon}
  iban: {type: iban, label: IBAN, edits_from: [crm], sensitive: true}
link:
  - {name: same e-mail, when: [email], unless: [other_initial]}
"""
CRM_MAPPING = """\
customer:
  kind: {always: person}
  fields: {given_name: first, family_name: last, email: mail, phone: tel, iban: iban}
  examples:
    - raw: {id: "1", first: Ada, last: Berg, mail: Ada@example.org, tel: "", iban: ""}
      canonical: {kind: person, given_name: Ada, family_name: Berg, email: ada@example.org}
"""
SHOP_MAPPING = """\
customer:
  kind: {always: person}
  fields: {given_name: voornaam, family_name: achternaam, email: email, phone: telefoon}
"""
IBAN = "NL91ABNA0417164300"
CRM = f"""\
id,first,last,mail,tel,iban,changed
1,Ada,Berg,ada@example.org,+31612345678,{IBAN},2026-01-01 10:00:00
2,Ben,[red]Dijk,ben@example.org,+31687654321,,2026-01-01 10:00:00
3,,=Kaya,cem@example.org,+31611111111,,2026-01-01 10:00:00
4,,=Kaya,cem@example.org,+31611111111,,2026-01-01 10:00:00
"""
SHOP = """\
nr,voornaam,achternaam,email,telefoon,changed
11,Ada,Berg,ada@example.org,+31622222222,2026-01-01 10:00:00
12,Ben,[red]Dijk,ben@example.org,,2026-01-01 10:00:00
"""
FILES = {
    "config/hub.yaml": HUB,
    "config/policy/customer.yaml": POLICY,
    "mappings/crm.yaml": CRM_MAPPING,
    "mappings/shop.yaml": SHOP_MAPPING,
    "crm.csv": CRM,
    "shop.csv": SHOP,
}


class Commands:
    """The command line of one project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str):
        answer = CliRunner().invoke(app, [*words, "--project", str(self.folder)])
        if answer.exception and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        return answer

    def json(self, *words: str):
        return json.loads(self(*words, "--json").stdout)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def here_and_not_on_a_server(monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


@pytest.fixture
def fresh(tmp_path):
    """A project that never ran."""
    return _made(tmp_path / "project")


@pytest.fixture
def synced(tmp_path, synced_once):
    """The project after its first sync and the approval of what that wanted to write."""
    shutil.copytree(synced_once, tmp_path / "project")
    return Commands(tmp_path / "project")


@pytest.fixture(scope="session")
def synced_once(tmp_path_factory):
    commands = _made(tmp_path_factory.mktemp("once") / "project")
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("PREFECT_API_URL", raising=False)
        assert commands("sync").exit_code == 3
        assert commands("apply", "1").exit_code == 0
    return commands.folder


def _made(folder: Path) -> Commands:
    commands = Commands(folder)
    for name, text in FILES.items():
        commands.write(name, text)
    return commands
