"""The text of a scope, such as `Canada|2014-01`, in Python and in SQL.

The ledger, the loader and dbt tell scopes apart by this text, so each scope needs its own. If a scope has
several text columns, separators in their values are escaped: `a|b` and `c` would otherwise look like `a` and
`b|c`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.contract.model import ColumnType, Contract, Period, Restate, ScopePart

_SEPARATOR = "|"
_ESCAPE = "\\"


@dataclass(frozen=True, slots=True)
class ScopeText:
    """The text of the scopes of one source.

    Attributes:
        parts: the columns that identify a scope; empty if the scope is the whole table.
        texts: for each of them, whether it is text, which may contain any character.
    """

    parts: tuple[ScopePart, ...]
    texts: tuple[bool, ...]

    @classmethod
    def of(cls, contract: Contract) -> ScopeText:
        """The text of a contract's scopes; without parts if its files do not restate scopes."""
        relation = contract.relation
        parts = relation.scope if isinstance(relation, Restate) else ()
        types = {column.name: column.type for column in contract.columns}
        return cls(parts, tuple(types[part.column] is ColumnType.TEXT for part in parts))

    @property
    def is_escaped(self) -> bool:
        """Whether separators in values are escaped; a single text column is never ambiguous."""
        return sum(self.texts) > 1

    def text(self, values: Sequence[str]) -> str:
        """The scope of a row.

        Args:
            values: of the columns in `parts`, in that order, as the raw table receives them.
        """
        return _SEPARATOR.join(
            _escaped(value) if is_text and self.is_escaped else value[: part.letters]
            for value, part, is_text in zip(values, self.parts, self.texts, strict=True)
        )

    def sql(self, *, escaped: bool | None = None) -> str:
        """The same as an SQL expression, to be formatted with the `row`'s alias and the `string` type.

        Args:
            escaped: whether to escape separators; by default as `is_escaped` says.
        """
        escaped = self.is_escaped if escaped is None else escaped
        parts = (
            _part_sql(part, is_text, escaped) for part, is_text in zip(self.parts, self.texts, strict=True)
        )
        return f" || '{_SEPARATOR}' || ".join(parts) or "''"


def named_scope(text: str) -> str:
    """A scope for people: France 2027-04."""
    return re.sub(r"\\([\\|])|\|", lambda found: found[1] or " ", text) or "the whole table"


def _escaped(value: str) -> str:
    return value.replace(_ESCAPE, 2 * _ESCAPE).replace(_SEPARATOR, _ESCAPE + _SEPARATOR)


def _part_sql(part: ScopePart, is_text: bool, escaped: bool) -> str:
    column = f"{{row}}.{part.column}"
    if part.by:
        return f"substring(cast({column} as {{string}}) from 1 for {part.letters})"
    if not is_text:
        return f"cast({column} as {{string}})"
    if not escaped:
        return column
    once = f"replace({column}, '{_ESCAPE}', '{2 * _ESCAPE}')"
    return f"replace({once}, '{_SEPARATOR}', '{_ESCAPE}{_SEPARATOR}')"


def mend_scopes(contract: Contract) -> str | None:
    """A statement that escapes scopes written by an earlier release; None if the source needs no escaping.

    One unescaped scope may stand for several, so the scopes are computed again from the load's raw rows.
    Loads whose scopes are escaped already are left alone, so the statement may run any number of times.
    """
    form = ScopeText.of(contract)
    if not form.is_escaped:
        return None
    as_it_was, as_it_is = (form.sql(escaped=e).format(row="_row", string="text") for e in (False, True))
    dated = next((part for part in form.parts if part.by in (Period.MONTH, Period.YEAR)), None)
    day = f"cast(_row.{dated.column} as date)" if dated else ""
    days = f"range_agg(daterange({day}, {day}, '[]'))" if day else "cast(null as datemultirange)"
    return f"""
        with suspects as (
            select load_id from ops.load_scopes
            where source = '{contract.source}' and (
                strpos(scope, '{_ESCAPE}') > 0
                or length(scope) - length(replace(scope, '{_SEPARATOR}', '')) >= {len(form.parts)}
            )
        ),
        held as (
            select
                _row._load_id as load_id, {as_it_was} as was, {as_it_is} as scope,
                count(*) as rows, {days} as days
            from staging.{contract.raw_table} as _row
            where _row._load_id in (select load_id from suspects)
            group by 1, 2, 3
        ),
        removed as (
            delete from ops.load_scopes as scopes
            using (select distinct load_id, was from held where was <> scope) as wrong
            where scopes.source = '{contract.source}'
                and scopes.load_id = wrong.load_id and scopes.scope = wrong.was
                and exists (
                    select from held
                    where held.load_id = scopes.load_id and not exists (
                        select from ops.load_scopes as known
                        where known.source = scopes.source
                            and known.load_id = held.load_id and known.scope = held.scope
                    )
                )
            returning scopes.load_id, scopes.scope, scopes.file_part
        )
        insert into ops.load_scopes (load_id, source, scope, file_part, rows, days)
        select held.load_id, '{contract.source}', held.scope, removed.file_part, held.rows, held.days
        from removed
        inner join held on removed.load_id = held.load_id and removed.scope = held.was
    """
