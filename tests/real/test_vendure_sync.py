"""The example project against a real shop: its twenty customers and the office's list of the same people."""

from __future__ import annotations

import csv
import runpy
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.protocol import Adapter, Change, Outcome, SourceRecord
from config.loader import load_project
from config.opening import open_adapters
from flows import steps
from flows.hub import Hub, open_hub
from reconcile.records import Conflict, Customer
from reconcile.state import conflicts, customers
from tests.adapters.test_vendure_real import REAL, Door

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/vendure"
PEOPLE = ROOT.parent / "shared/systems/customers.py"
SECRETS = {"VENDURE_USERNAME": "superadmin", "VENDURE_PASSWORD": "superadmin"}

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not PEOPLE.exists(), reason="the twenty customers of ../shared are not here"),
]

OWN = "firstName lastName emailAddress phoneNumber"
ADDRESS = "fullName company streetLine1 streetLine2 city postalCode phoneNumber"
LIST = f"{{customers(options:{{take:1000}}){{items{{id {OWN} addresses{{id {ADDRESS}}}}}}}}}"
CHANGE = "mutation($i:UpdateCustomerInput!){updateCustomer(input:$i){__typename}}"
CHANGE_ADDRESS = "mutation($i:UpdateAddressInput!){updateCustomerAddress(input:$i){id}}"


class Shop:
    """The shop as its own staff use it."""

    def __init__(self) -> None:
        self.door = Door()

    def customers(self) -> dict[str, Any]:
        """By e-mail."""
        return {row["emailAddress"]: row for row in self.door.ask(LIST)["customers"]["items"]}

    def change(self, email: str, **own: str) -> None:
        self.door.ask(CHANGE, i={"id": self.customers()[email]["id"], **own})

    def change_address(self, email: str, **fields: str) -> None:
        (address,) = self.customers()[email]["addresses"]
        self.door.ask(CHANGE_ADDRESS, i={"id": address["id"], **fields})

    def put_back(self, before: dict[str, Any]) -> None:
        now = {row["id"]: row for row in self.customers().values()}
        for row in before.values():
            if now[row["id"]] == row:
                continue
            own = {name: value for name, value in row.items() if name != "addresses"}
            self.door.ask(CHANGE, i=own)
            for address in row["addresses"]:
                self.door.ask(CHANGE_ADDRESS, i=address)


class Watched:
    """The shop's adapter: what it is given to send is kept, and somebody may be quicker than the hub."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self.sent: list[Change] = []
        self.meanwhile: Callable[[], None] | None = None
        """What the shop's staff do after our pull and before our write."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.adapter, name)

    def fetch(self, entity: str, ids: Sequence[str]) -> Iterator[SourceRecord]:
        if self.meanwhile:
            once, self.meanwhile = self.meanwhile, None
            once()
        return self.adapter.fetch(entity, ids)

    def push(self, entity: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        self.sent += changes
        return self.adapter.push(entity, changes)


@dataclass
class Pair:
    """The hub with the shop and the office's file."""

    hub: Hub
    shop: Shop
    vendure: Watched
    file: Path

    def sync(self) -> steps.Result:
        result = steps.sync(self.hub, steps.Plainly())
        assert not result.out
        return result

    def office(self) -> dict[str, dict[str, str]]:
        """The rows of the file by e-mail in small letters."""
        with self.file.open(encoding="utf-8-sig", newline="") as file:
            return {row["E-mail"].lower(): row for row in csv.DictReader(file, delimiter=";")}

    def change_office(self, email: str, **columns: str) -> None:
        rows = self.office()
        rows[email].update(columns)
        with self.file.open("w", encoding="utf-8-sig", newline="") as file:
            sheet = csv.DictWriter(file, list(rows[email]), delimiter=";")
            sheet.writeheader()
            sheet.writerows(rows.values())

    def customers(self) -> list[Customer]:
        with self.hub.store.read() as conn:
            return customers.load(conn, list(range(1, 101)))

    def open_conflicts(self) -> list[Conflict]:
        with self.hub.store.read() as conn:
            return list(conflicts.list_open(conn, "customer"))


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    try:
        shop = Shop()
    except httpx.HTTPError:
        pytest.skip(f"no Vendure answers at {REAL}")
    yield shop
    shop.door.http.close()


@pytest.fixture
def pair(shop: Shop, tmp_path: Path) -> Iterator[Pair]:
    """The example before its first sync; afterwards the shop is as it was."""
    before = shop.customers()
    folder = tmp_path / "shop"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("data", "*.db*"))
    office = runpy.run_path(str(EXAMPLE / "office.py"))
    office["write"](office["customers"](PEOPLE), folder / "data/office.csv")
    adapters = open_adapters(load_project(folder, SECRETS), SECRETS)
    vendure = Watched(adapters["vendure"])
    try:
        with open_hub(folder, SECRETS, adapters={**adapters, "vendure": vendure}) as hub:
            yield Pair(hub, shop, vendure, folder / "data/office.csv")
    finally:
        shop.put_back(before)
        assert shop.customers() == before


@pytest.fixture
def linked(pair: Pair) -> Pair:
    """The example after its first sync."""
    pair.sync()
    return pair


HANNA, BRAM = "hanna.vanleeuwen@thuis.example", "bram@willemswijnen.example"


def test_the_first_sync_links_all_twenty_and_writes_nothing(pair):
    result = pair.sync()
    assert [pull.read for pull in result.pulls if pull.system == "office"] == [20]
    both = {"vendure", "office"}
    assert sum({r.system for r in c.records} == both for c in pair.customers()) == 20
    assert result.written == 0 and not pair.vendure.sent
    assert not pair.open_conflicts()


def test_a_second_sync_writes_nothing(linked):
    before = linked.file.read_bytes(), linked.shop.customers()
    result = linked.sync()
    assert result.written == 0 and result.plan_summary["customers"] == 0
    assert (linked.file.read_bytes(), linked.shop.customers()) == before


def test_an_edit_in_the_shop_arrives_in_the_file(linked):
    linked.shop.change(HANNA, phoneNumber="+31611112222")
    assert linked.sync().written == 1
    assert linked.office()[HANNA]["Telefoon"] == "+31 6 11112222"
    assert linked.sync().written == 0


def test_an_edit_in_the_file_arrives_in_the_shop(linked):
    linked.change_office(BRAM, Achternaam="Willems-Bos", Huisnummer="90")
    assert linked.sync().written == 1
    row = linked.shop.customers()[BRAM]
    assert (row["lastName"], row["addresses"][0]["streetLine1"]) == ("Willems-Bos", "Haarlemmerdijk 90")
    assert linked.sync().written == 0


def test_a_number_changed_on_an_address_alone_is_noticed(linked):
    linked.shop.change_address(HANNA, phoneNumber="050 123 45 67")
    assert linked.sync().written == 1
    row = linked.office()[HANNA]
    assert row["Telefoon factuur"] == "+31 50 123 4567" and "35" in row["Telefoon"]
    assert linked.shop.customers()[HANNA]["addresses"][0]["phoneNumber"] == "050 123 45 67"
    assert linked.sync().written == 0


def test_an_email_that_the_shop_makes_small_does_not_come_back(linked):
    linked.change_office(HANNA, **{"E-mail": "Hanna.Nieuw@Thuis.Example"})
    assert linked.sync().written == 1
    assert "hanna.nieuw@thuis.example" in linked.shop.customers()
    again = linked.sync()
    assert again.written == 0 and not linked.open_conflicts()
    assert "Hanna.Nieuw@Thuis.Example" in linked.file.read_text("utf-8-sig")


def test_an_edit_between_our_reading_and_our_writing_is_asked_and_not_overwritten(linked):
    linked.change_office(HANNA, Telefoon="06 33 33 33 33")
    linked.vendure.meanwhile = lambda: linked.shop.change(HANNA, phoneNumber="0644444444")
    result = linked.sync()
    assert result.pushes["vendure"]["outcomes"] == {"stale": 1}
    assert not linked.vendure.sent
    assert linked.shop.customers()[HANNA]["phoneNumber"] == "0644444444"
    assert linked.office()[HANNA]["Telefoon"] == "06 33 33 33 33"
    (conflict,) = linked.open_conflicts()
    assert {c.value for c in conflict.candidates} == {"+31633333333", "+31644444444"}


def test_an_edit_of_another_field_in_between_is_kept_and_taken_along(linked):
    linked.change_office(HANNA, Telefoon="06 33 33 33 33")
    linked.vendure.meanwhile = lambda: linked.shop.change(HANNA, firstName="Hannelore")
    linked.sync()
    row = linked.shop.customers()[HANNA]
    assert (row["firstName"], row["phoneNumber"]) == ("Hannelore", "+31 6 33333333")
    linked.sync()
    assert linked.office()[HANNA]["Voornaam"] == "Hannelore"
    assert not linked.open_conflicts() and linked.sync().written == 0
