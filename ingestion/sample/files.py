"""CSV files that appear in their folder together, each of them complete."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path


class Table:
    """One file that is being written."""

    def __init__(self, path: Path, header: Sequence[str], stack: ExitStack, encoding: str) -> None:
        self.path = path
        self.partial = path.with_name(f"{path.name}.part")
        self.rows = 0
        self._writer = csv.writer(stack.enter_context(self.partial.open("w", encoding=encoding, newline="")))
        self._writer.writerow(header)

    def write(self, *cells: object) -> None:
        """Add one row."""
        self._writer.writerow(cells)
        self.rows += 1


class Files:
    """A context in which files are written; they get their names at its end, or are deleted if it fails."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables: list[Table] = []
        self._stack = ExitStack()

    def table(self, name: str, header: Sequence[str], encoding: str = "utf-8") -> Table:
        """Begin a file."""
        table = Table(self.folder / name, header, self._stack, encoding)
        self.tables.append(table)
        return table

    @property
    def rows(self) -> dict[Path, int]:
        """How many rows each file has."""
        return {table.path: table.rows for table in self.tables}

    def __enter__(self) -> Files:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stack.close()
        for table in self.tables:
            if kind is None:
                table.partial.replace(table.path)
            else:
                table.partial.unlink(missing_ok=True)
