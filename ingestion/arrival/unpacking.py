"""Unpacks what others have packed without letting it fill the disk or lead anywhere."""

from __future__ import annotations

import gzip
import lzma
import os
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ingestion.findings.reasons import HoldKind
from ingestion.tabular.cells import shown
from ingestion.tabular.table import Unreadable

#: Bytes read and written at a time.
BLOCK = 2**20
#: Bytes that one file may unpack to.
MOST_UNPACKED = 64 * 2**30
#: Bytes of disk that unpacking leaves free.
RESERVE = 256 * 2**20
#: Real tables shrink 5 to 60 times; small files pass whatever they claim.
MOST_RATIO, RATIO_FROM = 200, 64 * 2**20

#: A zip's directory is read at once; a thousand files need a tenth of this.
_MOST_DIRECTORY = 4 * 2**20
_DISK_CHECKED_EVERY = 64 * 2**20
_LOCAL_HEADER = 30
_ENCRYPTED = 0x1
_SAYS_UTF8 = 0x800
_DRIVE = re.compile("[A-Za-z]:")

_DAMAGED = "the packed file is damaged or cut off ({error}): download it again, or ask for it again"


class Allowance:
    """Counts the bytes that a packed file of `packed` bytes has unpacked to, and ends it when too many."""

    def __init__(self, packed: int, most: int = MOST_UNPACKED) -> None:
        self._packed, self._most = packed, most
        self._unpacked = 0

    def take(self, size: int) -> None:
        """Count `size` bytes more.

        Raises:
            Unreadable: they are more than is allowed, or more than so small a file can honestly hold.
        """
        self._unpacked += size
        if self._unpacked > self._most:
            raise Unreadable(
                HoldKind.TOO_LARGE,
                f"it unpacks to more than {spoken(self._most)}, the most allowed: deliver it in smaller"
                " files",
            )
        if self._unpacked > max(RATIO_FROM, MOST_RATIO * self._packed):
            raise Unreadable(
                HoldKind.HARMFUL,
                f"its {spoken(self._packed)} unpack to more than {MOST_RATIO} times as much, which no table"
                " does (5 to 60 times is usual): if it is genuine, deliver it unpacked",
            )


@contextmanager
def opened_zip(path: Path, most_members: int) -> Iterator[zipfile.ZipFile]:
    """The zip file at `path`, whose directory has been checked to be honest.

    Raises:
        Unreadable: it is damaged, has more than `most_members` members, or is made to do harm.
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file, directory_of(file) as archive:
        members = archive.infolist()
        if len(members) > most_members:
            raise Unreadable(
                HoldKind.TOO_LARGE,
                f"it holds {len(members):,} files, at most {most_members:,} are allowed:"
                " deliver it in several archives",
            )
        for member in members:
            _refuse_hostile(member)
        _refuse_overlap(archive)
        yield archive


def directory_of(file: BinaryIO) -> zipfile.ZipFile:
    """The zip that an open file is, its directory read and nothing else.

    Raises:
        Unreadable: it is damaged, or its directory is too large.
    """
    with damage_reported():
        try:
            return zipfile.ZipFile(_Bounded(file))
        except UnicodeDecodeError as error:
            raise Unreadable(
                HoldKind.DAMAGED,
                "a name in it is not in the encoding that the archive says (UTF-8): pack the files again",
            ) from error


@contextmanager
def damage_reported() -> Iterator[None]:
    """Turns what a damaged gzip or zip raises while it is read into `Unreadable`."""
    try:
        yield
    except EOFError as error:
        raise Unreadable(HoldKind.DAMAGED, _DAMAGED.format(error="it ends too early")) from error
    except NotImplementedError as error:
        raise Unreadable(
            HoldKind.UNKNOWN_FORMAT,
            f"it is packed in a way that is not supported ({error}): pack it again as an ordinary zip",
        ) from error
    except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise Unreadable(HoldKind.DAMAGED, _DAMAGED.format(error=error)) from error


def unpack(source: BinaryIO, target: BinaryIO, allowance: Allowance) -> int:
    """Copy `source` to its end, block by block; gives the number of bytes.

    Raises:
        Unreadable: it is damaged, the allowance is used up, or the disk that `target` is on.
    """
    size = checked = 0
    with damage_reported():
        while block := source.read(BLOCK):
            allowance.take(len(block))
            target.write(block)
            size += len(block)
            if size - checked > _DISK_CHECKED_EVERY:
                refuse_full_disk(target)
                checked = size
    target.flush()
    return size


@contextmanager
def unlinked_file(folder: Path | None) -> Iterator[tuple[BinaryIO, Path]]:
    """A temporary file without a name, and a path by which this process can open it.

    It takes disk in `folder` (the system's folder for temporary files by default) and is gone, whatever
    happens, when the context or the process ends.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        yield file, Path(f"/proc/self/fd/{file.fileno()}")


def refuse_full_disk(target: BinaryIO, wanted: int = 0) -> None:
    """Make sure that `wanted` bytes more fit on the disk that `target` is on.

    Raises:
        Unreadable: they do not, or less than `RESERVE` would be left.
    """
    disk = os.fstatvfs(target.fileno())
    if wanted + RESERVE > (free := disk.f_bavail * disk.f_frsize):
        raise Unreadable(
            HoldKind.TOO_LARGE,
            f"unpacking it takes {spoken(wanted)} more, and {spoken(RESERVE)} are kept free, but the disk has"
            f" {spoken(free)}: make room on the disk, or deliver it in smaller files",
        )


def spoken(size: float) -> str:
    """A number of bytes as people say it."""
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:,.0f} {unit}"
        size /= 1024
    return f"{size:,.1f} GiB"


def name_of(member: zipfile.ZipInfo) -> str:
    """A member's name as its sender saw it: many programs write UTF-8 and do not say so.

    Other bytes come out as code page 437, which is what a zip means where it says nothing.
    """
    if not member.flag_bits & _SAYS_UTF8:
        with suppress(UnicodeError):
            return member.filename.encode("cp437").decode()
    return member.filename


class _Bounded:
    """A file that refuses to be read in pieces as large as no honest zip's directory is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > _MOST_DIRECTORY:
            raise Unreadable(
                HoldKind.TOO_LARGE,
                f"its list of files takes {spoken(size)}, which is too many files for one archive:"
                " deliver it in several archives",
            )
        return self._file.read(size)


def _refuse_hostile(member: zipfile.ZipInfo) -> None:
    # `filename` is cut at a NUL; the name as it was written is not.
    name = member.orig_filename.replace("\\", "/")
    if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/") or "\0" in name:
        raise Unreadable(
            HoldKind.HARMFUL,
            f"it holds a file named {shown(member.orig_filename)}, which leads out of the archive: it may be"
            " an attack; do not open it, and ask the sender",
        )
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Unreadable(
            HoldKind.HARMFUL,
            f"{shown(member.orig_filename)} in it is a link or a device, not a file: pack the file itself",
        )
    if member.flag_bits & _ENCRYPTED:
        raise Unreadable(
            HoldKind.PROTECTED,
            f"{shown(member.orig_filename)} in it is protected by a password: pack it without one",
        )


def _refuse_overlap(archive: zipfile.ZipFile) -> None:
    """Refuse members that share bytes: a few packed bytes would be unpacked over and over."""
    end = archive.start_dir
    for member in sorted(archive.infolist(), key=lambda each: each.header_offset, reverse=True):
        # At least this many bytes: each character of a name takes one or more.
        size = _LOCAL_HEADER + len(member.orig_filename) + member.compress_size
        if member.header_offset + size > end:
            raise Unreadable(
                HoldKind.HARMFUL,
                f"{shown(member.filename)} shares its bytes with another file in it: it is damaged or made"
                " to fill the disk; do not open it, and ask the sender",
            )
        end = member.header_offset
