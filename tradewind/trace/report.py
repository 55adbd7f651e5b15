"""A trace as a person reads it, and as programs do."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ingestion.tabular.cells import printable
from tradewind.trace.files import Load
from tradewind.trace.follow import FileTrace, Line, SumTrace, Trace
from tradewind.trace.sums import Sum
from tradewind.trace.where_shown import charts_of

#: Decimals that are shown of a ratio.
_PLACES = 6

#: Charts that are named.
_CHARTS = 4

#: Keys of a line's record, with their headings.
COLUMNS = {
    "sum": "Sum",
    "source": "Source",
    "load": "Load",
    "file": "File",
    "sheet": "Sheet",
    "line": "Line",
    "cells": "Cells in the file",
    "loaded": "Loaded as",
    "amount": "Amount",
    "currency": "Currency",
    "rate": "Rate",
    "value": "Adds",
    "fault": "Does not agree",
}


def record(wanted: Sum, load: Load, line: Line) -> dict[str, Any]:
    """A line for a table of all lines."""
    cells = [(each.header, each.written) for each in line.cells if each.written is not None]
    return {
        "sum": str(wanted),
        "source": load.source,
        "load": load.load_id,
        "file": load.file_name,
        "sheet": load.part,
        "line": line.number,
        "cells": "; ".join(f"{header}: {text}" for header, text in cells),
        "loaded": "; ".join(f"{each.header}: {each.loaded}" for each in line.cells),
        "amount": line.amount if line.computed is None else line.computed,
        "currency": line.currency,
        "rate": line.rate,
        "value": line.value,
        "fault": line.fault,
    }


def summary(found: Trace) -> dict[str, Any]:
    """The steps of a trace with their totals, for programs; amounts are texts, which are exact."""
    return {
        "metric": found.figure.metric.name,
        "mart": found.figure.mart.name,
        "where": found.asked.text,
        "value": found.value,
        "traced": found.traced,
        "adds_up": found.adds_up,
        "sums": [
            {
                "sum": str(each.sum),
                "mart_rows": each.mart_rows,
                "mart_total": each.mart_total,
                "fact": each.lines.fact,
                "fact_lines": each.fact_lines,
                "fact_total": each.fact_total,
                "file_total": each.file_total,
                "adds_up": each.adds_up,
                "files": [
                    {
                        "file": file.load.file_name,
                        "sheet": file.load.part,
                        "load": file.load.load_id,
                        "lines": file.lines,
                        "value": file.value,
                        "notes": file.notes,
                        "faults": file.faults,
                    }
                    for file in each.files
                ],
            }
            for each in found.sums
        ],
    }


def show(found: Trace, console: Console, currency: str) -> None:
    """Print the trace, step by step; `currency` is the code of the one that is reported in."""
    metric, mart = found.figure.metric, found.figure.mart
    unit = f" {metric.unit_where(currency)}".rstrip()
    console.print(
        f"[bold]{metric.label}[/bold], {escape(found.asked.text)}: [bold]{number(found.value)}[/bold]{unit}"
    )
    console.print(f"{metric.expression} over marts.{mart.name}. {metric.description}", markup=False)
    if charts := charts_of(mart.name, metric.name):
        more = len(charts) - _CHARTS
        console.print(
            f"Shown by {'; '.join(charts[:_CHARTS])}{f' and {more} more' if more > 0 else ''}", markup=False
        )
    for place, each in enumerate(found.sums, start=1):
        heading = f"{place} of {len(found.sums)}: " if len(found.sums) > 1 else ""
        _show_sum(each, heading, console)
    console.print()
    if found.adds_up:
        console.print(
            f"It adds up: the lines make {number(found.traced)}, the dashboard shows {number(found.value)}.",
            style="green",
        )
    else:
        console.print(
            f"It does not add up: the lines make {number(found.traced)}, the dashboard shows"
            f" {number(found.value)}.",
            style="red",
        )
        for reason in _reasons(found):
            console.print(f"- {reason}", markup=False)


def _reasons(found: Trace) -> list[str]:
    """What may be the cause, step by step."""
    said = []
    for each in found.sums:
        if each.mart_total != each.fact_total:
            said.append(
                f"{each.sum}: the mart has {number(each.mart_total)}, {each.lines.fact}"
                f" {number(each.fact_total)}. The last build may have failed before it published, or a"
                " setting of currencies was changed since: make build"
            )
        for file in each.files:
            said += [f"{file.load.shown}, {fault}" for fault in file.faults[:5]]
            if len(file.faults) > 5:
                said.append(f"{file.load.shown}: {len(file.faults) - 5:,} more lines that do not agree")
    return said


def _show_sum(found: SumTrace, heading: str, console: Console) -> None:
    console.print()
    steps = Table("step", "what", "rows", "adds up to", "", title=f"{heading}{found.sum}", box=SIMPLE_HEAD)
    steps.title_justify = "left"
    for column in (2, 3):
        steps.columns[column].justify = "right"
    mart, fact, files = found.mart_total, found.fact_total, found.file_total
    steps.add_row("1", "rows of the mart", f"{found.mart_rows:,}", number(mart), "")
    steps.add_row(
        "2", f"lines of {found.lines.fact}", f"{found.fact_lines:,}", number(fact), _verdict(mart, fact)
    )
    lines = sum(each.lines for each in found.files)
    of = f"lines of {_counted(len(found.files), 'file', 'files')}"
    steps.add_row("3", of, f"{lines:,}", number(files), _verdict(fact, files))
    console.print(steps)
    console.print(_mart_rows(found))
    _cut(found.mart_rows, len(found.largest), "rows of the mart", console)
    if found.files:
        console.print(_files(found.files))
        for each in found.files[:_FILES]:
            _show_file(each, console)
        _cut(len(found.files), _FILES, "files", console)


#: Files whose lines are shown.
_FILES = 3


def _mart_rows(found: SumTrace) -> RenderableType:
    # a dimension that says the same in all rows is said by the conditions
    several = [
        place
        for place in range(len(found.dimensions))
        if len({row[place] for row in found.largest}) > 1 or len(found.largest) == 1
    ]
    table = Table(*(found.dimensions[place] for place in several), box=SIMPLE_HEAD)
    table.add_column(str(found.sum), justify="right")
    for row in found.largest:
        table.add_row(*(Text(printable(str(row[place]))) for place in several), number(row[-1]))
    return table


def _files(files: Sequence[FileTrace]) -> RenderableType:
    table = Table("load", "file", "lines", "of rows", "in the file", "adds", box=SIMPLE_HEAD)
    for column in (0, 2, 3, 4, 5):
        table.columns[column].justify = "right"
    for each in files[:_LISTED]:
        rejected = f", {each.load.rows_rejected:,} rejected" if each.load.rows_rejected else ""
        table.add_row(
            str(each.load.load_id),
            Text(each.load.shown),
            f"{each.lines:,}",
            f"{each.load.rows_read:,}{rejected}",
            _amount(each),
            number(each.value),
        )
    if len(files) > _LISTED:
        table.add_row("", f"… and {len(files) - _LISTED:,} more: --csv FILE lists them", "", "", "", "")
    return table


#: Files that are listed.
_LISTED = 20


def _amount(found: FileTrace) -> str:
    """The total of a file in its own currency."""
    if not found.currencies:
        return ""
    if len(found.currencies) > 1:
        return f"{len(found.currencies)} currencies"
    (code,) = found.currencies
    return f"{number(found.amount)}{f' {code}' if code and code != 'unknown' else ''}"


def _show_file(found: FileTrace, console: Console) -> None:
    headers = [each.header for each in found.shown[0].cells] if found.shown else []
    is_money = any(each.rate is not None and each.value != each.amount for each in found.shown)
    table = Table("line", title=Text(found.load.shown), box=SIMPLE_HEAD)
    table.title_justify = "left"
    table.columns[0].justify = "right"
    for header in headers:
        table.add_column(Text(f"{header} in the file"), justify="right")
        table.add_column("loaded as", justify="right")
    if is_money:
        table.add_column("rate", justify="right")
    table.add_column("adds", justify="right")
    for line in found.shown:
        cells = [
            Text(printable(text) if text is not None else "-")
            for each in line.cells
            for text in (each.written, each.loaded)
        ]
        rate = [number(line.rate, 18)] if is_money else []
        table.add_row(str(line.number), *cells, *rate, Text(number(line.value), "red" if line.fault else ""))
    console.print(table)
    _cut(found.lines, len(found.shown), f"lines of {found.load.shown}", console)
    for note in found.notes:
        console.print(f"  {note}", markup=False)
    if found.load.rows_rejected:
        console.print(
            f"  {found.load.rows_rejected:,} of its rows were rejected:"
            f" python -m ingestion rejected {found.load.load_id}",
            markup=False,
        )


def _cut(count: int, shown: int, what: str, console: Console) -> None:
    if count > shown:
        console.print(f"  … {count - shown:,} more {what}", markup=False)


def _verdict(before: Decimal | None, now: Decimal | None) -> Text:
    if before == now:
        return Text("equal", "green")
    if before is None or now is None:
        return Text("not equal", "red")
    return Text(f"{number(now - before)} off", "red")


def number(value: Decimal | None, places: int = _PLACES) -> str:
    """The number with all its digits, at most so many decimals, and thousands parted."""
    if value is None:
        return "not known"
    text = f"{value:,f}" if -value.as_tuple().exponent <= places else f"{value:,.{places}f}"
    whole, point, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction:0<2}" if fraction or (point and value.as_tuple().exponent < 0) else whole


def _counted(count: int, one: str, several: str) -> str:
    return f"1 {one}" if count == 1 else f"{count:,} {several}"
