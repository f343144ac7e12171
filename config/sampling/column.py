"""One column of somebody's list, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconcile.headings import Heading
from reconcile.profile import Profile


@dataclass(frozen=True, slots=True)
class Column:
    """One column, and what becomes of it."""

    name: str
    heading: Heading
    profile: Profile
    field: str = ""
    """The canonical field; "" for a column that is not mapped."""
    part: str = ""
    """Which part of the field, where it holds only one."""
    role: str = ""
    """`key` or `modified`, beside or instead of a field."""
    note: str = ""
    """Why it is not mapped, or what to look at."""

    @property
    def meant(self) -> str:
        """The name of its meaning; "" for none."""
        return self.profile.meaning.name if self.profile.meaning else ""

    @property
    def meant_part(self) -> str:
        return self.profile.meaning.part if self.profile.meaning else ""

    def out(self, why: str) -> Column:
        return replace(self, field="", part="", note=why)

    def lone(self, name: str) -> Column:
        """As a field of its own, where it is no part of an address."""
        type_ = "country" if self.meant_part == "country" else "text"
        return replace(self, field=name, part="", profile=replace(self.profile, type=type_))
