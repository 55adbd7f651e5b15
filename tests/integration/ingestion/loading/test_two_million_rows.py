"""Of two million rows with ten thousand broken ones, exactly those are refused, and no other is changed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from ingestion.loading.load import load
from tests.support.random_sales import clean_file

ROWS = 2_000_000
BROKEN_A_WAY = 2_000
#: Lines of the first and the last row, below the header.
FIRST, LAST = 2, ROWS + 1

BREAKS: list[tuple[Callable[[bytes], bytes], str | None, str]] = [
    (lambda row: row + b",one more", None, "17 cells, 16 expected"),
    (lambda row: row.rpartition(b",")[0], None, "15 cells, 16 expected"),
    (lambda row: row.replace(b",", b'," ', 1), None, "a quote is opened or closed where none belongs"),
    (lambda row: row.replace(b".", b"x", 1), "Units Sold", "is not a number"),
    (lambda row: row.replace(b",", b"\xff,", 3), None, "is not UTF-8"),
]

MONEY = slice(5, 12)

#: 60 bits of a row's hash, as Postgres writes the row in the format of the file, to be summed up.
ROW_HASH = """
    ('x' || left(md5(_line || ',' || concat_ws(',', segment, country, product, discount_band, units_sold,
        manufacturing_price, sale_price, gross_sales, discounts, sales, cogs, profit, sale_date, month_number,
        month_name, year)), 15))::bit(60)::bigint
"""


def places(chance: random.Random) -> dict[int, int]:
    """The lines to be broken, each with its way: the first and last row, neighbours, and any others."""
    near = [FIRST, FIRST + 1, LAST - 1, LAST, *range(1_000_000, 1_000_020)]
    others = chance.sample(range(FIRST + 2, 1_000_000), 5 * BROKEN_A_WAY // 2)
    others += chance.sample(range(1_000_020, LAST - 1), 5 * BROKEN_A_WAY // 2 - len(near))
    lines = [*near, *others]
    ways = [way for way in range(5) for _ in range(BROKEN_A_WAY)]
    chance.shuffle(ways)
    return dict(zip(lines, ways, strict=True))


def broken_lines(clean: Path, ways: dict[int, int]) -> Iterator[tuple[int, bytes, bool]]:
    """The lines of the broken file, with their numbers and whether they are good."""
    with clean.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number in ways:
                line = BREAKS[ways[number]][0](line.rstrip(b"\n")) + b"\n"
            yield number, line, number not in ways


def write_broken(clean: Path, ways: dict[int, int], target: Path) -> tuple[dict[int, tuple[int, bytes]], int]:
    """Write the file; returns place and bytes of its broken lines, and the sum of the good rows' hashes."""
    broken: dict[int, tuple[int, bytes]] = {}
    offset = digest = 0
    with target.open("wb") as file:
        for number, line, is_sound in broken_lines(clean, ways):
            file.write(line)
            if not is_sound:
                broken[number] = offset, line
            elif number > 1:
                digest += row_hash(number, line)
            offset += len(line)
    return broken, digest


def row_hash(number: int, line: bytes) -> int:
    """Like `ROW_HASH`; Postgres keeps four decimals of money, the file has two."""
    cells = line.rstrip(b"\n").split(b",")
    cells[MONEY] = [cell + b"00" for cell in cells[MONEY]]
    return int(hashlib.md5(b"%d,%b" % (number, b",".join(cells))).hexdigest()[:15], 16)


def test_two_million_rows(empty_warehouse: str, tmp_path: Path) -> None:
    ways = places(random.Random(7))
    path = tmp_path / "sales.csv"
    broken, digest = write_broken(clean_file(tmp_path, ROWS), ways, path)

    (result,) = load([path], url=empty_warehouse)

    assert (result.outcome, result.rows_read) == ("loaded", ROWS)
    assert (result.rows_loaded, result.rows_rejected) == (ROWS - len(ways), len(ways))
    with psycopg.connect(empty_warehouse) as connection:
        assert connection.execute("select way from ops.loads").fetchone() == ("bulk",)
        refused = connection.execute(
            "select line, byte_offset, raw, column_name, reason from ops.rejected_rows"
        ).fetchall()
        found = connection.execute(
            f"select count(*), count(distinct _line), sum({ROW_HASH}) from staging.raw_sales_transactions"
        ).fetchone()
    assert {line: (offset, raw) for line, offset, raw, *_ in refused} == broken
    assert len(refused) == len(broken)
    for line, _, _, column, reason in refused:
        _, expected_column, expected_reason = BREAKS[ways[line]]
        assert column == expected_column
        assert expected_reason in reason
    assert found == (ROWS - len(ways), ROWS - len(ways), digest)
