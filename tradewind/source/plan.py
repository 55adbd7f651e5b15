"""What becomes of each file: rows of a canonical model, tables that these look up, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion.contract.model import Contract
from ingestion.explore.draft.table_file import NotDrafted
from ingestion.tabular.table import Unreadable
from tradewind.mapping.canonical import CanonicalModel
from tradewind.mapping.model import Mapping as SourceMapping
from tradewind.mapping.sources import Proposed, SourceFiles, beside_others, proposals, sources_of
from tradewind.source.errors import SourceError

#: Rows that contracts are drafted from: all of nearly every file, because a later row may have more decimals.
_ROWS = 5_000_000

#: What the command `draft` says to do, and what to do here.
_INSTEAD = {
    "unpack it, and draft from one of them": "unpack it, and name the files in it",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with the files.

    `proposed` are new sources, best first. `mapped` have a mapping already, and `known` are looked up by one.
    `unused` are left alone, each with the reason.
    """

    proposed: Sequence[Proposed]
    mapped: Mapping[Path, SourceFiles]
    known: Sequence[SourceFiles]
    unused: Sequence[tuple[SourceFiles, str]]

    @property
    def paths(self) -> list[Path]:
        """The files to load, those that are looked up before those that look them up."""
        used = [each for found in self.proposed for each in reversed(found.used)]
        sources = [*self.known, *used, *self.mapped.values()]
        return list(dict.fromkeys(path for source in sources for path in source.paths))

    @property
    def passed_over(self) -> list[str]:
        """Sheets that hold no table, and hidden ones, with the names of their workbooks."""
        used = [each for found in self.proposed for each in found.used]
        sources = [*used, *self.mapped.values(), *self.known, *(each for each, _ in self.unused)]
        places = [place for source in sources for place in source.places]
        return list(
            dict.fromkeys(f"{place.path.name} [{sheet}]" for place in places for sheet in place.passed_over)
        )


def refuse_unrequested(mappings: Iterable[SourceMapping], requested: Collection[str]) -> None:
    """Refuse files whose mapping is used only on request: without it, their lines would be nowhere.

    Raises:
        SourceError: a source is not `requested`.
    """
    for mapping in mappings:
        source = mapping.contract.source
        if mapping.on_request and source not in requested:
            setting = ",".join(sorted({*requested, source}))
            raise SourceError(
                f"{source} becomes sales on request: write SALES_LINES_OF={setting} into .env,"
                " then: make sync build"
            )


def make_plan(
    paths: Sequence[Path],
    contracts: Sequence[Contract],
    mappings: Mapping[Path, SourceMapping],
    domain: str,
    *,
    is_domain_known: bool,
    model: CanonicalModel = CanonicalModel.SALES_LINES,
) -> Plan:
    """Decide what each file is.

    Args:
        mappings: all that there are, by their files; only those to `model` say what a file is.
        domain: of new contracts; `is_domain_known` if it says whose files these are, and is not a guess.

    Raises:
        SourceError: a file cannot be read as one table, or belongs to another company.
    """
    sources = _sources(paths, contracts, domain)
    if is_domain_known:
        _refuse_others(sources, domain)
    mappings = {path: each for path, each in mappings.items() if each.model is model}
    by_source = {mapping.contract.source: path for path, mapping in mappings.items()}
    looked_up = {join.contract.source for mapping in mappings.values() for join in mapping.joins.values()}
    mapped = {by_source[each.contract.source]: each for each in sources if each.contract.source in by_source}
    known = [each for each in sources if each.contract.source in looked_up]
    rest = [each for each in sources if each.contract.source not in {*by_source, *looked_up}]
    unused = [(each, beside_others(other)) for each in rest for other in _in_workbooks_of(each, mapped)]
    rest = [each for each in rest if not _in_workbooks_of(each, mapped)]
    if not rest:
        return Plan([], mapped, known, unused)
    found, left = proposals(rest, known, model)
    unused += left
    if mapped and found[0].lacking:
        # nothing new holds any, but what is mapped already can be loaded
        return Plan([], mapped, known, [*unused, *((each, _not_joined(mapped)) for each in rest)])
    return Plan(found, mapped, known, unused)


def _in_workbooks_of(source: SourceFiles, mapped: Mapping[Path, SourceFiles]) -> list[SourceFiles]:
    """The first of the mapped sources that is in the same workbook, if there is one."""
    return [each for each in mapped.values() if not set(each.paths).isdisjoint(source.paths)][:1]


def _not_joined(mapped: Collection[Path]) -> str:
    names = " and ".join(path.name for path in mapped)
    return f"{names} does not look anything up in it: add it to `joins` there, or remove the source first"


def _sources(paths: Sequence[Path], contracts: Sequence[Contract], domain: str) -> list[SourceFiles]:
    for path in paths:
        try:
            path.open("rb").close()
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror or error}") from error
    try:
        return sources_of(paths, contracts, domain, most=_ROWS)
    except (NotDrafted, Unreadable) as error:
        problem = str(error)
        for of_draft, instead in _INSTEAD.items():
            problem = problem.replace(of_draft, instead)
        raise SourceError(problem) from error


def _refuse_others(sources: Sequence[SourceFiles], domain: str) -> None:
    for each in sources:
        contract = each.contract
        if each.draft is None and contract.domain != domain:
            raise SourceError(
                f"{each.names} has the columns of {contract.source}, so the loader would take it for a file"
                f" of {contract.domain}. If it is one, say DOMAIN={contract.domain}. To keep the two"
                " companies apart, name the files of each in `fileNames` of a contract of its own"
                " (ingestion/contracts/README.md)"
            )
