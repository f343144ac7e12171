"""Web-hooks are hints: a system says that a record changed, and the hub goes and reads it.

Of a delivery nothing is used but which records it is about. Its values and its order are never believed, so
that a forged, late or repeated one costs a read and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from adapters.ids import BadId, encode
from adapters.payloads import values_at
from adapters.proofs import Delivery, Proof
from adapters.settings import Secret
from reconcile.policy import Written

LONGEST_ID = 200
"""Characters. No vendor's id comes near it."""


class Webhooks(Written):
    """How a system tells that a record changed, and what proves that it is the one who tells."""

    proof: Proof
    """What proves where a delivery comes from; `path` where the system can prove nothing."""
    secret: Secret
    """`{env: NAME}`: the key of the digest, the token, the password, or the end of the address."""
    id: str
    """Where the id of the record stands in the body, such as objectId; all of them where it passes a list."""
    prefix: str = ""
    """What stands before the id there and is no part of it; where it does not, the id is not one of ours."""
    delivery: str | None = None
    """The header that numbers deliveries: one that comes twice is read once."""
    challenge: str | None = None
    """The parameter of a GET that the system wants to read back before it sends anything."""


@dataclass(frozen=True, slots=True)
class Meant:
    """The records that a delivery is about."""

    ids: tuple[str, ...]
    """In its order, each once."""
    refused: int = 0
    """How many are no ids: they could leave their place in a path, or are too long."""


def meant(hooks: Webhooks, delivery: Delivery) -> Meant:
    """The records a delivery is about. Raises ValueError when its body is neither JSON nor a form."""
    found = list(dict.fromkeys(_ids(hooks, values_at(delivery.content(), hooks.id))))
    good = tuple(id for id in found if _harmless(id))
    return Meant(good, len(found) - len(good))


def _ids(hooks: Webhooks, values: list[Any]) -> Iterator[str]:
    for value in values:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(text, str) and text.startswith(hooks.prefix):
            yield text.removeprefix(hooks.prefix)


def _harmless(id: str) -> bool:
    try:
        encode(id)
    except BadId:
        return False
    return len(id) <= LONGEST_ID
