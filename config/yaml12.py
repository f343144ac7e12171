"""YAML 1.2 with line marks, and every problem of its notation: see `adapters.yaml12` for what is a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from adapters.yaml12 import CORE, FLOAT, INT, Loader
from config.problems import HIDDEN, ConfigError, Problem, YamlPath, secret

SHORTEST_SECRET = 4  # hiding every "a" would hide the message
MOST_VALUES = 200_000  # aliases of aliases grow without end; no project comes near this


@dataclass(slots=True)
class Document:
    """What a file says, and on which line it says so. Lines count from 1."""

    file: str
    data: object = None
    keys: dict[YamlPath, int] = field(default_factory=dict)
    """Per path the line of its key (of its value, in a list)."""
    values: dict[YamlPath, int] = field(default_factory=dict)
    """Per path the line on which its value starts."""
    secrets: set[str] = field(default_factory=set)
    """Passwords and the like that stand in the file: kept out of every message."""

    @property
    def read(self) -> bool:
        """False for a file whose notation is wrong: what it would say is not known."""
        return bool(self.keys)

    def line(self, path: YamlPath, *, key: bool = False) -> int:
        """The line of a path; of the nearest enclosing one when the path itself is not written."""
        marks = self.keys if key else self.values
        while path and path not in marks:
            path, marks = path[:-1], self.keys
        return marks.get(path, 1)

    def below(self, path: YamlPath) -> list[str | int]:
        """The keys or positions that are written right below a path."""
        return [found[-1] for found in self.keys if found and found[:-1] == path]

    def problem(self, path: YamlPath, found: str, expected: str, *, key: bool = False) -> Problem:
        """A problem with this place in this file."""
        for password in self.secrets:
            found, expected = found.replace(password, HIDDEN), expected.replace(password, HIDDEN)
        return Problem(self.file, self.line(path, key=key), path, found, expected)


def load(file: Path, shown: str) -> Document:
    """Read a file, called `shown` in messages. Raises ConfigError with every problem of its notation."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        found = "a byte that is not UTF-8"
        raise ConfigError([Problem(shown, line, (), found, "text saved as UTF-8")]) from None
    except OSError as error:
        found = f"no readable file ({error.strerror})"
        raise ConfigError([Problem(shown, 1, (), found, "a YAML file")]) from None
    return loads(text, shown)


def loads(text: str, shown: str) -> Document:
    """Read YAML text, called `shown` in messages. Raises ConfigError with every problem of its notation."""
    document = Document(shown)
    loader = None
    try:
        loader = Loader(text)
        node = loader.get_single_node()
    except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as error:
        raise ConfigError([_notation(error, text, shown)]) from None
    finally:
        if loader is not None:
            loader.dispose()
    reading = _Reading(document)
    document.values[()] = document.keys[()] = node.start_mark.line + 1 if node else 1
    document.data = reading.value(node, ()) if node else None
    if reading.problems:
        raise ConfigError(reading.problems)
    return document


@dataclass(slots=True)
class _Reading:
    """From nodes to values, noting lines on the way."""

    document: Document
    problems: list[Problem] = field(default_factory=list)
    within: list[int] = field(default_factory=list)
    """Nodes being read: one that meets itself again has no end."""

    def value(self, node: Node, path: YamlPath) -> object:
        self.document.values.setdefault(path, node.start_mark.line + 1)
        self.document.keys.setdefault(path, node.start_mark.line + 1)
        if len(self.document.values) > MOST_VALUES:
            self.refuse(node, path, f"more than {MOST_VALUES} values", "a file without aliases of aliases")
            raise ConfigError(self.problems)
        if isinstance(node, ScalarNode):
            return self.scalar(node, path)
        if id(node) in self.within:
            return self.refuse(node, path, "an alias of the block it stands in", "a block with an end")
        if node.tag not in (CORE + "seq", CORE + "map"):
            return self.refuse(node, path, f"the tag {_tag(node)}", "a value without a tag")
        self.within.append(id(node))
        value = self.mapping(node, path) if isinstance(node, MappingNode) else self.sequence(node, path)
        self.within.pop()
        return value

    def scalar(self, node: ScalarNode, path: YamlPath) -> object:
        text = node.value
        if len(text) >= SHORTEST_SECRET and secret(path, text):
            self.document.secrets.add(text)
        match node.tag.removeprefix(CORE):
            case "str":
                return text
            case "null":
                return None
            case "bool" if text.lower() in ("true", "false"):
                return text.lower() == "true"
            case "int" if INT.fullmatch(text):
                return int(text)
            case "float" if FLOAT.fullmatch(text):
                return float(re.sub(r"\.(inf|nan)", r"\1", text.lower()))
        return self.refuse(node, path, f"the tag {_tag(node)}", "a value without a tag")

    def sequence(self, node: Node, path: YamlPath) -> list[object]:
        assert isinstance(node, SequenceNode)
        return [self.value(item, (*path, at)) for at, item in enumerate(node.value)]

    def mapping(self, node: MappingNode, path: YamlPath) -> dict[object, object]:
        found: dict[object, object] = {}
        first: dict[object, int] = {}
        for key, where, value in self.entries(node, path):
            line = where.start_mark.line + 1
            if key in first:
                both = f"the key {key!r} twice, on line {first[key]} and line {line}"
                self.problems.append(Problem(self.document.file, line, (*path, key), both, "each key once"))
                continue
            first[key] = self.document.keys[*path, key] = line
            found[key] = self.value(value, (*path, key))
        return found

    def entries(self, node: MappingNode, path: YamlPath) -> Iterator[tuple[str | int, Node, Node]]:
        for where, value in node.value:
            if isinstance(where, ScalarNode) and where.value == "<<" and where.style is None:
                expected = (
                    "the keys written out (YAML 1.2 has no merge keys; an alias of a whole value works)"
                )
                self.refuse(where, path, "the merge key <<", expected)
                continue
            key = self.scalar(where, ()) if isinstance(where, ScalarNode) else None
            if isinstance(key, str | int):
                yield key, where, value
            else:
                self.refuse(
                    where, path, "a key that is no name", "text, a whole number, true or false as key"
                )

    def refuse(self, node: Node, path: YamlPath, found: str, expected: str) -> object:
        """Note the problem; read on as if nothing stood there, so that all problems come at once."""
        self.problems.append(Problem(self.document.file, node.start_mark.line + 1, path, found, expected))
        return None


def _tag(node: Node) -> str:
    """A tag of YAML by name; any other may be an unquoted password that begins with `!`."""
    return node.tag.replace(CORE, "!!") if node.tag.startswith(CORE) else "!…"


_HINTS = (
    ("found character tab", "spaces instead of the tab"),
    ("found duplicate anchor", "another name for the second anchor"),
    ("found undefined alias", "an anchor (&name) above its alias (*name)"),
    ("another document", "one document: no second --- line"),
    (
        "mapping values are not allowed",
        "quotes around a value that contains ': ', or the key on a line of its own",
    ),
    ("could not find expected ':'", "'key: value', with a space after the colon"),
    ("expected ',' or", "a comma between the entries, and the closing bracket"),
    ("expected <block end>", "the same indentation as the lines above it"),
    ("found unexpected end of stream", "the closing quote or bracket"),
    ("cannot start any token", "quotes around a value that begins with this character"),
    ("found unknown escape", "single quotes, or \\\\ for a backslash"),
    ("special characters are not allowed", "text without control characters"),
)


def _notation(error: yaml.MarkedYAMLError | yaml.reader.ReaderError, text: str, shown: str) -> Problem:
    """What PyYAML refuses, and what to write instead. Its quotations of the text are left out."""
    if isinstance(error, yaml.reader.ReaderError):
        line, said = text.count("\n", 0, error.position) + 1, "special characters are not allowed"
        column = error.position - text.rfind("\n", 0, error.position)
    else:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = (error.problem or error.context or "unreadable YAML").replace("'\\t'", "tab")
    hint = next((hint for start, hint in _HINTS if start in said), "YAML 1.2")
    said = re.sub(r",? but (got|found).*| '[^']{2,}'|(?<=alias) '.'", "", said)
    return Problem(shown, line, (), f"at column {column}: {said or 'something else'}", hint)
