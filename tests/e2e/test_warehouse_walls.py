"""The walls of the warehouse on the running stack: the guard repairs them, and wrong figures are noticed."""

from __future__ import annotations

import psycopg
import pytest

from deploy.databases import walls
from deploy.stack import figures
from tests.e2e.conftest import Stack, wait_until
from tradewind.dashboards import logins
from tradewind.settings import Settings, text

pytestmark = pytest.mark.e2e


def as_reader(settings: Settings) -> psycopg.Connection:
    """Connect as Superset does for an executive."""
    password = logins.password(settings.get("READERS_KEY"), logins.MARTS)
    url = settings.warehouse_url.set(username=logins.MARTS, password=password)
    return psycopg.connect(text(url), autocommit=True)


def test_the_first_card_shows_what_the_mart_holds(clone: Stack):
    assert figures.faults(clone.settings) == []
    assert walls.look(clone.settings) == ([], [])


def test_figures_of_another_database_are_noticed(clone: Stack):
    settings = clone.settings
    url = settings.embedded_url("superset", settings.get("SUPERSET_DATABASE_PASSWORD"), "superset")
    turn = "update tables set catalog = %s where catalog = %s"
    with psycopg.connect(text(url), autocommit=True) as metadata:
        metadata.execute(turn, ["superset", settings.warehouse_url.database])
        try:
            (fault,) = figures.faults(settings)
            assert "cannot be checked" in fault
        finally:
            metadata.execute(turn, [settings.warehouse_url.database, "superset"])
    assert figures.faults(settings) == []


def test_a_reader_cannot_lock_others_out(clone: Stack):
    with as_reader(clone.settings) as harm:
        harm.execute("set default_transaction_read_only = off")
        harm.execute(f"alter role {logins.MARTS} password 'x'")
    wait_until(lambda: not walls.look(clone.settings).faults, "the guard did not repair the password")
    assert figures.faults(clone.settings) == []
