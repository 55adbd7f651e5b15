"""Where in a contract's text a value stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import yaml

#: The loader in C, where libyaml is there, takes a tenth of the time.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: Keys and positions from the document to a value; an extension's name stands for its value.
Place = Sequence[str | int]


class Spot(NamedTuple):
    """Where something stands, from line 1 and column 1, and its place as people read it."""

    line: int
    column: int
    words: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.words}"


class Places:
    """The places of one text, which is sound YAML."""

    def __init__(self, text: str) -> None:
        self._root = yaml.compose(text, Loader=LOADER)

    def find(self, place: Place) -> Spot:
        """Where a place's key stands; where the key is missing, what it is missing in.

        Its words are such as `schema[0].properties[3] (country).quality`.
        """
        node, start, words = self._root, self._root, ""
        for key in place:
            if isinstance(key, int) and not isinstance(node, yaml.SequenceNode):
                continue  # one value, read as a list of one
            if found := _child(node, key):
                start = found[0]
            node = found and found[1]
            words += _in_words(key, words, _text(node, "name"))
        mark = start.start_mark if start else None
        return Spot(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, words.lstrip(".") or "file")

    def repeated_keys(self) -> Iterator[Place]:
        """Keys that one mapping has twice, of which a reader of YAML takes the last without a word."""
        yield from _repeated(self._root, ())


def _in_words(key: str | int, before: str, name: str | None) -> str:
    """A step from a place to a key or position below it; columns are also called by their names."""
    if isinstance(key, str):
        return f".{key}"
    return f"[{key}] ({name})" if name and before.endswith(".properties") else f"[{key}]"


def _child(node: yaml.Node | None, key: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """What is at `key`: where it starts, and its value."""
    if isinstance(node, yaml.MappingNode):
        return next(((at, value) for at, value in reversed(node.value) if at.value == key), None)
    if not isinstance(node, yaml.SequenceNode):
        return None
    if isinstance(key, int):
        return (node.value[key],) * 2 if key < len(node.value) else None
    for item in node.value:
        if _text(item, "property") == key:
            return item, _child(item, "value")[1]
    return None


def _text(node: yaml.Node | None, key: str) -> str | None:
    """The text of a key in a mapping."""
    found = _child(node, key) if isinstance(node, yaml.MappingNode) else None
    return found[1].value if found and isinstance(found[1], yaml.ScalarNode) else None


def _repeated(node: yaml.Node | None, place: tuple[str | int, ...]) -> Iterator[Place]:
    if isinstance(node, yaml.MappingNode):
        taken = set()
        for at, value in node.value:
            if isinstance(at, yaml.ScalarNode):
                if at.value in taken:
                    yield *place, at.value
                taken.add(at.value)
                yield from _repeated(value, (*place, at.value))
    elif isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            yield from _repeated(item, (*place, i))
