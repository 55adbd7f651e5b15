"""How headers and the names of files are compared, and whether two contracts can be told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from ingestion.contract.model import Contract
from ingestion.tabular.cells import Cell
from ingestion.tabular.characters import normal_text


def normal(header: Cell) -> str:
    """A header as it is compared: in its normal form, trimmed, in one case, with single spaces inside."""
    text = str("" if header is None else header)
    return normal_text(" ".join(normal_text(text).casefold().split()))


def is_named(name: str, patterns: Iterable[str]) -> bool:
    """Whether a file's or a sheet's name fits one of these shell patterns, in whatever case."""
    last = name.rsplit("/", 1)[-1].casefold()
    return any(fnmatchcase(last, pattern.casefold()) for pattern in patterns)


def are_alike(one: Contract, other: Contract) -> bool:
    """Whether every file of one of the contracts, or of both, fits the other one too."""
    if one.text_form.has_header != other.text_form.has_header:
        return False
    if len(one.columns) != len(other.columns):
        return False
    if set(one.sheets) != set(other.sheets):
        return False
    if one.text_form.has_header and Counter(map(normal, one.headers)) != Counter(map(normal, other.headers)):
        return False
    return _are_covered(one.file_names, other.file_names) or _are_covered(other.file_names, one.file_names)


def _are_covered(names: Sequence[str], others: Sequence[str]) -> bool:
    """Whether what fits these patterns fits the others too; without patterns, nothing tells files apart."""
    return not names or all(is_named(name, others) for name in names)
