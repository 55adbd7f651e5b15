"""Creates the warehouse logins that Superset reads with; `tradewind.dashboards.logins` lists them."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
import yaml

from deploy.databases import mart_access
from deploy.databases.warehouse import create_reader, groups_of
from deploy.errors import SetupError
from tradewind.dashboards import logins, security

#: Roles of each user of Superset, including those of groups; users who may not log in read nothing.
_ROLES_OF_USERS = """
select array_agg(distinct roles.name::text)
from ab_user as users
inner join (
    select user_id, role_id from ab_user_role
    union
    select user_group.user_id, group_role.role_id
    from ab_user_group as user_group
    inner join ab_group_role as group_role on user_group.group_id = group_role.group_id
) as has on users.id = has.user_id
inner join ab_role as roles on has.role_id = roles.id
where users.active
group by users.id
"""


def read_rules() -> security.Security:
    """Who may see what, according to `superset/security.yaml`.

    Raises:
        SetupError: if the file is not understood; the import of dashboards reports each fault.
    """
    try:
        file = security.read()
        logins.rules(file)
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise SetupError(f"{security.FILE}: {type(error).__name__}: {reason}: correct the file") from error
    return file


def known_rules(connection: psycopg.Connection) -> security.Security:
    """The file, with the members that readers were made of already.

    Args:
        connection: to the warehouse as its owner.

    Raises:
        SetupError: if the file is not understood.
    """
    file = read_rules()
    members: dict[str, list[str]] = {}
    for column, value in connection.execute("select column_name, value from access.members order by 1, 2"):
        members.setdefault(column, []).append(value)
    return file.with_members(members)


def prepare(connection: psycopg.Connection, key: str, file: security.Security) -> None:
    """Create the readers and their rules; repeating the call changes nothing.

    Args:
        connection: to the warehouse as its owner, committing each statement.
        key: what the readers' passwords are derived from.
        file: who may see what.
    """
    for name, groups in wanted(file).items():
        create_reader(connection, name, logins.password(key, name), groups)
    mart_access.set_rules(
        connection, [(each.mart, each.reader, each.column, each.value) for each in logins.rules(file)]
    )


def prepare_several(
    connection: psycopg.Connection, key: str, file: security.Security, users: Iterable[Iterable[str]]
) -> list[str]:
    """Create a reader for each combination of restricted roles of a user; returns those created or repaired.

    It sees the rows of all readers that it is a member of: Postgres combines their policies with OR. If one
    of these was dropped and recreated, it is made a member again.
    """
    made = []
    known = {logins.reader_of(role.name) for role in logins.restricted(file)}
    for limits in {tuple(logins.limits(roles, file)) for roles in users}:
        name = logins.reader_of_several(limits)
        groups = {"mart_readers", *known.intersection(map(logins.reader_of, limits))}
        if len(limits) < 2 or groups_of(connection, name) == groups:
            continue
        with connection.transaction():
            create_reader(connection, name, logins.password(key, name), groups)
        made.append(name)
    return made


def roles_of_users(metadata: psycopg.Connection) -> list[list[str]]:
    """Names of the roles of each user, from Superset's own database."""
    return [roles for (roles,) in metadata.execute(_ROLES_OF_USERS)]


def wanted(file: security.Security) -> dict[str, list[str]]:
    """Each reader that must exist, and its groups."""
    found = {
        logins.MARTS: ["mart_readers", "every_row"],
        logins.HEALTH: ["mart_readers", "every_row", "health_readers"],
    }
    for role in logins.restricted(file):
        found[logins.reader_of(role.name)] = ["mart_readers"]
    return found
