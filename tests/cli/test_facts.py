"""Facts: shown with a customer and the time of reading; no conflict, no write, whatever they say."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CRM, POLICY, SHOP, SHOP_MAPPING

FACTS = """\
facts:
  open_invoices: {type: money, from: shop, label: Openstaand}
  score: {type: integer, from: shop, sensitive: true}
"""


@pytest.fixture
def company(fresh):
    """Both systems know an amount; only the shop's is a fact."""
    fresh.write("config/policy/customer.yaml", POLICY + FACTS)
    mapping = SHOP_MAPPING + "  facts: {open_invoices: open, score: {path: score}}\n"
    fresh.write("mappings/shop.yaml", mapping)
    head, *rows = SHOP.splitlines()
    lines = [f"{head},open,score", *(f'{row},"1.250,00",8' for row in rows)]
    fresh.write("shop.csv", "\n".join(lines) + "\n")
    assert fresh("sync").exit_code == 3
    assert fresh("apply", "1").exit_code == 0
    return fresh


def test_a_fact_is_shown_with_the_time_it_was_read(company):
    told = company.json("show", "crm:1")
    as_of = told["as_of"]["shop"]
    assert told["facts"] == [
        {
            "fact": "open_invoices",
            "label": "Openstaand",
            "value": "EUR 1250,00",
            "system": "shop",
            "record": "11",
            "as_of": as_of,
        },
        {"fact": "score", "label": "Score", "value": "•••", "system": "shop", "record": "11", "as_of": as_of},
    ]
    shown = company("show", "crm:1").stdout
    line = next(line for line in shown.splitlines() if "Openstaand" in line)
    assert line.split()[1:5] == ["EUR", "1250,00", "shop", "11"]
    assert as_of[:10] in line
    assert company.json("show", "crm:1", "--field", "phone")["facts"] == []


def test_a_changed_fact_is_news_to_nobody(company):
    before = company.json("conflicts")["open"]
    crm = (company.folder / "crm.csv").read_text("utf-8")
    now = (company.folder / "shop.csv").read_text("utf-8")
    company.write("shop.csv", now.replace('"1.250,00",8', "gratis,?"))
    run = company.json("sync")
    assert (run["written"], run["plan"] is not None, run["conflicts"]["open"]) == (0, True, before)
    assert (company.folder / "crm.csv").read_text("utf-8") == crm
    facts = {fact["fact"]: fact["value"] for fact in company.json("show", "crm:1")["facts"]}
    assert facts == {"open_invoices": "gratis", "score": "•••"}
    assert {one["class"] for one in company.json("conflicts")["conflicts"]}.isdisjoint({"invalid"})


def test_an_edit_beside_a_fact_does_not_write_the_fact(company):
    edited = CRM.replace(",Ben,[red]Dijk,", ",Bas,[red]Dijk,").replace("2026-01-01", "2026-02-01")
    company.write("crm.csv", edited)
    assert company.json("sync")["written"] >= 1
    row = next(
        r for r in (company.folder / "shop.csv").read_text("utf-8").splitlines() if r.startswith("12,")
    )
    assert row.startswith("12,Bas,") and row.endswith(',"1.250,00",8')


def test_a_live_record_shows_its_facts_and_masks_the_sensitive_ones(company):
    told = company.json("check", "shop", "11")
    assert told["canonical"]["#open_invoices"] == "EUR 1250,00"
    assert told["canonical"]["#score"] == "•••"
    assert told["raw"]["score"] == "•••"
    assert "open" not in told["sends"]
