"""The list of programs that make up Tradewind, with the command and the environment of each.

`docker-compose.yml` runs the same commands as containers.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import URL

from deploy.stack import postgres
from tradewind.alerts.options import NAMES as ALERTS
from tradewind.backups import NAMES as BACKUPS
from tradewind.currencies import symbol
from tradewind.dashboards import logins
from tradewind.maintenance.options import NAMES as MAINTENANCE
from tradewind.report.options import NAMES as REPORT
from tradewind.settings import ROOT, Settings, text

#: Programs that must run before the databases are prepared; all others start afterwards.
FOUNDATION = ("keeper", "postgres")

#: The same for every caller, since a different search path must not look like a different installation.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

AIRFLOW_COMPONENTS = {
    "api-server": ["api-server"],
    # the API server reads logs from a shared folder; a log server would listen on all addresses
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}


@dataclass(frozen=True)
class Program:
    """One program under supervision."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    #: Restarted by the supervisor, but not wrapped in a session (the keeper must outlive the supervisor).
    bare: bool = False
    account: str = ""
    stop: str = "TERM"
    kill: str = "KILL"


def programs(settings: Settings) -> list[Program]:
    """Every program of this installation, in the order in which they start."""
    # the keeper last: supervisord stops in reverse order, so the keeper is gone before the others stop
    return [
        _postgres(settings),
        _guard(settings),
        *_airflow(settings),
        _superset(settings),
        *_fetcher(settings),
        _keeper(settings),
    ]


def airflow_environment(settings: Settings) -> dict[str, str]:
    """Environment of Airflow's components, its command line and its tasks."""
    port = settings.airflow_port
    home = settings.state / "airflow"
    database = settings.embedded_url("airflow", settings.get("AIRFLOW_DATABASE_PASSWORD"), "airflow")
    options = {
        "API_AUTH__JWT_SECRET": settings.get("AIRFLOW_JWT_SECRET"),
        "API__BASE_URL": settings.get("AIRFLOW_BASE_URL", f"http://127.0.0.1:{port}"),
        "API__HOST": settings.get("AIRFLOW_HOST", "127.0.0.1"),
        "API__PORT": str(port),
        "API__SECRET_KEY": settings.get("AIRFLOW_API_SECRET_KEY"),
        "API__WORKERS": "1",
        "CORE__AUTH_MANAGER": "guarded_login.GuardedAuthManager",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        # off, because it silently skips a DAG file that does not contain both "dag" and "airflow"
        "CORE__DAG_DISCOVERY_SAFE_MODE": "False",
        "CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "CORE__EXECUTION_API_SERVER_URL": settings.get(
            "AIRFLOW_EXECUTION_URL", f"http://127.0.0.1:{port}/execution/"
        ),
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__FERNET_KEY": settings.get("AIRFLOW_FERNET_KEY"),
        "CORE__LOAD_EXAMPLES": "False",
        # LocalExecutor forks all its workers at start
        "CORE__MAX_ACTIVE_TASKS_PER_DAG": "4",
        "CORE__PARALLELISM": "4",
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
        "DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "DATABASE__SQL_ALCHEMY_CONN": text(database.set(drivername="postgresql+psycopg2")),
        "EXECUTION_API__JWT_EXPIRATION_TIME": "3600",
        "LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        # a crash is noticed in seconds, not in Airflow's default minutes
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
        "SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
        "TRIGGERER__JOB_HEARTBEAT_SEC": "2",
        "TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "10",
    }
    return {
        "AIRFLOW_HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "deploy" / "airflow")]),
        "PATH": _path(".venv"),
        **_where(settings),
        **{
            name: value
            for name in (*ALERTS, *REPORT, *BACKUPS, *MAINTENANCE)
            if (value := settings.get(name))
        },
        **{f"AIRFLOW__{name}": value for name, value in options.items()},
    }


def superset_environment(settings: Settings) -> dict[str, str]:
    """Environment of Superset: it knows only its own database, and the warehouse as its readers."""
    database = settings.embedded_url("superset", settings.get("SUPERSET_DATABASE_PASSWORD"), "superset")
    return {
        "PATH": _path(".venv-superset"),
        # `superset/` here has no `__init__.py`, so Python prefers the library of that name.
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "superset" / "config")]),
        "SUPERSET_CONFIG_PATH": str(ROOT / "superset" / "config" / "superset_config.py"),
        "SUPERSET_SECRET_KEY": settings.get("SUPERSET_SECRET_KEY"),
        "SUPERSET_METADATA_URL": text(database.set(drivername="postgresql+psycopg2")),
        "SUPERSET_HOST": settings.get("SUPERSET_HOST", "127.0.0.1"),
        "SUPERSET_PORT": str(settings.superset_port),
        "SUPERSET_HTTPS": str(int(settings.superset_https)),
        "SUPERSET_CACHE_DIR": str(settings.state / "superset" / "cache"),
        "SUPERSET_HOME": str(settings.state / "superset"),
        "CURRENCY_SYMBOL": symbol(settings.reporting_currency),
        "WAREHOUSE_READERS_URL": text(_readers_url(settings)),
        "WAREHOUSE_READERS_KEY": settings.get("READERS_KEY"),
        "ABSENT_TILES": settings.absent_tiles,
    }


def _readers_url(settings: Settings) -> URL:
    """Address of the warehouse without a login: Superset chooses one depending on who asks."""
    url = settings.warehouse_url.set(drivername="postgresql+psycopg2", username=logins.UNCHOSEN)
    return url._replace(password=None)  # which `set` would leave


def python_of(environment: str) -> str:
    """Interpreter of `.venv` or `.venv-superset`."""
    return str(_venv(environment) / "python")


def _venv(name: str) -> Path:
    return ROOT / name / "bin"


def _path(environment: str) -> str:
    """`PATH` for a program in this environment."""
    return os.pathsep.join([str(_venv(environment)), SYSTEM_PATH])


def _where(settings: Settings) -> dict[str, str]:
    """Variables that tell a process which installation it belongs to, and so where its secrets are."""
    values = {
        "TRADEWIND_STATE": str(settings.state),
        "LANDING_DIR": str(settings.landing),
        "POSTGRES_PORT": str(settings.postgres_port),
        "AIRFLOW_PORT": str(settings.airflow_port),
        "SUPERSET_PORT": str(settings.superset_port),
    }
    if not settings.is_embedded:
        values["WAREHOUSE_URL"] = text(settings.warehouse_url)
    return values


def _keeper(settings: Settings) -> Program:
    configuration = str(settings.state / "supervisord.conf")
    return Program(
        "keeper", [sys.executable, str(ROOT / "deploy" / "stack" / "keeper.py"), configuration], bare=True
    )


def _postgres(settings: Settings) -> Program:
    owner = postgres.account()
    return Program(
        "postgres",
        postgres.command(settings.state / "postgres", settings.postgres_port),
        account=f"{owner.pw_uid}:{owner.pw_gid}" if owner else "",
        stop="INT",  # ends sessions and writes a checkpoint
        kill="QUIT",  # ends at once, and recovers at the next start
    )


def _guard(settings: Settings) -> Program:
    environment = {"PATH": _path(".venv"), **_where(settings)}
    return Program("guard", [python_of(".venv"), "-m", "deploy.databases.guard"], environment)


def _airflow(settings: Settings) -> list[Program]:
    environment = airflow_environment(settings)
    airflow = str(_venv(".venv") / "airflow")
    # only the API server needs plugins; tasks, which start in the other programs, start faster without them
    own = {"api-server": {"AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "deploy" / "airflow" / "plugins")}}
    return [
        Program(f"airflow-{name}", [airflow, *arguments], environment | own.get(name, {}))
        for name, arguments in AIRFLOW_COMPONENTS.items()
    ]


def _fetcher(settings: Settings) -> list[Program]:
    """What fetches files from elsewhere, if the settings name a place; it alone is given its credentials."""
    if not settings.landing_url:
        return []
    # Superset's image, which has this module, has no loader
    from ingestion.fetching.place import CLOUD_NAMES
    from ingestion.fetching.place import NAMES as PLACE

    given = {name: value for name in (*PLACE, *CLOUD_NAMES) if (value := settings.get(name))}
    environment = {
        "PATH": _path(".venv"),
        "HOME": os.environ.get("HOME", "/"),  # known hosts, and profiles of clouds
        "PYTHONUNBUFFERED": "1",
        **_where(settings),
        **given,
    }
    return [Program("fetcher", [python_of(".venv"), "-m", "tradewind.fetching"], environment)]


def _superset(settings: Settings) -> Program:
    configuration = str(ROOT / "superset" / "config" / "gunicorn.conf.py")
    command = [
        str(_venv(".venv-superset") / "gunicorn"),
        "--config",
        configuration,
        "superset.app:create_app()",
    ]
    return Program("superset", command, superset_environment(settings))
