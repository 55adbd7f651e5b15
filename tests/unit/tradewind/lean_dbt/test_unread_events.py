"""dbt's logs hold the same lines whether or not debug events are dropped early."""

from __future__ import annotations

from io import StringIO
from types import SimpleNamespace

import pytest
from dbt.events.logging import setup_event_logger
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import cleanup_event_logger, get_event_manager
from dbt_common.events.logger import LoggerConfig
from dbt_common.events.types import Formatting, Note, PrintEvent, RetryExternalCall

from tradewind.warehouse.lean_dbt.unread_events import dropped_early


class Log:
    """A log that takes events from a level on, and counts the lines that dbt makes for it."""

    def __init__(self, level: EventLevel) -> None:
        self.stream = StringIO()
        self.made: list[str] = []
        self.config = LoggerConfig(
            name=f"log_{level.value}", level=level, scrubber=self._note, output_stream=self.stream
        )

    def _note(self, line: str) -> str:
        self.made.append(line)
        return line

    def lines(self) -> list[str]:
        """Its lines without the time of day."""
        return [line.split("  ", 1)[-1] for line in self.stream.getvalue().splitlines()]


def fire(*levels: EventLevel) -> list[Log]:
    """Fire an event of each kind; returns logs of these levels."""
    logs = [Log(level) for level in levels]
    manager = EventManager()
    for log in logs:
        manager.add_logger(log.config)
    manager.fire_event(RetryExternalCall(attempt=1, max=2))  # debug by itself
    manager.fire_event(Note(msg="asked to be debug"), EventLevel.DEBUG)
    manager.fire_event(Note(msg="a warning"), level=EventLevel.WARN)
    manager.fire_event(Formatting("a line"))
    manager.fire_event(PrintEvent(msg="printed"))
    return logs


@pytest.mark.parametrize(
    "levels",
    [
        [EventLevel.INFO],
        [EventLevel.INFO, EventLevel.DEBUG],
        [EventLevel.WARN, EventLevel.INFO],
        [EventLevel.ERROR],
    ],
)
def test_logs_hold_the_same_lines(levels):
    wanted = [log.lines() for log in fire(*levels)]
    with dropped_early():
        assert [log.lines() for log in fire(*levels)] == wanted
    assert "printed" in wanted[0]


def test_no_line_is_made_of_an_event_that_no_log_takes():
    """Without this, dbt makes a line of each: if it no longer does, `unread_events` can go."""
    (log,) = fire(EventLevel.INFO)
    assert len(log.made) == 5
    with dropped_early():
        (log,) = fire(EventLevel.INFO)
    assert log.made == ["a warning", "a line", "printed"]


def test_they_are_dropped_as_dbt_sets_its_logs_up(tmp_path):
    """Its set-up adds a callback of its own, which is called with every event."""
    flags = {
        "LOG_PATH": str(tmp_path),
        "LOG_LEVEL": "none",
        "LOG_LEVEL_FILE": "info",
        "LOG_FORMAT_FILE": "debug",
    }
    others = {"DEBUG": False, "USE_COLORS_FILE": False, "LOG_FILE_MAX_BYTES": 0, "LOG_CACHE_EVENTS": False}
    setup_event_logger(SimpleNamespace(**flags, **others))
    manager = get_event_manager()
    try:
        assert len(manager.callbacks) == 1
        (log,) = manager.loggers
        made = []
        log.scrubber = lambda line: made.append(line) or line
        with dropped_early():
            manager.fire_event(RetryExternalCall(attempt=1, max=2))
            manager.fire_event(Note(msg="a warning"), level=EventLevel.WARN)
        assert made == ["a warning"]
    finally:
        cleanup_event_logger()


def test_whoever_asks_for_events_gets_all_of_them():
    found = []
    manager = EventManager()
    manager.callbacks.append(found.append)
    with dropped_early():
        manager.fire_event(RetryExternalCall(attempt=1, max=2))
    assert [event.info.level for event in found] == ["debug"]
