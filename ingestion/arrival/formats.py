"""Tells by a file's bytes what it is; its name only where the bytes leave it open."""

from __future__ import annotations

import codecs
import json
import re
from enum import StrEnum
from typing import BinaryIO

from ingestion.arrival.unpacking import damage_reported, directory_of
from ingestion.findings.reasons import HoldKind
from ingestion.tabular.table import LONGEST_LINE, Unreadable

GZIP_SIGNATURE = b"\x1f\x8b"
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_BLOCK = 64 * 1024
#: No text holds a larger share of control characters, however dirty it is.
_MOST_CONTROLS = 0.02
#: Nor a larger share of lines with any.
_MOST_DAMAGED = 0.2
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
_TEXT_ENDINGS = (".csv", ".tsv", ".tab", ".txt")

_UNPACK_FIRST = "it is packed as {}: unpack it first, or pack it as .zip or .gz"
_SAVE_AS = "save the table in it as .xlsx or .csv"
#: Formats that are recognised by their first bytes, and refused.
_REFUSED = {
    b"7z\xbc\xaf\x27\x1c": _UNPACK_FIRST.format("7z"),
    b"Rar!\x1a\x07": _UNPACK_FIRST.format("rar"),
    b"\xfd7zXZ\0": _UNPACK_FIRST.format("xz"),
    b"BZh": _UNPACK_FIRST.format("bzip2"),
    b"\x28\xb5\x2f\xfd": _UNPACK_FIRST.format("zstd"),
    b"\x04\x22\x4d\x18": _UNPACK_FIRST.format("lz4"),
    b"PK\x07\x08": "it is one part of a split archive: deliver the archive as one file",
    b"%PDF-": "it is a PDF, which has no cells to read: ask for the table as .xlsx or .csv",
    b"{\\rtf": f"it is a text document, not a table: {_SAVE_AS}",
}
_BINARY = "it is a binary file of no known format: deliver a .csv, .xlsx, .parquet or .jsonl file"
_ONE_OBJECT_PER_LINE = (
    "it is JSON but not JSON lines: write one object per line, without brackets around them"
)

_HTML = re.compile(r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html|head|body|table|meta|style)\b")


class Format(StrEnum):
    """The kinds of file that there is a reader for."""

    TEXT = "text"
    WORKBOOK = "workbook"
    PARQUET = "parquet"
    JSON_LINES = "json lines"
    GZIP = "gzip"
    ZIP = "zip"


def format_of(file: BinaryIO, name: str) -> Format:
    """The format of a file that is open for reading bytes and can seek; it is left at its start.

    Raises:
        Unreadable: it is empty, or of a format that is not read; the text says what to do instead.
    """
    file.seek(0)
    start = file.read(_BLOCK)
    file.seek(0)
    if not start:
        raise Unreadable(HoldKind.NO_ROWS, "the file is empty: deliver it again with its rows")
    if packed := packed_as(file):
        return packed
    if start.startswith((*_ZIP_SIGNATURES, OLE_SIGNATURE)):
        return Format.WORKBOOK
    if start.startswith(b"PAR1"):
        return Format.PARQUET
    for signature, message in _REFUSED.items():
        if start.startswith(signature):
            raise Unreadable(HoldKind.UNKNOWN_FORMAT, message)
    if start.startswith(b"PARE"):
        raise Unreadable(HoldKind.PROTECTED, "it is an encrypted Parquet file: write it without encryption")
    if start[257:262] == b"ustar":
        raise Unreadable(HoldKind.UNKNOWN_FORMAT, _UNPACK_FIRST.format("tar"))
    encoding = _encoding(start)
    if not encoding.startswith("utf-16"):
        _refuse_binary(start)
    text = start.decode(encoding, errors="replace").lstrip("\ufeff \t\r\n")
    _refuse_markup(text[:4096].lower(), name)
    return _text_format(file, text, encoding, name.lower())


def packed_as(file: BinaryIO) -> Format | None:
    """GZIP or ZIP where the file is one and not a workbook, None otherwise; it is left at its start.

    Raises:
        Unreadable: it begins as a zip and is damaged, or is another program's document.
    """
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    if start.startswith(GZIP_SIGNATURE):
        return Format.GZIP
    if start not in _ZIP_SIGNATURES:
        return None
    try:
        return _zip_format(file)
    finally:
        file.seek(0)


def _zip_format(file: BinaryIO) -> Format | None:
    """ZIP, or None for the zip that a workbook is."""
    with directory_of(file) as archive:
        names = archive.namelist()
        if "mimetype" in names and "content.xml" in names:
            with damage_reported(), archive.open("mimetype") as mimetype:
                kind = mimetype.read(100)
            if not kind.startswith(_ODS):
                raise Unreadable(
                    HoldKind.UNKNOWN_FORMAT, f"it is an OpenDocument file, but not a spreadsheet: {_SAVE_AS}"
                )
            return None
        if "[Content_Types].xml" not in names:
            return Format.ZIP
        if any(name.startswith("xl/") for name in names):
            return None
        raise Unreadable(HoldKind.UNKNOWN_FORMAT, f"it is an Office document, but not a workbook: {_SAVE_AS}")


def _encoding(start: bytes) -> str:
    """UTF-16 or UTF-8, which also stands for all others: what is looked for here is ASCII in them."""
    for bom, encoding in _BOMS.items():
        if start.startswith(bom):
            return encoding
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd > len(start) // 4 and not even:
        return "utf-16-le"
    if even > len(start) // 4 and not odd:
        return "utf-16-be"
    return "utf-8"


def _refuse_binary(start: bytes) -> None:
    if _controls(start) <= len(start) * _MOST_CONTROLS:
        return
    # Damage hits some lines; in what is not text hardly any line is without a control character.
    lines = start.split(b"\n")
    if sum(map(bool, map(_controls, lines))) > len(lines) * _MOST_DAMAGED:
        raise Unreadable(HoldKind.UNKNOWN_FORMAT, _BINARY)


def _controls(text: bytes) -> int:
    return len(text) - len(text.translate(None, _CONTROLS))


def _refuse_markup(text: str, name: str) -> None:
    """Refuse pages and XML documents by their first lines, in lower case."""
    if _HTML.match(text):
        meant = "table" if name.lower().endswith(_TEXT_ENDINGS) else "workbook"
        raise Unreadable(
            HoldKind.UNKNOWN_FORMAT,
            f"it is an HTML page, not a {meant}: open it and save it as .xlsx or .csv",
        )
    if text.startswith(("<?xml", "<!doctype")):
        raise Unreadable(HoldKind.UNKNOWN_FORMAT, f"it is an XML file, not a table: open it and {_SAVE_AS}")
    if text.startswith("mime-version:"):
        raise Unreadable(HoldKind.UNKNOWN_FORMAT, f"it is a web archive, not a table: open it and {_SAVE_AS}")


def _text_format(file: BinaryIO, text: str, encoding: str, name: str) -> Format:
    if text.startswith("{"):
        if name.endswith(_TEXT_ENDINGS):
            return Format.TEXT
        if name.endswith((".jsonl", ".ndjson")) or _begins_with_object(file, encoding):
            return Format.JSON_LINES
        if name.endswith(".json") or re.match(r'\{\s*"', text):
            raise Unreadable(HoldKind.UNKNOWN_FORMAT, _ONE_OBJECT_PER_LINE)
    elif text.startswith("[") and (name.endswith(_JSON_ENDINGS) or re.match(r"\[\s*\{", text)):
        raise Unreadable(HoldKind.UNKNOWN_FORMAT, _ONE_OBJECT_PER_LINE)
    return Format.TEXT


def _begins_with_object(file: BinaryIO, encoding: str) -> bool:
    """Whether the first line that is not blank is one JSON object."""
    reader = codecs.getreader(encoding)(file, errors="replace")
    line = ""
    while not line.lstrip("\ufeff").strip():
        line = reader.readline(LONGEST_LINE)
    file.seek(0)
    try:
        return isinstance(json.loads(line.lstrip("\ufeff")), dict)
    except (ValueError, RecursionError):
        return False
