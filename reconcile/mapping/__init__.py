"""What a system's fields mean: declared in YAML, compiled once, readable both ways."""

from reconcile.mapping.codecs import as_is
from reconcile.mapping.compiled import CompiledMapping, FieldTerms
from reconcile.mapping.compiling import MappingError, Problem, compile_mapping
from reconcile.mapping.examples import check_examples, from_yaml, to_yaml
from reconcile.mapping.laws import check_laws
from reconcile.mapping.model import EntityMapping, FieldMapping, MappingFile
from reconcile.mapping.patches import apply_patch

__all__ = [
    "CompiledMapping",
    "EntityMapping",
    "FieldMapping",
    "FieldTerms",
    "MappingError",
    "MappingFile",
    "Problem",
    "apply_patch",
    "as_is",
    "check_examples",
    "check_laws",
    "compile_mapping",
    "from_yaml",
    "to_yaml",
]
