"""Keeps templates compiled, from one command of dbt to the next.

dbt compiles each macro, model, and argument of a test to Python each time: a quarter of a build's CPU time.
What a template compiles to depends on its text and on the versions of Python, Jinja and dbt alone.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

from tradewind.warehouse.lean_dbt.replaced import replaced

if TYPE_CHECKING:
    import jinja2

#: More than the project has; beyond it, templates that the last command did not need are dropped.
_MOST = 5000


@contextmanager
def compiled_once(state: Path) -> Iterator[None]:
    """Within it, a template whose text was compiled before is not compiled again."""
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    compile_text = MacroFuzzEnvironment.compile
    path = state / "dbt" / "compiled_templates"
    kept = _read(path)
    used: dict[bytes, CodeType] = {}
    new = 0

    def compile_or_find(self: jinja2.Environment, source: str, *options: object, **named: object) -> CodeType:
        nonlocal new
        if options or named or not isinstance(source, str):
            return compile_text(self, source, *options, **named)
        key = _key(type(self), source)
        code = used.get(key) or kept.get(key)
        if code is None:
            code = compile_text(self, source)
            new += 1
        used[key] = code
        return code

    with replaced(MacroFuzzEnvironment, "compile", compile_or_find):
        yield
    if new:
        _write(path, used if len(kept) + new > _MOST else kept | used)


def _key(environment: type[jinja2.Environment], source: str) -> bytes:
    text = f"{environment.__name__}\0{source}".encode(errors="surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()


def _versions() -> str:
    packages = ("jinja2", "dbt-core", "dbt-common")
    return " ".join([sys.version, *(f"{name} {version(name)}" for name in packages)])


def _read(path: Path) -> dict[bytes, CodeType]:
    """What an earlier command kept; nothing where other versions made it, or it is damaged."""
    with suppress(OSError, EOFError, ValueError, TypeError):
        versions, kept = marshal.loads(path.read_bytes())
        if versions == _versions():
            return kept
    return {}


def _write(path: Path, templates: dict[bytes, CodeType]) -> None:
    """Keep them whole or not at all, whoever else writes at the same time."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(marshal.dumps((_versions(), templates)))
        unfinished.replace(path)
