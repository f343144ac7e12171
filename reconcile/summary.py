"""What a person reads about a run: what came in, what went out, what did not and why, and what is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconcile.escape import plain
from reconcile.words import Language, sentence, word

_DONE = ("applied", "already")
OVERWRITES = "{count} writes may have gone over an edit of the same moment: look at them in the audit log"
_REREAD = (
    ("read again under the changed mapping or types", "reread"),
    ("agreed before and differ now", "differences"),
)
_COLUMNS = ("System", "Read", "New", "Changed", "Gone", "Written", "Not written", "As of", "Out")


def summary_markdown(counts: Mapping[str, Any], language: Language = "en", as_of: str = "") -> str:
    """A run's counts, as the store keeps them (flows.steps.Result.counts), as a page of markdown.

    `as_of`: how old what it rests on is, as `reconcile.freshness.line` says it.
    """
    asks = [f"- {line}" for line in _asks(counts, language)] or [f"- {word('nothing', language)}"]
    lines = [f"| {' | '.join(cells)} |" for cells in _systems(counts, language)]
    columns = " | ".join(word(name, language) for name in _COLUMNS)
    grid = "\n".join([f"| {columns} |", f"|{' --- |' * len(_COLUMNS)}", *lines])
    told = "\n".join(f"- {line}" for line in _customers(counts, language))
    parts = {"What needs you": "\n".join(asks), "Systems": grid, "Customers": told}
    blocks = [f"## {word(title, language)}\n\n{block}" for title, block in parts.items()]
    return "\n\n".join([*blocks, *([plain(as_of)] if as_of else [])]) + "\n"


def _asks(counts: Mapping[str, Any], language: Language) -> Iterator[str]:
    guards: Sequence[str] = counts.get("guards", ())
    if guards:
        why = plain("; ".join(sentence(guard, language) for guard in guards))
        waits = word("plan {plan} waits ({why}): `klantbeeld apply {plan}`", language)
        yield waits.format(plan=counts["plan"], why=why)
    for text, number in _waiting(counts):
        if number:
            yield word(text, language).format(count=number)
    for system, why in _out(counts).items():
        yield word("{system} is out: {why}", language).format(system=plain(system), why=plain(why))


def _waiting(counts: Mapping[str, Any]) -> Iterator[tuple[str, int | None]]:
    yield "{count} open questions: `klantbeeld conflicts`", counts.get("open_conflicts")
    fits = "{count} records that may be one customer or another: `klantbeeld links`"
    yield fits, counts.get("links", {}).get("ambiguous")
    pushes = counts.get("pushes", {}).values()
    yield OVERWRITES, sum(pushed.get("possible_overwrites", 0) for pushed in pushes)
    yield "{count} records that cannot be read: correct them in their system", counts.get("quarantined")
    given_up = "{count} writes given up after many attempts: `klantbeeld runs replay --dead`"
    yield given_up, counts.get("dead")


def _out(counts: Mapping[str, Any]) -> dict[str, str]:
    pulled = {p["system"]: p["out"] for p in counts.get("pulls", ()) if p["out"]}
    return pulled | {name: p["out"] for name, p in counts.get("pushes", {}).items() if p["out"]}


def _systems(counts: Mapping[str, Any], language: Language) -> Iterator[list[str]]:
    pulls = {p["system"]: p for p in counts.get("pulls", ())}
    pushes, out = counts.get("pushes", {}), _out(counts)
    for name in dict.fromkeys([*pulls, *pushes]):
        pulled = pulls.get(name, {})
        outcomes = pushes.get(name, {}).get("outcomes", {})
        numbers = [str(pulled.get(what, 0)) for what in ("read", "new", "changed", "gone")]
        missed = _counted({what: n for what, n in sorted(outcomes.items()) if what not in _DONE}, language)
        as_of = (pulled.get("as_of") or "")[:16].replace("T", " ")
        written = str(outcomes.get("applied", 0))
        gone = word("yes", language) if name in out else ""
        yield [plain(name), *numbers, written, missed, as_of, gone]


def _customers(counts: Mapping[str, Any], language: Language) -> Iterator[str]:
    links, summary = counts.get("links", {}), counts.get("summary", {})
    joined = word("{new} new, {joined} records joined to others", language)
    yield joined.format(new=links.get("new", 0), joined=sum(links.get("linked", {}).values()))
    for title, what in (("asked about: {what}", "conflicts"), ("settled by rule: {what}", "settled")):
        found = _counted(summary.get(what, {}), language) or word("nothing", language)
        yield word(title, language).format(what=found)
    if ended := _counted(counts.get("withdrawals", {}), language):
        text = word("withdrawn consents, ended ahead of everything else: {systems}", language)
        yield text.format(systems=ended)
    for title, what in _REREAD:
        if found := _counted(counts.get("rebased", {}).get(what, {}), language):
            yield f"{word(title, language)}: {found}"
    if counts.get("guards"):
        yield word("{count} writes wait", language).format(count=summary.get("writes", 0))


def _counted(counts: Mapping[str, int], language: Language) -> str:
    return ", ".join(f"{n} {plain(word(what, language))}" for what, n in counts.items() if n)
