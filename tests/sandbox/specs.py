"""Vendors' own descriptions of their APIs, where they lie beside the checkout."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from sandbox.kit import System
from sandbox.routes import Answer, Asked
from sandbox.serving import transport
from tests.docs.pages import ROOT


def faults(vendor: str, file: str, schema: str, answer: Any) -> list[str]:
    """Where an answer is not as the vendor says (`schema`: a pointer); skips without the file."""
    path = ROOT.parent / "shared/contracts" / vendor / file
    if not path.exists():
        pytest.skip(f"{file} is not here")
    document = _nullable(json.loads(path.read_text("utf-8")))
    draft = Draft202012Validator if document.get("openapi", "").startswith("3.1") else Draft7Validator
    found = draft({**document, "$ref": schema}).iter_errors(answer)
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


class Listening:
    """A system in this process that remembers by method the last body it was sent."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.sent: dict[str, Any] = {}

    def transport(self) -> httpx.MockTransport:
        return transport(self._take)

    def _take(self, asked: Asked) -> Answer:
        if asked.body:
            self.sent[asked.method] = asked.json()
        return self.system.take(asked)
