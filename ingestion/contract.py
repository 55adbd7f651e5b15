"""What a source table promises: its columns, its formats and how its files relate to each other.

Everything else in `ingestion` works from these types; `ingestion.contract_files` reads them from YAML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class ColumnType(StrEnum):
    TEXT = "text"
    NUMERIC = "numeric"
    INTEGER = "integer"
    DATE = "date"


class DatePart(StrEnum):
    """A part of a date that another column repeats."""

    MONTH = "month"
    MONTH_NAME = "month_name"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class DateRepeat:
    """The column says again what a part of the date column `date` says."""

    date: str
    part: DatePart


@dataclass(frozen=True, slots=True)
class Sum:
    """The column `total` is the sum of the columns `plus` less the columns `minus`, up to `tolerance`."""

    total: str
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    tolerance: Decimal


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `header` is its name in files, `name` its name in the raw table.

    `precision` and `scale` are those of `numeric(precision, scale)`, and 0 for other types.
    `date_formats` are in the letters of Java's DateTimeFormatter, as the standard asks. `reserved` texts
    are refused in whatever case, dates outside `earliest` and `latest` too.
    """

    name: str
    header: str
    type: ColumnType
    sql_type: str
    description: str
    classification: str
    precision: int = 0
    scale: int = 0
    max_length: int | None = None
    allowed: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ()
    date_formats: tuple[str, ...] = ()
    earliest: date | None = None
    latest: date | None = None
    repeats: DateRepeat | None = None


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How text files write a figure; `currency` signs carry no meaning and are dropped."""

    decimal: str = "."
    grouping: str = ","
    groupings: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    parentheses: bool = False
    dash_is_zero: bool = False


@dataclass(frozen=True, slots=True)
class Restate:
    """A file's rows replace all earlier rows of the same value of `column` and month of `month_of`."""

    column: str
    month_of: str

    def __str__(self) -> str:
        return f"restate({self.column}, month of {self.month_of})"


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the last load may be: a count of `minute`, `hour` or `day`."""

    count: int
    period: str


@dataclass(frozen=True, slots=True)
class Contract:
    domain: str
    table: str
    version: str
    description: str
    columns: tuple[Column, ...]
    sums: tuple[Sum, ...]
    number_format: NumberFormat
    relation: Restate
    max_rejected_share: float
    freshness: Freshness

    @property
    def source(self) -> str:
        """The source's name everywhere: `<domain>.<table>`."""
        return f"{self.domain}.{self.table}"

    @property
    def raw_table(self) -> str:
        """Name of the raw table in schema `staging`."""
        return f"raw_{self.domain}_{self.table}"

    @property
    def headers(self) -> Sequence[str]:
        return [column.header for column in self.columns]

    def position(self, name: str) -> int:
        """Place of the column called `name` in the raw table, from 0."""
        return next(i for i, column in enumerate(self.columns) if column.name == name)
