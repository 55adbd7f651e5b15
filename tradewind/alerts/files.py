"""Causes in the ledger: held files, rejected rows, late sources, places that files cannot be fetched from.

Messages name files, sources and kinds of reasons. Unlike the ledger's own they quote no cell: an alert leaves
the company.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import psycopg

from ingestion.contract.model import Contract
from ingestion.findings.reasons import HoldKind
from ingestion.ledger.read import late_sources, real_sources
from tradewind.alerts.cause import Cause, safe
from tradewind.alerts.options import Options
from tradewind.alerts.shown import Shown, moment

_HELD = """
select load_id, source, file_name, part, hold_kind
from ops.loads
where state = 'held' and not is_sample
order by load_id
"""

# A load whose scopes were all restated by later files does not count any more.
_REJECTED = """
select loads.load_id, loads.source, file_name, part, rows_rejected, rows_read
from ops.loads as loads
inner join ops.counted_loads as counted on loads.load_id = counted.load_id
where loads.rows_rejected > %(share)s * loads.rows_read and not loads.is_sample
    and (
        not exists (select from ops.load_scopes as scopes where scopes.load_id = loads.load_id)
        or exists (select from ops.current_scopes as scopes where scopes.load_id = loads.load_id)
    )
order by loads.load_id
"""

# Where the fetcher now checks another place, the settings have changed. Where it checks none, it is silent,
# and what was wrong may still be.
_FAILING = """
select address, problem, failing_since
from ops.landing_looks
where problem is not null
    and (
        looked_at > clock_timestamp() - interval '15 minutes'
        or looked_at = (select max(looked_at) from ops.landing_looks)
    )
order by address
"""

#: A server may be restarted.
_MAY_PASS = timedelta(minutes=15)

#: Of a name that stands in a message: one of a table in an archive may be long.
_LONGEST_NAME = 120

_KINDS = {kind.code: kind for kind in HoldKind}


def held_files(connection: psycopg.Connection, options: Options, shown: Shown) -> list[Cause]:
    """Files of which nothing was loaded, and which wait for a person."""
    return [
        _held(load_id, source, _name(file_name, part), _KINDS.get(kind or ""), options, shown)
        for load_id, source, file_name, part, kind in connection.execute(_HELD)
    ]


def _held(
    load_id: int, source: str | None, name: str, kind: HoldKind | None, options: Options, shown: Shown
) -> Cause:
    about = f" of {source}" if source else ""
    why = f": {kind.title[0].lower()}{kind.title[1:]}" if kind else ""
    way = f"{kind.advice[0].upper()}{kind.advice[1:]}" if kind else "Data health says why"
    return Cause(
        key=f"held:{load_id}",
        what=f"File {name}{about} was held (load {load_id}){why}.",
        means=f"None of its rows are in the figures. {shown.sentence}",
        advice=f"{way}. To take it as it is, trigger accept for load {load_id}.",
        link=options.health,
    )


def rejected_rows(connection: psycopg.Connection, options: Options, _shown: Shown) -> list[Cause]:
    """Loads that count, and of which more rows than the setting's share were refused."""
    found = connection.execute(_REJECTED, {"share": options.rejected})
    return [
        Cause(
            key=f"rejected:{load_id}",
            what=f"{rejected:,} of {read:,} rows of {_name(name, part)} ({source}, load {load_id}) were"
            f" rejected, more than {(options.rejected * 100).normalize():f}%.",
            means="The dashboards' figures lack these rows.",
            advice=f"python -m ingestion rejected {load_id} lists them with their reasons. Send the corrected"
            " file, or correct the contract and trigger replay.",
            link=options.health,
        )
        for load_id, source, name, part, rejected, read in found
    ]


def sources_that_are_late(
    connection: psycopg.Connection, contracts: Collection[Contract], options: Options, shown: Shown
) -> list[Cause]:
    """Sources whose last file is older than their contract allows; sample files alone are never late."""
    real = real_sources(connection)
    return [
        Cause(
            key=f"late:{late.source}",
            what=f"{late.source} has had no file for {late.age}; its contract allows {late.allowed}.",
            means=f"Its figures end on {shown.day_of(late.source)}.",
            advice="Ask who sends the file, and drop it into landing/.",
            link=options.health,
        )
        for late in late_sources(connection, contracts)
        if late.source in real
    ]


def places_that_fail(connection: psycopg.Connection, options: Options, shown: Shown) -> list[Cause]:
    """Addresses from which files, all or some, cannot be fetched."""
    if not connection.execute("select to_regclass('ops.landing_looks')").fetchone()[0]:
        return []
    return [
        Cause(
            key=f"fetching:{address}",
            what=f"Since {moment(since)}, files from {safe(address)} are missing: {safe(problem)}.",
            means=f"New files may be waiting there. {shown.sentence}",
            advice="Fix the cause; the fetcher retries by itself. make status says whether it runs;"
            " make logs PROGRAM=fetcher shows what it does.",
            link=options.dag("ingest"),
            patience=_MAY_PASS,
        )
        for address, problem, since in connection.execute(_FAILING)
    ]


def _name(file_name: str, part: str) -> str:
    return safe(f"{file_name}, sheet {part}" if part else file_name, _LONGEST_NAME)
