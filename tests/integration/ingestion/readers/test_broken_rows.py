"""A broken row is refused with its place and its reason, but its neighbours are not."""

from __future__ import annotations

from pathlib import Path

from ingestion.loading.load import load

CONTRADICTS = "contradicts the date {}: is one of them wrong, or are day and month swapped?"

#: Line of the published file: bytes replaced, by what, then the column, value and reason to be reported.
BROKEN = {
    2: (b" $1,618.50 ", b"twelve", "Units Sold", "twelve", "'twelve' is not a number"),
    50: (b",2014\r\n", b"\r\n", None, None, "15 cells, 16 expected"),
    51: (b"\r\n", b",extra\r\n", None, None, "17 cells, 16 expected"),
    100: (b"01/04/2014", b"31/02/2014", "Date", "31/02/2014", "'31/02/2014' is not a day of the calendar"),
    200: (
        b"October",
        b"Oktober",
        "Month Name",
        " Oktober ",
        "unknown month name 'Oktober'; known: January, February, March, April, May, June, July, August,"
        " September, October, November, December",
    ),
    301: (
        b"01/01/2014",
        b"02/12/2014",
        "Month Number",
        "1",
        f"month number '1' {CONTRADICTS.format('02 December 2014')}",
    ),
    400: (
        b"01/11/2014",
        b"11/01/2014",
        "Month Number",
        "11",
        f"month number '11' {CONTRADICTS.format('11 January 2014')}",
    ),
    401: (b" Amarilla ", b' "Amarilla ', None, None, "a quote is opened or closed where none belongs"),
    500: (b" Velo ", b" V\xe9lo ", None, None, "byte 28 of the line is not UTF-8"),
    701: (b",5, May ,2014", b",5, May ,", "Year", "", "the value is missing"),
}


def broken_copy(published: Path, folder: Path) -> tuple[Path, dict[int, bytes]]:
    """A copy of the published file with ten broken rows, and the bytes of those by their line."""
    lines = published.read_bytes().splitlines(keepends=True)
    for number, (old, new, *_) in BROKEN.items():
        assert old in lines[number - 1]
        lines[number - 1] = lines[number - 1].replace(old, new, 1)
    path = folder / "broken.csv"
    path.write_bytes(b"".join(lines))
    return path, {number: lines[number - 1] for number in BROKEN}


def test_ten_broken_rows(published_csv: Path, tmp_path: Path, empty_warehouse: str, query) -> None:
    path, raw = broken_copy(published_csv, tmp_path)
    content = path.read_bytes()

    (result,) = load([path], url=empty_warehouse)

    assert result.outcome == "loaded"
    assert (result.rows_read, result.rows_loaded, result.rows_rejected) == (700, 690, 10)
    assert result.message == f"reasons: python -m ingestion rejected {result.load_id}"
    rejected = query("select line, column_name, value, reason from ops.rejected_rows order by line")
    assert rejected == [(line, *expected) for line, (_, _, *expected) in BROKEN.items()]
    places = query("select line, byte_offset, raw from ops.rejected_rows order by line")
    assert [(line, row) for line, _, row in places] == list(raw.items())
    assert all(content[offset:].startswith(row) for _, offset, row in places)
    loaded = {line for (line,) in query("select _line from staging.raw_sales_transactions")}
    assert loaded == set(range(2, 702)) - set(BROKEN)


def test_every_fault_of_a_row_is_kept(
    published_csv: Path, tmp_path: Path, empty_warehouse: str, query
) -> None:
    path = tmp_path / "faults.csv"
    path.write_bytes(
        published_csv.read_bytes()
        .replace(b" $1,618.50 ", b"twelve", 1)
        .replace(b"01/01/2014,1, January ", b"01/01/2014,2, Nivose ", 1)
    )

    load([path], url=empty_warehouse)

    ((reasons,),) = query("select reasons from ops.rejected_rows")
    assert [(fault["column"], fault["value"]) for fault in reasons] == [
        ("Units Sold", "twelve"),
        ("Month Number", "2"),
        ("Month Name", " Nivose "),
    ]


def test_above_the_limit_the_file_is_held(
    published_csv: Path, tmp_path: Path, empty_warehouse: str, query
) -> None:
    lines = published_csv.read_bytes().splitlines(keepends=True)[:101]
    lines[1:11] = [line.replace(b",2014", b",2O14") for line in lines[1:11]]
    path = tmp_path / "misspelled.csv"
    path.write_bytes(b"".join(lines))

    (result,) = load([path], url=empty_warehouse)

    assert (result.outcome, result.rows_read, result.rows_loaded, result.rows_rejected) == (
        "held",
        100,
        0,
        100,
    )
    assert result.message == (
        "nothing taken: 10 of 100 rows are broken, at most 5% may be;"
        " the first is line 2, Year: '2O14' is not a number; or take it as it is:"
        f' python -m ingestion accept {result.load_id} --why "…"'
    )
    assert query("select count(*) from staging.raw_sales_transactions") == [(0,)]
    assert query("select count(*) from ops.load_scopes") == [(0,)]
    assert query("select state, rows_read, rows_loaded, rows_rejected from ops.loads") == [
        ("held", 100, 0, 100)
    ]
    assert query("select count(*) from ops.rejected_rows") == [(10,)]


def test_rows_that_the_models_would_refuse(
    published_csv: Path, tmp_path: Path, empty_warehouse: str, query
) -> None:
    lines = published_csv.read_bytes().splitlines(keepends=True)
    edits = {
        2: (b" $-   ", b" $1.00 ", "Sales", "sales 32370.00 is not gross sales 32370.00 less discounts 1.00"),
        3: (
            b"01/01/2014,1, January ,2014",
            b"01/01/2104,1, January ,2104",
            "Date",
            "'01/01/2104' is after 2049-12-31, the last day allowed",
        ),
        4: (
            b" Carretera ",
            b" unknown ",
            "Product",
            "'unknown' is a reserved word and cannot be a product",
        ),
        5: (b"$8,880.00 ", b"$8,880.02 ", "Profit", "profit 4440.00 is not sales 13320.00 less cogs 8880.02"),
    }
    for number, (old, new, *_) in edits.items():
        assert old in lines[number - 1]
        lines[number - 1] = lines[number - 1].replace(old, new)
    path = tmp_path / "odd.csv"
    path.write_bytes(b"".join(lines))

    (result,) = load([path], url=empty_warehouse)

    assert (result.rows_loaded, result.rows_rejected) == (696, 4)
    assert query("select line, column_name, reason from ops.rejected_rows order by line") == [
        (line, *expected) for line, (_, _, *expected) in edits.items()
    ]
