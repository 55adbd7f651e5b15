"""Command line of `make source`: `python -m tradewind.source FILE … [--as sales] [--yes]`."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import psycopg

from ingestion.commands.console import complain
from ingestion.contract.faults import suggestion
from ingestion.contract.files import CONTRACTS, find_contracts
from ingestion.database.connection import WarehouseUnavailable
from tradewind.lock import alone
from tradewind.mapping.canonical import models_by_kind
from tradewind.mapping.files import read_mappings
from tradewind.mapping.places import PlacedFaults
from tradewind.mapping.write import NotWritten, write_all
from tradewind.settings import ROOT, SettingError, Settings, text
from tradewind.source.conversation import Ask, Ended, Settled, in_currency, in_zone, settle
from tradewind.source.dashboards import dashboards_of
from tradewind.source.errors import SourceError
from tradewind.source.figures import figures_of, not_known, sentence
from tradewind.source.files import as_domain, domain_of, guessed_domain, named_files
from tradewind.source.plan import Plan, make_plan, refuse_unrequested
from tradewind.source.screen import say, show_step
from tradewind.source.steps import (
    bring_up_to_date,
    build_models,
    end_at_once,
    load_files,
    refuse_without_warehouse,
)

_INTERRUPTED = "Interrupted; run the same command again to go on"


def main(arguments: Sequence[str]) -> int:
    """Run it; returns 0 if the files are in the marts, 1 if a person must act first, 130 after Ctrl-C."""
    options = _options(arguments)
    for stream in (sys.stdout, sys.stderr):
        # a name or a value may hold what the terminal's encoding does not
        stream.reconfigure(errors="backslashreplace")
    try:
        return _source(options)
    except Ended:
        print("Cancelled; nothing was written", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\n{_INTERRUPTED}", file=sys.stderr)
        return 130
    except (SourceError, SettingError, PlacedFaults, NotWritten) as error:
        complain(error)
    except WarehouseUnavailable as error:
        complain(f"{error}. Then run the same command again")
    except psycopg.OperationalError as error:
        cause = str(error).strip().splitlines()[0]
        complain(f"the warehouse was lost ({cause}): when it runs (make up), run the same command again")
    except psycopg.Error as error:
        complain(str(error).strip())
    return 1


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    """Options; what is not given is as in the environment, where `make` puts its variables."""
    parser = argparse.ArgumentParser(prog="python -m tradewind.source", description=__doc__)
    kinds = models_by_kind()
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument(
        "--as",
        dest="kind",
        metavar="KIND",
        default=os.environ.get("AS") or "sales",
        help=f"what they hold: {', '.join(kinds)}",
    )
    parser.add_argument(
        "--domain", default=os.environ.get("DOMAIN"), help="the company; by default by the folder's name"
    )
    parser.add_argument(
        "--currency",
        default=os.environ.get("CURRENCY"),
        help="of amounts whose currency no column names, as EUR",
    )
    parser.add_argument(
        "--zone",
        default=os.environ.get("ZONE"),
        help="time zone in which the days of times are counted, as Europe/Berlin",
    )
    parser.add_argument(
        "--yes", action="store_true", default=os.environ.get("YES") == "1", help="take the best guesses"
    )
    options = parser.parse_args(arguments)
    if options.kind not in kinds:
        near = suggestion(options.kind, kinds)
        parser.error(f"AS={options.kind}: it must be one of {', '.join(kinds)}{near}")
    return options


def _source(options: argparse.Namespace) -> int:
    given = shlex.join(options.files) if options.files else os.environ.get("FILES", "")
    paths = named_files(given)
    ask = None if options.yes else _terminal()
    refuse_without_warehouse()
    settings = Settings.load()
    with ExitStack() as stack:
        if ask is None:
            stack.enter_context(alone(CONTRACTS, say))
        plan, settled = _settle_all(paths, options, settings, ask)
        if ask:
            # others need not wait for answers
            stack.enter_context(alone(CONTRACTS, say))
        end_at_once(_INTERRUPTED)
        _write_and_load(plan, settled, settings)
    return 0


def _write_and_load(plan: Plan, settled: Sequence[Settled], settings: Settings) -> None:
    written = _write(plan, settled)
    show_step("Models, documentation and lineage")
    changed = bring_up_to_date(settings, written)
    say(f"{len(changed)} generated files changed" if changed else "nothing changed")
    show_step("Load")
    load_files(settings, plan.paths)
    show_step("Build and test")
    say(build_models(settings) or "the marts already include every load: nothing to build")
    _report(settings, [*plan.mapped, *(each.path for each in settled)])


def _terminal() -> Ask:
    if not sys.stdin.isatty():
        raise SourceError("nobody is there to ask: YES=1 takes the best guesses, or run it in a terminal")
    return input


def _settle_all(
    paths: Sequence[Path], options: argparse.Namespace, settings: Settings, ask: Ask | None
) -> tuple[Plan, list[Settled]]:
    """What becomes of the files, and the mappings that are new."""
    found = find_contracts()
    for fault in found.faults:
        complain(fault)
    mappings = read_mappings(found.contracts)
    named = as_domain(options.domain) if options.domain else domain_of(paths)
    company = named or _company(paths, ask)
    show_step(f"Files of {company}")
    plan = make_plan(
        paths,
        found.contracts,
        mappings,
        company,
        is_domain_known=bool(named or ask),
        model=models_by_kind()[options.kind],
    )
    refuse_unrequested([mappings[path] for path in plan.mapped], settings.sales_lines_of)
    for path, source in plan.mapped.items():
        say(f"{source.names}: {source.contract.source}, which {path.relative_to(CONTRACTS)} maps already")
    for source in plan.known:
        say(f"{source.names}: {source.contract.source}, which is known already")
    settled = []
    for each in plan.proposed:
        say("\n" + "\n".join(f"{one.names}: {one.contract.source}" for one in each.used))
        if options.currency:
            each = in_currency(each, options.currency.upper())
        if options.zone:
            each = in_zone(each, options.zone)
        settled.append(settle(each, text(settings.warehouse_url), ask))
    for name, value in (("CURRENCY", options.currency), ("ZONE", options.zone)):
        if value and plan.mapped:
            names = ", ".join(str(path.relative_to(ROOT)) for path in plan.mapped)
            say(f"{name}={value} changes no mapping that is there: for that, edit {names}")
    for source, reason in plan.unused:
        say(f"not used: {source.names}: {reason}")
    for sheet in plan.passed_over:
        say(f"not used: {sheet}: it is hidden, or holds no table")
    return plan, settled


def _company(paths: Sequence[Path], ask: Ask | None) -> str:
    guess = guessed_domain(paths)
    if ask is None:
        return guess
    try:
        return as_domain(ask(f"Whose files are these? [{guess}] ").strip() or guess)
    except EOFError:
        raise Ended from None


def _write(plan: Plan, settled: Sequence[Settled]) -> list[Path]:
    """Write contracts, then the mappings that need them; returns the files."""
    texts = {path: body for found in plan.proposed for path, body in found.contract_texts.items()}
    texts |= {each.path: each.text for each in settled}
    write_all(texts)
    for path in texts:
        say(f"written: {path.relative_to(ROOT)}")
    return list(texts)


def _report(settings: Settings, paths: Sequence[Path]) -> None:
    """What the warehouse now holds of these mappings, and where to see it."""
    mappings = read_mappings(find_contracts().contracts)
    for path in paths:
        mapping = mappings[path]
        show_step(mapping.contract.source)
        say(sentence(figures_of(settings, mapping), mapping.model))
        for each in not_known(mapping):
            say(each)
        say(f"to correct the mapping, edit {path.relative_to(ROOT)}, then: make sync build")
        shown = dashboards_of(settings.state / "dbt" / "manifest.json", mapping.staging_model)
        for slug, title in shown.items():
            say(f"{title}: http://127.0.0.1:{settings.superset_port}/superset/dashboard/{slug}/")
        if not shown:
            say(f"No dashboard reads it yet: the lines are in staging.{mapping.staging_model} (make url)")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
