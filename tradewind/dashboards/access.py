"""Writes roles, row filters and the roles of dashboards into Superset's metadata database.

What `security.yaml` manages is made to match it; roles and filters that were made by hand stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask_appbuilder.security.sqla.models import PermissionView, Role
from superset.connectors.sqla.models import RowLevelSecurityFilter, SqlaTable
from superset.models.core import Database
from superset.models.dashboard import Dashboard
from superset.utils.core import RowLevelSecurityFilterType

from superset import db, security_manager
from tradewind.dashboards.security import BUILT_IN, GROUP, Security
from tradewind.dashboards.security import Role as Wanted

#: A permission without meaning to Superset, which marks roles that come from the file.
_MARK = ("managed", "superset/security.yaml")
_MANAGED = "Managed by superset/security.yaml; a change made here is lost."
_DATABASE = "warehouse"


def apply(security: Security) -> str:
    """Make Superset match the file, in one transaction; returns a summary for people.

    Raises:
        LookupError: if the file names a permission, a role or a dataset that Superset does not know.
    """
    try:
        roles = _write_roles(security)
        filters = _write_filters(security, roles)
        _write_dashboards(security, roles)
        _drop_roles(set(roles), security)
        db.session.commit()
    except Exception:
        db.session.rollback()
        raise
    return f"{len(roles)} roles, {filters} row filters"


def _write_roles(security: Security) -> dict[str, Role]:
    """Every role, with its permissions; those of a family may do the same."""
    found = {role.name: role for role in db.session.query(Role)}
    granted: dict[str, list[PermissionView]] = {}
    written = {}
    for wanted in security.roles():
        if wanted.family not in granted:
            granted[wanted.family] = list({item.id: item for item in _permissions(wanted, security)}.values())
        role = found.get(wanted.name) or security_manager.add_role(wanted.name)
        role.permissions = granted[wanted.family]
        written[wanted.name] = role
    return written


def _permissions(wanted: Wanted, security: Security) -> list[PermissionView]:
    found = [security_manager.add_permission_view_menu(*_MARK), *_granted(wanted.may, security)]
    for schema in wanted.schemas:
        database = db.session.query(Database).filter_by(database_name=_DATABASE).one()
        name = security_manager.get_schema_perm(_DATABASE, database.get_default_catalog(), schema)
        found.append(security_manager.add_permission_view_menu("schema_access", name))
    return found


def _granted(permissions: str, security: Security) -> Iterator[PermissionView]:
    """What a permission set in the file, or else one of Superset's own roles, may do."""
    if permissions not in security.permissions:
        yield from _built_in(permissions).permissions
        return
    for view, names in security.permissions[permissions].items():
        for name in names:
            if view == "like":
                yield from _granted(name, security)
            elif permission := security_manager.find_permission_view_menu(name, view):
                yield permission
            else:
                raise LookupError(f"Superset has no permission {name} on {view}")


def _built_in(name: str) -> Role:
    role = security_manager.find_role(name)
    if not role:
        raise LookupError(f"Superset has no role {name}")
    return role


def _write_filters(security: Security, roles: dict[str, Role]) -> int:
    wanted = security.row_filters()
    found = {item.name: item for item in db.session.query(RowLevelSecurityFilter)}
    names = {item.name for item in wanted}
    for stale in found.values():
        if stale.description == _MANAGED and stale.name not in names:
            db.session.delete(stale)
    tables = {f"{table.schema}.{table.table_name}": table for table in db.session.query(SqlaTable)}
    for item in wanted:
        if missing := [name for name in item.datasets if name not in tables]:
            raise LookupError(f"Superset has no dataset {missing[0]}")
        row_filter = found.get(item.name) or RowLevelSecurityFilter(name=item.name)
        row_filter.description = _MANAGED
        row_filter.filter_type = RowLevelSecurityFilterType.REGULAR
        row_filter.group_key = GROUP
        row_filter.clause = item.clause
        row_filter.tables = [tables[name] for name in item.datasets]
        row_filter.roles = [roles[name] for name in item.roles]
        db.session.add(row_filter)
    return len(wanted)


def _write_dashboards(security: Security, roles: dict[str, Role]) -> None:
    for slug, names in security.dashboards().items():
        dashboard = db.session.query(Dashboard).filter_by(slug=slug).one()
        dashboard.roles = [roles[name] for name in names]


def _drop_roles(kept: set[str], security: Security) -> None:
    """Delete roles that came from the file and left it; who had no other role sees nothing any more.

    A role of `values: all` stays while somebody has it, even if its member is unknown: it limits them.
    """
    mark = security_manager.find_permission_view_menu(*_MARK)
    for role in db.session.query(Role).filter(Role.permissions.contains(mark)):
        if role.name in BUILT_IN:
            # Superset grants its own roles every permission it finds, including the mark.
            role.permissions.remove(mark)
        elif role.name not in kept and not (security.is_of_all(role.name) and role.user):
            role.permissions = []
            role.user = []
            db.session.delete(role)
