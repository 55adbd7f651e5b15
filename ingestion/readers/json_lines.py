"""JSON lines: one object per line, where a broken line costs its neighbours nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import BinaryIO

from ingestion.findings.reasons import FaultKind, HoldKind, Refused
from ingestion.findings.remarks import Remark
from ingestion.readers.text.encodings import SAMPLE, detect_encoding
from ingestion.readers.text.lines import Line, Lines
from ingestion.readers.typed_cells import holds, json_text
from ingestion.tabular.cells import Cell, shown
from ingestion.tabular.table import HEAD_ROWS, LONGEST_LINE, MOST_COLUMNS, Lack, Row, Unreadable

_BOM = b"\xef\xbb\xbf"
_WIDE = ("utf-16", "utf-32")
_BLANK = b" \t\n\r\v\f"
#: A larger power of ten is a mistake, and would fill memory when written out.
_LARGEST_EXPONENT = 1000


class JsonLinesTable:
    """The table in a JSON lines file that is open for reading bytes and can seek.

    The file is in UTF-8, UTF-16 or UTF-32. Its columns are the keys of the first `look_at` lines that are not
    blank, in the order of their first appearance, then those that are expected later. A missing key gives
    None, a nested object or array its JSON text. Numbers are exact: `int`, or `Decimal` where they are
    written with a point or an exponent. NaN, which data frames write for a missing value, is None.

    Raises:
        Unreadable: none of the first lines is an object with keys.
    """

    name = ""
    guess: int | None = 0

    def __init__(self, file: BinaryIO, look_at: int = HEAD_ROWS) -> None:
        self._file = file
        self._look_at = look_at
        self._encoding = _encoding(file)
        self._blank = _BLANK if self._encoding == "utf-8" else _BLANK + b"\0"
        self._late: dict[str, str] = {}
        self._normal: Callable[[str], str] = str
        self.passed_over: Counter[str] = Counter()
        self.remarks: list[Remark] = []
        names: dict[str, None] = {}
        faults = []
        filled = (each for each in self._lines() if each.raw.strip(self._blank))
        for line in islice(filled, look_at):
            try:
                names.update(dict.fromkeys(_object(line.raw, self._encoding)))
            except Refused as error:
                faults.append(f"line {line.number}: {error}")
        if not names:
            raise Unreadable(
                HoldKind.NO_TABLE,
                f"none of the first lines is a JSON object ({faults[0] if faults else 'they hold no keys'}):"
                " write one object per line",
            )
        if len(names) > MOST_COLUMNS:
            raise Unreadable(
                HoldKind.NO_TABLE,
                f"the first lines have {len(names):,} different keys, which is more than {MOST_COLUMNS:,}"
                " columns: write the same few keys in every object",
            )
        self._names = list(names)
        self.head = [Row(1, self._names)]

    def expect(self, names: Sequence[str], normal: Callable[[str], str]) -> None:
        """Add a cell to each row for each of these columns, whose keys may appear in later lines.

        Names and keys are compared after `normal` was applied to both.
        """
        self._late = {normal(name): name for name in names}
        self._normal = normal

    def rows(self, after: int, width: int) -> Iterator[Row]:
        """The objects, each of `width` cells or with a fault; `after` is 1, as names are not an object."""
        names = [*self._names, *self._late.values()]
        known = frozenset(names)
        for number, offset, raw in self._lines():
            if not raw.strip(self._blank):
                self.passed_over["blank"] += 1
                continue
            try:
                values = _object(raw, self._encoding)
                if not known.issuperset(values):
                    values = self._renamed(values)
                cells = [values.get(name) for name in names]
            except Refused as error:
                yield Row(number, (), raw, offset, error.reason, Lack.CELLS)
            else:
                if not holds(cells):
                    self.passed_over["blank"] += 1
                elif len(cells) == width:
                    yield Row(number, cells, raw, offset)
                else:
                    fault = FaultKind.WRONG_WIDTH.reason(found=len(cells), expected=width)
                    yield Row(number, (), raw, offset, fault)

    def _renamed(self, values: dict[str, Cell]) -> dict[str, Cell]:
        """The values, with keys that appear late under the names that were expected.

        Raises:
            Refused: a key is unknown, or is the same as another one.
        """
        renamed: dict[str, Cell] = {}
        for key, value in values.items():
            name = key if key in self._names else self._late.get(self._normal(key))
            if name is None:
                raise Refused(FaultKind.UNEXPECTED_KEY, key=shown(key), count=self._look_at)
            if name in renamed:
                raise Refused(FaultKind.KEY_TWICE, key=shown(key))
            renamed[name] = value
        return renamed

    def _lines(self) -> Iterator[Line]:
        return Lines(self._file, self._encoding) if self._encoding != "utf-8" else _lines(self._file)


def _encoding(file: BinaryIO) -> str:
    """The encoding of the lines: JSON is in UTF-8, but some programs write all their files in UTF-16."""
    file.seek(0)
    found = detect_encoding(file.read(SAMPLE), complete=False)
    return found if found.startswith(_WIDE) else "utf-8"


def _lines(file: BinaryIO) -> Iterator[Line]:
    """The lines of the file; one that is too long is cut one byte over the limit."""
    offset = 0
    file.seek(offset)
    if file.read(len(_BOM)) == _BOM:
        offset = len(_BOM)
    file.seek(offset)
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        yield Line(number, offset, raw)
        offset += len(raw)
        while len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
            raw = file.readline(LONGEST_LINE + 1)
            offset += len(raw)


def _object(raw: bytes, encoding: str) -> dict[str, Cell]:
    """The cells of the object that a line holds.

    Raises:
        Refused: it does not hold an object, or an ambiguous one.
    """
    if len(raw) > LONGEST_LINE:
        raise Refused(FaultKind.LINE_TOO_LONG, most=LONGEST_LINE)
    try:
        text = raw.decode(encoding)
        values = _decoder.decode(text)
        if not isinstance(values, dict):
            raise Refused(FaultKind.NOT_AN_OBJECT)
        if len(values) > MOST_COLUMNS:
            raise Refused(FaultKind.WRONG_WIDTH, found=f"more than {MOST_COLUMNS:,}", expected="fewer")
        cells = {key: _cell(value) for key, value in values.items()}
        if "\\u" in text:
            "".join(each for pair in cells.items() for each in pair if isinstance(each, str)).encode()
    except UnicodeDecodeError as error:
        raise Refused(FaultKind.WRONG_BYTE, place=error.start + 1, encoding=encoding.upper()) from error
    except UnicodeEncodeError as error:
        raise Refused(FaultKind.HALF_A_CHARACTER) from error
    except json.JSONDecodeError as error:
        raise Refused(FaultKind.BROKEN_JSON, place=error.pos + 1, error=error.msg) from error
    except RecursionError as error:
        raise Refused(FaultKind.TOO_DEEP) from error
    return cells


def _cell(value: object) -> Cell:
    return json_text(value) if isinstance(value, (dict, list)) else value


def _unambiguous(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise Refused(FaultKind.KEY_TWICE, key=shown(twice))
    return values


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = None
    if number is None or abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise Refused(FaultKind.BEYOND_FIGURES, value=shown(text))
    return number


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Refused(FaultKind.BEYOND_FIGURES, value=shown(text)) from None


def _no_number(text: str) -> None:
    """None for NaN; the other words of JavaScript are refused."""
    if text != "NaN":
        raise Refused(FaultKind.NOT_IN_JSON, value=text)


_decoder = json.JSONDecoder(
    object_pairs_hook=_unambiguous, parse_float=_decimal, parse_int=_whole, parse_constant=_no_number
)
