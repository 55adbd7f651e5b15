"""Streams of OLE2 files, the container of .xls workbooks and of encrypted .xlsx ones."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

from ingestion.findings.reasons import HoldKind
from ingestion.tabular.table import Unreadable

_HEADER = 512
_ENTRY = 128
_NO_SECTOR = 0xFFFFFFFA


def streams(data: bytes) -> dict[str, bytes]:
    """The streams in `data`, an OLE2 file, by name; their folders are left out.

    Raises:
        Unreadable: the file is damaged.
    """
    try:
        return _Container(data).streams()
    except (struct.error, IndexError, OverflowError) as error:
        raise Unreadable(HoldKind.DAMAGED, "the workbook is damaged or cut off: ask for it again") from error


class _Container:
    def __init__(self, data: bytes) -> None:
        self._data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if not 7 <= shift <= 12 or mini_shift > shift:
            raise IndexError("sectors of no known size")
        self._size, self._mini_size = 1 << shift, 1 << mini_shift
        (self._directory,) = struct.unpack_from("<I", data, 48)
        (self._cutoff,) = struct.unpack_from("<I", data, 56)
        mini_fat, _, next_difat = struct.unpack_from("<3I", data, 60)
        fat_sectors = list(struct.unpack_from("<109I", data, 76))
        per_sector = self._size // 4
        for _ in range(len(data) // self._size):
            if next_difat >= _NO_SECTOR:
                break
            *more, next_difat = struct.unpack(f"<{per_sector}I", self._sector(next_difat))
            fat_sectors += more
        fat = b"".join(self._sector(each) for each in fat_sectors if each < _NO_SECTOR)
        self._fat = struct.unpack(f"<{len(fat) // 4}I", fat)
        table = self._joined(mini_fat)
        self._mini_fat = struct.unpack(f"<{len(table) // 4}I", table)

    def streams(self) -> dict[str, bytes]:
        directory = self._joined(self._directory)
        entries = [directory[i : i + _ENTRY] for i in range(0, len(directory) - _ENTRY + 1, _ENTRY)]
        (root,) = struct.unpack_from("<I", entries[0], 116)
        mini = self._joined(root)
        found = {}
        for entry in entries:
            length, kind = struct.unpack_from("<HB", entry, 64)
            start, size = struct.unpack_from("<II", entry, 116)
            if kind != 2:
                continue
            if size < self._cutoff:
                chain = _chain(self._mini_fat, start)
                content = b"".join(mini[i * self._mini_size : (i + 1) * self._mini_size] for i in chain)
            else:
                content = self._joined(start)
            name = entry[: max(length - 2, 0)].decode("utf-16-le", errors="replace")
            found[name] = content[:size]
        return found

    def _joined(self, start: int) -> bytes:
        return b"".join(map(self._sector, _chain(self._fat, start)))

    def _sector(self, number: int) -> bytes:
        offset = max(_HEADER, self._size) + number * self._size
        return self._data[offset : offset + self._size]


def _chain(table: tuple[int, ...], start: int) -> Iterator[int]:
    """The sectors from `start` on; a circular chain ends after as many as the table has."""

    def links() -> Iterator[int]:
        sector = start
        while sector < _NO_SECTOR:
            yield sector
            sector = table[sector]

    return islice(links(), len(table))
