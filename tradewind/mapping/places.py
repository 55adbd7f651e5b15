"""A YAML file as plain values whose places are known, and what is wrong at such a place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from ingestion.contract.places import LOADER, Place, Places


class PlacedFault(Exception):
    """Something in a YAML file is wrong; the text names the file, the place in it and what is expected."""

    def __init__(self, path: Path, place: str, problem: str) -> None:
        super().__init__(f"{path}: {place}: {problem}")


class PlacedFaults(Exception):
    """Several faults, one per line."""

    def __init__(self, faults: Sequence[PlacedFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class Document:
    """A YAML file, or the `text` that will be in it, as plain `values`."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        """Read it.

        Raises:
            PlacedFaults: it is not YAML, or has keys twice.
        """
        self.path = path
        try:
            text = path.read_text(encoding="utf-8") if text is None else text
            self.values: Any = yaml.load(text, Loader=LOADER)
            self._places = Places(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
            problem = getattr(error, "problem", None) or "not YAML"
            raise PlacedFaults([PlacedFault(path, place, problem)]) from None
        except UnicodeDecodeError:
            raise PlacedFaults([PlacedFault(path, "file", "not UTF-8: save it as UTF-8")]) from None
        except ValueError:
            raise PlacedFaults(list(_impossible_values(path, text))) from None
        if repeated := list(self._places.repeated_keys()):
            raise PlacedFaults([self.fault(place, "is there twice") for place in repeated])

    def fault(self, place: Place, problem: str) -> PlacedFault:
        """A fault of the value at a place, a path of keys."""
        return PlacedFault(self.path, str(self._places.find(place)), problem)


def _impossible_values(path: Path, text: str) -> Iterator[PlacedFault]:
    """Values that look like dates but are not, such as 2014-02-30: YAML's own reader names no line."""
    loader = LOADER(text)
    ahead = [loader.get_single_node()]
    for node in ahead:
        if isinstance(node, yaml.SequenceNode):
            ahead += node.value
        elif isinstance(node, yaml.MappingNode):
            ahead += [each for pair in node.value for each in pair]
        else:
            try:
                loader.construct_object(node)
            except ValueError as error:
                place = f"line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"
                yield PlacedFault(path, place, f"{node.value} is not a day: {error}")
