"""Systems that get another name, or leave, between two syncs: no edit, no write, nothing lost."""

from __future__ import annotations

import pytest


@pytest.fixture
def settled(synced):
    """A project whose first sync was approved; the next one writes nothing."""
    assert synced.json("sync")["written"] == 0
    return synced


def rename(commands, to: str) -> None:
    hub = commands.folder / "config/hub.yaml"
    hub.write_text(hub.read_text().replace("  shop: {", f"  {to}: {{was: shop, "))
    (commands.folder / "mappings/shop.yaml").rename(commands.folder / f"mappings/{to}.yaml")


def test_a_renamed_system_keeps_its_links_and_writes_nothing(settled) -> None:
    before = {c["id"] for c in settled.json("conflicts", "--limit", "0")["conflicts"]}
    rename(settled, "webshop")
    run = settled.json("sync")
    assert (run["written"], run["state"]) == (0, "done")
    shown = settled.json("show", "webshop:11")
    assert {s["system"] for s in shown["records"]} == {"crm", "webshop"}
    assert {c["id"] for c in settled.json("conflicts", "--limit", "0")["conflicts"]} == before


def test_a_system_that_left_has_no_say_and_leaves_no_question(settled) -> None:
    hub = settled.folder / "config/hub.yaml"
    hub.write_text("".join(line for line in hub.read_text().splitlines(True) if "  shop:" not in line))
    (settled.folder / "mappings/shop.yaml").unlink()
    run = settled.json("sync")
    assert (run["written"], run["state"]) == (0, "done")
    asked = settled.json("conflicts", "--limit", "0")["conflicts"]
    assert not [c for c in asked if any(v["who"] == "shop" for v in c["values"])]


def test_a_system_that_returns_is_linked_to_the_customers_it_had(settled) -> None:
    hub, mapping = settled.folder / "config/hub.yaml", settled.folder / "mappings/shop.yaml"
    told, meant = hub.read_text(), mapping.read_text()
    hub.write_text("".join(line for line in told.splitlines(True) if "  shop:" not in line))
    mapping.unlink()
    settled.json("sync")
    hub.write_text(told)
    mapping.write_text(meant)
    assert settled.json("sync")["written"] == 0
    shown = settled.json("show", "shop:11")
    assert {s["system"] for s in shown["records"]} == {"crm", "shop"}
