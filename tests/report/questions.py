"""Short ways to make questions, and a policy's fields to read them with."""

from __future__ import annotations

from reconcile import types
from reconcile.records import Candidate, Conflict
from reconcile.rulebook import FieldRule, Rulebook
from reconcile.values import Golden

Claim = tuple[str, str, str | None]
AT = "2026-03-04T10:00:00.000000Z"


def rule(name: str, kind: str, label: str = "", sensitive: bool = False) -> FieldRule:
    return FieldRule(name, types.build(kind), label=label or name.capitalize(), sensitive=sensitive)


BOOK = Rulebook(
    fields={
        "note": rule("note", "text", "Notitie"),
        "email": rule("email", "email", "E-mail"),
        "phone": rule("phone", "phone", "Telefoon"),
        "iban": rule("iban", "iban", "IBAN", sensitive=True),
        "birth_date": rule("birth_date", "date", "Geboortedatum", sensitive=True),
        "home": rule("home", "postal_address", "Thuis", sensitive=True),
        "address": rule("address", "postal_address", "Adres"),
    },
    systems={},
)


def candidate(value: Golden, *claims: Claim) -> Candidate:
    return Candidate(value, claims or (("crm", "7", AT),))


def question(id: int = 1, field: str = "phone", **columns: object) -> Conflict:
    given = {
        "id": id,
        "customer": 10,
        "field": field,
        "system": "",
        "cls": "update-update",
        "severity": "medium",
        "owner": "sales",
        "why": "crm and shop changed it",
        "candidates": (
            candidate("+31687651234", ("crm", "7", AT)),
            candidate("+31687659999", ("shop", "8", None)),
        ),
        "opened_at": "2026-03-05T10:00:00.000000Z",
        "opened_run": 1,
        "fingerprint": f"f{id}",
    }
    return Conflict(**given | columns)  # type: ignore[arg-type]
