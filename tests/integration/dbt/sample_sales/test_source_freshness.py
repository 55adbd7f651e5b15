"""A source that is later than its contract promises is reported; no build fails because of it."""

import json

import pytest

from deploy.stack.status import late
from tests.integration.dbt.builds import run_tradewind
from tradewind.settings import Settings


@pytest.fixture(scope="module")
def settings(warehouse, dbt_state):
    return Settings.load({**warehouse.environment(), "TRADEWIND_STATE": str(dbt_state)})


@pytest.fixture
def freshness(warehouse, settings):
    """Run `dbt source freshness`; returns what it says about each source that promises something."""

    def run() -> dict[str, str]:
        outcome = run_tradewind(warehouse, settings.state, "dbt", "source", "freshness")
        assert outcome.returncode == 0, outcome.stdout
        found = json.loads((settings.state / "dbt" / "sources.json").read_text())["results"]
        return {each["unique_id"].removeprefix("source.tradewind."): each["status"] for each in found}

    return run


NEVER_LOADED = {"sales.engagement": "warn", "sales.inventory": "warn", "sales.targets": "warn"}


def test_a_source_is_fresh_after_a_load_however_old_its_figures(settings, freshness):
    assert freshness() == {**NEVER_LOADED, "sales.transactions": "pass"}
    assert late(settings) == []


def test_a_source_without_files_for_too_long(ask, build, settings, freshness):
    ask("update ops.loads set finished_at = finished_at - interval '36 days'", role="loader")
    assert freshness() == {**NEVER_LOADED, "sales.transactions": "warn"}
    ((_, line),) = late(settings)
    assert line == "sales.transactions, 36 days without a file; 35 days are agreed"
    assert build().returncode == 0
