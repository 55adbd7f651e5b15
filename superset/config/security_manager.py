"""Superset's security manager: viewers see charts as they were saved; rights are read once per request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import login_wall
import sql_wall
from flask import g, has_request_context, request
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    ViewMenu,
    assoc_permissionview_role,
)
from superset.errors import ErrorLevel, SupersetError, SupersetErrorType
from superset.exceptions import SupersetSecurityException
from superset.security import SupersetSecurityManager
from warehouse_login import login_of_user

if TYPE_CHECKING:
    from viewers import Fault

#: (permission, what it applies to), such as `can_read`, `Chart`.
Right = tuple[str, str]


class TradewindSecurityManager(SupersetSecurityManager):
    """Answers like Superset's own, with fewer statements, except for what viewers may request from charts.

    For each chart that a viewer opens, Superset queries its metadata database some thirty times for what the
    viewer may do. That took more time than everything else for a cached chart.
    """

    def raise_for_access(self, *args, **kwargs) -> None:
        """Whoever may open a dashboard sees its charts as saved; only explorers may do anything else.

        Raises:
            SupersetSecurityException: if the user may not; it says why, and Superset answers 403.
        """
        context, viz = kwargs.get("query_context"), kwargs.get("viz")
        if context is not None:
            self._raise_for_figures(context.datasource, self._fault_of_context(context))
        elif viz is not None:
            self._raise_for_figures(viz.datasource, self._viewer().fault_of_legacy(viz))
        else:
            query = kwargs.get("query")
            if sql := kwargs.get("sql") if query is None else query.sql:
                if not self.can_access("can_execute_sql_query", "SQLLab"):
                    raise refusal("SQL is for those who have SQL Lab.")
                schema = kwargs.get("schema") if query is None else getattr(query, "schema", None)
                if fault := sql_wall.schema_fault(schema) or sql_wall.fault(sql):
                    raise refusal(fault)
            super().raise_for_access(*args, **kwargs)

    def auth_user_db(self, username, password):
        """The user with this password, or None; failed logins are counted (`login_wall.py`)."""
        user = super().auth_user_db(username, password)
        if has_request_context():
            count = login_wall.guesses.succeeded if user else login_wall.guesses.failed
            count(str(username or ""), request.remote_addr or "")
        return user

    def can_access_datasource(self, datasource) -> bool:
        """Drill by first saves what is drilled, which reads nothing; a refusal would be shown as an error."""
        if super().can_access_datasource(datasource):
            return True
        return _is_asked("ExploreFormDataRestApi.post") and any(
            dashboard.roles and self.can_access_dashboard(dashboard)
            for chart in datasource.slices
            for dashboard in chart.dashboards
        )

    def get_datasource_access_error_object(self, datasource) -> SupersetError:
        """Superset's refusal, without loading the dataset's whole description three times to name it."""
        return SupersetError(
            f"This endpoint requires the datasource {datasource.id}, "
            "database or `all_datasource_access` permission",
            SupersetErrorType.DATASOURCE_SECURITY_ACCESS_ERROR,
            ErrorLevel.WARNING,
            {
                "link": self.get_datasource_access_link(datasource),
                "datasource": datasource.id,
                "datasource_name": datasource.name,
            },
        )

    def get_rls_cache_key(self, datasource) -> list[str]:
        """Includes the warehouse login, so that one login's answer is never served to another."""
        return [*super().get_rls_cache_key(datasource), f"login:{login_of_user(self)}"]

    def rights_of(self, roles) -> set[Right]:
        """All rights of the roles."""
        return self._rights(frozenset(role.id for role in roles))

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Nothing is public: `security.yaml` has no such role, and its rights would be read each time."""
        return False

    def exist_permission_on_roles(self, view_name: str, permission_name: str, role_ids: list[int]) -> bool:
        """Whether one of the roles has the right."""
        return (permission_name, view_name) in self._rights(frozenset(role_ids))

    def user_view_menu_names(self, permission_name: str) -> set[str]:
        """What the user has the permission for."""
        if g.user.is_anonymous:
            return set()
        rights = self.rights_of(self.get_user_roles())
        return {view for permission, view in rights if permission == permission_name}

    def _rights(self, roles: frozenset[int]) -> set[Right]:
        """All rights of the roles, read once per request, so that a revoked right is gone with the next."""
        if not has_request_context():
            return self._read_rights(roles)
        known: dict[frozenset[int], set[Right]] = g.setdefault("tradewind_rights", {})
        if roles not in known:
            known[roles] = self._read_rights(roles)
        return known[roles]

    def _read_rights(self, roles: frozenset[int]) -> set[Right]:
        query = (
            self.session.query(Permission.name, ViewMenu.name)
            .select_from(PermissionView)
            .join(Permission, Permission.id == PermissionView.permission_id)
            .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
            .join(
                assoc_permissionview_role,
                assoc_permissionview_role.c.permission_view_id == PermissionView.id,
            )
            .filter(assoc_permissionview_role.c.role_id.in_(roles))
        )
        return {(permission, view) for permission, view in query}

    def _viewer(self):
        # It uses Superset's models, which do not exist yet when the configuration is read.
        from viewers import Viewer

        return Viewer(self.session, (role.id for role in self.get_user_roles()))

    def _fault_of_context(self, context) -> Fault | None:
        if _is_asked("Datasource.samples"):
            # only the URL names its dashboard
            return self._viewer().fault_of_rows(context, request.args.get("dashboard_id", type=int))
        return self._viewer().fault_of_context(context)

    def _raise_for_figures(self, datasource, fault: Fault | None) -> None:
        if fault is None or (not self.is_guest_user() and self._may_explore(datasource)):
            return
        if isinstance(fault, str):
            raise refusal(fault)
        raise SupersetSecurityException(self.get_datasource_access_error_object(datasource))

    def _may_explore(self, datasource) -> bool:
        """Whether the user may query anything in the dataset, without any dashboard."""
        return (
            self.can_access_schema(datasource)
            or self.can_access("datasource_access", datasource.perm or "")
            or self.is_owner(datasource)
        )


def refusal(reason: str) -> SupersetSecurityException:
    """What Superset answers with 403 and the reason."""
    kind = SupersetErrorType.DASHBOARD_SECURITY_ACCESS_ERROR
    return SupersetSecurityException(SupersetError(reason, kind, ErrorLevel.ERROR))


def _is_asked(endpoint: str) -> bool:
    return has_request_context() and request.endpoint == endpoint
