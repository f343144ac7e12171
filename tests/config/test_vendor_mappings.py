"""The mappings that vendors' systems start from are right as they stand, in the starter project."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from config.loader import load_project
from config.project import init_project
from tests.docs.pages import ROOT

VENDORS = ("moneybird", "nutshell")


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_s_mapping_proves_itself_in_the_starter_project(vendor: str, tmp_path: Path) -> None:
    init_project(tmp_path)
    hub = tmp_path / "config/hub.yaml"
    entry = {"kind": vendor, "url": "https://vendor.example/1", "token": {"env": "TOKEN"}, "writes": "ask"}
    systems = yaml.safe_load(hub.read_text("utf-8"))["systems"] | {vendor: entry}
    hub.write_text(yaml.safe_dump({"systems": systems}), "utf-8")
    template = (ROOT / "config/templates" / f"{vendor}.yaml").read_text("utf-8")
    (tmp_path / "mappings" / f"{vendor}.yaml").write_text(template, "utf-8")
    project = load_project(tmp_path, {"TOKEN": "x"})
    assert len(project.mappings[vendor]["customer"].examples) > 1
