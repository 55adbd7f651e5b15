"""What a workbook must pass before a library reads it, and what that library would hide.

calamine returns a cell with an error (#N/A) as an empty one. In .xlsx and .ods files such cells are first
turned into texts. .xls and .xlsb files are harder to rewrite, so one with such a cell is refused.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ingestion.arrival.formats import OLE_SIGNATURE
from ingestion.arrival.unpacking import (
    BLOCK,
    Allowance,
    damage_reported,
    opened_zip,
    refuse_full_disk,
    spoken,
    unlinked_file,
)
from ingestion.findings.reasons import HoldKind
from ingestion.readers.workbook.formulas import FactsOfOds, FactsOfXlsx, SheetFacts, by_sheet
from ingestion.readers.workbook.ole import streams
from ingestion.tabular.table import Unreadable

#: The most bytes that a workbook may unpack to, and that an .xls file, which is read as a whole, may have.
MOST_UNPACKED = 2 * 2**30
MOST_XLS = 256 * 2**20

_MOST_PARTS = 10_000
#: Longer than what is searched for, and than any legitimate tag.
_OVERLAP, _LONGEST_TAG = 64, 2**20
_DECLARATION = re.compile(rb"<!(?i:doctype|entity)")
_ERROR_CELL = re.compile(rb"""\s(?:t|[\w.-]+:value-type)\s*=\s*["'](?:e|error)["']""")
_XLSX_ERROR = re.compile(rb"""(<(?:\w+:)?c\s(?:[^<>]*?\s)?t\s*=\s*)["']e["']""")
_ODS_ERROR = re.compile(rb"""<[^<>]*:value-type="error"[^<>]*>""")
_ODS_HIDDEN = re.compile(rb"""\s[\w.-]+:string-value="[^"]*\"""")
#: Record types: in .xlsb, cells and formulas with an error; in .xls, those that may have one.
_XLSB_ERRORS = (3, 11)
_FILEPASS, _BOOLERR, _FORMULA = 0x2F, 0x205, 0x06

_PROTECTED = "the workbook is protected by a password: save it without one"
_HOLDS_ERRORS = (
    "it holds cells with errors such as #N/A, which look like empty ones in this format:"
    " correct them, or save the workbook as .xlsx"
)


class Checked(NamedTuple):
    """A workbook that may be read: where its content lies, with its error cells as texts, and what its XML
    says of its sheets, by their names."""

    path: Path
    facts: Mapping[str, SheetFacts]


@contextmanager
def checked(path: Path) -> Iterator[Checked]:
    """The workbook at `path`; its content lies there, or in a temporary file.

    Raises:
        Unreadable: the workbook is damaged, protected or malicious, or hides error cells.
        OSError: a file cannot be opened or written.
    """
    with path.open("rb") as file:
        if file.read(len(OLE_SIGNATURE)) == OLE_SIGNATURE:
            _check_xls(file)
            yield Checked(path, {})
            return
    with opened_zip(path, _MOST_PARTS) as workbook:
        reveals, facts = _check_parts(workbook, Allowance(path.stat().st_size, MOST_UNPACKED))
        if not reveals:
            yield Checked(path, facts)
            return
        with unlinked_file(None) as (file, revealed):
            refuse_full_disk(file)
            _reveal(workbook, file)
            yield Checked(revealed, facts)


def _check_parts(workbook: zipfile.ZipFile, allowance: Allowance) -> tuple[bool, dict[str, SheetFacts]]:
    """Read every part once; returns whether there are error cells to reveal, and the facts of the sheets."""
    reveals = False
    parts: dict[str, SheetFacts] = {}
    of_ods: dict[str, SheetFacts] = {}
    for part in workbook.infolist():
        name = part.filename.lower()
        see = _observer(part.filename, parts, of_ods)
        with damage_reported(), workbook.open(part) as source:
            end = b""
            while block := source.read(BLOCK):
                allowance.take(len(block))
                if not name.endswith((".xml", ".rels")):
                    continue
                # UTF-16 without its NULs reads as ASCII.
                block = end + block.replace(b"\0", b"")
                if _DECLARATION.search(block):
                    raise Unreadable(
                        HoldKind.HARMFUL,
                        "the workbook holds entity declarations, which no spreadsheet program writes:"
                        " refused; open it in a spreadsheet program and save it again",
                    )
                reveals = reveals or _ERROR_CELL.search(block) is not None
                if see:
                    see(block[len(end) :])
                end = block[-_OVERLAP:]
        if name.startswith("xl/worksheets/") and name.endswith(".bin"):
            with damage_reported(), workbook.open(part) as source:
                if any(kind in _XLSB_ERRORS for kind in _xlsb_records(BufferedReader(source, BLOCK))):
                    raise Unreadable(HoldKind.HIDDEN_VALUES, _HOLDS_ERRORS)
    return reveals, of_ods or by_sheet(workbook, parts)


def _observer(
    part: str, parts: dict[str, SheetFacts], of_ods: dict[str, SheetFacts]
) -> Callable[[bytes], None] | None:
    """What gathers facts from the bytes of a part, if it is a sheet or holds sheets."""
    if part.startswith("xl/worksheets/") and part.endswith(".xml"):
        sheet = FactsOfXlsx()
        parts[part] = sheet.facts
        return sheet.see
    return FactsOfOds(of_ods).see if part == "content.xml" else None


def _xlsb_records(source: BinaryIO) -> Iterator[int]:
    """The types of a part's records."""
    while first := source.read(1):
        kind = first[0]
        if kind & 0x80:
            kind = kind & 0x7F | int.from_bytes(source.read(1)) << 7
        size = 0
        for shift in range(0, 28, 7):
            byte = int.from_bytes(source.read(1))
            size |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        source.read(size)
        yield kind


def _reveal(workbook: zipfile.ZipFile, target: BinaryIO) -> None:
    """Rewrite the workbook with each error cell as the text that it shows."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as revealed:
        for part in workbook.infolist():
            with (
                damage_reported(),
                workbook.open(part) as source,
                revealed.open(part.filename, "w") as written,
            ):
                blocks = iter(lambda source=source: source.read(BLOCK), b"")
                for block in _whole_tags(blocks) if part.filename.endswith(".xml") else blocks:
                    block = _XLSX_ERROR.sub(rb'\1"str"', block)
                    written.write(_ODS_ERROR.sub(lambda tag: _ODS_HIDDEN.sub(b"", tag[0]), block))
    target.flush()


def _whole_tags(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes, cut after the end of a tag."""
    kept = b""
    for block in blocks:
        block = kept + block
        end = block.rfind(b">") + 1 or (len(block) if len(block) > _LONGEST_TAG else 0)
        kept = block[end:]
        yield block[:end]
    yield kept


def _check_xls(file: BinaryIO) -> None:
    file.seek(0)
    data = file.read(MOST_XLS + 1)
    if len(data) > MOST_XLS:
        raise Unreadable(
            HoldKind.TOO_LARGE, f"an .xls workbook may have {spoken(MOST_XLS)} at most: save it as .xlsx"
        )
    found = {name.casefold(): stream for name, stream in streams(data).items()}
    if "encryptedpackage" in found:
        raise Unreadable(HoldKind.PROTECTED, _PROTECTED)
    if (book := found.get("workbook", found.get("book"))) is None:
        raise Unreadable(
            HoldKind.UNKNOWN_FORMAT,
            "it is a document, not a workbook: save the table in it as .xlsx or .csv",
        )
    offset = 0
    while offset + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, offset)
        record = book[offset + 4 : offset + 4 + size]
        if kind == _FILEPASS:
            raise Unreadable(HoldKind.PROTECTED, _PROTECTED)
        is_error = kind == _BOOLERR and record[7:8] == b"\1"
        if is_error or (kind == _FORMULA and record[6:7] == b"\2" and record[12:14] == b"\xff\xff"):
            raise Unreadable(HoldKind.HIDDEN_VALUES, _HOLDS_ERRORS)
        offset += 4 + size
