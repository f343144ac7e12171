"""Magento 2 and Adobe Commerce (REST V1, tried on the description of 2.4.8): customers with their addresses.

A change of an address or of the newsletter does not move a customer's `updated_at`: an increment misses it, a
full scan finds it, and a version is a digest of what the customer shows. Nothing refuses a write on an old
version, and a PUT deletes each address that it does not hold. So a write reads the customer, compares, and
sends all of it back with the change in it. The newsletter flag goes along only when it is what changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self

from pydantic import model_validator

from adapters.answers import Refused
from adapters.ids import BadId
from adapters.manifest import STORING, Call, shipped
from adapters.oauth1 import Secrets, Signed
from adapters.payloads import digest, merge
from adapters.protocol import Capabilities, Change, Page, SourceRecord
from adapters.registry import Kind
from adapters.rest import Fate, RestAdapter, RestSettings
from adapters.settings import Opening, Secret

FILTER = "searchCriteria[filterGroups][0][filters][0]"
SINCE = {f"{FILTER}[field]": "updated_at", f"{FILTER}[conditionType]": "gteq"}
NOT_SENT = ("created_at", "updated_at", "created_in", "extension_attributes")
"""Not sent back with a write that does not change it. A newsletter may have been ended since it was read."""
CONSENTS = frozenset({"extension_attributes"})
_ID = re.compile(r"[1-9][0-9]*", re.ASCII)


class MagentoSettings(RestSettings):
    """Where the shop is, and the four secrets of its integration.

    With the access token alone it is sent as a bearer: shops since 2.4.4 refuse that until it is switched on.
    """

    consumer_key: Secret | None = None
    consumer_secret: Secret | None = None
    token_secret: Secret | None = None

    @model_validator(mode="after")
    def _four_or_one(self) -> Self:
        given = [self.consumer_key, self.consumer_secret, self.token_secret]
        if any(given) and not (all(given) and self.token):
            raise ValueError("expected consumer_key, consumer_secret, token and token_secret together")
        return self

    def secrets(self, opening: Opening) -> Secrets | None:
        """The four, from the environment; None where the token stands alone."""
        names = (self.consumer_key, self.consumer_secret, self.token, self.token_secret)
        four = [opening.secrets(name.env) for name in names if name]
        return Secrets(*four) if len(four) == len(names) else None


class MagentoAdapter(RestAdapter):
    """Moves customers with their addresses."""

    def capabilities(self, entity: str) -> Capabilities:
        return replace(super().capabilities(entity), consents_only=CONSENTS)

    def _list(
        self, resource: str, before: datetime | None, only: Mapping[str, str] | None = None
    ) -> Iterator[Page]:
        return super()._list(resource, before, SINCE if before else only)

    def _bound(self, before: datetime | None) -> str | None:
        """In Magento's notation: UTC, without a zone."""
        return (before - self._overlap).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if before else None

    def _items(self, resource: str, query: Mapping[str, str]) -> Iterator[SourceRecord]:
        """Customers with a value in one of their attributes, or with one of several ids."""
        ((name, value),) = query.items()
        how = "in" if name == self._manifest.fetch.many else "eq"
        asked = {f"{FILTER}[field]": name, f"{FILTER}[conditionType]": how, f"{FILTER}[value]": value}
        return super()._items(resource, asked)

    def _record(self, item: Any) -> SourceRecord | None:
        record = super()._record(item)
        return record and replace(record, version=digest(record.payload))

    def _alone(self, resource: str, rid: str) -> SourceRecord:
        return super()._alone(resource, _number(rid))

    def _write(self, call: Call, resource: str, change: Change) -> Fate:
        if change.action != "create":
            _number(str(change.id))
        if change.action != "update":
            return super()._write(call, resource, change)
        now = self._fresh(resource, change)
        if not isinstance(now, SourceRecord):
            return now
        if change.expected_version and change.expected_version != now.version:
            return Refused(412, "it changed since it was read")
        kept = {name: value for name, value in now.payload.items() if name not in NOT_SENT}
        return super()._write(call, resource, replace(change, payload=merge(kept, change.payload)))

    def _body(self, change: Change) -> Any:
        return {"customer": change.payload} if change.action in STORING else None


def _number(rid: str) -> str:
    """The id; raises BadId for what PHP would cut to another one."""
    if not _ID.fullmatch(rid):
        raise BadId("there is no such id: Magento's are whole numbers")
    return rid


def open_magento(system: str, settings: MagentoSettings, opening: Opening) -> MagentoAdapter:
    secrets = settings.secrets(opening)
    proof = Signed(secrets, opening.clock) if secrets else None
    return MagentoAdapter(system, shipped("magento"), settings, opening, proof)


KIND = Kind("magento", MagentoSettings, open_magento)
