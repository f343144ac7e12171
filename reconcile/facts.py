"""Facts: read-only values of one system, shown with a customer. They never conflict and are never written.

They lie among a record's canonical values under names that no field has, so that no decision sees them.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.types.base import SemanticType

MARK = "#"


def fact_name(fact: str) -> str:
    """What a fact is called among a record's canonical values; no field of a policy has such a name."""
    return MARK + fact


@dataclass(frozen=True, slots=True)
class FactRule:
    """One fact of the policy, ready to be shown."""

    name: str
    system: str
    type: SemanticType
    label: str
    sensitive: bool = False
