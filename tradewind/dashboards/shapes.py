"""Which keys a YAML file may have: every unknown key is reported, with its line and the likely key."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import yaml

# libyaml's loader if the wheel has it: several times as fast
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: A line, counted from 1, and what is wrong there.
Fault = tuple[int, str]


@dataclass(frozen=True)
class Keys:
    """A mapping of known keys; `what` names it for people, `also` finds faults of the mapping as a whole."""

    what: str
    known: Mapping[str, Shape | None]
    required: Collection[str] = ()
    also: Callable[[yaml.MappingNode], Iterator[Fault]] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Each:
    """A mapping with free names; every value has the shape."""

    item: Shape | None


@dataclass(frozen=True)
class Items:
    """A list; every item has the shape."""

    item: Shape | None = None


@dataclass(frozen=True)
class Among:
    """One of these words; `what` names it for people, with its article."""

    what: str
    words: Collection[str]


@dataclass(frozen=True)
class Either:
    """A single value, or else the shape."""

    shape: Shape


Shape = Keys | Each | Items | Among | Either


def faults(node: yaml.Node | None, shape: Shape | None) -> Iterator[Fault]:
    """Every fault of a node, by line; duplicate keys are found whatever the shape."""
    if node is not None:
        yield from _twice(node, set())
        yield from _faults(node, shape)


def entries(node: yaml.MappingNode) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """The nodes of each key and its value; `<<` merges are left out."""
    return {key.value: (key, value) for key, value in node.value if key.value != "<<"}


def _faults(node: yaml.Node, shape: Shape | None) -> Iterator[Fault]:
    match shape:
        case Keys():
            if not isinstance(node, yaml.MappingNode):
                yield _line(node), f"{shape.what} is a mapping of keys, not {_said(node)}"
                return
            held = entries(node)
            for name, (key, value) in held.items():
                if name not in shape.known:
                    yield _line(key), f"'{name}' is not a key of {shape.what}{_meant(name, shape.known)}"
                else:
                    yield from _faults(value, shape.known[name])
            is_merged = any(key.value == "<<" for key, _ in node.value)
            for name in shape.required:
                if not is_merged and (name not in held or held[name][1].value in ("", [])):
                    yield _line(node), f"{shape.what} lacks '{name}'"
            if shape.also:
                yield from shape.also(node)
        case Each():
            if not isinstance(node, yaml.MappingNode):
                yield _line(node), f"names are expected here, not {_said(node)}"
                return
            for _, value in entries(node).values():
                yield from _faults(value, shape.item)
        case Items():
            if not isinstance(node, yaml.SequenceNode):
                yield _line(node), f"a list is expected here, not {_said(node)}"
                return
            for item in node.value:
                yield from _faults(item, shape.item)
        case Among():
            if not isinstance(node, yaml.ScalarNode) or node.value not in shape.words:
                yield _line(node), f"{_said(node)} is not {shape.what}{_meant(str(node.value), shape.words)}"
        case Either():
            if not isinstance(node, yaml.ScalarNode):
                yield from _faults(node, shape.shape)


def _twice(node: yaml.Node, seen: set[int]) -> Iterator[Fault]:
    """Duplicate keys in one mapping: the first one would be lost."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        names = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in names:
                    yield _line(key), f"'{key.value}' occurs twice"
                names.add(key.value)
            yield from _twice(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item, seen)


def _meant(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f": did you mean '{close[0]}'?" if close else f"; known: {', '.join(sorted(known)[:12])}"


def _said(node: yaml.Node) -> str:
    return {"SequenceNode": "a list", "MappingNode": "a mapping"}.get(type(node).__name__, f"'{node.value}'")


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
