"""The day of a line in the time zone of the business."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as MappingOf

from ingestion.contract.model import Column, ColumnType, Contract
from ingestion.contract.time_zones import place_zone
from tradewind.mapping.expressions import Expression
from tradewind.mapping.model import Mapping

#: A moment as SQL, the zone that it is in and the one that is wanted: the same moment as SQL.
InZone = Callable[[str, str, str], str]


class UnknownZone(Exception):
    """Nothing says in which zone the times of a column are; the text says what to write."""


def postgres_in_zone(moment: str, written_in: str, wanted: str) -> str:
    """A moment in another zone, as SQL of Postgres."""
    return f"({moment} at time zone '{written_in}') at time zone '{wanted}'"


def macro_in_zone(moment: str, written_in: str, wanted: str) -> str:
    """A moment in another zone, as a call of the macro that knows each engine's SQL."""
    return f"{{{{ in_time_zone('{moment}', '{written_in}', '{wanted}') }}}}"


def days_in(expression: Expression, tables: MappingOf[str, Contract]) -> str | None:
    """In which zone days are that are made of times, where no mapping says so; None if they are not.

    Raises:
        UnknownZone: the contract names a zone in a way that engines read differently.
    """
    zones = {zone_of(_column(each, tables), tables[each[0]]) for each in times_in(expression, tables)}
    if not zones:
        return None
    return " or ".join(f"those in {each}" if each else "as written" for each in sorted(zones, key=str))


def day_sql(mapping: Mapping, expression: Expression, in_zone: InZone) -> str:
    """The expression of a day as SQL, with its times in the zone in which the business counts its days."""
    if mapping.business_day is None:
        return expression.sql
    zones = dict(zones_of(expression, mapping.tables))
    return expression.with_columns(
        {each: in_zone(".".join(each), zone, mapping.business_day) for each, zone in zones.items()}
    )


def check_days(expressions: Iterable[Expression], tables: MappingOf[str, Contract]) -> None:
    """Check that the days of these expressions can be counted in another zone.

    Raises:
        UnknownZone: nothing says in which zone their times are, or they read none.
    """
    if not [zone for each in expressions for zone in zones_of(each, tables)]:
        raise UnknownZone("the days are made of no column with a time: leave business_day out")


def zones_of(
    expression: Expression, tables: MappingOf[str, Contract]
) -> Iterator[tuple[tuple[str, str], str]]:
    """The zone in which the warehouse holds each of the times that an expression reads.

    Raises:
        UnknownZone: nothing says so.
    """
    for table, name in sorted(times_in(expression, tables)):
        contract, column = tables[table], _column((table, name), tables)
        if zone := zone_of(column, contract):
            yield (table, name), zone
        else:
            lack = "may lack an offset" if True in _offsets(column) else "have no offset"
            raise UnknownZone(
                f"the times of {table}.{name} {lack}: name the zone that they are written in, as timeZone in"
                f" the contract {contract.source}; if it is that of the business, leave business_day out"
            )


def times_in(expression: Expression, tables: MappingOf[str, Contract]) -> list[tuple[str, str]]:
    """The columns of an expression that hold times, as (table, name)."""
    return [each for each in expression.columns if _column(each, tables).type is ColumnType.TIMESTAMP]


def _column(place: tuple[str, str], tables: MappingOf[str, Contract]) -> Column:
    table, name = place
    return tables[table].columns[tables[table].position(name)]


def zone_of(column: Column, contract: Contract) -> str | None:
    """The zone in which the warehouse holds the times of a column; None where nothing says so.

    Raises:
        UnknownZone: the contract names it in a way that engines read differently.
    """
    if contract.time_zone:
        try:
            return place_zone(contract.time_zone)
        except ValueError as error:
            raise UnknownZone(f"timeZone in the contract {contract.source}: {error}") from None
    return "UTC" if _offsets(column) == {True} else None


def _offsets(column: Column) -> set[bool]:
    """Whether the column's formats have an offset."""
    return {"X" in each for each in column.date_formats}
