"""The questions that a waiting plan would open: shown before anybody approves it, stored only afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from flows import apply as applying
from flows import desk
from flows.hub import Hub
from reconcile import questions
from reconcile.merged import Merged
from reconcile.records import Conflict
from reconcile.report import Row, display_name, rows
from reconcile.state import plans


@dataclass(frozen=True, slots=True)
class Waiting:
    """A plan that waits for approval, and what it would ask."""

    plan: int
    asked: list[Conflict]
    """Without ids: nobody can answer yet."""
    names: dict[int, str]
    """By customer."""

    def rows(self, hub: Hub, asked: list[Conflict]) -> list[Row]:
        """Some of the questions, the worst first."""
        shown = rows(asked, hub.book, self.names, desk.language(hub))
        return [replace(row, answers={}) for row in shown]


def waiting(hub: Hub) -> Waiting | None:
    """What the newest plan that waits would ask; None when none waits."""
    with hub.store.read() as conn:
        stored = plans.newest_waiting(conn, hub.entity)
    if stored is None or stored.undoes is not None:
        return None
    found = Waiting(stored.id, [], {})
    masked = {name for name, rule in hub.book.fields.items() if rule.sensitive}
    for merged in applying.explain(hub, stored.id):
        new = list(_new(merged, stored.run, stored.at))
        if new:
            found.asked.extend(new)
            found.names[merged.customer.id] = display_name(merged.golden, masked)
    return found


def _new(merged: Merged, run: int, at: str) -> Iterator[Conflict]:
    opened, _, _ = questions.compare(merged.customer, merged.questions, merged.closing)
    for question in opened:
        if question.state == "open":
            yield questions.as_conflict(question, merged.customer.id, at, run)
