"""What one policy file cannot know by itself: types, rules, systems and fields that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import phonenumbers

from config.draft import MAPPINGS, Check, Draft, names
from config.problems import Problem, YamlPath, listing, nearest
from config.yaml12 import Document
from reconcile.consent import identifier_of
from reconcile.policy import FactPolicy, FieldPolicy, Policy, RuleStep, SystemRule, SystemsRule, Typed
from reconcile.types import BadOption, build, registered

MUST_NAME_EDITORS = ("iban", "kvk", "vat_id")
"""Types of which sync-critical values must not come from just any system."""
INITIAL = "other_initial"


def _each(draft: Draft) -> Iterator[tuple[Document, str, Policy]]:
    for entity, policy in draft.policies.items():
        yield draft.policy_files[entity], entity, policy


def _fields(draft: Draft) -> Iterator[tuple[Document, YamlPath, FieldPolicy]]:
    for file, _, policy in _each(draft):
        for name, field in policy.fields.items():
            yield file, ("fields", name), field


def _typed(draft: Draft) -> Iterator[tuple[Document, YamlPath, Typed]]:
    yield from _fields(draft)
    yield from _facts(draft)


def _facts(draft: Draft) -> Iterator[tuple[Document, YamlPath, FactPolicy]]:
    for file, _, policy in _each(draft):
        for name, fact in policy.facts.items():
            yield file, ("facts", name), fact


def _unknown(file: Document, path: YamlPath, what: str, name: str, known: Iterable[str]) -> Iterator[Problem]:
    """The problem that a name is not among the known ones; nothing when it is."""
    known = list(known)
    if name not in known:
        yield file.problem(path, f"the unknown {what} {name}{nearest(name, known)}", listing(known))


def unknown_types(draft: Draft) -> Iterator[Problem]:
    """The type of a field or fact is one that ships."""
    for file, path, field in _typed(draft):
        yield from _unknown(file, (*path, "type"), "type", field.type, registered())


def unusable_options(draft: Draft) -> Iterator[Problem]:
    """A field tells its type only what that can use."""
    for file, path, field in _typed(draft):
        if field.type in registered():
            try:
                build(field.type, **field.options)
            except BadOption as bad:
                yield file.problem(
                    (*path, bad.option), bad.found, bad.expected, key=bad.option not in field.options
                )


def undefined_rules(draft: Draft) -> Iterator[Problem]:
    """A field's rule is defined in `rules`."""
    for file, path, field in _fields(draft):
        if field.rule is not None:
            defined = names(file.data, "rules")
            yield from _unknown(file, (*path, "rule"), "rule", field.rule, defined)


def unknown_systems(draft: Draft) -> Iterator[Problem]:
    """Rules, `edits_from` and `verified_by` name systems of hub.yaml."""
    if not draft.systems:
        return
    for file, path, name in _named_systems(draft):
        yield from _unknown(file, path, "system", name, draft.systems)


def _named_systems(draft: Draft) -> Iterator[tuple[Document, YamlPath, str]]:
    for file, _, policy in _each(draft):
        chains: dict[YamlPath, list[RuleStep]] = {("rules", n): steps for n, steps in policy.rules.items()}
        chains["first_sync",] = policy.first_sync
        for path, steps in chains.items():
            for at, step in enumerate(steps):
                if isinstance(step, SystemRule):
                    yield file, (*path, at, "system"), step.system
                elif isinstance(step, SystemsRule):
                    yield from (
                        (file, (*path, at, "systems", i), name) for i, name in enumerate(step.systems)
                    )
    for file, path, field in _fields(draft):
        for key, some in (("edits_from", field.edits_from), ("verified_by", field.verified_by)):
            for at, name in enumerate(some or ()):
                yield file, (*path, key, at), name
    for file, path, fact in _facts(draft):
        yield file, (*path, "from"), fact.source


def unmapped_facts(draft: Draft) -> Iterator[Problem]:
    """The system that knows a fact says in its mapping where."""
    for file, entity, policy in _each(draft):
        for name, fact in policy.facts.items():
            source = fact.source
            unreadable = source in draft.mapping_files and source not in draft.mappings
            if unreadable or source not in draft.systems:
                continue  # told already
            mapped = draft.mappings.get(source, {}).get(entity)
            if mapped is None or name not in mapped.facts:
                found = f"{source}, of which no mapping says where the fact {name} stands"
                expected = f"`facts: {{{name}: PATH}}` in {MAPPINGS}/{source}.yaml"
                yield file.problem(("facts", name, "from"), found, expected)


def link_fields(draft: Draft) -> Iterator[Problem]:
    """Link rules name fields of the policy."""
    for file, entity, policy in _each(draft):
        known = draft.fields(entity)
        for at, rule in enumerate(policy.link):
            for i, name in enumerate(rule.when):
                yield from _unknown(file, ("link", at, "when", i), "field", name, known)
            for i, name in enumerate(rule.unless):
                contradictions = [*(f"other_{field}" for field in known), INITIAL]
                yield from _unknown(file, ("link", at, "unless", i), "contradiction", name, contradictions)


def consent_identifiers(draft: Draft) -> Iterator[Problem]:
    """A consent belongs to a field of the policy."""
    for file, entity, policy in _each(draft):
        for name, consent in policy.consent.items():
            key = "identifier" if consent.identifier else "channel"
            path = ("consent", name, key)
            yield from _unknown(file, path, "field", identifier_of(consent), draft.fields(entity))


def link_names(draft: Draft) -> Iterator[Problem]:
    """Each link rule has a name of its own, for decisions and lineage to refer to."""
    for file, _, policy in _each(draft):
        first: dict[str, int] = {}
        for at, rule in enumerate(policy.link):
            line = file.line(("link", at, "name"))
            if rule.name in first:
                found = f"the name {rule.name!r}, which the rule on line {first[rule.name]} has too"
                yield file.problem(("link", at, "name"), found, "a name of its own")
            first.setdefault(rule.name, line)


def named_editors(draft: Draft) -> Iterator[Problem]:
    """Bank account and company numbers say who may change them: a wrong one costs money."""
    for file, path, field in _fields(draft):
        if field.type in MUST_NAME_EDITORS and field.edits_from is None:
            expected = f"edits_from, because {field.type} must name the systems whose edits count"
            yield file.problem((*path, "edits_from"), "nothing", expected, key=True)


def known_region(draft: Draft) -> Iterator[Problem]:
    """The region is a country with telephone numbers."""
    for file, _, policy in _each(draft):
        if policy.region not in phonenumbers.SUPPORTED_REGIONS:
            yield file.problem(
                ("region",), f"the unknown region {policy.region}", "a country code such as NL or BE"
            )


POLICY_CHECKS: tuple[Check, ...] = (
    unknown_types,
    unusable_options,
    undefined_rules,
    unknown_systems,
    unmapped_facts,
    link_fields,
    consent_identifiers,
    link_names,
    named_editors,
    known_region,
)
