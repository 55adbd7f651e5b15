"""Sales files in a tidy form, and what must be the same in the warehouse whatever happens on the way."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from ingestion.contract.files import CONTRACTS, read_contract
from ingestion.contract.model import Contract
from ingestion.sample import sample_path, write_sample_file

HEADER = (
    "Segment,Country,Product,Discount Band,Units Sold,Manufacturing Price,Sale Price,Gross Sales,Discounts,"
    "Sales,COGS,Profit,Date,Month Number,Month Name,Year"
)

#: Rows from which a tidy file is large enough to be checked as a whole.
BULK_ROWS = 20_000

UNTIL = date(2024, 12, 1)

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC).timestamp()

#: One line for everything that must be equal, without load numbers and times.
_STATE = """
    select 'raw ' || (to_jsonb(raw) - '_load_id')::text from staging.raw_sales_transactions as raw
    union all
    select 'rejected ' || (to_jsonb(rejected) - 'load_id')::text from ops.rejected_rows as rejected
    union all
    select 'scope ' || (to_jsonb(scopes) - '{load_id,scope_id}'::text[])::text from ops.load_scopes as scopes
    union all
    select 'current ' || scope from ops.current_scopes
    union all
    select 'load ' || (
        to_jsonb(loads) - '{load_id,precedence,path,message,started_at,finished_at,arrived_at}'::text[]
    )::text
    from ops.loads
    union all
    select 'not attached: ' || relname from pg_class
    where relnamespace = 'staging'::regnamespace and relname ~ '__[0-9]+_'
        and not exists (select from pg_inherits where inhrelid = pg_class.oid)
"""
_DIGEST = f"select md5(string_agg(line, ' ' order by line)) from ({_STATE}) as everything (line)"

_COUNTRIES = ("Canada", "France", "Germany", "Mexico", "United States of America")
_SEGMENTS = ("Channel Partners", "Enterprise", "Government", "Midmarket", "Small Business")


def state(query: Callable) -> str:
    """A digest of raw rows with their lines, quarantine, scopes and ledger, and of leftover tables."""
    return query(_DIGEST)[0][0]


def tidy_rows(count: int, year: int = 2014) -> Iterator[list[str]]:
    """Rows that fit the contract of sales.transactions in its plainest form: five countries, two months."""
    for i in range(count):
        units, month = i % 997 + 1, ("January", "February")[i // 5 % 2]
        number = ("January", "February").index(month) + 1
        gross, discount, cost = units * 20, units, units * 13
        yield [
            _SEGMENTS[i // 10 % 5],
            _COUNTRIES[i % 5],
            f"Product {i % 7}",
            "Low",
            f"{units}.50",
            "3.00",
            "20.00",
            *(
                f"{amount}.00"
                for amount in (gross, discount, gross - discount, cost, gross - discount - cost)
            ),
            f"{year}-{number:02}-{i % 28 + 1:02}",
            str(number),
            month,
            str(year),
        ]


def write_rows(path: Path, rows: Iterable[Sequence[str]], header: str = HEADER) -> Path:
    """A comma-separated file of these rows, in which nothing needs quotes."""
    path.write_text("".join(f"{line}\n" for line in [header, *map(",".join, rows)]), encoding="utf-8")
    return settled(path)


def write_tidy_file(path: Path, rows: int = BULK_ROWS, year: int = 2014, broken: int = 100) -> Path:
    """A tidy file in which every row whose number is a multiple of `broken` is broken."""
    return write_rows(path, _broken(list(tidy_rows(rows, year)), broken))


def sales_contract(**changes: object) -> Contract:
    """The contract of sales.transactions with other attributes."""
    return replace(read_contract(CONTRACTS / "sales" / "transactions.yaml"), **changes)


def write_untidy_file(folder: Path, rows: int = 6_000, seed: int = 1) -> Path:
    """A sample file, which is read row by row, with one broken row in a hundred."""
    write_sample_file(folder, rows=rows, until=UNTIL, seed=seed)
    path = sample_path(folder, UNTIL)
    header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[99::100] = [f"broken,{line}" for line in lines[99::100]]
    path.write_text(header + "".join(lines), encoding="utf-8", newline="")
    return settled(path)


#: Functions that write a file into a folder, by the way in which it is loaded.
WRITE = {"bulk": lambda folder: write_tidy_file(folder / "tidy.csv"), "rows": write_untidy_file}


def settled(path: Path) -> Path:
    """The file, as if it had been there for long, so that a loader takes it at once."""
    os.utime(path, (_LONG_AGO, _LONG_AGO))
    return path


def _broken(rows: list[list[str]], every: int) -> list[list[str]]:
    return [row if number % every else ["broken", *row] for number, row in enumerate(rows, 1)]
