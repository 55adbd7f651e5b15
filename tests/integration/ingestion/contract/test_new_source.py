"""A new source is one YAML file, from which its table, its loads and its description for dbt follow."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from ingestion.contract.files import read_contracts
from ingestion.contract.model import Contract
from ingestion.describe.dbt_sources import render_sources
from ingestion.loading.load import load
from tests.integration.ingestion.sales_files import write_rows
from tests.unit.ingestion.builders import DATE_STYLE, write_workbook

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: fleet.trips
name: Trips
version: 0.1.0
status: active
domain: fleet
schema:
  - name: trips
    logicalType: object
    physicalType: table
    description: One row a trip of a lorry.
    customProperties:
      - {property: relation, value: {kind: upsert, key: [trip], latest: arrived}}
      - {property: maxRejectedShare, value: 0}
    properties:
      - name: trip
        businessName: Trip No.
        description: Number of the trip.
        logicalType: integer
        physicalType: bigint
        required: true
        classification: public
      - name: driver
        businessName: Driver
        description: Who drove.
        logicalType: string
        physicalType: text
        classification: personal
      - name: started_on
        businessName: Started
        description: Day of the start.
        logicalTypeOptions: {format: yyyy-MM-dd}
        logicalType: date
        physicalType: date
        required: true
        classification: public
      - name: arrived
        businessName: Arrived
        description: When it arrived, if it has.
        logicalTypeOptions: {format: "yyyy-MM-dd HH:mm:ss"}
        logicalType: timestamp
        physicalType: timestamp
        classification: public
      - name: tons
        businessName: Tons
        description: Load in tons.
        logicalType: number
        physicalType: numeric(9,3)
        classification: public
      - name: is_cooled
        businessName: Cooled
        description: Whether it was cooled.
        logicalType: boolean
        physicalType: boolean
        required: true
        classification: public
"""
HEADERS = ("Trip No.", "Driver", "Started", "Arrived", "Tons", "Cooled")
TYPES = ("bigint", "text", "date", "timestamp without time zone", "numeric(9,3)", "boolean")
ROWS = [
    (1, "Ada", date(2024, 1, 1), datetime(2024, 1, 2, 3, 4, 5), Decimal("12.500"), True),
    (2, None, date(2024, 1, 2), None, None, False),
]


def as_csv(folder: Path) -> Path:
    rows = [["" if cell is None else str(cell) for cell in row] for row in ROWS]
    return write_rows(folder / "trips.csv", rows, ",".join(HEADERS))


def as_workbook(folder: Path) -> Path:
    """With the days as a workbook has them: numbers that are shown as dates."""
    rows: list[Sequence] = [HEADERS]
    for trip, driver, started, arrived, tons, is_cooled in ROWS:
        day = (started - date(1899, 12, 30)).days
        rows.append(
            [trip, driver, (day, DATE_STYLE), arrived and str(arrived), tons and float(tons), str(is_cooled)]
        )
    return write_workbook(folder / "trips.xlsx", {"Trips": dict(enumerate(rows, 1))})


def as_parquet(folder: Path) -> Path:
    path = folder / "trips.parquet"
    types = ("bigint", "varchar", "date", "timestamp", "decimal(9,3)", "boolean")
    columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(HEADERS, types, strict=True))
    with duckdb.connect() as connection:
        connection.execute(f"create table trips ({columns})")
        connection.executemany("insert into trips values (?, ?, ?, ?, ?, ?)", ROWS)
        connection.execute(f"copy trips to '{path}' (format parquet)")
    return path


def as_json_lines(folder: Path) -> Path:
    path = folder / "trips.jsonl"
    lines = [json.dumps(dict(zip(HEADERS, row, strict=True)), default=str) for row in ROWS]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def contracts(tmp_path: Path) -> tuple[Contract, ...]:
    (folder := tmp_path / "contracts").mkdir()
    (folder / "trips.yaml").write_text(CONTRACT, encoding="utf-8")
    return read_contracts(folder)


@pytest.mark.parametrize("write", [as_csv, as_workbook, as_parquet, as_json_lines])
def test_files_of_every_kind(
    write, contracts: tuple[Contract, ...], tmp_path: Path, empty_warehouse: str, query
) -> None:
    (result,) = load([write(tmp_path)], url=empty_warehouse, contracts=contracts)

    assert (result.outcome, result.source, result.message) == ("loaded", "fleet.trips", None)
    columns = ", ".join(column.name for column in contracts[0].columns)
    assert query(f"select {columns} from staging.raw_fleet_trips order by _line") == ROWS


def test_raw_table(contracts: tuple[Contract, ...], tmp_path: Path, empty_warehouse: str, query) -> None:
    load([as_csv(tmp_path)], url=empty_warehouse, contracts=contracts)

    found = query(
        "select attname, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum)"
        " from pg_attribute where attrelid = 'staging.raw_fleet_trips'::regclass and attnum > 2"
        " order by attnum"
    )
    assert found == [
        (column.name, kind, column.required, column.description)
        for column, kind in zip(contracts[0].columns, TYPES, strict=True)
    ]
    ((comment,),) = query("select obj_description('staging.raw_fleet_trips'::regclass)")
    assert comment.startswith("One row a trip of a lorry. Contract fleet.trips 0.1.0.")


def test_what_dbt_is_told(contracts: tuple[Contract, ...]) -> None:
    source, _ = yaml.safe_load(render_sources(contracts))["sources"]
    (table,) = source["tables"]
    assert (source["name"], table["name"], table["identifier"]) == ("fleet", "trips", "raw_fleet_trips")
    assert [column["name"] for column in table["columns"]][2:] == [
        column.name for column in contracts[0].columns
    ]
