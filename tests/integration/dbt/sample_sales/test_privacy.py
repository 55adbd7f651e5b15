"""Privacy of daily builds: once tables exist, incremental models compile to different SQL."""

from tests.integration.dbt.builds import run_tradewind
from tradewind.catalog.privacy import examine
from tradewind.lineage.manifest import read


def test_increments_do_not_spread_personal_data(warehouse, dbt_state):
    # incremental, since something is already built; no model is left out
    outcome = run_tradewind(warehouse, dbt_state, "dbt", "run")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    privacy = examine(read(dbt_state / "dbt" / "manifest.json"))
    assert privacy.walked > 100
    assert list(map(str, privacy.breaches)) == []
