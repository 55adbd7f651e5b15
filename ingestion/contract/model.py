"""What a source table promises: its columns, its formats and how its files relate to each other.

Everything else in `ingestion` works from these types; `ingestion.contract.files` reads them from YAML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum


class ColumnType(StrEnum):
    TEXT = "text"
    NUMERIC = "numeric"
    INTEGER = "integer"
    BIGINT = "bigint"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"


NUMBERS = (ColumnType.NUMERIC, ColumnType.INTEGER, ColumnType.BIGINT)
DATES = (ColumnType.DATE, ColumnType.TIMESTAMP)


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
class Limit:
    """The column `column` is at most the column `limit`."""

    column: str
    limit: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `header` is its name in files, `name` its name in the raw table.

    A column that is not `required` may hold empty cells, which are null; a text that is no more than white
    space is empty too. `precision` and `scale` are those of `numeric(precision, scale)`, and 0 for other
    types; `rounds` lets a longer fraction be rounded (half to even) where it is refused otherwise.
    `date_formats`, of dates and timestamps, are in the letters of Java's DateTimeFormatter, as the standard
    asks. `reserved` texts are refused in whatever case, values outside `lowest` and `highest` too (a `date`
    for dates and timestamps, a `Decimal` for numbers). `pattern` must match a text as a whole; `zero_pad`
    is the number of digits that a text of digits alone is filled up to with leading zeros. A text is brought
    into its normal form (`tabular.characters`) unless it is to stay `as_written`. `fills_merged` gives each
    of a workbook's merged cells the value of their first one.
    """

    name: str
    header: str
    type: ColumnType
    sql_type: str
    description: str
    classification: str
    required: bool = True
    precision: int = 0
    scale: int = 0
    rounds: bool = False
    max_length: int | None = None
    pattern: str | None = None
    zero_pad: int = 0
    as_written: bool = False
    allowed: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ()
    date_formats: tuple[str, ...] = ()
    lowest: date | Decimal | None = None
    highest: date | Decimal | None = None
    repeats: DateRepeat | None = None
    fills_merged: bool = False


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How text files write a figure; `currency` signs carry no meaning and are dropped.

    `grouping` holds every sign that may part the groups of one figure (the same throughout it); `groupings`
    are `western` (1,234,567) and `indian` (12,34,567). `percent` divides a figure with a percent sign by 100.
    `others` are formats that other files of the source are written in.
    """

    decimal: str = "."
    grouping: str = ","
    groupings: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    parentheses: bool = False
    trailing_minus: bool = False
    dash_is_zero: bool = False
    percent: bool = False
    exponent: bool = False
    others: tuple[NumberFormat, ...] = ()


@dataclass(frozen=True, slots=True)
class TextForm:
    """How the source's text files are written; None leaves it to be found out."""

    delimiter: str | None = None
    #: An empty text where nothing is quoted.
    quote: str | None = None
    #: The sign before a quote inside quotes; empty where such a quote is doubled.
    escape: str | None = None
    encoding: str | None = None
    #: False where files begin with their first row: cells are then taken in the contract's order.
    has_header: bool = True


class TotalPlace(StrEnum):
    """Where in a cell the text of a total stands."""

    WHOLE = "whole"
    BEGINS = "begins"
    ENDS = "ends"


@dataclass(frozen=True, slots=True)
class Total:
    """A row repeats sums if its first cell that holds a text is this text, or begins or ends with it.

    Case does not count, nor do signs around the cell where the text has letters or digits (`* Total:`); it
    must end where a word does.
    """

    text: str
    place: TotalPlace = TotalPlace.WHOLE


class Period(StrEnum):
    """What part of a date a scope is made of."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class ScopePart:
    """A column whose value, or whose period of a date, tells scopes apart."""

    column: str
    by: Period | None = None

    @property
    def letters(self) -> int | None:
        """How many letters of a date such as 2024-01-31 name the scope; None where the whole value does."""
        return {None: None, Period.DAY: 10, Period.MONTH: 7, Period.YEAR: 4}[self.by]

    def __str__(self) -> str:
        return f"{self.by} of {self.column}" if self.by else self.column


@dataclass(frozen=True, slots=True)
class Append:
    """All rows of all files count."""

    kind = "append"

    def __str__(self) -> str:
        return "append"


class Repeats(StrEnum):
    """What becomes of rows of one file that have the same key, and the same `latest`, and differ."""

    #: The file is held.
    HOLD = "hold"
    #: None of them is taken.
    REFUSE = "refuse"
    #: The last one counts.
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Upsert:
    """Of rows with the same `key` one counts: of the greatest `latest` (a column; null is least), if given;
    then of the latest file. `repeats` says what becomes of rows of one file that this does not tell apart."""

    key: tuple[str, ...]
    latest: str | None = None
    repeats: Repeats = Repeats.HOLD
    kind = "upsert"

    def __str__(self) -> str:
        latest = f" latest {self.latest}" if self.latest else ""
        return f"upsert({', '.join(self.key)}{latest})"


@dataclass(frozen=True, slots=True)
class Restate:
    """A file's rows replace all earlier rows of the scopes that it holds rows of.

    Without parts the scope is the whole table. `max_shrink` is the share of the current rows of its scopes
    that a file may lack before it is held; None: any. Where several files make up a scope, `file_part` is a
    pattern whose first group tells by a file's name which of them it is: it replaces that part alone.
    """

    scope: tuple[ScopePart, ...]
    max_shrink: float | None = None
    file_part: str | None = None
    kind = "restate"

    def __str__(self) -> str:
        return f"restate({', '.join(map(str, self.scope)) or 'all'})"


Relation = Append | Upsert | Restate


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the last load may be: a count of `minute`, `hour` or `day`."""

    count: int
    period: str

    def __str__(self) -> str:
        return f"{self.count} {self.period}{'' if self.count == 1 else 's'}"

    def reached(self, age: timedelta) -> Freshness:
        """An age in the same period, in whole ones."""
        return Freshness(age // timedelta(**{f"{self.period}s": 1}), self.period)


class Rhythm(StrEnum):
    """In which rhythm a source has rows; a period without any is a gap."""

    DAY = "day"
    #: From Monday to Friday.
    WORKING_DAY = "working_day"
    MONTH = "month"
    #: In none: nothing is a gap.
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Contract:
    """`freshness` is None for a source that no new files are expected of. `about` says in sentences what the
    source is for, how it may be used and what it cannot tell. `title` names it for people.

    `file_names` are shell patterns that decide where a header fits several contracts; `sheets` are patterns
    for the names of the only sheets that are read of several. `version_pattern` finds a file's version in its
    name: its first group sorts as text in the order of the versions; without it files follow each other as
    they arrive. `empty_words` are read as empty cells, `totals` tell rows that repeat sums and are
    passed over. `time_zone`, as Europe/Berlin, is where instants are turned into days and times. Files of a
    contract that `may_lack_columns` may leave out columns that are not required, which are then null.
    `rhythm` is None where it is to be seen in the rows.
    """

    domain: str
    table: str
    version: str
    description: str
    columns: tuple[Column, ...]
    sums: tuple[Sum, ...]
    number_format: NumberFormat
    relation: Relation
    max_rejected_share: float
    freshness: Freshness | None = None
    about: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    text_form: TextForm = field(default_factory=TextForm)
    file_names: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    version_pattern: str | None = None
    empty_words: tuple[str, ...] = ()
    totals: tuple[Total, ...] = ()
    title: str = ""
    time_zone: str | None = None
    may_lack_columns: bool = False
    rhythm: Rhythm | None = None

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
