"""From what people wrote to what decisions need: policy, mappings and capabilities as one rulebook."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.protocol import Adapter, Capabilities
from config.settings import SystemEntry
from reconcile import times
from reconcile.consent import consent_rule, identifier_of
from reconcile.facts import FactRule, fact_name
from reconcile.mapping.compiled import CompiledMapping, top_level
from reconcile.policy import FactPolicy, FieldPolicy, Policy
from reconcile.rulebook import FieldRule, Rulebook, SystemTerms, Terms
from reconcile.survive import chain
from reconcile.types import SemanticType, build


def rulebook(
    entity: str,
    policy: Policy,
    types: Mapping[str, SemanticType],
    entries: Mapping[str, SystemEntry],
    mappings: Mapping[str, CompiledMapping],
    adapters: Mapping[str, Adapter],
    digest: str,
) -> Rulebook:
    """Everything a decision on `entity` needs besides the customer; systems in the order of hub.yaml."""
    fields = {name: _field(name, field, policy, types[name]) for name, field in policy.fields.items()}
    systems = {
        name: _system(name, entry, policy, mappings[name], adapters[name].capabilities(entity))
        for name, entry in entries.items()
        if name in mappings
    }
    consents = {
        (rule := consent_rule(name, written, types[identifier_of(written)])).field: rule
        for name, written in policy.consent.items()
    }
    facts = {fact_name(name): _fact(name, fact, policy) for name, fact in policy.facts.items()}
    return Rulebook(fields, systems, chain(policy.first_sync), policy.guards, digest, consents, facts)


def _fact(name: str, fact: FactPolicy, policy: Policy) -> FactRule:
    kind = build(fact.type, policy.region, **fact.options)
    return FactRule(name, fact.source, kind, fact.label or _spoken(name), fact.sensitive)


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _field(name: str, field: FieldPolicy, policy: Policy, kind: SemanticType) -> FieldRule:
    return FieldRule(
        name=name,
        type=kind,
        chain=chain(policy.rules[field.rule]) if field.rule else (),
        severity=field.severity,
        owner=field.owner,
        label=field.label or _spoken(name),
        sensitive=field.sensitive,
        required=field.required,
        max_age=times.span(field.max_age) if field.max_age else None,
    )


def _system(
    name: str, entry: SystemEntry, policy: Policy, mapping: CompiledMapping, can: Capabilities
) -> SystemTerms:
    fields = {
        field: _terms(name, field, policy, mapping, can) for field in mapping.terms if field in policy.fields
    }
    return SystemTerms(
        name=name,
        writes=entry.writes if "update" in can.writes else "none",
        creates=entry.creates if "create" in can.writes else "none",
        deletes=entry.deletes,
        can=can.writes,
        fields=fields,
        fetch_batch=can.fetch_batch,
        write_batch=can.write_batch,
        returns_record=can.returns_record,
        side_effects=can.side_effects,
        consents=frozenset(
            name
            for name in mapping.consents
            if mapping.terms[name].writable and _reachable(name, mapping, can)
        ),
    )


def _terms(name: str, field: str, policy: Policy, mapping: CompiledMapping, can: Capabilities) -> Terms:
    terms = mapping.terms[field]
    owners = policy.fields[field].edits_from
    return Terms(
        shows=mapping.shows(field),
        writable=terms.writable and _reachable(field, mapping, can),
        clearable=terms.clearable and not terms.required,
        owner=owners is None or name in owners,
        verifies=name in (policy.fields[field].verified_by or ()),
        flagged=terms.flagged,
        on_loss=terms.on_loss,
        lossy=terms.lossy,
    )


def _reachable(field: str, mapping: CompiledMapping, can: Capabilities) -> bool:
    return can.writable is None or top_level([mapping.lenses[field]]) <= can.writable
