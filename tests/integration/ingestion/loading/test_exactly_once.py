"""Killed loaders and parallel loaders have the same result as one undisturbed loader."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from ingestion.sample import write_sample_file
from tests.integration.ingestion.loaders import Loader, seconds_to_load
from tests.integration.ingestion.sales_files import BULK_ROWS, UNTIL, WRITE, state, write_tidy_file

#: For each way of loading.
KILLS = 26

#: Killed loaders in a row, before one may finish.
KILLS_IN_A_ROW = 5

WAYS = pytest.mark.parametrize("way", WRITE)


def contents(folder: Path) -> list[bytes]:
    """The contents of a folder's files; a name that a killed loader reserved but did not use is empty."""
    return [content for path in folder.iterdir() if path.is_file() and (content := path.read_bytes())]


@WAYS
def test_killed_at_any_moment(
    way: str, landing: Path, empty_warehouse: str, query, empty, tmp_path: Path
) -> None:
    original = WRITE[way](tmp_path)
    waiting = landing / original.name

    def begin_anew() -> None:
        empty()
        shutil.rmtree(landing / "loaded", ignore_errors=True)
        shutil.copy2(original, waiting)

    # The first one creates the tables, too.
    for _ in range(2):
        begin_anew()
        seconds = seconds_to_load(landing, empty_warehouse)
    undisturbed = state(query)
    assert query("select way, rows_rejected * 100 = rows_read from ops.loads") == [(way, True)]

    chance = random.Random(1)
    moments = [(i + chance.random()) / KILLS * seconds for i in range(KILLS)]
    chance.shuffle(moments)
    while moments:
        begin_anew()
        for _ in range(KILLS_IN_A_ROW):
            if moments and waiting.exists():
                if Loader(landing, empty_warehouse).kill(moments[-1]):
                    moments.pop()
                else:
                    # It was faster than the one that was timed.
                    moments[-1] *= 0.8
        Loader(landing, empty_warehouse).outcomes()

        assert state(query) == undisturbed
        assert contents(landing) == []
        assert contents(landing / "loaded") == [original.read_bytes()]


@WAYS
def test_file_that_is_put_back_after_its_load_is_known(
    way: str, landing: Path, empty_warehouse: str, query
) -> None:
    """As if the loader had been killed before it moved the file."""
    WRITE[way](landing)
    assert Loader(landing, empty_warehouse).outcomes() == ["loaded"]
    undisturbed = state(query)

    path = WRITE[way](landing)
    assert Loader(landing, empty_warehouse).outcomes() == ["known"]

    assert state(query) == undisturbed
    assert not path.exists()
    assert len(contents(landing / "loaded")) == 2


@WAYS
def test_two_loaders_of_one_file(way: str, landing: Path, empty_warehouse: str, query) -> None:
    content = WRITE[way](landing).read_bytes()

    loaders = [Loader(landing, empty_warehouse) for _ in range(2)]
    outcomes = sorted(loader.outcomes() for loader in loaders)

    # The second one waits for the first and knows the file, or is so late that it finds it gone.
    assert outcomes[-1] == ["loaded"]
    assert outcomes[0] in (["known"], ["gone"], [])
    assert query("select state, way, count(*) over () from ops.loads") == [("loaded", way, 1)]
    assert query(
        "select count(*) = (select rows_loaded from ops.loads) from staging.raw_sales_transactions"
    ) == [(True,)]
    assert contents(landing) == []
    assert contents(landing / "loaded") == [content]


def test_two_loaders_of_different_files(landing: Path, empty_warehouse: str, query, tmp_path: Path) -> None:
    """Two files of the same months: the one with the higher number is committed later, and counts."""
    other = tmp_path / "other"
    for folder, seed in ((landing, 1), (other, 2)):
        write_sample_file(folder, rows=2_000, until=UNTIL, seed=seed)

    loaders = [Loader(folder, empty_warehouse) for folder in (landing, other)]
    assert [loader.outcomes() for loader in loaders] == [["loaded"], ["loaded"]]

    ((first, second),) = query("select min(load_id), max(load_id) from ops.loads")
    assert query("select finished_at from ops.loads where load_id = %s", first) < query(
        "select finished_at from ops.loads where load_id = %s", second
    )
    scopes = query("select distinct scope from ops.load_scopes where load_id = %s", second)
    current = query("select scope from ops.current_scopes where load_id = %s", second)
    assert sorted(current) == sorted(scopes)


def test_loaders_of_large_files_of_one_source(
    landing: Path, empty_warehouse: str, query, tmp_path: Path
) -> None:
    """Each keeps its tables beside the raw one until it commits: no other may take them for leftovers."""
    folders = [tmp_path / str(year) for year in (2014, 2015, 2016)]
    for folder in folders:
        folder.mkdir()
        write_tidy_file(folder / "tidy.csv", year=int(folder.name))

    loaders = [Loader(folder, empty_warehouse) for folder in folders]
    assert [loader.outcomes() for loader in loaders] == [["loaded"]] * 3

    loaded = BULK_ROWS * 99 // 100
    assert query("select way, rows_loaded from ops.loads") == [("bulk", loaded)] * 3
    assert query(
        "select year, count(*), count(distinct _load_id) from staging.raw_sales_transactions"
        " group by year order by year"
    ) == [(year, loaded, 1) for year in (2014, 2015, 2016)]
    assert query("select count(*), count(distinct load_id) from ops.current_scopes") == [(30, 3)]
