"""When records are the same customer, as far as the columns allow to tell."""

from __future__ import annotations

from collections.abc import Iterator

from config.sampling.draft import ProjectDraft
from config.sampling.table import CannotSample

_ALONE = (
    ("same IBAN", "iban"),
    ("same KvK number", "kvk"),
    ("same VAT number", "vat_id"),
    ("same e-mail", "email"),
)
_PHONES = ("phone", "mobile")
_NAMES = ("family_name", "full_name", "organisation")


def rules(project: ProjectDraft) -> list[dict[str, object]]:
    """Link rules, the strongest first. Raises CannotSample when nothing could join two records."""
    fields = {field.name: field for field in project.fields}
    unless = _unless(set(fields))
    found = [*_references(project), *_by_fields(set(fields))]
    if not found and (name := next((n for n in _NAMES if n in fields), None)) and "address" in fields:
        found = [("same name and address", [name, "address"])]
    if not found:
        raise CannotSample("nothing tells that two records are one customer; add e-mail, phone or address")
    return [_rule(name, when, unless) for name, when in found]


def _rule(name: str, when: list[str], unless: list[str]) -> dict[str, object]:
    """What speaks against persons says nothing of companies with one number."""
    rule: dict[str, object] = {"name": name, "when": when}
    return rule | {"unless": unless} if unless and not {"kvk", "vat_id"} & set(when) else rule


def _unless(fields: set[str]) -> list[str]:
    initial = ["other_initial"] if "given_name" in fields else []
    return initial + (["other_birth_date"] if "birth_date" in fields else [])


def _references(project: ProjectDraft) -> Iterator[tuple[str, list[str]]]:
    """Ids under one name in several systems, each row its own."""
    for field in project.fields:
        if field.type == "reference" and len(field.systems) > 1:
            columns = [c for s in project.systems for c in s.fields().get(field.name, [])]
            if all(c.profile.distinct > 0.9 for c in columns):
                yield f"same {field.name}", [field.name]


def _by_fields(fields: set[str]) -> Iterator[tuple[str, list[str]]]:
    for name, field in _ALONE:
        if field in fields:
            yield name, [field]
    for phone in _PHONES:
        for who in _NAMES:
            if phone in fields and who in fields:
                yield f"same {phone} and {who.replace('_', ' ')}", [phone, who]
