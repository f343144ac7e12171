"""A row of a table about decisions, as a customer; and what is decided, in the words of the table.

A cell of a system: `Berg` shown and agreed on; `Berg → Smit` agreed on Berg, shows Smit now;
`new Smit` nothing agreed yet; `Berg ⇒ Smit → Berg` the hub wrote Smit over Berg, and Berg is back;
`empty` no value; a closing `8–9h` when the change was made. A heading may say `(owner)` or `(keeps 10)`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from reconcile import types
from reconcile.merge import Merged, merge
from reconcile.policy import RuleStep, SystemRule
from reconcile.questions import Question
from reconcile.records import Candidate, Customer, GoldenValue, Lineage, Record
from reconcile.resolve import Base
from reconcile.rulebook import FieldRule, Rulebook, Stamp, SystemTerms, Terms
from reconcile.survive import chain
from reconcile.times import moment
from reconcile.types.base import SemanticType
from reconcile.values import BLANK, MISSING, Golden, Value

FIELD = "field"
TODAY, OLDER = 7, 6
OWN = ("hub", "rule", "decision")
_TIME = re.compile(r" (\d+)–(\d+)h$")
_KEEPS = re.compile(r"\(keeps (\d+)\)")


@dataclass(frozen=True, slots=True)
class Told:
    """The columns of a row that tell of systems."""

    name: str
    heading: str
    cell: str

    @property
    def owner(self) -> bool:
        return "(owner)" in self.heading

    @property
    def keeps(self) -> int | None:
        return int(found[1]) if (found := _KEEPS.search(self.heading)) else None


def decided(row: Mapping[str, str], type_name: str) -> str:
    """What the hub makes of a row."""
    kind = types.registered()[type_name]()
    told = [Told(heading.split()[0], heading, cell) for heading, cell in row.items() if heading not in OWN]
    golden = _value(row["hub"], kind)
    records = tuple(_record(rid, one, golden, kind) for rid, one in enumerate(told, 1) if one.cell != "–")
    held = {FIELD: GoldenValue(golden, TODAY, Lineage("", "", "agreed", 1, "2026-03-01T00:00:00Z"))}
    customer = Customer(1, "person", 1, held if golden is not BLANK else {}, records=records)
    now = moment("2026-03-02T12:00:00Z")
    assert now is not None
    return _in_words(merge(customer, _book(told, row.get("rule", ""), kind), Stamp(2, now)), kind)


def _book(told: list[Told], rule: str, kind: SemanticType) -> Rulebook:
    steps = chain([_step(rule.strip("`"))]) if rule else ()
    all_own = not any(one.owner for one in told)
    systems = {
        one.name: SystemTerms(
            one.name, "all", fields={FIELD: Terms(_shown_by(one.keeps), owner=all_own or one.owner)}
        )
        for one in told
    }
    return Rulebook({FIELD: FieldRule(FIELD, kind, steps)}, systems, first_sync=steps)


def _step(written: str) -> RuleStep:
    if written.startswith("system: "):
        return SystemRule(system=written.removeprefix("system: "))
    step: RuleStep = TypeAdapter(RuleStep).validate_python(written)
    return step


def _shown_by(keeps: int | None):
    def shows(value: Golden) -> Value:
        return value[:keeps] if isinstance(value, str) else BLANK

    return shows


def _record(rid: int, one: Told, golden: Golden, kind: SemanticType) -> Record:
    time = _TIME.search(one.cell)
    *earlier, now = re.split(" [→⇒] ", _TIME.sub("", one.cell))
    new = now.startswith("new ")
    shown = _value(now.removeprefix("new "), kind)
    agreed = _value(earlier[-1], kind) if earlier else shown
    before = _value(earlier[0], kind) if "⇒" in one.cell else MISSING
    base = {} if new else {FIELD: Base(agreed, TODAY if agreed == golden else OLDER, before)}
    changed = {FIELD: (_hour(time[1]), _hour(time[2]))} if time else {}
    return Record(rid, one.name, str(rid), "person", {FIELD: shown}, base, changed=changed)


def _hour(text: str) -> str:
    return f"2026-03-02T{int(text):02}:00:00Z"


def _value(text: str, kind: SemanticType) -> Value:
    return BLANK if text == "empty" else kind.normalise(text)


def _in_words(merged: Merged, kind: SemanticType) -> str:
    golden = merged.golden.get(FIELD)
    parts = []
    settled = [q for q in merged.questions if q.state == "settled_by_rule"]
    if FIELD in merged.took or settled:
        assert golden is not None
        parts.append(_show(golden.value, kind) + (f" by `{_rule(golden)}`" if settled else ""))
    parts += [_asked(question, kind) for question in merged.questions if question.state == "open"]
    names = {record.rid: record.system for record in merged.customer.records}
    if merged.wants:
        parts.append("written to " + " and ".join(names[rid] for rid in merged.wants))
    return "; ".join(parts) or "nothing to do"


def _rule(golden: GoldenValue) -> str:
    name = golden.lineage.how
    return name.replace("system ", "system: ")


def _asked(question: Question, kind: SemanticType) -> str:
    if question.system:
        return f"asked about {question.system} ({question.cls})"
    return f"asked: {_either(question.candidates, kind)} ({question.cls})"


def _either(candidates: tuple[Candidate, ...], kind: SemanticType) -> str:
    *firsts, last = [_show(candidate.value, kind) for candidate in candidates]
    return f"{', '.join(firsts)} or {last}" if firsts else last


def _show(value: Golden, kind: SemanticType) -> str:
    return kind.show(value) if isinstance(value, str | tuple) else "empty"
