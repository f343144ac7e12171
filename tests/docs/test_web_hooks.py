"""The page on web-hooks shows every proof there is, and each example can be copied."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from adapters.proofs import Proof
from adapters.webhooks import Webhooks
from config.validate import validate
from config.yaml12 import loads
from tests.docs.pages import ROOT, blocks

EXAMPLES = [block.text for block in blocks(ROOT / "docs/web-hooks.md", "yaml") if not block.file]


def read(text: str) -> Any:
    document = loads(text, "page")
    return validate(Webhooks, document.data["webhooks"], document, ("webhooks",))


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_right_as_it_stands(text):
    assert isinstance(read(text), Webhooks)


def test_every_proof_and_every_place_of_a_token_has_an_example():
    proofs = [read(text).proof for text in EXAMPLES]
    models = [one for one in get_args(Proof) if isinstance(one, type)]
    assert {type(proof) for proof in proofs} == {*models, str}
    assert {p.token for p in proofs if hasattr(p, "token")} == {"header", "query", "body"}
    assert {p.hmac for p in proofs if hasattr(p, "hmac")} == {"sha256", "sha1"}
