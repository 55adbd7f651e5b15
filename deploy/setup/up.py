"""`make up`: from nothing, or from any unfinished state, to a running warehouse with dashboards."""

from __future__ import annotations

from rich.console import Console

from deploy.databases import walls
from deploy.databases.make import make_databases, make_readers
from deploy.errors import SetupError
from deploy.setup import checks, modes, secrets
from deploy.setup.first_figures import wait_until_published, write_sample
from deploy.setup.metadata import is_prepared, prepare, prepare_superset
from deploy.setup.restore import check_whole
from deploy.stack import figures, postgres
from deploy.stack.health import CHECKS, wait_for
from deploy.stack.programs import AIRFLOW_COMPONENTS, programs
from deploy.stack.status import show_summary, show_walls
from deploy.stack.steps import Steps
from deploy.stack.supervisor import Supervisor
from ingestion.fetching.place import Place
from tradewind.dashboards import following
from tradewind.extra_environments import LANDING, EnvironmentMissing, environment_python
from tradewind.lock import alone
from tradewind.settings import Settings
from tradewind.warehouse.chart_caches import turn_over_caches

AIRFLOW = [f"airflow-{name}" for name in AIRFLOW_COMPONENTS]
SUPERSET = ["superset"]


def up(console: Console) -> None:
    """Start everything, and show what runs where.

    Raises:
        SetupError: if the user has to do something first.
    """
    settings = Settings.load()
    checks.check_platform()
    settings.state.parent.mkdir(parents=True, exist_ok=True)
    settings.state.mkdir(mode=0o700, exist_ok=True)
    modes.repair(settings.state)
    checks.check_folder(settings.state)
    checks.check_folder(settings.landing)
    with alone(settings.state, console.print):
        check_whole(settings.state)
        secrets.ensure(settings.state / "secrets.env")
        _start(console)


def _start(console: Console) -> None:
    settings = Settings.load()
    supervisor = Supervisor(settings.state)
    steps = Steps(console)

    _prepare_fetching(settings, steps)
    if _is_up(settings, supervisor):
        found = walls.look(settings)
        if found.faults:
            with steps.step("Databases, roles and tables"):
                make_databases(settings)
            found = walls.look(settings)
        show_walls(found, console)
        supervisor.start_by_itself([program.name for program in programs(settings)])
        console.print("Everything is running.")
    else:
        _start_postgres(settings, supervisor, steps)
        steps.run_together(
            lambda: _start_airflow(settings, supervisor, steps),
            lambda: _start_superset(settings, supervisor, steps),
        )
    if following.is_outdated(settings):
        with steps.step("Dashboards for the figures there are"):
            prepare_superset(settings, "--assets-only")
            make_readers(settings)
    modes.repair(settings.state)  # for what has just been created
    show_summary(settings, console)
    if wrong := figures.faults(settings):
        raise SetupError("; ".join(wrong))


def _prepare_fetching(settings: Settings, steps: Steps) -> None:
    """Check the settings of a place elsewhere, and install what reads it: later, uv may not be found."""
    if Place.read(settings) is None:
        return
    try:
        with steps.step("Packages that fetch files"):
            environment_python(LANDING)
    except EnvironmentMissing as error:
        raise SetupError(str(error)) from error


def _is_up(settings: Settings, supervisor: Supervisor) -> bool:
    states = supervisor.states()
    return (
        bool(states)
        and all(info["statename"] == "RUNNING" for info in states.values())
        and supervisor.is_current(programs(settings))
        and all(answers(settings) for answers in CHECKS.values())
        and is_prepared(settings, "airflow")
        and is_prepared(settings, "superset")
    )


def _start_postgres(settings: Settings, supervisor: Supervisor, steps: Steps) -> None:
    running = {name for name, info in supervisor.states().items() if info["statename"] == "RUNNING"}
    checks.check_ports(settings, running)
    with steps.step("Postgres"):
        data = settings.state / "postgres"
        for path in (data, postgres.binary("postgres")):
            for folder in postgres.let_through(path):
                steps.console.print(
                    f"  {folder} may now be traversed (o+x) by {postgres.SERVICE_ACCOUNT}", markup=False
                )
        postgres.open_programs()
        postgres.initialise(data, settings.get("POSTGRES_PASSWORD"))
        if running and not supervisor.is_current(programs(settings)):
            supervisor.stop()
        if not supervisor.is_running():
            supervisor.write(programs(settings))
            supervisor.start()
        wait_for("Postgres", settings, supervisor, ["postgres"], steps)
    with steps.step("Databases, roles and tables"):
        make_databases(settings)
        supervisor.start_by_itself(["guard"])
        supervisor.launch(["guard"])
    show_walls(walls.look(settings), steps.console)


def _start_airflow(settings: Settings, supervisor: Supervisor, steps: Steps) -> None:
    if not is_prepared(settings, "airflow"):
        with steps.step("Airflow's database"):
            prepare(settings, "airflow")
            supervisor.stop_programs(AIRFLOW)  # running programs still have the old code
    with steps.step("Airflow"):
        # from here on, a restarted supervisor starts them automatically, whatever happens to this command
        supervisor.start_by_itself(AIRFLOW)
        supervisor.launch(AIRFLOW)
        wait_for("Airflow", settings, supervisor, AIRFLOW, steps)
    rows = write_sample(settings)
    with steps.step(f"{rows:,} sample rows and first build" if rows else "Figures up to date"):
        wait_until_published(settings, steps)


def _start_superset(settings: Settings, supervisor: Supervisor, steps: Steps) -> None:
    if not is_prepared(settings, "superset"):
        with steps.step("Superset's database and dashboards"):
            prepare(settings, "superset")
            supervisor.stop_programs(SUPERSET)
    with steps.step("Superset"):
        turn_over_caches(settings)  # a build may have run while Superset was down
        supervisor.start_by_itself(SUPERSET)
        supervisor.launch(SUPERSET)
        wait_for("Superset", settings, supervisor, SUPERSET, steps)
