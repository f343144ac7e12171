"""Vendure's admin API: GraphQL over POST, where every answer is HTTP 200 and a token comes in a header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.answers import NotDone, NotFound, Ok, Refused, Unsure
from adapters.errors import Denied, NotUnderstood, Transient
from adapters.http import Http, Request

TOKEN = "vendure-auth-token"
LOGIN = "mutation($u:String!,$p:String!){login(username:$u,password:$p){__typename}}"
_STRANGER = frozenset({"FORBIDDEN", "UNAUTHORIZED"})
_BEFORE_ANY_EFFECT = frozenset({"USER_INPUT_ERROR", "BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"})

Fate = Ok | NotFound | Refused | NotDone | Unsure


class Graph:
    """Asks and orders, logged in: at first use, and once more when the session has ended."""

    def __init__(self, http: Http, username: str, password: str, channel: str = "") -> None:
        self._http = http
        self._login = {"u": username, "p": password}
        self._channel = {"vendure-token": channel} if channel else {}
        self._token = ""

    def ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data that answers a query. Raises Denied, Transient, NotUnderstood."""
        body = self._as_somebody(query, variables, writing=False)
        if isinstance(body, Refused):
            raise NotUnderstood(f"{self._http.system}: a query was {body.detail}; is this Vendure 3?")
        if not isinstance(body, Ok):
            raise NotUnderstood(f"{self._http.system}: there is no admin API at this url; check it")
        if code := _code(body.body):
            problem = Transient if code == "INTERNAL_SERVER_ERROR" else NotUnderstood
            raise problem(f"{self._http.system}: a query went wrong there ({code}); see the shop's own log")
        return _data(self._http.system, body.body)

    def order(self, mutation: str, variables: Mapping[str, Any]) -> Fate:
        """What became of a mutation with one field: `Ok.body` is that field. Raises Denied."""
        fate = self._as_somebody(mutation, variables, writing=True)
        if not isinstance(fate, Ok):
            return fate
        if code := _code(fate.body):
            if code == "ENTITY_NOT_FOUND":
                return NotFound()
            return (
                Refused(400, f"refused: {code}") if code in _BEFORE_ANY_EFFECT else Unsure(f"failed: {code}")
            )
        try:
            (result,) = _data(self._http.system, fate.body).values()
        except (NotUnderstood, ValueError):
            return Unsure("the answer holds no result")
        return _result(result, fate)

    def close(self) -> None:
        self._http.close()

    def _as_somebody(self, text: str, variables: Mapping[str, Any], writing: bool) -> Fate:
        if not self._token:
            self._enter()
        fate = self._send(text, variables, writing)
        if not _stranger(fate):
            return fate
        self._enter()  # the session ended; nothing was done without one
        fate = self._send(text, variables, writing)
        if _stranger(fate):
            raise Denied(f"{self._http.system}: logged in, but this is not allowed; check the user's role")
        return fate

    def _send(self, text: str, variables: Mapping[str, Any], writing: bool) -> Fate:
        headers = self._channel | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        request = Request("POST", "", body={"query": text, "variables": dict(variables)}, headers=headers)
        return self._http.write(request) if writing else self._http.read(request)

    def _enter(self) -> None:
        self._token = ""
        fate = self._send(LOGIN, self._login, writing=False)
        if not isinstance(fate, Ok):
            raise NotUnderstood(f"{self._http.system}: there is no admin API at this url; check it")
        kind = ((_data(self._http.system, fate.body)).get("login") or {}).get("__typename")
        if kind != "CurrentUser":
            raise Denied(f"{self._http.system}: login refused ({kind}); check username and password")
        self._token = fate.headers.get(TOKEN, "")
        if not self._token:
            raise NotUnderstood(
                f"{self._http.system}: no {TOKEN} header; set tokenMethod to bearer in the shop"
            )


def _result(result: Any, fate: Ok) -> Fate:
    """A union's ErrorResult is a refusal; anything else is the thing itself."""
    if isinstance(result, Mapping) and "errorCode" in result:
        field = ": emailAddress" if result.get("__typename") == "EmailAddressConflictError" else ""
        return Refused(409, f"refused: {result['errorCode']}{field}")
    if isinstance(result, Mapping) and result.get("result") == "NOT_DELETED":
        return Refused(409, "refused: NOT_DELETED")
    return Ok(result, fate.headers)


def _stranger(fate: Fate) -> bool:
    return isinstance(fate, Ok) and _code(fate.body) in _STRANGER


def _code(body: Any) -> str:
    """The code of the first error; "" when there is none."""
    errors = body.get("errors") if isinstance(body, Mapping) else None
    if not errors:
        return ""
    first = errors[0] if isinstance(errors, list) else None
    extensions = first.get("extensions") if isinstance(first, Mapping) else None
    return str((extensions or {}).get("code") or "no code")


def _data(system: str, body: Any) -> dict[str, Any]:
    data = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(data, dict):
        raise NotUnderstood(f"{system}: an answer without data; is this url the admin API?")
    return data
