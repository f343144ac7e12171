"""Creates: which systems lack a customer, may be given it, and what they would get."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from reconcile.records import Customer, GoldenValue
from reconcile.rulebook import Rulebook, SystemTerms
from reconcile.values import BLANK, CLEAR, Golden


def creations(
    customer: Customer,
    golden: Mapping[str, GoldenValue],
    asked: Collection[str],
    held: Iterable[tuple[str, str]],
    book: Rulebook,
    again: Collection[str] = (),
) -> dict[str, dict[str, Golden]]:
    """By system every settled value that it can hold. `asked`: the fields that nobody settled yet;
    `held`: (field, system), field "" where no record is to be made; `again`: where one was and is made anew.
    """
    live = [r for r in customer.records if r.presence == "present"]
    if customer.status != "active" or not live or any(r.held for r in live):
        return {}
    there = {r.system for r in customer.records if r.system not in again}
    there |= {system for field, system in held if not field}
    may = {s.name for s in book.systems.values() if _may_create(s, customer.kind)} | set(again)
    lacking = [s for s in book.systems.values() if s.name not in there and s.name in may]
    if not lacking:
        return {}
    known = {n: g.value for n, g in golden.items() if g.value is not BLANK and g.value is not CLEAR}
    settled = {n: value for n, value in known.items() if n not in asked}
    made = {system.name: _creation(system, settled, book) for system in lacking}
    return {name: values for name, values in made.items() if values}


def _creation(system: SystemTerms, settled: Mapping[str, Golden], book: Rulebook) -> dict[str, Golden]:
    needed = {n for n, rule in book.fields.items() if rule.required and n in system.fields}
    if needed - settled.keys():
        return {}
    return {n: v for n, v in settled.items() if n in system.fields and system.fields[n].writable}


def _may_create(system: SystemTerms, kind: str) -> bool:
    return system.writes != "none" and system.creates in ("all", kind)
