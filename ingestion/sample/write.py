"""Writes the sample files: those of sales alone, or those of all sources."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ingestion.sample import engagement, inventory, sales, targets
from ingestion.sample.ecommerce import write_ecommerce
from ingestion.sample.files import Files
from ingestion.sample.period import last_complete_month
from ingestion.sample.sales import ROWS, SEED
from ingestion.sample.sales_totals import SalesTotals


def write_sample_file(folder: Path, *, rows: int = ROWS, until: date | None = None, seed: int = SEED) -> int:
    """Write one file of sample sales into `folder`; returns its number of rows.

    The file appears in one step, complete. The same arguments give the same bytes.

    Args:
        until: any day of the last month; by default the last complete one.
    """
    with Files(folder) as files:
        _write_sales(files, rows, until or last_complete_month(), seed)
    return rows


def write_sample_files(
    folder: Path, *, rows: int = ROWS, until: date | None = None, seed: int = SEED
) -> dict[Path, int]:
    """Write sample files of all sources into `folder`; returns the number of rows of each.

    The files appear together, complete. The same arguments give the same bytes.

    Args:
        rows: of sales; e-commerce has three orders for four of them. Engagement, inventory and targets have
            a row a day, a week or a month, and fit the sales in size.
        until: any day of the last month; by default the last complete one.
    """
    until = until or last_complete_month()
    with Files(folder) as files:
        totals = _write_sales(files, rows, until, seed)
        for source, module in (("engagement", engagement), ("inventory", inventory), ("targets", targets)):
            table = files.table(f"{source}_until_{until:%Y-%m}.csv", module.HEADER)
            for row in module.rows(totals, until, seed):
                table.write(*row)
        write_ecommerce(files, rows * 3 // 4, until, seed)
    return files.rows


def _write_sales(files: Files, rows: int, until: date, seed: int) -> SalesTotals:
    table = files.table(sales.sample_path(files.folder, until).name, sales.HEADER)
    totals = SalesTotals()
    for sale in sales.drawn_sales(rows, until, seed):
        table.write(*sale.cells())
        totals.add(sale)
    return totals
