"""Parquet files give exact values in the file's order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ingestion.readers import parquet
from ingestion.readers.parquet import ParquetTable, parquet_tables
from ingestion.tabular.table import Row, Unreadable


def write(path: Path, query: str, options: str = "") -> Path:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet{options})")
    return path


def table(path: Path, query: str) -> ParquetTable:
    (only,) = parquet_tables(write(path, query))
    return only


@pytest.fixture
def path(tmp_path: Path) -> Path:
    # A name that DuckDB would take for a pattern, and hive for a column.
    folder = tmp_path / "year=2014"
    folder.mkdir()
    return folder / "[a]*.parquet"


def test_rows_in_order_with_names(path: Path) -> None:
    numbers = table(path, 'SELECT range AS n, \'x\' || range AS "a ""b""" FROM range(5000)')
    assert (numbers.name, numbers.guess, numbers.head) == ("", 0, [Row(1, ["n", 'a "b"'])])
    rows = list(numbers.rows(1, 2))
    assert rows[0] == Row(1, [0, "x0"])
    assert [row.cells[0] for row in rows] == list(range(5000))
    assert [row.line for row in rows] == list(range(1, 5001))


@pytest.mark.parametrize("value", ["'nan'::DOUBLE", "'-nan'::DOUBLE", "'nan'::FLOAT", "NULL::DOUBLE"])
def test_nan_is_a_missing_value(path: Path, value: str) -> None:
    assert [row.cells for row in table(path, f"SELECT 1 AS id, {value} AS v").rows(1, 2)] == [[1, None]]


def test_infinity_is_not_a_missing_value(path: Path) -> None:
    cells = [row.cells[1] for row in table(path, "SELECT 1 AS id, 'inf'::DOUBLE AS v").rows(1, 2)]
    assert cells == [float("inf")]


def test_the_index_of_a_data_frame_is_not_a_column(path: Path) -> None:
    frame = table(path, "SELECT 5 AS id, 0 AS __index_level_0__, 'x' AS __index_level_1__")
    assert frame.head == [Row(1, ["id"])]
    assert [row.cells for row in frame.rows(1, 1)] == [[5]]
    assert [each.kind for each in frame.remarks] == ["passed_over", "passed_over"]
    alone = table(path.with_name("b.parquet"), "SELECT 5 AS __index_level_0__")
    assert alone.head == [Row(1, ["__index_level_0__"])] and not alone.remarks


@pytest.mark.parametrize(
    ("noted", "zone"),
    [
        ('{"columns": [{"field_name": "at", "metadata": {"timezone": "Europe/Berlin"}}]}', "Europe/Berlin"),
        ('{"columns": [{"field_name": "at", "metadata": {"timezone": "Mars/Olympus"}}]}', "UTC"),
        ('{"columns": [{"field_name": "other"}, {"field_name": "at", "metadata": null}]}', "UTC"),
        ("no JSON", "UTC"),
    ],
)
def test_instants_are_in_the_zone_that_pandas_notes(path: Path, noted: str, zone: str) -> None:
    query = "SELECT TIMESTAMPTZ '2024-06-30 22:00:00+00' AS at UNION ALL SELECT NULL"
    (instants,) = parquet_tables(write(path, query, f", KV_METADATA {{pandas: '{noted}'}}"))
    (moment,), *_ = [row.cells for row in instants.rows(1, 1)]
    assert (moment, str(moment.tzinfo)) == (datetime(2024, 6, 30, 22, tzinfo=UTC), zone)


def test_nanoseconds_are_cut_off_with_a_remark(path: Path) -> None:
    fine = (
        "SELECT TIMESTAMP_NS '2014-01-02 03:04:05.678901234' AS at, TIMESTAMP_NS '2014-01-02 03:04:05' AS b"
    )
    table_ = table(path, fine)
    list(table_.rows(1, 2))
    assert [each.text.partition(":")[0] for each in table_.remarks] == ["column 'at'"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12.50::DECIMAL(12, 2)", Decimal("12.50")),
        (
            "12345678901234567890123456789012345.678::DECIMAL(38, 3)",
            Decimal("12345678901234567890123456789012345.678"),
        ),
        ("9223372036854775807", 9223372036854775807),
        ("0.1::FLOAT", 0.1),
        ("0.1::DOUBLE", 0.1),
        ("true", True),
        ("'é'", "é"),
        ("DATE '2014-01-02'", date(2014, 1, 2)),
        ("TIMESTAMP '2014-01-02 03:04:05.678901'", datetime(2014, 1, 2, 3, 4, 5, 678901)),
        ("TIMESTAMP_NS '2014-01-02 03:04:05.678901234'", datetime(2014, 1, 2, 3, 4, 5, 678901)),
        ("TIMESTAMPTZ '2014-01-02 03:04:05+02'", datetime(2014, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("TIME '10:00:00'", "10:00:00"),
        ("INTERVAL 3 DAY", "3 days"),
        ("'8b5ab6d7-2b5c-4a0f-9a0c-0d2f6c1f6f2e'::UUID", "8b5ab6d7-2b5c-4a0f-9a0c-0d2f6c1f6f2e"),
        ("'ab'::BLOB", "ab"),
        ("[1.50::DECIMAL(5, 2), NULL]", "[1.50, null]"),
        ("{'a': 1, 'b': ['x']}", '{"a": 1, "b": ["x"]}'),
        ("MAP {'k': 1.25::DECIMAL(5, 2)}", '{"k": 1.25}'),
    ],
)
def test_values(path: Path, value: str, expected: object) -> None:
    (row,) = table(path, f"SELECT {value} AS v, NULL AS n").rows(1, 2)
    assert row.cells == [expected, None]
    assert type(row.cells[0]) is type(expected)


def test_rows_without_values_are_counted(path: Path) -> None:
    values = table(path, "SELECT * FROM (VALUES (1, 'x'), (NULL, NULL), (NULL, ' '), (0, NULL)) AS t(a, b)")
    assert [row.line for row in values.rows(1, 2)] == [1, 4]
    assert values.passed_over == {"blank": 2}


def test_bytes_that_are_not_text(path: Path) -> None:
    first, second = table(path, "SELECT * FROM (VALUES ('\\xFF'::BLOB), ('ok'::BLOB)) AS t(picture)").rows(
        1, 1
    )
    assert (first.line, first.cells) == (1, ())
    assert "'picture' holds bytes, not text" in first.fault.text
    assert second == Row(2, ["ok"])


def test_other_width(path: Path) -> None:
    (row,) = table(path, "SELECT 1 AS a").rows(1, 2)
    assert row.fault.text == "1 cells, 2 expected"


def test_damaged_files(path: Path) -> None:
    whole = write(path, "SELECT range AS n, md5(range::VARCHAR) AS t FROM range(5000)").read_bytes()
    for broken in (whole[: len(whole) // 2], b"PAR1", b"PAR1" * 5, whole[:4] + b"\xff" * 3000 + whole[3004:]):
        path.write_bytes(broken)
        with pytest.raises(
            Unreadable, match=r"cannot be read .*: write it again, or ask for it again"
        ) as error:
            for _ in parquet_tables(path)[0].rows(1, 2):
                pass
        assert "/proc" not in str(error.value)


def test_memory_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, "SELECT repeat('x' || range, 500000) AS t FROM range(60)")
    monkeypatch.setitem(parquet._SETTINGS, "memory_limit", "10MB")
    with pytest.raises(Unreadable, match=r"more than .* of memory to read: write it in smaller row groups"):
        list(parquet_tables(path)[0].rows(1, 1))


def test_duckdb_can_read_only_the_file(path: Path, tmp_path: Path) -> None:
    """Only the one file can be read, whatever it makes DuckDB do."""
    (tmp_path / "secret.csv").write_text("a\n1\n")
    numbers = table(path, "SELECT 1 AS a")
    with pytest.raises(duckdb.PermissionException):
        numbers._connection.execute(f"FROM read_csv('{tmp_path / 'secret.csv'}')")
    with pytest.raises(duckdb.InvalidInputException):
        numbers._connection.execute("SET enable_external_access = true")
