"""An .xlsx file as its members, of which some can be replaced while the others stay byte for byte."""

from __future__ import annotations

import copy
import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, NotImplementedError)
"""What zipfile raises for a damaged member, one with a password, and a compression nobody uses."""
_MOST = 1 << 30
"""Bytes of one member: Excel itself opens none that is larger."""

Attributes = Mapping[str, str]


class BookError(Exception):
    """The bytes are no workbook that can be read; the text says what was found and what to do."""


def local(name: str) -> str:
    """A name of XML without its prefix."""
    return name.rpartition(":")[2]


def parse(
    xml: bytes,
    start: Callable[[str, dict[str, str]], object],
    end: Callable[[str], object] | None = None,
    text: Callable[[str], object] | None = None,
    made: Callable[[expat.XMLParserType], object] | None = None,
) -> None:
    """Read XML, telling each tag and text as it comes. Raises BookError, also for a document type."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _no_document_type
    if end:
        parser.EndElementHandler = end
    if text:
        parser.CharacterDataHandler = text
    if made:
        made(parser)
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise BookError(f"a part of it is damaged ({error}); open it in Excel and save it again") from None
    except ValueError:  # a number that is none
        raise BookError("a part of it is damaged; open it in Excel and save it again") from None


def elements(xml: bytes) -> Iterator[tuple[str, Attributes]]:
    """Every element of a small part, by local name."""
    found: list[tuple[str, Attributes]] = []
    parse(xml, lambda name, attributes: found.append((local(name), attributes)))
    yield from found


def _no_document_type(*_: Any) -> None:
    raise BookError("a part of it declares a document type, which no spreadsheet program does")


@dataclass(frozen=True, slots=True)
class Package:
    """The members of a file, by name."""

    content: bytes
    members: Mapping[str, zipfile.ZipInfo]
    central: int
    """Where the members end."""

    def read(self, name: str) -> bytes:
        """Raises BookError."""
        info = self.members.get(name)
        if info is None:
            raise BookError(f"it has no {name}, so it is no workbook; save it as .xlsx")
        if info.file_size > _MOST:
            raise BookError(f"its {name} is larger than any spreadsheet program opens")
        try:
            with zipfile.ZipFile(io.BytesIO(self.content)) as file:
                return file.read(info)
        except _BROKEN as error:
            why = type(error).__name__
            raise BookError(f"its {name} cannot be unpacked ({why}); put back a good copy") from None

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """The parts that a part refers to, by id: (last word of the sort, name)."""
        folder, file = posixpath.split(name)
        relations = posixpath.join(folder, "_rels", f"{file}.rels")
        if relations not in self.members:
            return {}
        return {
            found["Id"]: (
                found["Type"].rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, found["Target"])).lstrip("/"),
            )
            for tag, found in elements(self.read(relations))
            if tag == "Relationship" and {"Id", "Type", "Target"} <= found.keys()
        }

    def replaced(self, news: Mapping[str, bytes]) -> bytes:
        """The file with other content in the members named; every other one keeps its bytes and place."""
        made = io.BytesIO()
        infos = sorted(self.members.values(), key=lambda info: info.header_offset)
        ends = [info.header_offset for info in infos[1:]] + [self.central]
        with zipfile.ZipFile(made, "w") as file:
            for info, end in zip(infos, ends, strict=True):
                again = copy.copy(info)
                again.extra = _without_long_sizes(info.extra)
                if info.filename in news:
                    file.writestr(again, news[info.filename])
                    continue
                again.header_offset = file.start_dir
                made.seek(file.start_dir)
                made.write(self.content[info.header_offset : end])
                file.start_dir = made.tell()  # zipfile goes on writing from here
                file.filelist.append(again)
                file.NameToInfo[again.filename] = again
        return made.getvalue()


def _without_long_sizes(extra: bytes) -> bytes:
    """The extra fields without those for files above 4 GiB, which zipfile adds where they are needed."""
    kept, place = b"", 0
    while place + 4 <= len(extra):
        sort, length = struct.unpack_from("<HH", extra, place)
        if sort != 1:
            kept += extra[place : place + 4 + length]
        place += 4 + length
    return kept


def package(content: bytes) -> Package:
    """The members of these bytes. Raises BookError."""
    if content.startswith(_OLE):
        raise BookError("it has a password or is an old .xls; save it as .xlsx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            return Package(content, {info.filename: info for info in file.infolist()}, file.start_dir)
    except _BROKEN:
        raise BookError("it is no .xlsx file, or only part of one; save it as .xlsx") from None
