"""YAML in the style of the assets: on one line what fits, texts as blocks, no anchors."""

from __future__ import annotations

import re
from typing import Any

import yaml

WIDTH = 120
#: A longer text is on its own line.
_WORDS = 45
_STEP = 2
#: Keys whose values are below them, however short.
_OPEN = ("params", "texts", "tabs", "position", "metadata")


def render(data: dict[str, Any]) -> str:
    """A whole file."""
    return "".join(f"{line}\n" for line in mapping(data, 0))


def mapping(data: dict[str, Any], indent: int) -> list[str]:
    """The lines of a mapping, one key below the other."""
    return [line for key, value in data.items() for line in entry(key, value, indent)]


def entry(key: Any, value: Any, indent: int) -> list[str]:
    """The lines of one key and its value."""
    head = f"{' ' * indent}{scalar(key)}:"
    if isinstance(value, str) and "\n" in value:
        return _text(head, value, indent)
    short = _on_one_line(value) if isinstance(value, dict | list) else scalar(value)
    if (
        short is not None
        and len(head) + 1 + len(short) <= WIDTH
        and not (value and (_is_table(value) or key in _OPEN))
    ):
        return [f"{head} {short}"]
    if isinstance(value, dict) and value:
        return [head, *mapping(value, indent + _STEP)]
    if isinstance(value, list) and value:
        return [head, *sequence(value, indent + _STEP)]
    return [" " * indent + line for line in _dumped({key: value})]


def sequence(items: list[Any], indent: int) -> list[str]:
    """The lines of a list, one item below the other."""
    return [line for value in items for line in item(value, indent)]


def item(value: Any, indent: int) -> list[str]:
    """The lines of one item of a list."""
    head = " " * indent + "-"
    short = _on_one_line(value)
    if short is not None and len(head) + 1 + len(short) <= WIDTH:
        return [f"{head} {short}"]
    if isinstance(value, dict) and value:
        first, *rest = mapping(value, indent + _STEP)
        return [head + first[indent + 1 :], *rest]
    first, *rest = _dumped(value)
    return [f"{head} {first}", *(" " * (indent + _STEP) + line for line in rest)]


def scalar(value: Any) -> str:
    """One value, quoted where it must be, and number formats always: `',.1%'`."""
    if isinstance(value, str) and re.fullmatch(r"[^\s']*[,%~][^\s']*", value):
        return f"'{value}'"
    return yaml.safe_dump(value, allow_unicode=True, width=float("inf")).removesuffix("\n...\n").strip()


def _on_one_line(value: Any) -> str | None:
    """The value in flow style; None if it contains a text of several lines or a list of mappings."""
    if isinstance(value, dict):
        parts = {scalar(key): _on_one_line(inner) for key, inner in value.items()}
        if None in parts.values() or any(
            len(part) > _WORDS and part[0] not in "{[" for part in parts.values()
        ):
            return None
        return "{" + ", ".join(f"{key}: {inner}" for key, inner in parts.items()) + "}"
    if isinstance(value, list):
        if any(isinstance(inner, dict | list) for inner in value):
            return None
        return "[" + ", ".join(_in_flow(inner) for inner in value) + "]"
    if isinstance(value, str) and "\n" in value:
        return None
    return _in_flow(value)


def _in_flow(value: Any) -> str:
    plain = scalar(value)
    if plain[:1] in "'\"" or not set(plain) & set(",[]{}"):
        return plain
    return "'" + plain.replace("'", "''") + "'"


def _is_table(value: Any) -> bool:
    """Whether a mapping contains only mappings, which read better one below the other."""
    return isinstance(value, dict) and bool(value) and all(isinstance(each, dict) for each in value.values())


def _text(head: str, value: str, indent: int) -> list[str]:
    lines = value.split("\n")
    is_plain = value.strip() and not value[0].isspace() and not any(line != line.rstrip() for line in lines)
    if not is_plain or value.endswith("\n\n"):
        return [f"{head} {_quoted(value)}"]
    mark = "|" if value.endswith("\n") else "|-"
    body = lines[:-1] if value.endswith("\n") else lines
    return [f"{head} {mark}", *(f"{' ' * (indent + _STEP)}{line}" if line else "" for line in body)]


def _quoted(value: str) -> str:
    return yaml.safe_dump(value, allow_unicode=True, default_style='"', width=float("inf")).strip()


def _dumped(value: Any) -> list[str]:
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=WIDTH)
    return text.removesuffix("...\n").rstrip("\n").split("\n")
