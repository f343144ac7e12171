"""Consent through the commands: `show`, `sync`, `decide` and the workbook."""

from __future__ import annotations

import openpyxl
import pytest

from tests.cli.conftest import Commands
from tests.cli.test_workbooks import columns

FILES = {
    "config/hub.yaml": """\
language: en
systems:
  mail: {kind: csv, path: mail.csv, key: id, modified: changed, writes: all}
  shop: {kind: csv, path: shop.csv, key: id, modified: changed, writes: all}
""",
    "config/policy/customer.yaml": """\
fields:
  email: {type: email, label: E-mail}
  phone: {type: phone, label: Telefoon}
link:
  - {name: same phone, when: [phone]}
consent:
  newsletter: {channel: email, purpose: marketing, on_email_change: ask}
""",
    "mappings/mail.yaml": """\
customer:
  kind: {always: person}
  fields: {email: address, phone: tel}
  consent:
    newsletter:
      path: status
      granted: ["yes"]
      withdrawn: [gone]
      bounced: [bounced]
      time: since
      proof: {path: proof}
""",
    "mappings/shop.yaml": """\
customer:
  kind: {always: person}
  fields: {email: mail, phone: tel}
  consent:
    newsletter: {path: news, granted: ["1"], denied: ["0"], proof: none}
""",
    "mail.csv": """\
id,address,tel,status,since,proof,changed
1,ada@example.org,0612345678,yes,2026-01-05T08:00:00Z,double,2026-01-05 08:00:00
""",
    "shop.csv": """\
id,mail,tel,news,changed
1,ada@example.org,0612345678,1,2026-01-01 08:00:00
""",
}


@pytest.fixture
def subscribed(tmp_path):
    commands = Commands(tmp_path / "project")
    for name, text in FILES.items():
        commands.write(name, text)
    assert commands("sync").exit_code == 0
    return commands


def edit(commands: Commands, name: str, old: str, new: str) -> None:
    text = (commands.folder / name).read_text(encoding="utf-8")
    assert old in text
    commands.write(name, text.replace(old, new))


def test_a_customer_shows_what_may_be_sent_to_which_address_and_who_said_so(subscribed):
    [one] = subscribed.json("show", "1")["consents"]
    assert {name: one[name] for name in ("consent", "channel", "purpose", "field", "status")} == {
        "consent": "newsletter",
        "channel": "email",
        "purpose": "marketing",
        "field": "email",
        "status": "granted",
    }
    assert one["addresses"] == [
        {
            "address": "ada@example.org",
            "systems": ["mail", "shop"],
            "status": "granted",
            "since": "2026-01-05T08:00:00.000000Z",
            "source": "mail",
            "proof": True,
        }
    ]
    shown = subscribed("show", "1").stdout
    line = next(one for one in shown.splitlines() if "newsletter" in one)
    for text in ("(email, marketing)", "ada@example.org", "mail, shop", "granted", "2026-01-05 08:00", "yes"):
        assert text in line, text
    assert subscribed.json("show", "1", "--field", "phone")["consents"] == []
    assert len(subscribed.json("show", "1", "--field", "email")["consents"]) == 1


def test_a_sync_tells_how_many_withdrawals_went_ahead(subscribed):
    edit(subscribed, "mail.csv", "yes,2026-01-05T08:00:00Z", "gone,2026-01-06T08:00:00Z")
    told = subscribed("sync").stdout
    assert "withdrawn consents, ended ahead of everything else: shop 1" in told
    assert subscribed.json("runs", "2")["counts"]["withdrawals"] == {"shop": 1}
    assert subscribed.json("sync")["withdrawals"] == {}
    assert "withdrawn consents" not in subscribed("sync").stdout
    [one] = subscribed.json("show", "1")["consents"]
    assert (one["status"], one["addresses"][0]["source"]) == ("withdrawn", "mail")


@pytest.fixture
def moved(subscribed):
    edit(subscribed, "shop.csv", "ada@example.org,0612345678,1", "berg@example.org,0612345678,1")
    subscribed("sync")
    return subscribed


@pytest.mark.parametrize("way", ["decide", "workbook"])
@pytest.mark.parametrize(("choice", "status", "sent"), [("yes", "granted", "yes"), ("no", "unknown", "gone")])
def test_a_question_about_a_changed_address_is_answered(moved, tmp_path, way, choice, status, sent):
    [asked] = moved.json("conflicts", "--class", "consent")["conflicts"]
    assert list(asked["answers"]) == ["yes", "no"]
    if way == "decide":
        told = moved.json("decide", str(asked["id"]), choice, "--by", "Eva", "--why", "called her")["decided"]
    else:
        file = tmp_path / "questions.xlsx"
        moved("conflicts", "--format", "xlsx", "--to", str(file))
        book = openpyxl.load_workbook(file)
        sheet = book["questions"]
        at = columns(sheet)
        sheet.cell(2, at["choice"]).value, sheet.cell(2, at["by"]).value = choice, "Eva"
        book.save(file)
        told = moved.json("decide", "--from", str(file))["decided"]
    assert [(one["conflict"], one["choice"]) for one in told] == [(asked["id"], choice)]
    assert moved("sync").exit_code == 0
    assert moved.json("conflicts")["open"] == 0
    [one] = moved.json("show", "1")["consents"]
    assert [(its["address"], its["status"]) for its in one["addresses"]] == [("berg@example.org", status)]
    assert f",{sent}," in (moved.folder / "mail.csv").read_text(encoding="utf-8")


def test_all_of_it_is_in_dutch_where_the_project_is(moved, tmp_path):
    edit(moved, "config/hub.yaml", "language: en", "language: nl")
    edit(moved, "mappings/mail.yaml", "fields: {email: address, phone: tel}", "fields: {email: address}")
    told = moved("sync").stdout
    for text in (
        "Run 3: synchronisatie, gereed",
        "Wat op u wacht",
        "opnieuw gelezen met de gewijzigde mapping",
    ):
        assert text in told, text
    shown = moved("show", "1").stdout
    for text in ("Toestemming", "getoond door", "gezegd in", "onbekend", "stand van:"):
        assert text in shown, text
    [asked] = moved.json("conflicts", "--class", "consent")["conflicts"]
    assert asked["why"].startswith("shop wijzigde het adres; geldt de toestemming voor newsletter")
    assert asked["answers"]["no"] == "die geldt daar niet voor"
    file = tmp_path / "vragen.xlsx"
    assert "vul keuze en door in" in moved("conflicts", "--format", "xlsx", "--to", str(file)).stdout
    book = openpyxl.load_workbook(file)
    sheet = book["vragen"]
    at = columns(sheet)
    assert {"nr", "ernst", "klant", "veld", "shop zegt", "soort", "waarom", "keuze", "waarde", "door"} <= set(
        at
    )
    row = next(n for n in range(2, 9) if str(sheet.cell(n, at["nr"]).value) == str(asked["id"]))
    sheet.cell(row, at["keuze"]).value = "no"
    book.save(file)
    refused = moved("decide", "--from", str(file)).stdout
    assert "de naam van wie besliste ontbreekt, in de kolom door" in refused
    sheet.cell(row, at["door"]).value = "Eva"
    book.save(file)
    assert "1 antwoord uitgevoerd" in moved("decide", "--from", str(file)).stdout
    assert "vraag 99 bestaat niet" in moved("decide", "99", "keep").stderr
