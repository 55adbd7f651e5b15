"""Every chart in turn: its SQL in Postgres, then Superset's answer from the database, then from its cache."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.dashboards.page import Chart, Connection, server_times
from ingestion.database.connection import conninfo
from tradewind.dashboards.check_dashboards import fault_of
from tradewind.dashboards.web import Answer, Session
from tradewind.settings import Settings

SQL, COLD, CACHED = "SQL", "cold", "cached"

#: Connections that a browser opens to one host.
_BROWSER = 6


class WrongAnswer(Exception):
    """A chart has no figures, or they come from the wrong place (cache or database); the text says which."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One execution of a chart, in seconds; `server` is the server's own time, for SQL the same."""

    chart: str
    round: int
    way: str
    server: float
    wall: float


class Direct:
    """A connection to the warehouse with Superset's own role."""

    def __init__(self, settings: Settings) -> None:
        # Superset prepares no statements, so neither do we.
        self._connection = psycopg.connect(
            conninfo(settings, "reporter"), autocommit=True, prepare_threshold=None
        )

    def rows(self, query: str) -> list[tuple]:
        """The rows of a query."""
        return self._connection.execute(query).fetchall()

    def close(self) -> None:
        """Close it."""
        self._connection.close()


def sql_of(connection: Connection, chart: Chart) -> list[str]:
    """The statements with which Superset answers."""
    _, answer = connection.post(chart.address, chart.asked(force=True))
    return [result["query"] for result in checked(chart, answer)]


def measure(
    connection: Connection, direct: Direct, charts: Sequence[Chart], rounds: int, access_log: Path
) -> list[Sample]:
    """Run rounds over all charts, after one that is not measured.

    Raises:
        WrongAnswer: see the class.
    """
    statements = {chart.name: sql_of(connection, chart) for chart in charts}
    walls: list[tuple[str, int, str, float, str]] = []
    for number in range(1, rounds + 1):
        for chart in charts:
            started = time.perf_counter()
            for statement in statements[chart.name]:
                direct.rows(statement)
            walls.append((chart.name, number, SQL, time.perf_counter() - started, ""))
            for way in (COLD, CACHED):
                body = chart.asked(force=way is COLD)
                started = time.perf_counter()
                name, answer = connection.post(chart.address, body)
                walls.append((chart.name, number, way, time.perf_counter() - started, name))
                checked(chart, answer, is_cached=way is CACHED)
    told = server_times(access_log, [name for *_, name in walls if name])
    return [
        Sample(chart, number, way, told[name] if name else wall, wall)
        for chart, number, way, wall, name in walls
    ]


def checked(chart: Chart, answer: Answer, is_cached: bool | None = None) -> list[dict]:
    """The results of an answer.

    Raises:
        WrongAnswer: see the class.
    """
    if fault := fault_of(answer, None):
        raise WrongAnswer(f"{chart.name}: {fault}")
    results = answer.json["result"]
    if is_cached is not None and any(bool(result["is_cached"]) is not is_cached for result in results):
        raise WrongAnswer(f"{chart.name}: {'not from the cache' if is_cached else 'not from the database'}")
    return results


class Together:
    """All charts of the page at once, over as many connections as a browser opens."""

    def __init__(self, session: Session, charts: Sequence[Chart]) -> None:
        self._charts = charts
        self._connections = [Connection(session) for _ in range(_BROWSER)]

    def seconds(self, *, force: bool) -> float:
        """Seconds until the last chart is answered.

        Raises:
            WrongAnswer: see the class.
        """
        waiting = list(reversed(self._charts))

        def ask(connection: Connection) -> list[tuple[Chart, Answer]]:
            answers = []
            while waiting:
                try:
                    chart = waiting.pop()
                except IndexError:
                    break
                answers.append((chart, connection.post(chart.address, chart.asked(force=force))[1]))
            return answers

        with ThreadPoolExecutor(_BROWSER) as pool:
            started = time.perf_counter()
            answers = [pair for pairs in pool.map(ask, self._connections) for pair in pairs]
            seconds = time.perf_counter() - started
        for chart, answer in answers:
            checked(chart, answer)
        return seconds

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections:
            connection.close()
