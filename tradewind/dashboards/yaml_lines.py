"""Change the data in a YAML file, keeping every line that says the same as before, comments included."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from typing import Any

import yaml

from tradewind.dashboards import yaml_style


def rewrite(text: str, wanted: dict[str, Any]) -> str:
    """The text with only those lines changed that differ from `wanted`.

    Args:
        text: of a file with a mapping.
        wanted: what the file should say; new keys go below the key that precedes them here.
    """
    old = yaml.safe_load(text)
    if old == wanted:
        return text
    lines = text.split("\n")
    edits: list[_Edit] = []
    _mapping(yaml.compose(text, yaml.SafeLoader), old, wanted, lines, len(lines), edits)
    for edit in sorted(edits, key=lambda each: (each.start, each.end), reverse=True):
        lines[edit.start : edit.end] = edit.lines
    result = "\n".join(lines)
    # If a file's layout cannot be changed by lines, its data counts, not its layout.
    return result if _load(result) == wanted else yaml_style.render(wanted)


@dataclass(frozen=True)
class _Edit:
    """Replaces the lines from `start` up to, but not including, `end`."""

    start: int
    end: int
    lines: list[str]


def _mapping(
    node: yaml.MappingNode, old: dict, wanted: dict, lines: list[str], end: int, edits: list[_Edit]
) -> None:
    keys = {key.value: (key, value) for key, value in node.value}
    starts = [key.start_mark.line for key, _ in node.value] + [end]
    ends = {}
    for (key, _), after in zip(node.value, starts[1:], strict=True):
        ends[key.value] = _own_end(lines, key.start_mark.line, after, key.start_mark.column)
    indent = node.value[0][0].start_mark.column
    first = starts[0]
    added: dict[int, list[str]] = {}
    place = first
    for key, value in wanted.items():
        if str(key) not in keys:
            added.setdefault(place, []).extend(yaml_style.entry(key, value, indent))
            continue
        place = ends[str(key)]
        key_node, value_node = keys[str(key)]
        if old.get(key, ...) != value:
            start = key_node.start_mark.line
            if not _descend(value_node, old.get(key), value, lines, place, edits):
                new = yaml_style.entry(key, value, indent)
                # The first key of an item in a list follows its dash.
                new[0] = lines[start][:indent] + new[0][indent:]
                edits.append(_Edit(start, place, _with_remark(new, lines[start], value_node)))
    for name in keys.keys() - {str(key) for key in wanted}:
        start = keys[name][0].start_mark.line
        edits.append(_Edit(_comment_start(lines, start, indent), ends[name], []))
    edits += [_Edit(line, line, new) for line, new in added.items()]


def _sequence(
    node: yaml.SequenceNode, old: list, wanted: list, lines: list[str], end: int, edits: list[_Edit]
) -> None:
    indent = node.start_mark.column
    starts = [item.start_mark.line for item in node.value]
    ends = [
        _own_end(lines, start, after, indent) for start, after in zip(starts, [*starts[1:], end], strict=True)
    ]
    matcher = difflib.SequenceMatcher(
        None, *([json.dumps(x, default=str) for x in each] for each in (old, wanted))
    )
    for what, i, i_end, j, j_end in matcher.get_opcodes():
        if what == "equal":
            continue
        if what == "replace" and i_end - i == j_end - j:
            for offset in range(i_end - i):
                place, value = i + offset, wanted[j + offset]
                if not _descend(node.value[place], old[place], value, lines, ends[place], edits):
                    edits.append(_Edit(starts[place], ends[place], yaml_style.item(value, indent)))
            continue
        new = yaml_style.sequence(wanted[j:j_end], indent)
        if i == i_end:
            place = ends[i - 1] if i else starts[0]
            edits.append(_Edit(place, place, new))
        else:
            edits.append(_Edit(_comment_start(lines, starts[i], indent), ends[i_end - 1], new))


def _descend(node: yaml.Node, old: Any, wanted: Any, lines: list[str], end: int, edits: list[_Edit]) -> bool:
    """Change only the lines inside a value that spans several lines; False if it does not."""
    if not wanted or not old or getattr(node, "flow_style", True):
        return False
    if isinstance(node, yaml.MappingNode) and isinstance(wanted, dict):
        _mapping(node, old, wanted, lines, end, edits)
        return True
    if isinstance(node, yaml.SequenceNode) and isinstance(wanted, list):
        _sequence(node, old, wanted, lines, end, edits)
        return True
    return False


def _own_end(lines: list[str], start: int, after: int, column: int) -> int:
    """Where an entry ends: blank lines and comments before the next entry belong to that one."""
    while after > start + 1:
        line = lines[after - 1]
        is_comment = line.lstrip().startswith("#") and len(line) - len(line.lstrip()) <= column
        if line.strip() and not is_comment:
            break
        after -= 1
    return after


def _comment_start(lines: list[str], start: int, indent: int) -> int:
    """A removed entry's comment above it is removed as well."""
    while start and lines[start - 1].startswith(" " * indent + "#"):
        start -= 1
    return start


def _with_remark(new: list[str], line: str, value: yaml.Node) -> list[str]:
    """A comment after a value stays after the value that replaces it."""
    if value.start_mark.line != value.end_mark.line or len(new) > 1:
        return new
    rest = line[value.end_mark.column :] if value.end_mark.column <= len(line) else ""
    return [new[0] + rest] if rest.lstrip().startswith("#") else new


def _load(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None
