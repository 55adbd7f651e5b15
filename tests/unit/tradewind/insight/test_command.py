"""What `forecast` takes, and what it says of anything else."""

import pytest

from tradewind.insight.command import show
from tradewind.settings import Settings


@pytest.mark.parametrize("name", ["units_sold", "Units sold", "UNITS-SOLD"])
def test_a_metric_goes_by_its_name_and_by_its_label(name, capsys):
    assert show(Settings.load({}), name, "colour", None) == 2
    assert capsys.readouterr().err == (
        "error: units_sold is not forecast by colour; --by takes country; segment; product; country,segment;"
        " or leave it out for the total\n"
    )


def test_a_metric_that_is_not_forecast(capsys):
    assert show(Settings.load({}), "profit margin", "", None) == 2
    assert capsys.readouterr().err == (
        "error: there is no forecast of 'profit margin'; there are profit, total_sales, units_sold\n"
    )
