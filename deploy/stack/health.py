"""Whether the programs answer, at the addresses where their users reach them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable

import psycopg

from deploy.errors import SetupError
from deploy.stack.patience import cpu_seconds, wait_while_it_moves
from deploy.stack.steps import Steps
from deploy.stack.supervisor import Supervisor
from tradewind.settings import Settings, text

#: Seconds without progress after which a start is given up, even on a slow, busy machine.
PATIENCE = 180

#: CPU seconds within which any program answers; more than that no longer counts as progress.
_MOST_WORK = 300

#: Parts of Airflow that its health page reports on.
AIRFLOW_PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


def postgres_answers(settings: Settings) -> bool:
    """Whether the embedded server accepts connections."""
    url = settings.embedded_url("postgres", settings.get("POSTGRES_PASSWORD"), "postgres")
    try:
        psycopg.connect(text(url), connect_timeout=2).close()
    except psycopg.OperationalError as error:
        if "authentication failed" in str(error):
            raise SetupError(
                f"the database in {settings.state} does not accept the password in secrets.env beside it: "
                "restore that file, or delete both with make reset YES=1"
            ) from error
        return False
    return True


def airflow_answers(settings: Settings) -> bool:
    """Whether the API server answers and every other part has just reported to the database."""
    answer = _get(f"http://127.0.0.1:{settings.airflow_port}/api/v2/monitor/health")
    if answer is None:
        return False
    report = json.loads(answer)
    return all((report.get(part) or {}).get("status") == "healthy" for part in AIRFLOW_PARTS)


def superset_answers(settings: Settings) -> bool:
    """Whether Superset serves pages."""
    return _get(f"http://127.0.0.1:{settings.superset_port}/health") is not None


CHECKS: dict[str, Callable[[Settings], bool]] = {
    "Postgres": postgres_answers,
    "Airflow": airflow_answers,
    "Superset": superset_answers,
}


def wait_for(
    name: str, settings: Settings, supervisor: Supervisor, programs: list[str], steps: Steps
) -> None:
    """Wait until one of `CHECKS` succeeds, as long as the programs are busy starting.

    Raises:
        SetupError: with the last lines of the logs of `programs`, when they no longer are.
    """
    most = 0

    def worked() -> int:
        # of a single start: a program that keeps crashing makes no progress
        nonlocal most
        most = max(most, min(cpu_seconds(settings.state, programs), _MOST_WORK))
        return most

    def say() -> None:
        log = f"make logs PROGRAM={programs[0]}"
        steps.say(f"{name} is still starting ({most} s of CPU time): {log} shows how far it is")

    if not wait_while_it_moves(lambda: CHECKS[name](settings), worked, PATIENCE, say):
        tails = "\n".join(f"--- {program}\n{supervisor.log_tail(program)}" for program in programs)
        raise SetupError(
            f"{name} does not answer, and has done nothing for {PATIENCE} s. What is running keeps running:"
            f" make status shows it, make up continues from here. Its log ends with:\n{tails}"
        )


def _get(url: str) -> bytes | None:
    # as a proxy with TLS asks: with SUPERSET_HTTPS=1, Superset would redirect to https, which it cannot do
    request = urllib.request.Request(url, headers={"X-Forwarded-Proto": "https"})
    try:
        with urllib.request.urlopen(request, timeout=3) as answer:
            return answer.read()
    except (urllib.error.URLError, OSError):
        return None
