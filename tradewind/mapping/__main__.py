"""Mappings: `python -m tradewind.mapping propose FILE …` and `python -m tradewind.mapping sync`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from ingestion.commands.console import complain, show
from ingestion.contract.files import find_contracts
from ingestion.contract.model import Contract
from ingestion.explore.draft.draft import domain_of
from ingestion.explore.draft.table_file import NotDrafted
from ingestion.tabular.cells import printable
from ingestion.tabular.table import Unreadable
from tradewind.mapping.canonical import intake, models_by_kind
from tradewind.mapping.files import read_mapping
from tradewind.mapping.places import PlacedFaults
from tradewind.mapping.preview import first_rows
from tradewind.mapping.proposal import Proposal
from tradewind.mapping.render import render
from tradewind.mapping.samples import Sample
from tradewind.mapping.sources import Proposed, best_proposal, sources_of
from tradewind.mapping.sync import sync
from tradewind.mapping.write import NotWritten, write_all
from tradewind.settings import SettingError, Settings, text


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns 0 when all is well, 1 otherwise."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (NotDrafted, Unreadable, PlacedFaults, NotWritten, SettingError) as error:
        complain(error)
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        complain(f"{named}{error.strerror or error}")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tradewind.mapping", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "propose", help="how files could become sales, or targets, stock, engagement"
    )
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument(
        "--as", dest="kind", choices=models_by_kind(), default="sales", help="what they hold"
    )
    command.add_argument("--domain", metavar="NAME", help="of new contracts; by default the folder's name")
    command.add_argument("--write", action="store_true", help="write the contracts and the mapping")
    command.set_defaults(run=_propose)
    command = commands.add_parser("sync", help="bring the staging models of all mappings up to date")
    command.add_argument("--check", action="store_true", help="only look: 1 where one is not up to date")
    command.set_defaults(run=_sync)
    return parser


def _propose(options: argparse.Namespace) -> int:
    domain = options.domain or domain_of(options.files[0])
    model = models_by_kind()[options.kind]
    found = best_proposal(sources_of(options.files, _contracts(), domain), model)
    _show(found.proposal)
    if found.lacking:
        complain(f"nothing was found for {' and '.join(found.lacking)}: these files cannot become {model}")
        return 1
    body = render(found.proposal)
    mapping = read_mapping(found.path, [each.contract for each in found.used], body)
    for doubt in found.doubts:
        print(printable(doubt), file=sys.stderr)
    samples = {sample.contract.source: sample for sample in found.samples}
    _show_rows(mapping, samples)
    called = intake(model).called
    for each in found.unused:
        print(
            f"not used: {', '.join(map(str, each.paths))}: no {called} column references its key."
            f" If it holds {called} too, map it by itself",
            file=sys.stderr,
        )
    if not options.write:
        print("nothing was written: run it again with --write", file=sys.stderr)
        return 0
    return _write(found, body)


def _sync(options: argparse.Namespace) -> int:
    changed = sync(_contracts(), requested=Settings.load().sales_lines_of, check=options.check)
    for path in changed:
        print(path)
    return 1 if options.check and changed else 0


def _show(proposal: Proposal) -> None:
    columns = {"name": "CANONICAL COLUMN", "from": "FROM", "sureness": "HOW SURE", "why": "WHY"}
    records = [dict(zip(columns, line, strict=True)) for line in proposal.lines()]
    show(columns, records, "nothing was found")
    for note in proposal.notes:
        print(f"note: {note}", file=sys.stderr)
    if proposal.missing:
        print(f"not found; null in every row: {', '.join(proposal.missing)}", file=sys.stderr)


def _show_rows(mapping: Mapping, samples: dict[str, Sample]) -> None:
    try:
        rows = first_rows(text(Settings.load().warehouse_url), mapping, samples)
    except psycopg.OperationalError:
        print("the first rows are not shown: the warehouse is not running (make up)", file=sys.stderr)
    except psycopg.Error as error:
        print(f"the first rows cannot be computed: {error}", file=sys.stderr)
    else:
        columns = intake(mapping.model).shown
        show({name: name.upper() for name in columns}, rows, "no row was read")


def _contracts() -> Sequence[Contract]:
    """The contracts that can be relied on; the faults of all others are reported."""
    found = find_contracts()
    for fault in found.faults:
        complain(fault)
    return found.contracts


def _write(found: Proposed, body: str) -> int:
    texts = found.contract_texts | {found.path: body}
    write_all(texts)
    for path in texts:
        print(f"written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
