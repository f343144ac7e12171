"""A request, an answer, and which method of a system answers which request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

Cut = Literal["", "silent", "half"]
"""How an answer is spoilt on its way: not sent at all, or its second half is missing."""
_MARK = "_routes"
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. Header names are in lower case; `names` holds what stood in the path."""

    method: str
    target: str
    """Path and query as they came."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    """The last value of each parameter."""
    names: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body; raises Refusal (400) when it is no JSON. None when there is none."""
        try:
            return orjson.loads(self.body) if self.body else None
        except orjson.JSONDecodeError:
            raise Refusal(400, "not_json") from None

    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))

    def number(self, name: str, otherwise: int) -> int:
        """A parameter that is a number of at least 0; raises Refusal (400)."""
        text = self.query.get(name, str(otherwise))
        if not (text.isascii() and text.isdigit()):
            raise Refusal(400, "not_a_number", name)
        return int(text)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. A body of bytes goes out as it is, None as nothing, all else as JSON."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: Cut = ""
    wait: float = 0.0
    """Real seconds before it is sent or cut."""

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else orjson.dumps(self.body)


class Refusal(Exception):
    """The system says no, in its own form; see `System.problem`."""

    def __init__(self, status: int, code: str, field: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.field = status, code, field


@dataclass(frozen=True, slots=True)
class Route:
    """`op` says what the request is to the faults, the counts and the witness."""

    method: str
    pattern: re.Pattern[str]
    op: str
    name: str


def route(method: str, path: str, op: str = "other") -> Callable[[F], F]:
    """The method below answers such requests; `{name}` in the path is one segment, in `asked.names`."""
    parts = re.split(r"\{(\w+)\}", path)
    text = "".join(f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts))

    def mark(work: F) -> F:
        one = Route(method, re.compile(text), op, work.__name__)
        setattr(work, _MARK, [one, *getattr(work, _MARK, [])])
        return work

    return mark


class Routed:
    """Finds its own method for a request: from top to bottom, a subclass before its base."""

    routes: ClassVar[list[Route]] = []

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = [one for work in vars(cls).values() for one in getattr(work, _MARK, [])]
        cls.routes = [*own, *cls.routes]

    def find(self, asked: Asked) -> tuple[Route, Asked] | None:
        """The route of a request, and the request with what stood in its path."""
        for one in self.routes:
            if one.method == asked.method and (found := one.pattern.fullmatch(asked.path)):
                names = {name: unquote(text) for name, text in found.groupdict().items()}
                return one, replace(asked, names=names)
        return None


def asked_for(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Asked:
    """A request as it came over the wire."""
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    lowered = {name.lower(): value for name, value in headers.items()}
    return Asked(method, target, lowered, body, url.path, query)
