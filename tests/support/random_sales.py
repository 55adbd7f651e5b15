"""Files of random sales: seeded, so that every machine gets the same rows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

SEED = 1

#: Bytes per row, approximately.
ROW_BYTES = 125

#: Each row is drawn from the digits of one hash, in the base of the number of choices.
_ROWS = """
with drawn as (
    select cast(hash(i, {seed}) >> 1 as bigint) as h from range({rows}) as numbers (i)
),
picked as (
    select
        [
            {{'name': 'Government', 'price': 20, 'cost': 10}},
            {{'name': 'Midmarket', 'price': 15, 'cost': 10}},
            {{'name': 'Channel Partners', 'price': 12, 'cost': 3}},
            {{'name': 'Enterprise', 'price': 125, 'cost': 120}},
            {{'name': 'Small Business', 'price': 300, 'cost': 250}}
        ][1 + h % 5] as segment,
        ['Canada', 'France', 'Germany', 'Mexico', 'United States of America'][1 + h // 5 % 5] as country,
        [
            {{'name': 'Carretera', 'price': 3}},
            {{'name': 'Montana', 'price': 5}},
            {{'name': 'Paseo', 'price': 10}},
            {{'name': 'Velo', 'price': 120}},
            {{'name': 'VTT', 'price': 250}},
            {{'name': 'Amarilla', 'price': 260}}
        ][1 + h // 25 % 6] as product,
        [
            {{'name': 'None', 'least': 0, 'span': 1}},
            {{'name': 'Low', 'least': 1, 'span': 4}},
            {{'name': 'Medium', 'least': 5, 'span': 5}},
            {{'name': 'High', 'least': 10, 'span': 6}}
        ][1 + h // 150 % 4] as band,
        cast(1 + h // 600 % 8000 as decimal(6, 0)) * 0.5 as units,
        date '{first_day}' + cast(h // 4800000 % {days} as integer) as day,
        h // 5260800000 % 60 as chance
    from drawn
),
priced as (
    select
        *,
        cast(units * segment.price as decimal(12, 2)) as gross,
        cast(units * segment.price * cast(band.least + chance % band.span as integer) / 100 as decimal(12, 2))
            as discount,
        cast(units * segment.cost as decimal(12, 2)) as cogs
    from picked
)
select
    segment.name as "Segment",
    country as "Country",
    product.name as "Product",
    band.name as "Discount Band",
    cast(units as decimal(12, 2)) as "Units Sold",
    cast(product.price as decimal(12, 2)) as "Manufacturing Price",
    cast(segment.price as decimal(12, 2)) as "Sale Price",
    gross as "Gross Sales",
    discount as "Discounts",
    gross - discount as "Sales",
    cogs as "COGS",
    gross - discount - cogs as "Profit",
    day as "Date",
    month(day) as "Month Number",
    monthname(day) as "Month Name",
    year(day) as "Year"
from priced
{order}
"""


def clean_file(folder: Path, rows: int) -> Path:
    """A file of sales that follow every rule of their contract; created if it is missing."""
    path = folder / f"sales-{rows}-{SEED}.csv"
    return path if path.exists() else write_sales(path, rows, SEED, date(2022, 1, 1), 1096)


def write_sales(
    path: Path, rows: int, seed: int, first_day: date, days: int, *, by_day: bool = False
) -> Path:
    """Write a file of rows drawn evenly from some days, in any order or by day; the same every time."""
    order = "order by day" if by_day else ""
    query = _ROWS.format(seed=seed, rows=rows, first_day=first_day, days=days, order=order)
    with draft_of(path) as draft, duckdb.connect() as connection:
        connection.execute(f"copy ({query}) to '{draft}' (format csv, header, quote '')")
    return path


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A temporary path for a file, which is renamed when it is complete, and deleted otherwise."""
    print(f"writing {path.name}", file=sys.stderr, flush=True)
    draft = path.with_suffix(".part")
    try:
        yield draft
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
