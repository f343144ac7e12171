"""What is shipped is right: the starter and the demo project, the schemas, the page of all keys."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from adapters.registry import KINDS
from config.loader import load_project
from config.problems import ConfigError
from config.project import init_project
from config.schema import FOLDER, main, schemas, spelled
from config.settings import Hub, SystemEntry
from config.yaml12 import load
from reconcile.mapping.model import EntityMapping
from reconcile.policy import Policy

ROOT = Path(__file__).parents[2]


def yaml_files(folder: Path) -> list[tuple[Path, str]]:
    """The YAML files of a project, each with the name of its schema."""
    found = [(folder / "config/hub.yaml", "hub.json")]
    found += [(path, "policy.json") for path in sorted((folder / "config/policy").glob("*.yaml"))]
    return found + [(path, "mapping.json") for path in sorted((folder / "mappings").glob("*.yaml"))]


def test_a_starter_project_loads_and_may_write_nothing(tmp_path: Path) -> None:
    written = init_project(tmp_path / "mijn-zaak")
    assert all(path.is_file() for path in written)
    project = load_project(tmp_path / "mijn-zaak", {})
    assert [entry.writes for entry in project.hub.systems.values()] == ["none", "none"]
    assert all(project.mappings[name]["customer"].examples for name in project.hub.systems)


def test_a_starter_project_keeps_the_memory_of_the_hub_out_of_git(tmp_path: Path) -> None:
    init_project(tmp_path)
    assert "klantbeeld.db*" in (tmp_path / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_nothing_is_overwritten_and_nothing_is_half_written(tmp_path: Path) -> None:
    mine = tmp_path / "mappings/webshop.yaml"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^mappings/webshop.yaml:1: found a file that is already there"):
        init_project(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]
    assert mine.read_text(encoding="utf-8") == "mine"


def test_the_demo_project_loads() -> None:
    project = load_project(ROOT, {})
    assert set(project.mappings) == set(project.hub.systems)


def test_the_schemas_are_up_to_date(tmp_path: Path) -> None:
    main([str(tmp_path)])
    for name, schema in schemas().items():
        shipped = (FOLDER / name).read_text(encoding="utf-8")
        assert shipped == spelled(schema), f"{name} is out of date; run python -m config.schema"
        assert (tmp_path / name).read_text(encoding="utf-8") == shipped


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas()[name])


@pytest.mark.parametrize("starter", [False, True])
def test_the_shipped_yaml_fits_its_schemas(starter: bool, tmp_path: Path) -> None:
    if starter:
        init_project(tmp_path)
    files = yaml_files(tmp_path if starter else ROOT)
    assert len(files) >= 4
    for path, schema in files:
        data = json.loads(json.dumps(load(path, path.name).data))
        jsonschema.Draft202012Validator(schemas()[schema]).validate(data)


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        ("hub.json", {"systems": {"a": {"kind": "csv", "path": "a.csv", "key": "id", "zzz": 1}}}),
        ("hub.json", {"systems": {"a": {"kind": "memory", "path": "a.csv"}}}),
        ("hub.json", {"systems": {"a": {"kind": "zzz"}}}),
        ("policy.json", {"fields": {"a": {"type": 5}}, "link": [{"name": "x", "when": ["a"]}]}),
        ("mapping.json", {"customer": {"fields": {"a": {"pad": "x"}}}}),
    ],
)
def test_the_schemas_refuse_what_the_loader_refuses(schema: str, data: Any) -> None:
    assert not jsonschema.Draft202012Validator(schemas()[schema]).is_valid(data)


def test_the_schema_says_what_every_key_of_a_policy_and_of_every_system_is_for() -> None:
    hub, policy = schemas()["hub.json"], schemas()["policy.json"]
    shapes = [policy, *policy["$defs"].values(), hub, hub["$defs"]["FromEnvironment"]]
    described = {key: value for shape in shapes for key, value in shape.get("properties", {}).items()}
    common = hub["$defs"]["memory_system"]["properties"]
    described |= {key: common[key] for key in SystemEntry.model_fields}
    assert [key for key, value in described.items() if "description" not in value] == []


def keys(model: type[BaseModel]) -> set[str]:
    schema = model.model_json_schema()
    shapes = [schema, *schema.get("$defs", {}).values()]
    return {key for shape in shapes for key in shape.get("properties", {})}


def explained(heading: str) -> set[str]:
    """The keys in the tables under a heading of the page, up to the next heading of its level."""
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert page.count(f"\n{heading}\n") == 1, heading
    level = heading.index(" ")
    below = re.split(rf"^#{{1,{level}}} ", page.split(f"\n{heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    return set(re.findall(r"^\| `(\w+)`", below, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("## `config/hub.yaml`", Hub),
        ("## `config/policy/<entity>.yaml`", Policy),
        ("## `mappings/<system>.yaml`", EntityMapping),
        *((f"### `kind: {kind}`", KINDS[kind].settings) for kind in KINDS),
    ],
)
def test_every_key_is_explained_in_the_documentation(heading: str, model: type[BaseModel]) -> None:
    assert keys(model) - explained(heading) - {"env"} == set()
