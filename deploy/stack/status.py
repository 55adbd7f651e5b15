"""What runs where, and how fresh the figures are."""

from __future__ import annotations

import psycopg
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from deploy.databases import walls
from deploy.stack import figures
from deploy.stack.health import CHECKS
from deploy.stack.supervisor import Supervisor
from deploy.stack.troubles import notices
from ingestion.contract.files import find_contracts
from ingestion.database.connection import connect_as
from ingestion.ledger.read import late_sources
from tradewind.gaps.find import gaps_of_real_data
from tradewind.gaps.listing import in_words
from tradewind.settings import Settings

_STATES = {"RUNNING": "[green]running[/]", "STOPPED": "[yellow]stopped[/]"}


def show_summary(settings: Settings, console: Console) -> None:
    """Show the table at the end of `make up`."""
    table = Table(box=box.SIMPLE, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    here = f"http://127.0.0.1:{settings.superset_port}"
    # behind a proxy with TLS, a browser cannot log in here
    superset = settings.get("SUPERSET_URL", here) if settings.superset_https else here
    table.add_row("Dashboards", f"{superset}  (user admin)")
    table.add_row("Airflow", f"http://127.0.0.1:{settings.airflow_port}  (user admin)")
    warehouse = settings.warehouse_url
    table.add_row("Warehouse", f"{warehouse.render_as_string(hide_password=True)}  (whole: make -s url)")
    table.add_row("Passwords", escape(str(settings.state / "secrets.env")))
    table.add_row("Drop files in", escape(str(settings.landing)))
    for name, value in _figures(settings):
        table.add_row(name, value)
    console.print(table)


def show_status(settings: Settings, console: Console) -> bool:
    """Show the table of `make status`; returns whether everything is fine."""
    states = Supervisor(settings.state).states()
    if not states:
        console.print("Nothing is running: make up")
        return False
    table = Table(box=box.SIMPLE, pad_edge=False)
    for heading in ("Program", "State", "Since"):
        table.add_column(heading)
    for name, info in states.items():
        since = info["description"].partition("uptime ")[2] or info["description"]
        table.add_row(name, _STATES.get(info["statename"], f"[red]{info['statename'].lower()}[/]"), since)
    console.print(table)
    well = all(info["statename"] == "RUNNING" for info in states.values())
    answering = {name: answers(settings) for name, answers in CHECKS.items()}
    for name, healthy in answering.items():
        well = well and healthy
        console.print(
            f"{name:<10} {'[green]answers[/]' if healthy else '[red]does not answer[/]: make logs'}"
        )
    if answering["Postgres"]:
        found = walls.look(settings)
        if answering["Superset"]:
            found.faults.extend(figures.faults(settings))
        show_walls(found, console)
        well = well and not found.faults
        for name, value in [*_figures(settings), *late(settings), *gaps(settings)]:
            console.print(f"{name}: {value}", markup=False, highlight=False)
        for notice in notices(settings):
            well = well and not notice.is_trouble
            mark, colour = ("✗", "red") if notice.is_trouble else ("…", "yellow")
            console.print(Text.assemble((mark, colour), f" {notice.name}: {notice.text}"), soft_wrap=True)
    return well


def show_walls(found: walls.Findings, console: Console) -> None:
    """Show what is wrong, and what cannot be fixed from here, one line each."""
    for colour, mark, sentences in (("red", "✗", found.faults), ("yellow", "!", found.limits)):
        for sentence in sentences:
            console.print(f"[{colour}]{mark}[/] {escape(sentence)}", highlight=False, soft_wrap=True)


def _figures(settings: Settings) -> list[tuple[str, str]]:
    """Rows and freshness, as an executive sees them."""
    try:
        with connect_as(settings, "reporter") as connection:
            row = connection.execute(
                "select sum(rows_loaded), sum(rows_rejected), max(data_as_of), bool_or(is_sample)"
                " from marts.mart_data_status"
            ).fetchone()
    except psycopg.errors.UndefinedTable:
        return [("Figures", "none published yet")]
    except psycopg.Error:
        return []  # the walls report it
    loaded, rejected, as_of, is_sample = row
    if not loaded:
        return [("Figures", "none yet: drop a file")]
    kind = ", sample data" if is_sample else ""
    return [("Rows loaded", f"{loaded:,} ({rejected:,} rejected{kind})"), ("Data as of", f"{as_of:%d %B %Y}")]


def late(settings: Settings) -> list[tuple[str, str]]:
    """Sources that are later than their contracts promise; a hint, not a fault of the installation."""
    try:
        with connect_as(settings, "transformer") as connection:
            found = late_sources(connection, find_contracts().contracts)
    except psycopg.Error:  # no table yet, or a fault of the role, which the walls report
        return []
    return [
        ("Late", f"{each.source}, {each.age} without a file; {each.allowed} are agreed") for each in found
    ]


def gaps(settings: Settings) -> list[tuple[str, str]]:
    """Days and months that sources with real data should have and have not; a hint, as `late`."""
    try:
        with connect_as(settings, "transformer") as connection:
            found = gaps_of_real_data(connection, find_contracts().contracts)
    except psycopg.Error:
        return []
    lines = []
    for each in (series for series in found if series.gaps):
        newest = max(each.gaps, key=lambda gap: gap.run.first)
        where = f" in {newest.where.country}" if newest.where.country else ""
        of = f" of {each.company}" if each.company else ""
        text = f"{each.source}{of}: {len(each.gaps):,}, the newest is {in_words(newest.run)}{where}"
        lines.append(("Gaps", f"{text}; python -m tradewind gaps lists them"))
    return lines
