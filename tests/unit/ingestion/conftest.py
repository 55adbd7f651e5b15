"""The contract that the project ships."""

from __future__ import annotations

import pytest

from ingestion.contract import Contract
from ingestion.contract_files import CONTRACTS, read_contract


@pytest.fixture(scope="session")
def sales() -> Contract:
    return read_contract(CONTRACTS / "sales" / "transactions.yaml")
