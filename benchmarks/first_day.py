"""The first day of a company with four systems: how many questions are left for a person.

`python -m benchmarks.first_day [FILE] [--seed N] [--show N] [--json]` splits a labelled file of made-up Dutch
customers into its systems, with the true links given, and syncs it twice into a new store: without any rule,
and with a first_sync chain. Nothing is written anywhere. Each question is also judged by `crude`, which knows
none of the hub's types: look at what it calls notation or a gap, for there a type may fall short.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import re
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from flows import steps
from flows.hub import Hub, open_hub
from reconcile.records import Conflict
from reconcile.report import grouped
from reconcile.state import conflicts
from reconcile.values import CLEAR, Golden

DATA = Path(__file__).parents[2] / "shared/data/matching/nl_synthetic_seed42.csv.gz"
SEED = 42
DECISIONS = 40
"""At most so many group decisions should be enough for SHARE of the questions."""
SHARE = 0.9

_PERSON = "rec_id is_org first_name infix last_name org_name"
_PLACE = "street house_no postcode city phone"
_BOOKS = "rec_id is_org full_name org_name address_line postcode city phone email iban kvk"
COLUMNS = {
    "crm": f"{_PERSON} initials {_PLACE} email birth_date kvk updated true_id",
    "accounting": f"{_BOOKS} updated true_id",
    "mailing": f"{_PERSON} email updated true_id",
    "webshop": f"{_PERSON} {_PLACE} email birth_date updated true_id",
}
"""What each system has columns for."""
ONE_LINE = {"street": "address_line", "postcode": "postcode", "city": "city"}
TWO_PARTS = {"street": "street", "number": "house_no", "postcode": "postcode", "city": "city"}
FIELDS: Mapping[str, Mapping[str, Any]] = {
    "given_name": {"type": "given_name", "label": "Voornaam"},
    "initials": {"type": "initials", "label": "Voorletters"},
    "family_name": {"type": "family_name", "label": "Achternaam"},
    "contact_name": {"type": "text", "label": "Naam"},
    "organisation": {"type": "organisation", "label": "Bedrijfsnaam"},
    "address": {"type": "postal_address", "label": "Adres", "owner": "finance", "purpose": "invoicing"},
    "phone": {"type": "phone", "label": "Telefoon", "owner": "sales", "purpose": "contact"},
    "email": {"type": "email", "label": "E-mail", "owner": "marketing", "purpose": "contact"},
    "birth_date": {"type": "birth_date", "label": "Geboortedatum"},
    "iban": {"type": "iban", "edits_from": ["accounting"], "sensitive": True, "owner": "finance"},
    "kvk": {"type": "kvk", "edits_from": ["accounting", "crm"], "owner": "finance"},
    "true_id": {"type": "text"},
}
PLACEHOLDERS = ["n.v.t.", "onbekend", "-", "0612345678", "0000000000", "geen@geen.nl", "onbekend@onbekend.nl"]
PLACEHOLDERS += ["1900-01-01"]
FIRST_SYNC = [{"system": "accounting"}, "majority", {"newest_record": "30d"}]
"""The books are right about what they have: they send the invoices."""


def make_project(folder: Path, source: Path, first_sync: Sequence[Any]) -> None:
    """Write the four systems and a project that reads them; every record carries the id of its customer."""
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            told = {"is_org": "1" if row["kind"] == "org" else "", "true_id": row["entity_id"]}
            rows[row["source"]].append(row | told)
    for system, columns in COLUMNS.items():
        with (folder / f"{system}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, columns.split(), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows[system])
    texts = {"config/hub.yaml": _hub(), "config/policy/customer.yaml": _policy(first_sync)}
    texts |= {f"mappings/{system}.yaml": _mapping(columns.split()) for system, columns in COLUMNS.items()}
    for place, text in texts.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(text, sort_keys=False), encoding="utf-8")


def _hub() -> dict[str, Any]:
    shared = {"kind": "csv", "key": "rec_id", "modified": "updated", "writes": "none"}
    return {"systems": {name: shared | {"path": f"{name}.csv"} for name in COLUMNS}}


def _policy(first_sync: Sequence[Any]) -> dict[str, Any]:
    link = [{"name": "the same customer", "when": ["true_id"]}]
    fields = {name: dict(field) for name, field in FIELDS.items()}
    return {"fields": fields, "link": link, "placeholders": PLACEHOLDERS, "first_sync": list(first_sync)}


def _mapping(columns: Sequence[str]) -> dict[str, Any]:
    named = {"given_name": "first_name", "contact_name": "full_name", "organisation": "org_name"}
    fields: dict[str, Any] = {
        name: named.get(name, name) for name in FIELDS if named.get(name, name) in columns
    }
    if "last_name" in columns:
        fields["family_name"] = {"path": "last_name", "infix": "infix"}
    if "city" in columns:
        fields["address"] = {"parts": ONE_LINE if "address_line" in columns else TWO_PARTS}
    kind = {"present": "is_org", "then": "organisation", "else": "person"}
    return {"customer": {"kind": kind, "fields": fields}}


def crude(one: Conflict) -> str:
    """What a question is about to somebody who knows no type: "notation", "gap" or "difference"."""
    said = [_words(c.value) for c in one.candidates if c.value is not None and c.value is not CLEAR]
    if len(said) < 2:
        return "one value"
    if len({"".join(sorted(words.elements())) for words in said}) == 1:
        return "notation"
    return "gap" if all(a <= b or b <= a for a in said for b in said) else "difference"


def _words(value: Golden) -> Counter[str]:
    """Words and numbers, without capitals, accents or signs."""
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    plain = unicodedata.normalize("NFKD", text.casefold())
    return Counter(re.findall(r"[a-z]+|[0-9]+", "".join(c for c in plain if not unicodedata.combining(c))))


def first_day(source: Path, first_sync: Sequence[Any], show: int, seed: int) -> dict[str, Any]:
    """One first sync, nothing written: its questions counted, judged and grouped, and a few to look at."""
    with tempfile.TemporaryDirectory() as name:
        make_project(Path(name), source, first_sync)
        with open_hub(Path(name), {}) as hub:
            result = steps.sync(hub, steps.Plainly())
            with hub.store.read() as conn:
                asked = conflicts.list_open(conn, hub.entity)
            between = [c for c in asked if c.field and not c.system]
            drawn = random.Random(seed).sample(between, min(show, len(between)))
            return {
                "records": sum(p.read for p in result.pulls),
                "customers": result.plan_summary["customers"],
                "written": result.written,
                "settled": sum(result.plan_summary["settled"].values()),
                "questions": len(asked),
                "by field": _counted(asked),
                "between systems": len(between),
                "judged": dict(Counter(f"{c.field}: {crude(c)}" for c in between).most_common()),
                **_groups(asked),
                "decisions for 90 % of those between systems": _enough(between),
                "sample": [_told(hub, one) for one in drawn],
            }


def _counted(asked: Sequence[Conflict]) -> dict[str, int]:
    return dict(Counter(f"{c.field or 'record'}: {c.cls}" for c in asked).most_common())


def _groups(asked: Sequence[Conflict]) -> dict[str, Any]:
    found = grouped(asked)
    largest = {name: len(some) for name, some in list(found.items())[:DECISIONS]}
    return {"groups": len(found), "decisions for 90 %": _enough(asked), "largest": largest}


def _enough(asked: Sequence[Conflict]) -> int:
    """So many group decisions answer SHARE of the questions, the largest groups first."""
    sizes = [len(some) for some in grouped(asked).values()]
    return next(n for n in range(len(sizes) + 1) if sum(sizes[:n]) >= SHARE * len(asked))


def _told(hub: Hub, one: Conflict) -> dict[str, Any]:
    kind = hub.book.fields[one.field].type
    said = {
        ", ".join(f"{system} {id}".strip() or "hub" for system, id, _ in c.claimants): kind.show(c.value)
        for c in one.candidates
        if c.value is not CLEAR
    }
    return {"field": one.field, "class": one.cls, "says": said, "crudely": crude(one)}


def _print(title: str, told: Mapping[str, Any]) -> None:
    print(f"\n{title}")
    for name, value in told.items():
        if isinstance(value, dict):
            print(f"  {name}:")
            for what, count in value.items():
                print(f"    {count:>7,}  {what}")
        elif isinstance(value, list):
            for one in value:
                said = " | ".join(f"{who}: {text}" for who, text in one["says"].items())
                print(f"    {one['field']:<13} {one['crudely']:<10} {said}")
        else:
            print(f"  {name}: {value:,}")


def main() -> None:
    """Measure and print both days."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_day", description=__doc__)
    parser.add_argument("source", nargs="?", type=Path, default=DATA, help="a labelled file, .csv.gz")
    parser.add_argument("--seed", type=int, default=SEED, help="for the questions that are drawn")
    parser.add_argument("--show", type=int, default=20, help="how many questions to draw")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    days = {
        "without rules": first_day(args.source, [], args.show, args.seed),
        "with first_sync": first_day(args.source, FIRST_SYNC, args.show, args.seed),
    }
    if args.json:
        print(json.dumps(days, ensure_ascii=False, indent=1))
    else:
        for title, told in days.items():
            _print(title, told)


if __name__ == "__main__":
    main()
