"""Finds rows of one file that share their key: in an upsert only one of them can count.

Once the rows of a load are in the raw table, whichever way they came, one query groups them by their key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from ingestion.contract.model import Contract, Repeats, Upsert
from ingestion.findings.reasons import FaultKind, HoldKind
from ingestion.findings.remarks import Remark, RemarkKind, counted
from ingestion.ledger.write import Reject
from ingestion.loading.account import Account, business_date
from ingestion.loading.limits import Held
from ingestion.rows.checks import Fault
from ingestion.tabular.cells import shown
from ingestion.tabular.table import Row

#: How many pairs of lines a message names.
_NAMED = 3

#: Enough to group a million keys in memory.
_MEMORY = "64MB"


@dataclass(frozen=True, slots=True)
class _Counts:
    """Rows beyond the first of their key: the `same` as another one, `older` by `latest`, or `differing`.

    `sharing` counts all rows of keys whose rows differ.
    """

    same: int
    older: int
    differing: int
    sharing: int


def settle_repeats(
    connection: psycopg.Connection,
    contract: Contract,
    account: Account,
    loads: Sequence[int],
    is_accepted: bool,
) -> None:
    """Hold, refuse or remark on rows that share their key, as the contract says.

    Args:
        account: that of the last of `loads`; it is updated.
        loads: of all tables of the file so far, among which no rows may share a key.
        is_accepted: a person wants the file all the same: the last of such rows counts.

    Raises:
        Held: rows share a key and differ.
    """
    relation = contract.relation
    if not isinstance(relation, Upsert):
        return
    shared = _SharedKeys(connection, contract, relation, loads)
    if not shared.exist():
        return
    counts = shared.counts()
    if counts.differing and relation.repeats is Repeats.REFUSE:
        account.withdraw(shared.refuse(), *shared.days())
    elif counts.differing and (relation.repeats is Repeats.LAST or is_accepted):
        text = (
            f"{counted(counts.sharing)} share their key ({shared.named}) and differ: the last one of each key"
            f" counts, {counts.differing:,} do not; the first are {shared.examples()}"
        )
        account.remarks.append(Remark(RemarkKind.OUTDONE, text))
    elif counts.differing:
        raise Held(
            HoldKind.KEY_REPEATED,
            f"{counted(counts.sharing)} share their key ({shared.named}) and differ: one of each key would"
            f" count and {counts.differing:,} would be lost; the first are {shared.examples()}: name the"
            " columns that tell them apart in the contract's key, or say there which of them counts (latest,"
            " repeats)",
            account.counts(),
            account.kept,
            can_be_accepted=True,
        )
    if counts.older:
        latest = shared.headers[relation.latest]
        text = f"{counted(counts.older)} share the key of a row that is later by {latest}: the latest counts"
        account.remarks.append(Remark(RemarkKind.OUTDONE, text))
    if counts.same:
        verb = "repeats" if counts.same == 1 else "repeat"
        text = f"{counted(counts.same)} {verb} another one in every column: they count once"
        account.remarks.append(Remark(RemarkKind.REPEATED, text))


class _SharedKeys:
    """Keys that several rows of some loads have.

    Names within the queries begin with an underscore, unlike all columns of contracts.
    """

    def __init__(
        self, connection: psycopg.Connection, contract: Contract, relation: Upsert, loads: Sequence[int]
    ) -> None:
        self.headers = {column.name: column.header for column in contract.columns}
        self.named = ", ".join(self.headers[name] for name in relation.key)
        self._connection = connection
        self._contract = contract
        self._key = relation.key
        latest = [relation.latest] if relation.latest and relation.latest not in relation.key else []
        told_apart = (*relation.key, *latest)
        differing = [
            sql.SQL(
                "case when count(distinct {0}) > 1 or count({0}) not in (0, count(*)) then {1} end"
            ).format(sql.Identifier(name), sql.Literal(name))
            for name in self.headers
            if name not in told_apart
        ]
        self._parts = {
            "table": sql.Identifier("staging", contract.raw_table),
            # With literals the tables of other loads are not even opened.
            "ours": sql.SQL("_load_id in ({})").format(sql.SQL(", ").join(map(sql.Literal, loads))),
            "load": sql.Literal(loads[-1]),
            "key": _names(relation.key),
            "told_apart": _names(told_apart),
            "differing": sql.SQL(", ").join(differing) if differing else sql.SQL("null::text"),
            "is_same": sql.SQL(" and ").join(
                sql.SQL("_row.{0} is not distinct from _shared.{0}").format(sql.Identifier(name))
                for name in told_apart
            ),
            "named": sql.Literal(_NAMED),
        }
        self._parts["shared"] = self._sql(
            "select {told_apart}, count(*) - 1 as _more,"
            " (array_agg(_line order by _load_id, _line))[1:2] as _lines,"
            " array_remove(array[{differing}], null) as _differing"
            " from {table} where {ours} and ({key}) in"
            " (select {key} from {table} where {ours} group by {key} having count(*) > 1)"
            " group by {told_apart} having count(*) > 1"
        )

    def exist(self) -> bool:
        (before,) = self._connection.execute("show work_mem").fetchone()
        self._set_memory(_MEMORY)
        query = "select exists (select from {table} where {ours} group by {key} having count(*) > 1)"
        (found,) = self._connection.execute(self._sql(query)).fetchone()
        self._set_memory(before)
        return found

    def counts(self) -> _Counts:
        query = (
            "with _shared as ({shared}), _all as (select count(*) - 1 as _more from {table} where {ours}"
            " group by {key} having count(*) > 1)"
            " select coalesce(sum(_more) filter (where _differing = '{{}}'), 0)::bigint,"
            " coalesce(sum(_more) filter (where _differing <> '{{}}'), 0)::bigint,"
            " coalesce(sum(_more + 1) filter (where _differing <> '{{}}'), 0)::bigint,"
            " (select sum(_more) from _all)::bigint from _shared"
        )
        same, differing, sharing, more = self._connection.execute(self._sql(query)).fetchone()
        return _Counts(same, more - same - differing, differing, sharing)

    def examples(self) -> str:
        """The first lines that share a key, with the key and the columns in which they differ."""
        query = (
            "with _shared as ({shared}) select * from _shared where _differing <> '{{}}'"
            " order by _lines limit {named}"
        )
        return "; ".join(map(self._example, self._records(query)))

    def refuse(self) -> list[Reject]:
        """Remove the rows of the last load that share their key and differ from the raw table."""
        query = (
            "with _shared as ({shared}) delete from {table} as _row using _shared"
            " where _row._load_id = {load} and _shared._differing <> '{{}}' and {is_same}"
            " returning _row._line, to_jsonb(_row) as _cells, _shared._lines, _shared._differing"
        )
        return sorted(map(self._reject, self._records(query)), key=lambda reject: reject.row.line)

    def days(self) -> tuple[date | None, date | None]:
        """The first and the last business date of the last load's rows."""
        dated = business_date(self._contract)
        day = sql.SQL("{}::date").format(sql.Identifier(dated.name)) if dated else sql.SQL("null::date")
        query = sql.SQL("select min({day}), max({day}) from {table} where _load_id = {load}")
        return self._connection.execute(query.format(**self._parts, day=day)).fetchone()

    def _example(self, found: Mapping[str, Any]) -> str:
        first, second = found["_lines"]
        key = ", ".join(shown(str(found[name])) for name in self._key)
        return f"lines {first} and {second} ({key}), which differ in {self._columns(found)}"

    def _reject(self, found: Mapping[str, Any]) -> Reject:
        cells, line = found["_cells"], found["_line"]
        other = next((each for each in found["_lines"] if each != line), line)
        key = ", ".join(str(cells[name]) for name in self._key)
        differing = tuple(self.headers[name] for name in found["_differing"])
        reason = FaultKind.KEY_REPEATED.reason(line=other, columns=", ".join(differing))
        fault = Fault(None, key, reason, differing)
        return Reject(Row(line, [cells[name] for name in self.headers]), (fault,))

    def _columns(self, found: Mapping[str, Any]) -> str:
        return ", ".join(self.headers[name] for name in found["_differing"])

    def _records(self, query: str) -> list[dict[str, Any]]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(self._sql(query)).fetchall()

    def _set_memory(self, size: str) -> None:
        self._connection.execute(sql.SQL("set local work_mem to {}").format(sql.Literal(size)))

    def _sql(self, query: str) -> sql.Composed:
        return sql.SQL(query).format(**self._parts)


def _names(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
