"""The consents of a mapping: lenses as others, on fields that no policy has, with time and proof beside."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from reconcile.consent import CONSENT, field_name, moment_of
from reconcile.mapping.codecs import ONE, Coded, ValueTable
from reconcile.mapping.lenses import Lens, Slot
from reconcile.mapping.model import ConsentMapping, ProofMapping, table_key
from reconcile.mapping.paths import Payload, Scalar, Selector, getter, is_blank, parse_path
from reconcile.values import MISSING, Value

Getter = Callable[[Payload], object]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a record says when a consent was given, and what proves it."""

    selector: Selector | None
    times: Mapping[str, Getter]
    """By what is said; the same for all where the mapping makes no difference."""
    proof: Getter | None
    proves: frozenset[str] | None
    """Values that count, as a table looks them up; None: whatever is filled in."""

    def at(self, raw: Payload, state: str) -> str | None:
        """When that was said; None when it is not certain."""
        return moment_of(self._found(self.times.get(state), raw))

    def proved(self, raw: Payload) -> bool:
        """Does the record hold what counts as proof?"""
        found = self._found(self.proof, raw)
        if found is MISSING or is_blank(found) or found is False:
            return False
        return self.proves is None or (isinstance(found, str | int) and table_key(found) in self.proves)

    def _found(self, get: Getter | None, raw: Payload) -> object:
        if get is None:
            return MISSING
        place: object = raw
        if self.selector is not None:
            found = self.selector.find(raw)
            place = found[1] if isinstance(found, tuple) else {}
        return get(place) if isinstance(place, Mapping) else MISSING


def consent_lens(written: ConsentMapping) -> Lens:
    """Its value, readable both ways."""
    selector = _selector(written)
    inside = selector.place if selector else ""
    path = parse_path(written.path)
    meaning: dict[str, Value] = {table_key(raw): state for raw, state in written.meanings.items()}
    writes: dict[Hashable, Scalar] = dict(written.writes.items())
    table = ValueTable(inside + written.path, meaning, writes)
    return Lens(Coded(CONSENT, table), (Slot(ONE, path, getter(path, inside)),), selector)


def evidence(written: ConsentMapping) -> Evidence:
    """What stands beside the value."""
    proof = written.proof
    values = proof.values if isinstance(proof, ProofMapping) else None
    return Evidence(
        _selector(written),
        {state: getter(parse_path(path)) for state, path in written.times.items()},
        getter(parse_path(proof.path)) if proof else None,
        frozenset(map(table_key, values)) if values else None,
    )


def consent_lenses(written: Mapping[str, ConsentMapping]) -> dict[str, Lens]:
    """By the name that each has among canonical values."""
    return {field_name(name): consent_lens(one) for name, one in written.items()}


def _selector(written: ConsentMapping) -> Selector | None:
    if written.among is None or written.where is None:
        return None
    return Selector(parse_path(written.among), tuple(written.where.items()))
