"""Raw values for any type: its own examples, what people and systems make of them, and what nobody sends."""

from __future__ import annotations

import datetime
import random
import unicodedata
from collections.abc import Iterator

from reconcile.types import registered
from reconcile.types.base import SemanticType

RAW_ODDITIES = (
    [None, "", "   ", "\u200b", "\x00", "\ufeff ", True, False, 0, -1, 7, 10**5000, 0.0, -0.0, 1e300, 2.5]
    + [
        float("nan"),
        float("inf"),
        b"bytes \xff",
        [],
        {},
        (),
        [[[[[[[[[["deep"]]]]]]]]]],
        {"name": None},
        {1: 2},
    ]
    + [
        "\ud800",
        "e\u0301",
        "\u2000a\u3000b\x85c",
        "ﬁ",
        "İ",
        "ß",
        "ŉ",
        "ǆ",
        "Σίσυφος ΣΑΣ",
        "ĳ",
        "日本",
        "🙂",
        "\x1c",
        "…",
    ]
    + [
        ".",
        "-",
        "--",
        "'",
        ",",
        "@",
        "+",
        ";ext=1",
        "••",
        "a" * 9000,
        "1 " * 3000,
        "<@" * 2000,
        "a, " * 2000 + "van",
    ]
    + [
        {"name": "x", "infix": "y z"},
        {"lines": {"a": "b"}},
        {"street": ["a", 1]},
        {"lines": [None, 3, "x"]},
        object,
    ]
    + [
        ["a", "b", "c", "d", "e", "f"],
        ("", "", "", "", "", ""),
        [None] * 6,
        datetime.datetime(2020, 2, 29, 23, 59),
    ]
)
ALPHABET = "aAbBvdeijIJzZéÉëøßΣσİı.,'’-/ @+<>()0123456789\t\u00a0\u200d\u0301"


def without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


SMALL_CHANGES = (
    lambda text, at, rnd: text.upper(),
    lambda text, at, rnd: text.lower(),
    lambda text, at, rnd: text.title(),
    lambda text, at, rnd: text[:at] + rnd.choice(ALPHABET) + text[at:],
    lambda text, at, rnd: text[:at] + text[at + 1 :],
    lambda text, at, rnd: text[:at],
    lambda text, at, rnd: text.replace(" ", "  "),
    lambda text, at, rnd: without_marks(text),
    lambda text, at, rnd: unicodedata.normalize("NFD", text),
    lambda text, at, rnd: f" {text}\n",
)


def variant(text: str, rnd: random.Random) -> str:
    """The same text with one or two small changes, as people and systems make them."""
    for _ in range(rnd.randint(1, 2)):
        text = rnd.choice(SMALL_CHANGES)(text, rnd.randrange(len(text) + 1), rnd)
    return text


def change(raw: object, rnd: random.Random) -> object:
    if isinstance(raw, str):
        return variant(raw, rnd)
    if isinstance(raw, dict) and raw:
        name = rnd.choice(list(raw))
        kept = {k: v for k, v in raw.items() if k != name}
        return kept if rnd.random() < 0.4 else {**raw, name: change(raw[name], rnd)}
    if isinstance(raw, list | tuple) and raw:
        at = rnd.randrange(len(raw))
        return type(raw)((*raw[:at], change(raw[at], rnd), *raw[at + 1 :]))
    return raw


def raws_of(kind: SemanticType, count: int, seed: str = "") -> list[object]:
    """Every example and oddity, and `count` made from examples and from characters, half of each."""
    rnd = random.Random(kind.name + seed)
    changed = [change(rnd.choice(kind.examples), rnd) for _ in range(count // 2)]
    noise = ["".join(rnd.choices(ALPHABET, k=rnd.randint(1, 12))) for _ in range(count - count // 2)]
    return [*kind.examples, *RAW_ODDITIES, *changed, *noise]


def families(kind: SemanticType, count: int, size: int) -> Iterator[list[object]]:
    """`count` raw values in groups of `size`, in which many say less than others.

    Each group is an example, of this type or another, and what may become of it step by step."""
    rnd = random.Random(f"{kind.name} families")
    others = [raw for one in registered().values() for raw in one.examples]
    for _ in range(count // size):
        group = [rnd.choice(kind.examples if rnd.random() < 0.9 else others)]
        while len(group) < size:
            group.append(change(rnd.choice(group), rnd))
        yield group
