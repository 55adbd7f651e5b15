"""Names of files: bytes for the system, text for people, and the way from one to the other.

Linux takes any bytes but a slash and NUL for a name. Python reads bytes that are not UTF-8 as lone
surrogates, which neither JSON nor databases nor terminals accept.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from ingestion.tabular.cells import printable

#: Bytes that a name may have, on every file system in use.
LONGEST = 255

#: A suffix that is longer is not one, but part of a name.
_LONGEST_SUFFIX = 20

_SPELLED_OUT = re.compile(r"\\(?:U[0-9a-f]{8}|u[0-9a-f]{4}|x[0-9a-f]{2}|[nrt])")


def shown_path(path: Path) -> str:
    """The path as it can be printed, stored and sent, whatever bytes it holds."""
    return printable(str(path))


def path_shown_as(text: str) -> Path:
    """The path that `shown_path` shows so; where nothing lies there, the text itself as a path."""
    path = Path(text)
    if not os.path.lexists(path):
        original = Path(_SPELLED_OUT.sub(lambda found: found[0].encode().decode("unicode_escape"), text))
        if os.path.lexists(original):
            return original
    return path


def shell_word(path: Path) -> str:
    """The path as a word of a command line that can be copied into a shell, whatever bytes it holds."""
    text = str(path)
    if text.startswith("-"):
        text = f"./{text}"
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(map(_spelled_for_shell, text)) + "'"


def local_name(name: str) -> str:
    """A name here for a file with this name elsewhere: one part, of characters that show, short enough."""
    return numbered(printable(name).replace("/", "_"), 1)


def numbered(name: str, number: int) -> str:
    """The name with `~number` before its suffix, from 2 on; its stem is cut where it gets too long."""
    path = Path(name)
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= _LONGEST_SUFFIX else ""
    tail = (f"~{number}" if number > 1 else "") + suffix
    stem = os.fsencode(name.removesuffix(suffix))
    room = LONGEST - len(os.fsencode(tail))
    if len(stem) > room:
        # the cut may leave a part of a character
        stem = re.sub(rb"[\xc2-\xf4][\x80-\xbf]*\Z", _whole_character, stem[:room])
    return os.fsdecode(stem) + tail


def _spelled_for_shell(character: str) -> str:
    if character in "'\\":
        return f"\\{character}"
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))


def _whole_character(found: re.Match[bytes]) -> bytes:
    lead = found[0][0]
    length = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    return found[0] if len(found[0]) >= length else b""
