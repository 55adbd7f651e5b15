"""A file's bytes determine its format; unsupported ones are refused with what to do instead."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from pathlib import Path

import pytest

from ingestion.arrival.formats import Format, format_of
from ingestion.tabular.table import Unreadable
from tests.unit.ingestion.builders import write_ods, write_ole, write_workbook, write_xls, xls_text


def zipped(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def told(content: bytes, name: str = "a.csv") -> Format:
    file = io.BytesIO(content)
    found = format_of(file, name)
    assert file.tell() == 0
    return found


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"a,b\n1,2\n", "a.csv", Format.TEXT),
        (b"a,b\n1,2\n", "a.xlsx", Format.TEXT),
        (b"a,b\n1,2\n", "no ending", Format.TEXT),
        ("a;b\n1;2\n".encode("utf-16"), "a.csv", Format.TEXT),
        ("a;b\n1;2\n".encode("utf-16-le"), "a.csv", Format.TEXT),
        ("a;b\n1;2\n".encode("utf-16-be"), "a.csv", Format.TEXT),
        ('\n{"a": 1}\n'.encode("utf-16"), "a.json", Format.JSON_LINES),
        (b"a,b\n" + b"1,2\n" * 9 + b"\0" * 400 + b"\n", "a.csv", Format.TEXT),
        ('{"a": 1}\n'.encode("utf-16-be"), "a", Format.JSON_LINES),
        ("Größe;Café\n".encode("latin-1"), "a.csv", Format.TEXT),
        (b"a,b\n" + b"1,2\n" * 100 + b"\0,3\n", "a.csv", Format.TEXT),
        (b"\n \n", "a.csv", Format.TEXT),
        (b"<3 wins,b\n1,2\n", "a.csv", Format.TEXT),
        (b"[id],[name]\n1,2\n", "a.csv", Format.TEXT),
        (b"{id},{name}\n1,2\n", "a.csv", Format.TEXT),
        (b"{id},{name}\n1,2\n", "a.dat", Format.TEXT),
        (b'{"a": 1}\n', "a.csv", Format.TEXT),
        (b"PAR1....PAR1", "a.csv", Format.PARQUET),
        (b'{"a": 1}\n{"a": 2}\n', "a.jsonl", Format.JSON_LINES),
        (b'\xef\xbb\xbf\r\n {"a": 1}\r\n', "a.json", Format.JSON_LINES),
        (b'{"a": 1}\n', "no ending", Format.JSON_LINES),
        (b'{"a": 1,}\n{"a": 2}\n', "a.ndjson", Format.JSON_LINES),
        (gzip.compress(b"x", mtime=0), "a.csv", Format.GZIP),
        (zipped(a="x"), "a.csv", Format.ZIP),
        (zipped(), "a.zip", Format.ZIP),
        (zipped(mimetype="text/plain"), "a.zip", Format.ZIP),
    ],
)
def test_formats(content: bytes, name: str, expected: Format) -> None:
    assert told(content, name) is expected


def test_workbooks_whatever_their_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for written in (
        write_workbook(path, {"S": {1: ["a"]}}),
        write_ods(path, ""),
        write_xls(path, xls_text(0, 0, "a")),
        write_ole(path, "EncryptedPackage", b"x"),
    ):
        assert told(written.read_bytes()) is Format.WORKBOOK


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "a.csv", "the file is empty: deliver it again"),
        (b"%PDF-1.7\n", "a.csv", "PDF, which has no cells to read: ask for the table as"),
        (b"\r\n<html><body><table>", "a.xls", "an HTML page, not a workbook: open it and save it as .xlsx"),
        (
            b"\xef\xbb\xbf<!DOCTYPE html>\n",
            "a.csv",
            "an HTML page, not a table: open it and save it as .xlsx",
        ),
        ("<TABLE border=1>".encode("utf-16"), "a.xls", "an HTML page, not a workbook"),
        (b"<?xml version='1.0'?><!-- x -->\n<html xmlns='x'>", "a.xls", "an HTML page, not a workbook"),
        (b"<?xml version='1.0'?><Workbook/>", "a.xls", "XML file, not a table: open it and save the table"),
        (b"MIME-Version: 1.0\n", "a.xls", "web archive, not a table: open it and save the table"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "a.7z", "packed as 7z: unpack it first"),
        (b"Rar!\x1a\x07\0", "a.rar", "packed as rar: unpack it first"),
        (b"\xfd7zXZ\0", "a.xz", "packed as xz: unpack it first"),
        (b"BZh91AY&SY", "a.bz2", "packed as bzip2: unpack it first"),
        (b"\x28\xb5\x2f\xfd\0", "a.zst", "packed as zstd: unpack it first"),
        (b"a.csv".ljust(257, b"\0") + b"ustar\x0000", "a.tar", "packed as tar: unpack it first"),
        (b"PARE....PARE", "a.parquet", "encrypted Parquet file: write it without encryption"),
        (b'[{"a": 1}]', "a.jsonl", "write one object per line"),
        (b"[1, 2]", "a.json", "write one object per line"),
        (b'{\n  "a": 1\n}\n', "a.json", "write one object per line"),
        (b'{\n  "a": 1\n}\n', "no ending", "write one object per line"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "a.csv", "binary file of no known format: deliver a .csv"),
        (b"\x7fELF\2\1\1\0\0\0", "a.csv", "binary file of no known format"),
        (random.Random(7).randbytes(10_000), "a.csv", "binary file of no known format"),
        (
            zipped(**{"[Content_Types].xml": "x", "word/document.xml": "x"}),
            "a.xlsx",
            "not a workbook: save the",
        ),
        (
            zipped(**{"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "x"}),
            "a.ods",
            "save",
        ),
        (zipped(a="x" * 1000)[:500], "a.zip", "damaged or cut off .* download it again"),
    ],
)
def test_what_is_refused(content: bytes, name: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        told(content, name)


def test_deeply_nested_text_is_not_an_object() -> None:
    with pytest.raises(Unreadable, match="write one object per line"):
        told(b'{"a":' * 100_000, "a.json")
