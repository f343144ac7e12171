"""From a project to adapters that are ready to work."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from adapters.protocol import Adapter
from config.loader import Project
from config.probe import open_adapter
from config.problems import HUB, ConfigError, Problem
from reconcile.errors import HubError


def open_adapters(
    project: Project, environ: Mapping[str, str], only: Collection[str] | None = None
) -> dict[str, Adapter]:
    """The adapters of a project by system, of all systems or `only` some; the caller closes them.

    Raises ConfigError for a name that is no system, HubError for settings that a kind cannot work with;
    whatever was opened before is closed then.
    """
    wanted = list(project.hub.systems) if only is None else list(only)
    _known(wanted, project)
    opened: dict[str, Adapter] = {}
    try:
        for name in wanted:
            entry, settings, mappings = (
                project.hub.systems[name],
                project.settings[name],
                project.mappings[name],
            )
            opened[name] = open_adapter(
                name, entry.kind, settings, mappings, project.folder, environ, entry.archived
            )
    except HubError:
        for adapter in opened.values():
            adapter.close()
        raise
    return opened


def _known(wanted: Collection[str], project: Project) -> None:
    systems = project.hub.systems
    expected = f"one of {', '.join(systems)}"
    unknown = [
        Problem(HUB, 1, ("systems",), f"no system {name}", expected) for name in wanted if name not in systems
    ]
    if unknown:
        raise ConfigError(unknown)
