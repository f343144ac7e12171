"""Countries."""

from __future__ import annotations

from reconcile.types.base import HIDDEN, SemanticType, register
from reconcile.types.cleaning import clean
from reconcile.types.countries import country_code, spell_country
from reconcile.values import BLANK, Value

# ISO 3166-1, and XK for Kosovo, which its users agreed on
_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK
YE YT ZA ZM ZW
"""
_ASSIGNED = frozenset(_CODES.split())


@register
class Country(SemanticType):
    """A country as its code of two letters, also from a name in Dutch or English or a code of three."""

    name = "country"
    closed = True
    examples = (
        "NL",
        "nl",
        "NLD",
        "Nederland",
        "the Netherlands",
        "Holland",
        "België",
        "BELGIE",
        "DE",
        "DEU",
    ) + (
        "Duitsland",
        "Germany",
        "Zuid-Afrika",
        "XX",
        "Nergensland",
        "31",
    )

    def normalise(self, raw: object) -> Value:
        return country_code(clean(raw)) or BLANK

    def match(self, value: Value) -> str:
        return str(value) if value in _ASSIGNED else ""

    def cut(self, a: Value, b: Value) -> bool:
        return False

    def validate(self, value: Value) -> str | None:
        return None if value is BLANK or value in _ASSIGNED else "names a country that is not known"

    def mask(self, value: Value) -> str:
        return HIDDEN if value is not BLANK else ""

    def house(self, value: Value, like: object = None) -> object:
        """A code of two letters; one of three or a name where the system shows those."""
        return spell_country(str(value), clean(like)) if value in _ASSIGNED else value
