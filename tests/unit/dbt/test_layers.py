"""Core reads staging, marts read core, and one mart reads the ledger."""

from __future__ import annotations

import re

from tradewind.settings import ROOT

PROJECT = ROOT / "dbt_project"
SEEDS = {path.stem for path in (PROJECT / "seeds").glob("*.csv")}


def read_beside(layer: str, *prefixes: str) -> set[tuple[str, str]]:
    """Models of a layer, each with what it reads except seeds and names with these prefixes."""
    return {
        (path.stem, name)
        for path in (PROJECT / "models" / layer).rglob("*.sql")
        for name in re.findall(r"(?:ref|source)\(\s*'(\w+)'", path.read_text())
        if name.partition("_")[0] not in prefixes and name not in SEEDS
    }


def test_core_reads_staging():
    assert read_beside("core", "stg", "int", "dim", "fct") == set()


def test_marts_read_core():
    """The exception is explained in docs/decisions/0008-status-mart-reads-the-ledger.md."""
    assert read_beside("marts", "dim", "fct", "mart") == {
        ("mart_data_status", "kpi_reconciliation"),
        ("mart_data_status", "stg_ops__loads"),
    }
