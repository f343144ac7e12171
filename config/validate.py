"""From a document to a model: pydantic decides, this module says it with lines and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.problems import Problem, YamlPath, listing, nearest, show, split_advice
from config.yaml12 import Document

Model = TypeVar("Model", bound=BaseModel)

_BLOCK = "a block of keys"
_WORDS = {
    "string_type": "text (quote it if it looks like a number)",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": _BLOCK,
    "model_type": _BLOCK,
    "model_attributes_type": _BLOCK,
    "mapping_type": _BLOCK,
    "dataclass_type": _BLOCK,
    "path_type": "the path of a file",
    "none_required": "nothing",
}
_SHAPES = {
    r"^[0-9]+[smhdwy]$": "a duration such as 15m, 30d or 2y",
    r"^[a-z][a-z0-9_]*$": "a name of small letters, digits and _",
    r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$": "two times such as 07:00-20:00",
    r"^[A-Z]{2}$": "a country code of two capitals, such as NL",
    r"^[A-Z][A-Z0-9_]*$": "the name of an environment variable, such as SHOP_TOKEN",
}
_SHAPE_ERRORS = frozenset(_WORDS) | {"literal_error", "enum", "union_tag_not_found", "union_tag_invalid"}


def validate(
    model: type[Model], data: object, document: Document, path: YamlPath = (), siblings: Iterable[str] = ()
) -> Model | list[Problem]:
    """The model of what stands at a path of a document, or everything that is wrong with it.

    `siblings` are keys of the same block that somebody else reads.
    """
    made, told = _errors(model, data)
    if made is not None and not told:
        return made
    schema = model.model_json_schema()
    schema["properties"] = {key: {} for key in siblings} | schema.get("properties", {})
    explained = _explain([(error, error["loc"]) for error in told], data)
    return [_problem(error, where, data, schema, document, path) for error, where in explained]


def _errors(model: type[Model], data: object) -> tuple[Model | None, list[ErrorDetails]]:
    """The model if there is one, and all that is wrong.

    pydantic kindly reads the text `yes` as true and 1 as a truth value; here that is a mistake, and
    only a second, strict look tells. (Strict alone would refuse a list where a tuple is kept.)
    """
    made, told = None, []
    try:
        made = model.model_validate(data)
    except ValidationError as error:
        told = error.errors(include_url=False)
    try:
        model.model_validate(data, strict=True)
    except ValidationError as error:
        known = {one["loc"] for one in told}
        told += [one for one in error.errors(include_url=False) if _misread(one) and one["loc"] not in known]
    return made, told


def _misread(error: ErrorDetails) -> bool:
    scalar = isinstance(error["input"], str | int | float)
    return scalar and error["type"] in ("bool_type", "int_type", "float_type")


Error = ErrorDetails | list[str]
"""What pydantic says of one value; or, where no shape fits, what each shape would have been."""
Told = tuple[Error, YamlPath]
Rest = tuple[int | str, ...]


def _explain(errors: Iterable[tuple[ErrorDetails, Rest]], data: object, at: YamlPath = ()) -> Iterable[Told]:
    """Each error with its place in the data; of a choice between shapes, the errors of the shape meant.

    A location of pydantic also names the shape it tried: what leads nowhere in the data is such a name.
    """
    choices: dict[YamlPath, dict[int | str, list[tuple[ErrorDetails, Rest]]]] = {}
    for error, steps in errors:
        where, rest = _descend(error, steps, data, at)
        if rest:
            choices.setdefault(where, {}).setdefault(rest[0], []).append((error, rest[1:]))
        else:
            yield error, where
    for where, branches in choices.items():
        yield from _meant([list(_explain(branch, data, where)) for branch in branches.values()], where)


def _descend(error: ErrorDetails, steps: Rest, data: object, at: YamlPath) -> tuple[YamlPath, Rest]:
    """Follow a location through the data as far as it leads: the place reached and the steps left."""
    value = _value(data, at)
    while steps:
        step = steps[0]
        if step == "[key]":
            return at, ()
        if error["type"] == "missing" and len(steps) == 1:
            return (*at, step), ()
        if not leads(value, step):
            break
        value, at, steps = _value(value, (step,)), (*at, step), steps[1:]
    return at, steps


def leads(value: object, step: int | str) -> bool:
    """Does a list have this position, or a block this key?"""
    if isinstance(value, list):
        return isinstance(step, int) and 0 <= step < len(value)
    return isinstance(value, dict) and step in value


def _value(data: object, path: YamlPath) -> object:
    for step in path:
        data = data[step]  # type: ignore[index]
    return data


def _meant(branches: list[list[Told]], where: YamlPath) -> Iterable[Told]:
    """The errors of the shape that fits best; all shapes in words when none fits or two fit alike."""
    fitting = [told for told in branches if not any(_misfit(error, at, where) for error, at in told)]
    ranked = sorted(branches if len(branches) == 1 else fitting, key=_strangers)
    if ranked and (len(ranked) == 1 or _strangers(ranked[0]) < _strangers(ranked[1])):
        return ranked[0]
    words = [word for told in branches for error, _ in told for word in _branch_words(error)]
    return [(list(dict.fromkeys(words)), where)]


def _misfit(error: Error, path: YamlPath, where: YamlPath) -> bool:
    return path == where and (isinstance(error, list) or error["type"] in _SHAPE_ERRORS)


def _strangers(told: list[Told]) -> int:
    """How many keys are missing or unknown: the fewer, the likelier this shape was meant."""
    return sum(not isinstance(e, list) and e["type"] in ("missing", "extra_forbidden") for e, _ in told)


def _branch_words(error: Error) -> list[str]:
    if isinstance(error, list):
        return error
    if error["type"] == "missing":
        return [f"a block with {error['loc'][-1]}"]
    return [] if error["type"] == "extra_forbidden" else [_expected(error)]


def _expected(error: ErrorDetails) -> str:
    """What would have been right, in words."""
    sort, context = error["type"], error.get("ctx", {})
    if sort in ("literal_error", "enum"):
        return str(context["expected"]).replace("'", "")
    if sort == "string_pattern_mismatch":
        return _SHAPES.get(context["pattern"], f"text of the form {context['pattern']}")
    if sort == "value_error":
        return str(context["error"]).removeprefix("expected ")
    if sort == "too_short":
        return f"at least {context['min_length']} of them"
    if sort == "too_long":
        return f"at most {context['max_length']} of them"
    return _WORDS.get(sort) or error["msg"].removeprefix("Input should be ").removeprefix("a valid ")


def _problem(
    error: Error,
    where: YamlPath,
    data: object,
    schema: Mapping[str, Any],
    document: Document,
    prefix: YamlPath,
) -> Problem:
    path = (*prefix, *where)
    if isinstance(error, list):
        return document.problem(path, show(_value(data, where), path), listing(error))
    sort = error["type"]
    if sort == "missing" and isinstance(where[-1], int):
        return document.problem(path, "too few entries", f"an entry number {where[-1] + 1}")
    if sort == "missing":
        return document.problem(path, "nothing", f"{where[-1]}, which is required", key=True)
    if sort == "extra_forbidden":
        known = known_keys(schema, where[:-1])
        hint = nearest(where[-1], known)
        return document.problem(
            path, f"the unknown key {where[-1]}{hint}", f"one of {', '.join(known)}", key=True
        )
    if error["loc"][-1:] == ("[key]",) or sort == "invalid_key":
        return document.problem(path, f"the key {where[-1]}", _expected(error), key=True)
    if sort == "value_error" and not str(error["ctx"]["error"]).startswith("expected "):
        return document.problem(path, *split_advice(_expected(error)))
    return document.problem(path, show(_value(data, where), path), _expected(error))


def known_keys(schema: Mapping[str, Any], path: YamlPath) -> list[str]:
    """The keys that a model's JSON Schema knows at a path, whatever shape was chosen on the way."""
    here = list(_shapes(schema, schema))
    for step in path:
        here = [deeper for shape in here for deeper in _deeper(shape, step, schema)]
    return list(dict.fromkeys(key for shape in here for key in shape.get("properties", {})))


def _deeper(
    shape: Mapping[str, Any], step: str | int, schema: Mapping[str, Any]
) -> Iterable[Mapping[str, Any]]:
    properties = shape.get("properties", {})
    rest = [
        shape.get("additionalProperties"),
        shape.get("items"),
        *shape.get("patternProperties", {}).values(),
    ]
    for found in [properties[step]] if step in properties else rest:
        if isinstance(found, dict):
            yield from _shapes(found, schema)


def _shapes(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """A schema without references and choices: each shape it allows."""
    if "$ref" in schema:
        yield from _shapes(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root)
        return
    yield schema
    for choice in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(choice, ()):
            yield from _shapes(one, root)
