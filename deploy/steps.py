"""Shows the steps of a longer work, each with its seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status


class Steps:
    """Prints a line when a step is done; in a terminal, also what is going on just now."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._running: list[str] = []
        self._lock = threading.Lock()
        self._status: Status | None = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a block; steps in several threads may overlap."""
        started = time.monotonic()
        self._show(name, begins=True)
        try:
            yield
        except BaseException:
            self._show(name, begins=False)
            self.console.print(f"[red]✗[/] {name:<44} {time.monotonic() - started:6.1f} s")
            raise
        self._show(name, begins=False)
        seconds = time.monotonic() - started
        self.console.print(f"[green]✓[/] {name:<44} {seconds:6.1f} s", highlight=False)

    def _show(self, name: str, *, begins: bool) -> None:
        if not self.console.is_terminal:
            return
        with self._lock:
            self._running.append(name) if begins else self._running.remove(name)
            text = ", ".join(self._running)
            if self._status:
                self._status.stop()
                self._status = None
            if text:
                self._status = self.console.status(f"{text} …")
                self._status.start()
