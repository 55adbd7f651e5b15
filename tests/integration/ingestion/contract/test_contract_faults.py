"""A contract that is wrong, or has changed, holds only the files of its own source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
import pytest

from ingestion.contract.files import find_contracts, read_contracts
from ingestion.contract.model import Contract
from ingestion.database.schema import ensure_schema
from ingestion.loading.load import load
from ingestion.loading.result import LoadResult
from tests.conftest import Warehouse

_CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: {domain}.{table}
name: Of a test
version: {version}
status: active
domain: {domain}
{files}
schema:
  - name: {table}
    logicalType: object
    physicalType: table
    description: One row per thing.
    customProperties:
      - {{property: relation, value: {{kind: append}}}}
      - {{property: maxRejectedShare, value: 0}}
    properties:
{columns}
"""
_LOGICAL = {"text": "string", "integer": "integer", "bigint": "integer", "timestamp": "timestamp"}


def column(name: str, kind: str = "integer", required: bool = True) -> str:
    logical = _LOGICAL.get(kind, "number" if kind.startswith("numeric") else kind)
    options = ", logicalTypeOptions: {format: yyyy-MM-dd}" if kind == "date" else ""
    return (
        f"      - {{name: {name}, businessName: {name}, description: Of a test, classification: public,"
        f" physicalType: '{kind}', logicalType: {logical}, required: {str(required).lower()}{options}}}"
    )


Write = Callable[..., tuple[Contract, ...]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (made := tmp_path / "contracts").mkdir()
    return made


@pytest.fixture
def write(folder: Path) -> Write:
    """Writes a contract with these columns; returns all contracts written so far."""

    def write(
        *columns: str, table: str = "things", domain: str = "shop", version: str = "1.0.0", files: str = ""
    ) -> tuple[Contract, ...]:
        text = _CONTRACT.format(
            domain=domain, table=table, version=version, files=files, columns="\n".join(columns)
        )
        (folder / f"{domain}_{table}.yaml").write_text(text, encoding="utf-8")
        return read_contracts(folder)

    return write


@pytest.fixture
def take(tmp_path: Path, empty_warehouse: str) -> Callable[..., LoadResult]:
    """Loads a file with this text."""
    with psycopg.connect(empty_warehouse, autocommit=True) as connection:
        connection.execute("drop table if exists staging.raw_shop_things, staging.raw_shop_others cascade")

    def take(text: str, contracts: Sequence[Contract], name: str = "file.csv") -> LoadResult:
        (tmp_path / name).write_text(text, encoding="utf-8")
        (result,) = load([tmp_path / name], url=empty_warehouse, contracts=contracts)
        return result

    return take


def test_a_changed_contract_changes_its_table_if_nothing_is_lost(
    write: Write, take, query, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = write(
        column("small"), column("money", "numeric(6,2)"), column("note", "text"), column("day", "date")
    )
    assert take("small,money,note,day\n1,2.50,x,2024-01-31\n", before).rows_loaded == 1
    # a bulk load has its own table
    monkeypatch.setattr("ingestion.loading.table.BULK_FROM", 1)
    rows = "".join(f"{i},{i}.25,y,2024-02-01\n" for i in range(50))
    assert take(f"small,money,note,day\n{rows}", before).rows_loaded == 50
    assert query(
        "select count(*) from pg_inherits where inhparent = 'staging.raw_shop_things'::regclass"
    ) != [(0,)]
    with psycopg.connect(warehouse.url("transformer"), autocommit=True) as connection:
        connection.execute("create view staging.stg_things as select * from staging.raw_shop_things")
        connection.execute("create view staging.stg_more as select small from staging.stg_things")

    after = write(
        column("small", "bigint"),
        column("money", "numeric(18,4)"),
        column("note", "text", required=False),
        column("day", "date"),
        column("new", "text", required=False),
        version="1.1.0",
    )
    result = take("small,money,note,day,new\n9999999999,1.2345,,2024-03-01,z\n", after)

    assert (result.outcome, result.message) == ("loaded", None)
    assert query(
        "select count(*), count(new), count(note), max(small), sum(money)::text, pg_typeof(max(small))::text"
        " from staging.raw_shop_things"
    ) == [(52, 1, 51, 9999999999, "1241.2345", "bigint")]


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ([column("id", "text"), column("day", "date")], None),
        ([column("id"), column("day", "text")], r"day is date there, text in the contract"),
        ([column("id"), column("day", "date"), column("more")], r"more is new and required"),
        ([column("id")], r"day is no longer in the contract"),
        (
            [column("row_id"), column("sum", "numeric(9,2)")],
            r"row_id is new and required.*id is no longer in the",
        ),
    ],
)
def test_a_change_that_would_lose_data_holds_only_its_own_files(
    columns: list[str], why: str | None, write: Write, take, query
) -> None:
    write(column("other"), table="others")
    contracts = write(column("id"), column("day", "date"))
    assert take("id,day\n1,2024-01-31\n", contracts).outcome == "loaded"

    contracts = write(*columns, version="2.0.0")
    things = next(each for each in contracts if each.table == "things")
    cells = {"id": "7", "day": "2024-02-01", "more": "1", "row_id": "3", "sum": "1.50"}
    names = [each.name for each in things.columns]
    result = take(f"{','.join(names)}\n{','.join(cells[name] for name in names)}\n", contracts)
    assert take("other\n5\n", contracts, "others.csv").outcome == "loaded"

    if why is None:
        assert (result.outcome, result.rows_loaded) == ("loaded", 1)
        return
    assert result.outcome == "held" and result.source == "shop.things"
    assert query("select message ~ %s from ops.loads where load_id = %s", why, result.load_id) == [(True,)]
    assert "another table than things" in result.message
    assert query("select id, day::text from staging.raw_shop_things") == [(1, "2024-01-31")]


def test_a_value_that_does_not_fit_is_found_by_postgres(write: Write, take) -> None:
    contracts = write(column("id", "bigint"), column("name", "text", required=False))
    take("id,name\n5000000000,\n", contracts)
    assert "out of range" in take("id,name\n1,x\n", write(column("id"), column("name", "text"))).message
    result = take("id,name\n1,x\n", write(column("id", "bigint"), column("name", "text")))
    assert "contains null values" in result.message


def test_a_table_without_rows_becomes_what_the_contract_says(
    write: Write, take, query, empty_warehouse
) -> None:
    with psycopg.connect(empty_warehouse, autocommit=True) as connection:
        assert ensure_schema(connection, write(column("id"), column("day", "date"))) == {}
    contracts = write(
        column("id", "text"), column("when", "text", required=False).replace("name: when", "name: at")
    )
    assert take("id,when\na,\n", contracts).outcome == "loaded"
    assert query("select id, at from staging.raw_shop_things") == [("a", None)]


def test_a_broken_contract_does_not_hold_files_of_others(
    write: Write, folder: Path, tmp_path: Path, empty_warehouse: str, query, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(column("id"))
    write(column("other"), table="others")
    half = (folder / "shop_things.yaml").read_text()
    (folder / "shop_things.yaml").write_text(half[: len(half) // 2])
    monkeypatch.setattr("ingestion.loading.session.find_contracts", lambda: find_contracts(folder))
    (tmp_path / "1.csv").write_text("id\n1\n")
    (tmp_path / "2.csv").write_text("other\n1\n")

    results = load([tmp_path / "1.csv", tmp_path / "2.csv"], url=empty_warehouse)

    assert [(each.file, each.outcome, each.is_fine) for each in results] == [
        ("shop_things.yaml", "faulty", False),
        ("1.csv", "held", False),
        ("2.csv", "loaded", True),
    ]
    assert "shop_things.yaml: " in results[0].message
    ((message,),) = query("select message from ops.loads where state = 'held'")
    assert "may belong to a contract that is wrong" in message and "shop_things.yaml" in message


def test_beside_a_broken_contract_a_header_alone_does_not_decide(
    write: Write, folder: Path, tmp_path: Path, empty_warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = "customProperties: [{{property: fileNames, value: ['{}_*']}}]"
    write(column("id"), files=names.format("eu"))
    write(column("id"), table="others", files=names.format("us"))
    (folder / "shop_things.yaml").write_text("id: [")
    monkeypatch.setattr("ingestion.loading.session.find_contracts", lambda: find_contracts(folder))
    for name in ("eu_1.csv", "us_1.csv"):
        (tmp_path / name).write_text("id\n1\n")

    _, european, american = load([tmp_path / "eu_1.csv", tmp_path / "us_1.csv"], url=empty_warehouse)

    assert (european.outcome, american.outcome) == ("held", "loaded")
    assert "its header fits shop.others, its name does not" in european.message


def test_a_reserved_word_as_a_name(write: Write, take) -> None:
    write(column("other"), table="others")
    contracts = write(column("select"))
    result = take("select\n1\n", contracts)
    assert result.outcome == "held" and "syntax error" in result.message
    assert take("other\n1\n", contracts, "others.csv").outcome == "loaded"
