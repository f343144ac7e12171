"""The semantic types, by name. Importing this package registers every type that ships."""

from __future__ import annotations

import importlib
import pkgutil

from reconcile.types.base import SemanticType, register, registered

__all__ = ["SemanticType", "build", "register", "registered"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def build(name: str, region: str = "NL") -> SemanticType:
    """The type called `name`, for numbers and postcodes of `region` unless they say otherwise.

    Raises KeyError for a name that no type has.
    """
    return registered()[name](region)
