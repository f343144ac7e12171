"""Vendors' own descriptions of their APIs, where they lie beside the checkout."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.docs.pages import ROOT


def faults(vendor: str, file: str, schema: str, answer: Any) -> list[str]:
    """Where an answer is not as the vendor says (`schema`: a pointer); skips without the file."""
    path = ROOT.parent / "shared/contracts" / vendor / file
    if not path.exists():
        pytest.skip(f"{file} is not here")
    document = _nullable(json.loads(path.read_text("utf-8")))
    found = Draft7Validator({**document, "$ref": schema}).iter_errors(answer)
    return [f"{'.'.join(map(str, fault.absolute_path))}: {fault.message}" for fault in found]


def _nullable(schema: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has another type."""
    if isinstance(schema, list):
        return [_nullable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _nullable(value) for name, value in schema.items()}
    if made.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made
