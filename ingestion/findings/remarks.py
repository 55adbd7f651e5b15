"""What a person should know about a table that was loaded nevertheless."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RemarkKind(StrEnum):
    """What a remark is about; the ledger and the health dashboard group by it."""

    #: Files of an archive, or columns of a table, that are not data and were left out.
    PASSED_OVER = "passed_over"
    #: Rows of the file that repeat another one in every column: each counts once.
    REPEATED = "repeated"
    #: Rows of the file that another row with the same key replaces, as the contract or a person says.
    OUTDONE = "outdone"
    #: Rows of earlier loads that the file replaces.
    REPLACED = "replaced"
    #: Rows of the file that do not count, as later ones are loaded already.
    SUPERSEDED = "superseded"
    #: Scopes of which far fewer rows are left.
    SHRUNK = "shrunk"
    #: Broken rows of a parsed file that could be read in one way only, and were.
    MENDED = "mended"
    #: Rows that repeat the header.
    HEADERS = "headers"
    #: A file without any bytes that was parsed.
    EMPTY = "empty"
    #: A text file that may be written in another encoding than it was read in.
    ENCODING = "encoding"
    #: Rows that repeat sums, which the contract names and which were not loaded.
    TOTALS = "totals"
    #: Rows that look as if they repeated sums, and were loaded because the contract does not name them.
    LIKELY_TOTALS = "likely_totals"
    #: Texts that were brought into their normal form.
    REWRITTEN = "rewritten"
    #: Long numbers in scientific form, whose last digits are lost.
    SHORTENED_NUMBERS = "shortened_numbers"
    #: Numbers of more digits than a spreadsheet keeps, in a column of texts.
    INEXACT_NUMBERS = "inexact_numbers"
    #: Texts that are written as formulas, ="00123".
    FORMULA_TEXTS = "formula_texts"
    #: Moments with a zone, where the contract names none to keep them in.
    TIME_ZONE = "time_zone"
    #: Moments that are finer than a microsecond.
    NANOSECONDS = "nanoseconds"
    #: A row above a workbook's header that names groups of columns.
    HEADER_ROWS = "header_rows"
    #: Merged cells of a workbook, of which only the first has a value.
    MERGED_CELLS = "merged_cells"
    #: Rows of a workbook that its users do not see.
    HIDDEN_ROWS = "hidden_rows"
    #: Both orders of day and month in one column.
    DATE_ORDER = "date_order"
    #: Dates and texts with dates in one column.
    MIXED_DATES = "mixed_dates"


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence per kind and column or sheet; `text` names the place and the next step, if any."""

    kind: RemarkKind
    text: str


def counted(rows: int) -> str:
    """A number of rows for people: 1 row, 2,000 rows."""
    return "1 row" if rows == 1 else f"{rows:,} rows"
