"""A mart as a pandas frame."""

from decimal import Decimal

import pytest
from sqlalchemy.exc import NoSuchTableError

from ingestion.sample import write_sample_file
from tradewind.marts import mart
from tradewind.settings import Settings


@pytest.fixture(scope="module")
def settings(warehouse, take, build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    write_sample_file(folder, rows=300, seed=9)
    for path in folder.iterdir():
        take(path)
    assert build().returncode == 0
    return Settings.load(warehouse.environment())


def test_a_mart_is_a_frame_of_exact_amounts(settings, ask):
    frame = mart("mart_sales_monthly", settings)
    assert isinstance(frame["sales"].iloc[0], Decimal)
    found = frame.groupby("country")["sales"].sum().to_dict()
    assert found == dict(ask("select country, sum(sales) from marts.mart_sales_monthly group by country"))


def test_an_unknown_mart(settings):
    with pytest.raises(NoSuchTableError):
        mart("mart_of_nothing", settings)
