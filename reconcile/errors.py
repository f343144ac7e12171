"""What stops work. A conflict is a value, not one of these."""

from __future__ import annotations


class HubError(Exception):
    """Anything Klantbeeld raises on purpose; its text says what to do next and holds no customer value."""


class RecordError(HubError):
    """One record cannot be read: quarantine it, go on with the rest."""
