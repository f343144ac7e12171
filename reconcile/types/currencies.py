"""Currencies by code, sign and name (ISO 4217)."""

from __future__ import annotations

from reconcile.types.cleaning import plain

_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR
LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN
PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB
TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW
ZWG
"""
CODES = frozenset(_CODES.split())
_WORDS = {"€": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "$": "USD", "us$": "USD", "¥": "JPY"}
_SIGNS = {code: word for word, code in _WORDS.items() if len(word) == 1}


def currency_code(text: str) -> str:
    """The code that clean `text` names; "" if it names none. A lone "$" is a dollar of the United States."""
    return text.upper() if text.upper() in CODES else _WORDS.get(plain(text), "")


def spell_currency(code: str, like: str) -> str:
    """The currency as a sign where `like` is one, else its code."""
    return _SIGNS.get(code, code) if len(like) == 1 else code
