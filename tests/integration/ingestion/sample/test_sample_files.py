"""Sample files of all sources are loaded completely, and real files replace them source by source."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from ingestion.contract.files import read_contracts
from ingestion.contract.model import Upsert
from ingestion.loading.load import load_landing
from ingestion.sample import write_sample_files
from tests.unit.ingestion.contract.test_shipped_contracts import SOURCES

UNTIL = date(2025, 2, 1)


def test_all_rows_of_all_sources_are_loaded(landing: Path, empty_warehouse: str, query) -> None:
    written = write_sample_files(landing / "sample", until=UNTIL)

    results = load_landing(landing, url=empty_warehouse)

    assert {result.outcome for result in results} == {"loaded"}
    assert {result.path: result.rows_loaded for result in results} == written
    assert query("select count(*) from ops.rejected_rows") == [(0,)]
    loaded = query("select source, is_sample from ops.loads")
    assert sorted(loaded) == sorted((source, True) for source in SOURCES)
    for contract in read_contracts():
        if isinstance(contract.relation, Upsert):
            # Each row has its own key, so none replaces another.
            key = ", ".join(contract.relation.key)
            table = f"staging.raw_{contract.source.replace('.', '_')}"
            assert query(f"select count(*) = count(distinct ({key})) from {table}") == [(True,)]


def test_real_data_replaces_only_the_sample_of_its_source(
    published_csv: Path, landing: Path, empty_warehouse: str, query
) -> None:
    write_sample_files(landing / "sample", rows=500, until=UNTIL)
    load_landing(landing, url=empty_warehouse)
    shutil.copy(published_csv, landing / "Financials.csv")
    load_landing(landing, url=empty_warehouse)
    counted = query("select source, is_sample from ops.counted_loads join ops.loads using (load_id, source)")
    assert sorted(counted) == sorted((source, source != "sales.transactions") for source in SOURCES)
