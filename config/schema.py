"""JSON Schemas of the YAML files, so that an editor completes and underlines: `python -m config.schema`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from adapters.registry import KINDS
from config.settings import Hub, SystemEntry
from reconcile.mapping.model import MappingFile
from reconcile.policy import Policy

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = Path(__file__).parent / "schemas"
Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """Every schema by file name."""
    return {
        "hub.json": _titled("config/hub.yaml", _hub()),
        "mapping.json": _titled("mappings/<system>.yaml", TypeAdapter(MappingFile).json_schema()),
        "policy.json": _titled("config/policy/<entity>.yaml", Policy.model_json_schema()),
    }


def spelled(schema: Schema) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _titled(title: str, schema: Schema) -> Schema:
    """Names that pydantic made up say nothing to a reader; only the file's own title stays."""
    return {"$schema": DRAFT, **_untitled(schema), "title": title}


def _untitled(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: {name: _untitled(value) for name, value in below.items()}
            if key in ("properties", "$defs", "patternProperties")
            else _untitled(below)
            for key, below in node.items()
            if key != "title"
        }
    return [_untitled(item) for item in node] if isinstance(node, list) else node


def _hub() -> Schema:
    """The hub's schema, with the settings of every kind among the keys of a system of that kind."""
    schema = Hub.model_json_schema()
    definitions: Schema = schema["$defs"]
    common = definitions.pop(SystemEntry.__name__)
    entries = {f"{kind}_system": _entry(kind, common, definitions) for kind in sorted(KINDS)}
    definitions |= entries
    choices = [{"$ref": f"#/$defs/{name}"} for name in entries]
    definitions[SystemEntry.__name__] = {"description": common["description"], "oneOf": choices}
    return schema


def _entry(kind: str, common: Schema, definitions: Schema) -> Schema:
    own = KINDS[kind].settings.model_json_schema()
    definitions |= own.pop("$defs", {})
    named = {"kind": {"const": kind, "description": common["properties"]["kind"]["description"]}}
    return {
        "type": "object",
        "description": own.get("description", common["description"]),
        "properties": {**common["properties"], **named, **own.get("properties", {})},
        "required": ["kind", *own.get("required", [])],
        "additionalProperties": False,
    }


def main(arguments: Sequence[str] = ()) -> None:
    """Write the schemas into a folder, config/schemas when none is named."""
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (folder / name).write_text(spelled(schema), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
