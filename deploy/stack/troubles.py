"""What keeps figures off the dashboards though every program runs: each a line that says what to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg

from deploy.stack.airflow_api import DAGS, Airflow
from deploy.stack.rest import RestError
from ingestion.arrival.file_names import shown_path
from ingestion.arrival.landing import not_files, waiting_files
from ingestion.contract.files import find_contracts
from tradewind.backups import overdue
from tradewind.fetching_state import unfetched
from tradewind.settings import Settings
from tradewind.warehouse.build import inputs_version, is_building
from tradewind.warehouse.failed_builds import failed_build
from tradewind.warehouse.progress import progress
from tradewind.warehouse.publications import unknown_to_charts

#: Seconds after which a file in the landing folder should have been loaded.
LONGEST_WAIT = 300

_LONGEST_MESSAGE = 600


class Notice(NamedTuple):
    """A line of `make status`; `is_trouble` if somebody has to do something."""

    name: str
    text: str
    is_trouble: bool = True


def notices(settings: Settings) -> Iterator[Notice]:
    """What is wrong, and what is in progress, from the landing folder to the charts."""
    try:
        airflow = Airflow(settings)
    except (RestError, OSError) as error:
        airflow = None
        yield Notice(
            "Airflow",
            f"does not let admin log in; was the password changed there, but not in secrets.env? {error}",
        )
    for fault in find_contracts().faults:
        yield Notice("Contract", f"{fault}; until it is corrected, its files are held")
    for part in (_landing, _fetcher, _builds, _charts, _dags, _backups):
        yield from _notices_of(part, settings, airflow)


def _notices_of(
    part: Callable[[Settings, Airflow | None], Iterator[Notice]], settings: Settings, airflow: Airflow | None
) -> Iterator[Notice]:
    """The notices of a part; if it does not answer, that is a notice too."""
    try:
        yield from part(settings, airflow)
    except psycopg.Error as error:
        yield Notice("Warehouse", f"cannot be queried: {str(error).strip().splitlines()[-1]}")
    except (RestError, OSError) as error:
        yield Notice("Airflow", f"cannot be queried: {error}")


def _landing(settings: Settings, airflow: Airflow | None) -> Iterator[Notice]:
    folder = settings.landing
    if not folder.is_dir():
        yield Notice("Landing", f"{shown_path(folder)} does not exist: create the folder, or run make up")
        return
    waiting = waiting_files(folder)
    late = [path for path in waiting if time.time() - _came_at(path) > LONGEST_WAIT]
    if airflow and airflow.is_paused("ingest"):
        wait = f"{_wait(waiting)}: " if waiting else ""
        text = f"{wait}ingest is paused; turn it on at {airflow.base}/dags/ingest"
        yield Notice("Landing", text, is_trouble=bool(waiting))
    elif late:
        where = f"{airflow.base}/dags/ingest" if airflow else "make logs PROGRAM=airflow-triggerer"
        text = f"{_wait(late)} for more than {LONGEST_WAIT // 60} minutes, {shown_path(late[0])} the longest"
        yield Notice("Landing", f"{text}: see {where}")
    for path, what in not_files(folder):
        yield Notice("Landing", f"{shown_path(path)} is not loaded: it is {what}", is_trouble=False)


def _fetcher(settings: Settings, _airflow: Airflow | None) -> Iterator[Notice]:
    if reason := unfetched(settings):
        yield Notice("Landing", f"{reason}: see make logs PROGRAM=fetcher")


def _builds(settings: Settings, airflow: Airflow | None) -> Iterator[Notice]:
    how = f"trigger {airflow.base}/dags/transform, or make build" if airflow else "make build"
    if failed := failed_build(settings, inputs_version(settings)):
        again = "a new load starts a build, or" if failed.waits else "it is retried, or"
        text = f"failed on {failed.when}, and dashboards keep the figures from before; {again} {how}"
        yield Notice("Build", f"{text}. {_short(failed.message)}")
    elif progress(settings).is_behind:
        paused = airflow is not None and airflow.is_paused("transform")
        if is_building(settings) or (not paused and _is_at_work(airflow)):
            yield Notice("Build", "loads are being published", is_trouble=False)
        else:
            why = "transform is paused" if paused else "no build is running"
            yield Notice("Build", f"loads are not published, and {why}: {how}")


def _charts(settings: Settings, airflow: Airflow | None) -> Iterator[Notice]:
    if not unknown_to_charts(settings):
        return
    if is_building(settings) or _is_at_work(airflow):
        yield Notice("Charts", "are about to show the latest figures", is_trouble=False)
    # a run that has just ended has refreshed them
    elif unknown_to_charts(settings):
        yield Notice(
            "Charts",
            "may show older figures than are published; ingest fixes this within a quarter of an hour,"
            " make build at once",
        )


def _is_at_work(airflow: Airflow | None) -> bool:
    """Whether a run that loads or publishes is queued or running; False where Airflow is not there."""
    return airflow is not None and any(map(airflow.is_active, DAGS))


def _dags(_settings: Settings, airflow: Airflow | None) -> Iterator[Notice]:
    if airflow is None:
        return
    for error in airflow.get("/importErrors")["import_errors"]:
        last = error["stack_trace"].strip().splitlines()[-1]
        yield Notice("Airflow", f"cannot read {error['filename']}: {last}")


def _backups(settings: Settings, _airflow: Airflow | None) -> Iterator[Notice]:
    if reason := overdue(settings):
        yield Notice("Backup", f"{reason}: see the runs of backup in Airflow, or make backup")


def _came_at(path: Path) -> float:
    """When the file arrived or last changed, as a Unix time: its modification time may be older."""
    try:
        state = path.stat()
    except OSError:
        return time.time()
    return max(state.st_mtime, state.st_ctime)


def _wait(files: Collection[Path]) -> str:
    return "1 file waits" if len(files) == 1 else f"{len(files):,} files wait"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]}…"
