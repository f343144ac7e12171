"""Ids of records as they go into paths: whoever sent an id, it never reaches another record than its own."""

from __future__ import annotations

from urllib.parse import quote

from reconcile.errors import RecordError


class BadId(RecordError, ValueError):
    """An id that could reach another record than its own."""


def encode(value: str) -> str:
    """An id as one path segment; raises BadId for what could leave the segment, percent-encoded or not."""
    if not value or value == "." or "/" in value or "\\" in value or ".." in value:
        raise BadId("an id is empty or holds '/', '\\' or '..': it cannot stand in a path")
    if not value.isprintable():
        raise BadId("an id holds a control character: it cannot stand in a path")
    return quote(value, safe="")
