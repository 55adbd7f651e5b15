"""Files of `dbt_project/forecasts/`."""

import pytest
import yaml

from tradewind.insight.metrics import FORECASTS, ForecastFileError, read_metrics

SALES = yaml.safe_load((FORECASTS / "total_sales.yaml").read_text())


def test_the_project_forecasts_sales_profit_and_units():
    found = read_metrics()
    assert set(found) == {"profit", "total_sales", "units_sold"}
    assert found["profit"].definition.label == "Profit"
    assert found["profit"].levels[0] == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metric": "sales_total"}, "mart_sales_monthly has no metric sales_total"),
        ({"metric": "profit"}, "must be named after its metric, profit.yaml"),
        ({"mart": "mart_sales"}, "mart_sales has no metric total_sales"),
        ({"levels": [["country"]]}, "levels must hold the total"),
        ({"levels": [[], ["country"], ["country"]]}, "each level once"),
        ({"levels": [[], ["a", "b"], ["c", "d"]]}, "is no part of"),
        ({"months_ahead": 0}, "months_ahead"),
        ({"month": "moth"}, "there is no mart_sales_monthly.moth"),
        ({"levels": [[], ["land"]]}, "there is no mart_sales_monthly.land"),
        (
            {"days": {"mart": "mart_sales_dayly", "column": "day", "company": "company"}},
            "there is no mart_sales_dayly.day, no mart_sales_dayly.company",
        ),
        ({"month_ahead": 12}, "month_ahead"),
    ],
)
def test_a_file_that_says_something_impossible(change, message, tmp_path):
    (tmp_path / "total_sales.yaml").write_text(yaml.safe_dump({**SALES, **change}))
    with pytest.raises(ForecastFileError, match=message):
        read_metrics(tmp_path)
