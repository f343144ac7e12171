"""The two short ways of a merge lead where the whole way leads, for any customer."""

from __future__ import annotations

import random
from typing import Any

import pytest

from reconcile.merge import Merged, _Merge
from reconcile.records import Customer, Record
from reconcile.resolve import Base
from reconcile.values import BLANK, MISSING
from tests.engine.customers import book, customer, decided, golden, record

VALUES = ("Ada", "Ada", "Ada", "Bea", BLANK)
RULES = book("a", "b", "c", field_terms={("b", "name"): {"owner": False}})


def somebody(draw: random.Random) -> Customer:
    """Records that mostly agree, some read for the first time, some not showing the field at all."""
    first = draw.random() < 0.5
    records = [one(draw, rid, first) for rid in range(1, draw.randint(2, 5))]
    return customer(*records, golden={} if first else golden(2, name=draw.choice(("Ada", "Ada", "Bea"))))


def one(draw: random.Random, rid: int, first: bool) -> Record:
    shown = {} if draw.random() < 0.1 else {"name": draw.choice(VALUES)}
    base = (
        {} if first or draw.random() < 0.1 else {"name": Base(draw.choice(VALUES), draw.choice((2, 2, 2, 1)))}
    )
    return record(
        rid,
        "abc"[(rid - 1) % 3],
        shown,
        base,
        role="primary" if rid < 4 else "secondary",
        pending=draw.random() < 0.05,
        held=draw.random() < 0.05,
        invalid={"name": "odd"} if draw.random() < 0.05 else {},
        read_at="2026-03-01T08:00:00.000000Z",
    )


def meaning(merged: Merged) -> dict[str, Any]:
    """What follows, without how it was found; a copy's version counts for nothing."""
    firsts = [r for r in merged.customer.records if r.role == "primary"]
    bases = {r.rid: merged.bases.get(r.rid, r.base).get("name", Base(BLANK, 0)) for r in firsts}
    return {
        "golden": {n: (g.value, g.version) for n, g in merged.golden.items()},
        "bases": {rid: (base.value, base.version, base.before is MISSING) for rid, base in bases.items()},
        "claims": {rid: names for rid, names in merged.claims.items() if names},
        "wants": merged.wants,
        "holds": set(merged.holds),
        "questions": sorted((q.field, q.system, q.cls, q.state) for q in merged.questions),
    }


def test_the_short_ways_and_the_whole_way_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(11)
    crowd = [somebody(draw) for _ in range(3000)]
    short = [meaning(decided(each, RULES)) for each in crowd]
    taken = sum(bool(_Merge(each, RULES, None, ())._quiet("name")) for each in crowd)  # type: ignore[arg-type]
    monkeypatch.setattr(_Merge, "_quiet", lambda self, *of: False)
    monkeypatch.setattr(_Merge, "_unanimous", lambda self, *of: False)
    for each, found in zip(crowd, short, strict=True):
        assert found == meaning(decided(each, RULES)), each
    assert taken > 100
