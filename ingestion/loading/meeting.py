"""A scope in which both a delivery and another load have rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Meeting:
    """A scope of a delivery in which an earlier load, or a later one (`is_later`), counts too.

    `load_id` is the first load of the delivery in it, `rows` is the number of rows of all its loads, from the
    day `first` to `last`, and `days` the most days that one of them has. `other_…` are those of the other
    load. `has_common_day` is None where there are no days. `came_together` says whether both files were given
    to the same run of the loader.
    """

    load_id: int
    scope: str
    rows: int
    first: date | None
    last: date | None
    days: int | None
    other: int
    other_rows: int
    other_first: date | None
    other_last: date | None
    other_days: int | None
    has_common_day: bool | None
    is_later: bool
    came_together: bool
