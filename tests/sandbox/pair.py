"""A vendor's simulated system and a plain one, kept in step by the hub."""

from __future__ import annotations

from pathlib import Path

from config.project import write_project
from flows import steps
from flows.cli.progress import runner
from flows.hub import open_hub
from sandbox.json_server import JsonServer
from sandbox.kit import System
from tests.docs.pages import ROOT

POLICY = """\
region: NL
rules: {newest: [most_recent, majority]}
fields:
  given_name: {type: given_name, rule: newest}
  family_name: {type: family_name, rule: newest}
  email: {type: email, rule: newest}
  phone: {type: phone, rule: newest}
  address: {type: postal_address, rule: newest}
link:
  - {name: same e-mail, when: [email]}
"""
PLAIN = """\
customer:
  resource: customers
  fields:
    given_name: first
    family_name: last
    email: email
    phone: phone
    address:
      parts: {lines: street, postcode: postcode, city: city, country: country}
"""


def project(
    folder: Path, vendor: str, system: System, plain: JsonServer, entry: str, consent: str = ""
) -> None:
    """A project of the two, with the vendor's mapping as it ships; `entry` is its settings in hub.yaml."""
    hub = (
        "language: en\nstate: sqlite:///klantbeeld.db\nsystems:\n"
        f"  {vendor}: {{kind: {vendor}, writes: all, creates: all, {entry}}}\n"
        f"  plain: {{kind: json, url: '{plain.url}', writes: all, creates: all}}\n"
    )
    template = (ROOT / "config/templates" / f"{vendor}.yaml").read_text("utf-8")
    files = {"config/hub.yaml": hub, "config/policy/customer.yaml": POLICY + consent}
    write_project(folder, {**files, f"mappings/{vendor}.yaml": template, "mappings/plain.yaml": PLAIN})


def sync(folder: Path, full: bool = False) -> None:
    """One run; a plan that waits for approval is approved."""
    with open_hub(folder) as hub:
        result = steps.sync(hub, runner(None), full=full)
        if result.hits:
            steps.apply(hub, runner(None), result.plan or 0)


def written(*systems: System) -> list[int]:
    """How many writes of the hub each has seen."""
    return [len(system.writes) for system in systems]
