"""Reads one YAML file into plain values that remember where they stood.

A strict part of YAML 1.2: one document, mappings with text keys, lists, text, whole and decimal numbers, true and
false. No anchors, aliases, tags, tabs, duplicate keys, empty values, nor the readings that surprise (`no` as false,
`010` as eight, `1:30` as ninety). Events are read one by one, so that deep nesting costs no stack.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from modules.settings.errors import Problem, dotted, shown
from modules.settings.rules import Part

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes of a file."""
LONGEST_TEXT = 2048
"""Characters of one value."""
LONGEST_KEY = 256
"""Characters of one key."""
RESERVED_TEXT = ("${TfToken[", "#{Token[")
"""Text by which CDKTF marks references; as a setting it would be replaced or left in the output."""
DEEPEST_NESTING = 16
"""Mappings and lists within each other."""

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
_SURPRISING = re.compile(
    r"(yes|no|on|off|true|false|null|~)|[-+]?[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|[-+]?0[xob][0-9a-f_]+"
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?|[-+]?\.(inf|nan)|\.[0-9_]+"
    r"|=|<<",
    re.IGNORECASE,
)
MOST_INVISIBLE = 10
"""Lines with invisible characters that are reported."""
Mark = tuple[int, int]
"""Line and column, from 1."""


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read."""

    value: dict[str, Any] | list[Any]
    path: tuple[Part, ...]
    key: str | None = None
    dropped: bool = False
    """The key that is being read is refused: its value is read, but not kept."""


@dataclass
class Document:
    """A file's values, their places, and what is wrong with them."""

    file: str
    value: Any = None
    problems: list[Problem] = field(default_factory=list)
    broken: bool = False
    """The file could not be read to its end: what stands in it is not worth judging."""
    refused: set[tuple[Part, ...]] = field(default_factory=set)
    """Key paths whose values were refused while reading."""
    doubtful: set[tuple[Part, ...]] = field(default_factory=set)
    """Key paths of keys that stand twice: which of the values is meant is not known."""
    _keys: dict[tuple[Part, ...], Mark] = field(default_factory=dict)
    _values: dict[tuple[Part, ...], Mark] = field(default_factory=dict)

    def at(self, path: tuple[Part, ...]) -> Any:
        """Return the value at a key path, None where there is none."""
        value = self.value
        for part in path:
            if isinstance(value, dict) and isinstance(part, str):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def place(self, path: tuple[Part, ...]) -> Mark:
        """Return line and column of the value at `path`, else of what is nearest above it."""
        while path:
            if path in self._values:
                return self._values[path]
            path = path[:-1]
        return self._values.get((), (1, 1))

    def key_place(self, path: tuple[Part, ...]) -> Mark:
        """Return line and column of the key at `path`, else of what is nearest above it."""
        return self._keys.get(path) or self.place(path)

    def report(self, mark: Mark, path: tuple[Part, ...], given: str, allowed: str, nearest: str | None = None) -> None:
        """Note a problem at `mark`."""
        self.problems.append(Problem(self.file, *mark, dotted(path), given, allowed, nearest))

    def give_up(self, mark: Mark, given: str, allowed: str, path: tuple[Part, ...] = ()) -> None:
        """Note a problem that ends the reading."""
        self.report(mark, path, given, allowed)
        self.broken = True


def read_document(path: Path, name: str) -> Document:
    """Read the file `path`, called `name` in messages; what is wrong is noted in the document, nothing is raised."""
    document = Document(name)
    text = _text(path, document)
    if text is not None:
        _parse(text, document)
    return document


def _text(path: Path, document: Document) -> str | None:
    """Return the file's text, or None when it is no readable UTF-8 text file."""
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a symbolic link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "a special file"
            document.give_up((1, 1), kind, "a regular file")
            return None
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        document.give_up((1, 1), "no such file", "a regular file")
        return None
    except OSError as error:
        document.give_up((1, 1), f"a file that cannot be read ({error.strerror})", "a readable file")
        return None
    if len(content) > LARGEST_FILE:
        document.give_up((1, 1), f"more than {LARGEST_FILE:,} bytes", f"at most {LARGEST_FILE:,} bytes")
        return None
    if content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        document.give_up((1, 1), "a byte order mark", "UTF-8 without byte order mark")
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        mark = (before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        document.give_up(mark, f"the byte 0x{content[error.start]:02x}", "UTF-8 text")
        return None
    return text if _printable(text, document) else None


def _printable(text: str, document: Document) -> bool:
    """Note tabs and characters that cannot be seen; return whether there are none."""
    for number, line in enumerate(text.split("\n"), 1):
        visible = line.removesuffix("\r")
        if not visible.isprintable():
            column, wrong = next((at, each) for at, each in enumerate(visible, 1) if not each.isprintable())
            given = "a tab" if wrong == "\t" else f"the invisible character U+{ord(wrong):04X}"
            document.give_up((number, column), given, "printable characters and spaces")
            if len(document.problems) >= MOST_INVISIBLE:
                break
    return not document.broken


def _parse(text: str, document: Document) -> None:
    """Read the events of the text into the document."""
    loader = yaml.CSafeLoader(text)
    try:
        _read(loader, document)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        lines = text.split("\n")
        line = lines[min(place[0], len(lines)) - 1].strip()
        secret = "line" if "secret" in line.lower() else ""
        given = "a line, not shown," if secret else shown(line)
        document.give_up(place, f"{given} ({error.problem or error.context})", "YAML: keys, values and lists")
    except yaml.YAMLError as error:
        document.give_up((1, 1), f"no YAML ({error})", "YAML: keys, values and lists")
    finally:
        loader.dispose()
    if not document.broken and () not in document._values:
        document.give_up((1, 1), "an empty file", "a mapping of settings")


def _read(loader: Any, document: Document) -> None:
    """Read events until the end of the first document; a second one, an anchor or a tag ends the reading."""
    stack: list[_Open] = []
    documents = 0
    while (event := loader.get_event()) is not None:
        mark = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                document.give_up(mark, "a second document", "one document in a file")
                return
        elif isinstance(event, yaml.NodeEvent):
            if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
                kind = "the alias *" if isinstance(event, yaml.AliasEvent) else "the anchor &"
                document.give_up(mark, f"{kind}{str(event.anchor)[:60]}", "each value written out", _here(stack))
                return
            tag = getattr(event, "tag", None)
            if tag is not None:
                document.give_up(mark, f"the tag {tag[:60]}", "values without tags", _here(stack))
                return
            if isinstance(event, yaml.ScalarEvent):
                _scalar(event, mark, stack, document)
            elif not _open(event, mark, stack, document):
                return
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop()


def _here(stack: list[_Open]) -> tuple[Part, ...]:
    """Return the key path of the value that comes next."""
    if not stack:
        return ()
    parent = stack[-1]
    if isinstance(parent.value, list):
        return (*parent.path, len(parent.value))
    return parent.path if parent.key is None else (*parent.path, parent.key)


def _open(event: Any, mark: Mark, stack: list[_Open], document: Document) -> bool:
    """Begin a mapping or list; return False when reading cannot go on."""
    if len(stack) >= DEEPEST_NESTING:
        document.give_up(
            mark, f"more than {DEEPEST_NESTING} levels", f"at most {DEEPEST_NESTING} levels of nesting", _here(stack)
        )
        return False
    value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
    if stack and isinstance(stack[-1].value, dict) and stack[-1].key is None:
        document.give_up(mark, "a mapping or list as key", "text as key", stack[-1].path)
        return False
    stack.append(_Open(value, _store(value, mark, stack, document)))
    return True


def _scalar(event: Any, mark: Mark, stack: list[_Open], document: Document) -> None:
    """Read a key or a single value."""
    if stack and isinstance(mapping := stack[-1].value, dict) and stack[-1].key is None:
        _key(event, mark, stack[-1], mapping, document)
        return
    value, wrong = _plain(event.value) if event.implicit[0] else (event.value, None)
    path = _store(value, mark, stack, document)
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        wrong = f"at most {LONGEST_TEXT:,} characters"
    elif isinstance(value, str) and not value.isprintable():
        wrong = "one line of printable text"
    elif isinstance(value, str) and any(each in value for each in RESERVED_TEXT):
        wrong = "text without " + " or ".join(RESERVED_TEXT) + ", which CDKTF reads as a reference"
    if wrong:
        document.report(mark, path, shown(value, key=dotted(path)), wrong)
        document.refused.add(path)


def _key(event: Any, mark: Mark, parent: _Open, mapping: dict[str, Any], document: Document) -> None:
    """Read the key of a mapping, `parent`'s value; a refused one is kept apart."""
    parent.key = event.value
    parent.dropped = False
    path = (*parent.path, event.value)
    wrong = None
    if any(each in event.value for each in RESERVED_TEXT):
        wrong = "a key without " + " or ".join(RESERVED_TEXT)
    elif len(event.value) > LONGEST_KEY:
        wrong = f"a key of at most {LONGEST_KEY} characters"
    elif not event.value or (event.implicit[0] and _plain(event.value) != (event.value, None)):
        wrong = "text as key"
    elif event.value in mapping:
        wrong = f"each key once; it stands in line {document.key_place(path)[0]} already"
        document.doubtful.add(path)
    if wrong:
        document.report(mark, path, shown(event.value), wrong)
        parent.dropped = True
    else:
        document._keys.setdefault(path, mark)


def _store(value: Any, mark: Mark, stack: list[_Open], document: Document) -> tuple[Part, ...]:
    """Put a value where it belongs and return its key path."""
    if not stack:
        document.value = value
        document._values[()] = mark
        return ()
    parent = stack[-1]
    if isinstance(parent.value, list):
        path: tuple[Part, ...] = (*parent.path, len(parent.value))
        parent.value.append(value)
    else:
        key = parent.key or ""
        path = (*parent.path, key)
        parent.key = None
        if parent.dropped:
            return path
        parent.value[key] = value
    document._values.setdefault(path, mark)
    return path


def _plain(text: str) -> tuple[Any, str | None]:
    """Return what an unquoted value means, and what is allowed instead where that is not plain to see."""
    if text == "true" or text == "false":
        return text == "true", None
    if _WHOLE.fullmatch(text):
        return int(text), None
    if _DECIMAL.fullmatch(text):
        return float(text), None
    if text == "":
        return None, "a value; leave the key out where it has none"
    if _SURPRISING.fullmatch(text):
        return text, "a plain number, true or false, or text in quotes"
    return text, None
