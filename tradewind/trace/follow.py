"""Follows a figure from the mart over the fact to the lines of files, and adds up at each step.

Everything is read as the role `transformer`, which reads all layers, in one read-only transaction: a build
that ends meanwhile changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal, InvalidOperation
from functools import reduce
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from ingestion.contract.files import find_contracts
from ingestion.contract.model import Contract
from ingestion.database.connection import conninfo
from tradewind import definitions
from tradewind.settings import Settings
from tradewind.trace.errors import TraceError
from tradewind.trace.files import Load, NotAtHand, cells_in_file
from tradewind.trace.lines import Cells, Lines
from tradewind.trace.routes import Figure, figures_called
from tradewind.trace.sums import Sum, with_values
from tradewind.trace.where import Asked, condition, fitting

#: Adds without rounding.
_EXACT = Context(prec=200)

#: Lines that are fetched at a time.
_BATCH = 20_000


class Cell(NamedTuple):
    """A cell: its header, what stands in the file (None where the file is gone), what was loaded."""

    header: str
    written: str | None
    loaded: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file, and what it adds to the sum.

    Attributes:
        number: of the line in a text file, or the row in a sheet, from 1.
        value: what it adds; None where the figure is not known, or has no amount in the reporting currency.
        amount: the figure as the fact has it, in the line's currency; None where the line is only counted.
        computed: the same, computed from the cells; None where it cannot be.
        currency: of the amount, None where it is not money.
        rate: by which it was converted; None where there is none.
        cells: those that the figure is made of.
        fault: what does not agree; empty where all does.
    """

    number: int
    value: Decimal | None
    amount: Decimal | None
    computed: Decimal | None
    currency: str | None
    rate: Decimal | None
    cells: tuple[Cell, ...]
    fault: str = ""


@dataclass
class FileTrace:
    """The lines of a file that a sum is made of; `shown` are the first of them.

    `amount` is their total in `currency`, None where they have several or none; `notes` say what a person
    should know, and `faults` what does not add up.
    """

    load: Load
    lines: int = 0
    value: Decimal | None = None
    amount: Decimal | None = None
    currencies: set[str | None] = field(default_factory=set)
    shown: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass
class SumTrace:
    """One sum of the figure on all its steps; totals are None where no value is known."""

    sum: Sum
    lines: Lines
    mart_rows: int
    mart_total: Decimal | None
    largest: list[tuple]
    dimensions: tuple[str, ...]
    fact_lines: int = 0
    fact_total: Decimal | None = None
    files: list[FileTrace] = field(default_factory=list)

    @property
    def file_total(self) -> Decimal | None:
        """What the lines of all files add up to, without those whose cells say something else."""
        return total(each.value for each in self.files) if self.files else self.fact_total

    @property
    def adds_up(self) -> bool:
        return (
            self.mart_total == self.fact_total
            and self.fact_total == self.file_total
            and not any(each.faults for each in self.files)
        )


@dataclass
class Trace:
    """A figure with all its steps: `value` on the dashboard, `traced` from the lines of files."""

    figure: Figure
    asked: Asked
    value: Decimal | None
    sums: list[SumTrace]
    traced: Decimal | None = None

    @property
    def adds_up(self) -> bool:
        return self.value == self.traced and all(each.adds_up for each in self.sums)


#: Is given each line with the sum and the file that it belongs to.
Sink = Callable[[Sum, Load, Line], object]


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The exact sum of those that are known; None where none is, as in SQL."""
    known = [each for each in values if each is not None]
    return reduce(_EXACT.add, known) if known else None


def trace(
    name: str,
    conditions: Asked,
    settings: Settings,
    *,
    mart: str | None = None,
    shown: int = 10,
    sink: Sink | None = None,
) -> Trace:
    """Trace a figure to its lines.

    Args:
        name: of the metric, or its label on dashboards.
        conditions: which part of the mart.
        mart: the only mart to look in.
        shown: how many rows and lines of each table to keep.
        sink: is given every line.

    Raises:
        TraceError: there is no such figure, it is not a sum of lines, or nothing matches.
        psycopg.Error: the warehouse does not answer, or was never built.
    """
    figure = fitting(figures_called(name, definitions.read_marts(), mart), conditions)
    with _reading(settings) as connection:
        try:
            of_mart, of_lines = condition(connection, figure, conditions)
            value, rows = _on_dashboard(connection, figure, of_mart)
        except psycopg.errors.UndefinedTable as error:
            raise TraceError(f"{figure.mart.name} is not published yet: make build") from error
        if not rows:
            raise TraceError(
                f"no row of {figure.mart.name} matches {conditions.text}: {_span(connection, figure)}"
            )
        follower = _Follower(connection, settings, shown, sink)
        sums = [
            follower.follow(figure, wanted, lines, of_mart, of_lines)
            for wanted, lines in figure.lines.items()
        ]
        expression = with_values(figure.metric, {each.sum: each.file_total for each in sums})
        (traced,) = connection.execute(sql.SQL("select {}").format(sql.SQL(expression))).fetchone()
    return Trace(figure, conditions, value, sums, _decimal(traced))


@contextmanager
def _reading(settings: Settings) -> Iterator[psycopg.Connection]:
    with psycopg.connect(
        conninfo(settings, "transformer"), connect_timeout=10, application_name="tradewind trace"
    ) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection


def _on_dashboard(
    connection: psycopg.Connection, figure: Figure, where: sql.Composable
) -> tuple[Decimal | None, int]:
    query = sql.SQL("select {}, count(*) from marts.{} where {}").format(
        sql.SQL(figure.metric.expression), sql.Identifier(figure.mart.name), where
    )
    value, rows = connection.execute(query).fetchone()
    return _decimal(value), rows


def _span(connection: psycopg.Connection, figure: Figure) -> str:
    query = sql.SQL("select min({0}), max({0}) from marts.{1}").format(
        sql.Identifier(figure.mart.day or "month"), sql.Identifier(figure.mart.name)
    )
    first, last = connection.execute(query).fetchone()
    return f"its rows run from {first} to {last}" if first else "it is empty"


class _Follower:
    """Follows sums on one connection."""

    def __init__(
        self, connection: psycopg.Connection, settings: Settings, shown: int, sink: Sink | None
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._shown = shown
        self._sink = sink
        self._contracts = {each.source: each for each in find_contracts().contracts}

    def follow(
        self,
        figure: Figure,
        wanted: Sum,
        lines: Lines,
        of_mart: sql.Composable,
        of_lines: sql.Composable,
    ) -> SumTrace:
        """One sum, on all its steps."""
        found = self._in_mart(figure, wanted, lines, of_mart)
        measures = [each for each in wanted.columns if each in lines.measures]
        base = lines.measures[measures[0]] if len(measures) == 1 else None
        query = sql.SQL(
            "select source, load_id, file_line, cast({of} as numeric) as value,"
            " cast({base} as numeric) as amount, {money}"
            " from ({lines}) as lines where {where} order by source, load_id, file_line"
        ).format(
            of=sql.SQL(wanted.of),
            base=sql.Identifier(f"of_line_{base}") if base else sql.SQL("null"),
            money=sql.SQL(
                "currency, rate" if base in lines.money else "null as currency, cast(null as numeric) as rate"
            ),
            lines=lines.query(self._settings),
            where=of_lines,
        )
        with self._connection.cursor("lines", row_factory=namedtuple_row) as cursor:
            cursor.itersize = _BATCH
            cursor.execute(query)
            for (source, load_id), group in groupby(cursor, key=attrgetter("source", "load_id")):
                members = list(group)
                found.fact_lines += len(members)
                found.fact_total = total([found.fact_total, *(each.value for each in members)])
                cells = lines.cells(source, base) if base else Cells()
                found.files.append(self._file(source, load_id, members, cells, wanted))
        if not found.files and found.mart_total == 0:  # rows of months and countries without sales
            found.fact_total = found.mart_total
        return found

    def _in_mart(self, figure: Figure, wanted: Sum, lines: Lines, where: sql.Composable) -> SumTrace:
        mart = sql.Identifier(figure.mart.name)
        names = tuple(
            name for name in figure.mart.columns if name in lines.dimensions and name not in _REPEATED
        )
        count, value = self._connection.execute(
            sql.SQL("select count(*), sum({}) from marts.{} where {}").format(sql.SQL(wanted.of), mart, where)
        ).fetchone()
        largest = self._connection.execute(
            sql.SQL(
                "select {}, {of} from marts.{mart} where {where} order by abs({of}) desc nulls last, {names}"
                " limit {shown}"
            ).format(
                sql.SQL(", ").join(map(sql.Identifier, names)),
                of=sql.SQL(wanted.of),
                mart=mart,
                where=where,
                names=sql.SQL(", ").join(map(sql.Identifier, names)),
                shown=sql.Literal(self._shown),
            )
        ).fetchall()
        return SumTrace(wanted, lines, count, _decimal(value), largest, names)

    def _file(self, source: str, load_id: int, members: list, cells: Cells, wanted: Sum) -> FileTrace:
        load = self._load(source, load_id)
        found = FileTrace(load)
        contract = self._contracts.get(source)
        if cells.why:
            found.notes.append(cells.why)
        loaded = self._loaded(load, members, cells, contract)
        written: Mapping[int, list[tuple[str, str | None]]] | None
        try:
            written = cells_in_file(
                load,
                [each.file_line for each in members],
                cells.columns,
                self._contracts,
                self._settings.landing,
            )
        except NotAtHand as reason:
            found.notes.append(f"{reason}: the raw table's values are shown in its place")
            written = None
        headers = _headers(contract, cells.columns)
        for each in members:
            line = _line(each, headers, loaded.get(each.file_line), written, cells)
            self._take(found, line, wanted)
        if unknown := sum(each.value is None for each in members):
            found.notes.append(_without_value(unknown, members))
        return found

    def _take(self, found: FileTrace, line: Line, wanted: Sum) -> None:
        found.lines += 1
        if line.fault:
            found.faults.append(f"line {line.number:,}: {line.fault}")
        else:
            found.value = total([found.value, line.value])
        found.amount = total([found.amount, line.amount if line.computed is None else line.computed])
        if line.amount is not None:
            found.currencies.add(line.currency)
        if len(found.shown) < self._shown:
            found.shown.append(line)
        if self._sink:
            self._sink(wanted, found.load, line)

    def _load(self, source: str, load_id: int) -> Load:
        row = self._connection.execute(
            "select load_id, source, file_name, part, sha256, path, rows_read, rows_rejected"
            " from ops.loads where load_id = %s",
            [load_id],
        ).fetchone()
        if row is None:
            raise TraceError(f"the ledger does not have load {load_id} of {source}")
        return Load(*row)

    def _loaded(self, load: Load, members: list, cells: Cells, contract: Contract | None) -> dict[int, tuple]:
        """What the raw table has by the line: the figure by the formula, and the cells' values as text."""
        if contract is None:
            return {}
        query = sql.SQL(
            "select {table}._line, cast({formula} as numeric) {cells} from staging.{raw} as {table}"
            " where {table}._load_id = {load} and {table}._line = any({lines})"
        ).format(
            table=sql.Identifier(contract.table),
            formula=sql.SQL(cells.formula or "null"),
            cells=sql.SQL("").join(
                sql.SQL(", cast({}.{} as text)").format(sql.Identifier(contract.table), sql.Identifier(name))
                for name in cells.columns
            ),
            raw=sql.Identifier(contract.raw_table),
            load=sql.Literal(load.load_id),
            lines=sql.Literal([each.file_line for each in members]),
        )
        return {line: values for line, *values in self._connection.execute(query)}


#: Columns that only repeat what others say.
_REPEATED = frozenset(
    [
        "country_code",
        "state_code",
        "iso_code",
        "region",
        "week",
        "fiscal_year",
        "fiscal_quarter",
        "fiscal_period",
        "fiscal_week",
        "period_of_fiscal_year",
        "seller_key",
    ]
)


def _line(
    member,
    headers: list[str],
    loaded: list | None,
    written: Mapping[int, list[tuple[str, str | None]]] | None,
    cells: Cells,
) -> Line:
    """A line with its cells, and what does not agree between file, raw table and fact."""
    computed, *values = loaded or [None, *[None] * len(headers)]
    in_file = written.get(member.file_line) if written is not None else None
    fault = ""
    if loaded is None:
        fault = "the raw table does not have it"
    elif written is not None and in_file is None:
        fault = "the file does not have it, or the contract refuses it now"
    elif in_file and (wrong := _differing(headers, in_file, values)):
        fault = f"the file says {wrong}"
    elif cells.formula and computed != member.amount:
        fault = f"its cells make {computed}, and the fact has {member.amount}"
    texts = [text for text, _ in in_file] if in_file else [None] * len(headers)
    return Line(
        number=member.file_line,
        value=member.value,
        amount=member.amount,
        computed=computed,
        currency=member.currency,
        rate=member.rate,
        cells=tuple(map(Cell, headers, texts, values)),
        fault=fault,
    )


def _differing(headers: list[str], in_file: list[tuple[str, str | None]], values: list) -> str:
    for header, (text, parsed), value in zip(headers, in_file, values, strict=True):
        if not _same_text(parsed, value):
            return f"{header} {text!r}, and {value} was loaded"
    return ""


def _same_text(parsed: str | None, loaded: str | None) -> bool:
    """Whether both are the same value in Postgres, in whatever form: a number, a time, a text."""
    if parsed == loaded or parsed is None or loaded is None:
        return parsed == loaded
    try:
        return Decimal(parsed) == Decimal(loaded)
    except InvalidOperation:
        return _same_time(parsed, loaded)


def _same_time(parsed: str, loaded: str) -> bool:
    """Whether both are the same time, in whatever form or zone."""
    try:
        return datetime.fromisoformat(parsed) == datetime.fromisoformat(loaded)
    except ValueError:
        return False


def _headers(contract: Contract | None, columns: tuple[str, ...]) -> list[str]:
    if contract is None:
        return list(columns)
    return [contract.columns[contract.position(name)].header for name in columns]


def _without_value(unknown: int, members: list) -> str:
    lines = "1 line adds" if unknown == 1 else f"{unknown:,} lines add"
    missing = [each for each in members if each.value is None and each.amount is not None]
    codes = ", ".join(sorted({each.currency for each in missing if each.currency and each.rate is None}))
    if codes:
        return f"{lines} nothing: no exchange rate for {codes} on their days"
    return f"{lines} nothing: the figure, or its exchange rate, is not known there"


def _decimal(value: object) -> Decimal | None:
    return value if value is None or isinstance(value, Decimal) else Decimal(str(value))
