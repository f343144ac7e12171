"""Countries by code and by name (ISO 3166-1), as far as European companies write them."""

from __future__ import annotations

import re

from reconcile.types.cleaning import plain

# alpha-2 alpha-3 Dutch|English|other names in use
_TABLE = """
NL NLD Nederland|Netherlands|The Netherlands|Holland|Niederlande|Pays-Bas
BE BEL België|Belgium|Belgien|Belgique
DE DEU Duitsland|Germany|Deutschland
LU LUX Luxemburg|Luxembourg
FR FRA Frankrijk|France|Frankreich
GB GBR Verenigd Koninkrijk|United Kingdom|UK|Great Britain|Groot-Brittannië|Engeland|England
IE IRL Ierland|Ireland
ES ESP Spanje|Spain|España
PT PRT Portugal
IT ITA Italië|Italy|Italia
AT AUT Oostenrijk|Austria|Österreich
CH CHE Zwitserland|Switzerland|Schweiz|Suisse
LI LIE Liechtenstein
DK DNK Denemarken|Denmark|Danmark
SE SWE Zweden|Sweden|Sverige
NO NOR Noorwegen|Norway|Norge
FI FIN Finland|Suomi
IS ISL IJsland|Iceland
EE EST Estland|Estonia
LV LVA Letland|Latvia
LT LTU Litouwen|Lithuania
PL POL Polen|Poland|Polska
CZ CZE Tsjechië|Czechia|Czech Republic
SK SVK Slowakije|Slovakia
HU HUN Hongarije|Hungary
SI SVN Slovenië|Slovenia
HR HRV Kroatië|Croatia
RS SRB Servië|Serbia
BA BIH Bosnië en Herzegovina|Bosnia and Herzegovina
ME MNE Montenegro
MK MKD Noord-Macedonië|North Macedonia
AL ALB Albanië|Albania
RO ROU Roemenië|Romania
BG BGR Bulgarije|Bulgaria
GR GRC Griekenland|Greece
CY CYP Cyprus
MT MLT Malta
MC MCO Monaco
AD AND Andorra
SM SMR San Marino
VA VAT Vaticaanstad|Vatican City
UA UKR Oekraïne|Ukraine
MD MDA Moldavië|Moldova
BY BLR Wit-Rusland|Belarus
RU RUS Rusland|Russia|Russian Federation
TR TUR Turkije|Turkey|Türkiye
AW ABW Aruba
CW CUW Curaçao
SX SXM Sint Maarten
BQ BES Caribisch Nederland|Bonaire, Sint Eustatius and Saba|Bonaire
SR SUR Suriname
US USA Verenigde Staten|United States|United States of America|Verenigde Staten van Amerika|Amerika
CA CAN Canada
MX MEX Mexico
BR BRA Brazilië|Brazil
AR ARG Argentinië|Argentina
CL CHL Chili|Chile
CO COL Colombia
MA MAR Marokko|Morocco
DZ DZA Algerije|Algeria
TN TUN Tunesië|Tunisia
EG EGY Egypte|Egypt
ZA ZAF Zuid-Afrika|South Africa
NG NGA Nigeria
GH GHA Ghana
KE KEN Kenia|Kenya
IL ISR Israël|Israel
AE ARE Verenigde Arabische Emiraten|United Arab Emirates
SA SAU Saoedi-Arabië|Saudi Arabia
IN IND India
ID IDN Indonesië|Indonesia
CN CHN China
HK HKG Hongkong|Hong Kong
TW TWN Taiwan
JP JPN Japan
KR KOR Zuid-Korea|South Korea
SG SGP Singapore
MY MYS Maleisië|Malaysia
TH THA Thailand
VN VNM Vietnam|Viet Nam
PH PHL Filipijnen|Philippines
AU AUS Australië|Australia
NZ NZL Nieuw-Zeeland|New Zealand
"""
_ALPHA_2 = re.compile(r"[A-Z]{2}\Z", re.ASCII)
_ROWS = [line.split(" ", 2) for line in _TABLE.strip().splitlines()]
_ALPHA_3 = {two: three for two, three, _ in _ROWS}
_NAMES = {two: names.split("|") for two, _, names in _ROWS}
_CODES = {plain(word): two for two, three, names in _ROWS for word in (two, three, *names.split("|"))}


def country_code(text: str) -> str:
    """The alpha-2 code that clean `text` names; any two letters are one; else the text as it is."""
    if text in _NAMES:
        return text
    if code := _CODES.get(plain(text).removesuffix(".")):
        return code
    return text.upper() if _ALPHA_2.match(text.upper()) and text.isascii() else text


def is_code(country: str) -> bool:
    """Was the country understood?"""
    return _ALPHA_2.match(country) is not None


def is_country(text: str) -> bool:
    """Is `text` a country and nothing else?"""
    return plain(text).removesuffix(".") in _CODES


def spell_country(code: str, like: str) -> str:
    """The country as a code of three letters or a name where `like` is one, else its alpha-2 code."""
    shown = country_code(like)
    if code not in _NAMES or shown not in _NAMES or len(like) == 2:
        return code
    if shown == code:
        return like
    if len(like) == 3:
        return _ALPHA_3[code]
    place = next((n for n, name in enumerate(_NAMES[shown]) if plain(name) == plain(like)), 0)
    return _NAMES[code][min(place, len(_NAMES[code]) - 1, 1)]
