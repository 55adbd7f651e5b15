"""Spares dbt the debug events that no log takes.

dbt fires some 25 of them per step. For each of its logs it makes a line of each, searching it for the secrets
among all environment variables, and drops the line only then: a sixth of a build's CPU time.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from tradewind.warehouse.lean_dbt.replaced import replaced

if TYPE_CHECKING:
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager


def dropped_early() -> AbstractContextManager[None]:
    """Within it, dbt drops a debug event at once if all of its logs leave such events out."""
    from dbt.tracking import track_behavior_change_warn
    from dbt_common.events.event_manager import EventManager

    # dbt's own, which looks only at warnings
    unasking = {track_behavior_change_warn}
    fire_event = EventManager.fire_event

    def fire_if_read(
        self: EventManager, e: BaseEvent, level: EventLevel | None = None, *rest: Any, **named: Any
    ) -> None:
        if (
            (level or e.level_tag()) != "debug"
            or not unasking.issuperset(self.callbacks)
            or any(log.level == "debug" for log in self.loggers)
        ):
            fire_event(self, e, level, *rest, **named)

    return replaced(EventManager, "fire_event", fire_if_read)
