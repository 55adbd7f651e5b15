"""The load benchmark's files are as described, and its ratios are taken within a round."""

import pytest

from benchmarks.load.broken_rows import break_row, broken_file, broken_lines
from benchmarks.load.measure import Cost
from benchmarks.load.race import Run
from benchmarks.load.report import summaries
from benchmarks.load.ways import LOADER, YARDSTICK
from tests.support.random_sales import clean_file

ROWS = 2_000


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return clean_file(tmp_path_factory.mktemp("sales"), ROWS)


def cost(work: float) -> Cost:
    return Cost(
        command=work + 1, work=work, startup=1, startup_cpu=0, client_cpu=work, server_cpu=work, peak=1
    )


def test_same_file_every_time(clean, tmp_path):
    again = clean_file(tmp_path, ROWS)
    assert again.read_bytes() == clean.read_bytes()
    assert len(clean.read_text().splitlines()) == ROWS + 1


def test_only_the_named_lines_are_broken(clean):
    pairs = zip(clean.read_bytes().splitlines(), broken_file(clean).read_bytes().splitlines(), strict=True)
    differing = [number for number, (row, broken) in enumerate(pairs, 1) if row != broken]
    assert differing == broken_lines(ROWS)
    assert len(differing) == ROWS * 0.005


def test_rows_are_broken_in_five_ways(clean):
    row = clean.read_bytes().splitlines()[1]
    assert len({break_row(row, way) for way in range(5)} - {row}) == 5


def test_ratios_are_taken_within_a_round():
    runs = [
        Run(YARDSTICK, 1, cost(1.0)),
        Run(LOADER, 1, cost(1.0)),
        Run(LOADER, 2, cost(6.0)),
        Run(YARDSTICK, 2, cost(2.0)),
        Run(LOADER, 3, None, "failed"),
    ]
    loader = next(each for each in summaries(runs, ROWS) if each.way is LOADER)
    assert (loader.rounds, loader.least, loader.most) == (2, 0.5, 2.0)
    assert loader.cpu_ratio == 2.0
