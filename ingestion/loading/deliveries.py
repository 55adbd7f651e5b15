"""Compares deliveries, the tables of a file that count together, with what counts already.

The sheets of a workbook that belong to one source have the same precedence, and so add up. What they replace
is determined when all of them are loaded, and before any is committed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from ingestion.contract.model import Append, ColumnType, Contract, Restate, Upsert
from ingestion.findings.reasons import HoldKind
from ingestion.findings.remarks import Remark, RemarkKind, counted
from ingestion.ledger import write as ledger
from ingestion.ledger.scopes import ScopeText, named_scope
from ingestion.ledger.write import Acceptance, FileFacts, Predecessor, SameContent
from ingestion.loading import limits, replacements
from ingestion.loading.account import Account
from ingestion.loading.limits import Held
from ingestion.loading.meeting import Meeting
from ingestion.loading.replacements import How, Replacement, loads_named
from ingestion.loading.result import LoadResult

#: The share of the rows of a file that its correction may lack, if both come together.
_FEW = 0.1

#: With more keys than this, a join of all rows is faster than an index.
_MANY = 5_000


class Taken(NamedTuple):
    """A table whose rows are loaded, in a transaction that is still open."""

    facts: FileFacts
    account: Account
    result: LoadResult

    @property
    def load_id(self) -> int:
        return self.result.load_id


def join(
    connection: psycopg.Connection,
    contract: Contract,
    facts: FileFacts,
    load_id: int,
    version: str | None,
    precedence: str | None,
) -> tuple[str, list[int]]:
    """The precedence of a load, and the other loads of its delivery.

    Args:
        precedence: that of the load that it replaces, or of other sheets of its workbook; None if it begins a
            delivery.

    Raises:
        Held: another load has taken the place of this sheet.
    """
    if precedence is None and version is None:
        # Its own number, which no other load has.
        return f"{load_id:020}", []
    precedence = precedence or _by_version(connection, contract.source, facts, load_id, version)
    others = connection.execute(
        "select load_id, part from ops.loads where source = %s and state = 'loaded' and is_sample = %s"
        " and precedence = %s and load_id <> %s order by load_id",
        [contract.source, facts.is_sample, precedence, load_id],
    ).fetchall()
    for other, part in others:
        if part == facts.part:
            raise Held(
                HoldKind.CORRECTED_SINCE,
                f"load {other} was read in place of this sheet, beside the other sheets of its workbook: to"
                f" go back to it, python -m ingestion replay {other} FILE",
            )
    return precedence, [other for other, _ in others]


def sheets_precedence(content: Iterable[SameContent], part: str) -> str | None:
    """The precedence of the loads of other sheets than this `part` of a workbook, if there are any."""
    return next((each.precedence for each in content if each.part != part), None)


def settle(
    connection: psycopg.Connection,
    contract: Contract,
    taken: Sequence[Taken],
    replaced: Predecessor | None,
    acceptance: Acceptance | None,
) -> list[Taken]:
    """Compare what was taken with what counts already; returns it with remarks on what it replaces.

    Raises:
        Held: it would remove rows that it does not have itself, and nobody has accepted that.
    """
    delivery = _Delivery(connection, contract, taken)
    is_sample = taken[0].facts.is_sample
    if is_sample and delivery.real_loads:
        text = "none of its rows count: it is sample data, and real data of the source is loaded"
        return [_recorded(connection, each, [], [Remark(RemarkKind.SUPERSEDED, text)]) for each in taken]
    stands_in = replaced if replaced and replaced.was_loaded else None
    found: defaultdict[int, list[Replacement]] = defaultdict(list)
    remarks: defaultdict[int, list[Remark]] = defaultdict(list)
    if stands_in:
        found[delivery.first].append(delivery.replay(stands_in.load_id))
    match contract.relation:
        case Restate() as relation:
            meetings = delivery.meetings()
            earlier = [each for each in meetings if not each.is_later]
            if not (acceptance or stands_in or is_sample):
                limits.check_shrinking(relation, earlier)
                limits.check_days(earlier)
                if contract.version_pattern is None:
                    delivery.check_company(earlier)
            for each in earlier:
                found[each.load_id].append(
                    Replacement(each.other, How.SCOPE, each.other_rows, each.rows, each.scope)
                )
            if shrunk := limits.shrunk_scopes(relation, earlier):
                remarks[delivery.first].append(shrunk)
            for load_id, remark in _superseded(meetings):
                remarks[load_id].append(remark)
        case Upsert() as relation:
            by_key, remark = delivery.keys_again(relation)
            found[delivery.first] += by_key
            remarks[delivery.first] += [remark] if remark else []
        case Append() if not acceptance and not stands_in:
            delivery.check_same_rows()
    found[delivery.first] += delivery.samples()
    return [_recorded(connection, each, found[each.load_id], remarks[each.load_id]) for each in taken]


def check_copy(
    connection: psycopg.Connection, contract: Contract, load_id: int, others: Sequence[int]
) -> None:
    """Hold a sheet whose rows are all in another sheet of its workbook, or the other way round.

    Raises:
        Held: both together would count these rows twice.
    """
    if not isinstance(contract.relation, Restate):
        return
    rows = _Rows(connection, contract)
    for other in others:
        common = connection.execute(
            "select array_agg(scope) from ops.load_scopes as ours inner join ops.load_scopes as theirs"
            " using (source, scope, file_part) where ours.load_id = %s and theirs.load_id = %s",
            [load_id, other],
        ).fetchone()[0]
        if not common:
            continue
        columns = [column.name for column in contract.columns]
        if not rows.lacking([load_id], [other], common, columns) or not rows.lacking(
            [other], [load_id], common, columns
        ):
            (sheet,) = connection.execute("select part from ops.loads where load_id = %s", [other]).fetchone()
            raise Held(
                HoldKind.SAME_ROWS,
                f"its rows and those of the sheet {sheet!r} of {named_scope(common[0])} are the same, and"
                " would count twice: name the sheets that are to be read in the contract (sheets), or take"
                " one of them out",
                can_be_accepted=True,
            )


class _Rows:
    """The rows of some loads of a source, compared with those of others."""

    def __init__(self, connection: psycopg.Connection, contract: Contract) -> None:
        self._connection = connection
        self._contract = contract
        self._table = sql.Identifier("staging", contract.raw_table)

    def lacking(
        self, of: Iterable[int], within: Iterable[int], scopes: Sequence[str], columns: Sequence[str]
    ) -> int:
        """The number of rows of some loads in these scopes that others lack, comparing `columns`."""
        query = "select count(*) from ({of} except all {within}) as lacking"
        return self._connection.execute(
            sql.SQL(query).format(
                of=self._selected(of, scopes, columns), within=self._selected(within, scopes, columns)
            )
        ).fetchone()[0]

    def of(self, loads: Iterable[int]) -> sql.Composed:
        """The rows of loads; with literals, so that the tables of other loads are not even opened."""
        return sql.SQL("{} as _row where _row._load_id in ({})").format(
            self._table, sql.SQL(", ").join(map(sql.Literal, loads))
        )

    def _selected(self, loads: Iterable[int], scopes: Sequence[str], columns: Sequence[str]) -> sql.Composed:
        return sql.SQL("select {columns} from {rows} and {scope} = any({scopes})").format(
            columns=sql.SQL(", ").join(sql.SQL("_row.{}").format(sql.Identifier(name)) for name in columns),
            rows=self.of(loads),
            scope=sql.SQL(ScopeText.of(self._contract).sql().format(row="_row", string="text")),
            scopes=sql.Literal(list(scopes)),
        )


class _Delivery:
    """Loads of one file and source: those just `taken`, and sheets that were loaded before.

    Attributes:
        first: the first of the loads just taken.
        real_loads: whether other loads of the source brought real data.
        samples_loaded: whether any load of the source brought sample data.
    """

    def __init__(self, connection: psycopg.Connection, contract: Contract, taken: Sequence[Taken]) -> None:
        self._connection = connection
        self._contract = contract
        self._rows = _Rows(connection, contract)
        self._taken = [each.load_id for each in taken]
        self._is_sample = taken[0].facts.is_sample
        self._loaded = sum(each.result.rows_loaded for each in taken)
        self._source = contract.source
        self.first = self._taken[0]
        self._all, count, self.real_loads, self.samples_loaded = connection.execute(
            "select array_agg(loads.load_id order by loads.load_id) filter ("
            " where (loads.precedence, loads.is_sample) = (own.precedence, own.is_sample)), count(*),"
            " bool_or(not loads.is_sample and loads.load_id <> all(%s)), bool_or(loads.is_sample)"
            " from ops.loads as own inner join ops.loads as loads using (source, state)"
            " where own.load_id = %s",
            [self._taken, self.first],
        ).fetchone()
        self._is_alone = count == len(self._all)

    def meetings(self) -> list[Meeting]:
        """Scopes that are new in the delivery, and in which another delivery counts."""
        if self._is_alone:
            return []
        query = """
            with own as (
                select source, scope, file_part, min(load_id) as load_id, sum(rows)::bigint as rows,
                    min(lower(days)) as first, max(upper(days)) - 1 as last, max(_days.number) as days
                from ops.load_scopes
                cross join lateral (
                    select sum(upper(_range) - lower(_range))::int as number
                    from unnest(load_scopes.days) as _range
                ) as _days
                where load_id = any(%(all)s)
                group by source, scope, file_part
                having min(load_id) = any(%(taken)s)
            ),
            others as (
                select scopes.*, loads.precedence,
                    rank() over (
                        partition by scopes.scope, scopes.file_part order by loads.precedence desc
                    ) as place
                from own
                inner join ops.load_scopes as scopes using (source, scope, file_part)
                inner join ops.counted_loads as loads on scopes.load_id = loads.load_id
                where scopes.load_id <> all(%(all)s)
            )
            select own.load_id, own.scope, own.rows, own.first, own.last, own.days,
                others.load_id as other, coalesce(others.rows, 0) as other_rows,
                lower(others.days) as other_first, upper(others.days) - 1 as other_last,
                (
                    select sum(upper(_range) - lower(_range))::int from unnest(others.days) as _range
                ) as other_days,
                (
                    select bool_or(ours.days && others.days) from ops.load_scopes as ours
                    where ours.source = own.source and ours.scope = own.scope
                        and ours.load_id = any(%(all)s)
                ) as has_common_day,
                others.precedence > loads.precedence as is_later,
                others.load_id in (
                    select theirs.load_id from ops.sweep_loads as theirs
                    inner join ops.sweep_loads as ours using (sweep_id)
                    inner join ops.loads as same on ours.load_id = same.load_id
                    where same.sha256 in (select sha256 from ops.loads where load_id = any(%(all)s))
                ) as came_together
            from own
            inner join others using (source, scope, file_part)
            inner join ops.loads as loads on own.load_id = loads.load_id
            where others.place = 1
            order by own.scope, others.load_id
        """
        with self._connection.cursor(row_factory=class_row(Meeting)) as cursor:
            return cursor.execute(query, {"all": self._all, "taken": self._taken}).fetchall()

    def check_company(self, earlier: Sequence[Meeting]) -> None:
        """Hold a file that would remove the rows of one that came together with it.

        A correction of the other file has most of its rows, apart from their numeric figures.

        Raises:
            Held: it lacks more than a tenth of them.
        """
        of_load: defaultdict[int, list[str]] = defaultdict(list)
        for each in earlier:
            if each.came_together:
                of_load[each.other].append(each.scope)
        columns = [column.name for column in self._contract.columns if column.type is not ColumnType.NUMERIC]
        for other, scopes in of_load.items():
            total = sum(each.other_rows for each in earlier if each.other == other)
            lacking = self._rows.lacking([other], self._all, scopes, columns)
            if lacking > _FEW * total:
                (name,) = self._connection.execute(
                    "select file_name from ops.loads where load_id = %s", [other]
                ).fetchone()
                raise Held(
                    HoldKind.BESIDE_ANOTHER,
                    f"it came together with load {other} ({name}), and would replace its"
                    f" {counted(total)} in {_named(scopes)} without holding {lacking:,} of them: if both"
                    " count, let the contract tell them apart (a column more in scope, or fileParts), and"
                    " replay",
                    can_be_accepted=True,
                )

    def keys_again(self, relation: Upsert) -> tuple[list[Replacement], Remark | None]:
        """Rows of earlier loads whose keys came again; and a remark on rows that later loads replace."""
        if self._is_alone:
            return [], None
        latest = sql.SQL("_row.{}").format(sql.Identifier(relation.latest)) if relation.latest else None
        query = sql.SQL(
            """
            with _new as materialized (
                select {key}, {greatest} as _latest from {ours} group by {key}
            ),
            _old as (
                select distinct on ({row_key})
                    _loads.load_id as _load,
                    case
                        when _new._latest is not distinct from {value} then _loads.precedence < {precedence}
                        else coalesce(_new._latest > {value}, {value} is null)
                    end as _wins
                from _new
                inner join {table} as _row using ({key})
                inner join ops.counted_loads as _loads on _row._load_id = _loads.load_id
                where _loads.source = {source} and _loads.load_id <> all({all})
                order by {row_key}, {value} desc nulls last, _loads.precedence desc
            )
            select _load, count(*) filter (where _wins), count(*) filter (where not _wins)
            from _old group by _load order by _load
            """
        ).format(
            key=sql.SQL(", ").join(map(sql.Identifier, relation.key)),
            row_key=sql.SQL(", ").join(
                sql.SQL("_row.{}").format(sql.Identifier(name)) for name in relation.key
            ),
            greatest=sql.SQL("max({})").format(latest) if latest else sql.SQL("null::int"),
            value=latest or sql.SQL("null::int"),
            ours=self._rows.of(self._all),
            table=sql.Identifier("staging", self._contract.raw_table),
            source=self._source,
            all=sql.Literal(self._all),
            precedence=sql.SQL("(select precedence from ops.loads where load_id = {})").format(self.first),
        )
        # Postgres has no statistics on new rows yet, and would look up many keys one by one.
        with self._connection.transaction():
            if self._loaded > _MANY:
                self._connection.execute("set local enable_nestloop to off")
            found = self._connection.execute(query).fetchall()
            self._connection.execute("set local enable_nestloop to on")
        again = [Replacement(load, How.KEY, wins, wins) for load, wins, _ in found if wins]
        lost = {load: losses for load, _, losses in found if losses}
        if not lost:
            return again, None
        rows = sum(lost.values())
        text = (
            f"{counted(rows)} of the file {'does' if rows == 1 else 'do'} not count: {loads_named(lost)}"
            " brought later ones of the same keys"
        )
        return again, Remark(RemarkKind.SUPERSEDED, text)

    def check_same_rows(self) -> None:
        """Hold a file with the rows of an earlier one in another order or format: all would count twice.

        Raises:
            Held: there is such a file.
        """
        if self._is_alone and len(self._all) == 1:
            return
        for load_id in self._taken:
            alike = self._connection.execute(
                "select others.load_id, others.file_name, others.rows_loaded from ops.loads as own"
                " inner join ops.loads as others using (source, rows_loaded)"
                " inner join ops.counted_loads as counted on others.load_id = counted.load_id"
                " where own.load_id = %s and others.load_id <> own.load_id"
                " and others.data_from is not distinct from own.data_from"
                " and others.data_to is not distinct from own.data_to order by 1",
                [load_id],
            ).fetchall()
            for other, name, rows in alike:
                if self._fingerprint(other) == self._fingerprint(load_id):
                    raise Held(
                        HoldKind.SAME_ROWS,
                        f"its {counted(rows)} are those of load {other} ({name}) in another order or form,"
                        " and all would count twice",
                        can_be_accepted=True,
                    )

    def samples(self) -> list[Replacement]:
        """Loads of sample data that the first real data of the source replaces."""
        if self.real_loads or not self.samples_loaded or self._is_sample:
            return []
        found = self._connection.execute(
            "select load_id, rows_loaded from ops.loads"
            " where source = %s and state = 'loaded' and is_sample order by 1",
            [self._source],
        ).fetchall()
        return [Replacement(load_id, How.SAMPLE, rows, self._loaded) for load_id, rows in found]

    def replay(self, load_id: int) -> Replacement:
        """The load whose file was read again."""
        (rows,) = self._connection.execute(
            "select rows_loaded from ops.loads where load_id = %s", [load_id]
        ).fetchone()
        return Replacement(load_id, How.REPLAY, rows, self._loaded)

    def _fingerprint(self, load_id: int) -> int | None:
        """A hash that is the same for the same rows in any order."""
        columns = sql.SQL(", ").join(
            sql.SQL("_row.{}").format(sql.Identifier(column.name)) for column in self._contract.columns
        )
        query = sql.SQL("select sum(hash_record_extended(row({}), 0)) from {}")
        return self._connection.execute(query.format(columns, self._rows.of([load_id]))).fetchone()[0]


def _by_version(
    connection: psycopg.Connection, source: str, facts: FileFacts, load_id: int, version: str
) -> str:
    # Equal versions are told apart by the content, which does not depend on the order of arrival.
    precedence = f"{version}|{facts.sha256}"
    is_taken = connection.execute(
        "select exists (select from ops.loads where source = %s and is_sample = %s and precedence = %s"
        " and state = 'loaded')",
        [source, facts.is_sample, precedence],
    ).fetchone()[0]
    # By another file, which was read in place of this one and is not part of the same delivery.
    return f"{precedence}|{load_id:020}" if is_taken else precedence


def _superseded(meetings: Iterable[Meeting]) -> list[tuple[int, Remark]]:
    """Remarks, by load, on rows of scopes in which a later load counts."""
    later: defaultdict[int, list[Meeting]] = defaultdict(list)
    for each in meetings:
        if each.is_later:
            later[each.load_id].append(each)
    found = []
    for load_id, lost in later.items():
        rows = sum({each.scope: each.rows for each in lost}.values())
        text = (
            f"{counted(rows)} in {_named(each.scope for each in lost)} {'does' if rows == 1 else 'do'} not"
            f" count: {loads_named({each.other for each in lost})} comes later in the order of files"
        )
        found.append((load_id, Remark(RemarkKind.SUPERSEDED, text)))
    return found


def _named(scopes: Iterable[str]) -> str:
    known = list(dict.fromkeys(scopes))
    return named_scope(known[0]) if len(known) == 1 else f"{len(known):,} scopes"


def _recorded(
    connection: psycopg.Connection, taken: Taken, found: Sequence[Replacement], remarks: list[Remark]
) -> Taken:
    """Write what the table replaced, and the remarks, to the ledger; returns the table with both."""
    if replaced := replacements.remark(found):
        remarks = [replaced, *remarks]
    if not remarks:
        return taken
    replacements.record(connection, taken.load_id, found)
    ledger.add_remarks(connection, taken.load_id, remarks)
    result = replace(taken.result, remarks=(*taken.result.remarks, *remarks), replacements=tuple(found))
    return taken._replace(result=result)
