"""Members of the data that roles are made of, where `security.yaml` says `values: all`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.pool import NullPool

from tradewind.dashboards.presence import UNKNOWN
from tradewind.dashboards.security import Security
from tradewind.dashboards.shorthand import MARTS

#: Roles that one family may have; beyond it, its roles stay as they are.
LIMIT = 500

#: Members that a role was made of; a role stays when its member is gone from the data.
_KNOWN = "select value from access.members where column_name = :column"

_COLUMNS = """
select c.relname::text
from pg_attribute as a
inner join pg_class as c on a.attrelid = c.oid
where
    c.relnamespace = to_regnamespace(:schema) and c.relkind in ('r', 'p', 'v', 'm')
    and a.attname = :column and a.atttypid = 'text'::regtype and not a.attisdropped
order by c.relname
"""


@dataclass(frozen=True)
class Members:
    """What roles are made of.

    Attributes:
        values: by column the members of which there are to be roles, in order: those that the data have, and
            those that they had when roles were made before.
        excess: columns that have more members than roles may be made of.
    """

    values: dict[str, tuple[str, ...]]
    excess: tuple[str, ...] = ()

    def digest(self) -> str:
        """Changes with the members, and with nothing else."""
        return hashlib.sha256(repr((sorted(self.values.items()), self.excess)).encode()).hexdigest()

    def messages(self) -> list[str]:
        """What to do about columns with too many members."""
        return [
            f"security.yaml: the data have more than {LIMIT} values of {column}, and no role is made of new"
            " ones: list under values those that have a manager"
            for column in self.excess
        ]


def read(url: URL, security: Security) -> Members:
    """Ask the warehouse for the members of each column that roles are made of.

    Empty names and the member for what no source says have no manager.

    Args:
        url: address with a login that sees every row of the marts.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the warehouse does not answer.
    """
    columns = sorted(security.columns_of_all())
    if not columns:
        return Members({})
    values, excess = {}, []
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    with engine.connect() as connection:
        for column in columns:
            known = {value for (value,) in connection.execute(text(_KNOWN), {"column": column})}
            found = known.union(_in_marts(connection, column, security))
            if len(found) > LIMIT:
                excess.append(column)
            values[column] = tuple(sorted(known if len(found) > LIMIT else found))
    return Members(values, tuple(excess))


def _in_marts(connection: Connection, column: str, security: Security) -> set[str]:
    """The members of a column in the marts that it limits, and one more than the limit at most."""
    published = connection.execute(text(_COLUMNS), {"schema": MARTS, "column": column})
    marts = sorted({f"{MARTS}.{name}" for (name,) in published}.intersection(security.limited_by(column)))
    if not marts:
        return set()
    # the names are those of marts and columns that exist, and are in security.yaml
    each = " union ".join(f'select distinct "{column}" as member from {mart}' for mart in marts)
    query = (
        f"select member from ({each}) as members"
        f" where lower(member) <> '{UNKNOWN}' and member ~ '\\S' limit {LIMIT + 1}"
    )
    return {value for (value,) in connection.execute(text(query))}
