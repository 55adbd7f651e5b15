"""How the tasks of DAGs are repeated."""

from __future__ import annotations

from datetime import timedelta
from typing import Any


def retried(
    owner: str,
    *,
    first_delay: timedelta = timedelta(seconds=5),
    longest_delay: timedelta | None = timedelta(minutes=2),
    timeout: timedelta | None = None,
) -> dict[str, Any]:
    """Default arguments of a DAG whose tasks are repeated six times, each time after twice the delay.

    A transient error, such as a restart of a server, may last minutes.

    Args:
        owner: the team that looks after the DAG.
        first_delay: the time before the first repetition.
        longest_delay: the delay does not grow beyond it; None: without a limit of its own.
        timeout: a task that takes longer fails; None: it may take any time.
    """
    said = {"max_retry_delay": longest_delay, "execution_timeout": timeout}
    return {
        "owner": owner,
        "retries": 6,
        "retry_delay": first_delay,
        "retry_exponential_backoff": True,
        **{name: value for name, value in said.items() if value is not None},
    }
