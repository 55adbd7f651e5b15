"""What the XML of a workbook says of its sheets beyond their cells: formulas without a value, hidden rows."""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from xml.etree import ElementTree

_TAG = rb"(?:\w+:)?"
# Possessive: no amount of white space makes these slow.
_NO_VALUE = rb"(?:<%(t)bv\s*+/>|<%(t)bv>\s*+</%(t)bv>)?+" % {b"t": _TAG}
_FORMULA = rb"<%(t)bf\b[^<>]*(?:/>|>[^<]*+</%(t)bf>)\s*+" % {b"t": _TAG}
#: The first group is the attributes of the cell.
_UNCOMPUTED = re.compile(
    rb"<%(t)bc\b([^<>]*+)>\s*+%(f)b%(v)b\s*+</%(t)bc>" % {b"t": _TAG, b"f": _FORMULA, b"v": _NO_VALUE}
)
_VALUED = re.compile(rb"%(f)b<%(t)bv>(?!0</)[^<]" % {b"t": _TAG, b"f": _FORMULA})
_ANY_FORMULA = re.compile(rb"<%bf[\s>/]" % _TAG)
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Z]+)([0-9]+)["']""")
_TEXT = re.compile(rb"""\st\s*=\s*["']str["']""")
_HIDDEN_ROW = re.compile(rb"""<%brow\b[^<>]*\shidden\s*=\s*["'](?:1|true)["']""" % _TAG)
_ROW_END = b"row>"
#: Longer than any legitimate row.
_LONGEST_ROW = 16 * 2**20
_RECOMPUTES = re.compile(rb"""fullCalcOnLoad\s*=\s*["'](?:1|true)["']""")

_ODS_SHEET_OR_CELL = re.compile(
    rb"""<table:table\s[^<>]*?table:name="([^"]*)"|<table:table-cell\s([^<>]*(?:table:formula|-spanned)=[^<>]*)>"""
)
_ODS_SPANNED = re.compile(rb"""-spanned="(?!1")""")


@dataclass(slots=True)
class SheetFacts:
    """`uncomputed` maps columns, from 0, to the place of their first formula without a value, such as E2.
    `merged` counts merged ranges where their places are not known.
    """

    uncomputed: dict[int, str] = field(default_factory=dict)
    hidden_rows: int = 0
    merged: int = 0
    has_formulas: bool = False
    has_values: bool = False


class FactsOfXlsx:
    """Gathers the facts of one sheet from the bytes of its part, in order."""

    def __init__(self) -> None:
        self.facts = SheetFacts()
        self._rest = b""

    def see(self, block: bytes) -> None:
        block = self._rest + block
        end = block.rfind(_ROW_END) + len(_ROW_END)
        if end < len(_ROW_END):
            end = len(block) if len(block) > _LONGEST_ROW else 0
        self._rest, block = block[end:], block[:end]
        facts = self.facts
        # Searching for one character is fast, and most sheets do not have it.
        if b"h" in block and b"hidden=" in block:
            facts.hidden_rows += len(_HIDDEN_ROW.findall(block))
        # A formula that others share comes before them, in full.
        is_plain = b"f" not in block or b"f>" not in block
        if not facts.has_formulas and (is_plain or not _ANY_FORMULA.search(block)):
            return
        facts.has_formulas = True
        facts.has_values = facts.has_values or _VALUED.search(block) is not None
        for cell in _UNCOMPUTED.finditer(block):
            # The value of a formula may be an empty text.
            if not _TEXT.search(cell[1]):
                place = _PLACE.search(cell[1])
                column = _column(place[1]) if place else 0
                facts.uncomputed.setdefault(column, (place[1] + place[2]).decode() if place else "")


class FactsOfOds:
    """Gathers the facts of all sheets from the bytes of an .ods file's content, in order."""

    def __init__(self, facts: dict[str, SheetFacts]) -> None:
        self._facts = facts
        self._sheet = ""
        self._rest = b""

    def see(self, block: bytes) -> None:
        block = self._rest + block
        end = block.rfind(b">") + 1
        self._rest, block = block[end:], block[:end]
        for found in _ODS_SHEET_OR_CELL.finditer(block):
            if found[1] is not None:
                self._sheet = html.unescape(found[1].decode(errors="replace"))
                continue
            facts = self._facts.setdefault(self._sheet, SheetFacts())
            if b"table:formula=" in found[2] and b"value-type=" not in found[2]:
                facts.uncomputed.setdefault(0, "")
            facts.merged += _ODS_SPANNED.search(found[2]) is not None


def by_sheet(workbook: zipfile.ZipFile, parts: dict[str, SheetFacts]) -> dict[str, SheetFacts]:
    """The facts of an .xlsx file's parts by the names of the sheets that these hold."""
    try:
        book = workbook.read("xl/workbook.xml")
        targets = {
            each.get("Id"): posixpath.normpath(posixpath.join("/xl", each.get("Target", "")))[1:]
            for each in ElementTree.fromstring(workbook.read("xl/_rels/workbook.xml.rels"))
        }
        sheets = {
            each.get("name", ""): targets.get(_relation(each))
            for each in ElementTree.fromstring(book).iter()
            if each.tag.rpartition("}")[2] == "sheet"
        }
    except (KeyError, ElementTree.ParseError):
        # Such a workbook cannot be opened; the library says why.
        return {}
    found = {name: parts[part] for name, part in sheets.items() if part in parts}
    if _RECOMPUTES.search(book):
        for facts in found.values():
            # Some programs write 0 for what is still to be computed.
            if facts.has_formulas and not facts.has_values and not facts.uncomputed:
                facts.uncomputed[0] = ""
    return found


def _relation(sheet: ElementTree.Element) -> str | None:
    return next((value for key, value in sheet.items() if key.rpartition("}")[2] == "id"), None)


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    return column - 1
