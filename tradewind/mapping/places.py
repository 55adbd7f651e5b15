"""Where in a YAML file a value stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml


class PlacedFault(Exception):
    """Something in a YAML file is wrong; the text names file, line, column and what is expected."""

    def __init__(self, path: Path, mark: yaml.Mark | None, problem: str) -> None:
        place = f"{mark.line + 1}:{mark.column + 1}: " if mark else ""
        super().__init__(f"{path}:{place or ' '}{problem}")


class Document:
    """A YAML file as plain values, whose places can be asked for."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        """Read the file, or the `text` that will be in it.

        Raises:
            PlacedFault: it is not YAML, or says a key twice.
        """
        self.path = path
        try:
            self._root = yaml.compose(text or path.read_text(encoding="utf-8"), yaml.SafeLoader)
            self._refuse_repeats(self._root)
            self.values: Any = yaml.SafeLoader("").construct_document(self._root) if self._root else None
        except yaml.MarkedYAMLError as error:
            raise PlacedFault(path, error.problem_mark, str(error.problem)) from None
        except UnicodeDecodeError:
            raise PlacedFault(path, None, "is not UTF-8: save it as that") from None

    def fault(self, place: Sequence[str | int], problem: str) -> PlacedFault:
        """A fault of the value at a place, a path of keys; of the nearest one around it that is there."""
        node, mark = self._root, self._root.start_mark if self._root else None
        for key in place:
            found = self._below(node, key)
            if found is None:
                break
            node, mark = found
        name = ".".join(map(str, place))
        return PlacedFault(self.path, mark, f"{name}: {problem}" if name else problem)

    @staticmethod
    def _below(node: yaml.Node | None, key: str | int) -> tuple[yaml.Node, yaml.Mark] | None:
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                if name.value == str(key):
                    return value, name.start_mark
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            return node.value[key], node.value[key].start_mark
        return None

    def _refuse_repeats(self, node: yaml.Node | None) -> None:
        if isinstance(node, yaml.SequenceNode):
            for each in node.value:
                self._refuse_repeats(each)
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for name, value in node.value:
                if name.value in seen:
                    raise PlacedFault(self.path, name.start_mark, f"{name.value} is there twice")
                seen.add(name.value)
                self._refuse_repeats(value)
