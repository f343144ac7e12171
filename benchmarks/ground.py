"""The ground to measure on: four plain JSON servers in a process of their own, and a project for them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

SYSTEMS = 4
PAGE = 1000
SEED = 1

POLICY = """
region: NL
rules:
  newest: [most_recent, majority]
first_sync: [majority]
fields:
  organisation: {type: organisation, rule: newest}
  given_name: {type: given_name, rule: newest}
  family_name: {type: family_name, rule: newest}
  email: {type: email, rule: newest}
  phone: {type: phone, rule: newest}
  mobile: {type: phone, rule: newest}
  address: {type: postal_address, rule: newest}
  iban: {type: iban, rule: newest, edits_from: [system1]}
  birth_date: {type: date, rule: newest}
  since: {type: date, rule: newest}
  segment: {type: text, rule: newest}
  notes: {type: text, rule: newest}
link:
  - {name: same e-mail, when: [email], unless: [other_initial, other_birth_date]}
  - {name: same phone and name, when: [phone, family_name], unless: [other_initial, other_birth_date]}
"""
MAPPING = """
customer:
  resource: customers
  kind: {present: company, then: organisation, else: person}
  fields:
    organisation: company
    given_name: first_name
    family_name: last_name
    email: email
    phone: phone
    mobile: mobile
    address:
      parts: {street: street, number: house_number, addition: house_addition, postcode: postcode,
              city: city, country: country}
    iban: iban
    birth_date: birth_date
    since: created_at
    segment: segment
    notes: notes
"""


@contextmanager
def servers(customers: int) -> Iterator[dict[str, str]]:
    """The systems' URLs by name; each holds every customer, in its own notation."""
    command = [sys.executable, "-m", "sandbox.json_server", "--customers", str(customers)]
    command += ["--systems", str(SYSTEMS), "--size", str(PAGE), "--seed", str(SEED)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline().split() for _ in range(SYSTEMS)]
            yield dict(lines)
        finally:
            process.terminate()


def make_project(folder: Path, urls: Mapping[str, str]) -> None:
    """Write a project that reads these systems, 12 fields from each, and writes to none."""
    systems = {
        name: {"kind": "json", "url": url, "writes": "none", "overlap": 0} for name, url in urls.items()
    }
    texts = {"config/hub.yaml": yaml.safe_dump({"systems": systems}), "config/policy/customer.yaml": POLICY}
    texts |= {f"mappings/{name}.yaml": MAPPING for name in urls}
    for place, text in texts.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
