"""Files at hand, as sources: those that a contract fits, and those that get a drafted one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingestion.contract.model import Append, Contract, Upsert
from ingestion.explore.draft.draft import Draft, draft, fitting
from ingestion.explore.guess.names import identifier
from tradewind.mapping.canonical import canonical_columns
from tradewind.mapping.proposal import Proposal
from tradewind.mapping.propose import propose
from tradewind.mapping.samples import Sample, read_sample


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """Files of one source; `draft` is None where a contract fits them already."""

    contract: Contract
    paths: Sequence[Path]
    draft: Draft | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal with the sources that it reads, that of the sales first, and those that it does not need."""

    proposal: Proposal
    used: Sequence[SourceFiles]
    unused: Sequence[SourceFiles]
    samples: Sequence[Sample]

    @property
    def lacking(self) -> list[str]:
        """Columns without which the files cannot be mapped, and for which nothing was found."""
        columns = canonical_columns(self.proposal.model)
        return [each.name for each in columns if each.required and each.name in self.proposal.missing]


def sources_of(paths: Sequence[Path], contracts: Sequence[Contract], domain: str) -> list[SourceFiles]:
    """The sources of files; files with the same columns are one source.

    Args:
        domain: of the contracts that are drafted.

    Raises:
        NotDrafted, Unreadable: what a file holds is not one table, or cannot be read.
        OSError: a file cannot be opened.
    """
    known: dict[str, list[Path]] = defaultdict(list)
    drafts: dict[tuple[str, ...], list[tuple[Path, Draft]]] = defaultdict(list)
    for path in paths:
        if source := fitting(path, contracts):
            known[source].append(path)
        else:
            drafted = draft(path, domain=identifier(domain, "raw", longest=20))
            drafts[tuple(drafted.contract.headers)].append((path, drafted))
    by_name = {contract.source: contract for contract in contracts}
    found = [SourceFiles(by_name[source], members) for source, members in known.items()]
    taken = set(by_name)
    for members in drafts.values():
        # prefer the draft based on the most rows
        drafted = _named_apart(max((each for _, each in members), key=lambda each: each.rows), taken)
        taken.add(drafted.contract.source)
        found.append(SourceFiles(drafted.contract, [path for path, _ in members], drafted))
    return found


def best_proposal(sources: Sequence[SourceFiles]) -> Proposed:
    """The mapping of the source that looks most like sales, with the others as references.

    A drafted reference is told apart by its key even where that was found on few rows only.
    """
    samples = [read_sample(each.paths, each.contract) for each in sources]
    keyed = list(map(_with_key, sources))
    references = [
        replace(sample, contract=each.contract) for sample, each in zip(samples, keyed, strict=True)
    ]
    found = []
    for i, (each, sample) in enumerate(zip(sources, samples, strict=True)):
        proposal = propose(sample, references[:i] + references[i + 1 :])
        joined = {join.contract.source for join in proposal.joins.values()}
        others = [other for other in keyed if other.contract.source != each.contract.source]
        found.append(
            Proposed(
                proposal,
                used=[each, *(other for other in others if other.contract.source in joined)],
                unused=[other for other in others if other.contract.source not in joined],
                samples=samples,
            )
        )
    viable = [each for each in found if not each.lacking] or found
    # what another one joins, as the heads of orders, says less than that one
    joined = {other.contract.source for each in viable for other in each.used[1:]}
    first = [each for each in viable if each.used[0].contract.source not in joined] or viable
    return max(first, key=_worth)


def _worth(found: Proposed) -> tuple[bool, bool, int]:
    """An amount of its own says most, then a price of its own, then how much was found."""
    sales = found.proposal.guesses.get("sales")
    expression = sales.expression if sales else "."
    return expression.isidentifier(), "." not in expression.replace("1.0", ""), len(found.proposal.guesses)


def _named_apart(drafted: Draft, taken: Container[str]) -> Draft:
    """The draft under a name that is not taken: files of two forms may have one name."""
    contract, number = drafted.contract, 1
    while contract.source in taken:
        number += 1
        contract = replace(drafted.contract, table=f"{drafted.contract.table}_{number}")
    return replace(drafted, contract=contract)


def _with_key(source: SourceFiles) -> SourceFiles:
    """The same, told apart by the key that was found, on however few rows."""
    drafted = source.draft
    if drafted is None or drafted.key is None or not isinstance(source.contract.relation, Append):
        return source
    key = tuple(source.contract.columns[place].name for place in drafted.key.places)
    contract = replace(source.contract, relation=Upsert(key))
    named = drafted.key._replace(is_named=True)
    return replace(source, contract=contract, draft=replace(drafted, contract=contract, key=named))
