"""The report's figures: metrics of the marts by their one definition, read as the role `reporter`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from tradewind import definitions
from tradewind.marts import mart, metric, table
from tradewind.report.cards import Card, Dashboard
from tradewind.report.numbers import MINUS, shown
from tradewind.settings import Settings

#: Months in the row of bars, one more than a year: the first is that of a year before the last.
BARS = 13

#: Columns that the headline is broken down by; the first that the mart has.
_GROUPS = ("country", "state")
_LONGEST_TABLE = 8


class NoFigures(LookupError):
    """The marts hold nothing to report yet."""


@dataclass(frozen=True, slots=True)
class Change:
    """The change since an earlier month: its text, and whether it is good, bad or neither (`tone`)."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A card: the whole period as on the dashboard, the latest month, and that against two earlier ones."""

    title: str
    value: Decimal | None
    text: str
    month_text: str
    on_month: Change
    on_year: Change


@dataclass(frozen=True, slots=True)
class Bar:
    """A month of the headline figure; `share` of the largest, 0 to 1."""

    month: date
    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Row:
    """The latest month of one country or state."""

    name: str
    text: str
    on_month: Change
    on_year: Change


@dataclass(frozen=True, slots=True)
class Status:
    """What the figures rest on."""

    data_from: date
    data_as_of: date
    kind: str
    reconciliation: str

    @property
    def is_partial(self) -> bool:
        """Whether the latest month is not over; figures by month stand at the first day of each."""
        is_by_month = self.data_as_of.day == 1 and self.data_from.day == 1
        return not is_by_month and (self.data_as_of + timedelta(days=1)).day != 1


@dataclass(frozen=True, slots=True)
class Report:
    """All that the mail says."""

    dashboard: Dashboard
    status: Status
    month: date
    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...]
    rows_of: str
    rows: tuple[Row, ...]


def gather(dashboard: Dashboard, settings: Settings) -> Report:
    """The dashboard's figures, all of one publication.

    Raises:
        NoFigures: where nothing has been published.
        UnknownNameError: a card's metric was not published yet.
    """
    while True:
        before = _published_at(settings)
        report = _gather(dashboard, settings)
        if _published_at(settings) == before:
            return report


def _gather(dashboard: Dashboard, settings: Settings) -> Report:
    known = definitions.read_marts()
    by_mart: dict[str, list[Card]] = defaultdict(list)
    for card in dashboard.cards:
        by_mart[card.mart].append(card)
    totals: dict[Card, Decimal | None] = {}
    months: dict[Card, dict[date, Decimal]] = {}
    for name, cards in by_mart.items():
        wanted = list(dict.fromkeys(card.metric for card in cards))
        whole = metric(name, wanted, settings)
        by_month = metric(name, wanted, settings, by="month") if "month" in table(name, settings).c else None
        for card in cards:
            totals[card] = _value(whole[card.metric].iloc[0])
            months[card] = {} if by_month is None else _series(by_month, card.metric)
    headline = dashboard.cards[0]
    filled = [month for month, value in months[headline].items() if value]
    if not filled:
        raise NoFigures("nothing to report: the marts hold no figures yet")
    latest = max(filled)
    defined = {card: known[card.mart].metrics[card.metric] for card in dashboard.cards}
    figures = tuple(
        _figure(card, defined[card], totals[card], months[card], latest) for card in dashboard.cards
    )
    rows_of, rows = _rows(headline, defined[headline], latest, settings)
    return Report(
        dashboard,
        _status(dashboard.slug, headline.mart, settings),
        latest,
        figures,
        _bars(headline, defined[headline], months[headline], latest),
        rows_of,
        rows,
    )


def _figure(
    card: Card,
    defined: definitions.Metric,
    total: Decimal | None,
    months: dict[date, Decimal],
    latest: date,
) -> Figure:
    return Figure(
        card.title,
        total,
        _text(card, defined, total),
        _text(card, defined, months.get(latest)),
        change(months.get(latest), months.get(earlier(latest, 1)), defined),
        change(months.get(latest), months.get(earlier(latest, 12)), defined),
    )


def _bars(
    card: Card, defined: definitions.Metric, months: dict[date, Decimal], latest: date
) -> tuple[Bar, ...]:
    """The last months, a gap as 0; none where there are fewer than three, or any is a loss."""
    first = min(months)
    span = [month for back in reversed(range(BARS)) if (month := earlier(latest, back)) >= first]
    values = {month: months.get(month) or Decimal(0) for month in span}
    largest = max(values.values())
    if len(span) < 3 or min(values.values()) < 0:
        return ()
    return tuple(
        Bar(month, _text(card, defined, value), float(value / largest)) for month, value in values.items()
    )


def _rows(
    card: Card, defined: definitions.Metric, latest: date, settings: Settings
) -> tuple[str, tuple[Row, ...]]:
    columns = table(card.mart, settings).c
    group = next((name for name in _GROUPS if name in columns), None)
    if group is None:
        return "", ()
    compared = [latest, earlier(latest, 1), earlier(latest, 12)]
    frame = metric(card.mart, card.metric, settings, by=[group, "month"], month=compared)
    values: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for name, month, value in frame.itertuples(index=False):
        if (found := _value(value)) is not None:
            values[str(name)][month.date()] = found
    found = sorted(values.items(), key=lambda item: item[1].get(latest, Decimal(0)), reverse=True)
    rows = tuple(
        Row(
            name,
            _text(card, defined, months.get(latest)),
            change(months.get(latest), months.get(compared[1]), defined),
            change(months.get(latest), months.get(compared[2]), defined),
        )
        for name, months in found[:_LONGEST_TABLE]
    )
    return group.capitalize(), rows


def change(now: Decimal | None, then: Decimal | None, defined: definitions.Metric) -> Change:
    """How a figure moved: ratios in points, all others relative to the size of the earlier one."""
    if now is None or then is None:
        return Change("", "none")
    if defined.unit == "ratio":
        moved = round((now - then) * 100, 1)
        text = f"{_signed(moved)} pts"
    elif then == 0:
        return Change("", "none")
    else:
        moved = round((now - then) / abs(then) * 100, 1)
        text = f"{_signed(moved)}%"
    if not moved or defined.good_direction not in ("up", "down"):
        return Change(text, "flat")
    return Change(text, "good" if (moved > 0) == (defined.good_direction == "up") else "bad")


def earlier(month: date, months: int) -> date:
    """The first day of the month that is `months` months earlier."""
    count = month.year * 12 + month.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _signed(value: Decimal) -> str:
    return f"{'+' if value > 0 else MINUS if value < 0 else ''}{abs(value):,.1f}"


def _text(card: Card, defined: definitions.Metric, value: Decimal | None) -> str:
    return shown(
        value, card.d3format or defined.d3format, defined.currency, Settings.load().reporting_currency
    )


def _series(frame: pd.DataFrame, name: str) -> dict[date, Decimal]:
    pairs = ((month.date(), _value(value)) for month, value in zip(frame["month"], frame[name], strict=True))
    return {month: value for month, value in pairs if value is not None}


def _value(value: object) -> Decimal | None:
    return None if value is None or pd.isna(value) else Decimal(str(value))


def _status(slug: str, headline: str, settings: Settings) -> Status:
    """What the dashboard rests on; its dates are those of the sources that its first card is made of."""
    (whole,) = metric(
        "mart_dashboard_status", ["data_kind", "reconciliation"], settings, dashboard=slug
    ).itertuples(index=False)
    rows = mart("mart_dashboard_status", settings, dashboard=slug)
    of_headline = rows[[headline in names.split(", ") for names in rows["marts"]]]
    first, last = of_headline["data_from"].min(), of_headline["data_as_of"].max()
    if pd.isna(last):
        raise NoFigures("nothing to report: no file has been loaded yet")
    return Status(first.date(), last.date(), whole.data_kind, whole.reconciliation)


def _published_at(settings: Settings) -> object:
    return mart("mart_dashboard_status", settings, columns=["published_at"])["published_at"].max()
