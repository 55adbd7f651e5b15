"""Makes small files for tests."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

HEADER = (
    "Segment,Country, Product , Discount Band , Units Sold , Manufacturing Price , Sale Price , Gross Sales ,"
    " Discounts ,  Sales , COGS , Profit ,Date,Month Number, Month Name ,Year"
)
ROW = (
    'Government,Canada, Carretera , None ," $1,618.50 ", $3.00 , $20.00 ," $32,370.00 ", $-   ,'
    '" $32,370.00 "," $16,185.00 "," $16,185.00 ",01/01/2014,1, January ,2014'
)

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

#: Style 1 of `_STYLES` shows a number as a date (built-in format 14).
DATE_STYLE = 1
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)

Sheet = dict[int, Sequence[str | float | tuple[float, int] | None]]


def write_workbook(path: Path, sheets: dict[str, Sheet]) -> Path:
    """A workbook; each sheet maps a row's number to its cells, a tuple being a number with a style."""
    names = list(sheets)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for i in range(1, len(names) + 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(names) + 1)
    )
    listed = "".join(
        f'<sheet name="{escape(n)}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(names, 1)
    )
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{overrides}</Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
            f'<Relationship Id="rId99" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'
        ),
        "xl/styles.xml": _STYLES,
    }
    for i, sheet in enumerate(sheets.values(), 1):
        rows = "".join(f'<row r="{n}">{_cells(n, cells)}</row>' for n, cells in sorted(sheet.items()))
        parts[f"xl/worksheets/sheet{i}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return path


def _cells(row: int, cells: Sequence) -> str:
    return "".join(_cell(f"{chr(ord('A') + i)}{row}", cell) for i, cell in enumerate(cells))


def _cell(place: str, cell: str | float | tuple[float, int] | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    if isinstance(cell, tuple):
        return f'<c r="{place}" s="{cell[1]}"><v>{cell[0]!r}</v></c>'
    return f'<c r="{place}"><v>{cell!r}</v></c>'


def replace_part(path: Path, part: str, content: str | bytes) -> Path:
    """The workbook or zip at `path` with one part's content replaced, or added."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = content.encode() if isinstance(content, str) else content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in parts.items():
            archive.writestr(name, each)
    return path


def sheet_xml(rows: str, before: str = "") -> str:
    """A worksheet part with `rows` as its XML."""
    return f'{before}<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def write_ods(path: Path, rows: str) -> Path:
    """An OpenDocument spreadsheet of one sheet with `rows` as its XML."""
    namespaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {namespaces} '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="Sales">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" manifest:media-type='
        '"application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return path


def xls_record(kind: int, content: bytes = b"") -> bytes:
    """A record of the .xls format."""
    return struct.pack("<HH", kind, len(content)) + content


def xls_number(row: int, column: int, number: float) -> bytes:
    return xls_record(0x203, struct.pack("<HHHd", row, column, 0, number))


def xls_text(row: int, column: int, text: str) -> bytes:
    content = struct.pack("<HHHHB", row, column, 0, len(text), 0) + text.encode("latin-1")
    return xls_record(0x204, content)


def write_xls(path: Path, cells: bytes, stream: str = "Workbook") -> Path:
    """An .xls workbook of one sheet with `cells` as its records."""
    begin = struct.pack("<HHHHII", 0x600, 0x5, 0, 0, 0, 0)
    bound = 4 + len(begin) + 4 + 6 + 2 + 5 + 4
    sheet = xls_record(0x85, struct.pack("<IHBB", bound, 0, 5, 0) + b"Sales")
    book = xls_record(0x809, begin) + sheet + xls_record(0x0A)
    assert len(book) == bound
    book += xls_record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + cells + xls_record(0x0A)
    return write_ole(path, stream, book)


def write_ole(path: Path, stream: str, content: bytes) -> Path:
    """An OLE2 file with one stream; it is filled up to the size from which streams have their own sectors."""
    content = content.ljust(4096, b"\0")
    count = -(-len(content) // 512)
    end = 0xFFFFFFFE
    fat = [0xFFFFFFFD, end, *range(3, 2 + count), end]
    assert len(fat) <= 128
    table = struct.pack("<128I", *fat, *[0xFFFFFFFF] * (128 - len(fat)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    entries = _ole_entry("Root Entry", 5, end, 0, child=1) + _ole_entry(stream, 2, 2, len(content))
    path.write_bytes(header + table + entries.ljust(512, b"\0") + content.ljust(count * 512, b"\0"))
    return path


def _ole_entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    text = name.encode("utf-16-le")
    entry = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
    return entry + struct.pack("<III36xIII", 0xFFFFFFFF, 0xFFFFFFFF, child, start, size, 0)
