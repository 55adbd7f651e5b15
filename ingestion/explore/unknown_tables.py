"""Opens the tables of a file as the readers see them, without any contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ingestion.arrival.archives import Member
from ingestion.arrival.formats import Format, format_of
from ingestion.readers.opening import tables_of
from ingestion.readers.text.csv_text import CsvTable
from ingestion.readers.text.dialects import Dialect, dialect_of
from ingestion.tabular.table import Row, Table

#: How many JSON lines are searched for keys.
_LINES_LOOKED_AT = 100_000


@dataclass(frozen=True, slots=True)
class UnknownTable:
    """A table of a file in `format`; `dialect` is that of a text file, None for other formats."""

    table: Table
    format: Format
    dialect: Dialect | None = None

    @property
    def header(self) -> Row | None:
        """The row that names the columns, as the reader thinks; None where it sees none."""
        return None if self.table.guess is None else self.table.head[self.table.guess]

    @property
    def after(self) -> int:
        """Rows of the table's head that lie above its first row of data."""
        return 0 if self.table.guess is None else self.table.guess + 1

    @property
    def width(self) -> int:
        """Number of columns: those of the header, or of most of the first rows."""
        if self.header:
            return len(self.header.cells)
        widths = Counter(len(row.cells) for row in self.table.head if row.cells)
        return widths.most_common(1)[0][0]

    @property
    def headers(self) -> list[str]:
        """The headers as they are written, empty where a column has none."""
        cells = self.header.cells if self.header else [None] * self.width
        return ["" if cell is None else str(cell) for cell in cells]


@contextmanager
def unknown_tables(member: Member) -> Iterator[list[UnknownTable]]:
    """The tables of a file, the sheets of a workbook in its order.

    Raises:
        Unreadable: the file is damaged, or of no known format.
        OSError: the file cannot be opened.
    """
    with member.path.open("rb") as file:
        form = format_of(file, member.name)
        if form is Format.TEXT:
            dialect = dialect_of(file)
            yield [UnknownTable(CsvTable(file, dialect), form, dialect)]
        else:
            tables = tables_of(form, file, member.path, _LINES_LOOKED_AT)
            yield [UnknownTable(table, form) for table in tables]
