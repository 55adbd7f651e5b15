"""Files at hand, as sources: those that a contract fits, and those that get a drafted one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ingestion.contract.comparison import normal
from ingestion.contract.files import CONTRACTS
from ingestion.contract.model import Append, Contract, Upsert
from ingestion.explore.draft.draft import MOST_ROWS, Draft, draft, fitting, headers_of, table_of
from ingestion.explore.draft.render import render
from ingestion.explore.draft.table_file import NotDrafted, sheets_of
from ingestion.explore.guess.names import identifier, words
from ingestion.tabular.table import Unreadable
from tradewind.mapping.canonical import CanonicalModel, intake, lacking, main_figures
from tradewind.mapping.expressions import columns_in
from tradewind.mapping.proposal import Guess, Proposal
from tradewind.mapping.propose import propose
from tradewind.mapping.samples import Sample, read_sample, rows_of

#: Letters of a domain and a table together: names of models that are made of them have at most 63.
_LONGEST_SOURCE = 63 - len("stg___") - max(map(len, CanonicalModel)) - 1


@dataclass(frozen=True, slots=True)
class Place:
    """A file, or the first of the sheets in it that hold one table; `is_one_of_several` tables there.

    `passed_over` are sheets of the file that hold none, or are hidden.
    """

    path: Path
    sheet: str | None = None
    is_one_of_several: bool = False
    passed_over: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The file's name, with its sheet if it has several."""
        return f"{self.path.name} [{self.sheet}]" if self.is_one_of_several else self.path.name


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """Files of one source, or sheets in them; `draft` is None where a contract fits them already."""

    contract: Contract
    places: Sequence[Place]
    draft: Draft | None = None

    @property
    def paths(self) -> list[Path]:
        """The files, each once."""
        return list(dict.fromkeys(each.path for each in self.places))

    @property
    def names(self) -> str:
        """The names of the files, with their sheets, as a list in a sentence."""
        return ", ".join(each.name for each in self.places)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal with the sources that it reads, that of the rows first, and those that it does not need."""

    proposal: Proposal
    used: Sequence[SourceFiles]
    unused: Sequence[SourceFiles]
    samples: Sequence[Sample]

    @property
    def lacking(self) -> list[str]:
        """Columns without which the files cannot be mapped, and for which nothing was found."""
        return lacking(self.proposal.model, self.proposal.guesses)

    @property
    def figure(self) -> Guess | None:
        """What was found for the figure that matters most, if anything was."""
        names = main_figures(self.proposal.model)
        return next((self.proposal.guesses[each] for each in names if each in self.proposal.guesses), None)

    @property
    def path(self) -> Path:
        """Where the mapping is written."""
        contract = self.used[0].contract
        return CONTRACTS / contract.domain / f"{contract.table}.{self.proposal.model}.yaml"

    @property
    def contract_texts(self) -> dict[Path, str]:
        """The drafted contracts that the mapping needs, by their files."""
        return {
            CONTRACTS / each.contract.domain / f"{each.contract.table}.yaml": render(each.draft)
            for each in self.used
            if each.draft
        }

    @property
    def doubts(self) -> Iterator[str]:
        """Sentences on what nobody can know from the files, and what was not looked at."""
        for sample in self.samples:
            for name, count in sample.refused.items():
                yield f"not looked at: {count} rows of {name}, which its contract refuses"
        read = {name for guess in self.proposal.guesses.values() for name in columns_in(guess.expression)}
        for each in self.used:
            if each.draft:
                yield from (f"{each.contract.source}: {doubt}" for doubt in each.draft.doubts(read))


def sources_of(
    paths: Sequence[Path], contracts: Sequence[Contract], domain: str, *, most: int = MOST_ROWS
) -> list[SourceFiles]:
    """The sources of files and of sheets in them; those with the same columns are one source.

    Args:
        domain: of the contracts that are drafted.
        most: rows of each source that its contract is drafted from.

    Raises:
        NotDrafted, Unreadable: what a file holds is not one table, or cannot be read; the text names it.
        OSError: a file cannot be opened.
    """
    known: dict[str, list[Place]] = defaultdict(list)
    new: dict[tuple[str, ...], list[Place]] = defaultdict(list)
    for place in _places(paths):
        with _named(place):
            if source := fitting(place.path, contracts, place.sheet):
                known[source].append(place)
            else:
                new[tuple(sorted(map(normal, headers_of(place.path, place.sheet))))].append(place)
    by_name = {contract.source: contract for contract in contracts}
    found = [SourceFiles(by_name[source], members) for source, members in known.items()]
    taken = set(by_name)
    for members in new.values():
        drafted = _drafted(members, identifier(domain, "raw", longest=20), most)
        if earlier := by_name.get(drafted.contract.source):
            raise NotDrafted(_other_columns(members, earlier, drafted.contract))
        drafted = _named_apart(drafted, taken)
        taken.add(drafted.contract.source)
        found.append(SourceFiles(drafted.contract, members, drafted))
    return found


def _other_columns(places: Sequence[Place], earlier: Contract, drafted: Contract) -> str:
    """Why files are not a source of their own: an export that has changed its columns would count twice."""
    names = ", ".join(place.name for place in places)
    before, now = ({normal(header): header for header in each.headers} for each in (earlier, drafted))
    changes = [
        f"{what} {', '.join(header for key, header in these.items() if key not in others)}"
        for these, others, what in ((now, before, "new:"), (before, now, "missing:"))
        if these.keys() - others.keys()
    ] or ["their values are written differently"]
    return (
        f"{names} has the name of {earlier.source}, and other columns: {'; '.join(changes)}. If it is a later"
        f" form of that export, change ingestion/contracts/{earlier.domain}/{earlier.table}.yaml to fit both;"
        " if it holds something else, give the file another name"
    )


def _places(paths: Sequence[Path]) -> Iterator[Place]:
    for path in paths:
        with _named(Place(path)):
            sheets = sheets_of(path)
        for sheet in sheets.tables:
            yield Place(path, sheet, len(sheets.tables) > 1, sheets.passed_over)


def _drafted(places: Sequence[Place], domain: str, most: int) -> Draft:
    """The contract of files with the same columns, named after the largest."""
    first, *others = sorted(places, key=lambda place: -place.path.stat().st_size)
    with _named(first):
        table = None if first.is_one_of_several else table_of(first.path, domain)
        alone = draft(first.path, domain=domain, table=table, sheet=first.sheet, most=most)
        # the same columns in another order are read by the same contract
        headers = alone.contract.headers
        alike = [each.path for each in others if headers_of(each.path, each.sheet) == headers]
        if not alike:
            return alone
        together = draft(first.path, domain=domain, table=table, sheet=first.sheet, others=alike, most=most)
    if together.key is None and isinstance(alone.contract.relation, Upsert):
        return _keyed_again(together, alone, [place.path for place in places])
    return together


def _keyed_again(together: Draft, alone: Draft, paths: Sequence[Path]) -> Draft:
    """The combined draft with one file's key, if rows that share a key are identical in all files."""
    contract = replace(together.contract, relation=alone.contract.relation)
    key = alone.key
    seen: dict[int, int] = {}
    for path in paths:
        for values in rows_of(path, contract):
            if values is not None:
                mark = hash(tuple(values[place] for place in key.places))
                if seen.setdefault(mark, hash(tuple(values))) != hash(tuple(values)):
                    return together
    return replace(together, contract=contract, key=key)


@contextmanager
def _named(place: Place) -> Iterator[None]:
    """Faults of a file, with its name."""
    name = f"{place.path} [{place.sheet}]" if place.sheet else str(place.path)
    try:
        yield
    except NotDrafted as error:
        raise NotDrafted(f"{name}: {error}") from error
    except Unreadable as error:
        raise NotDrafted(f"{name}: cannot be read: {error}") from error


def best_proposal(
    sources: Sequence[SourceFiles], model: CanonicalModel = CanonicalModel.SALES_LINES
) -> Proposed:
    """The mapping of the source that looks most like the model, with the others as references."""
    return proposals(sources, model=model)[0][0]


def proposals(
    sources: Sequence[SourceFiles],
    known: Sequence[SourceFiles] = (),
    model: CanonicalModel = CanonicalModel.SALES_LINES,
) -> tuple[list[Proposed], list[tuple[SourceFiles, str]]]:
    """A mapping of each source that holds rows of the model, best first; the others with the reason.

    There is always a first one, even if it lacks what the model needs. A drafted reference is told apart by
    its key even where that was found on few rows only.

    Args:
        known: sources that are only looked up, for which there are contracts.
    """
    every = [*sources, *known]
    samples = [read_sample(each.paths, each.contract) for each in every]
    keyed = list(map(_with_key, every))
    references = [
        replace(sample, contract=each.contract) for sample, each in zip(samples, keyed, strict=True)
    ]
    found = []
    for i, (each, sample) in enumerate(zip(sources, samples, strict=False)):
        proposal = propose(sample, references[:i] + references[i + 1 :], model)
        joined = {join.contract.source for join in proposal.joins.values()}
        others = [other for other in keyed if other.contract.source != each.contract.source]
        found.append(
            Proposed(
                proposal,
                used=[each, *(other for other in others if other.contract.source in joined)],
                unused=[other for other in others if other.contract.source not in joined],
                samples=[sample, *samples[:i], *samples[i + 1 :]],
            )
        )
    viable = [each for each in found if not each.lacking] or found
    viable = [each for each in viable if not _other_figures(each)] or viable
    # what another one joins, as the heads of orders, says less than that one
    joined = {other.contract.source for each in viable for other in each.used[1:]}
    first = max([each for each in viable if each.used[0].contract.source not in joined] or viable, key=_worth)
    chosen, unused = _chosen(first, found)
    return [_doubted(each) for each in chosen], unused


def _doubted(found: Proposed) -> Proposed:
    """With a note where a name says that these are other figures than those of the model."""
    if not (telling := _other_figures(found)):
        return found
    called = intake(found.proposal.model).called
    note = f"the name says {telling[0]}, which is not {called}: look whether its figures have the right sign"
    return replace(found, proposal=replace(found.proposal, notes=[*found.proposal.notes, note]))


def _chosen(
    first: Proposed, found: Sequence[Proposed]
) -> tuple[list[Proposed], list[tuple[SourceFiles, str]]]:
    chosen, unused = [first], []
    looked_up = {each.contract.source for each in first.used}
    for each in sorted(found, key=_worth, reverse=True):
        source = each.used[0]
        if source.contract.source in looked_up:
            continue
        if reason := _not_of_its_own(each, chosen):
            unused.append((source, reason))
        else:
            chosen.append(each)
            looked_up |= {other.contract.source for other in each.used}
    return chosen, [(each, reason) for each, reason in unused if each.contract.source not in looked_up]


def _not_of_its_own(found: Proposed, chosen: Sequence[Proposed]) -> str | None:
    """Why a source holds no rows of its own beside those that were chosen; None where it does."""
    called = intake(found.proposal.model).called
    if found.lacking:
        return (
            f"no {called} column references its key, and it holds no {called} itself:"
            f" {' and '.join(found.lacking)} {'was' if len(found.lacking) == 1 else 'were'} not found"
        )
    if not _worth(found)[1]:
        return "it has no figures of its own"
    if telling := _other_figures(found):
        return f"its name says {telling[0]}, which is not {called}. If it is, map it by itself"
    for other in chosen:
        if not set(found.used[0].paths).isdisjoint(other.used[0].paths):
            return beside_others(other.used[0])
        if share := _shared_orders(found, other):
            return (
                f"{share:.0%} of its orders are in {other.used[0].places[0].name}, too:"
                " they would count twice. If they are not the same, map it by itself"
            )
    return None


def beside_others(source: SourceFiles) -> str:
    """Why a sheet is left alone whose workbook holds rows of the model in another one."""
    return f"it may repeat what {source.names} holds. If it does not, save the sheet as a file of its own"


def _other_figures(found: Proposed) -> list[str]:
    """Words of the names of the files, and of the figure, that say that it is another one."""
    source, figure = found.used[0], found.figure
    headers = {column.name: column.header for column in source.contract.columns}
    texts = [
        *(place.sheet or place.path.stem for place in source.places),
        headers.get(figure.expression, "") if figure else "",
    ]
    others = intake(found.proposal.model).other_figures
    return sorted(others.intersection(word for each in texts for word in words(each)))


def _shared_orders(found: Proposed, other: Proposed) -> float:
    """The share of the orders of one source that another one has, too."""
    ours, theirs = (_orders(each) for each in (found, other))
    return len(ours & theirs) / len(ours) if ours and theirs else 0


def _orders(found: Proposed) -> set[str]:
    guess = found.proposal.guesses.get("order_number")
    sample = found.samples[0]
    names = {column.name for column in sample.contract.columns}
    if guess is None or guess.expression not in names:
        return set()
    return {value for value in sample.values(guess.expression) if value is not None}


def _worth(found: Proposed) -> tuple[bool, bool, int]:
    """A figure of its own says most, then a price of its own, then how much was found."""
    expression = found.figure.expression if found.figure else "."
    return expression.isidentifier(), "." not in expression.replace("1.0", ""), len(found.proposal.guesses)


def _named_apart(drafted: Draft, taken: Container[str]) -> Draft:
    """The draft under a name that is not taken, and short enough for the names of its models.

    Files of two forms may have one name.
    """
    contract = drafted.contract
    room = _LONGEST_SOURCE - len(contract.domain)
    table, number = contract.table[:room].rstrip("_"), 1
    contract = replace(contract, table=table)
    while contract.source in taken:
        number += 1
        ending = f"_{number}"
        contract = replace(contract, table=f"{table[: room - len(ending)]}{ending}")
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
