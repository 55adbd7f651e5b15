"""A proposal is shown and corrected until the person takes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.tradewind.mapping import exports
from tradewind.mapping.canonical import CanonicalModel
from tradewind.mapping.sources import Proposed, proposals, sources_of
from tradewind.source.conversation import Ended, Settled, in_currency, in_zone, settle
from tradewind.source.errors import SourceError

#: No server: the first rows are left out.
NOWHERE = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1"


def proposed(path: Path) -> Proposed:
    (found, *_), _unused = proposals(sources_of([path], (), "acme"))
    return found


@pytest.fixture
def found(tmp_path: Path) -> Proposed:
    return proposed(exports.records(tmp_path))


def talk(found: Proposed, *answers: str) -> Settled:
    given: Iterator[str] = iter(answers)

    def ask(_prompt: str) -> str:
        try:
            return next(given)
        except StopIteration:
            raise EOFError from None

    return settle(found, NOWHERE, ask)


def said(settled: Settled) -> dict[str, str]:
    return {name: guess.expression for name, guess in settled.proposal.guesses.items()}


def test_it_is_taken_as_it_is(found: Proposed, capsys: pytest.CaptureFixture[str]) -> None:
    settled = talk(found, "")
    assert settled == settle(found, NOWHERE, None)
    assert settled.path.parts[-2:] == ("acme", "sales_records.sales_lines.yaml")
    output = capsys.readouterr().out
    assert "how sure" in output and "order_date" in output
    assert "the first rows cannot be computed" in output
    assert "column = expression" in output


def test_a_column_is_corrected_or_left_out(found: Proposed) -> None:
    settled = talk(found, "units_sold = -units_sold", "channel =", "")
    before = {name: guess.expression for name, guess in found.proposal.guesses.items()}
    assert said(settled) == {
        **{name: text for name, text in before.items() if name != "channel"},
        "units_sold": "-units_sold",
    }
    assert settled.mapping.columns["units_sold"].sql == "-sales_records.units_sold"
    assert "channel" not in settled.text and 'units_sold: "-units_sold"' in settled.text


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("profits = total_profit", "profits is not a canonical column"),
        ("profit = totl_profit", "has no column totl_profit"),
        ("profit = total_profit / units_sold", "divide by nullif"),
        ("units_sold = 2 * units_sold", "which may overflow: write `1.0 * 2 *"),
        ("profit = sum(total_profit)", "cannot be used in a mapping"),
        ("profit = country", "profit is a number"),
        ("sale_date = (select 1)", "cannot be used"),
        ("profit", "Write a column, = and an expression"),
    ],
)
def test_what_cannot_be_is_refused(
    found: Proposed, answer: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settled = talk(found, answer, "")
    assert message in capsys.readouterr().out
    assert settled == settle(found, NOWHERE, None)


def test_without_a_date_it_cannot_be_taken(found: Proposed, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Ended):
        talk(found, "sale_date =", "")
    assert "sale_date is missing" in capsys.readouterr().out
    assert said(talk(found, "sale_date =", "", "sale_date = order_date", ""))["sale_date"] == "order_date"


def test_columns_are_listed(found: Proposed, capsys: pytest.CaptureFixture[str]) -> None:
    talk(found, "?", "")
    assert "acme.sales_records: region, country, item_type" in capsys.readouterr().out


@pytest.mark.parametrize("answers", [["q"], []])
def test_it_may_end_without_a_mapping(found: Proposed, answers: list[str]) -> None:
    with pytest.raises(Ended):
        talk(found, *answers)


def test_nobody_is_asked_where_nothing_is_sales(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,town\nAda,London\nGrace,New York\n")
    with pytest.raises(SourceError, match="nothing was found for sale_date and sales in"):
        settle(proposed(path), NOWHERE, None)


def test_a_currency_is_said_where_no_column_does(
    found: Proposed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(settle(in_currency(found, "GBP"), NOWHERE, None))["currency"] == "'GBP'"
    with pytest.raises(SourceError, match="CURRENCY=GPB is not a code of ISO 4217"):
        in_currency(found, "GPB")
    rows = [["2024-01-31", f"{i}.50", "EUR" if i % 3 else "USD"] for i in range(20)]
    named = proposed(exports.write(tmp_path / "sales.csv", "Date,Sales,Currency", rows))
    assert in_currency(named, "GBP") == named
    assert "CURRENCY=GBP is for files that name none; here currency does" in capsys.readouterr().out


def _sold_at(tmp_path: Path, *times: str) -> Proposed:
    rows = [[time, f"{place}.50"] for place, time in enumerate(times)]
    return proposed(exports.write(tmp_path / "sales.csv", "Sold at,Sales", rows))


def test_days_are_counted_in_the_zone_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = _sold_at(tmp_path, "2026-03-29T23:30:00Z", "2026-03-29T23:30:00+02:00")
    assert settle(found, NOWHERE, None).mapping.business_day is None
    assert "days are those in UTC" in capsys.readouterr().out
    for settled in (
        settle(in_zone(found, "Asia/Tokyo"), NOWHERE, None),
        talk(found, "business_day = Asia/Tokyo", ""),
        talk(in_zone(found, "Europe/Berlin"), "business_day = Tokio", "business_day = Asia/Tokyo", ""),
    ):
        assert settled.mapping.business_day == "Asia/Tokyo"
        assert "\nbusiness_day: Asia/Tokyo\n" in settled.text
    output = capsys.readouterr().out
    assert "days are those in Asia/Tokyo" in output
    assert "business_day: 'Tokio' is not the name of a time zone" in output
    assert talk(in_zone(found, "Asia/Tokyo"), "business_day =", "").mapping.business_day is None
    with pytest.raises(SourceError, match=r"^ZONE=Europe/Berln: .* did you mean 'Europe/Berlin'\?"):
        in_zone(found, "Europe/Berln")


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        (("2026-03-29 23:30:00", "2026-03-30 00:30:00"), "the times of sales.sold_at have no offset: name"),
        (
            ("2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"),
            "each time of sold_at is midnight, so it is a day",
        ),
        (("2026-03-29", "2026-03-30"), "the days are made of no column with a time"),
    ],
)
def test_days_that_cannot_be_counted_elsewhere_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], times: tuple[str, ...], reason: str
) -> None:
    found = _sold_at(tmp_path, *times)
    assert in_zone(found, "Asia/Tokyo") == found
    assert f"ZONE=Asia/Tokyo is not used: {reason}" in capsys.readouterr().out


def test_a_currency_is_for_amounts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = "Stichtag,Lager,Artikelnummer,Bestand"
    rows = [["2026-03-01", 100, "A-1", 5], ["2026-03-01", 200, "A-1", 7]]
    path = exports.write(tmp_path / "stock.csv", header, rows)
    (found, *_), _unused = proposals(sources_of([path], (), "acme"), model=CanonicalModel("inventory"))
    assert in_currency(found, "EUR") is found
    assert "CURRENCY=EUR is not used: stock has no amounts" in capsys.readouterr().out
    # a warehouse may be called by a number
    assert {"location": "lager", "on_hand": "bestand"}.items() <= said(settle(found, NOWHERE, None)).items()
