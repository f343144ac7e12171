"""Names of companies, foundations and associations, with their legal form aside."""

from __future__ import annotations

from functools import lru_cache

from reconcile.types.base import SemanticType, is_cut, register
from reconcile.types.cleaning import clean, fold, plain, says_less, unreadable
from reconcile.values import BLANK, Value

_SPELLINGS = (
    "B.V.|N.V.|V.O.F.|C.V.|U.A.|B.A.|W.A.|B.V. i.o.|BVBA|CVBA|VZW|ASBL|SPRL|SRL|GmbH|AG|KG|OHG|UG|e.K.|e.V."
    "|GmbH & Co. KG|Ltd.|LLP|LLC|PLC|Inc.|Corp.|S.A.|S.A.R.L.|SAS|S.p.A.|A/S|ApS|SE"
)
_FORMS = {form.replace(".", "").replace(" ", "").lower(): form for form in _SPELLINGS.split("|")}
_FORMS |= {"limited": "Ltd.", "incorporated": "Inc.", "corporation": "Corp."}
_FRONT = {
    "stichting": "Stichting",
    "stg": "Stichting",
    "vereniging": "Vereniging",
    "coöperatie": "Coöperatie",
    "cooperatie": "Coöperatie",
    "maatschap": "Maatschap",
    "vof": "V.O.F.",
}
_BEHIND = {"stichting": "Stichting", "stg": "Stichting"}  # "Anne Frank Stichting" is Stichting Anne Frank
_LONGEST = 4  # words in a form: GmbH & Co. KG


@register
class Organisation(SemanticType):
    """A name with its legal form: without the form it says less, another form is another organisation."""

    name = "organisation"
    version = 3
    examples = (
        (
            "Willems Wijnen B.V.",
            "Willems Wijnen BV",
            "Willems Wijnen b.v",
            "Willems Wijnen, B. V.",
            "Willems Wijnen",
        )
        + (
            "Willems Wijnen N.V.",
            "WILLEMS WIJNEN BV",
            "Stichting Rijnoever",
            "Rijnoever",
            "Stg. Rijnoever",
            "BV",
        )
        + (
            "VOF Jansen",
            "Jansen V.O.F.",
            "Jansen",
            "Bäcker GmbH & Co. KG",
            "Backer GmbH & Co KG",
            "Rijnoever, Stichting",
            "Rijnoever Stichting",
        )
        + (
            "Coöperatie De Hof U.A.",
            "De Hof U.A.",
            "De Hof",
            "Acme Limited",
            "Acme Ltd",
            "Acme Ltd. Ltd.",
            "B.V. N.V.",
        )
    )

    def normalise(self, raw: object) -> Value:
        text = clean(raw)
        once = _spelled(text)
        return (once if once == text else _spelled(once)) or BLANK  # without its comma "Co , KG" is a form

    def split(self, value: Value) -> tuple[str, frozenset[str]]:
        """A canonical value as (name without legal form, legal forms)."""
        front, rest, back = _split(str(value)) if value is not BLANK else ("", "", "")
        return rest, frozenset(filter(None, (front, back)))

    def key(self, value: Value) -> str | None:
        if value is BLANK:
            return None
        rest, forms = self.split(value)
        return "|".join((fold(rest), *sorted(forms)))

    def match(self, value: Value) -> str:
        return plain(self.split(value)[0])

    def within(self, a: Value, b: Value) -> bool:
        if a is BLANK or a == b:
            return True
        if b is BLANK:
            return False
        (rest_a, forms_a), (rest_b, forms_b) = self.split(a), self.split(b)
        return forms_a <= forms_b and says_less(fold(rest_a), fold(rest_b))

    def cut(self, a: Value, b: Value) -> bool:
        """A cut name may end in what looks like a legal form: "Garage Sa" of "Garage Sanders B.V."."""
        return isinstance(a, str) and isinstance(b, str) and is_cut(_run_on(a), _run_on(b))

    def validate(self, value: Value) -> str | None:
        if value is BLANK:
            return None
        if not any(c.isalnum() for c in str(value)):
            return "has no letter or digit; correct it at the source"
        return unreadable(str(value))

    def sort_key(self, value: Value) -> str:
        return plain(self.split(value)[0])


def _spelled(text: str) -> str:
    return " ".join(filter(None, _split(text)))


def _run_on(text: str) -> str:
    """Letters and digits only: what a cut leaves of a name, whatever we made of its end."""
    return "".join(c for c in plain(text) if c.isalnum())


@lru_cache(4096)
def _split(text: str) -> tuple[str, str, str]:
    """(form in front, name, form behind), the forms as we spell them; a name is never all form."""
    words = text.split(" ")
    back = ""
    for count in range(min(_LONGEST, len(words) - 1), 0, -1):
        if form := _form(words[-count:]):
            words, back = words[:-count], form
            break
    front = _FRONT.get(_compact(words[0]), "") if len(words) > 1 else ""
    words = words[1:] if front else words
    if len(words) > 1 and words[-2].endswith(",") and not front and _compact(words[-1]) in _FRONT:
        front = _FRONT[_compact(words.pop())]
    elif len(words) > 1 and not front and not back and _compact(words[-1]) in _BEHIND:
        back = _BEHIND[_compact(words.pop())]
    name = " ".join(words)
    bare = name.rstrip(" ,") if front or back else name
    return front, bare or name, back


def _form(words: list[str]) -> str:
    """The legal form that these words spell: "BV", "b.v.", "B. V."; not any words that happen to add up."""
    compact = _compact("".join(words))
    form = _FORMS.get(compact, "")
    together = len(words) == 1 or " " in form or all(len(_compact(w)) == 1 for w in words)
    return form if together else ""


def _compact(word: str) -> str:
    return word.replace(".", "").strip("(),").lower()
