"""The ways of loading the file that are compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.load.broken_rows import FIRST_LINE, broken_lines
from benchmarks.load.server import Database
from deploy.stack.postgres import binary

#: Whether loaded and rejected rows together have each line of the file once; compared by hash, as there are
#: many.
_HAS_EVERY_LINE = """
select sum(hashint8extended(found.line, 0)) = (
    select sum(hashint8extended(line, 0))
    from (select generate_series({first}::bigint, {last}) as line) as lines
)
from (
    select _line as line from {table}
    union all
    select line from ops.rejected_rows
) as found
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to load the file.

    `client` is the module that does it, or empty for psql; `table` is what it fills. A slow way runs once.
    """

    name: str
    title: str
    bad_rows: str
    table: str
    client: str = ""
    is_loader: bool = False
    is_broken: bool = False
    is_slow: bool = False
    is_foreign: bool = False

    def command(self, python: Path, file: Path, database: Database, folder: Path) -> list[str]:
        """Its command line; `python` has what the client needs, `folder` is for the files it writes."""
        if not self.client:
            copy = rf"\copy {self.table} from '{file}' with (format csv, header)"
            return [str(binary("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", copy, database.url]
        url = database.loader_url if self.is_loader else database.url
        return [str(python), "-m", f"benchmarks.load.clients.{self.client}", str(file), url, str(folder)]

    def check(self, database: Database, rows: int) -> None:
        """Check that exactly the right rows have arrived.

        Raises:
            WrongRows: if they have not.
        """
        broken = broken_lines(rows) if self.is_broken else []
        ((loaded,),) = database.rows(f"select count(*) from {self.table}")
        if loaded != rows - len(broken):
            raise WrongRows(f"{loaded:,} rows were loaded, {rows - len(broken):,} would be right")
        if not self.is_loader:
            return
        if database.rows("select line from ops.rejected_rows order by line") != [(line,) for line in broken]:
            raise WrongRows(f"the rejected rows are not the {len(broken):,} broken ones")
        last = FIRST_LINE + rows - 1
        query = _HAS_EVERY_LINE.format(table=self.table, first=FIRST_LINE, last=last)
        if database.rows(query) != [(True,)]:
            raise WrongRows("the rows have other line numbers than in the file")


class WrongRows(Exception):
    """Rows are missing, or there are others."""


#: The way that all others are compared with.
YARDSTICK = Way("copy", r"psql \copy, typed, logged", "abort the load; types only", "peer_typed")

_QUARANTINED = "quarantined with line, reason"
_RAW = "staging.raw_sales_transactions"

LOADER = Way("loader", "this loader, clean file", _QUARANTINED, _RAW, "loader", is_loader=True)

_TAKES_SOME = "some fail all; others: null, text"

WAYS = (
    YARDSTICK,
    LOADER,
    replace(LOADER, name="broken", title="this loader, 0.5 % broken", is_broken=True),
    Way(
        "dlt-import",
        "dlt, CSV file import",
        "abort the load; types only",
        "peer",
        "dlt_import",
        is_foreign=True,
    ),
    Way("pandas-copy", "pandas, COPY callable", _TAKES_SOME, "peer", "pandas_copy", is_slow=True),
    Way("pandas", "pandas, to_sql", _TAKES_SOME, "peer", "pandas_default", is_slow=True),
    Way("dlt", "dlt, default", _TAKES_SOME, "peer", "dlt_default", is_slow=True, is_foreign=True),
)
