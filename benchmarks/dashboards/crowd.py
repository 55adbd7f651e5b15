"""Many viewers at once, each looping over the page's charts, for a limited time."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.dashboards.page import Chart, Connection
from benchmarks.dashboards.stack import Stack
from tradewind.dashboards.web import Session


@dataclass(frozen=True, slots=True)
class Load:
    """What some users got, and the CPU seconds that it took; `waits` has the seconds of each answer."""

    users: int
    seconds: float
    waits: Sequence[float]
    errors: int
    superset: float
    postgres: float
    client: float

    @property
    def charts_a_second(self) -> float:
        return len(self.waits) / self.seconds


def load(stack: Stack, sessions: Sequence[Session], charts: Sequence[Chart], seconds: float) -> Load:
    """One thread per session; what is not finished when the time is up does not count."""
    asked = [(chart.address, chart.asked()) for chart in charts]
    together = threading.Barrier(len(sessions) + 1)
    ended = threading.Event()
    waits: list[list[float]] = [[] for _ in sessions]
    errors = [0] * len(sessions)

    def view(number: int) -> None:
        connection = Connection(sessions[number])
        turn = number
        together.wait()
        while not ended.is_set():
            began = time.perf_counter()
            try:
                is_right = connection.post(*asked[turn % len(asked)])[1].status == 200
            except (OSError, http.client.HTTPException):
                is_right = False
            if ended.is_set():
                break
            if is_right:
                waits[number].append(time.perf_counter() - began)
            else:
                errors[number] += 1
            turn += 1
        connection.close()

    threads = [threading.Thread(target=view, args=[number], daemon=True) for number in range(len(sessions))]
    for thread in threads:
        thread.start()
    together.wait()
    before, own, began = stack.cpu(), time.process_time(), time.perf_counter()
    try:
        time.sleep(seconds)
    finally:
        ended.set()
    took = time.perf_counter() - began
    superset, postgres = (after - start for start, after in zip(before, stack.cpu(), strict=True))
    client = time.process_time() - own
    for thread in threads:
        thread.join()
    return Load(
        len(sessions),
        took,
        [wait for each in waits for wait in each],
        sum(errors),
        superset,
        postgres,
        client,
    )
