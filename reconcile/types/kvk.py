"""Numbers of the Dutch trade register."""

from __future__ import annotations

import re

from reconcile.types.base import SemanticType, register
from reconcile.types.cleaning import clean
from reconcile.values import BLANK, Value

_SEPARATORS = str.maketrans("", "", " -.")
_LABEL = re.compile(
    r"\A(?:K\.?v\.?K\.?|handelsregister|coc)(?:[ .-]*(?:nummer|number|nr|no))?[ .:-]*(?=[0-9])", re.I | re.A
)
_DIGITS = re.compile(r"[0-9]+\Z", re.ASCII)
_LENGTH, _BRANCH_LENGTH = 8, 12


@register
class Kvk(SemanticType):
    """Eight digits, without check digits. A number of seven lost its zero in a spreadsheet and gets it back;
    a text of seven may as well lack another digit, so it stays and says less than the one with the zero.
    """

    name = "kvk"
    examples = ("12345678", 12345678, "KvK 12345678", "KVK-nummer: 12345678", "K.v.K. nr. 12.34.56.78") + (
        1234567,
        1234567.0,
        "1234567",
        "01234567",
        "123456",
        "000012345678",
        "00000000",
        "onbekend",
        "1234 5678",
    )

    def normalise(self, raw: object) -> Value:
        text = clean(raw)
        if len(text) == _LENGTH and _DIGITS.match(text):
            return text
        digits = _LABEL.sub("", text).translate(_SEPARATORS)
        if not _DIGITS.match(digits):
            return text or BLANK
        lost = isinstance(raw, int | float) and len(digits) == _LENGTH - 1
        return f"0{digits}" if lost else digits

    def match(self, value: Value) -> str:
        return str(value) if value is not BLANK and self.validate(value) is None else ""

    def within(self, a: Value, b: Value) -> bool:
        return a is BLANK or a == b or (b == f"0{a}" and len(str(b)) == _LENGTH and self.validate(b) is None)

    def cut(self, a: Value, b: Value) -> bool:
        return False

    def validate(self, value: Value) -> str | None:
        if value is BLANK:
            return None
        text = str(value)
        if not _DIGITS.match(text):
            return "is no number of the trade register: eight digits"
        if len(text) == _LENGTH:
            return None if text.strip("0") else "is only zeros"
        if len(text) == _LENGTH - 1:
            return "has seven digits: did it lose a zero in front?"
        return "is the number of a branch" if len(text) == _BRANCH_LENGTH else "has not eight digits"

    def house(self, value: Value, like: object = None) -> object:
        """Text; a number where the system shows one, if that loses nothing."""
        if isinstance(like, int) and not isinstance(like, bool) and _DIGITS.match(str(value)):
            number = int(str(value)) if len(str(value)) == _LENGTH else 0
            return number if self.normalise(number) == value else value
        return value
