"""Every key of every model, made wrong once: the path and the line that are told are the right ones.

The samples hold every key there is (a test counts), written one value to a line, so that the line of
each path is known without asking the loader.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from config.settings import Hub
from config.validate import validate
from config.yaml12 import loads
from reconcile.mapping.model import EntityMapping
from reconcile.policy import Policy

Path = tuple[str | int, ...]
WRONG = 5.5  # wrong for text, whole numbers, truth values, names, lists and blocks alike

HUB: Any = {
    "language": "nl",
    "state": {"env": "STATE"},
    "systems": {
        "books": {
            "kind": "memory",
            "writes": "ask",
            "creates": "all",
            "deletes": "unlink",
            "archived": {"field": "status", "value": "inactive"},
            "was": "ledger",
            "clock_skew": "2m",
            "index_lag": "5s",
            "full_scan": "1w",
            "webhooks": {
                "proof": {"token": "header", "name": "X-Token", "prefix": "Bearer "},
                "secret": {"env": "BOOKS_HOOK"},
                "id": "meta.id",
                "prefix": "c:",
                "delivery": "X-Delivery",
                "challenge": "challenge",
            },
        },
        "crm": {
            "kind": "memory",
            "webhooks": {
                "proof": {
                    "hmac": "sha256",
                    "header": "X-Signature",
                    "encoding": "base64",
                    "prefix": "sha256=",
                    "part": "v1",
                    "timestamp": "t",
                    "within": "5m",
                    "over": ["method", "url", "timestamp", ".", "body"],
                    "url": "https://hub.example/hooks/crm",
                },
                "secret": {"env": "CRM_HOOK"},
                "id": "objectId",
            },
        },
        "erp": {
            "kind": "memory",
            "webhooks": {
                "proof": {"hmac": "sha256", "member": "HashCode", "of": "Content", "encoding": "hex"},
                "secret": {"env": "ERP_HOOK"},
                "id": "Content.Key",
            },
        },
        "mail": {
            "kind": "memory",
            "webhooks": {"proof": {"basic": "hub"}, "secret": {"env": "MAIL_HOOK"}, "id": "id"},
        },
        "survey": {
            "kind": "memory",
            "webhooks": {"proof": "path", "secret": {"env": "SURVEY_HOOK"}, "id": "id"},
        },
    },
    "schedules": [{"sync": "customer", "every": "15m", "between": "07:00-20:00", "zone": "Europe/Amsterdam"}],
}
POLICY: Any = {
    "region": "NL",
    "rules": {"newest": ["most_recent", {"system": "books"}, {"systems": ["books"]}, {"most_recent": "5m"}]},
    "first_sync": ["majority", {"newest_record": "30d"}],
    "fields": {
        "email": {
            "type": "email",
            "label": "E-mail",
            "rule": "newest",
            "edits_from": ["books"],
            "verified_by": ["books"],
            "owner": "sales",
            "purpose": "contact",
            "severity": "high",
            "sensitive": False,
            "required": True,
            "max_age": "2y",
            "values": ["gold"],
            "currency": "EUR",
            "decimal": "comma",
            "pivot": 30,
        }
    },
    "link": [{"name": "same", "when": ["email"], "unless": ["other_email"]}],
    "guards": {
        "updates": [25, 10],
        "creates": [25, 10],
        "deletes": [5, 1],
        "clears": [5, 2],
        "one_field": [25, 20],
        "conflicts": [25, 10],
        "listing": 50,
    },
    "placeholders": ["onbekend"],
    "facts": {
        "open_invoices": {
            "type": "money",
            "from": "books",
            "label": "Open",
            "sensitive": True,
            "values": ["gold"],
            "currency": "EUR",
            "decimal": "comma",
            "pivot": 30,
        }
    },
    "consent": {
        "newsletter": {
            "channel": "email",
            "purpose": "marketing",
            "on_email_change": "ask",
            "identifier": "email",
        }
    },
}
MAPPING: Any = {
    "resource": "customers",
    "kind": {"present": "company", "then": "organisation", "else": "person"},
    "fields": {
        "family_name": {
            "path": "lastname",
            "infix": {"path": "middlename"},
            "length": 40,
            "charset": "ascii",
            "write": "never",
            "on_loss": "ask",
            "verified": "checks.email",
            "required": False,
            "clearable": True,
        },
        "tier": {
            "in": "groups",
            "where": {"main": True},
            "path": "tier",
            "values": {"gold": "premium"},
            "write": {"premium": "gold"},
            "when_absent": {"create": {"kind": "x"}, "copy": {"name": "tier"}},
        },
        "given_name": {"path": "name", "order": ["given_name", "family_name"]},
        "address": {"parts": {"country": {"path": "country", "values": {"31": "NL"}, "write": {"NL": "31"}}}},
    },
    "consent": {
        "newsletter": {
            "path": "status",
            "in": "lists",
            "where": {"main": True},
            "granted": ["yes"],
            "denied": ["no"],
            "withdrawn": ["gone"],
            "pending": ["asked"],
            "bounced": ["bounced"],
            "unknown": ["new"],
            "time": "since",
            "proof": {"path": "opt_in", "values": ["double"]},
            "write": "never",
        }
    },
    "facts": {
        "open_invoices": {
            "in": "totals",
            "where": {"main": True},
            "parts": {"amount": {"path": "open", "values": {"-": "0"}}},
        },
        "last_order": {"path": "ordered", "values": {"0": "never"}},
    },
    "constant": {"source": "hub"},
    "external_id": {"books": "ids.books"},
    "examples": [{"raw": {"a": 1}, "canonical": {"b": 1}}, {"change": {"b": 2}, "sends": {"a": 2}}],
}
SAMPLES: list[tuple[type[BaseModel], Any]] = [(Hub, HUB), (Policy, POLICY), (EntityMapping, MAPPING)]
OPEN = {"raw", "canonical", "change", "sends"}  # payloads and values: any key, any value
NAMED = {
    "systems",
    "rules",
    "fields",
    "where",
    "values",
    "parts",
    "external_id",
    "consent",
    "facts",
    "constant",
    "create",
    "copy",
    "write",
}  # blocks with people's own keys
OTHER_KIND = {"always": "person"}  # the other shape of `kind` in a mapping

REQUIRED: list[tuple[type[BaseModel], Any, Path]] = [
    *((Hub, HUB, path) for path in [("systems",), ("systems", "books", "kind")]),
    *((Hub, HUB, ("systems", "books", "archived", key)) for key in ("field", "value")),
    *((Hub, HUB, ("schedules", 0, key)) for key in ("sync", "every")),
    *((Hub, HUB, ("systems", "survey", "webhooks", key)) for key in ("proof", "secret", "id")),
    (Hub, HUB, ("systems", "books", "webhooks", "proof", "name")),
    (Hub, HUB, ("systems", "crm", "webhooks", "proof", "header")),
    *((Hub, HUB, ("systems", "erp", "webhooks", "proof", key)) for key in ("member", "of")),
    *((Policy, POLICY, path) for path in [("fields",), ("link",), ("fields", "email", "type")]),
    *((Policy, POLICY, path) for path in [("link", 0, "name"), ("link", 0, "when")]),
    *((EntityMapping, MAPPING, path) for path in [("fields",), ("kind", "present"), ("kind", "then")]),
    *(
        (EntityMapping, MAPPING, path)
        for path in [("kind", "else"), ("fields", "family_name", "infix", "path")]
    ),
    (EntityMapping, MAPPING, ("fields", "address", "parts", "country", "path")),
    *((Policy, POLICY, ("consent", "newsletter", key)) for key in ("channel", "purpose")),
    *((Policy, POLICY, ("facts", "open_invoices", key)) for key in ("type", "from")),
    (EntityMapping, MAPPING, ("facts", "open_invoices", "parts", "amount", "path")),
    (EntityMapping, MAPPING, ("consent", "newsletter", "path")),
    (EntityMapping, MAPPING, ("consent", "newsletter", "proof", "path")),
]


def written(data: Any) -> tuple[str, dict[Path, int]]:
    """Data as YAML with one value or key to a line, and the line of every path."""
    lines: list[str] = []
    places: dict[Path, int] = {}

    def write(value: Any, path: Path, indent: str) -> None:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, below in pairs:
            mark = f"{json.dumps(key)}:" if isinstance(value, dict) else "-"
            places[*path, key] = len(lines) + 1
            if isinstance(below, dict | list) and below:
                lines.append(indent + mark)
                write(below, (*path, key), indent + "  ")
            else:
                lines.append(f"{indent}{mark} {json.dumps(below)}")

    write(data, (), "")
    return "\n".join(lines), places


def paths(data: Any, path: Path = ()) -> Iterator[Path]:
    """Every path that models decide about."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, below in pairs:
        yield (*path, key)
        if key not in OPEN:
            yield from paths(below, (*path, key))


def with_value(data: Any, path: Path, value: Any) -> Any:
    changed = copy.deepcopy(data)
    block = changed
    for step in path[:-1]:
        block = block[step]
    block[path[-1]] = value
    return changed


def told(model: type[BaseModel], data: Any) -> tuple[list[tuple[Path, int]], dict[Path, int]]:
    """What is told about some data (path and line), and the line of every path."""
    text, places = written(data)
    document = loads(text, "f")
    found = validate(model, document.data, document)
    return ([(p.path, p.line) for p in found] if isinstance(found, list) else []), places


def properties(model: type[BaseModel]) -> set[str]:
    schema = model.model_json_schema()
    shapes = [schema, *schema.get("$defs", {}).values()]
    return {name for shape in shapes for name in shape.get("properties", {})}


@pytest.mark.parametrize(("model", "sample"), SAMPLES)
def test_the_samples_are_right_and_hold_every_key(model: type[BaseModel], sample: Any) -> None:
    assert told(model, sample)[0] == []
    keys = {step for path in paths(sample) for step in path}
    assert properties(model) - keys - set(OTHER_KIND) == set()
    other = with_value(MAPPING, ("kind",), OTHER_KIND)
    assert told(EntityMapping, other)[0] == []


WRONG_TYPES = [(model, sample, path) for model, sample in SAMPLES for path in paths(sample)]


@pytest.mark.parametrize(
    ("model", "sample", "path"), WRONG_TYPES, ids=[".".join(map(str, path)) for _, _, path in WRONG_TYPES]
)
def test_a_value_of_the_wrong_type_is_told_at_its_line(
    model: type[BaseModel], sample: Any, path: Path
) -> None:
    found, places = told(model, with_value(sample, path, WRONG))
    assert found == [(path, places[path])]


def blocks(data: Any, path: Path = ()) -> Iterator[Path]:
    """Every block whose keys a model knows."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    if isinstance(data, dict) and not (path and path[-1] in NAMED):
        yield path
    for key, below in pairs:
        if key not in OPEN:
            yield from blocks(below, (*path, key))


UNKNOWN_KEYS = [(model, sample, path) for model, sample in SAMPLES for path in blocks(sample)]


@pytest.mark.parametrize(
    ("model", "sample", "path"),
    UNKNOWN_KEYS,
    ids=[".".join(map(str, path)) or "top" for _, _, path in UNKNOWN_KEYS],
)
def test_an_unknown_key_is_told_at_its_line(model: type[BaseModel], sample: Any, path: Path) -> None:
    unknown = (*path, "zzz")
    found, places = told(model, with_value(sample, unknown, "x"))
    assert found == [(unknown, places[unknown])]


@pytest.mark.parametrize(
    ("model", "sample", "path"), REQUIRED, ids=[".".join(map(str, path)) for _, _, path in REQUIRED]
)
def test_a_missing_key_is_told_at_the_block_that_lacks_it(
    model: type[BaseModel], sample: Any, path: Path
) -> None:
    changed = copy.deepcopy(sample)
    block = changed
    for step in path[:-1]:
        block = block[step]
    del block[path[-1]]
    found, places = told(model, changed)
    in_list = path[1:] and isinstance(
        path[-2], int
    )  # an element has no key: its line is that of its first key
    assert found == [(path, places[(*path[:-1], next(iter(block)))] if in_list else places.get(path[:-1], 1))]


def test_every_required_key_is_among_those_left_out() -> None:
    for model in (Hub, Policy, EntityMapping):
        schema = model.model_json_schema()
        shapes = [schema, *schema.get("$defs", {}).values()]
        required = {name for shape in shapes for name in shape.get("required", ())}
        only_key = {
            "env",
            "always",
            "system",
            "systems",
            "most_recent",
            "newest_record",
            *("hmac", "token", "basic"),
        }  # without it another shape is meant
        covered = {path[-1] for of, _, path in REQUIRED if of is model}
        assert required - covered - only_key == set()
