"""Privacy of what runs from day to day: where tables are there, incremental models compile to other SQL."""

from ingestion.sample import write_sample_file
from tradewind.catalog.manifest import read
from tradewind.catalog.privacy import examine


def test_no_increment_brings_personal_data_further(take, build, dbt_state, tmp_path):
    write_sample_file(tmp_path, rows=500, seed=1)
    for path in sorted(tmp_path.iterdir()):
        take(path)
    # the second one is incremental, and leaves out no model
    for options in ([], ["--select", "resource_type:model"]):
        outcome = build(*options)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    privacy = examine(read(dbt_state / "dbt" / "manifest.json"))
    assert privacy.walked > 100
    assert list(map(str, privacy.breaches)) == []
