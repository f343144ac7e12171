"""What one mapping cannot know by itself: the policy's fields and types, the other systems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from config.draft import MAPPINGS, POLICIES, Check, Draft
from config.problems import Problem, YamlPath, listing, nearest, split_advice
from config.yaml12 import Document
from reconcile.consent import identifier_of
from reconcile.facts import fact_name
from reconcile.mapping.compiled import CompiledMapping
from reconcile.mapping.compiling import MappingError, compile_mapping
from reconcile.mapping.compiling import Problem as Mistake
from reconcile.mapping.examples import check_examples
from reconcile.mapping.laws import check_laws
from reconcile.mapping.model import EntityMapping
from reconcile.policy import Policy, Typed
from reconcile.types import BadOption, build, registered
from reconcile.types.base import SemanticType


def _each(draft: Draft) -> Iterator[tuple[Document, str, str, EntityMapping]]:
    for system, mappings in draft.mappings.items():
        for entity, mapping in mappings.items():
            yield draft.mapping_files[system], system, entity, mapping


def unknown_entities(draft: Draft) -> Iterator[Problem]:
    """Every entity of a mapping has a policy."""
    known = list(draft.policy_files)
    for file, _, entity, _ in _each(draft):
        if known and entity not in known:
            found = f"the entity {entity}, without {POLICIES}/{entity}.yaml{nearest(entity, known)}"
            yield file.problem((entity,), found, listing(known), key=True)


def unknown_fields(draft: Draft) -> Iterator[Problem]:
    """Every field of a mapping is one of the policy."""
    for file, _, entity, mapping in _each(draft):
        known = draft.fields(entity)
        for name in mapping.fields:
            if known and name not in known:
                found = f"the field {name}, which {POLICIES}/{entity}.yaml lacks{nearest(name, known)}"
                yield file.problem((entity, "fields", name), found, listing(known), key=True)


def unknown_consents(draft: Draft) -> Iterator[Problem]:
    """Every consent of a mapping is one of the policy, and whose it is can be read beside it."""
    for file, _, entity, mapping in _each(draft):
        if (policy := draft.policies.get(entity)) is None:
            continue
        for name in mapping.consent:
            if name not in policy.consent:
                lacks = f"which {POLICIES}/{entity}.yaml lacks{nearest(name, list(policy.consent))}"
                found = f"the consent {name}, {lacks}"
                yield file.problem((entity, "consent", name), found, listing(policy.consent), key=True)
            elif (whose := identifier_of(policy.consent[name])) not in mapping.fields:
                found = f"the consent {name} without the field {whose}, to which it belongs"
                yield file.problem((entity, "consent", name), found, f"{whose} under fields", key=True)


def unknown_facts(draft: Draft) -> Iterator[Problem]:
    """Every fact of a mapping is one of the policy, and known by this very system."""
    for file, system, entity, mapping in _each(draft):
        if (policy := draft.policies.get(entity)) is None:
            continue
        for name in mapping.facts:
            path = (entity, "facts", name)
            if name not in policy.facts:
                lacks = f"which {POLICIES}/{entity}.yaml lacks{nearest(name, list(policy.facts))}"
                yield file.problem(path, f"the fact {name}, {lacks}", listing(policy.facts), key=True)
            elif (source := policy.facts[name].source) != system:
                found = f"the fact {name} in the mapping of {system}"
                yield file.problem(
                    path, found, f"it in {MAPPINGS}/{source}.yaml, as the policy says", key=True
                )


def unknown_identifiers(draft: Draft) -> Iterator[Problem]:
    """An `external_id` names another system of hub.yaml."""
    for file, system, entity, mapping in _each(draft):
        others = [name for name in draft.systems if name != system]
        for name in mapping.external_id:
            if others and name not in others:
                found = f"the unknown system {name}{nearest(name, others)}"
                yield file.problem((entity, "external_id", name), found, listing(others), key=True)


def mistakes(draft: Draft) -> Iterator[Problem]:
    """Every mapping compiles, and its examples hold; what compiles is kept in the draft."""
    for file, system, entity, mapping in _each(draft):
        if types := _types(draft, entity):
            told = _compile(draft, system, entity, mapping, types)
            yield from (_problem(file, entity, mistake) for mistake in told)


def _compile(
    draft: Draft, system: str, entity: str, mapping: EntityMapping, types: dict[str, SemanticType]
) -> list[Mistake]:
    fields = {name: field for name, field in mapping.fields.items() if name in types}
    facts = {name: fact for name, fact in mapping.facts.items() if fact_name(name) in types}
    known = mapping.model_copy(update={"fields": fields, "facts": facts})
    try:
        blanks = draft.policies[entity].placeholders
        compiled = draft.compiled[system, entity] = compile_mapping(known, types, blanks)
    except MappingError as error:
        return error.problems
    if len(fields) + len(facts) < len(mapping.fields) + len(mapping.facts):
        return []  # an example of a field that is told already would only repeat it
    return check_examples(compiled, known) or list(_broken_laws(compiled, known))


def _broken_laws(compiled: CompiledMapping, mapping: EntityMapping) -> Iterator[Mistake]:
    for at, example in enumerate(mapping.examples):
        for message in check_laws(compiled, example.raw) if example.raw is not None else ():
            yield Mistake(("examples", at, "raw"), message)


def _types(draft: Draft, entity: str) -> dict[str, SemanticType]:
    """The types of the fields that have a known one; its options are a check of the policy."""
    policy = draft.policies.get(entity)
    found = {}
    for name, typed in _typed(policy) if policy else ():
        if policy and typed.type in registered():
            with suppress(BadOption):
                found[name] = build(typed.type, policy.region, **typed.options)
    return found


def _typed(policy: Policy) -> Iterator[tuple[str, Typed]]:
    yield from policy.fields.items()
    yield from ((fact_name(name), fact) for name, fact in policy.facts.items())


def _problem(file: Document, entity: str, mistake: Mistake) -> Problem:
    found, expected = split_advice(mistake.message)
    return file.problem(_written(file, (entity, *mistake.path)), found, expected, key=True)


def _written(file: Document, path: YamlPath) -> YamlPath:
    """A path with its keys as the file has them: a table's key "1" may be the number 1 there."""
    found: YamlPath = ()
    for step in path:
        same = (key for key in file.below(found) if key == step or str(key) == str(step))
        found = (*found, next(same, step))
    return found


MAPPING_CHECKS: tuple[Check, ...] = (
    unknown_entities,
    unknown_fields,
    unknown_consents,
    unknown_facts,
    unknown_identifiers,
    mistakes,
)
