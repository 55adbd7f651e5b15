"""Spares dbt work whose result nobody reads, or that it did before; results are the same.

Each module replaces a method of dbt while a command runs. Events then keep for good the ability to make their
message later. What each module saves: docs/decisions/0016-slices.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tradewind.warehouse.lean_dbt.compiled_templates import compiled_once
from tradewind.warehouse.lean_dbt.data_tests import run_directly
from tradewind.warehouse.lean_dbt.lazy_events import made_when_read
from tradewind.warehouse.lean_dbt.namespaces import planned_once
from tradewind.warehouse.lean_dbt.unread_events import dropped_early


@contextmanager
def lean_dbt(state: Path) -> Iterator[None]:
    """Within it, commands of dbt do less; `state` keeps what a later command need not do again."""
    with ExitStack() as stack:
        stack.enter_context(dropped_early())
        stack.enter_context(made_when_read())
        stack.enter_context(planned_once())
        stack.enter_context(run_directly())
        stack.enter_context(compiled_once(state))
        yield
