"""Remembers what each contract's text was found to be: reading it again takes longer than a small load."""

from __future__ import annotations

import hashlib
import os
import pickle
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from ingestion.contract.model import Contract
from tradewind.settings import Settings

_MOST = 1000
#: Beside the model's own classes; nothing else is taken from the file.
_CLASSES = {("datetime", "date"), ("decimal", "Decimal"), (__name__, "Reading")}


class Reading(NamedTuple):
    """What a text was found to be: a contract, or the `faults` that keep it from being one.

    Each fault is a place and what is wrong there.
    """

    contract: Contract | None
    faults: tuple[tuple[str, str], ...] = ()


def recall(text: str) -> Reading | None:
    """What this text was found to be by the same code; None where it was not read yet."""
    return _readings().get(_key(text))


def keep(text: str, reading: Reading) -> None:
    """Remember a reading, beyond this process too; where nothing can be kept, the text is read again."""
    readings, path = _readings(), _file()
    readings[_key(text)] = reading
    with suppress(OSError):
        if path.parent.is_dir():
            partial = path.with_suffix(f".{os.getpid()}")
            partial.write_bytes(pickle.dumps(dict(list(readings.items())[-_MOST:])))
            partial.replace(path)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module == Contract.__module__ and "." not in name) or (module, name) in _CLASSES:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not part of a contract")


@cache
def _readings() -> dict[str, Reading]:
    """What the file holds of this code's readings; `keep` leaves out those of other code."""
    try:
        with _file().open("rb") as file:
            found = dict(_Unpickler(file).load())
            return {key: reading for key, reading in found.items() if key.startswith(_code())}
    except Exception:  # whatever is wrong with the file: the contracts are read again
        return {}


@cache
def _code() -> str:
    """Stands for the code and the standard that contracts are read with; keys begin with it."""
    found = hashlib.sha256(version("open-data-contract-standard").encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


def _key(text: str) -> str:
    return f"{_code()} {hashlib.sha256(text.encode()).hexdigest()}"


def _file() -> Path:
    return Settings.load().state / "contracts.pickle"
