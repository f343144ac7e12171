"""A contact of Nutshell as REST shows it, as REST takes it, and as JSON-RPC takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconcile.errors import RecordError

NAMES = {"firstName": "givenName", "lastName": "familyName"}
LISTS = {"emails": "email", "phones": "phone", "addresses": "address", "urls": "url"}
"""REST's name of a list: that of JSON-RPC."""
DERIVED = ("location", "locationAccuracy")
"""What Nutshell finds out of an address by itself; it would be that of the old one."""
Values = Mapping[str, Any]


def told(values: Values, now: Values) -> dict[str, Any]:
    """Values as REST takes them. Lists are whole, without what was emptied; telephone numbers are text."""
    return {
        name: _list(name, value, now.get(name) or []) if name in LISTS else value
        for name, value in values.items()
    }


def whole(values: Values) -> dict[str, Any]:
    """A new contact as REST takes it, with one name."""
    name = " ".join(str(part) for key in NAMES if (part := values.get(key)))
    return {"name": name, **{key: value for key, value in told(values, {}).items() if key not in NAMES}}


def steps(values: Values, now: Values) -> list[dict[str, Any]]:
    """A change as JSON Patch (RFC 6902); its paths begin at the envelope."""
    return [
        {"op": "replace", "path": f"/contacts/0/{name}", "value": value}
        for name, value in told(values, now).items()
    ]


def by_rpc(values: Values, now: Values) -> dict[str, Any]:
    """A change as JSON-RPC takes it; raises RecordError where two values of one list have one label."""
    sent = {
        LISTS.get(name, name): _labelled(value) if name in LISTS else value
        for name, value in told(values, now).items()
        if name not in NAMES
    }
    if values.keys() & NAMES.keys():
        sent["name"] = {rpc: values.get(rest, now.get(rest)) or "" for rest, rpc in NAMES.items()}
    return sent


def _list(name: str, values: Sequence[Values], before: Sequence[Values]) -> list[dict[str, Any]]:
    made = [{**one, "value": _value(name, one.get("value"), one in before)} for one in values]
    return [one for one in made if one["value"]]


def _value(name: str, value: Any, stays: bool) -> Any:
    if not isinstance(value, Mapping):
        return value
    if name == "addresses":
        return {part: text for part, text in value.items() if part not in DERIVED}
    if not stays:
        return value.get("E164")
    text = value.get("E164") or value.get("number")
    return f"{text} x{value['extension']}" if value.get("extension") else text


def _labelled(values: Sequence[Values]) -> dict[str, Any]:
    """An object by label, with the first value once more as `--primary`."""
    by_label = {str(one.get("name") or place): one["value"] for place, one in enumerate(values)}
    if len(by_label) != len(values):
        raise RecordError("two values of one list have the same label; give them two in Nutshell")
    primary = next((one["value"] for one in values if one.get("isPrimary")), None)
    return by_label if primary is None else {**by_label, "--primary": primary}
