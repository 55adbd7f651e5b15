"""Shows how far long work has come: a live bar in a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

#: Seconds between two plain lines.
_EVERY = 10.0


class Progress:
    """Is told what is done, and shows nothing; bytes may be counted by several threads.

    Attributes:
        size, lines: of the file at hand, in bytes; lines are 0 where they are not known.
    """

    name = ""
    size = 0
    lines = 0
    done = 0
    started = 0.0

    def begin(self, name: str, size: int, lines: int) -> None:
        """A file is begun."""
        self.name, self.size, self.lines, self.done = name, size, lines, 0
        self.started = time.monotonic()

    def phase(self, text: str) -> None:
        """What is done with the file now, from its first byte again."""
        self.done = 0
        self.started = time.monotonic()

    def advance(self, size: int) -> None:
        """So many bytes more are done."""
        self.done += size

    def end(self) -> None:
        """The file is done."""

    @property
    def rows(self) -> int:
        """Lines that are done, as far as the bytes tell."""
        return round(self.lines * self.done / self.size) if self.size else 0


class PlainProgress(Progress):
    """Writes a line every few seconds; short work writes none."""

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
    """A live bar by rich, which is gone when the file is done."""

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
    """Progress on the standard error stream, in the form that fits it."""
    if sys.stderr.isatty():
        with BarProgress() as bar:
            yield bar
    else:
        yield PlainProgress(sys.stderr)
