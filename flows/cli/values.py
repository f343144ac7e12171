"""Values as a terminal shows them: in house style, the sensitive ones masked."""

from __future__ import annotations

from reconcile.rulebook import FieldRule
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen


def shown(rule: FieldRule, value: Golden | Seen) -> str:
    """The value for a person; "" for one that is empty or was not seen."""
    if value is BLANK or value is CLEAR or value is MISSING:
        return ""
    return rule.type.mask(value) if rule.sensitive else rule.type.show(value)
