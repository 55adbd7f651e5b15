"""Reads what forecasts are made from: whole months of the published marts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import column, func, select, text

from tradewind.insight.history import History, Level, Members, add_months, history_of
from tradewind.insight.metrics import ForecastMetric
from tradewind.marts import column_of, engine, metric, table
from tradewind.settings import Settings


class NothingToForecast(Exception):
    """The marts hold no whole month of the metric."""


#: Figures by level: month, members and figure of each row, as `history_of` takes them.
Figures = dict[Level, list[tuple[date, Members, Decimal | None]]]


def read_history(wanted: ForecastMetric, settings: Settings) -> History:
    """The metric of every level and whole month.

    Raises:
        NothingToForecast: as the class says.
        UnknownNameError: the marts were published before a name in the metric's file was theirs.
    """
    return history_from(wanted, *read_figures(wanted, settings))


def read_figures(wanted: ForecastMetric, settings: Settings) -> tuple[Figures, date]:
    """The metric's exact figures of every level and whole month, and the last such month.

    Raises:
        NothingToForecast, UnknownNameError: as `read_history` does.
    """
    last_month = last_whole_month(_days(wanted, settings))
    if last_month is None:
        raise NothingToForecast(f"{wanted.mart} holds no whole month")
    return {level: list(_rows(wanted, level, last_month, settings)) for level in wanted.levels}, last_month


def history_from(wanted: ForecastMetric, figures: Figures, last_month: date) -> History:
    """What `read_figures` found, as a history.

    Raises:
        NothingToForecast: all figures are unknown in the last month.
    """
    try:
        return history_of(figures, last_month)
    except ValueError as error:
        raise NothingToForecast(f"{wanted.metric}: {error}") from error


def left_out(wanted: ForecastMetric, history: History, settings: Settings) -> list[str]:
    """What the figures leave out, in sentences: companies whose figures end earlier, months partly known."""
    last_month = history.last_month
    found = [
        f"{company} has no figures after {month:%B %Y}: later months count as 0"
        for company, month in behind(wanted, last_month, settings).items()
    ]
    if months := partly_known(wanted, last_month, settings):
        found.append(
            f"figures of {len(months)} of {history.months} months are not complete, the latest"
            f" {months[-1]:%B %Y}: what is unknown is left out of them"
        )
    return found


def behind(wanted: ForecastMetric, last_month: date, settings: Settings) -> dict[str, date]:
    """Last month with figures of each company whose figures end before this month."""
    days = table(wanted.days.mart, settings)
    company, last_day = column_of(days, wanted.days.company), func.max(column_of(days, wanted.days.column))
    with engine(settings).connect() as connection:
        ends = connection.execute(select(company, last_day).group_by(company).order_by(company)).all()
    return {name: day.replace(day=1) for name, day in ends if day < last_month}


def partly_known(wanted: ForecastMetric, last_month: date, settings: Settings) -> list[date]:
    """The months up to this one whose figures leave something out."""
    mart = table(wanted.mart, settings)
    month = column_of(mart, wanted.month)
    query = select(month).where(month <= last_month).group_by(month).order_by(month)
    with engine(settings).connect() as connection:
        return list(connection.scalars(query.having(text(f"coalesce({wanted.left_out}, 0) <> 0"))))


def _days(wanted: ForecastMetric, settings: Settings) -> list[date]:
    days = column_of(table(wanted.days.mart, settings), wanted.days.column)
    with engine(settings).connect() as connection:
        return list(connection.scalars(select(days).distinct()))


def _rows(
    wanted: ForecastMetric, level: Sequence[str], last_month: date, settings: Settings
) -> Iterator[tuple[date, Members, Decimal | None]]:
    frame = metric(
        wanted.mart,
        wanted.metric,
        settings,
        by=[wanted.month, *level],
        where=column(wanted.month) <= last_month,
    )
    filled = frame.astype(object).where(frame.notna(), None)
    for month, *members, figure in filled.itertuples(index=False):
        yield month.date(), tuple(members), figure


def last_whole_month(days: Sequence[date]) -> date | None:
    """First day of the last month that is over, of days with figures; None where there is none.

    As for the periods of dashboards (docs/decisions/0033-periods.md), the latest month is whole if its
    figures end no earlier than those of some month before it.
    """
    ends: dict[date, date] = {}
    for day in days:
        month = day.replace(day=1)
        ends[month] = max(day, ends.get(month, day))
    if not ends:
        return None
    gaps = {month: (add_months(month, 1) - end).days for month, end in ends.items()}
    *earlier, latest = sorted(gaps)
    if not earlier or gaps[latest] <= max(gaps[month] for month in earlier):
        return latest
    return earlier[-1]
