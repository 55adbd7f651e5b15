"""Shows the steps of a longer task, each with its seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status


class Steps:
    """Prints a line when a step is done; in a terminal, also the current step."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._running: list[str] = []
        self._lock = threading.Lock()
        self._status: Status | None = None
        self._is_over = False

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a block; steps in several threads may overlap."""
        started = time.monotonic()
        self._show(name, begins=True)
        try:
            yield
        except BaseException:
            self._show(name, begins=False)
            if not self._is_over:
                self.console.print(f"[red]✗[/] {name:<44} {time.monotonic() - started:6.1f} s")
            raise
        self._show(name, begins=False)
        seconds = time.monotonic() - started
        self.console.print(f"[green]✓[/] {name:<44} {seconds:6.1f} s", highlight=False)

    def say(self, text: str) -> None:
        """Print a line below the steps so far."""
        self.console.print(f"  {text}", markup=False, highlight=False, soft_wrap=True)

    def run_together(self, *works: Callable[[], None]) -> None:
        """Run several tasks in parallel, each to its end; raises the error of the first that failed.

        If interrupted, it waits for none of them: the next start finishes what they have not.
        """
        errors: list[BaseException] = []

        def do(work: Callable[[], None]) -> None:
            try:
                work()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=do, args=[work], daemon=True) for work in works]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            self._end_display()
            raise
        if errors:
            raise errors[0]

    def _end_display(self) -> None:
        with self._lock:
            self._is_over = True
            if self._status:
                self._status.stop()
                self._status = None

    def _show(self, name: str, *, begins: bool) -> None:
        if not self.console.is_terminal:
            return
        with self._lock:
            if self._is_over:
                return
            self._running.append(name) if begins else self._running.remove(name)
            text = ", ".join(self._running)
            if self._status:
                self._status.stop()
                self._status = None
            if text:
                self._status = self.console.status(f"{text} …")
                self._status.start()
