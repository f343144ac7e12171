"""How a system stores what is sent, and the patch that puts raw values back exactly as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconcile.mapping.compiled import CompiledMapping
from reconcile.mapping.paths import Path, Payload, Selector, is_blank
from reconcile.values import BLANK, CLEAR, Golden, Value

Selections = Mapping[Path, Sequence[Selector]]


def apply_patch(raw: Payload, patch: Payload, compiled: CompiledMapping) -> dict[str, object]:
    """The record as a system stores it after a patch: mappings are merged, elements of a mapped list are
    found by id or by `where` and merged or added, and any other value is replaced. `raw` stays as it was.
    """
    return _merged(raw, patch, _selections(compiled), ())


def _merged(now: object, patch: Payload, selections: Selections, at: Path) -> dict[str, object]:
    result: dict[str, object] = dict(now) if isinstance(now, Mapping) else {}
    for name, sent in patch.items():
        here = (*at, name)
        if here in selections and isinstance(sent, list):
            result[name] = _merged_elements(result.get(name), sent, selections[here])
        elif isinstance(sent, Mapping):
            result[name] = _merged(result.get(name), sent, selections, here)
        else:
            result[name] = sent
    return result


def _merged_elements(now: object, sent: list[Payload], selectors: Sequence[Selector]) -> list[object]:
    result = list(now) if isinstance(now, list | tuple) else []
    for patch in sent:
        position = _position(result, patch, selectors)
        if position is None:
            result.append(_merged({}, patch, {}, ()))
        else:
            result[position] = _merged(result[position], patch, {}, ())
    return result


def _position(elements: Sequence[Payload], patch: Payload, selectors: Sequence[Selector]) -> int | None:
    if not is_blank(patch.get("id")):
        return next((n for n, element in enumerate(elements) if element.get("id") == patch["id"]), None)
    keys = [selector for selector in selectors if selector.fits(patch)]
    fitting = (n for n, element in enumerate(elements) if any(key.fits(element) for key in keys))
    return next(fitting, None)


def put_back(
    compiled: CompiledMapping, now: Payload, wanted: Mapping[str, tuple[Value, Payload]]
) -> dict[str, object]:
    """The patch that gives fields of a record the values they had. `wanted`: field → (the value, the raw
    values at the top level of the payload that held it).

    What is put back is raw, byte for byte, unless that would change another field as well: two names in one
    text, of which the other one was edited since. Raises RecordError and ValueError, as `write` does.
    """
    given: dict[str, Golden] = {name: CLEAR if was is BLANK else was for name, (was, _) in wanted.items()}
    meant = compiled.write(now, given)
    exact: dict[str, object] = {}
    for field, (_, before) in wanted.items():
        own = _as_it_was(compiled.write(now, {field: given[field]}), before, _selections(compiled), ())
        exact = apply_patch(exact, own, compiled)
    reads = [compiled.read(apply_patch(now, patch, compiled)) for patch in (exact, meant)]
    return exact if reads[0] == reads[1] else meant


def _as_it_was(patch: Payload, before: Payload, selections: Selections, at: Path) -> dict[str, object]:
    """The patch with every value as it was; a place that did not exist is emptied as the patch says."""
    result: dict[str, object] = {}
    for name, sent in patch.items():
        here, was = (*at, name), before.get(name)
        if here in selections and isinstance(sent, list) and isinstance(was, list | tuple):
            result[name] = [_element(one, was, selections[here]) for one in sent]
        elif isinstance(sent, Mapping) and isinstance(was, Mapping):
            result[name] = _as_it_was(sent, was, selections, here)
        else:
            result[name] = was if name in before else sent
    return result


def _element(sent: Payload, elements: Sequence[Payload], selectors: Sequence[Selector]) -> dict[str, object]:
    """Its keys stay, so that the system finds it again."""
    position = _position(elements, sent, selectors)
    return dict(sent) if position is None else _as_it_was(sent, elements[position], {}, ())


def _selections(compiled: CompiledMapping) -> dict[Path, list[Selector]]:
    """The lists of which single elements are mapped."""
    selections: dict[Path, list[Selector]] = {}
    for lens in compiled.lenses.values():
        if lens.selector:
            selections.setdefault(lens.selector.path, []).append(lens.selector)
    return selections
