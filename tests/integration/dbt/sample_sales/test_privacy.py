"""Privacy of what runs from day to day: where tables are there, incremental models compile to other SQL."""

from tests.integration.dbt.builds import run_tradewind
from tradewind.catalog.privacy import examine
from tradewind.lineage.manifest import read


def test_no_increment_brings_personal_data_further(warehouse, dbt_state):
    # incremental, as something is built already, and leaves out no model
    outcome = run_tradewind(warehouse, dbt_state, "dbt", "run")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    privacy = examine(read(dbt_state / "dbt" / "manifest.json"))
    assert privacy.walked > 100
    assert list(map(str, privacy.breaches)) == []
