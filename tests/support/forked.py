"""Runs a program in a process forked from one that has imported dbt already.

Such processes share nothing but the imported modules, and save seconds each.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import ForkServerContext
from pathlib import Path
from subprocess import CompletedProcess

from tradewind.settings import ROOT

Program = Callable[[list[str]], int | None]

#: Where the tests' own process finds the repository's code.
_SEARCHED = (ROOT, ROOT / "superset" / "config")

#: A process has one fork server, so what it imports beforehand is collected from all who use it.
_PRELOADED = ["pytest"]


def fork_server(*modules: str) -> ForkServerContext:
    """The fork server of this process, which also imports these modules before it forks."""
    _PRELOADED.extend(modules)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


_CONTEXT = fork_server(
    "dbt.cli.main", "dbt.adapters.postgres", "tradewind.__main__", __name__, "tests.support.warm_dbt"
)


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


def run_module(
    folder: Path, arguments: Sequence[str], environment: Mapping[str, str], stdin: str = os.devnull
) -> CompletedProcess:
    """Run `python -m` with these arguments in a copy of the repository, with the copy's code.

    Args:
        folder: the copy.
        arguments: the module's name, and what follows it.
        environment: all its environment variables.
        stdin: path of what it reads from, which may be a terminal.

    Returns:
        The exit code, and what it printed to both streams, as text.
    """
    with tempfile.TemporaryDirectory() as place:
        out = Path(place, "output")
        process = _CONTEXT.Process(
            target=_run_module, args=(folder, list(arguments), dict(environment), stdin, out)
        )
        process.start()
        process.join()
        text = out.read_text() if out.exists() else ""
        return CompletedProcess(list(arguments), process.exitcode, text)


def _run_module(
    folder: Path, arguments: list[str], environment: dict[str, str], stdin: str, out: Path
) -> None:
    os.dup2(os.open(stdin, os.O_RDWR | os.O_NOCTTY), 0)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as long as the process
    os.chdir(folder)
    # only what is not of the repository may stay imported
    ours = {path.stem for place in _SEARCHED for path in place.iterdir()}
    for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
        del sys.modules[name]
    sys.path = [str(folder), *(path for path in sys.path if Path(path) not in _SEARCHED)]
    _run(_module, arguments, environment, out, out)


def _module(arguments: list[str]) -> None:
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def _run(program: Program, arguments: list[str], environment: dict[str, str], out: Path, err: Path) -> None:
    for path, descriptor in ((out, 1), (err, 2)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    sys.exit(program(arguments))
