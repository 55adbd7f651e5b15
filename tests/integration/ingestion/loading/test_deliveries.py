"""Sheets, parts and weeks add up or are held; what a file replaces is always reported."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from ingestion.contract.model import Append, Period, Restate, ScopePart, Upsert
from ingestion.loading import table as table_load
from ingestion.loading.load import load, load_landing
from ingestion.loading.replay import accept, replay
from ingestion.loading.result import LoadResult
from tests.integration.ingestion.sales_files import HEADER, sales_contract, tidy_rows, write_rows
from tests.unit.ingestion.builders import write_workbook

#: Rows and sales that count now, by file.
COUNTED = """
    select loads.load_id, count(*), sum(raw.sales) from staging.raw_sales_transactions as raw
    inner join ops.current_scopes as scopes
        on scopes.load_id = raw._load_id
        and scopes.scope = raw.country || '|' || to_char(raw.sale_date, 'YYYY-MM')
    inner join ops.loads on loads.load_id = scopes.load_id
    group by 1 order by 1
"""
REPLACED = "select load_id, replaced_load_id, how, scope, rows_before, rows_after from ops.load_replacements"
SCOPE = (ScopePart("country"), ScopePart("sale_date", Period.MONTH))
SEGMENTS = ("Government", "Midmarket", "Enterprise")


def sales(days: Iterable[int], segment: str = "Government", product: str = "Velo") -> list[list[str]]:
    """Rows of France in January 2014, one per day."""
    (row,) = tidy_rows(1)
    return [
        [segment, "France", product, *row[3:12], f"2014-01-{day:02}", "1", "January", "2014"] for day in days
    ]


def number(cell: str) -> str | float:
    return float(cell) if cell.replace(".", "").isdigit() else cell


def cells(rows: Iterable[Sequence[str]]) -> dict[int, list[str | float]]:
    return dict(enumerate([HEADER.split(","), *(list(map(number, row)) for row in rows)], 1))


def workbook(path: Path, sheets: dict[str, list[list[str]]]) -> Path:
    return write_workbook(path, {name: cells(rows) for name, rows in sheets.items()})


def by_segment(path: Path, days: Iterable[int] = range(1, 21), segments: Sequence[str] = SEGMENTS) -> Path:
    return workbook(path, {segment: sales(days, segment) for segment in segments})


@pytest.fixture
def bring(empty_warehouse: str) -> Callable[..., list[LoadResult]]:
    return lambda *paths, **options: load(paths, url=empty_warehouse, **options)


@pytest.fixture
def counted(query) -> Callable[[], dict[int, int]]:
    """Number of rows that count, by load."""
    return lambda: {load_id: rows for load_id, rows, _ in query(COUNTED)}


def kill_at(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loader is killed when it starts with this table, counted from one."""
    run, tables = table_load.TableLoad.run, count(1)

    def killed(self, *arguments, **options):
        if next(tables) == number:
            raise KeyboardInterrupt
        return run(self, *arguments, **options)

    monkeypatch.setattr(table_load.TableLoad, "run", killed)


def texts(result: LoadResult) -> list[tuple[str, str]]:
    return [(remark.kind, remark.text) for remark in result.remarks]


def outcomes(results: Iterable[LoadResult]) -> list[str]:
    return [result.outcome for result in results]


# sheets of a workbook


def test_the_case_of_a_sheet_per_segment(cases: Path, bring, query) -> None:
    results = bring(cases / "t07_sheet_per_segment.xlsx")
    assert outcomes(results) == ["loaded"] * len(results)
    found = query(COUNTED)
    assert sum(rows for _, rows, _ in found) == 60
    assert sum(amount for _, _, amount in found) == Decimal("6341384.21")


def test_sheets_of_a_workbook_add_up(tmp_path: Path, bring, counted) -> None:
    results = bring(by_segment(tmp_path / "sales.xlsx"))

    assert outcomes(results) == ["loaded"] * 3
    assert [result.remarks for result in results] == [()] * 3
    assert counted() == {result.load_id: 20 for result in results}

    again = bring(tmp_path / "sales.xlsx")
    assert outcomes(again) == ["known"] * 3
    assert counted() == {result.load_id: 20 for result in results}


def test_a_corrected_workbook_replaces_all_its_sheets(tmp_path: Path, bring, counted, query) -> None:
    first = [result.load_id for result in bring(by_segment(tmp_path / "sales.xlsx"))]
    second = bring(by_segment(tmp_path / "corrected.xlsx", range(1, 19)))

    assert outcomes(second) == ["loaded"] * 3
    assert counted() == {result.load_id: 18 for result in second}
    told = f"replaces 60 rows of loads {first[0]}, {first[1]} and {first[2]} in France 2014-01 by 54"
    assert [texts(result) for result in second] == [[("replaced", told)], [], []]
    assert query(REPLACED) == [
        (second[0].load_id, load_id, "scope", "France|2014-01", 20, 54) for load_id in first
    ]
    assert [(each.replaced, each.rows_before, each.rows_after) for each in second[0].replacements] == [
        (load_id, 20, 54) for load_id in first
    ]


def test_a_workbook_that_lost_its_sheets_is_held_as_a_whole(
    tmp_path: Path, bring, counted, query, empty_warehouse: str
) -> None:
    first = bring(by_segment(tmp_path / "sales.xlsx"))
    cut = bring(by_segment(tmp_path / "cut.xlsx", range(1, 11), SEGMENTS[:2]))

    assert outcomes(cut) == ["held"] * 2
    assert "it would leave 20 rows where 60 count now" in cut[1].message
    assert counted() == {result.load_id: 20 for result in first}

    accepted = accept(cut[0].load_id, "one segment was sold", url=empty_warehouse)
    assert outcomes(accepted) == ["loaded"] * 2
    assert counted() == {result.load_id: 10 for result in accepted}
    states = "select state, count(*) from ops.loads group by 1 order by 1"
    assert query(states) == [("loaded", 5), ("resolved", 2)]


def test_one_sheet_is_replayed_beside_the_others(
    tmp_path: Path, bring, counted, empty_warehouse: str
) -> None:
    path = by_segment(tmp_path / "sales.xlsx")
    first = bring(path)
    corrected = workbook(tmp_path / "corrected.xlsx", {"Sheet": sales(range(5, 16), "Midmarket")})
    (new,) = replay(first[1].load_id, corrected, url=empty_warehouse)

    assert (new.outcome, new.rows_loaded) == ("loaded", 11), new.message
    assert texts(new) == [("replaced", f"stands in the place of load {first[1].load_id}: 11 rows for 20")]
    assert counted() == {first[0].load_id: 20, first[2].load_id: 20, new.load_id: 11}

    # the workbook as it was: two of its sheets are known, and the third was corrected
    again = bring(path)
    assert outcomes(again) == ["known", "held", "known"]
    assert f"load {new.load_id} was read in place of this sheet" in again[1].message
    assert counted() == {first[0].load_id: 20, first[2].load_id: 20, new.load_id: 11}


def test_a_sheet_that_was_held_joins_the_others_later(
    tmp_path: Path, bring, counted, empty_warehouse: str
) -> None:
    broken = [["broken", *row] for row in sales(range(1, 11), "Midmarket")]
    sheets = {"Government": sales(range(1, 21)), "Midmarket": [*broken, *sales(range(11, 21), "Midmarket")]}
    first, held = bring(workbook(tmp_path / "sales.xlsx", sheets))
    assert (first.outcome, held.outcome) == ("loaded", "held")

    sheets["Midmarket"] = sales(range(1, 21), "Midmarket")
    (new,) = replay(held.load_id, workbook(tmp_path / "corrected.xlsx", sheets), url=empty_warehouse)
    assert new.outcome == "loaded"
    assert counted() == {first.load_id: 20, new.load_id: 20}


def test_a_loader_that_is_killed_between_two_sheets_leaves_none(
    tmp_path: Path, bring, counted, query, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = bring(write_rows(tmp_path / "old.csv", sales(range(1, 29))))
    path = by_segment(tmp_path / "sales.xlsx")
    kill_at(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        bring(path)
    assert counted() == {old[0].load_id: 28}
    assert query("select count(*) from ops.loads") == [(1,)]
    monkeypatch.undo()

    results = bring(path)
    assert counted() == {result.load_id: 20 for result in results}


def test_a_copy_of_a_sheet_is_held(tmp_path: Path, bring, counted) -> None:
    sheets = {"Data": sales(range(1, 21)), "Copy": sales(reversed(range(1, 21))), "Top": sales([3, 4])}
    results = bring(workbook(tmp_path / "sales.xlsx", sheets))

    assert outcomes(results) == ["loaded", "held", "held"]
    assert "and those of the sheet 'Data' of France 2014-01 are the same, and would count twice" in (
        results[1].message
    )
    assert counted() == {results[0].load_id: 20}


def test_sheets_of_different_months_do_not_affect_each_other(tmp_path: Path, bring, counted) -> None:
    later = [[*row[:12], row[12].replace("-01-", "-02-"), "2", "February", "2014"] for row in sales([1, 2])]
    results = bring(workbook(tmp_path / "sales.xlsx", {"January": sales([1, 2]), "February": later}))
    assert counted() == {result.load_id: 2 for result in results}


# what a file replaces


def test_what_a_file_replaces_is_reported(tmp_path: Path, bring, query) -> None:
    (first,) = bring(write_rows(tmp_path / "first.csv", sales(range(1, 21))))
    (second,) = bring(write_rows(tmp_path / "second.csv", sales(range(5, 21))))

    told = f"replaces 20 rows of load {first.load_id} in France 2014-01 by 16"
    assert (texts(first), texts(second)) == ([], [("replaced", told)])
    assert query("select remarks from ops.loads where load_id = %s", second.load_id) == [
        ([{"kind": "replaced", "text": told}],)
    ]
    assert query(REPLACED) == [(second.load_id, first.load_id, "scope", "France|2014-01", 20, 16)]


def test_many_scopes_are_summed_up(tmp_path: Path, bring) -> None:
    (first,) = bring(write_rows(tmp_path / "first.csv", tidy_rows(200)))
    (second,) = bring(write_rows(tmp_path / "second.csv", tidy_rows(190)))
    assert texts(second) == [("replaced", f"replaces 200 rows of load {first.load_id} in 10 scopes by 190")]


def test_a_single_scope_that_shrinks_is_named(tmp_path: Path, bring) -> None:
    rows = list(tidy_rows(200))
    bring(write_rows(tmp_path / "first.csv", rows))
    kept = [row for i, row in enumerate(rows) if not (row[1] == "Canada" and row[14] == "January" and i % 50)]
    (second,) = bring(write_rows(tmp_path / "second.csv", kept))
    assert texts(second)[1] == (
        "shrunk",
        "1 of the 10 scopes that it replaces lose more than 50% of their rows, most of all Canada 2014-01:"
        " 20 before, 4 now",
    )


def test_repeated_keys_are_counted(tmp_path: Path, bring, query) -> None:
    contract = sales_contract(relation=Upsert(("country", "sale_date", "segment")))
    (first,) = bring(write_rows(tmp_path / "first.csv", sales(range(1, 11))), contracts=[contract])
    later = sales(range(8, 15), product="Renamed")
    (second,) = bring(write_rows(tmp_path / "second.csv", later), contracts=[contract])

    told = f"replaces 3 rows of load {first.load_id} by rows with the same keys"
    assert (texts(first), texts(second)) == ([], [("replaced", told)])
    assert query(REPLACED) == [(second.load_id, first.load_id, "key", None, 3, 3)]


def test_rows_that_are_older_than_what_counts_are_reported(tmp_path: Path, bring, query) -> None:
    contract = sales_contract(relation=Upsert(("country", "segment", "product"), latest="sale_date"))
    rows = [sales([20], product=f"Product {i}")[0] for i in range(3)]
    (first,) = bring(write_rows(tmp_path / "first.csv", rows), contracts=[contract])
    older = [sales([day], product=f"Product {i}")[0] for i, day in enumerate((10, 20, 25))]
    (second,) = bring(write_rows(tmp_path / "second.csv", older), contracts=[contract])
    assert texts(second) == [
        ("replaced", f"replaces 2 rows of load {first.load_id} by rows with the same keys"),
        (
            "superseded",
            f"1 row of the file does not count: load {first.load_id} brought later ones of the same keys",
        ),
    ]


def test_a_file_whose_version_is_older_is_reported(tmp_path: Path, bring) -> None:
    contract = sales_contract(version_pattern=r"_v(\d)")
    new, old = bring(
        write_rows(tmp_path / "a_v2.csv", sales(range(1, 11))),
        write_rows(tmp_path / "b_v1.csv", sales(range(1, 9), "Midmarket")),
        contracts=[contract],
    )
    assert (new.outcome, old.outcome) == ("loaded", "loaded")
    assert texts(old) == [
        (
            "superseded",
            f"8 rows in France 2014-01 do not count: load {new.load_id} comes later in the order of files",
        )
    ]


def test_replaced_sample_data_is_reported(landing: Path, empty_warehouse: str, query) -> None:
    write_rows(landing / "sample" / "sample.csv", sales([1, 2, 3]))
    (sample,) = load_landing(landing, url=empty_warehouse)
    write_rows(landing / "real.csv", sales([25]))
    (real,) = load_landing(landing, url=empty_warehouse)
    assert texts(real) == [("replaced", f"replaces the sample data of load {sample.load_id} (3 rows)")]
    write_rows(landing / "sample" / "more.csv", sales([4, 5, 6]))
    (late,) = load_landing(landing, url=empty_warehouse)
    assert [kind for kind, _ in texts(late)] == ["superseded"]


# weeks


def test_the_case_of_two_half_months(cases: Path, bring, query, empty_warehouse: str) -> None:
    (first,) = bring(cases / "t06_week_1_2.csv")
    (second,) = bring(cases / "t06_week_3_4.csv")
    assert (first.rows_loaded, second.outcome) == (44, "held")
    assert second.message.startswith(
        "nothing taken: none of its days in Mexico 2027-03 lies in what it would"
    )

    parts = sales_contract(relation=Restate(SCOPE, 0.5, r"week_(\d_\d)"))
    both = [replay(each.load_id, url=empty_warehouse, contracts=[parts])[0] for each in (first, second)]
    assert outcomes(both) == ["loaded"] * 2
    assert sum(rows for _, rows, _ in query(COUNTED)) == 80


def test_the_next_week_is_held_and_may_be_accepted(
    tmp_path: Path, bring, counted, empty_warehouse: str
) -> None:
    (first,) = bring(write_rows(tmp_path / "first.csv", sales(range(1, 11))))
    (second,) = bring(write_rows(tmp_path / "second.csv", sales(range(11, 21))))
    assert second.outcome == "held"
    assert second.message == (
        "nothing taken: none of its days in France 2014-01 lies in what it would replace: it holds 10 rows"
        f" from 2014-01-11 to 2014-01-20, load {first.load_id} 10 rows from 2014-01-01 to 2014-01-10. If both"
        " count, let the contract tell them apart (a column more in scope, or fileParts), and replay; or take"
        f' it as it is: python -m ingestion accept {second.load_id} --why "…"'
    )
    (still,) = replay(second.load_id, url=empty_warehouse)
    assert still.outcome == "held"
    (taken,) = accept(second.load_id, "the first was a trial", url=empty_warehouse)
    assert counted() == {taken.load_id: 10}


def test_a_week_among_other_months_is_held_too(tmp_path: Path, bring) -> None:
    others = [row for row in tidy_rows(20) if row[1] != "France"]
    bring(write_rows(tmp_path / "first.csv", [*sales(range(1, 11)), *others]))
    (second,) = bring(write_rows(tmp_path / "second.csv", [*sales(range(11, 21)), *others]))
    assert second.outcome == "held"


def test_overlapping_days_replace_as_usual(tmp_path: Path, bring, counted) -> None:
    bring(write_rows(tmp_path / "first.csv", sales(range(1, 11))))
    (second,) = bring(write_rows(tmp_path / "second.csv", sales(range(10, 21))))
    assert counted() == {second.load_id: 11}


def test_a_scope_with_few_sales_may_move_to_other_days(tmp_path: Path, bring) -> None:
    """If there are few sales, a correction may move all days of a scope."""
    rows = [row for row in tidy_rows(20) if row[1] != "France"]
    bring(write_rows(tmp_path / "first.csv", [*rows, *sales([3])]))
    (second,) = bring(write_rows(tmp_path / "second.csv", [*rows, *sales([4])]))
    assert second.outcome == "loaded"


def test_dates_outside_the_scope_do_not_matter(tmp_path: Path, bring) -> None:
    """A full list that is dated by its export is replaced as a whole each time."""
    whole = sales_contract(relation=Restate((), 0.5))
    bring(write_rows(tmp_path / "first.csv", sales(range(1, 11))), contracts=[whole])
    (second,) = bring(write_rows(tmp_path / "second.csv", sales(range(11, 21))), contracts=[whole])
    assert second.outcome == "loaded"


# files that arrive together


def test_parts_that_arrive_together_are_held(tmp_path: Path, bring, counted) -> None:
    first, second, third = bring(
        *(write_rows(tmp_path / f"{name}.csv", sales(range(1, 21), name)) for name in SEGMENTS)
    )
    assert (first.outcome, second.outcome, third.outcome) == ("loaded", "held", "held")
    assert second.message.startswith(
        f"nothing taken: it came together with load {first.load_id} (Government.csv), and would replace its"
        " 20 rows in France 2014-01 without holding 20 of them: if both count, let the contract tell them"
        " apart"
    )
    assert counted() == {first.load_id: 20}


def test_parts_of_an_archive_are_held(tmp_path: Path, bring, counted) -> None:
    with zipfile.ZipFile(tmp_path / "sales.zip", "w") as archive:
        for name in SEGMENTS:
            archive.write(write_rows(tmp_path / f"{name}.csv", sales(range(1, 21), name)), f"{name}.csv")
    results = bring(tmp_path / "sales.zip")
    assert outcomes(results) == ["loaded", "held", "held"]


def test_parts_are_held_however_often_they_arrive(tmp_path: Path, bring, counted) -> None:
    paths = [write_rows(tmp_path / f"{name}.csv", sales(range(1, 21), name)) for name in SEGMENTS[:2]]
    first, _ = bring(*paths)
    for again in (paths, paths[1:], paths[::-1]):
        assert bring(*again)[again.index(paths[1])].outcome == "held"
    assert counted() == {first.load_id: 20}


def test_a_killed_run_is_resumed_by_the_next(
    tmp_path: Path, bring, counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [write_rows(tmp_path / f"{name}.csv", sales(range(1, 21), name)) for name in SEGMENTS[:2]]
    kill_at(2, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        bring(*paths)
    monkeypatch.undo()
    # the first one was moved away, as from the landing folder
    (second,) = bring(paths[1])
    assert second.outcome == "held"
    assert list(counted().values()) == [20]


def test_the_same_sales_in_two_formats_may_arrive_together(tmp_path: Path, bring, counted) -> None:
    rows = list(tidy_rows(40))
    first, second = bring(
        write_rows(tmp_path / "sales.csv", rows), workbook(tmp_path / "sales.xlsx", {"Sales": rows[::-1]})
    )
    assert (first.outcome, second.outcome) == ("loaded", "loaded")
    assert counted() == {second.load_id: 40}


def test_a_correction_may_arrive_with_what_it_corrects(tmp_path: Path, bring, counted) -> None:
    first, second = bring(
        write_rows(tmp_path / "first.csv", sales(range(1, 21))),
        write_rows(tmp_path / "second.csv", sales(range(1, 20))),
    )
    assert counted() == {second.load_id: 19}
    assert texts(second) == [
        ("replaced", f"replaces 20 rows of load {first.load_id} in France 2014-01 by 19")
    ]


def test_parts_distinguished_by_name_add_up(tmp_path: Path, bring, counted, query) -> None:
    contract = sales_contract(relation=Restate(SCOPE, 0.5, r"_(north|south)"))
    north, south = bring(
        *(
            write_rows(tmp_path / f"sales_{part}.csv", sales(range(1, 21), name))
            for part, name in (("north", "Government"), ("south", "Midmarket"))
        ),
        contracts=[contract],
    )
    assert counted() == {north.load_id: 20, south.load_id: 20}

    path = write_rows(tmp_path / "again_north.csv", sales(range(1, 16)))
    (again,) = bring(path, contracts=[contract])
    assert texts(again) == [("replaced", f"replaces 20 rows of load {north.load_id} in France 2014-01 by 15")]
    assert counted() == {again.load_id: 15, south.load_id: 20}
    assert query("select file_part from ops.load_scopes order by scope_id") == [
        ("north",),
        ("south",),
        ("north",),
    ]

    (held,) = bring(write_rows(tmp_path / "sales_west.csv", sales([1])), contracts=[contract])
    assert held.message == (
        "nothing taken: its name does not tell which part of a delivery it is, as the contract finds it"
        " (_(north|south)): rename it"
    )


def test_parts_distinguished_by_a_column_add_up(tmp_path: Path, bring) -> None:
    contract = sales_contract(relation=Restate((*SCOPE, ScopePart("segment")), 0.5))
    results = bring(
        *(write_rows(tmp_path / f"{name}.csv", sales(range(1, 21), name)) for name in SEGMENTS),
        contracts=[contract],
    )
    assert outcomes(results) == ["loaded"] * 3
    assert [result.remarks for result in results] == [()] * 3


# repeated rows where all count


def test_the_same_rows_in_another_order_are_held(
    way: str, tmp_path: Path, bring, empty_warehouse: str
) -> None:
    contract = sales_contract(relation=Append())
    rows = list(tidy_rows(30))
    (first,) = bring(write_rows(tmp_path / "first.csv", rows), contracts=[contract])
    (second,) = bring(write_rows(tmp_path / "second.csv", rows[::-1]), contracts=[contract])
    assert second.outcome == "held"
    assert f"its 30 rows are those of load {first.load_id} (first.csv) in another order or form" in (
        second.message
    )
    (other,) = bring(write_rows(tmp_path / "other.csv", [*rows[:-1], rows[0]]), contracts=[contract])
    assert other.outcome == "loaded"
    (taken,) = accept(second.load_id, "sold twice", url=empty_warehouse, contracts=[contract])
    assert taken.outcome == "loaded"


def test_both_ways_record_the_days_of_a_scope(
    tmp_path: Path, bring, query, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for year, bulk_from in ((2014, 0), (2015, 1 << 60)):
        monkeypatch.setattr(table_load, "BULK_FROM", bulk_from)
        (result,) = bring(write_rows(tmp_path / f"{year}.csv", tidy_rows(60, year)))
        found.append(
            query(
                "select replace(scope, %s, ''), rows, replace(days::text, %s, '') from ops.load_scopes"
                " where load_id = %s order by scope",
                str(year),
                str(year),
                result.load_id,
            )
        )
    assert found[0] == found[1]
    assert found[0][0][2].startswith("{[-01-01,-01-02),")
