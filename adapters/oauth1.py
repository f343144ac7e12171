"""OAuth 1.0a (RFC 5849): every request signed by itself with HMAC-SHA256, a repeated one anew."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import httpx
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, Client

from adapters.bucket import Clock


@dataclass(frozen=True, slots=True)
class Secrets:
    """The four secrets of an integration."""

    key: str
    secret: str
    token: str
    token_secret: str


class Signed(httpx.Auth):
    """Signs method, address and query; a body that is no form is no part of it (§3.4.1.3.1)."""

    def __init__(self, secrets: Secrets, clock: Clock) -> None:
        self._secrets, self._clock = secrets, clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        own = self._secrets
        client = Client(
            own.key,
            own.secret,
            own.token,
            own.token_secret,
            signature_method=SIGNATURE_HMAC_SHA256,
            timestamp=str(int(self._clock().timestamp())),
        )
        _, headers, _ = client.sign(str(request.url), request.method)
        request.headers["Authorization"] = headers["Authorization"]
        yield request
