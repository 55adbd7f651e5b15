"""The time zone in which the days of sales are counted, as mappings name it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.contract.model import Contract
from ingestion.explore.draft.draft import draft
from tests.unit.tradewind.mapping import exports
from tradewind.mapping.files import read_mapping
from tradewind.mapping.model import Mapping
from tradewind.mapping.places import PlacedFaults
from tradewind.mapping.properties import render_properties
from tradewind.mapping.staging import render

MAPPING = """\
source: acme.orders
business_day: Europe/Berlin
columns:
  sale_date: {day}
  sales: amount
"""


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """Times with an offset, without one, and with one in some rows only."""
    folder = tmp_path_factory.mktemp("orders")
    rows = [
        ["2026-03-29T23:30:00Z", "2026-03-29 23:30:00", "2026-03-29 23:30:00", "2026-03-29", "1.50"],
        [
            "2026-03-29T23:30:00+02:00",
            "2026-03-29 23:31:00",
            "2026-03-29 23:30:00 +0200",
            "2026-03-29",
            "2.50",
        ],
    ]
    path = exports.write(folder / "orders.csv", "Sold at,Local,Mixed,Day,Amount", rows)
    return draft(path, domain="acme", table="orders").contract


def _read(orders: Contract, day: str, zone: str = "Europe/Berlin") -> Mapping:
    text = MAPPING.format(day=day).replace("Europe/Berlin", zone)
    return read_mapping(Path("acme/orders.sales_lines.yaml"), [orders], text)


def _day(mapping: Mapping) -> str:
    (line,) = (each for each in render(mapping, "here").splitlines() if each.endswith(" as sale_date,"))
    return line.strip()


def test_times_with_an_offset_are_in_utc(orders: Contract) -> None:
    mapping = _read(orders, "sold_at")
    assert mapping.business_day == "Europe/Berlin"
    assert _day(mapping) == (
        "cast({{ in_time_zone('orders.sold_at', 'UTC', 'Europe/Berlin') }} as date) as sale_date,"
    )
    assert "acme_orders" in render_properties(mapping, "here")


def test_times_without_an_offset_are_in_the_zone_of_the_contract(orders: Contract) -> None:
    in_tokyo = replace(orders, time_zone="Asia/Tokyo")
    for column in ("sold_at", "local", "mixed"):
        assert f"in_time_zone('orders.{column}', 'Asia/Tokyo', 'Europe/Berlin')" in _day(
            _read(in_tokyo, column)
        )


def test_each_time_of_an_expression_is_converted(orders: Contract) -> None:
    in_tokyo = replace(orders, time_zone="Asia/Tokyo")
    assert _day(_read(in_tokyo, "coalesce(local, day, cast(sold_at as date))")) == (
        "cast(COALESCE({{ in_time_zone('orders.local', 'Asia/Tokyo', 'Europe/Berlin') }}, orders.day,"
        " CAST({{ in_time_zone('orders.sold_at', 'Asia/Tokyo', 'Europe/Berlin') }} AS DATE)) as date)"
        " as sale_date,"
    )


def test_without_a_zone_times_stay_as_they_were_loaded(orders: Contract) -> None:
    text = MAPPING.format(day="sold_at").replace("business_day: Europe/Berlin\n", "")
    mapping = read_mapping(Path("acme/orders.sales_lines.yaml"), [orders], text)
    assert _day(mapping) == "cast(orders.sold_at as date) as sale_date,"


@pytest.mark.parametrize(
    ("day", "zone", "contract_zone", "fault"),
    [
        (
            "sold_at",
            "Europe/Berln",
            None,
            "'Europe/Berln' is not the name of a time zone, as Europe/Berlin or UTC; did you mean"
            " 'Europe/Berlin'?",
        ),
        ("sold_at", "CET", None, "'CET' is not the name of a time zone, as Europe/Berlin or UTC"),
        ("sold_at", "7", None, "7 is not the name of a time zone, as Europe/Berlin or UTC"),
        ("day", "Europe/Berlin", None, "the days are made of no column with a time: leave business_day out"),
        (
            "local",
            "Europe/Berlin",
            None,
            "the times of orders.local have no offset: name the zone that they are written in, as timeZone in"
            " the contract acme.orders; if it is that of the business, leave business_day out",
        ),
        (
            "mixed",
            "Europe/Berlin",
            None,
            "the times of orders.mixed may lack an offset: name the zone that they are written in, as"
            " timeZone in the contract acme.orders; if it is that of the business, leave business_day out",
        ),
        (
            "sold_at",
            "Europe/Berlin",
            "CET",
            "timeZone in the contract acme.orders: 'CET' is not the name of a time zone, as Europe/Berlin or"
            " UTC",
        ),
    ],
)
def test_faults_have_a_place_and_say_what_to_do(
    orders: Contract, day: str, zone: str, contract_zone: str | None, fault: str
) -> None:
    with pytest.raises(PlacedFaults) as error:
        _read(replace(orders, time_zone=contract_zone), day, zone)
    assert str(error.value) == f"acme/orders.sales_lines.yaml: line 2, column 1: business_day: {fault}"
