"""The tables of schema `ops` that the loader keeps, as data: DDL and dbt's sources are made from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpsColumn:
    """A column; `classification` as in the contracts where it may hold a file's own values."""

    name: str
    sql_type: str
    description: str
    constraint: str = ""
    classification: str = ""


@dataclass(frozen=True, slots=True)
class OpsTable:
    """A table, or the view that `query` selects; `extra` holds statements that follow its creation."""

    name: str
    description: str
    columns: tuple[OpsColumn, ...]
    query: str = ""
    extra: tuple[str, ...] = ()


LOADS = OpsTable(
    "loads",
    "The load ledger: one row per file content that was loaded or held. The truth about what came in.",
    (
        OpsColumn(
            "load_id",
            "bigint",
            "Number of the load; within a source a higher number was committed later.",
            "generated always as identity primary key",
        ),
        OpsColumn(
            "source", "text", "Source table, as sales.transactions; null where no contract fits the file."
        ),
        OpsColumn("file_name", "text", "Name of the file when it was loaded.", "not null"),
        OpsColumn("sha256", "text", "SHA-256 of the file's content, in hex; null where it cannot be read."),
        OpsColumn("bytes", "bigint", "Size of the file in bytes; null where it cannot be read."),
        OpsColumn(
            "rows_read", "bigint", "Rows in the file, without header and blank lines.", "not null default 0"
        ),
        OpsColumn("rows_loaded", "bigint", "Rows that came into the raw table.", "not null default 0"),
        OpsColumn(
            "rows_rejected",
            "bigint",
            "Rows that did not: the faulty ones of a loaded file, all rows of a held file.",
            "not null default 0",
        ),
        OpsColumn(
            "state",
            "text",
            "loaded; held (nothing of it was taken); resolved (held before, its content was loaded later); "
            "replaced (loaded before, read again later: its rows stay and do not count); "
            "withdrawn (a person took it back: its rows stay and do not count).",
            "not null",
        ),
        OpsColumn(
            "is_sample", "boolean", "Whether the rows are generated sample data.", "not null default false"
        ),
        OpsColumn("relation", "text", "How the file relates to earlier ones, as its contract says."),
        OpsColumn("contract_version", "text", "Version of the contract that the file was checked against."),
        OpsColumn(
            "data_from", "date", "Earliest business date among the loaded rows: the source's first date."
        ),
        OpsColumn("data_to", "date", "Latest business date among the loaded rows."),
        OpsColumn(
            "hold_kind",
            "text",
            "Kind of the reason why the file is or was held, as in docs/reasons.md; null where it never was,"
            " and for holds from before kinds were kept.",
        ),
        OpsColumn(
            "message",
            "text",
            "What an operator should know, as why the file is held; it may quote the file.",
            classification="internal",
        ),
        OpsColumn("started_at", "timestamptz", "When reading the file began.", "not null"),
        OpsColumn("finished_at", "timestamptz", "When the load was about to be committed."),
        OpsColumn("part", "text", "Sheet, in a workbook that has several.", "not null default ''"),
        OpsColumn("path", "text", "Where the file was last seen by the loader."),
        OpsColumn(
            "passed_over", "jsonb", 'Lines that are no rows, counted by what they are, as {"blank": 2}.'
        ),
        OpsColumn(
            "remarks",
            "jsonb",
            "What a person should know about a file that was loaded anyway: a list of kinds and sentences,"
            " which may quote the file.",
            "not null default '[]'",
            classification="internal",
        ),
        OpsColumn(
            "precedence",
            "text",
            "Order among the loads of the source: of several with the same key or scope the greatest counts.",
            "collate \"C\" not null default ''",
        ),
        OpsColumn("way", "text", "How the rows came in: bulk (checked as a whole) or rows (one by one)."),
        OpsColumn("replaces", "bigint", "Load that this one replaced: it was read again."),
        OpsColumn("accepted_by", "text", "Who accepted the file although it was held."),
        OpsColumn("accepted_why", "text", "Why it was accepted."),
        OpsColumn(
            "came_from", "text", "Address that the file was fetched from; null where it was dropped here."
        ),
        OpsColumn(
            "arrived_at",
            "timestamptz",
            "When the file came into the landing folder, or was last written there, as the file system says;"
            " null where a person named it.",
        ),
    ),
    extra=(
        "alter table ops.loads drop constraint if exists loads_accounting",
        "alter table ops.loads add constraint loads_accounting"
        " check (rows_read = rows_loaded + rows_rejected)",
        # Dropped first, since an older one has fewer columns.
        "drop index if exists ops.loads_once",
        "create unique index loads_once on ops.loads (source, sha256, part, is_sample)"
        " where state = 'loaded'",
        "create index if not exists loads_fetched on ops.loads (path) where came_from is not null",
        "create index if not exists loads_withdrawn on ops.loads (source, sha256) where state = 'withdrawn'",
        # Loads from before precedence existed are ordered by arrival.
        "update ops.loads set precedence = to_char(load_id, 'FM00000000000000000000') where precedence = ''",
    ),
)

REJECTED_ROWS = OpsTable(
    "rejected_rows",
    "The quarantine: one row per source row that was refused, with its place, its bytes and every reason. "
    "Of a held file it keeps the first 1,000.",
    (
        OpsColumn("load_id", "bigint", "Load that refused the row.", "not null references ops.loads"),
        OpsColumn(
            "line", "bigint", "Physical line in the text file, or row in the sheet, from 1.", "not null"
        ),
        OpsColumn(
            "byte_offset", "bigint", "Where the row begins in the text file, from 0; null for workbooks."
        ),
        OpsColumn(
            "column_name", "text", "First column at fault, by its header; null for the row as a whole."
        ),
        OpsColumn(
            "value",
            "text",
            "That column's value as written, shortened to 1,000 characters.",
            classification="personal",
        ),
        OpsColumn(
            "kind",
            "text",
            "Kind of the reason why that value is refused, as in docs/reasons.md; null for rows from before"
            " kinds were kept.",
        ),
        OpsColumn(
            "reason",
            "text",
            "Why that value is refused; it may quote the value.",
            "not null",
            classification="internal",
        ),
        OpsColumn(
            "reasons",
            "jsonb",
            "All faults of the row: a list of column, value, kind, reason, and the columns that the value"
            " does not fit (against).",
            "not null",
            classification="personal",
        ),
        OpsColumn(
            "raw",
            "bytea",
            "The row's own bytes; for workbooks its cells as JSON.",
            "not null",
            classification="personal",
        ),
    ),
    extra=("create index if not exists rejected_rows_load on ops.rejected_rows (load_id)",),
)

LOAD_SCOPES = OpsTable(
    "load_scopes",
    "The scopes that each load restates: its rows replace all earlier rows of them.",
    (
        OpsColumn("load_id", "bigint", "Load that holds rows of the scope.", "not null references ops.loads"),
        OpsColumn("source", "text", "Source table, as sales.transactions.", "not null"),
        OpsColumn("scope", "text", "What the rows share, as Canada|2014-01.", "not null"),
        OpsColumn("rows", "bigint", "Rows of the scope that the load brought; null for old loads."),
        OpsColumn(
            "scope_id", "bigint", "Number of the load's part in the scope.", "generated always as identity"
        ),
        OpsColumn(
            "file_part",
            "text",
            "Which of the files that make up the scope it is, by its name; empty where one file does.",
            "not null default ''",
        ),
        OpsColumn(
            "days",
            "datemultirange",
            "Days of a month or year that the load holds rows of; null for other scopes, and for old loads.",
        ),
    ),
    extra=("create unique index if not exists load_scopes_key on ops.load_scopes (source, scope, load_id)",),
)

COUNTED_LOADS = OpsTable(
    "counted_loads",
    "The loads whose rows may count. Sample data counts only while no real file of its source is loaded.",
    (
        OpsColumn("load_id", "bigint", "Number of the load."),
        OpsColumn("source", "text", "Source table, as sales.transactions."),
        OpsColumn("precedence", "text", "Order among the loads of the source, the greatest last."),
    ),
    query="""
        select loads.load_id, loads.source, loads.precedence
        from ops.loads as loads
        where loads.state = 'loaded' and (not loads.is_sample or not exists (
            select from ops.loads as others
            where others.source = loads.source and others.state = 'loaded' and not others.is_sample
        ))
    """,
)

CURRENT_SCOPES = OpsTable(
    "current_scopes",
    "For each scope of a source that restates, the loads whose rows count: those of the greatest precedence, "
    "which the sheets of a workbook share, for each part that files' names tell.",
    (
        OpsColumn("source", "text", "Source table, as sales.transactions."),
        OpsColumn("scope", "text", "What the rows share, as Canada|2014-01."),
        OpsColumn("load_id", "bigint", "Load whose rows of this scope count."),
        OpsColumn("scope_id", "bigint", "Number of that load's part in the scope."),
    ),
    query="""
        select source, scope, load_id, scope_id
        from (
            select
                scopes.source, scopes.scope, scopes.load_id, scopes.scope_id,
                rank() over (
                    partition by scopes.source, scopes.scope, scopes.file_part
                    order by loads.precedence desc
                ) as place
            from ops.load_scopes as scopes
            inner join ops.counted_loads as loads using (load_id)
        ) as placed
        where place = 1
    """,
)

LOAD_REPLACEMENTS = OpsTable(
    "load_replacements",
    "What each load took the place of when it came: one row per load, earlier load and scope.",
    (
        OpsColumn("load_id", "bigint", "Load that came.", "not null"),
        OpsColumn("replaced_load_id", "bigint", "Load whose rows count no more.", "not null"),
        OpsColumn(
            "how",
            "text",
            "scope (it restates the scope); key (its rows have the same keys); sample (real data takes the"
            " place of sample data); replay (its file was read again).",
            "not null",
        ),
        OpsColumn("scope", "text", "The scope, as Canada|2014-01, of a restatement."),
        OpsColumn("rows_before", "bigint", "Rows of the earlier load that count no more.", "not null"),
        OpsColumn(
            "rows_after",
            "bigint",
            "Rows that count in their place: of all sheets of a workbook, for all earlier loads in it.",
            "not null",
        ),
    ),
    extra=("create index if not exists load_replacements_of on ops.load_replacements (load_id)",),
)

WITHDRAWALS = OpsTable(
    "withdrawals",
    "Loads that a person took back, and why; one row each time.",
    (
        OpsColumn("load_id", "bigint", "Load whose rows no longer counted.", "not null references ops.loads"),
        OpsColumn(
            "withdrawn_at", "timestamptz", "When it was withdrawn.", "not null default clock_timestamp()"
        ),
        OpsColumn("withdrawn_by", "text", "Who withdrew it.", "not null"),
        OpsColumn("why", "text", "Why it was withdrawn.", "not null"),
        OpsColumn(
            "restored_load_id", "bigint", "Load that it had been read in place of, and that counted again."
        ),
        OpsColumn(
            "undone_at", "timestamptz", "When the load was made to count again; null while it does not."
        ),
        OpsColumn("undone_by", "text", "Who made it count again."),
        OpsColumn("undone_why", "text", "Why it counts again, if a reason was given."),
    ),
    extra=(
        "create unique index if not exists withdrawals_open on ops.withdrawals (load_id)"
        " where undone_at is null",
    ),
)

SWEEPS = OpsTable(
    "sweeps",
    "Runs of the loader: what one is given came together. One that was killed is taken up by the next.",
    (
        OpsColumn("sweep_id", "bigint", "Number of the run.", "generated always as identity primary key"),
        OpsColumn("began_at", "timestamptz", "When it began.", "not null default clock_timestamp()"),
        OpsColumn("finished_at", "timestamptz", "When it came to its end; null where it was killed."),
    ),
    extra=("create index if not exists sweeps_open on ops.sweeps (sweep_id) where finished_at is null",),
)

SWEEP_LOADS = OpsTable(
    "sweep_loads",
    "The loads whose files each run of the loader was given, known ones and held ones too.",
    (
        OpsColumn("sweep_id", "bigint", "Number of the run.", "not null"),
        OpsColumn("load_id", "bigint", "Number of the load.", "not null"),
    ),
    extra=("create unique index if not exists sweep_loads_key on ops.sweep_loads (load_id, sweep_id)",),
)

FETCHED_FILES = OpsTable(
    "fetched_files",
    "What was fetched from LANDING_URL: one row per object each time that it was new or had changed.",
    (
        OpsColumn("fetch_id", "bigint", "Number of the copy.", "generated always as identity primary key"),
        OpsColumn("address", "text", "Address of the object, as s3://bucket/folder/file.csv.", "not null"),
        OpsColumn("version", "text", "Its size, and its tag or else the time of its change.", "not null"),
        OpsColumn("bytes", "bigint", "Its size in bytes.", "not null"),
        OpsColumn(
            "modified_at", "timestamptz", "When it changed, as its server says; null where it does not."
        ),
        OpsColumn("path", "text", "Where the copy was put for the loader.", "not null"),
        OpsColumn(
            "fetched_at", "timestamptz", "When it had been copied.", "not null default clock_timestamp()"
        ),
        OpsColumn("landed_at", "timestamptz", "When it was in its place; null where that is not known."),
    ),
    extra=(
        "create index if not exists fetched_files_of on ops.fetched_files (address, fetch_id)",
        "create index if not exists fetched_files_path on ops.fetched_files (path)",
    ),
)

LANDING_LOOKS = OpsTable(
    "landing_looks",
    "How looking for new files at LANDING_URL goes: one row per address.",
    (
        OpsColumn("address", "text", "What is looked at, as s3://bucket/folder.", "primary key"),
        OpsColumn("looked_at", "timestamptz", "The last look, give or take ten seconds.", "not null"),
        OpsColumn("failing_since", "timestamptz", "Since when looks fail; null where the last one did not."),
        OpsColumn("problem", "text", "Why the last look failed."),
    ),
)

OPS_TABLES = (
    LOADS,
    REJECTED_ROWS,
    LOAD_SCOPES,
    COUNTED_LOADS,
    CURRENT_SCOPES,
    LOAD_REPLACEMENTS,
    WITHDRAWALS,
    SWEEPS,
    SWEEP_LOADS,
    FETCHED_FILES,
    LANDING_LOOKS,
)
