"""Makes the message of an event when somebody reads it.

dbt turns each event into a protobuf message where it is fired; most are debug events, which no log takes.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING, Any

from tradewind.warehouse.lean_dbt.replaced import replaced

if TYPE_CHECKING:
    from dbt_common.events.base_types import BaseEvent


def made_when_read() -> AbstractContextManager[None]:
    """Within it, an event that is fired makes its message when somebody asks for it, however much later."""
    from dbt_common.events.base_types import BaseEvent

    _make_what_is_unmade()
    return replaced(BaseEvent, "__init__", _keep)


def _keep(event: BaseEvent, *args: Any, **kwargs: Any) -> None:
    event.__dict__["_unmade"] = (args, kwargs)


@cache
def _make_what_is_unmade() -> None:
    """From now on, an event without a message makes it when it is used; others are as they were."""
    from dbt_common.events.base_types import BaseEvent

    init, get_field, set_field = BaseEvent.__init__, BaseEvent.__getattr__, BaseEvent.__setattr__

    def make(event: BaseEvent) -> bool:
        unmade = event.__dict__.pop("_unmade", None)
        if unmade is not None:
            args, kwargs = unmade
            init(event, *args, **kwargs)
        return unmade is not None

    def getattr_(event: BaseEvent, name: str) -> Any:
        # asked only for what the event itself does not have
        return getattr(event, name) if make(event) else get_field(event, name)

    def setattr_(event: BaseEvent, name: str, value: Any) -> None:
        if name != "pb_msg":
            make(event)
        set_field(event, name, value)

    BaseEvent.__getattr__, BaseEvent.__setattr__ = getattr_, setattr_
