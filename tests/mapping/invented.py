"""Tiny types, so that these tests speak of mappings and of nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reconcile.mapping import CompiledMapping, EntityMapping, compile_mapping
from reconcile.types.base import SemanticType
from reconcile.values import Value

INFIXES = re.compile(r"(van der|van|de) (.+)")


class Word(SemanticType):
    name = "word"

    def normalise(self, raw: object) -> Value:
        return " ".join(str(raw).split()) or None


class Mail(Word):
    name = "mail"

    def normalise(self, raw: object) -> Value:
        return str(raw).strip().lower() or None


class Phone(Word):
    """Digits with a plus; written with spaces where the system shows spaces."""

    name = "phone"

    def normalise(self, raw: object) -> Value:
        digits = re.sub(r"\D", "", str(raw))
        return f"+{digits}" if digits else None

    def house(self, value: Value, like: object = None) -> object:
        return f"{value[:3]} {value[3:]}" if " " in str(like or "") else value


class Family(Word):
    name = "family"

    def normalise(self, raw: object) -> Value:
        pieces = [raw["infix"], raw["name"]] if isinstance(raw, Mapping) else [raw]
        return " ".join(" ".join(str(piece or "") for piece in pieces).split()) or None

    def write_infix(self, value: Value, wants_infix: bool) -> tuple[str, str]:
        found = INFIXES.fullmatch(str(value))
        return (found[2], found[1]) if found and wants_infix else (str(value), "")


class Home(SemanticType):
    """An address of four parts; street and number may stand together in `lines`."""

    name = "home"
    parts = ("street", "number", "city", "country")
    examples = ({"lines": "Kerkweg 7", "city": "Delft", "country": "NL"},)

    def normalise(self, raw: object) -> Value:
        assert isinstance(raw, Mapping)
        lines = raw.get("lines")
        line = " ".join(lines) if isinstance(lines, list) else str(lines or "")
        street, _, number = line.rpartition(" ") if line else ("", "", "")
        shown = {"street": street, "number": number, **{k: v for k, v in raw.items() if k != "lines"}}
        value = tuple(str(shown.get(part) or "").strip() for part in self.parts)
        return value if any(value) else None

    def write_parts(
        self, value: Value, wanted: Sequence[str], like: Mapping[str, object]
    ) -> dict[str, object]:
        assert isinstance(value, tuple)
        parts: dict[str, object] = dict(zip(self.parts, value, strict=True))
        line = f"{value[0]} {value[1]}".strip()
        parts["lines"] = [line] if isinstance(like.get("lines"), list) else line
        return {part: parts[part] for part in wanted}


TYPES = {
    "given_name": Word(),
    "family_name": Family(),
    "email": Mail(),
    "phone": Phone(),
    "mobile": Phone(),
    "address": Home(),
    "segment": Word(),
    "member": Word(),
    "note": Word(),
}


def mapping(fields: Mapping[str, object], **rest: object) -> EntityMapping:
    return EntityMapping.model_validate({"fields": fields, **rest})


def compiled(fields: Mapping[str, object], **rest: object) -> CompiledMapping:
    return compile_mapping(mapping(fields, **rest), TYPES)


BILLING = {"in": "addresses", "where": {"billing": True}}
SHIPPING = {"in": "addresses", "where": {"shipping": True}}
SHOP = {
    "given_name": "first",
    "family_name": {"path": "last", "infix": {"path": "middle"}},
    "email": "contact.email",
    "phone": {**BILLING, "path": "telephone"},
    "mobile": {**SHIPPING, "path": "telephone"},
    "address": {**BILLING, "parts": {"lines": "street", "city": "city", "country": "country_id"}},
    "segment": {"path": "tier", "values": {"gold": "premium", "basic": "standard"}},
    "member": {"path": "member", "values": {True: "yes", False: "no"}},
    "note": {"path": "score", "write": "never"},
}
"""A web shop with a list of addresses."""
