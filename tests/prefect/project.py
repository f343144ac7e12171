"""A small project whose customers' values are easy to find again."""

from __future__ import annotations

from pathlib import Path

HUB = """\
language: en
systems:
  crm: {kind: csv, path: crm.csv, key: id, modified: modified, writes: all}
  shop: {kind: csv, path: shop.csv, key: id, modified: modified, writes: all}
"""
POLICY = """\
fields:
  given_name: {type: given_name}
  family_name: {type: family_name}
  email: {type: email}
  phone: {type: phone, severity: high}
  birth_date: {type: date, sensitive: true}
link:
  - {name: same e-mail, when: [email]}
guards:
  updates: [25, 100]
"""
MAPPING = """\
customer:
  kind: {always: person}
  fields: {given_name: first, family_name: last, email: email, phone: phone, birth_date: born}
  examples:
    - raw: {id: "1", first: Ada, last: Berg, email: ada@berg.example, phone: "0612345678", born: "1980-12-31"}
      canonical: {kind: person, given_name: Ada, family_name: Berg, email: ada@berg.example,
                  phone: "+31612345678", birth_date: "1980-12-31"}
"""
CRM = """\
id,first,last,email,phone,born,modified
1,Zwaantje,Quibusvliet,zwaantje@planted.example,0687651234,1971-02-03,2026-01-01T10:00:00
2,Joris,Xanderwold,joris@planted.example,0611112222,,2026-01-01T10:00:00
"""
SHOP = """\
id,first,last,email,phone,born,modified
7,Zwaantje,Quibusvliet,zwaantje@planted.example,0687659999,1971-02-04,2026-01-01T11:00:00
8,Joris,Xanderwold,joris@planted.example,,,2026-01-01T11:00:00
"""
PLANTED = (
    *("zwaantje", "quibusvliet", "xanderwold", "planted.example"),
    *("87651234", "87659999", "11112222", "11113333"),
    *("1971-02", "02-1971"),
)
"""Pieces of customers' values, in lower case: none may stand anywhere but in an artifact."""
SECRET = ("1971-02", "02-1971")
"""Pieces of sensitive values: not even there."""


FILES = {
    "config/hub.yaml": HUB,
    "config/policy/customer.yaml": POLICY,
    "mappings/crm.yaml": MAPPING,
    "mappings/shop.yaml": MAPPING,
    "crm.csv": CRM,
    "shop.csv": SHOP,
}


def make_project(folder: Path) -> Path:
    """Two systems that agree on who their customers are, and not on all about them."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder
