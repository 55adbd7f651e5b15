"""Reads dates and timestamps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo

from ingestion.contract.date_formats import MomentFormat, Order, moment_format
from ingestion.contract.model import Column, ColumnType
from ingestion.findings.reasons import FaultKind, Refused
from ingestion.rows.notices import Notice, Notify, ignore
from ingestion.tabular.cells import Cell, Parser, shown, trimmed

_CLOCK = ("hour", "minute", "second", "fraction")
_MONTHS_OF_A_YEAR = 12


def date_parser(column: Column, time_zone: str | None = None, notify: Notify = ignore) -> Parser:
    """The parser of dates, which returns YYYY-MM-DD: the first of the month where no format has a day.

    An instant becomes its day in `time_zone`; without one, in the zone that the cell itself has.
    """
    formats = [moment_format(each, ColumnType.DATE) for each in column.date_formats]
    are_months = not any(each.has_day for each in formats)
    zone = ZoneInfo(time_zone) if time_zone else None
    spoken = _spoken(column)
    check_range = _range_check(column)

    def parse(cell: Cell) -> str:
        day = read(cell)
        check_range(day, cell)
        return day.isoformat()

    def read(cell: Cell) -> date:
        if isinstance(cell, date):
            day = _day(cell, zone, notify)
            if are_months and day.day != 1:
                raise Refused(FaultKind.NOT_FIRST_OF_MONTH, value=shown(cell))
            notify(_kind_of_cell(day), cell)
            return day
        return _first_sound(
            cell,
            formats,
            lambda parts: date(parts["year"], parts["month"], parts.get("day", 1)),
            (FaultKind.NOT_A_DATE, FaultKind.NO_SUCH_DAY),
            spoken,
            notify,
        )

    return parse


def timestamp_parser(column: Column, time_zone: str | None = None, notify: Notify = ignore) -> Parser:
    """The parser of timestamps, which returns YYYY-MM-DD HH:MM:SS, with the decimals of the second, if any.

    An instant, which has an offset or a zone, becomes local time in `time_zone`; without one, in UTC.
    """
    formats = [moment_format(each, ColumnType.TIMESTAMP) for each in column.date_formats]
    zone: tzinfo = ZoneInfo(time_zone) if time_zone else UTC
    spoken = _spoken(column)
    check_range = _range_check(column)

    def parse(cell: Cell) -> str:
        moment = read(cell)
        if moment.tzinfo is not None:
            if not time_zone:
                notify(Notice.INSTANT, cell)
            moment = _in_zone(moment, zone, cell)
        check_range(moment.date(), cell)
        return moment.isoformat(sep=" ")

    def read(cell: Cell) -> datetime:
        if isinstance(cell, date):
            notify(_kind_of_cell(cell), cell)
            return cell if isinstance(cell, datetime) else datetime.combine(cell, time())
        return _first_sound(
            cell, formats, _moment, (FaultKind.NOT_A_TIMESTAMP, FaultKind.NO_SUCH_MOMENT), spoken, notify
        )

    return parse


def _moment(parts: dict[str, int]) -> datetime:
    day = date(parts["year"], parts["month"], parts["day"])
    zone = timezone(timedelta(minutes=parts["offset"])) if "offset" in parts else None
    return datetime.combine(day, time(*(parts.get(name, 0) for name in _CLOCK), tzinfo=zone))


def _day(cell: date, zone: tzinfo | None, notify: Notify) -> date:
    """The day of a typed cell; an instant must be midnight in its zone."""
    if not isinstance(cell, datetime):
        return cell
    moment = cell
    if cell.tzinfo is not None:
        if zone is None:
            notify(Notice.INSTANT, cell)
        moment = _in_zone(cell, zone or cell.tzinfo, cell)
    if moment.time() != time():
        kind = FaultKind.INSTANT_IN_DATE if cell.tzinfo and not zone else FaultKind.TIME_IN_DATE
        raise Refused(kind, value=shown(cell))
    return moment.date()


def _in_zone(moment: datetime, zone: tzinfo, cell: Cell) -> datetime:
    try:
        return moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        raise Refused(FaultKind.NO_SUCH_MOMENT, value=shown(cell)) from None


_Made = TypeVar("_Made", date, datetime)


def _first_sound(
    cell: Cell,
    formats: Sequence[MomentFormat],
    made: Callable[[dict[str, int]], _Made],
    kinds: tuple[FaultKind, FaultKind],
    spoken: str,
    notify: Notify,
) -> _Made:
    """The value of the cell in the first format in which it is a valid date.

    Raises:
        Refused: of the first of these kinds where it is of no format, of the second where it makes no sense
            in its own.
    """
    text = _text(cell)
    kind, senseless = kinds
    for each in formats:
        try:
            parts = each.read(text)
            if parts is None:
                continue
            found = made(parts)
        except ValueError:
            kind = senseless
            continue
        notify(_kind_of_text(text, each, parts, formats), cell)
        return found
    raise Refused(kind, value=shown(cell), forms=spoken)


def _text(cell: Cell) -> str:
    """The text of a cell; a number becomes its digits, for formats such as YYYYMMDD."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return trimmed(cell)
    return f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell)


def _kind_of_cell(day: date) -> Notice:
    return Notice.OPEN_DATE_CELL if day.day <= _MONTHS_OF_A_YEAR else Notice.DATE_CELL


def _kind_of_text(
    text: str, form: MomentFormat, parts: dict[str, int], formats: Sequence[MomentFormat]
) -> Notice:
    if form.order is None or parts["day"] == parts["month"]:
        return Notice.CLEAR_DATE
    if parts["day"] > _MONTHS_OF_A_YEAR:
        return Notice.DAY_FIRST if form.order is Order.DAY_FIRST else Notice.MONTH_FIRST
    others = (each for each in formats if each.order not in (None, form.order))
    return Notice.GUESSED_ORDER if any(each.pattern.fullmatch(text) for each in others) else Notice.OPEN_ORDER


def _spoken(column: Column) -> str:
    return " or ".join(each.replace("'", "").upper() for each in column.date_formats)


def _range_check(column: Column) -> Callable[[date, Cell], None]:
    lowest, highest = column.lowest, column.highest

    def check(day: date, cell: Cell) -> None:
        if lowest and day < lowest:
            raise Refused(FaultKind.TOO_EARLY, value=shown(cell), limit=lowest)
        if highest and day > highest:
            raise Refused(FaultKind.TOO_LATE, value=shown(cell), limit=highest)

    return check
