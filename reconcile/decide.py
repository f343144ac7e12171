"""From a steward's words to a choice: which answers a question takes, and what each of them means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from reconcile.errors import HubError
from reconcile.merge import Choice
from reconcile.questions import identity
from reconcile.records import Conflict
from reconcile.types.base import SemanticType
from reconcile.values import BLANK, CLEAR, Golden
from reconcile.words import Language, key, sentence, told, word

_ABOUT_ONE: Mapping[str, Literal["seen", "restore", "keep", "carry", "leave"]] = {
    "seen": "seen",
    "same": "seen",
    "restore": "restore",
    "keep": "keep",
    "yes": "carry",
    "no": "leave",
}
"""What an answer to a question about one system does."""


class NotAnAnswer(HubError):
    """The question does not take this answer; the text lists those it does."""


def answers(conflict: Conflict, language: Language = "en") -> dict[str, str]:
    """Every answer this question takes, with what would happen."""
    return {answer: sentence(what, language) for answer, what in _answers(conflict).items()}


def _answers(conflict: Conflict) -> dict[str, str]:
    if conflict.cls == "still the same customer?":
        return {"same": "it is the same customer: its values count again, and it is written again"}
    if conflict.system and not conflict.field:
        return {"seen": "you know; do not ask again"}
    if conflict.cls == "stale":
        return {"seen": "confirmed today; ask again when it is old again"}
    if key(conflict.why) == "address changed":
        return {
            "yes": "the consent holds for the new address, and no more for the old one",
            "no": "it does not",
        }
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
    conflict: Conflict,
    answer: str,
    decision: int,
    value: object,
    kind: SemanticType | None,
    language: Language = "en",
) -> Choice:
    """The choice that `answer` stands for. With answer "value", the steward's own `value` is taken.

    Raises NotAnAnswer, in that language.
    """
    asked = Choice(conflict.field, "value", decision=decision, question=identity(conflict))
    if answer == "value" and conflict.field and kind is not None:
        return replace(asked, value=_own(kind, value, language))
    if answer not in answers(conflict):
        known = ", ".join([*answers(conflict), *(["value"] if conflict.field else [])])
        text = word("conflict {id} does not take {answer}; it takes: {known}", language)
        raise NotAnAnswer(text.format(id=conflict.id, answer=answer, known=known))
    if answer in _ABOUT_ONE and conflict.system:
        return replace(asked, how=_ABOUT_ONE[answer], system=conflict.system, cls=conflict.cls)
    if answer == "clear":
        return replace(asked, value=CLEAR)
    if answer == "different":
        return replace(asked, how="different")
    return replace(asked, value=_candidate(conflict, answer))


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


def _own(kind: SemanticType, value: object, language: Language) -> Golden:
    read = kind.normalise(value)
    reason = "it is blank; answer clear to empty the field" if read is BLANK else kind.validate(read)
    if reason:
        text = word("that value cannot be taken: {reason}", language)
        raise NotAnAnswer(text.format(reason=word(reason, language)))
    return read
