"""Proofs of web-hooks, against digests worked out here by RFC 2104 and not by the code under test."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from adapters.proofs import Delivery, Proof, member, proven
from adapters.webhooks import Webhooks, meant

SECRET = "s3cret of the hook"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SENT = str(int(NOW.timestamp()))
SENT_MS = SENT + "250"
URL = "https://hub.example/hooks/crm"
BODY = b'[{"objectId": 512, "propertyValue": "+31201234567"}]'


def mac(signed: bytes, secret: str = SECRET, digest=hashlib.sha256) -> bytes:
    """RFC 2104 by hand: H(K ^ opad, H(K ^ ipad, text)), with blocks of 64 bytes."""
    key = secret.encode()
    key = (digest(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = digest(bytes(b ^ 0x36 for b in key) + signed).digest()
    return digest(bytes(b ^ 0x5C for b in key) + inner).digest()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def sent(body: bytes = BODY, query: str = "", behind: str = "", **headers: str) -> Delivery:
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Delivery("POST", query, named, body, behind)


CONTENT = '{"Topic": "Accounts", "Key": "8d87c8a5", "Action": "Update"}'


def exact(content: str = CONTENT, sealed: str = CONTENT, more: str = "") -> bytes:
    seal = mac(sealed.encode()).hex().upper()
    return f'{{ {more}"Content" : {content},"HashCode":"{seal}"}}'.encode()


SIGNED = b"POST" + URL.encode() + BODY + SENT_MS.encode()
HUBSPOT = {
    "hmac": "sha256",
    "header": "X-HubSpot-Signature-v3",
    "encoding": "base64",
    "timestamp": "X-HubSpot-Request-Timestamp",
    "over": ["method", "url", "body", "timestamp"],
    "url": URL,
}
MAILCHIMP = {
    "hmac": "sha256",
    "header": "X-Mailchimp-Signature",
    "part": "v1",
    "timestamp": "t",
    "over": ["timestamp", ".", "body"],
}
WOO = {"hmac": "sha256", "header": "X-WC-Webhook-Signature", "encoding": "base64"}
SHA1 = {"hmac": "sha1", "header": "X-Hub-Signature", "prefix": "sha1="}
EXACT = {"hmac": "sha256", "member": "HashCode", "of": "Content"}
HEADER = {"token": "header", "name": "Authorization", "prefix": "Bearer "}
QUERY = {"token": "query", "name": "key"}
MONEYBIRD = {"token": "body", "name": "webhook_token"}
BASIC = {"basic": "pipedrive"}

RIGHT = {
    "hubspot": (
        HUBSPOT,
        sent(X_HubSpot_Signature_v3=b64(mac(SIGNED)), X_HubSpot_Request_Timestamp=SENT_MS),
    ),
    "mailchimp": (
        MAILCHIMP,
        sent(X_Mailchimp_Signature=f"t={SENT},v1={mac(SENT.encode() + b'.' + BODY).hex()}"),
    ),
    "woocommerce": (WOO, sent(X_WC_Webhook_Signature=b64(mac(BODY)))),
    "sha1 with a prefix": (SHA1, sent(X_Hub_Signature="sha1=" + mac(BODY, digest=hashlib.sha1).hex())),
    "exact": (EXACT, sent(exact())),
    "token in a header": (HEADER, sent(Authorization=f"Bearer {SECRET}")),
    "token in the address": (QUERY, sent(query="key=s3cret%20of+the%20hook&x=1")),
    "token in the body": (MONEYBIRD, sent(json.dumps({"webhook_token": SECRET, "entity_id": "7"}).encode())),
    "basic": (BASIC, sent(Authorization="Basic " + b64(f"pipedrive:{SECRET}".encode()))),
    "path": ("path", sent(behind=SECRET)),
}
PROOF: TypeAdapter[Proof] = TypeAdapter(Proof)


def holds(proof: object, delivery: Delivery, secret: str = SECRET, now: datetime = NOW) -> bool:
    return proven(PROOF.validate_python(proof), secret, delivery, now)


@pytest.mark.parametrize(("proof", "delivery"), RIGHT.values(), ids=RIGHT)
def test_the_right_proof_holds(proof, delivery):
    assert holds(proof, delivery)


@pytest.mark.parametrize(("proof", "delivery"), RIGHT.values(), ids=RIGHT)
def test_another_secret_proves_nothing_and_neither_does_an_empty_one(proof, delivery):
    assert not holds(proof, delivery, "s3cret of the hooK")
    assert not holds(proof, delivery, "")


@pytest.mark.parametrize(("proof", "delivery"), RIGHT.values(), ids=RIGHT)
def test_a_proof_that_is_missing_is_none(proof, delivery):
    assert not holds(proof, sent())
    assert not holds(proof, sent(b""))


SIGNING = {name: case for name, case in RIGHT.items() if isinstance(case[0], dict) and "hmac" in case[0]}


@pytest.mark.parametrize(("proof", "delivery"), SIGNING.values(), ids=SIGNING)
def test_a_digest_holds_for_no_other_body(proof, delivery):
    assert not holds(
        proof, replace(delivery, body=delivery.body.replace(b"512", b"513").replace(b"8d", b"9d"))
    )


@pytest.mark.parametrize("name", ["hubspot", "mailchimp"])
def test_what_was_sent_long_ago_or_will_be_is_refused(name):
    proof, delivery = RIGHT[name]
    for minutes, held in ((-6, False), (-4, True), (4, True), (6, False)):
        assert holds(proof, delivery, now=NOW + timedelta(minutes=minutes)) is held


def test_a_fresh_time_does_not_revive_an_old_delivery():
    proof, delivery = RIGHT["hubspot"]
    later = NOW + timedelta(hours=1)
    fresh = delivery.headers | {"x-hubspot-request-timestamp": str(int(later.timestamp() * 1000))}
    assert not holds(proof, replace(delivery, headers=fresh), now=later)


@pytest.mark.parametrize("time", ["", "-1", "1e9", "١٢٣", "9" * 400, "now"])
def test_a_time_that_is_none_is_refused(time):
    signature = b64(mac(b"POST" + URL.encode() + BODY + time.encode()))
    delivery = sent(X_HubSpot_Signature_v3=signature, X_HubSpot_Request_Timestamp=time)
    assert not holds(HUBSPOT, delivery)


def test_the_address_that_is_signed_has_its_parameters():
    signed = b"POST" + f"{URL}?a=1&b=%20".encode() + BODY + SENT_MS.encode()
    headers = {"X_HubSpot_Signature_v3": b64(mac(signed)), "X_HubSpot_Request_Timestamp": SENT_MS}
    assert holds(HUBSPOT, sent(query="a=1&b=%20", **headers))
    assert not holds(HUBSPOT, sent(query="a=1", **headers))


@pytest.mark.parametrize("given", ["zz", "é", "=", "a" * 63, " ", b64(mac(BODY)) + "x"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_a_digest_that_is_no_text_of_its_encoding_is_refused(given, encoding):
    assert not holds(WOO | {"encoding": encoding}, sent(X_WC_Webhook_Signature=given))


@pytest.mark.parametrize(
    "body",
    [
        exact(content=CONTENT.replace("8d87", "9d87")),
        exact(content=CONTENT.replace(": ", ":")),  # the same JSON, other bytes
        exact(more='"Content": {"Key": "forged"}, '),
        exact()[:-1] + b', "Content": {"Key": "forged"}}',
        exact(more='"HashCode": "00", '),
        exact()[:-9] + b'"}',
        b'{"Content": {"Key": "7"}, "HashCode": 7}',
        b"[" * 100_000,
        b'{"Content": ' + b"[" * 100_000,
        b'{"Content" {}}',
        b"\xff\xfe",
        b"null",
    ],
)
def test_a_seal_that_was_tampered_with_is_refused(body):
    assert not holds(EXACT, sent(body))


def test_a_member_is_found_byte_for_byte_in_time_that_grows_with_the_body():
    many = ",".join(f'"k{n}" :\t[{n}]' for n in range(50_000))
    assert member(f'\n{{{many} , "Content":{{ "a" : "é" }} }}'.encode(), "Content") == '{ "a" : "é" }'


@pytest.mark.parametrize(
    "query", ["key=no", "key=s3cret%20of%20the%20hook&key=no", "k", "&".join("ab") * 300]
)
def test_a_token_in_the_address_stands_there_once(query):
    assert not holds(QUERY, sent(query=query))


@pytest.mark.parametrize(
    "given", ["Basic", "Basic !!", f"Bearer {SECRET}", "Basic " + b64(f"pipedrive{SECRET}".encode())]
)
def test_basic_credentials_are_whole(given):
    assert not holds(BASIC, sent(Authorization=given))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"over": ["timestamp"], "timestamp": "T"}, "expected body in over"),
        ({"timestamp": "T"}, "expected timestamp"),
        ({"over": ["url", "body"]}, "expected url"),
        ({"url": URL}, "expected url"),
    ],
)
def test_a_digest_that_would_prove_too_little_is_a_mistake(change, said):
    with pytest.raises(ValidationError, match=said):
        PROOF.validate_python(WOO | change)


# ── which records ───────────────────────────────────────────────────────────────────────────────────


def hooks(id: str, prefix: str = "") -> Webhooks:
    return Webhooks.model_validate({"proof": "path", "secret": {"env": "X"}, "id": id, "prefix": prefix})


FORM = {"content_type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    ("id", "delivery", "expected"),
    [
        ("objectId", sent(), ["512"]),
        ("objectId", sent(b'[{"objectId": 2}, {"objectId": 1}, {"objectId": 2}, {"x": 3}]'), ["2", "1"]),
        ("Content.Key", sent(exact()), ["8d87c8a5"]),
        ("meta.entity_id", sent(b'{"meta": {"entity_id": "1"}, "data": {"id": 9}}'), ["1"]),
        ("data[id]", sent(b"type=profile&data%5Bid%5D=8a25", **FORM), ["8a25"]),
        ("id", sent(b'{"id": null}'), []),
        ("id", sent(b'{"id": true}'), []),
        ("id", sent(b'{"id": 1.5}'), []),
        ("id", sent(b'{"id": {"id": 1}}'), []),
        ("id", sent(b"7"), []),
    ],
)
def test_only_the_ids_are_taken_from_a_body(id, delivery, expected):
    assert meant(hooks(id), delivery).ids == tuple(expected)


def test_a_prefix_is_no_part_of_the_id_and_without_it_the_record_is_not_meant():
    body = b'{"links": [{"id": "3-contacts"}, {"id": "9-accounts"}, {"id": "c:4"}]}'
    assert meant(hooks("links.id", "c:"), sent(body)).ids == ("4",)


@pytest.mark.parametrize("id", ["../7", "7/../8", "a/b", "a\\b", "..", ".", "", "7\n8", "7\u2028", "7" * 201])
def test_an_id_that_could_leave_its_path_is_refused_and_the_others_are_not(id):
    body = json.dumps([{"id": id}, {"id": "7"}]).encode()
    found = meant(hooks("id"), sent(body))
    assert (found.ids, found.refused) == (("7",), 1)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"id=7"])
def test_a_body_that_is_neither_json_nor_a_form_is_told(body):
    with pytest.raises(ValueError):
        meant(hooks("id"), sent(body))
