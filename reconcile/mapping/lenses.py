"""Where the pieces of one canonical value stand in a payload: read from there, written back there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from reconcile.errors import RecordError
from reconcile.mapping.codecs import ONE, Codec, Group, Single
from reconcile.mapping.paths import Path, Payload, Selector, is_blank, put, spell
from reconcile.mapping.whole_names import GIVEN, HalfOfName, Halves
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen

Spot = tuple[str | int, ...]
"""A place in one payload: names, and positions in lists."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one piece stands."""

    piece: str
    path: Path
    get: Callable[[Payload], object]


@dataclass(frozen=True, slots=True)
class Lens:
    """One field of a mapping, readable both ways."""

    codec: Codec
    slots: tuple[Slot, ...]
    """Without the first one nothing is shown, but for a group: there any part will do."""
    selector: Selector | None = None

    @property
    def place(self) -> str:
        """For messages."""
        inside = self.selector.place if self.selector else ""
        return inside + ", ".join(spell(slot.path) for slot in self.slots)

    def reader(self) -> Callable[[Payload], Seen]:
        """A function that reads the value; it raises RecordError for a wrong shape."""
        if self.selector is None:
            return self._read_plain() if isinstance(self.codec, Single) else self._read_pieces()
        find, read = self.selector.find, self._read_pieces()

        def select(raw: Payload) -> Seen:
            found = find(raw)
            return read(found[1]) if isinstance(found, tuple) else found

        return select

    def _read_plain(self) -> Callable[[Payload], Seen]:
        assert isinstance(self.codec, Single)
        get, decode, normalise = self.slots[0].get, self.codec.decode, self.codec.type.normalise
        name = self.slots[0].path[0] if len(self.slots[0].path) == 1 else None

        def read(raw: Payload) -> Seen:
            found = get(raw) if name is None else raw.get(name, MISSING)  # a call less: nearly always
            if found.__class__ is str and found and not found.isspace():
                return normalise(found)  # nearly always
            return MISSING if found is MISSING else decode({ONE: found})

        return read

    def _read_pieces(self) -> Callable[[Payload], Seen]:
        decode = self.codec.decode
        places = [(slot.piece, slot.get) for slot in self.slots]
        indispensable = None if isinstance(self.codec, Group) else self.slots[0].piece

        def read(source: Payload) -> Seen:
            found = {piece: raw for piece, get in places if (raw := get(source)) is not MISSING}
            if not found or (indispensable is not None and indispensable not in found):
                return MISSING
            return decode(found)

        return read

    def pieces(self, source: Payload) -> dict[str, object]:
        """The raw pieces that a record, or its list element, shows."""
        found: dict[str, object] = {}
        for slot in self.slots:
            raw = slot.get(source)
            if raw is not MISSING:
                found[slot.piece] = raw
        return found

    def shows(self, golden: Golden) -> Seen:
        """How the system shows a value after its declared loss."""
        return BLANK if golden is CLEAR or golden is BLANK else self.codec.shown(golden)

    def write(self, golden: Golden, draft: Draft) -> None:
        """Add the value to a patch. Raises ValueError for a value that the system cannot hold."""
        position, now = self.locate(draft.raw)
        like = self.pieces(now)
        if isinstance(self.codec, HalfOfName):
            draft.rename(self, position, now, golden)
            return
        told = _telling(self._encode(golden, like), like)
        if not told:
            return
        target = draft.element(self.selector, position, now) if self.selector else draft.patch
        for slot in self.slots:
            if slot.piece in told:
                put(target, slot.path, told[slot.piece], self.place)

    def _encode(self, golden: Golden, like: Mapping[str, object]) -> dict[str, object]:
        if golden is CLEAR or golden is BLANK:
            return {slot.piece: None for slot in self.slots}
        return self.codec.encode(golden, like)

    def locate(self, raw: Payload) -> tuple[int | None, Payload]:
        """The list element that holds the value with its position, or (None, {}); else the record itself."""
        if self.selector is None:
            return None, raw
        found = self.selector.find(raw)
        return found if isinstance(found, tuple) else (None, {})

    def spots(self, raw: Payload) -> Iterator[Spot]:
        """Where in this very payload the pieces stand, shown or not."""
        position, _ = self.locate(raw)
        if self.selector is None:
            for slot in self.slots:
                yield slot.path
        elif position is not None:
            for slot in self.slots:
                yield (*self.selector.path, position, *slot.path)


@dataclass(frozen=True, slots=True)
class Renaming:
    """A text that holds two names, as it will be."""

    lens: Lens
    position: int | None
    now: Payload
    halves: Halves


@dataclass(frozen=True, slots=True)
class Draft:
    """A patch while it is being written, for the record as it is now."""

    raw: Payload
    patch: dict[str, object] = field(default_factory=dict)
    elements: dict[tuple[Path, object], dict[str, object]] = field(default_factory=dict)
    names: dict[tuple[object, ...], Renaming] = field(default_factory=dict)
    """Texts that hold two names, by their place."""

    def rename(self, lens: Lens, position: int | None, now: Payload, golden: Golden) -> None:
        """Take a name into the text that holds it and another; `finish` writes the text."""
        assert isinstance(lens.codec, HalfOfName)
        slot, codec = lens.slots[0], lens.codec
        at = (lens.selector, slot.path)
        one = self.names.get(at)
        halves = one.halves if one else codec.halves(lens.pieces(now))
        self.names[at] = Renaming(lens, position, now, codec.replaced(halves, golden))

    def finish(self) -> None:
        """Write the texts that hold two names. Raises RecordError for one that cannot be read back."""
        for one in self.names.values():
            codec, slot = one.lens.codec, one.lens.slots[0]
            assert isinstance(codec, HalfOfName)
            try:
                text = codec.name.join(one.halves, codec.turned(one.lens.pieces(one.now)))
            except ValueError as error:
                raise RecordError(f"{codec.name.fields[GIVEN]}: {error} ({one.lens.place})") from None
            if told := _telling({ONE: text}, one.lens.pieces(one.now)):
                selector = one.lens.selector
                target = self.element(selector, one.position, one.now) if selector else self.patch
                put(target, slot.path, told[ONE], one.lens.place)

    def element(self, selector: Selector, position: int | None, now: Payload) -> dict[str, object]:
        """The patch of one list element, with its keys and its id so that it can be found again."""
        at = (selector.path, selector.where if position is None else position)
        if at not in self.elements:
            self.elements[at] = {} if is_blank(now.get("id")) else {"id": now["id"]}
            _list_at(self.patch, selector.path).append(self.elements[at])
        self.elements[at].update(selector.where)
        return self.elements[at]


def _list_at(patch: dict[str, object], path: Path) -> list[object]:
    *parents, name = path
    for parent in parents:
        below = patch.setdefault(parent, {})
        assert isinstance(below, dict), "compile_mapping refuses paths that run through each other"
        patch = below
    elements = patch.setdefault(name, [])
    assert isinstance(elements, list), "compile_mapping refuses paths that run through each other"
    return elements


def _telling(pieces: Mapping[str, object], like: Mapping[str, object]) -> dict[str, object]:
    """The pieces with the system's own sort of blank; what is empty already is left alone."""
    return {
        piece: _blank_like(like.get(piece)) if is_blank(raw) else raw
        for piece, raw in pieces.items()
        if not (is_blank(raw) and is_blank(like.get(piece)))
    }


def _blank_like(now: object) -> object:
    if isinstance(now, str):
        return ""
    return [] if isinstance(now, list) else None
