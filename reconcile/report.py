"""What people read about open questions and about a run: values in rows, tables and markdown.

Values of sensitive fields are masked here, once, so that nothing further on can show them by mistake.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, get_args

from reconcile.decide import answers, group_of
from reconcile.escape import cell, code, plain
from reconcile.records import Candidate, Conflict, ConflictClass, GoldenValue, Severity
from reconcile.rulebook import FieldRule, Rulebook
from reconcile.summary import summary_markdown
from reconcile.types.base import HIDDEN
from reconcile.values import BLANK, CLEAR, Golden
from reconcile.words import Language, sentence, word

__all__ = [
    "Group",
    "Row",
    "Said",
    "display_name",
    "group_title",
    "grouped",
    "groups",
    "markdown",
    "rows",
    "summary_markdown",
]
__all__ += ["table"]

MOST = 200
"""Rows of a markdown report: a browser takes long over more."""
SAMPLES = 5
_WORST: dict[Severity, int] = {"high": 0, "medium": 1, "low": 2}
_CLASSES: dict[ConflictClass, int] = {cls: place for place, cls in enumerate(get_args(ConflictClass))}


class Said(NamedTuple):
    """One value in a disagreement, and who shows it."""

    who: str
    """A system's name, or "hub"."""
    text: str
    """As a person likes to read it; masked when the field is sensitive; "" when empty."""
    since: str
    """ISO 8601, or "" when not known."""
    record: str
    """The record's id in that system; "" for the hub."""


@dataclass(frozen=True, slots=True)
class Row:
    """One open question, ready to be read."""

    id: int
    customer: int
    name: str
    field: str
    """"" for a question about a whole record."""
    label: str
    cls: ConflictClass
    severity: Severity
    owner: str
    why: str
    since: str
    values: tuple[Said, ...]
    answers: Mapping[str, str]
    """Each answer it takes, with what would happen."""
    differs: str = ""
    """What differs within nested values: "number 12 → 14"."""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Like questions, that one answer can settle together."""

    name: str
    count: int
    cls: ConflictClass
    field: str
    sample: tuple[int, ...]
    """Ids of a few."""
    decided: int = 0
    """How many like them somebody answered so far."""
    since: str = ""
    """When the oldest of them was opened, ISO 8601."""


def display_name(golden: Mapping[str, GoldenValue], masked: Collection[str] = ()) -> str:
    """What people call the customer: the organisation, else the person; "" when neither is known.

    `masked`: fields that nobody may read here.
    """

    def said(*names: str) -> str:
        held = [golden[n].value for n in names if n in golden and n not in masked]
        return " ".join(str(value) for value in held if value not in (BLANK, CLEAR))

    return said("organisation") or said("given_name", "family_name")


def rows(
    conflicts: Iterable[Conflict], book: Rulebook, names: Mapping[int, str], language: Language = "en"
) -> list[Row]:
    """Open questions, the worst first: by severity, class, age, id. What is said of them is in `language`."""
    ordered = sorted(conflicts, key=lambda c: (_WORST[c.severity], _CLASSES[c.cls], c.opened_at, c.id))
    return [_row(conflict, book.fields.get(conflict.field), names, language) for conflict in ordered]


def grouped(conflicts: Iterable[Conflict]) -> dict[str, list[Conflict]]:
    """Like questions together, by the name of their group; the largest group first."""
    found: dict[str, list[Conflict]] = defaultdict(list)
    for conflict in conflicts:
        found[group_of(conflict)].append(conflict)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def groups(conflicts: Iterable[Conflict], decided: Iterable[Conflict] = ()) -> list[Group]:
    """The groups of these open questions, the largest first; `decided`: those that were answered before."""
    before = Counter(group_of(conflict) for conflict in decided)
    return [_group(name, some, before[name]) for name, some in grouped(conflicts).items()]


def _group(name: str, some: Sequence[Conflict], decided: int) -> Group:
    sample = tuple(sorted(c.id for c in some)[:SAMPLES])
    since = min(c.opened_at for c in some)
    return Group(name, len(some), some[0].cls, some[0].field, sample, decided, since)


def group_title(group: Group, language: Language = "en") -> str:
    """A group's name as people read it; `decide --group` takes this or the name itself."""
    return group.name.removesuffix(group.cls) + word(group.cls, language)


def _row(conflict: Conflict, rule: FieldRule | None, names: Mapping[int, str], language: Language) -> Row:
    return Row(
        id=conflict.id,
        customer=conflict.customer,
        name=names.get(conflict.customer) or word("customer {id}", language).format(id=conflict.customer),
        field=conflict.field,
        label=(rule and rule.label) or conflict.field or word("record", language),
        cls=conflict.cls,
        severity=conflict.severity,
        owner=conflict.owner,
        why=sentence(conflict.why, language),
        since=conflict.opened_at,
        values=tuple(_said(conflict.candidates, rule)),
        answers=answers(conflict, language),
        differs=_differs(conflict.candidates, rule),
        fingerprint=conflict.fingerprint,
    )


def _said(candidates: Iterable[Candidate], rule: FieldRule | None) -> Iterator[Said]:
    for candidate in candidates:
        text = _text(candidate.value, rule)
        for system, record, since in candidate.claimants:
            yield Said(system or "hub", text, since or "", record)


def _text(value: Golden, rule: FieldRule | None) -> str:
    if value is CLEAR or value is BLANK:
        return ""
    if rule is None:
        return HIDDEN  # the policy knows the field no more, so nobody says that it may be shown
    return rule.type.mask(value) if rule.sensitive else rule.type.show(value)


def _differs(candidates: Sequence[Candidate], rule: FieldRule | None) -> str:
    """Part by part, what each nested value says otherwise than the first."""
    if rule is None or rule.sensitive or not rule.type.parts:
        return ""
    nested = [
        dict(zip(rule.type.parts, c.value, strict=True)) for c in candidates if isinstance(c.value, tuple)
    ]
    return "; ".join(dict.fromkeys(", ".join(_parts(nested[0], other)) for other in nested[1:]))


def _parts(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    from deepdiff import DeepDiff  # takes long to import, and is wanted for nested values only

    found = DeepDiff(one, other, view="tree").get("values_changed", ())
    changed = {change.path(output_format="list")[0]: change for change in found}
    return [f"{p} {changed[p].t1 or '-'} → {changed[p].t2 or '-'}" for p in one if p in changed]


def table(rows: Iterable[Row], language: Language = "en") -> list[dict[str, str]]:
    """One line per question, for spreadsheets and table artifacts; no cell starts a formula."""
    lines = (_line(row, language) for row in rows)
    return [{word(name, language): cell(text) for name, text in line.items()} for line in lines]


def _line(row: Row, language: Language) -> dict[str, str]:
    return {
        "id": str(row.id or ""),
        "severity": word(row.severity, language),
        "class": word(row.cls, language),
        "customer": row.name,
        "customer id": str(row.customer),
        "field": row.label,
        "values": " | ".join(_sentence(said, language) for said in row.values),
        "differs": row.differs,
        "why": row.why,
        "owner": row.owner,
        "open since": row.since[:10],
        "answers": ", ".join(row.answers),
    }


def _sentence(said: Said, language: Language) -> str:
    since = f" ({word('since {day}', language).format(day=said.since[:10])})" if said.since else ""
    return f"{_who(said)}: {said.text or word('(empty)', language)}{since}"


def _who(said: Said) -> str:
    return f"{said.who} {said.record}" if said.record else said.who


Link = Callable[[Row, str], str]
"""The address of the page where one answer to one question can be given."""


GROUPS = ("How many", "What", "For example")
QUESTIONS = ("No.", "Customer", "Field", "Values", "What", "Severity", "Why", "Answers")
REST = "And {count} more, none of them worse: `klantbeeld conflicts --format csv` lists all."


def markdown(
    rows: Sequence[Row],
    groups: Sequence[Group],
    link: Link | None = None,
    language: Language = "en",
    as_of: str = "",
) -> str:
    """The conflict report: groups, then single questions, the worst first, at most MOST; the rest counted.

    `as_of`: how old it is, as `reconcile.freshness.line` says it.
    """
    parts = [f"# {word('Open questions: {count}', language).format(count=len(rows))}"]
    parts += [plain(as_of)] if as_of else []
    many = [group for group in groups if group.count > 1]
    if many:
        cells = (_group_cells(group, language) for group in many[:MOST])
        parts += [f"## {word('Alike', language)}", _grid(GROUPS, cells, language)]
    if rows:
        shown = (_row_cells(row, link, language) for row in rows[:MOST])
        title = word("One by one, the worst first", language)
        parts += [f"## {title}", _grid(QUESTIONS, shown, language)]
    if len(rows) > MOST:
        parts.append(word(REST, language).format(count=len(rows) - MOST))
    return "\n\n".join(parts) + "\n"


def _grid(columns: Sequence[str], lines: Iterable[Sequence[str]], language: Language) -> str:
    head = " | ".join(word(name, language) for name in columns)
    drawn = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([f"| {head} |", f"|{' --- |' * len(columns)}", *drawn])


def _group_cells(group: Group, language: Language) -> list[str]:
    return [str(group.count), plain(group_title(group, language)), ", ".join(map(str, group.sample))]


def _row_cells(row: Row, link: Link | None, language: Language) -> list[str]:
    values = [_value(said, row.field, language) for said in row.values]
    if row.differs:
        values.append(code(row.differs))
    choices = [
        f"[{plain(name)}](<{_address(link(row, name))}>)" if link else plain(name) for name in row.answers
    ]
    return [
        str(row.id or ""),
        f"{plain(row.name)} ({row.customer})",
        plain(row.label),
        "<br>".join(values),
        plain(word(row.cls, language)),
        word(row.severity, language),
        plain(row.why),
        ", ".join(choices),
    ]


def _value(said: Said, field: str, language: Language) -> str:
    shown = [f"{plain(_who(said))}:" if field else plain(_who(said))]
    if field:
        shown.append(code(said.text) or word("(empty)", language))
    if said.since:
        shown.append(word("since {day}", language).format(day=plain(said.since[:10])))
    return " ".join(shown)


def _address(url: str) -> str:
    """An address that cannot end the link it stands in."""
    return "".join(f"%{ord(c):02X}" if c in '<>()[]|\\` "' or c < " " else c for c in url)
