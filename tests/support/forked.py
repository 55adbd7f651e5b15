"""Runs a program in a process forked from one that has imported dbt already.

Such processes share nothing but the imported modules, and save more than a second each.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import ForkServerContext
from pathlib import Path
from subprocess import CompletedProcess

Program = Callable[[list[str]], int | None]

#: A process has one fork server, so what it imports beforehand is collected from all who use it.
_PRELOADED = ["pytest"]


def fork_server(*modules: str) -> ForkServerContext:
    """The fork server of this process, which also imports these modules before it forks."""
    _PRELOADED.extend(modules)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


_CONTEXT = fork_server("dbt.cli.main", "dbt.adapters.postgres", "tradewind.__main__", __name__)


def run_forked(
    program: Program, arguments: Sequence[str], environment: Mapping[str, str]
) -> CompletedProcess:
    """Run a program to its end.

    Args:
        program: given the arguments; returns its exit code, or exits with it.
        arguments: without the program's name.
        environment: all its environment variables.

    Returns:
        The exit code, and what it printed, as text.
    """
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "stdout"), Path(folder, "stderr")
        process = _CONTEXT.Process(target=_run, args=(program, list(arguments), dict(environment), out, err))
        process.start()
        process.join()
        texts = (path.read_text() if path.exists() else "" for path in (out, err))
        return CompletedProcess(list(arguments), process.exitcode, *texts)


def _run(program: Program, arguments: list[str], environment: dict[str, str], out: Path, err: Path) -> None:
    for path, descriptor in ((out, 1), (err, 2)):
        with path.open("wb") as file:
            os.dup2(file.fileno(), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    sys.exit(program(arguments))
