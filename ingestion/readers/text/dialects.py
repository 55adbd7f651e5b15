"""The dialect of a text table, and its detection."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from functools import lru_cache
from itertools import product
from operator import itemgetter, length_hint
from typing import BinaryIO

from ingestion.readers.text.encodings import encoding_of, is_file_encoding, line_codec
from ingestion.readers.text.records import BrokenRecord, record_reader
from ingestion.tabular.cells import Cell
from ingestion.tabular.table import Row

_SAMPLE = 256 * 1024
#: The same sample is sniffed again once its contract is known, and when the file is opened again.
_SAMPLES_REMEMBERED = 4
_SAMPLE_LINES = 120
_VALUE_RECORDS = 40
_LONGEST_FIGURE = 64

#: How likely a delimiter is a priori. Spaces and colons are common in texts and times too.
_LIKELY = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 1.0, " ": 0.45, ":": 0.4}
_RARE, _RARE_LONG = 0.45, 0.6
#: A table of one column is less likely than a usual delimiter that fits badly, and likelier than a rare one.
_ONE_COLUMN = 0.7
_ONE_COLUMN_DELIMITERS, _LAST_DELIMITER = (",", ";", "\t", "|", "\x1f"), "\x1e"
_UNLIKELY_QUOTE, _UNLIKELY_ESCAPE = 0.97, 0.99

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
#: Delimiters of one character, and longer ones.
_PUNCTUATION = (
    re.compile(r"[^\w\s\"'.\-/\\\0]|[\x01-\x08\x0e-\x1f]"),
    re.compile(r"[ \t]?[^\w\s\"'.\-/\\\0]{1,3}[ \t]?"),
)
#: The highest share of texts in a column of numbers or dates.
_FEW_TEXTS = 0.1
_YEAR = re.compile(r"(19|20)\d\d")
_NUMBER = re.compile(r"[-+(]?\s*[^\w\s\"',;|]?\s*[-+]?\d[\d.,' \u00a0]*([eE][-+]?\d+)?\s*[^\w\s\"',;|]?\)?-?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|\d{1,2}:\d{2}(:\d{2}.*)?")
#: What is in a cell that was split in the wrong places.
_UNCLEAN = re.compile(r"[;|\t]|\S,\S|^[\"']|\"$")


@dataclass(frozen=True)
class Dialect:
    """How a text table is written.

    Args:
        delimiter: one or more characters.
        quote: one character, or empty where nothing is quoted.
        escape: the character before a quote inside quotes; empty where such a quote is doubled.
        encoding: as Python calls it.

    Raises:
        ValueError: no table can be written like that; the text says why.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        if self.escape == self.quote:
            object.__setattr__(self, "escape", "")
        signs = self.delimiter + self.quote + self.escape
        if not self.delimiter:
            raise ValueError("the delimiter is empty: give the character that separates the cells")
        if len(self.quote) > 1 or len(self.escape) > 1:
            raise ValueError("the quote and the escape must be one character each, or none")
        if set(signs) & set("\r\n\0"):
            raise ValueError("line ends and NUL cannot be delimiter, quote or escape")
        if self.quote + self.escape and set(self.quote + self.escape) & set(self.delimiter):
            raise ValueError("the quote and the escape cannot be part of the delimiter")
        if not is_file_encoding(self.encoding):
            raise ValueError(f"'{self.encoding}' is not a file encoding: use, for example, utf-8 or cp1252")

    def __str__(self) -> str:
        parts = [f"encoding {self.encoding}", f"delimiter {self.delimiter!r}", f"quote {self.quote!r}"]
        if self.escape:
            parts.append(f"escape {self.escape!r}")
        return ", ".join(parts)


def dialect_of(
    file: BinaryIO,
    *,
    delimiter: str | None = None,
    quote: str | None = None,
    escape: str | None = None,
    encoding: str | None = None,
) -> Dialect:
    """The dialect of a file that is open for reading bytes; what is not given is detected.

    Raises:
        ValueError: no table can be written as it is given.
    """
    # A wrong name is reported before the file is read.
    encoding = Dialect(encoding=encoding).encoding if encoding else encoding_of(file)
    file.seek(0)
    start = file.read(_SAMPLE)
    file.seek(0)
    codec, mark = line_codec(encoding, start)
    text = start[mark:].decode(codec, "replace")
    if len(start) == _SAMPLE:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    if codec.startswith(("utf-16", "utf-32")):
        # With the byte order, which the given name may lack.
        encoding = codec
    found = sniff(text, delimiter=delimiter, quote=quote, escape=escape)
    return replace(found, encoding=encoding)


@lru_cache(maxsize=_SAMPLES_REMEMBERED)
def sniff(
    sample: str, *, delimiter: str | None = None, quote: str | None = None, escape: str | None = None
) -> Dialect:
    """The dialect that fits the first lines of a file best; what is given is not questioned.

    Each candidate is tried on the lines. With the best one most lines have the same number of cells, and
    these look like values: numbers, dates, or texts without leftover quotes and delimiters. Where no
    delimiter fits there is one column, and the delimiter is a character that does not occur.

    Raises:
        ValueError: no table can be written as it is given.
    """
    lines = [line for line in _LINE.findall(sample) if line.strip()][:_SAMPLE_LINES]
    candidates = list(enumerate(_candidates("".join(lines), lines, delimiter, quote, escape)))
    fits: dict[int, float] = {}
    for place, (candidate, likely, fewest) in sorted(candidates, key=lambda each: -each[1][1]):
        # The score of a candidate is at most its likelihood, so most need not be tried.
        if likely < max(fits.values(), default=0):
            break
        fits[place] = likely * _fit(lines, candidate, fewest)
    best = max(fits, key=lambda place: (fits[place], -place))
    return candidates[best][1][0]


def _candidates(
    text: str, lines: Sequence[str], delimiter: str | None, quote: str | None, escape: str | None
) -> Iterator[tuple[Dialect, float, int]]:
    """Dialects to try, each with its likelihood and the fewest columns that are evidence for it."""
    if delimiter is not None:
        # Raises if what is given is impossible; detected candidates never are.
        Dialect(delimiter, quote or "", escape or "")
        delimiters = [(delimiter, 1.0, 1)]
    else:
        taken = {quote, escape}
        unused = (sign for sign in _ONE_COLUMN_DELIMITERS if sign not in text and sign not in taken)
        alone = next(unused, _LAST_DELIMITER)
        found = [(sign, likely, 2) for sign, likely in _delimiters(text, lines).items()]
        delimiters = [each for each in [(alone, _ONE_COLUMN, 1), *found] if not taken & set(each[0])]
    quotes = _quotes(text, delimiter) if quote is None else {quote: 1.0}
    for (sign, likely, fewest), mark in product(delimiters, quotes):
        escapes = {"": 1.0} if escape is None else {escape: 1.0}
        if escape is None and any("\\" + special in text for special in (mark or sign, sign)):
            escapes["\\"] = _UNLIKELY_ESCAPE
        for slash, chance in escapes.items():
            if set(mark + slash) & set(sign):
                continue
            yield Dialect(sign, mark, slash), likely * quotes[mark] * chance, fewest


def _delimiters(text: str, lines: Sequence[str]) -> dict[str, float]:
    """Possible delimiters with their likelihood: the usual ones, and what is in most lines."""
    found = {sign: likely for sign, likely in _LIKELY.items() if sign in text}
    per_line = Counter(
        sign
        for line in lines
        for sign in {each for pattern in _PUNCTUATION for each in pattern.findall(line.strip("\r\n"))}
    )
    if " " in found and sum('" "' in line for line in lines) * 2 > len(lines):
        # Between two quoted cells a space is as good as any other delimiter.
        found[" "] = 1.0
    for sign, count in per_line.most_common(12):
        if count * 2 > len(lines) and sign not in found:
            usual = len(sign) > 1 and len(set(sign.strip())) == 1 and sign.strip()[:1] in ",;|"
            # Where the single character is a delimiter too, it may repeat because of empty cells.
            is_row = usual and len(sign.strip()) > 1 and _stands_alone(sign.strip()[0], text)
            found[sign] = 1.0 if usual and not is_row else _RARE_LONG if len(sign) > 1 else _RARE
    return found


def _stands_alone(sign: str, text: str) -> bool:
    sign = re.escape(sign)
    return re.search(rf"(?<!{sign}){sign}(?!{sign})", text) is not None


def _quotes(text: str, delimiter: str | None) -> dict[str, float]:
    """Possible quote characters with their likelihood; without any in the text one candidate is enough."""
    quotes = {'"': 1.0}
    if '"' in text + (delimiter or ""):
        quotes[""] = _UNLIKELY_QUOTE
    if "'" in text:
        quotes["'"] = _UNLIKELY_QUOTE
    return quotes


def _fit(lines: Sequence[str], dialect: Dialect, fewest: int) -> float:
    """How well the lines form a table in this dialect, from 0 to 1."""
    records = list(_records(lines, dialect))
    lines_of_width: Counter[int] = Counter()
    for used, cells in records:
        lines_of_width[len(cells)] += used
    width, count = max(
        ((width, count) for width, count in lines_of_width.items() if width >= fewest),
        key=itemgetter(1),
        default=(0, 0),
    )
    if not width:
        return 0.0
    values = [cell for _, cells in records[:_VALUE_RECORDS] if len(cells) == width for cell in cells]
    looks = sum(map(_likeness, values)) / max(len(values), 1)
    # A title or a broken header is less likely than a wrong delimiter, which the header does not have.
    agrees = 1.0 if len(records[0][1]) == width else 0.8
    return count / len(lines) * (1 - 0.5 / width) * looks * agrees


def _records(lines: Sequence[str], dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """The number of lines and the cells of each record; lines that are not records are skipped.

    Where most lines leave their last quote open, as some programs do, it ends with the line.
    """
    read = record_reader(dialect.delimiter, dialect.quote, dialect.escape)
    ends_quotes = leave_quotes_open(lines, dialect)
    at = 0
    while at < len(lines):
        others = iter(lines[at + 1 :])
        ahead = length_hint(others)
        try:
            if ends_quotes and lines[at].count(dialect.quote) % 2:
                cells = read(lines[at].rstrip("\r\n") + dialect.quote, iter(()))
            else:
                cells = read(lines[at], others)
        except BrokenRecord:
            if dialect.quote == "'" and not dialect.escape:
                # Unquoted cells have apostrophes, too.
                yield 1, _loosely(lines[at].rstrip("\r\n"), dialect.delimiter)
            at += 1
            continue
        used = 1 + ahead - length_hint(others)
        at += used
        yield used, cells


def _loosely(line: str, delimiter: str) -> list[str]:
    """The cells of a line in which single quotes matter only at both ends of a cell."""
    sign = re.escape(delimiter)
    pattern = rf"(?:^|{sign})(?:'((?:[^']|'(?!{sign}|$))*)'(?={sign}|$)|((?:(?!{sign}).)*))"
    return [found[1] if found[1] is not None else found[2] for found in re.finditer(pattern, line)]


def _likeness(cell: str) -> float:
    """How much the cell looks like one value of a table, from 0 to 1."""
    if not cell:
        return 0.6
    value = cell.strip()
    if _text_kind(value) != "text":
        return 1.0 if value == cell else 0.7
    if _UNCLEAN.search(value):
        return 0.2
    return 0.95 if value == cell else 0.7


def leave_quotes_open(lines: Sequence[str], dialect: Dialect) -> bool:
    """Whether most lines begin with a quote, and have a last cell whose quote is not closed."""
    if not dialect.quote:
        return False
    opening = dialect.delimiter + dialect.quote
    count = sum(
        line.startswith(dialect.quote) and dialect.quote not in line.rpartition(opening)[2]
        for line in lines
        if opening in line
    )
    return count * 2 > len(lines)


def guess_header(head_rows: Sequence[Row]) -> int | None:
    """The place of the header among the first rows of a table, or None.

    Lines above the table have values in less than half of its columns, or another width than the table and
    the names below them. The row after them is data if it has numbers and dates in columns of numbers and
    dates, or values that recur below it; then a row above it with half of the names may be the header. A
    table of text alone is assumed to have a header, as most tables do.
    """
    rows = [(place, row.cells) for place, row in enumerate(head_rows) if row.fault is None]
    width = max(Counter(len(cells) for _, cells in rows).items(), key=itemgetter(1), default=(0, 0))[0]
    first = next((i for i, (_, cells) in enumerate(rows) if 2 * sum(map(_is_filled, cells)) > width), None)
    if first is None:
        return None
    votes = _votes(rows[first:])
    widths = [len(cells) for _, cells in rows[first : first + 2]]
    if widths[0] != width == widths[-1] and (of_next := _votes(rows[first + 1 :])) > max(votes, 0):
        first, votes = first + 1, of_next
    if votes < 0 and first and _is_half_named(rows[first - 1][1], width):
        first, votes = first - 1, _votes(rows[first - 1 :])
    return rows[first][0] if votes >= 0 else None


def _is_half_named(cells: Sequence[Cell], width: int) -> bool:
    return len(cells) == width and 2 * sum(map(_is_filled, cells)) == width


def _votes(rows: Sequence[tuple[int, Sequence[Cell]]]) -> int:
    """The columns for which the first of the rows looks like a header, less those for which it does not."""
    (_, names), *others = rows
    # A header that is repeated, as in concatenated files, says nothing about the rows.
    below = [cells for _, cells in others if list(cells) != list(names)]
    return sum(
        _vote(name, [cells[at] for cells in below if at < len(cells) and _is_filled(cells[at])])
        for at, name in enumerate(names)
        if _is_filled(name)
    )


def _vote(name: Cell, column: Sequence[Cell]) -> int:
    """1 if the cell looks like the name of the cells below, -1 if like one of them, 0 if it may be either."""
    kinds = Counter(map(_kind, column))
    if _kind(name) == "text":
        # They may include the names of a second table below.
        if kinds and kinds["text"] <= _FEW_TEXTS * len(column):
            return 1
        return -1 if name in column else 0
    if _is_year(name) and not all(map(_is_year, column)):
        return 0
    return -1 if not kinds or _kind(name) in kinds else 0


def _is_filled(cell: Cell) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _is_year(cell: Cell) -> bool:
    """Whether it is a year, which may name a column too."""
    return _YEAR.fullmatch(str(cell).strip()) is not None


def _kind(cell: Cell) -> str:
    match cell:
        case str():
            return _text_kind(cell.strip())
        case bool():
            return "flag"
        case date() | time():
            return "date"
    return "number"


def kind_of(text: str) -> str:
    """What a text looks like: `number`, `date` or `text`."""
    return _text_kind(text.strip())


def _text_kind(value: str) -> str:
    if len(value) > _LONGEST_FIGURE:
        return "text"
    return "date" if _DATE.fullmatch(value) else "number" if _NUMBER.fullmatch(value) else "text"
