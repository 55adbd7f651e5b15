"""Finds contracts, which are YAML files in the Open Data Contract Standard (ODCS 3.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from pathlib import Path
from typing import NamedTuple

from ingestion.contract import memo
from ingestion.contract.comparison import are_alike
from ingestion.contract.model import Contract

CONTRACTS = Path(__file__).parent.parent / "contracts"


class ContractError(Exception):
    """A contract file is wrong; the text names the file, the place in it and what is expected."""

    def __init__(self, path: Path, place: str, problem: str) -> None:
        super().__init__(f"{path}: {place}: {problem}")
        self.path = path
        #: Each fault by itself.
        self.faults: tuple[ContractError, ...] = (self,)


class ContractErrors(ContractError):
    """Several faults in contract files, one per line."""

    def __init__(self, faults: Sequence[ContractError]) -> None:
        Exception.__init__(self, "\n".join(map(str, faults)))
        self.faults = tuple(faults)


class Contracts(NamedTuple):
    """The `contracts` that can be relied on, ordered by source, and the `faults` of all other files."""

    contracts: tuple[Contract, ...]
    faults: tuple[ContractError, ...] = ()


def read_contracts(folder: Path = CONTRACTS) -> tuple[Contract, ...]:
    """All contracts below `folder`, ordered by source.

    Raises:
        ContractError: files are wrong, describe the same source, or describe files that nothing tells apart.
    """
    found = find_contracts(folder)
    if found.faults:
        raise ContractErrors(found.faults)
    return found.contracts


def find_contracts(folder: Path = CONTRACTS) -> Contracts:
    """The contracts below `folder` that are sound and clear, whatever is wrong with the others.

    Files with a second point in their names are mappings (`tradewind.mapping`): orders.sales_lines.yaml.
    Of two files that describe the same source neither is taken. Contracts whose files nothing tells apart are
    both taken, and a fault: their files are held until one of them says more.
    """
    found: dict[Path, Contract] = {}
    faults: list[ContractError] = []
    for path in sorted(each for each in folder.rglob("*.yaml") if "." not in each.stem):
        try:
            found[path] = read_contract(path)
        except ContractError as error:
            faults += error.faults
    clashes = list(_pairs(found, _are_one_table))
    faults += [_clash(path, other, found) for path, other in clashes]
    unclear = set(chain.from_iterable(clashes))
    sound = {path: contract for path, contract in found.items() if path not in unclear}
    for path, other in _pairs(sound, are_alike):
        problem = (
            f"its files have the columns of {sound[path].source} ({path}), and nothing tells them apart:"
            " give both contracts fileNames that no file fits both of"
        )
        faults.append(ContractError(other, "fileNames", problem))
    return Contracts(tuple(sorted(sound.values(), key=lambda each: each.source)), tuple(faults))


def _clash(path: Path, other: Path, found: Mapping[Path, Contract]) -> ContractError:
    """Two files that describe one table, by the same name or by names that come to the same."""
    one, two = found[path], found[other]
    if one.source == two.source:
        problem = f"the source {two.source} has another contract already, in {path}"
    else:
        problem = f"its raw table {two.raw_table} is that of {one.source} too, in {path}: rename one"
    return ContractError(other, "id", problem)


def _pairs(
    found: Mapping[Path, Contract], are_like: Callable[[Contract, Contract], bool]
) -> Iterator[tuple[Path, Path]]:
    return ((a, b) for a, b in combinations(found, 2) if are_like(found[a], found[b]))


def _are_one_table(one: Contract, other: Contract) -> bool:
    return one.raw_table == other.raw_table


def read_contract(path: Path) -> Contract:
    """The contract in one file.

    Raises:
        ContractError: the file is not YAML, breaks the standard, or uses what Tradewind does not know.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(path, "file", f"cannot be read: {error}") from error
    reading = memo.recall(text)
    if not reading:
        from ingestion.contract.reading import read

        reading = read(text)
        memo.keep(text, reading)
    if not reading.contract:
        raise ContractErrors([ContractError(path, place, problem) for place, problem in reading.faults])
    return reading.contract
