"""The contract that the project ships."""

from __future__ import annotations

import pytest

from ingestion.contract.files import CONTRACTS, read_contract
from ingestion.contract.model import Contract


@pytest.fixture(scope="session")
def sales() -> Contract:
    return read_contract(CONTRACTS / "sales" / "transactions.yaml")
