"""Which files are meant, and whose they are."""

from __future__ import annotations

import glob
import os
import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ingestion.arrival.landing import HELD
from ingestion.explore.guess.names import identifier, word_set, words
from tradewind.settings import ROOT, Settings
from tradewind.source.errors import SourceError

_GLOB = re.compile(r"[*?\[]")

#: Longest domain that leaves room for the names of tables.
_LONGEST = 20

#: Longer than any folder's name.
_LONGEST_NAME = 300

#: Folders whose names do not say whose files are in them.
_SAY_NOTHING = word_set(
    "archive csv data desktop documents download downloads excel export exports extract extracts file files"
    " folder held home import imports in inbox incoming input inputs inventory landing loaded new old plan"
    " raw report reports sales sample samples source sources stock targets temp test tests upload uploads"
    " visits work xlsx"
)


def named_files(names: str) -> list[Path]:
    """The files in a list such as `orders.csv 'my products.csv' exports/*.csv`, each once.

    An existing name with spaces needs no quotes. A folder stands for its files.

    Raises:
        SourceError: a file is not there, or none is named.
    """
    try:
        parts = shlex.split(names)
    except ValueError:
        parts = names.split()
    if names.strip() and _is_there(Path(names.strip())):
        parts = [names.strip()]
    found: list[Path] = []
    while parts:
        path, parts = _first(parts)
        found += _files(path)
    if not found:
        raise SourceError('name the files: make source FILES="orders.csv products.csv" AS=sales')
    return list(dict.fromkeys(found))


def _first(parts: list[str]) -> tuple[Path, list[str]]:
    """The file named by the longest run of first words, and the remaining words."""
    for end in range(len(parts), 0, -1):
        path = _at_home(" ".join(parts[:end]))
        if _is_there(path) or _matches(path):
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
    return [path] if _is_there(path) else _matches(path)


def _is_there(path: Path) -> bool:
    """Whether there is such a file; a list of names may be too long for the name of one."""
    try:
        return path.exists()
    except OSError:
        return False


def _at_home(name: str) -> Path:
    """The path of a name, in which `~` is the home folder; a file may begin with that sign, too."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def _matches(path: Path) -> list[Path]:
    if not _GLOB.search(path.name):
        return []
    return sorted(each for each in path.parent.glob(path.name) if each.is_file())


def domain_of(paths: Sequence[Path]) -> str | None:
    """Whose files these are: the nearest folder with a telling name; None if there is none.

    The home folder, this repository's own and all above them say nothing.
    """
    folder = Path(os.path.commonpath([path.absolute().parent for path in paths]))
    above = {Path.home(), *Path.home().parents, ROOT, *ROOT.parents}
    for each in (folder, *folder.parents):
        if each in above:
            return None
        name = each.name.lower()
        if name not in _SAY_NOTHING and not name.startswith(("tmp", ".")) and re.search("[a-z]{2}", name):
            return _domain_if_fit(each.name)
    return None


def _domain_if_fit(name: str) -> str | None:
    with suppress(SourceError):
        return as_domain(name)
    return None


def guessed_domain(paths: Sequence[Path]) -> str:
    """A domain from what all names of the files begin with, `company` where that is nothing."""
    stems = [re.split(r"[\W_]+", path.stem.lower()) for path in paths]
    first = stems[0][0]
    is_shared = len(paths) > 1 and first and all(words[0] == first for words in stems)
    return (_domain_if_fit(first) if is_shared and first not in _SAY_NOTHING else None) or "company"


def as_domain(name: str) -> str:
    """A name as it stands in names of tables: `Acme & Co` as `acme_co`.

    Raises:
        SourceError: it is too long, or has no Latin letters: what is left could be another company's name.
    """
    if not any(re.search("[a-z]", word) for word in words(name)):
        raise SourceError(f"{name!r} has no Latin letters: say DOMAIN=… with a short name in Latin letters")
    made = identifier(name, "company", longest=_LONGEST_NAME)
    if len(made) > _LONGEST:
        raise SourceError(f"{made} has more than {_LONGEST} letters: say DOMAIN=… with a shorter name")
    return made
