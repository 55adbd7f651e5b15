"""Gzip and zip files: their members, unpacked one at a time."""

from __future__ import annotations

import gzip
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ingestion.arrival.formats import GZIP_SIGNATURE, Format, packed_as
from ingestion.arrival.unpacking import (
    MOST_UNPACKED,
    Allowance,
    damage_reported,
    name_of,
    opened_zip,
    refuse_full_disk,
    unlinked_file,
    unpack,
)
from ingestion.findings.reasons import HoldKind
from ingestion.findings.remarks import Remark, RemarkKind
from ingestion.tabular.cells import printable, shown
from ingestion.tabular.table import Unreadable

#: Files that a zip may hold.
MOST_MEMBERS = 1_000

#: Files named in a remark.
_MOST_NAMED = 8

#: What operating systems leave in folders, besides hidden files.
_LITTER = ("__macosx", "thumbs.db", "desktop.ini")

#: What people pack beside data: documents and pictures by their endings, and texts by their names.
_DOCUMENTS = (".pdf", ".doc", ".docx", ".rtf", ".odt", ".ppt", ".pptx", ".md", ".htm", ".html")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico")
_NOTES = re.compile(
    r"(?:read[ _-]?me|lies[ _-]?mich|lisez[ _-]?moi|l[eé]a?me|leia[ _-]?me|leggimi|licen[cs]e|lizenz|licencia"
    r"|licen[cç]a|copying|copyright|notice|change[ _-]?log)(?:[ _.-](?:first|[a-z]{2}|[0-9.]+))?(?:\.txt)?"
)


class Member(NamedTuple):
    """A file in a packed file: its name as shown to people, where to open it, and its size in bytes."""

    name: str
    path: Path
    size: int


class Archive:
    """The members of a packed file in their order, to be gone through once.

    A member's `path` can be opened by this process, as often as wanted, until the next member is asked for.
    `passed_over` names what is not data: hidden files, what operating systems leave, and documents, pictures
    and notes beside data. Folders count as nothing.
    """

    def __init__(self, members: Iterator[Member], passed_over: list[str]) -> None:
        self._members = members
        self.passed_over = passed_over

    def __iter__(self) -> Iterator[Member]:
        return self._members

    def remarks(self) -> list[Remark]:
        """What a person should know of the files that are not data."""
        if not self.passed_over:
            return []
        named = ", ".join(map(shown, self.passed_over[:_MOST_NAMED]))
        more = len(self.passed_over) - _MOST_NAMED
        text = f"files of the archive that are not data were left out: {named}"
        return [Remark(RemarkKind.PASSED_OVER, f"{text} and {more} more" if more > 0 else text)]


@contextmanager
def unpacked(path: Path, folder: Path | None = None, most: int = MOST_UNPACKED) -> Iterator[Archive]:
    """The members of the gzip or zip file at `path`, at most `most` bytes of them together.

    They are unpacked into nameless files in `folder` (the system's folder for temporary files by default).
    A zip may hold gzip files, which are unpacked too, but no further archives. Of members with the same
    name each is given.

    Raises:
        Unreadable: it is damaged, protected, made to do harm, or too large; also while going through it.
        OSError: a file cannot be opened or written.
    """
    allowance = Allowance(path.stat().st_size, most)
    with path.open("rb") as file:
        if packed_as(file) is Format.GZIP:
            with _closing(_unpacked(path.name, file, None, allowance, folder)) as members:
                yield Archive(members, [])
            return
    with opened_zip(path, MOST_MEMBERS) as archive:
        files = [each for each in archive.infolist() if not each.is_dir()]
        wanted = [each for each in files if not _is_litter(name_of(each))]
        # Where the archive holds nothing else, they were meant, and the reader says what is wrong with them.
        wanted = [each for each in wanted if not _is_beside_data(name_of(each))] or wanted
        if not wanted:
            raise Unreadable(HoldKind.NO_ROWS, "the archive holds no data file: put the data files into it")
        with _closing(_members(path.name, archive, wanted, allowance, folder)) as members:
            yield Archive(members, [printable(name_of(each)) for each in files if each not in wanted])


@contextmanager
def _closing(members: Iterator[Member]) -> Iterator[Iterator[Member]]:
    """Closes the last member's file when the archive is left, though the iterator may live on."""
    try:
        yield members
    finally:
        members.close()


def _members(
    shown_as: str,
    archive: zipfile.ZipFile,
    wanted: list[zipfile.ZipInfo],
    allowance: Allowance,
    folder: Path | None,
) -> Iterator[Member]:
    for info in wanted:
        with damage_reported():
            source = archive.open(info)
        with source:
            yield from _unpacked(f"{shown_as}/{name_of(info)}", source, info.file_size, allowance, folder)


def _unpacked(
    name: str,
    packed: BufferedReader | zipfile.ZipExtFile,
    declared: int | None,
    allowance: Allowance,
    folder: Path | None,
) -> Iterator[Member]:
    """The one member that `packed` is, taken out of gzip too where it is in that."""
    with unlinked_file(folder) as (file, path):
        refuse_full_disk(file, declared or 0)
        with damage_reported():
            is_gzip = packed.peek(len(GZIP_SIGNATURE)).startswith(GZIP_SIGNATURE)
        source = packed
        if is_gzip:
            source = gzip.GzipFile(fileobj=packed)
            name = name[:-3] if name.lower().endswith(".gz") else name
        size = unpack(source, file, allowance)
        if _is_archive(file):
            raise Unreadable(
                HoldKind.NESTED,
                f"{printable(name)} is an archive inside an archive: unpack it, and deliver the files in it",
            )
        yield Member(printable(name), path, size)


def _is_archive(file: BinaryIO) -> bool:
    try:
        return packed_as(file) is not None
    except Unreadable:
        # A damaged or foreign document does not condemn its neighbours; whoever opens it gets the error.
        return False


def _is_beside_data(name: str) -> bool:
    last = name.replace("\\", "/").rpartition("/")[2].lower()
    return last.endswith((*_DOCUMENTS, *_PICTURES)) or _NOTES.fullmatch(last) is not None


def _is_litter(name: str) -> bool:
    parts = name.replace("\\", "/").lower().split("/")
    return any(part.startswith(".") or part in _LITTER for part in parts)
