"""Amounts are written in the reporting currency, which is a setting."""

from __future__ import annotations

from decimal import Decimal

import pytest

from deploy.stack.programs import superset_environment
from tradewind.currencies import symbol
from tradewind.dashboards.tree import ASSETS
from tradewind.report.numbers import shown
from tradewind.settings import SettingError, Settings


@pytest.mark.parametrize(
    ("code", "written"),
    [("USD", "$"), ("EUR", "€"), ("GBP", "£"), ("BRL", "R$"), ("CHF", "CHF\u00a0"), ("XYZ", "XYZ\u00a0")],
)
def test_the_symbol_of_a_currency(code: str, written: str) -> None:
    assert symbol(code) == written


def test_a_dollar_in_a_format_stands_for_the_reporting_currency() -> None:
    assert shown(Decimal("118726350.29"), "$,.3s", reporting="EUR") == "€119M"
    assert shown(Decimal("-5"), "$,.2f", reporting="SEK") == "\N{MINUS SIGN}SEK\u00a05.00"


@pytest.mark.parametrize(("code", "written"), [("", "$"), ("GBP", "£")])
def test_superset_is_told_the_symbol(code: str, written: str) -> None:
    settings = Settings.load({"REPORTING_CURRENCY": code, "WAREHOUSE_URL": "postgresql://owner@db/sales"})
    assert superset_environment(settings)["CURRENCY_SYMBOL"] == written


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REPORTING_CURRENCY", "euro"),
        ("EXCHANGE_RATES", "weekly"),
        ("EXCHANGE_RATE_DAYS", "-1"),
        ("CONSTANT_RATES_OF", "2024-13"),
    ],
)
def test_an_impossible_setting_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"{name} is '{value}' in the environment: it is"):
        _ = Settings.load({name: value}).currencies


@pytest.mark.parametrize("path", sorted(ASSETS.glob("charts/*/*.yaml")), ids=lambda path: path.stem)
def test_no_chart_names_a_currency(path) -> None:
    text = path.read_text()
    assert not [word for word in ("USD", "dollar", "$2M") if word in text]
