"""A small company: books in Moneybird, a newsletter in Mailchimp, a webshop in a CSV file, and the hub."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from adapters.registry import KINDS
from adapters.settings import Opening
from config.loader import load_project
from config.project import write_project
from flows import decisions, steps
from flows.hub import Hub, open_hub
from reconcile.records import Conflict
from reconcile.state import conflicts
from reconcile.state.tables import customer
from sandbox.clock import Clock
from sandbox.mailchimp import Mailchimp, hashed, status_of
from sandbox.moneybird import Moneybird
from sandbox.records import Record
from tests.consent.company import OneByOne
from tests.docs.pages import ROOT

HUB = """\
language: en
state: sqlite:///klantbeeld.db
systems:
  books: {kind: moneybird, url: 'http://books.test/api/v2/123', token: {env: T}, writes: all, creates: all}
  mail: {kind: mailchimp, url: 'http://mail.test/3.0/lists/a1', token: {env: T}, writes: all}
  shop: {kind: csv, path: shop.csv, key: nr, writes: all}
"""
POLICY = """\
rules: {newest: [most_recent, majority]}
first_sync: [majority]
fields:
  organisation: {type: organisation, rule: newest}
  given_name: {type: given_name, rule: newest}
  family_name: {type: family_name, rule: newest}
  email: {type: email, rule: newest}
  phone: {type: phone, rule: newest}
  address: {type: postal_address, rule: newest}
  iban: {type: iban, edits_from: [books], sensitive: true}
link:
  - {name: same e-mail, when: [email]}
consent:
  newsletter: {channel: email, purpose: marketing}
guards: {updates: [5000, 100], creates: [5000, 100], one_field: [5000, 100], conflicts: [5000, 100]}
"""
SHOP = """\
customer:
  fields: {given_name: voornaam, family_name: achternaam, email: email, phone: telefoon}
  consent:
    newsletter: {path: nieuwsbrief, granted: [ja], denied: [nee]}
"""
COLUMNS = ("nr", "voornaam", "achternaam", "email", "telefoon", "nieuwsbrief")
CONFIRMED = {"timestamp_opt": "2026-02-17T09:11:49+00:00", "ip_opt": "192.0.2.1"}


def person(n: int) -> dict[str, str]:
    return {
        "first": f"Ada{chr(97 + n % 26)}",
        "last": f"Berg{chr(97 + n // 26 % 26)}",
        "phone": f"+31612{n:06}",
    }


class Company:
    """The three systems, their users, and the hub between them."""

    def __init__(self, folder: Path, people: int) -> None:
        self.folder, self.clock = folder, Clock()
        known = [(n, person(n)) for n in range(1, people + 1)]
        self.books = Moneybird(
            {
                "contacts": [
                    {"firstname": p["first"], "lastname": p["last"], "phone": p["phone"]}
                    | {"send_invoices_to_email": f"p{n}@example.org", "customer_id": str(n)}
                    for n, p in known
                ]
            },
            clock=self.clock,
        )
        self.mail = Mailchimp(
            {
                "members": [
                    {"email_address": f"P{n}@example.org", **CONFIRMED}
                    | {"merge_fields": {"FNAME": p["first"], "LNAME": p["last"], "PHONE": p["phone"]}}
                    for n, p in known
                ]
            },
            clock=self.clock,
        )
        self.write_shop(
            [
                dict(
                    zip(
                        COLUMNS,
                        (str(n), p["first"], p["last"], f"p{n}@example.org", p["phone"], ""),
                        strict=True,
                    )
                )
                for n, p in known
            ]
        )
        files = {"config/hub.yaml": HUB, "config/policy/customer.yaml": POLICY, "mappings/shop.yaml": SHOP}
        for system, vendor in (("books", "moneybird"), ("mail", "mailchimp")):
            template = (ROOT / "config/templates" / f"{vendor}.yaml").read_text("utf-8")
            files[f"mappings/{system}.yaml"] = template
        write_project(folder, files)

    def sync(self) -> steps.Result:
        """One run, an hour later."""
        self.clock.passes(hours=1)
        with self.hub() as hub:
            result = steps.sync(hub, OneByOne())
            return steps.apply(hub, OneByOne(), result.plan or 0) if result.hits else result

    def open_ones(self) -> list[Conflict]:
        with self.hub() as hub, hub.store.read() as conn:
            return conflicts.list_open(conn, "customer")

    def contact(self, n: int = 1) -> Record:
        (found,) = self.books.table("contacts").find("customer_id", str(n))
        return found

    def member(self, address: str = "p1@example.org") -> Record:
        (found,) = self.mail.table("members").find("email_address", address)
        return found

    def edit_contact(self, **values: Any) -> None:
        self.clock.passes(minutes=10)
        self.books.table("contacts").update(self.contact().id, values)

    def edit_member(self, **values: Any) -> None:
        self.clock.passes(minutes=10)
        self.mail.table("members").update(self.member().id, values)

    def shop(self) -> list[dict[str, str]]:
        with (self.folder / "shop.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def write_shop(self, rows: list[dict[str, str]]) -> None:
        with (self.folder / "shop.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)

    def edit_shop(self, **values: str) -> None:
        first, *others = self.shop()
        self.write_shop([first | values, *others])

    def written(self) -> tuple[int, int, str]:
        text = (self.folder / "shop.csv").read_text("utf-8")
        return len(self.books.writes), len(self.mail.writes), text

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        secret: Mapping[str, str] = {"T": "t0ken"}
        project = load_project(self.folder, secret)
        transports = {"books": self.books.transport(), "mail": self.mail.transport(), "shop": None}
        adapters = {
            name: KINDS[project.hub.systems[name].kind].open(
                name,
                project.settings[name],
                Opening(
                    self.folder,
                    {"customer": project.mappings[name]["customer"].resource or "customer"},
                    secret.__getitem__,
                    transport,
                    self.clock,
                    self.clock.sleep,
                ),
            )
            for name, transport in transports.items()
        }
        with open_hub(self.folder, secret, clock=self.clock, adapters=adapters) as hub:
            yield hub


@pytest.fixture
def company(tmp_path: Path) -> Company:
    company = Company(tmp_path, 6)
    company.sync()
    return company


def fields(company: Company) -> dict[str, str]:
    return company.member().values["merge_fields"]


def test_the_three_records_of_each_customer_are_linked_and_a_second_sync_writes_nothing(company):
    with company.hub() as hub, hub.store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(customer)) == 6
    before = company.written()
    company.sync()
    assert company.written() == before
    assert company.open_ones() == []


def test_edits_go_both_ways(company):
    company.edit_contact(phone="020 1234567")
    company.edit_member(merge_fields={"LNAME": "de Vries"})
    company.sync()
    assert (fields(company)["PHONE"], company.shop()[0]["telefoon"]) == ("+31201234567", "+31201234567")
    assert (company.contact().values["lastname"], company.shop()[0]["achternaam"]) == ("de Vries", "de Vries")
    before = company.written()
    company.sync()
    assert company.written() == before
    assert company.books.witness.figures()["lost_edits"] == company.mail.witness.figures()["lost_edits"] == 0


def test_who_unsubscribes_in_mailchimp_is_never_subscribed_again(company):
    company.edit_member(status="unsubscribed")
    company.sync()
    assert company.shop()[0]["nieuwsbrief"] == "nee"
    company.edit_shop(nieuwsbrief="ja", telefoon="+31687654321")
    company.sync()
    company.sync()
    assert company.shop()[0]["nieuwsbrief"] == "nee"
    assert (status_of(company.member()), fields(company)["PHONE"]) == ("unsubscribed", "+31687654321")
    assert not [e for e in company.mail.writes if e.fields().get("status")]


def test_who_subscribes_again_with_proof_is_believed(company):
    company.edit_member(status="unsubscribed")
    company.sync()
    company.clock.passes(minutes=10)
    company.edit_member(status="subscribed", timestamp_opt=company.clock.now.isoformat())
    company.sync()
    company.sync()
    assert (status_of(company.member()), company.shop()[0]["nieuwsbrief"]) == ("subscribed", "ja")


def test_an_address_that_changes_in_the_books_takes_no_consent_along_unasked(company):
    member = company.member()
    company.edit_contact(send_invoices_to_email="nieuw@example.org")
    company.sync()
    moved = company.member("nieuw@example.org")
    assert (moved.id, status_of(moved)) == (member.id, "unsubscribed")
    assert company.mail.rows("members")[0]["id"] != hashed("p1@example.org")
    assert [asked.field for asked in company.open_ones()] == ["email"]
    assert len(company.mail.table("members").live()) == 6


def test_a_consent_that_a_person_carried_along_is_refused_by_mailchimp_once(company):
    company.edit_contact(send_invoices_to_email="nieuw@example.org")
    company.sync()
    (asked,) = company.open_ones()
    with company.hub() as hub:
        decisions.decide(hub, [decisions.Answer(asked.id, "yes", None, asked.fingerprint)], "anna")
    pushed = [company.sync().pushes.get("mail", {}).get("outcomes") for _ in range(3)]
    assert pushed == [{"rejected": 1}, {}, {}]
    assert status_of(company.member("nieuw@example.org")) == "unsubscribed"


def test_an_address_that_changes_in_mailchimp_is_the_same_customer_s(company):
    company.edit_member(email_address="nieuw@example.org")
    company.sync()
    assert company.contact().values["send_invoices_to_email"] == "nieuw@example.org"
    assert company.shop()[0]["email"] == "nieuw@example.org"
    assert len(company.books.table("contacts").live()) == 6
    before = company.written()
    company.sync()
    assert company.written() == before


def test_mail_that_came_back_is_asked_about(company):
    company.edit_member(status="cleaned")
    company.sync()
    assert [(asked.field, asked.cls) for asked in company.open_ones()] == [("email", "invalid")]


@pytest.mark.parametrize("system", ["books", "mail"])
def test_who_is_archived_is_left_alone_and_not_made_again(company, system):
    table = company.books.table("contacts") if system == "books" else company.mail.table("members")
    table.archive(company.contact().id if system == "books" else company.member().id)
    company.sync()
    company.edit_shop(telefoon="+31687654321")
    before = len(table.live())
    company.sync()
    company.sync()
    archived = [record for record in table.live() if record.archived]
    assert (len(table.live()), len(archived)) == (before, 1)
    assert not [e for e in [*company.books.writes, *company.mail.writes] if e.after.archived]


def test_a_new_customer_of_the_shop_comes_into_the_books_once(company):
    new = ("7", "Cas", "Kok", "cas@example.org", "+31612999999", "")
    company.write_shop([*company.shop(), dict(zip(COLUMNS, new, strict=True))])
    company.books.fault(op="create", kind="lost_answer")
    for _ in range(4):
        company.sync()
    (made,) = company.books.table("contacts").find("send_invoices_to_email", "cas@example.org")
    assert made.values["firstname"] == "Cas"
    assert company.books.witness.figures()["doubles"] == 0


def test_with_trouble_at_work_all_edits_arrive(tmp_path):
    company = Company(tmp_path, 6)
    rates = dict.fromkeys(
        ("throttle", "throttle_bare", "lost_answer", "error", "stale_list", "half_page"), 0.05
    )
    company.books.faults.set_rates(rates)
    company.mail.faults.set_rates({**rates, "throttle_403": 0.05})
    company.sync()
    for number in range(3):
        company.edit_contact(city=f"Plaats {number}", phone=f"020 123456{number}")
        company.edit_member(merge_fields={"LNAME": ("Kok", "Smit", "Bos")[number]})
        company.sync()
    company.books.faults.calm()
    company.mail.faults.calm()
    for _ in range(3):
        company.sync()
    assert (fields(company)["PHONE"], company.contact().values["lastname"]) == ("+31201234562", "Bos")
    before = company.written()
    company.sync()
    assert company.written() == before
    hits = company.books.faults.hits + company.mail.faults.hits
    assert sum(hits.values()) > 5
    for system in (company.books, company.mail):
        figures = system.witness.figures()
        assert (figures["lost_edits"], figures["doubles"]) == (0, 0)


def test_what_changes_cost(tmp_path):
    """A changed contact costs a write and a twentieth of a reading, a changed member one of each."""
    company = Company(tmp_path, 60)
    company.sync()
    company.write_shop([row | {"telefoon": f"+31655{n:06}"} for n, row in enumerate(company.shop())])
    for system in (company.books, company.mail):
        system.counts.clear()
    company.sync()
    assert company.books.counts == {"list": 1, "get": 3, "update": 60}
    assert company.mail.counts == {"list": 2, "get": 60, "update": 60}
    assert not any(one.status == 429 for one in company.books.requests)


def test_nobody_waits_for_a_turn_between_reading_and_writing(tmp_path):
    """At two writes in five seconds a batch would else take most of a minute, and users edit meanwhile."""
    company = Company(tmp_path, 60)
    company.sync()
    company.write_shop([row | {"telefoon": f"+31655{n:06}"} for n, row in enumerate(company.shop())])
    company.sync()
    read_at, windows = None, []
    for one in company.books.requests:
        read_at = one.at if one.op == "get" else read_at
        windows += [(one.at - read_at).total_seconds()] if one.op == "update" and read_at else []
    assert (len(windows), max(windows)) == (60, 0)
