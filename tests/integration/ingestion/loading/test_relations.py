"""In whatever order files arrive, and however often, what counts is what their relation says."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import NamedTuple

import jinja2
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.contract.files import read_contracts
from ingestion.contract.model import (
    Append,
    Column,
    ColumnType,
    Contract,
    NumberFormat,
    Period,
    Relation,
    Repeats,
    Restate,
    ScopePart,
    Upsert,
)
from ingestion.database.schema import ensure_schema
from ingestion.describe.dbt_relations import relation_for_macros
from ingestion.loading.load import load
from ingestion.loading.replay import accept
from tests.unit.ingestion.builders import write_workbook
from tradewind.settings import ROOT

DBT = ROOT / "dbt_project"
HEADER = "Shop,Day,Item,Revision,Amount\n"

#: A row's cells, as strings of the file.
Cells = tuple[str, str, str, str, str]


class File(NamedTuple):
    version: str
    rows: tuple[Cells, ...]

    @property
    def content(self) -> bytes:
        return (HEADER + "".join(f"{','.join(row)}\n" for row in self.rows)).encode()

    @property
    def precedence(self) -> tuple[str, str]:
        return self.version, hashlib.sha256(self.content).hexdigest()


def contract(relation: Relation, version_pattern: str | None = r"_v(\d+)") -> Contract:
    def column(name: str, kind: ColumnType, **more) -> Column:
        return Column(name, name.title(), kind, kind.value, f"The {name}.", "public", **more)

    return Contract(
        domain="shop",
        table=relation.kind,
        version="1.0.0",
        description="Rows to be related.",
        columns=(
            column("shop", ColumnType.TEXT),
            column("day", ColumnType.DATE, date_formats=("yyyy-MM-dd",)),
            column("item", ColumnType.TEXT),
            column("revision", ColumnType.INTEGER, required=False),
            column("amount", ColumnType.INTEGER),
        ),
        sums=(),
        number_format=NumberFormat(),
        relation=relation,
        max_rejected_share=0,
        version_pattern=version_pattern,
    )


APPEND = contract(Append())
UPSERT = contract(Upsert(("shop", "item"), "revision", Repeats.LAST))
RESTATE = contract(Restate((ScopePart("shop"), ScopePart("day", Period.MONTH))))
BY_ARRIVAL = [
    contract(each, None)
    for each in (Append(), Upsert(("shop", "item"), repeats=Repeats.LAST), Restate((ScopePart("shop"),)))
]


def counting(files: Sequence[File], known: Contract) -> list[Cells]:
    """The rows that count, of files in the order of their precedence: the definition, plainly coded."""
    rows = [(place, number, row) for place, file in enumerate(files) for number, row in enumerate(file.rows)]
    match known.relation:
        case Append():
            return sorted(row for _, _, row in rows)
        case Upsert(latest=latest):
            winners = {}
            for place, number, row in rows:
                revision = int(row[3]) if latest and row[3] else -1
                key = (row[0], row[2])
                winners[key] = max(winners.get(key, ()), (revision, place, number, row))
            return sorted(winner[3] for winner in winners.values())
        case Restate(scope=scope):
            length = 2 if len(scope) == 2 else 1

            def of(row: Cells) -> tuple[str, ...]:
                return (row[0], row[1][:7])[:length]

            last = {of(row): place for place, _, row in rows}
            return sorted(row for place, _, row in rows if last[of(row)] == place)


rows = st.tuples(
    st.sampled_from(["Lyon", "Köln"]),
    st.sampled_from(["2024-01-05", "2024-01-31", "2024-02-29"]),
    st.sampled_from(["pen", "ink"]),
    st.sampled_from(["", "1", "2"]),
    st.integers(-3, 3).map(str),
)
files = st.lists(
    st.builds(File, st.sampled_from("12"), st.lists(rows, min_size=1, max_size=4).map(tuple)),
    min_size=1,
    max_size=4,
    unique_by=lambda file: file.rows,
)


@pytest.fixture
def current(warehouse, empty_warehouse: str) -> Iterator[Callable[[Contract], list[Cells]]]:
    """Reads the rows that count with the same macro as the staging models."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals["dbt"] = SimpleNamespace(type_string=lambda: "text")
    environment.globals.update(model=None, slices_of=lambda model: None)  # all rows, not slices of them
    macros = environment.from_string((DBT / "macros" / "current_rows.sql").read_text()).module
    ledger = environment.from_string((DBT / "models/staging/ops/stg_ops__loads.sql").read_text()).render(
        source=lambda schema, table: f"{schema}.{table}",
        sources_that_restate=lambda: [RESTATE.source],
    )
    with psycopg.connect(empty_warehouse, autocommit=True) as connection:

        def read(known: Contract) -> list[Cells]:
            query = macros.current_rows_of(
                f"staging.{known.raw_table}", f"({ledger})", known.source, relation_for_macros(known)
            )
            columns = ", ".join(column.name for column in known.columns)
            found = connection.execute(f"select {columns} from ({query}) as counting")
            return sorted(tuple("" if cell is None else str(cell) for cell in row) for row in found)

        yield read


def bring(files: Sequence[File], known: Contract, url: str) -> None:
    """Load files one by one, under names with versions; held files are accepted."""
    with TemporaryDirectory() as folder:
        for number, file in enumerate(files):
            path = Path(folder) / f"{number}_v{file.version}.csv"
            path.write_bytes(file.content)
            (result,) = load([path], url=url, contracts=[known], landing=Path(folder))
            if result.outcome == "held":
                (result,) = accept(result.load_id, "so it is", url=url, contracts=[known])
            assert result.is_fine, result


@pytest.mark.parametrize("known", [APPEND, UPSERT, RESTATE], ids=lambda known: known.table)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=files, data=st.data())
def test_versions_decide_not_the_order_of_arrival(
    known: Contract, files: list[File], data: st.DataObject, current, empty, warehouse
) -> None:
    order = data.draw(st.permutations(files))
    repeated = data.draw(st.lists(st.sampled_from(files), max_size=2))
    empty()
    bring([*order, *repeated], known, warehouse.url("loader"))
    assert current(known) == counting(sorted(files, key=lambda file: file.precedence), known)


@pytest.mark.parametrize("known", BY_ARRIVAL, ids=lambda known: known.table)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=files, data=st.data())
def test_without_versions_the_later_file_counts(
    known: Contract, files: list[File], data: st.DataObject, current, empty, warehouse
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(files), max_size=2))
    empty()
    bring([*files, *repeated], known, warehouse.url("loader"))
    assert current(known) == counting(files, known)


#: Sheets of a workbook, by name, and which part of a delivery it is.
deliveries = st.lists(
    st.tuples(
        st.sampled_from(["north", "south"]),
        st.dictionaries(st.sampled_from("abc"), st.lists(rows, min_size=1, max_size=4), min_size=1),
    ),
    min_size=1,
    max_size=3,
)


def scope_of(row: Cells, part: str) -> tuple[str, str, str]:
    return row[0], row[1][:7], part


def is_next_part(new: dict[tuple, list[Cells]], counted: dict[tuple, list[Cells]]) -> bool:
    """Whether a delivery is held because it has none of the days that it would replace."""
    common = new.keys() & counted.keys()
    return bool(common) and all(
        {row[1] for row in new[scope]}.isdisjoint(row[1] for row in counted[scope]) for scope in common
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(brought=deliveries)
def test_sheets_add_up_and_parts_replace_each_other(brought: list, current, empty, warehouse) -> None:
    """Each delivery replaces the scopes of its part with the rows of all its sheets."""
    scope = (ScopePart("shop"), ScopePart("day", Period.MONTH))
    known = contract(Restate(scope, None, "_(north|south)"), None)
    url = warehouse.url("loader")
    empty()
    counted: dict[tuple, list[Cells]] = {}
    with TemporaryDirectory() as folder:
        for number, (part, sheets) in enumerate(brought):
            amounts = itertools.count()  # no sheet is a copy of another
            sheets = {
                name: [(*row[:4], str(next(amounts))) for row in found] for name, found in sheets.items()
            }
            new: dict[tuple, list[Cells]] = {}
            for row in itertools.chain(*sheets.values()):
                new.setdefault(scope_of(row, part), []).append(row)
            cells = {name: [HEADER.strip().split(","), *found] for name, found in sheets.items()}
            cells["Notes"] = [[f"delivery {number}"]]  # or else equal workbooks would be known
            path = Path(folder) / f"{number}_{part}.xlsx"
            write_workbook(path, {name: dict(enumerate(found, 1)) for name, found in cells.items()})
            results = load([path], url=url, contracts=[known], landing=Path(folder))
            outcome = "held" if is_next_part(new, counted) else "loaded"
            assert [result.outcome for result in results] == [outcome] * len(sheets), results
            if outcome == "held":
                results = accept(results[-1].load_id, "so it is", url=url, contracts=[known])
            assert [result.outcome for result in results] == ["loaded"] * len(sheets), results
            counted |= new
            assert current(known) == sorted(itertools.chain(*counted.values()))


def test_every_order_of_overlapping_months(current, empty, warehouse) -> None:
    january = File("1", (("Lyon", "2024-01-05", "pen", "", "1"), ("Lyon", "2024-01-31", "ink", "", "2")))
    both = File("2", (("Lyon", "2024-01-05", "pen", "", "3"), ("Lyon", "2024-02-29", "pen", "", "4")))
    february = File("3", (("Lyon", "2024-02-29", "ink", "", "5"), ("Köln", "2024-02-29", "ink", "", "6")))
    for order in itertools.permutations([january, both, february]):
        empty()
        bring(order, RESTATE, warehouse.url("loader"))
        assert current(RESTATE) == sorted([both.rows[0], *february.rows])


def test_a_file_without_a_version_in_its_name_is_held(tmp_path: Path, empty_warehouse: str) -> None:
    path = tmp_path / "shops.csv"
    path.write_bytes(File("", (("Lyon", str(date(2024, 1, 5)), "pen", "", "1"),)).content)
    (result,) = load([path], url=empty_warehouse, contracts=[RESTATE])
    assert result.outcome == "held"
    assert "its name does not tell its version" in result.message


def test_two_overlapping_samples_of_olist_are_their_union(
    published_data: Path, current, empty_warehouse: str
) -> None:
    """The sample's payments, products and sellers are part of the complete tables, in another format."""
    olist = published_data / "olist"
    contracts = [each for each in read_contracts() if each.domain == "olist"]
    tables = {"order_payments": 103_886, "products": 32_951, "sellers": 3_095, "category_translation": 71}
    known = {each.table: each for each in contracts}
    results = load(
        [olist / "full_tables", olist / "sample_15000_orders"], url=empty_warehouse, contracts=contracts
    )
    assert all(result.is_fine for result in results)
    for table, rows in tables.items():
        assert len(current(known[table])) == rows, table


TWO_TEXTS = contract(Restate((ScopePart("shop"), ScopePart("item"), ScopePart("day", Period.MONTH))), None)
ONE, OTHER = ("a|b", "2024-01-05", "c", "", "1"), ("a", "2024-01-06", "b|c", "", "2")


def scopes_of(connection: psycopg.Connection) -> list[tuple]:
    return connection.execute(
        "select load_id, scope, rows, days::text from ops.load_scopes order by scope, load_id"
    ).fetchall()


def test_scopes_that_look_alike_are_told_apart(current, empty_warehouse: str) -> None:
    """The separator of a scope's text may stand in its values."""
    bring([File("", (ONE,)), File("", (OTHER,))], TWO_TEXTS, empty_warehouse)
    assert current(TWO_TEXTS) == sorted([ONE, OTHER])
    newer = (*ONE[:4], "3")
    bring([File("", (newer,))], TWO_TEXTS, empty_warehouse)
    assert current(TWO_TEXTS) == sorted([newer, OTHER])


def test_scopes_of_an_earlier_release_are_told_apart_later(current, empty_warehouse: str) -> None:
    """It wrote both as a|b|c|2024-01; what it brought keeps counting, and newer rows take its place."""
    plain = ("c", "2024-01-07", "d", "", "5")
    bring([File("", (ONE, OTHER, plain))], TWO_TEXTS, empty_warehouse)
    with psycopg.connect(empty_warehouse, autocommit=True) as connection:
        expected = scopes_of(connection)
        assert [scope for _, scope, *_ in expected] == [r"a\|b|c|2024-01", r"a|b\|c|2024-01", "c|d|2024-01"]
        load_id = expected[0][0]
        connection.execute("delete from ops.load_scopes where scope like 'a%'")
        connection.execute(
            "insert into ops.load_scopes (load_id, source, scope, rows, days)"
            " values (%s, %s, 'a|b|c|2024-01', 2, '{[2024-01-05,2024-01-07)}')",
            [load_id, TWO_TEXTS.source],
        )
        connection.execute(f"comment on table staging.{TWO_TEXTS.raw_table} is 'of an earlier release'")
        for _ in range(2):
            ensure_schema(connection, [TWO_TEXTS])
            assert scopes_of(connection) == expected
            assert current(TWO_TEXTS) == sorted([ONE, OTHER, plain])
            connection.execute(f"comment on table staging.{TWO_TEXTS.raw_table} is 'and once more'")
    newer = (*ONE[:4], "3")
    bring([File("", (newer,))], TWO_TEXTS, empty_warehouse)
    assert current(TWO_TEXTS) == sorted([newer, OTHER, plain])
