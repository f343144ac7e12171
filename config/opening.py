"""From a project to adapters that are ready to work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from adapters.protocol import Adapter
from adapters.registry import KINDS
from config.draft import HUB
from config.loader import Project
from config.probe import opening
from config.problems import ConfigError, Problem
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
            kind = KINDS[project.hub.systems[name].kind]
            reach = opening(project.folder, project.mappings[name], secrets(environ))
            opened[name] = kind.open(name, project.settings[name], reach)
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


def secrets(environ: Mapping[str, str]) -> Callable[[str], str]:
    """A reader of environment variables; it raises ConfigError, naming the variable, when one is not set."""

    def read(name: str) -> str:
        if not environ.get(name):
            found = f"the environment variable {name}, which is not set"
            raise ConfigError([Problem(HUB, 1, (), found, "a value for it where the hub is started")])
        return environ[name]

    return read
