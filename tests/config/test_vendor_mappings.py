"""The mappings that vendors' systems start from are right as they stand, in the starter project."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from config.loader import Project, load_project
from config.problems import ConfigError
from config.project import init_project
from tests.docs.pages import ROOT

VENDORS = ("magento", "moneybird", "mailchimp", "nutshell")


def project(folder: Path, vendor: str, old: str = "", new: str = "") -> Project:
    """The starter project with one vendor more, whose mapping has one text changed."""
    init_project(folder)
    hub, policy = folder / "config/hub.yaml", folder / "config/policy/customer.yaml"
    entry = {"kind": vendor, "url": "https://vendor.example/1", "token": {"env": "TOKEN"}, "writes": "ask"}
    systems = yaml.safe_load(hub.read_text("utf-8"))["systems"] | {vendor: entry}
    hub.write_text(yaml.safe_dump({"systems": systems}), "utf-8")
    consent = {"newsletter": {"channel": "email", "purpose": "marketing"}}
    policy.write_text(
        yaml.safe_dump(yaml.safe_load(policy.read_text("utf-8")) | {"consent": consent}), "utf-8"
    )
    template = (ROOT / "config/templates" / f"{vendor}.yaml").read_text("utf-8")
    assert old in template
    (folder / "mappings" / f"{vendor}.yaml").write_text(template.replace(old, new, 1), "utf-8")
    return load_project(folder, {"TOKEN": "x"})


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_s_mapping_proves_itself_in_the_starter_project(vendor: str, tmp_path: Path) -> None:
    assert len(project(tmp_path, vendor).mappings[vendor]["customer"].examples) > 1


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("phone:       merge_fields.PHONE", "phone:       status", "customer.fields.phone"),
        ("  consent:\n", "  constant: {status: subscribed}\n  consent:\n", "customer.constant.status"),
    ],
)
def test_what_a_customer_agreed_to_is_written_as_no_ordinary_value(
    old: str, new: str, place: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=f"{place}: found status, which says what a customer agreed to"):
        project(tmp_path, "mailchimp", old, new)


def test_such_a_field_may_be_read(tmp_path: Path) -> None:
    old, new = "phone:       merge_fields.PHONE", "phone:       {path: status, write: never}"
    with pytest.raises(ConfigError) as told:
        project(tmp_path, "mailchimp", old, new)
    assert "agreed to" not in str(told.value)  # only that the examples say otherwise


def test_a_newsletter_of_magento_is_a_consent_and_never_a_field(tmp_path: Path) -> None:
    old, new = "  consent:\n", "    phone2: extension_attributes.is_subscribed\n  consent:\n"
    with pytest.raises(ConfigError, match="which says what a customer agreed to"):
        project(tmp_path, "magento", old, new)
