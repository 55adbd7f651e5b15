"""Shows the progress of long work: a live bar in a terminal, or a plain line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

#: Seconds between two plain lines.
_EVERY = 10.0


class Progress:
    """Keeps track of what is done, and shows nothing; several threads may count bytes.

    Attributes:
        size: of the current file, in bytes.
        lines: of the current file; 0 if unknown.
    """

    name = ""
    size = 0
    lines = 0
    done = 0
    started = 0.0

    def begin(self, name: str, size: int, lines: int) -> None:
        """Begin a file."""
        self.name, self.size, self.lines, self.done = name, size, lines, 0
        self.started = time.monotonic()

    def phase(self, text: str) -> None:
        """Begin what `text` says with the file, from its first byte."""
        self.done = 0
        self.started = time.monotonic()

    def advance(self, size: int) -> None:
        """Add bytes that are done."""
        self.done += size

    def end(self) -> None:
        """End the file."""

    @property
    def rows(self) -> int:
        """The number of lines that are done, estimated from the bytes."""
        return round(self.lines * self.done / self.size) if self.size else 0


class PlainProgress(Progress):
    """Writes a line every few seconds, and none for short work."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._next = 0.0

    def phase(self, text: str) -> None:
        super().phase(text)
        self._next = self.started + _EVERY

    def advance(self, size: int) -> None:
        super().advance(size)
        now = time.monotonic()
        if now >= self._next and self.done:
            self._next = now + _EVERY
            speed = self.done / (now - self.started)
            left = max(self.size - self.done, 0) / speed
            print(
                f"{self.name}: {self.done / self.size:.0%}, {self.rows:,} rows, {speed / 1e6:,.0f} MB/s,"
                f" {left:,.0f} s left",
                file=self._out,
                flush=True,
            )


class BarProgress(Progress):
    """A live bar by rich, which disappears when the file is done."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
        from rich.progress import Progress as Bar

        self._escape = escape
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[rows]:>12,} rows"),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, rows=0)

    def __enter__(self) -> BarProgress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def phase(self, text: str) -> None:
        super().phase(text)
        self._bar.reset(
            self._task, description=f"{self._escape(self.name)}: {text}", total=self.size or None, rows=0
        )

    def advance(self, size: int) -> None:
        super().advance(size)
        self._bar.update(self._task, completed=self.done, rows=self.rows)


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Progress on standard error: a bar in a terminal, otherwise plain lines."""
    if sys.stderr.isatty():
        with BarProgress() as bar:
            yield bar
    else:
        yield PlainProgress(sys.stderr)
