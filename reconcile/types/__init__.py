"""The semantic types, by name. Importing this package registers every type that ships."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import date

from reconcile.types.base import BadOption, SemanticType, register, registered

__all__ = ["BadOption", "SemanticType", "build", "register", "registered"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def build(name: str, region: str = "NL", today: date | None = None, **options: object) -> SemanticType:
    """The type called `name`, for numbers and postcodes of `region` unless they say otherwise.

    Without `today` nothing lies in the future. `options` are what the policy says about the field.
    Raises KeyError for a name that no type has, BadOption for an option that the type cannot use.
    """
    kind = registered()[name]
    for option in options:
        if option not in kind.takes:
            known = " or ".join(kind.takes) if kind.takes else "no option at all"
            raise BadOption(option, f"an option that {name} does not know", known)
    return kind(region, today, **options)
