"""A Vendure customer: what is asked of the admin API, and how an answer becomes a record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from adapters.protocol import SourceRecord
from adapters.times import moment

OWN = ("title", "firstName", "lastName", "emailAddress", "phoneNumber")
ADDRESS = (
    "fullName",
    "company",
    "streetLine1",
    "streetLine2",
    "city",
    "province",
    "postalCode",
    "phoneNumber",
    "countryCode",
    "defaultShippingAddress",
    "defaultBillingAddress",
)
NEEDED = ("streetLine1", "countryCode")  # CreateAddressInput has no others that must be there

_ADDRESSES = f"addresses{{id updatedAt {' '.join(ADDRESS).replace('countryCode', 'country{code}')}}}"
_FIELDS = f"id updatedAt {' '.join(OWN)} {_ADDRESSES}"
_STORED = f"{{__typename ... on Customer{{{_FIELDS}}} ... on ErrorResult{{errorCode}}}}"

LIST = f"query($o:CustomerListOptions!){{customers(options:$o){{totalItems items{{{_FIELDS}}}}}}}"
CREATE = f"mutation($i:CreateCustomerInput!){{createCustomer(input:$i){_STORED}}}"
UPDATE = f"mutation($i:UpdateCustomerInput!){{updateCustomer(input:$i){_STORED}}}"
DELETE = "mutation($c:ID!){deleteCustomer(id:$c){result}}"
ADD_ADDRESS = "mutation($c:ID!,$i:CreateAddressInput!){createCustomerAddress(customerId:$c,input:$i){id}}"
CHANGE_ADDRESS = "mutation($i:UpdateAddressInput!){updateCustomerAddress(input:$i){id}}"


def by_id(count: int) -> str:
    """A query for `count` customers, each under its own name: variable $c0 is asked for as c0."""
    asked = " ".join(f"c{n}:customer(id:$c{n}){{{_FIELDS}}}" for n in range(count))
    return f"query({','.join(f'$c{n}:ID!' for n in range(count))}){{{asked}}}"


def as_record(item: Any) -> SourceRecord | None:
    """A customer with its addresses in order of id, the country as `countryCode`; None when it has no id."""
    if not isinstance(item, Mapping) or not isinstance(item.get("id"), str):
        return None
    addresses = sorted(item.get("addresses") or [], key=lambda address: (len(address["id"]), address["id"]))
    payload = {name: item.get(name) for name in ("id", *OWN)} | {
        "addresses": [_flat(one) for one in addresses]
    }
    times = [time for one in (item, *addresses) if (time := moment(one.get("updatedAt")))]
    newest = max(times, default=None)
    digest = hashlib.blake2b(orjson.dumps(payload), digest_size=8).hexdigest()
    version = f"{newest.isoformat() if newest else ''}~{digest}"
    return SourceRecord(item["id"], payload, version, newest)


def _flat(address: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: address.get(name) for name in ("id", *ADDRESS)}
    return shown | {"countryCode": (address.get("country") or {}).get("code")}


def odd_address(addresses: Any) -> str | None:
    """Why these cannot be sent as addresses; None when they can."""
    if not isinstance(addresses, list) or not all(isinstance(address, Mapping) for address in addresses):
        return "addresses: a list of addresses is expected"
    for address in addresses:
        if unknown := sorted(address.keys() - {"id", *ADDRESS}):
            return f"cannot be written: {', '.join(f'addresses.{name}' for name in unknown)}"
        missing = [name for name in NEEDED if not address.get(name)]
        if "id" not in address and missing:
            return f"a new address needs {', '.join(missing)}"
    return None
