"""What people read, in their language: sentences with names in them, and single words and phrases.

A reason is stored as a key with its arguments and becomes a sentence when somebody reads it, so that a change
of `language` in hub.yaml changes old questions too. Arguments are names, times and counts, never values.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from reconcile.dutch import DUTCH

Language = Literal["nl", "en"]

SENTENCES: dict[str, tuple[str, str]] = {
    # disagreements: who, and what no rule could do
    "reverted": ("{0:and} returned to its older value", "in {0:and} staat weer een oudere waarde"),
    "duplicates disagree": (
        "{0:and} has this customer twice and the copies disagree; {1:told}",
        "deze klant staat dubbel in {0:and} en de twee verschillen; {1:told}",
    ),
    "edit by non-owner": (
        "{0:and} changed a field that others own; {1:told}",
        "gewijzigd in {0:and}, terwijl anderen over dit veld gaan; {1:told}",
    ),
    "first-sync difference": (
        "{0:and} differed before anything was agreed; {1:told}",
        "anders in {0:and} voordat er iets was afgesproken; {1:told}",
    ),
    "update-delete": (
        "{0:and} disagree on whether there is a value at all; {1:told}",
        "in {0:and} is het de vraag of er wel een waarde is; {1:told}",
    ),
    "update-update": (
        "{0:and} changed it since the last agreement; {1:told}",
        "gewijzigd in {0:and} sinds alles gelijk was; {1:told}",
    ),
    "nobody readable": (
        "a system that cannot be read now",
        "een systeem dat nu niet gelezen kan worden",
    ),
    "undecided": ("{0:list} could not choose", "geen keuze door {0:list}"),
    "no rule": ("no rule is given for it", "er is geen regel voor"),
    "no first_sync": ("no first_sync rule is given", "er is geen regel voor first_sync"),
    # what a rule chose
    "wins": ("{0:told} wins by rule {1}: {2:told}", "{0:told} wint door regel {1}: {2:told}"),
    "names": ("{0:and}", "{0:and}"),
    "the hub's value": ("the hub's value", "de waarde van de hub"),
    "the hub": ("the hub", "de hub"),
    "locked": ("a steward locked this value", "een beheerder heeft deze waarde vastgezet"),
    "by the policy": (
        "{0} decides this field by the policy",
        "{0} beslist volgens het beleid over dit veld",
    ),
    "changed last": ("{0:told} changed last, {1:word}", "het laatst gewijzigd in {0:told}, {1:word}"),
    "a steward": ("a steward", "een beheerder"),
    "others bounced": (
        "mail to every other address came back, last seen {0:word}",
        "post aan elk ander adres kwam terug, laatst gezien {0:word}",
    ),
    "verified last": ("{0:told} verified it last, {1:word}", "het laatst bevestigd door {0:told}, {1:word}"),
    "votes": ("{0} of {1} systems show it", "{0} van de {1} systemen tonen het"),
    "extreme": ("it is the {0:word} of the candidates", "het is de {0:word} van de kandidaten"),
    "newest record": (
        "the record in {0:list} changed last ({1:word}); nothing was agreed before",
        "het record in {0:list} is het laatst gewijzigd ({1:word}); er was nog niets afgesproken",
    ),
    "undone": (
        "run {0} was undone; redo it, put the older value back at the source too, or keep both",
        "run {0} is teruggedraaid; doe het opnieuw, zet de oude waarde ook bij de bron terug, of houd beide",
    ),
    # one system's value
    "loss": (
        "{0} shows less than it did; nothing is spread or written there until you decide",
        "{0} toont minder dan eerst; niets wordt verspreid of daar geschreven tot u beslist",
    ),
    "read-only": (
        "{0} cannot be written for this field, so it keeps its own value",
        "dit veld kan in {0} niet geschreven worden, dus houdt {0} zijn eigen waarde",
    ),
    "rejected": ("{0} refused the value ({1:word})", "{0} weigerde de waarde ({1:word})"),
    "invalid": (
        "{0}: {1:word}; kept there as it is, not spread",
        "{0}: {1:word}; blijft daar staan, wordt niet verspreid",
    ),
    "stale": (
        "nobody changed this since {0}, longer ago than the policy's max_age",
        "sinds {0} door niemand gewijzigd, langer geleden dan max_age van het beleid",
    ),
    # whole records
    "gone": (
        "gone from {0}, still in {1:list}; not made again, and nothing else is deleted",
        "weg uit {0}, nog in {1:list}; wordt niet opnieuw gemaakt en verder wordt niets verwijderd",
    ),
    "merged elsewhere": (
        "{0} merged its record into another customer's; it is still in {1:list}: merge them there too",
        "{0} voegde zijn record samen met dat van een andere klant; nog in {1:list}: voeg ze daar ook samen",
    ),
    "link contradicted": (
        "an edit in {0} contradicts the link; nothing is read or written there until you say",
        "wijziging in {0} past niet bij de koppeling; daar wordt niets gelezen of geschreven tot u beslist",
    ),
    "twice": (
        "{0} has this customer twice ({1:and}); merge them there",
        "{0} heeft deze klant dubbel ({1:and}); voeg ze daar samen",
    ),
    "many times": (
        "{0} has this customer {1} times ({2:and}); merge them there",
        "{0} heeft deze klant {1} keer ({2:and}); voeg ze daar samen",
    ),
    # consent
    "address changed": (
        "{0} changed the address; does the old one's consent to {1:and} hold for it?",
        "{0} wijzigde het adres; geldt de toestemming voor {1:and} van het oude ook hiervoor?",
    ),
    "consent of the old address": (
        "{0} shows consent to {1} for the old address; change both there",
        "{0} toont toestemming voor {1} bij het oude adres; wijzig daar allebei",
    ),
    "bounced": (
        "{0}: {1} to this address bounced, so nobody is reached by it",
        "{0}: {1} aan dit adres kwam terug, dus hier is niemand te bereiken",
    ),
    "against, not writable": (
        "{1} is {2:told}, and {0} still shows consent, where the hub may not write it; unsubscribe there",
        "{1} is {2:told}, en {0} toont nog toestemming, waar de hub niet mag schrijven; schrijf daar uit",
    ),
    "against, refused": (
        "{1} is {2:told}, and {0} still shows consent and refused ({3:word}); unsubscribe there",
        "{1} is {2:told}, en {0} toont nog toestemming en weigerde ({3:word}); schrijf daar uit",
    ),
    "said in": ("{0:word} in {1}", "{0:word} in {1}"),
    # what an undo leaves
    "undo: changed since": ("changed since", "sindsdien gewijzigd"),
    "undo: gone": ("the record is gone", "het record is weg"),
    "undo: unread": (
        "it cannot be read now, or a write to it is under way; undo the run again later",
        "niet te lezen, of er is nog een wijziging onderweg; draai de run later opnieuw terug",
    ),
    "undo: linked otherwise": (
        "the record belongs to another customer now",
        "het record hoort nu bij een andere klant",
    ),
    "undo: locked": ("a steward locked this value", "een beheerder heeft deze waarde vastgezet"),
    "undo: may not write": (
        "the hub may not write to {0} any more (writes: none)",
        "de hub mag niet meer schrijven naar {0} (writes: none)",
    ),
    "undo: made it": (
        "the run made this record, and the hub cannot take it away; remove it in {0} if nobody needs it",
        "de run heeft dit record gemaakt, en de hub kan het niet weghalen; verwijder het zelf in {0}",
    ),
    "undo: made it, used": (
        "the run made this record, and somebody changed or used it since",
        "de run heeft dit record gemaakt, en het is sindsdien gewijzigd of gebruikt",
    ),
    "undo: took away": (
        "the run took this record away; put it back in {0}",
        "de run heeft dit record weggehaald; zet het terug in {0}",
    ),
    "undo: consent": (
        "consent is never given back or taken by an undo",
        "toestemming wordt door terugdraaien nooit teruggegeven of ingetrokken",
    ),
    "undo: not mapped": ("its mapping has no such field any more", "het veld staat niet meer in de mapping"),
    "cannot be undone": (
        "{0}: {1} of the run cannot be undone; klantbeeld plan tells which",
        "{0}: {1} van de run kan niet worden teruggedraaid; klantbeeld plan noemt het",
    ),
    # guards
    "one waits for approval": ("{0}: 1 write waits for approval", "{0}: 1 wijziging wacht op goedkeuring"),
    "approval": ("{0}: {1} writes wait for approval", "{0}: {1} wijzigingen wachten op goedkeuring"),
    "one first sync": (
        "{0}: first sync, 1 write waits for approval",
        "{0}: eerste synchronisatie, 1 wijziging wacht op goedkeuring",
    ),
    "first sync": (
        "{0}: first sync, {1} writes wait for approval",
        "{0}: eerste synchronisatie, {1} wijzigingen wachten op goedkeuring",
    ),
    "one removal": (
        "{0}: 1 record would be taken away, which always waits for approval",
        "{0}: 1 record zou verdwijnen, en dat wacht altijd op goedkeuring",
    ),
    "removals": (
        "{0}: {1} records would be taken away, which always waits for approval",
        "{0}: {1} records zouden verdwijnen, en dat wacht altijd op goedkeuring",
    ),
    "limit": ("{0}: {1} {2:told}, more than {3}", "{0}: {1} {2:told}, meer dan {3}"),
    "writes of": ("writes of {0}", "wijzigingen van {0}"),
    # answers
    "redo": (
        "redo it: take the value of {0} everywhere",
        "doe het opnieuw: neem overal de waarde van {0}",
    ),
    "take": ("take the value of {0} everywhere", "neem overal de waarde van {0}"),
    "put back": ("put the hub's value back in {0}", "zet de waarde van de hub terug in {0}"),
    "leave": (
        "leave {0} as it is, until it changes there",
        "laat {0} zoals het is, tot het daar wijzigt",
    ),
}
"""By key: English and Dutch. `{0:and}` is a list of names, `{0:told}` another sentence or a phrase, and
`{0:word}` a phrase of which the English is stored."""


def told(key: str, *arguments: object) -> str:
    """A sentence as it is stored: compact text, without any language."""
    return json.dumps([key, *arguments], ensure_ascii=False, separators=(",", ":"))


def key(stored: str) -> str:
    """Which sentence was stored; "" for a text that is none."""
    found = _parsed(stored)
    return str(found[0]) if found else ""


def sentence(stored: str, language: Language = "en") -> str:
    """The stored sentence in a language; a text that is none is shown as it is, or as the phrase it is."""
    found = _parsed(stored)
    if found is None:
        return word(stored, language)
    key, *arguments = found
    template = SENTENCES[str(key)][language == "nl"]
    return template.format(*(_Argument(one, language) for one in arguments))


def word(english: str, language: Language = "en") -> str:
    """A word or phrase of the product in a language; one it does not know stays as it is."""
    return DUTCH.get(english, english) if language == "nl" else english


def number(count: int, one: str, more: str, language: Language = "en", **named: object) -> str:
    """The phrase for one, or the one for more with its {count} filled in; `named` fills in the rest."""
    return word(one if count == 1 else more, language).format(count=count, **named)


def names(some: Sequence[str], language: Language = "en") -> str:
    """`crm, shop and books`."""
    last = f" {word('and', language)} "
    return last.join([", ".join(some[:-1]), some[-1]] if len(some) > 1 else some)


def hold(reason: str, language: Language = "en") -> str:
    """Why a field is held, of which the first part is ours and the rest a system's or a class."""
    ours, colon, rest = reason.partition(": ")
    return f"{word(ours, language)}: {word(rest, language)}" if colon else word(reason, language)


def _parsed(stored: str) -> list[object] | None:
    if not stored.startswith('["'):
        return None
    try:
        found = json.loads(stored)
    except ValueError:
        return None
    return found if isinstance(found, list) and found[0] in SENTENCES else None


class _Argument:
    """One argument, formatted as its place in the sentence wants it."""

    def __init__(self, given: object, language: Language) -> None:
        self.given, self.language = given, language

    def __format__(self, form: str) -> str:
        if isinstance(self.given, list):
            some = [str(one) for one in self.given]
            return names(some, self.language) if form == "and" else ", ".join(some)
        text = str(self.given)
        if form == "word":
            return word(text, self.language)
        return sentence(text, self.language) if form in ("told", "and") else text


__all__ = ["DUTCH", "SENTENCES", "Language", "hold", "key", "names", "number", "sentence", "told", "word"]
