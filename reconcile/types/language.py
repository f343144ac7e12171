"""Languages that customers are written to in."""

from __future__ import annotations

import re

from reconcile.types.base import HIDDEN, SemanticType, register
from reconcile.types.cleaning import clean, plain
from reconcile.values import BLANK, Value

# ISO 639-1, ISO 639-2 (both sorts where there are two), Dutch|English|own name
_TABLE = """
nl nld,dut Nederlands|Dutch|Vlaams|Flemish
en eng Engels|English
de deu,ger Duits|German|Deutsch
fr fra,fre Frans|French|Français
fy fry Fries|Frisian|Frysk|Western Frisian
es spa Spaans|Spanish|Español
pt por Portugees|Portuguese|Português
it ita Italiaans|Italian|Italiano
da dan Deens|Danish|Dansk
sv swe Zweeds|Swedish|Svenska
no nor Noors|Norwegian|Norsk
nb nob Bokmål|Norwegian Bokmål
fi fin Fins|Finnish|Suomi
is isl,ice IJslands|Icelandic|Íslenska
pl pol Pools|Polish|Polski
cs ces,cze Tsjechisch|Czech|Čeština
sk slk,slo Slowaaks|Slovak|Slovenčina
hu hun Hongaars|Hungarian|Magyar
sl slv Sloveens|Slovenian|Slovenščina
hr hrv Kroatisch|Croatian|Hrvatski
sr srp Servisch|Serbian|Srpski
bg bul Bulgaars|Bulgarian
ro ron,rum Roemeens|Romanian|Română
el ell,gre Grieks|Greek
et est Ests|Estonian|Eesti
lv lav Lets|Latvian|Latviešu
lt lit Litouws|Lithuanian|Lietuvių
lb ltz Luxemburgs|Luxembourgish|Lëtzebuergesch
ga gle Iers|Irish|Gaeilge
mt mlt Maltees|Maltese|Malti
uk ukr Oekraïens|Ukrainian
ru rus Russisch|Russian
tr tur Turks|Turkish|Türkçe
ar ara Arabisch|Arabic
he heb Hebreeuws|Hebrew
fa fas,per Perzisch|Persian
hi hin Hindi|Hindi
id ind Indonesisch|Indonesian
zh zho,chi Chinees|Chinese
ja jpn Japans|Japanese
ko kor Koreaans|Korean
af afr Afrikaans|Afrikaans
pap pap Papiaments|Papiamento|Papiamentu
"""
_ROWS = [line.split(" ", 2) for line in _TABLE.strip().splitlines()]
_LONG = {short: long.split(",")[0] for short, long, _ in _ROWS}
_NAMES = {short: names.split("|") for short, _, names in _ROWS}
_CODES = {
    plain(word): short
    for short, long, names in _ROWS
    for word in (short, *long.split(","), *names.split("|"))
}
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})+(?:[.@]\S*)?\Z", re.ASCII)  # nl-NL, nl_NL.UTF-8


@register
class Language(SemanticType):
    """A language as its code of two letters (Papiamento has three); a country behind it says nothing."""

    name = "language"
    closed = True
    examples = (
        "nl",
        "NL",
        "nld",
        "dut",
        "Nederlands",
        "dutch",
        "nl-NL",
        "nl_BE",
        "en-GB",
        "English",
        "de_DE.UTF-8",
    ) + (
        "Français",
        "francais",
        "fr",
        "xx",
        "Klingon",
        "nl-",
    )

    def normalise(self, raw: object) -> Value:
        text = clean(raw)
        return _code(text) or text or BLANK

    def match(self, value: Value) -> str:
        """Nobody is found by a language."""
        return ""

    def cut(self, a: Value, b: Value) -> bool:
        return False

    def validate(self, value: Value) -> str | None:
        return None if value is BLANK or value in _NAMES else "names a language that is not known"

    def mask(self, value: Value) -> str:
        return HIDDEN if value is not BLANK else ""

    def house(self, value: Value, like: object = None) -> object:
        """A code of two letters; one of three, or a name, where the system shows those.

        What shows the language already stays: nobody said that its country changed.
        """
        text = clean(like)
        shown = _code(text)
        if value not in _NAMES or not shown:
            return value
        if shown == value and isinstance(like, str):
            return like
        return _spelled(str(value), text, shown)


def _code(text: str) -> str:
    tag = _TAG.match(text)
    return _CODES.get(plain(tag[1] if tag else text), "")


def _spelled(code: str, like: str, shown: str) -> str:
    if _TAG.match(like) or len(like) == len(shown):
        return code.upper() if like.isupper() else code
    if len(like) == 3:
        return _LONG[code]
    place = next((n for n, name in enumerate(_NAMES[shown]) if plain(name) == plain(like)), 0)
    return _NAMES[code][min(place, 1)]
