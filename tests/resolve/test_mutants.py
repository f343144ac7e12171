"""Planted faults: each breaks one rule of the decision, and the table must notice."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import islice
from types import ModuleType

import pytest

from reconcile import resolve as real
from reconcile.resolve import Decision, GoldenField, Side
from tests.resolve.cases import CHAINS, MORE_GOLDENS, Prefixes, drawn, table, verdict
from tests.resolve.oracle import expected

SOURCE = inspect.getsource(real)
MUTANTS = {
    "freshness ignored": ("s.base.version == golden.version for", "True for"),
    "golden always a candidate": ("(golden.locked or recanted or not fresh)", "True"),
    "golden never a candidate": ("(golden.locked or recanted or not fresh)", "False"),
    "owner ignored": ("s.owner and not s.secondary", "not s.secondary"),
    "secondary trusted": ("s.owner and not s.secondary", "s.owner"),
    "reverted ignored": ("reverted = [s for s in claims if", "reverted = [s for s in claims if False and"),
    "claims not sticky": ("if s.claims or s.base is None or", "if s.base is None or"),
    "a vote for golden ignored": ("recanted = any(", "recanted = False and any("),
    "unread claimant ignored": ("unheard = any(", "unheard = False and any("),
    "loss as edit": ('return side.on_loss == "accept"', "return True"),
    "loss not held": ("losses = tuple(", "losses = () and tuple("),
    "Missing as blank": (
        "[s for s in sides if s.now is not MISSING]",
        "[__import__('dataclasses').replace(s, now=BLANK) if s.now is MISSING else s for s in sides]",
    ),
    "blank as value": ("not kind.within(_present(side.now), golden.value)", "side.now != golden.value"),
    "rules elect anyone": ("winner is not None and winner in electable", "winner is not None"),
    "doubt ignored": ("not unheard and not doubted", "not unheard"),
    "doubt of reverted values only": ("s in reverted or s.secondary for", "s in reverted for"),
    "doubt of secondaries only": ("s in reverted or s.secondary for", "s.secondary for"),
    "doubt only of what could win": (
        "any(s in reverted or s.secondary for s in claims)",
        "any(s.says in top - electable for s in claims if s in reverted or s.secondary)",
    ),
    "rules settle without an unread claimant": ("if not unheard and not doubted", "if not doubted"),
    "a lone edit wins without an unread claimant": ("electable and not unheard", "electable"),
    "a blank is no vote where golden is clear": (
        "s.now == s.shows(golden.value) for s in gone",
        "False for s in gone",
    ),
    "every blank a vote": ("s.now is not BLANK or s.now == s.shows(golden.value) for", "True for"),
    "tie by order": ("if len(top) == 1 and top <= electable", "if top and top <= electable"),
    "nothing absorbed": ("if a is CLEAR or a == b:", "if True:"),
    "a loss fought over": ('s.on_loss == "ask" or _came_back(s)', 's.on_loss == "ask"'),
    "a loss as vote": ("s not in claims and s not in less]", "s not in claims]"),
    "a cut is no loss": (" or kind.cut(now, base)", ""),
    "loss measured by golden": ("s.base.value, kind)]", "golden.value, kind)]"),
    "a refill held": ('s.on_loss == "ask" or', 's.on_loss != "accept" or'),
    "first sight is no news": ("s.base is None or s.now", "s.base is not None and s.now"),
    "nothing heard where golden is clear": ("return side.now is not BLANK", "return False"),
    "golden cannot be kept": ("for s in trusted} | {golden.value}", "for s in trusted}"),
    "a blank golden is a candidate": ("golden.value is not BLANK and (golden.locked", "(golden.locked"),
    "one declared loss is enough": (
        "all(s.shows(b) == a for s in shown)",
        "any(s.shows(b) == a for s in shown)",
    ),
    "absorbed by what is dropped itself": ("for b in standing)", "for b in values)"),
    "a system's way to show golden is news": ("s.now != s.shows(golden.value)]", "s.now != golden.value]"),
    "declared loss ignored": ("return lossy or", "return False or"),
    "lock ignored": ("({golden.value} if golden.locked else set())", "set()"),
}
SAMPLE = [
    (golden, sides, CHAINS[n % len(CHAINS)])
    for golden in MORE_GOLDENS.values()
    for n, sides in enumerate([*islice(table(golden), 0, None, 37), *drawn(golden, seed=7, count=600)])
]

Resolve = Callable[..., Decision]


def is_caught(resolve: Resolve) -> bool:
    """Does the oracle disagree anywhere in the sample?"""
    return any(differs(resolve, *case) for case in SAMPLE)


def differs(
    resolve: Resolve, golden: GoldenField, sides: tuple[Side, ...], rules: tuple[real.Rule, ...]
) -> bool:
    decision = resolve(golden, sides, rules, Prefixes())
    return verdict(decision) != expected(golden, sides, rules)


def mutated(old: str, new: str) -> Resolve:
    """`resolve` with one piece of its source replaced; it speaks in the real module's values."""
    assert SOURCE.count(old) == 1, "the planted fault no longer fits the source"
    module = ModuleType(real.__name__)
    exec(compile(SOURCE.replace(old, new), "mutant", "exec"), module.__dict__)
    for name in ("Quiet", "Take", "Settled", "Open"):
        setattr(module, name, getattr(real, name))
    return module.resolve


def test_the_real_decision_passes_the_sample() -> None:
    assert not is_caught(real.resolve)
    assert not is_caught(mutated("reverted = [", "reverted =  ["))
    assert len(SAMPLE) >= 4_000


@pytest.mark.parametrize("fault", MUTANTS)
def test_a_planted_fault_is_found(fault: str) -> None:
    assert is_caught(mutated(*MUTANTS[fault]))
