"""Mappings: `python -m tradewind.mapping propose FILE …` and `python -m tradewind.mapping sync`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psycopg

from ingestion.commands.console import complain, show
from ingestion.contract.files import CONTRACTS, find_contracts
from ingestion.contract.model import Contract
from ingestion.explore.draft.draft import NotDrafted, domain_of
from ingestion.explore.draft.render import render as render_contract
from ingestion.tabular.table import Unreadable
from tradewind.mapping.canonical import CanonicalModel, canonical_columns, derivations
from tradewind.mapping.files import read_mapping
from tradewind.mapping.places import PlacedFaults
from tradewind.mapping.preview import first_rows
from tradewind.mapping.proposal import Proposal
from tradewind.mapping.render import render
from tradewind.mapping.samples import Sample
from tradewind.mapping.sources import Proposed, SourceFiles, best_proposal, sources_of
from tradewind.mapping.sync import sync
from tradewind.settings import Settings, text

_MODEL = CanonicalModel.SALES_LINES

#: Columns of the first rows that are shown; a terminal has no room for all.
_SHOWN = (
    "sale_date",
    "sales",
    "units_sold",
    "discounts",
    "profit",
    "country",
    "segment",
    "product",
    "currency",
)


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns 0 when all is well, 1 otherwise."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (NotDrafted, Unreadable, PlacedFaults) as error:
        complain(error)
    except OSError as error:
        complain(f"{error.filename}: {error.strerror or error}")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tradewind.mapping", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("propose", help="how files could become sales lines")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument("--domain", metavar="NAME", help="of new contracts; by default the folder's name")
    command.add_argument("--write", action="store_true", help="write the contracts and the mapping")
    command.set_defaults(run=_propose)
    command = commands.add_parser("sync", help="bring the staging models of all mappings up to date")
    command.add_argument("--check", action="store_true", help="only look: 1 where one is not up to date")
    command.set_defaults(run=_sync)
    return parser


def _propose(options: argparse.Namespace) -> int:
    domain = options.domain or domain_of(options.files[0])
    found = best_proposal(sources_of(options.files, _contracts(), domain))
    _show(found.proposal)
    if found.lacking:
        complain(f"nothing was found for {' and '.join(found.lacking)}: these files cannot become {_MODEL}")
        return 1
    contract = found.used[0].contract
    path = CONTRACTS / contract.domain / f"{contract.table}.{_MODEL}.yaml"
    body = render(found.proposal)
    mapping = read_mapping(path, [each.contract for each in found.used], body)
    for sample in found.samples:
        for name, count in sample.refused.items():
            print(f"not looked at: {count} rows of {name}, which its contract refuses", file=sys.stderr)
    samples = {sample.contract.source: sample for sample in found.samples}
    _show_rows(mapping, samples)
    for each in found.unused:
        print(
            f"not used: {', '.join(map(str, each.paths))}: no sales column references its key."
            " If it holds sales too, map it by itself",
            file=sys.stderr,
        )
    if not options.write:
        print("nothing was written: run it again with --write", file=sys.stderr)
        return 0
    return _write(path, body, found)


def _sync(options: argparse.Namespace) -> int:
    changed = sync(_contracts(), check=options.check)
    for path in changed:
        print(path)
    return 1 if options.check and changed else 0


def _show(proposal: Proposal) -> None:
    columns = {"name": "CANONICAL COLUMN", "from": "FROM", "sureness": "HOW SURE", "why": "WHY"}
    show(columns, list(_guesses(proposal)), "nothing was found")
    for note in proposal.notes:
        print(f"note: {note}", file=sys.stderr)
    if proposal.missing:
        print(f"not found; null in every row: {', '.join(proposal.missing)}", file=sys.stderr)


def _guesses(proposal: Proposal) -> Iterator[dict[str, str]]:
    for name, guess in proposal.guesses.items():
        yield {"name": name, "from": guess.expression, "sureness": guess.sureness, "why": guess.why}
    for each in derivations(canonical_columns(proposal.model), proposal.guesses):
        yield {"name": each.name, "from": each.expression, "sureness": "derived", "why": "from the others"}


def _show_rows(mapping: Mapping, samples: dict[str, Sample]) -> None:
    try:
        rows = first_rows(text(Settings.load().warehouse_url), mapping, samples)
    except psycopg.OperationalError:
        print("the first rows are not shown: the warehouse is not running (make up)", file=sys.stderr)
    except psycopg.Error as error:
        print(f"the first rows cannot be computed: {error}", file=sys.stderr)
    else:
        show({name: name.upper() for name in _SHOWN}, rows, "no row was read")


def _contracts() -> Sequence[Contract]:
    """The contracts that can be relied on; the faults of all others are reported."""
    found = find_contracts()
    for fault in found.faults:
        complain(fault)
    return found.contracts


def _write(path: Path, body: str, found: Proposed) -> int:
    texts = {path: body} | {_place(each): render_contract(each.draft) for each in found.used if each.draft}
    if there := [str(each) for each in texts if each.exists()]:
        complain(f"nothing was written, as there is already: {', '.join(there)}")
        return 1
    for each, content in texts.items():
        each.parent.mkdir(parents=True, exist_ok=True)
        each.write_text(content, encoding="utf-8")
        print(f"written: {each}")
    return 0


def _place(source: SourceFiles) -> Path:
    return CONTRACTS / source.contract.domain / f"{source.contract.table}.yaml"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
