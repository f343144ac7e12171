"""From a steward's words to a choice: which answers a question takes, and what each of them means."""

from __future__ import annotations

from collections import Counter

from reconcile.errors import HubError
from reconcile.merge import Choice
from reconcile.records import Conflict
from reconcile.types.base import SemanticType
from reconcile.values import BLANK, CLEAR, Golden
from reconcile.words import Language, sentence, told


class NotAnAnswer(HubError):
    """The question does not take this answer; the text lists those it does."""


def answers(conflict: Conflict, language: Language = "en") -> dict[str, str]:
    """Every answer this question takes, with what would happen."""
    return {answer: sentence(what, language) for answer, what in _answers(conflict).items()}


def _answers(conflict: Conflict) -> dict[str, str]:
    if conflict.system and not conflict.field:
        return {"seen": "you know; do not ask again"}
    if conflict.cls == "stale":
        return {"seen": "confirmed today; ask again when it is old again"}
    if conflict.cls in ("invalid", "consent"):
        return {"seen": "you know; do not ask again"}
    if conflict.system:
        return {
            "restore": told("put back", conflict.system),
            "keep": told("leave", conflict.system),
            "clear": "make it empty everywhere",
        }
    after = conflict.cls == "undone"
    named = {s: told("redo" if after else "take", s) for s in _systems(conflict)}
    back = "put the older value back at the source too" if after else "keep the hub's value everywhere"
    both = "keep both: leave every system as it is" if after else "leave every system as it is"
    keep = {"keep": back} if _held(conflict) is not BLANK else {}
    return named | keep | {"clear": "make it empty everywhere", "different": both}


def choose(
    conflict: Conflict, answer: str, decision: int, value: object, kind: SemanticType | None
) -> Choice:
    """The choice that `answer` stands for. With answer "value", the steward's own `value` is taken.

    Raises NotAnAnswer.
    """
    if answer == "value" and conflict.field and kind is not None:
        return Choice(conflict.field, "value", _own(kind, value), decision=decision)
    if answer not in answers(conflict):
        known = ", ".join([*answers(conflict), *(["value"] if conflict.field else [])])
        raise NotAnAnswer(f"conflict {conflict.id} does not take {answer!r}; it takes: {known}")
    if answer == "seen":
        return Choice(conflict.field, "seen", system=conflict.system, cls=conflict.cls, decision=decision)
    if answer == "clear":
        return Choice(conflict.field, "value", CLEAR, decision=decision)
    if conflict.system:
        how = "restore" if answer == "restore" else "keep"
        return Choice(conflict.field, how, system=conflict.system, decision=decision)  # type: ignore[arg-type]
    if answer == "different":
        return Choice(conflict.field, "different", decision=decision)
    return Choice(conflict.field, "value", _candidate(conflict, answer), decision=decision)


def group_of(conflict: Conflict) -> str:
    """Like questions share this name: their class, field and the systems that disagree."""
    systems = {s for c in conflict.candidates for s, _, _ in c.claimants if s}
    who = conflict.system or " vs ".join(sorted(systems)) or "hub"
    return f"{who}, {conflict.field or 'record'}: {conflict.cls}"


def _systems(conflict: Conflict) -> list[str]:
    """Who can be chosen: a system, or each of its records ("crm:7") where they do not say the same."""
    return list(_said(conflict))


def _said(conflict: Conflict) -> dict[str, Golden]:
    saying = Counter(s for c in conflict.candidates for s in {s for s, _, _ in c.claimants})
    return {
        s if saying[s] == 1 else f"{s}:{r}": c.value
        for c in conflict.candidates
        for s, r, _ in c.claimants
        if s
    }


def _held(conflict: Conflict) -> Golden:
    return next((c.value for c in conflict.candidates if any(s == "" for s, _, _ in c.claimants)), BLANK)


def _candidate(conflict: Conflict, answer: str) -> Golden:
    if answer == "keep":
        return _held(conflict)
    return _said(conflict)[answer]


def _own(kind: SemanticType, value: object) -> Golden:
    read = kind.normalise(value)
    reason = "it is blank; answer clear to empty the field" if read is BLANK else kind.validate(read)
    if reason:
        raise NotAnAnswer(f"that value cannot be taken: {reason}")
    return read
