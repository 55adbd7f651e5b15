"""Contracts that have been read are cached, and nothing else is accepted from the cache file."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.contract import memo
from ingestion.contract.files import CONTRACTS, ContractError, read_contract, read_contracts

PUBLISHED = CONTRACTS / "sales" / "transactions.yaml"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A separate state folder, as in a new process."""
    (made := tmp_path / "state").mkdir()
    monkeypatch.setenv("TRADEWIND_STATE", str(made))
    memo._readings.cache_clear()
    yield made
    memo._readings.cache_clear()


def never(text: str) -> None:
    raise AssertionError("it was read again")


def test_a_text_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_contracts()
    monkeypatch.setattr("ingestion.contract.reading.read", never)
    assert read_contracts() == first
    memo._readings.cache_clear()
    assert read_contracts() == first


def test_faults_are_remembered_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("id: [")
    messages = []
    for _ in range(2):
        with pytest.raises(ContractError) as caught:
            read_contract(path)
        messages.append(str(caught.value))
        memo._readings.cache_clear()
        monkeypatch.setattr("ingestion.contract.reading.read", never)
    assert messages[0] == messages[1]
    path.write_text("id: []")
    with pytest.raises(AssertionError, match="read again"):
        read_contract(path)


def test_other_code_reads_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read_contract(PUBLISHED)
    monkeypatch.setattr(memo, "_code", lambda: "another")
    assert memo.recall(PUBLISHED.read_text()) is None


def test_readings_of_other_code_are_forgotten(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_contract(PUBLISHED)
    memo._readings.cache_clear()
    monkeypatch.setattr(memo, "_code", lambda: "another")
    read_contract(PUBLISHED)
    kept = pickle.loads((state / "contracts.pickle").read_bytes())
    assert [key.partition(" ")[0] for key in kept] == ["another"]


def test_a_file_that_holds_anything_else_is_not_taken(state: Path) -> None:
    contract = read_contract(PUBLISHED)
    for content in (b"", b"no pickle", pickle.dumps({"key": Path("/")}), pickle.dumps(print)):
        (state / "contracts.pickle").write_bytes(content)
        memo._readings.cache_clear()
        assert memo._readings() == {}
        assert read_contract(PUBLISHED) == contract
