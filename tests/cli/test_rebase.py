"""A mapping that IT corrects and a type that reads differently are no edits: nothing is written for them."""

from __future__ import annotations

import pytest

from reconcile.types.phone import Phone


@pytest.fixture
def settled(synced):
    for conflict in synced.json("conflicts", "--limit", "0")["conflicts"]:
        if conflict["class"] == "first-sync difference":
            synced("decide", str(conflict["id"]), "crm")
    synced.json("sync")
    assert synced.json("sync")["written"] == 0
    return synced


def files(commands) -> list[bytes]:
    return [(commands.folder / name).read_bytes() for name in ("crm.csv", "shop.csv")]


def test_a_corrected_mapping_writes_nothing_and_tells_what_it_reads_differently(settled) -> None:
    before = files(settled)
    mapping = settled.folder / "mappings/shop.yaml"
    mapping.write_text(
        mapping.read_text().replace("phone: telefoon", "phone: {path: achternaam, write: never}")
    )
    run = settled.json("sync")
    assert run["written"] == 0
    assert files(settled) == before
    assert run["rebased"]["reread"] == {"shop": 2}
    again = settled.json("sync")
    assert (again["written"], again["rebased"]) == (0, {})


def test_what_agreed_and_now_differs_is_a_first_sync_difference(settled) -> None:
    settled.write(
        "shop.csv",
        (settled.folder / "shop.csv")
        .read_text()
        .replace("email,", "email,")
        .replace("changed\n", "changed,mobiel\n")
        .replace(":00\n", ":00,+31633333333\n"),
    )
    settled.json("sync")
    mapping = settled.folder / "mappings/shop.yaml"
    mapping.write_text(mapping.read_text().replace("phone: telefoon", "phone: mobiel"))
    run = settled.json("sync")
    assert run["written"] == 0
    assert run["rebased"]["differences"] == {"shop: phone": 2}
    classes = {
        c["class"] for c in settled.json("conflicts", "--limit", "0")["conflicts"] if c["field"] == "phone"
    }
    assert "first-sync difference" in classes


def test_a_type_that_reads_differently_moves_golden_with_it(settled, monkeypatch) -> None:
    before = files(settled)
    old = Phone.normalise
    monkeypatch.setattr(Phone, "version", 99)
    monkeypatch.setattr(
        Phone, "normalise", lambda self, raw: f"tel:{old(self, raw)}" if old(self, raw) else None
    )
    monkeypatch.setattr(Phone, "house", lambda self, value, like=None: str(value).removeprefix("tel:"))
    monkeypatch.setattr(Phone, "validate", lambda self, value: None)
    run = settled.json("sync")
    assert run["written"] == 0
    assert files(settled) == before
    assert run["rebased"]["differences"] == {}
    assert set(run["rebased"]["reread"]) == {"crm", "shop"}
