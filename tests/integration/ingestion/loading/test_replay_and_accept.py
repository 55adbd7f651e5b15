"""Held files are loaded after a correction or when a person accepts them; loaded ones can be replayed."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.loading.load import load, load_landing
from ingestion.loading.replay import CannotReplay, accept, replay
from tests.integration.ingestion.command import run
from tests.integration.ingestion.sales_files import (
    HEADER,
    sales_contract,
    settled,
    tidy_rows,
    write_rows,
    write_tidy_file,
)
from tests.unit.ingestion.builders import write_workbook

#: Rows that count now.
COUNTED = """
    select count(*) from staging.raw_sales_transactions as raw
    inner join ops.current_scopes as scopes
        on scopes.load_id = raw._load_id
        and scopes.scope = raw.country || '|' || to_char(raw.sale_date, 'YYYY-MM')
"""
LEDGER = "select file_name, state, rows_loaded, rows_rejected from ops.loads order by load_id"


def ways_out(load_id: int) -> str:
    return f'; or take it as it is: python -m ingestion accept {load_id} --why "…"'


def write_zip(path: Path, *files: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, file.name)
    return settled(path)


def test_too_many_broken_rows_are_accepted(landing: Path, empty_warehouse: str, query) -> None:
    write_tidy_file(landing / "sales.csv", rows=100, broken=5)
    (held,) = load_landing(landing, url=empty_warehouse)
    assert (held.outcome, held.message) == (
        "held",
        "nothing taken: 20 of 100 rows are broken, at most 5% may be;"
        f" the first is line 6: 17 cells, 16 expected{ways_out(held.load_id)}",
    )

    (loaded,) = accept(held.load_id, " the maker knows ", landing=landing, url=empty_warehouse)

    assert (loaded.outcome, loaded.rows_loaded, loaded.rows_rejected) == ("loaded", 80, 20)
    assert query(LEDGER) == [("sales.csv", "resolved", 0, 100), ("sales.csv", "loaded", 80, 20)]
    assert query(
        "select accepted_by <> '', accepted_why, replaces from ops.loads where load_id = %s", loaded.load_id
    ) == [(True, "the maker knows", held.load_id)]
    assert query("select count(*) from ops.rejected_rows where load_id = %s", loaded.load_id) == [(20,)]
    assert [path.name for path in (landing / "loaded").iterdir()] == [f"{loaded.load_id}_sales.csv"]
    assert not list((landing / "held").iterdir())


def test_accepting_requires_a_reason_and_a_held_load(tmp_path: Path, empty_warehouse: str, query) -> None:
    path = write_tidy_file(tmp_path / "sales.csv", rows=100, broken=5)
    (held,) = load([path], url=empty_warehouse)
    with pytest.raises(CannotReplay, match="give a reason"):
        accept(held.load_id, " ", url=empty_warehouse)
    assert query(LEDGER) == [("sales.csv", "held", 0, 100)]

    (loaded,) = accept(held.load_id, "why not", url=empty_warehouse)
    with pytest.raises(CannotReplay, match=f"load {loaded.load_id} is loaded, not held: there is nothing to"):
        accept(loaded.load_id, "again", url=empty_warehouse)
    with pytest.raises(CannotReplay, match=f"load {held.load_id} is resolved"):
        replay(held.load_id, url=empty_warehouse)


def test_file_that_is_cut_off_replaces_nothing_unless_accepted(
    tmp_path: Path, empty_warehouse: str, query
) -> None:
    load([write_rows(tmp_path / "whole.csv", tidy_rows(200))], url=empty_warehouse)
    (held,) = load([write_rows(tmp_path / "cut.csv", tidy_rows(80))], url=empty_warehouse)
    assert held.message == (
        "nothing taken: it would leave 80 rows where 200 count now"
        " (same restate(country, month of sale_date));"
        f" at most 50% may go: check that it is complete{ways_out(held.load_id)}"
    )
    assert query(COUNTED) == [(200,)]

    (loaded,) = accept(held.load_id, "shops were closed", url=empty_warehouse)
    assert loaded.rows_loaded == 80
    assert query(COUNTED) == [(80,)]


def test_half_of_the_rows_may_be_missing(tmp_path: Path, empty_warehouse: str, query) -> None:
    load([write_rows(tmp_path / "whole.csv", tidy_rows(200))], url=empty_warehouse)
    (loaded,) = load([write_rows(tmp_path / "half.csv", tidy_rows(100))], url=empty_warehouse)
    assert loaded.outcome == "loaded"
    assert query(COUNTED) == [(100,)]


def test_empty_file_replaces_nothing_even_if_accepted(tmp_path: Path, empty_warehouse: str, query) -> None:
    load([write_rows(tmp_path / "whole.csv", tidy_rows(200))], url=empty_warehouse)
    (held,) = load([write_rows(tmp_path / "empty.csv", [])], url=empty_warehouse)
    message = "nothing taken: it holds a header and no rows: an empty file replaces nothing"
    assert (held.outcome, held.message) == ("held", message)

    (again,) = accept(held.load_id, "really", url=empty_warehouse)
    assert (again.outcome, again.load_id, again.message) == ("held", held.load_id, message)
    assert query(COUNTED) == [(200,)]


def test_held_load_is_loaded_once_its_contract_is_corrected(
    landing: Path, empty_warehouse: str, query
) -> None:
    write_tidy_file(landing / "sales.csv", rows=100, broken=5)
    (held,) = load_landing(landing, url=empty_warehouse)

    (still,) = replay(held.load_id, landing=landing, url=empty_warehouse)
    assert (still.outcome, still.load_id) == ("held", held.load_id)

    lenient = sales_contract(max_rejected_share=0.2)
    (loaded,) = replay(held.load_id, landing=landing, url=empty_warehouse, contracts=[lenient])
    assert (loaded.outcome, loaded.rows_loaded) == ("loaded", 80)
    assert query(LEDGER) == [("sales.csv", "resolved", 0, 100), ("sales.csv", "loaded", 80, 20)]


def test_corrected_file_takes_the_place_of_the_old_one(tmp_path: Path, empty_warehouse: str, query) -> None:
    """The first of three loads of the same months is corrected: only the last still counts."""
    first, second, third = (
        load([write_rows(tmp_path / f"{rows}.csv", tidy_rows(rows))], url=empty_warehouse)[0].load_id
        for rows in (100, 110, 120)
    )
    corrected = write_rows(tmp_path / "corrected.csv", tidy_rows(90))
    (new,) = replay(first, corrected, url=empty_warehouse)

    assert (new.outcome, new.rows_loaded) == ("loaded", 90)
    assert query(COUNTED) == [(120,)]
    assert query("select load_id, state, replaces from ops.loads order by precedence, load_id") == [
        (first, "replaced", None),
        (new.load_id, "loaded", first),
        (second, "loaded", None),
        (third, "loaded", None),
    ]
    counted = query("select load_id from ops.counted_loads order by precedence")
    assert counted == [(new.load_id,), (second,), (third,)]

    (newest,) = replay(third, write_rows(tmp_path / "newest.csv", tidy_rows(130)), url=empty_warehouse)
    assert query(COUNTED) == [(130,)]
    assert query("select distinct load_id from ops.current_scopes") == [(newest.load_id,)]
    with pytest.raises(CannotReplay, match=f"load {first} is replaced"):
        replay(first, corrected, url=empty_warehouse)


def test_other_columns_are_held_and_accepted(tmp_path: Path, empty_warehouse: str, query) -> None:
    columns = tuple(
        replace(column, required=column.name != "discount_band") for column in sales_contract().columns
    )
    contracts = [sales_contract(columns=columns)]
    header = HEADER.replace("Discount Band,", "") + ",Remark"
    rows = [[*row[:3], *row[4:], "new"] for row in tidy_rows(50)]
    path = write_rows(tmp_path / "sales.csv", rows, header)
    (held,) = load([path], url=empty_warehouse, contracts=contracts)
    assert held.message == (
        "nothing taken: the header breaks the contract sales.transactions (missing: 'Discount Band';"
        f" unknown: 'Remark'): correct the file{ways_out(held.load_id)}"
    )

    (loaded,) = accept(held.load_id, "they dropped bands", url=empty_warehouse, contracts=contracts)
    assert (loaded.outcome, loaded.rows_loaded) == ("loaded", 50)
    assert query(
        "select count(*), count(discount_band), count(distinct product) from staging.raw_sales_transactions"
    ) == [(50, 0, 7)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda row: [*row, "x"],
            "all rows have the same fault (the first is line 2: 17 cells, 16 expected)",
        ),
        (
            lambda row: [*row[:4], f"about {row[4]}", *row[5:]],
            "all rows have the same fault in Units Sold"
            " (the first is line 2, Units Sold: 'about 1.50' is not a number)",
        ),
    ],
    ids=["one cell too many", "another type"],
)
def test_fault_of_all_rows_is_reported_once(
    change: Callable, message: str, tmp_path: Path, empty_warehouse: str, query
) -> None:
    path = write_rows(tmp_path / "sales.csv", map(change, tidy_rows(50)))
    (held,) = load([path], url=empty_warehouse)

    assert (held.outcome, held.rows_read, held.rows_rejected) == ("held", 50, 50)
    assert held.message == f"nothing taken: {message}: correct the file or its contract, and replay"
    (again,) = accept(held.load_id, "nothing in it is sound", url=empty_warehouse)
    assert (again.outcome, again.message) == ("held", held.message)


def test_missing_file(tmp_path: Path, empty_warehouse: str) -> None:
    path = write_tidy_file(tmp_path / "sales.csv", rows=100, broken=5)
    (held,) = load([path], url=empty_warehouse)
    moved = path.rename(tmp_path / "elsewhere.csv")

    with pytest.raises(CannotReplay) as told:
        replay(held.load_id, landing=tmp_path, url=empty_warehouse)
    assert str(told.value) == (
        f"the file of load {held.load_id}, sales.csv, is not at {path} any more:"
        f" say where it is, as in: python -m ingestion replay {held.load_id} FILE"
    )
    (loaded,) = accept(held.load_id, "found", moved, landing=tmp_path, url=empty_warehouse)
    assert (loaded.outcome, loaded.rows_loaded) == ("loaded", 80)


def test_only_the_held_member_of_an_archive_is_replayed(
    landing: Path, tmp_path: Path, empty_warehouse: str, query
) -> None:
    sound = write_rows(tmp_path / "sound.csv", tidy_rows(100, year=2015))
    broken = write_tidy_file(tmp_path / "broken.csv", rows=100, broken=5)
    write_zip(landing / "sales.zip", sound, broken)
    loaded, held = load_landing(landing, url=empty_warehouse)
    assert [(each.outcome, each.file) for each in (loaded, held)] == [
        ("loaded", "sales.zip/sound.csv"),
        ("held", "sales.zip/broken.csv"),
    ]
    assert [path.name for path in (landing / "held").iterdir()] == [f"{held.load_id}_sales.zip"]

    (accepted,) = accept(held.load_id, "no more to come", landing=landing, url=empty_warehouse)

    assert (accepted.outcome, accepted.file) == ("loaded", "sales.zip/broken.csv")
    assert query(LEDGER) == [
        ("sales.zip/sound.csv", "loaded", 100, 0),
        ("sales.zip/broken.csv", "resolved", 0, 100),
        ("sales.zip/broken.csv", "loaded", 80, 20),
    ]
    assert [path.name for path in (landing / "loaded").iterdir()] == [f"{accepted.load_id}_sales.zip"]


@pytest.mark.parametrize("name", ["sales.zip", "sales.xlsx"])
def test_a_file_that_was_held_as_a_whole_is_replayed_as_a_whole(
    name: str, tmp_path: Path, empty_warehouse: str, query
) -> None:
    path = tmp_path / name
    path.write_bytes(b"PK\x03\x04 cut off")
    (held,) = load([path], url=empty_warehouse)
    assert held.message.endswith("download it again, or ask for it again")

    years = {str(year): [HEADER.split(","), *tidy_rows(20, year)] for year in (2014, 2015)}
    if name == "sales.zip":
        files = [write_rows(tmp_path / f"{year}.csv", rows[1:]) for year, rows in years.items()]
        write_zip(path, *files)
    else:
        write_workbook(path, {year: dict(enumerate(rows, 1)) for year, rows in years.items()})
    results = replay(held.load_id, url=empty_warehouse)

    assert [(result.outcome, result.rows_loaded) for result in results] == [("loaded", 20)] * 2
    assert query("select state from ops.loads order by load_id") == [("resolved",), ("loaded",), ("loaded",)]
    assert query(COUNTED) == [(40,)]


def test_commands(warehouse, empty_warehouse: str, landing: Path, query) -> None:
    path = write_tidy_file(landing / "sales.csv", rows=100, broken=5)
    place = {"LANDING_DIR": str(landing)}
    assert run(warehouse, "load", path, **place).returncode == 1

    ((held,),) = query("select load_id from ops.loads")

    usage = run(warehouse, "accept", held, **place)
    assert (usage.returncode, usage.stdout) == (2, "")
    assert "--why" in usage.stderr
    for arguments, message in (
        (("accept", held, "--why", ""), 'give a reason: --why "…"'),
        (("replay", 77), "there is no load 77: list them with python -m ingestion status"),
    ):
        refused = run(warehouse, *arguments, **place)
        assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", f"error: {message}\n")

    still = run(warehouse, "replay", held, **place)
    assert still.returncode == 1
    assert "20 of 100 rows are broken" in still.stdout

    accepted = run(warehouse, "accept", held, "--why", "the maker knows", **place)
    assert (accepted.returncode, accepted.stderr) == (0, "")
    assert accepted.stdout.splitlines()[1].split("\t")[3:7] == ["loaded", "100", "80", "20"]
    assert query("select accepted_why from ops.loads where state = 'loaded'") == [("the maker knows",)]
