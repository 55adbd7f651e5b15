"""The DAG files can be imported, follow the house rules, and are connected as designed."""

import ast
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tradewind.settings import ROOT

FOLDER = ROOT / "dags"

#: What a DAG file may import: it only says what runs after what; the work is done elsewhere.
ALLOWED = {"airflow", "datetime", "ingestion", "tradewind"}

#: Each DAG's tasks, with what runs after them and the assets that they update.
STRUCTURE = {
    "accept": {"accept": (set(), {"raw"})},
    "alerts": {"check": (set(), set())},
    "backfill": {"build_again": (set(), set())},
    "backup": {"take": (set(), set())},
    "forecast": {"store": (set(), {"forecasts"})},
    "ingest": {"load": (set(), {"raw"})},
    "maintenance": {"maintain": (set(), set())},
    "replay": {"replay": (set(), {"raw"})},
    "report": {"send": (set(), set())},
    "transform": {
        "build": ({"published"}, set()),
        "published": ({"refresh_dashboards"}, set()),
        "refresh_dashboards": ({"adapt_dashboards"}, {"marts"}),
        "adapt_dashboards": (set(), set()),
    },
    "withdraw": {"withdraw": (set(), {"raw"})},
}


@pytest.fixture(scope="module")
def bag():
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(FOLDER))


@pytest.fixture(scope="module")
def dags(bag):
    assert bag.import_errors == {}
    assert len(bag.dags) == len(STRUCTURE)
    return bag.dags


def test_structure(dags):
    found = {
        dag_id: {
            task.task_id: (set(task.downstream_task_ids), {asset.name for asset in task.outlets})
            for task in dag.tasks
        }
        for dag_id, dag in dags.items()
    }
    assert found == STRUCTURE


def test_policy(dags):
    for dag in dags.values():
        assert dag.tags, dag.dag_id
        assert dag.doc_md, dag.dag_id
        assert dag.catchup is False
        assert dag.max_active_runs == 2, "with 1, a wake-up can be lost"
        for task in dag.tasks:
            assert task.retry_delay.total_seconds() <= 10, task.task_id
            assert _retried_for(task) >= timedelta(minutes=4), "a server that starts again may take minutes"
            assert task.owner not in ("", "airflow"), task.task_id
            # loads and builds take as long as their data is large
            assert task.execution_timeout or dag.dag_id in ("ingest", "transform"), task.task_id


def test_parameters_are_shown_as_a_form(dags):
    types = {
        dag_id: {name: param["type"] for name, param in _schemas(dag).items()} for dag_id, dag in dags.items()
    }
    assert types == {
        "accept": {"load": ["null", "integer"], "why": ["null", "string"]},
        "alerts": {},
        "backfill": {"name": ["null", "string"], "dry_run": "boolean", "again": "boolean"},
        "backup": {},
        "forecast": {},
        "ingest": {"paths": ["null", "array"]},
        "maintenance": {"dry_run": "boolean"},
        "replay": {"load": ["null", "integer"], "file": ["null", "string"]},
        "report": {"again": "boolean"},
        "transform": {"full_refresh": "boolean", "select": ["null", "string"]},
        "withdraw": {"loads": ["null", "array"], "why": ["null", "string"], "undo": "boolean"},
    }
    for dag in dags.values():
        for name in dag.params:
            param = dag.params.get_param(name)
            assert param.schema["title"] and param.description, name


@pytest.mark.parametrize("dag_id", STRUCTURE)
def test_the_form_can_be_sent_as_it_opens(dags, dag_id):
    """With Airflow's own check of a run's configuration; its form sends null for empty fields."""
    from airflow.serialization.serialized_objects import DagSerialization

    params = DagSerialization.from_dict(DagSerialization.to_dict(dags[dag_id])).params
    params.validate()
    as_it_opens = {name: None if params[name] in ("", []) else params[name] for name in params}
    params.deep_merge(as_it_opens).validate()


def test_every_asset_that_starts_a_dag_is_announced_by_something(dags):
    announced = {asset.name for dag in dags.values() for task in dag.tasks for asset in task.outlets}
    for dag in dags.values():
        condition = getattr(dag.timetable, "asset_condition", None)
        for asset in condition.objects if hasattr(condition, "objects") else ():
            assert asset.watchers or asset.name in announced, asset.name


def test_dags_can_be_stored(dags):
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in dags.values():
        assert DagSerialization.to_dict(dag)["dag"]["dag_id"] == dag.dag_id


FILES = pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)


@FILES
def test_dag_files_read_nothing_but_settings_when_they_are_parsed(path, dags):
    """They are parsed again for every task: no database, no process, no other file."""
    code = compile(path.read_text(), path, "exec")
    with noted() as events:
        began = time.process_time()
        exec(code, {"__name__": f"parsed_{path.stem}"})
        seconds = time.process_time() - began
    read = {Path(str(event[1])).name for event in events if event[0] == "open"}
    assert read <= {".env", "secrets.env"}, read
    assert [event for event in events if event[0] != "open"] == []
    assert seconds < 0.5


def test_what_a_dag_file_does_when_it_is_parsed_is_noted(tmp_path):
    """The check above would see it."""
    with noted() as events:
        (tmp_path / "x").write_text("")
    assert [event[0] for event in events] == ["open"]


@FILES
def test_dag_files_are_thin(path):
    tree = ast.parse(path.read_text())
    modules = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert modules <= ALLOWED
    assert len(path.read_text().splitlines()) <= 100


#: What is noted of Python's own audit events, while somebody asks for it: such a hook stays for good.
_NOTED = {"open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "sqlite3.connect"}
_asking: list[list[tuple]] = []


def _note(event: str, arguments: tuple) -> None:
    if _asking and event in _NOTED:
        _asking[-1].append((event, *arguments))


sys.addaudithook(_note)


@contextmanager
def noted() -> Iterator[list[tuple]]:
    """The files that are opened, connections and processes meanwhile; modules are imported already."""
    _asking.append([])
    try:
        yield _asking[-1]
    finally:
        _asking.pop()


def _retried_for(task):
    """The minimum time from the first try to the last."""
    factors = (2**number if task.retry_exponential_backoff else 1 for number in range(task.retries))
    longest = task.max_retry_delay or timedelta.max
    return sum((min(task.retry_delay * factor, longest) for factor in factors), timedelta())


def _schemas(dag):
    return {name: dag.params.get_param(name).schema for name in dag.params}
