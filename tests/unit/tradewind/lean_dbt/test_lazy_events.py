"""Events say the same whether their message is made at once or when somebody reads it."""

from __future__ import annotations

import pytest
from dbt.adapters.events.types import SQLQuery
from dbt.events.types import LogStartLine
from dbt_common.events.event_manager import EventManager
from dbt_common.events.types import Formatting, Note

from tradewind.warehouse.lean_dbt.lazy_events import made_when_read


def events():
    """One event of each of dbt's three families, and one with dbt's only positional argument."""
    node = {"node_name": "a_model", "unique_id": "model.x.a_model"}
    return [
        Note(msg="a note"),
        LogStartLine(description="a step", index=1, total=2, node_info=node),
        SQLQuery(conn_name="one", sql="select 1", node_info=node),
        Formatting("a line"),
    ]


def test_they_hold_the_same():
    wanted = [(event.to_dict(), event.to_json(), event.message(), event.code()) for event in events()]
    with made_when_read():
        found = [(event.to_dict(), event.to_json(), event.message(), event.code()) for event in events()]
    assert found == wanted
    assert wanted[1][0]["node_info"]["node_name"] == "a_model"


def test_attributes_can_be_read_and_set():
    with made_when_read():
        (_, start, query, _) = events()
        assert (start.total, query.sql) == (2, "select 1")
        changed = Note(msg="before")
        changed.msg = "after"
        assert changed.message() == "after"
        with pytest.raises(AttributeError):
            _ = changed.no_such_field


def test_an_event_that_is_read_later_is_whole():
    with made_when_read():
        event = Note(msg="a note")
    assert event.message() == "a note"


def test_what_nobody_reads_is_never_made(monkeypatch):
    made = []
    monkeypatch.setattr("dbt_common.events.base_types.ParseDict", lambda *args: made.append(args))
    with made_when_read():
        events()
    assert made == []
    events()
    assert len(made) == 4


def test_listeners_get_whole_events():
    found = []
    manager = EventManager()
    manager.callbacks.append(found.append)
    with made_when_read():
        for event in events():
            manager.fire_event(event)
    assert [event.info.name for event in found] == ["Note", "LogStartLine", "SQLQuery", "Formatting"]
    assert found[2].data.sql == "select 1"
