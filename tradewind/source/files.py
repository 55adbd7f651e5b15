"""Which files are meant, and whose they are."""

from __future__ import annotations

import glob
import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from ingestion.arrival.landing import HELD
from ingestion.explore.guess.names import identifier, word_set
from tradewind.settings import ROOT, Settings
from tradewind.source.errors import SourceError

_GLOB = re.compile(r"[*?\[]")

#: Longest domain that leaves room for the names of tables.
_LONGEST = 20

#: Folders whose names do not say whose files are in them.
_SAY_NOTHING = word_set(
    "archive csv data desktop documents download downloads excel export exports extract extracts file files"
    " folder held home import imports in inbox incoming input inputs landing loaded new old raw report"
    " reports sales sample samples source sources temp test tests upload uploads work xlsx"
)


def named_files(words: str) -> list[Path]:
    """The files in a list such as `orders.csv 'my products.csv' exports/*.csv`, each once.

    Names with spaces need no quotes where they are there as they are written. A folder stands for its files.

    Raises:
        SourceError: a file is not there, or none is named.
    """
    try:
        parts = shlex.split(words)
    except ValueError:
        parts = words.split()
    if Path(words.strip()).exists() and words.strip():
        parts = [words.strip()]
    found: list[Path] = []
    while parts:
        path, parts = _first(parts)
        found += _files(path)
    if not found:
        raise SourceError('name the files: make source FILES="orders.csv products.csv" AS=sales')
    return list(dict.fromkeys(found))


def _first(parts: list[str]) -> tuple[Path, list[str]]:
    """The file that the first words name, as many of them as make one, and the other words."""
    for end in range(len(parts), 0, -1):
        path = Path(" ".join(parts[:end])).expanduser()
        if path.exists() or _matches(path):
            return path, parts[end:]
    # the loader has put the number of the load before its name
    held = sorted((Settings.load().landing / HELD).glob(f"*{glob.escape(Path(parts[0]).name)}"))
    hint = f" It is held as {held[-1]}: name it there." if held else ""
    raise SourceError(f"there is no file {parts[0]}.{hint}")


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
        if not found:
            raise SourceError(f"there is no file in the folder {path}.")
        return found
    return [path] if path.exists() else _matches(path)


def _matches(path: Path) -> list[Path]:
    if not _GLOB.search(path.name):
        return []
    return sorted(each for each in path.parent.glob(path.name) if each.is_file())


def domain_of(paths: Sequence[Path]) -> str | None:
    """Whose files these are: the name of the first of their folders that says it; None where none does.

    The home folder, this repository's own and all above them say nothing.
    """
    folder = Path(os.path.commonpath([path.absolute().parent for path in paths]))
    above = {Path.home(), *Path.home().parents, ROOT, *ROOT.parents}
    for each in (folder, *folder.parents):
        if each in above:
            return None
        name = each.name.lower()
        if name not in _SAY_NOTHING and not name.startswith(("tmp", ".")) and re.search("[a-z]{2}", name):
            return as_domain(each.name)
    return None


def guessed_domain(paths: Sequence[Path]) -> str:
    """A domain from what all names of the files begin with, `company` where that is nothing."""
    stems = [re.split(r"[\W_]+", path.stem.lower()) for path in paths]
    first = stems[0][0]
    is_shared = len(paths) > 1 and first and all(words[0] == first for words in stems)
    return as_domain(first) if is_shared and first not in _SAY_NOTHING else "company"


def as_domain(name: str) -> str:
    """A name as it stands in names of tables: `Acme & Co` as `acme_co`."""
    return identifier(name, "company", longest=_LONGEST)
