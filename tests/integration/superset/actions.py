"""What tests do in Superset, like its users and the project's commands; `driver.py` calls these."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from flask import g
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy.engine import make_url
from superset.commands.chart.create import CreateChartCommand
from superset.commands.chart.update import UpdateChartCommand
from superset.commands.dashboard.create import CreateDashboardCommand
from superset.commands.dashboard.export import ExportDashboardsCommand
from superset.commands.dashboard.importers.dispatcher import ImportDashboardsCommand
from superset.commands.dashboard.update import UpdateDashboardCommand
from superset.commands.importers.v1.utils import get_contents_from_bundle
from superset.connectors.sqla.models import SqlaTable, SqlMetric
from superset.models.core import Database
from superset.models.dashboard import Dashboard
from superset.models.slice import Slice
from superset.utils.core import override_user
from warehouse_login import choose_login, login_of_user

from superset import db, security_manager
from tradewind.dashboards import access, export, metadata, security, tree
from tradewind.dashboards.shorthand import dataset_uuid, period_filter, uuid_for


def import_assets(folder: str, editable: bool = False) -> list[str]:
    """As `make dashboards`; returns what is wrong."""
    assets = tree.read(Path(folder))
    metadata.import_assets(tree.complete(assets, os.environ["WAREHOUSE_READERS_URL"], editable))
    metadata.prune(assets)
    return metadata.lost_charts(assets)


def export_assets(folder: str, only: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """As `make export-dashboards`."""
    outcome = export.bring_back(metadata.export_assets(), Path(folder), list(only))
    metadata.adopt(outcome.adopted)
    return {key: getattr(outcome, key) for key in ("same", "changed", "new", "notes")}


def save_chart(
    name: str, title: str = "", period: str = "", without: tuple[str, ...] = (), **params: Any
) -> None:
    """Save a chart as Explore does, with everything that it adds."""
    chart = db.session.query(Slice).filter_by(uuid=uuid_for("charts", name)).one()
    whole = {**json.loads(chart.params), **params, "slice_id": chart.id, "dashboards": [1]}
    whole |= {"extra_form_data": {}, "matrixify_enable": False, "matrixify_row_height": 300}
    if period:
        whole["adhoc_filters"] = [*whole.get("adhoc_filters", []), period_filter(period)]
    for key in without:
        del whole[key]
    change = {"params": json.dumps(whole), "query_context": json.dumps({"form_data": whole})}
    UpdateChartCommand(chart.id, change | ({"slice_name": title} if title else {})).run()


def save_layout(slug: str, nodes: dict[str, dict[str, Any]], new_slug: str = "", **changes: Any) -> None:
    """Save a dashboard as the browser does: nodes are merged into its layout."""
    dashboard = db.session.query(Dashboard).filter_by(slug=slug).one()
    position = json.loads(dashboard.position_json or "{}")
    for name, node in nodes.items():
        old = position.setdefault(name, {"id": name, "children": []})
        meta = {**old.get("meta", {}), **node.get("meta", {})}
        if "chart" in meta:
            meta["chartId"] = db.session.query(Slice).filter_by(slice_name=meta.pop("chart")).one().id
        old |= {**node, "meta": meta} if meta else node
    derived = {"chartsInScope": [1, 2], "tabsInScope": []}
    whole = json.loads(dashboard.json_metadata or "{}")
    for each in whole.get("native_filter_configuration", []):
        each |= derived
    whole |= {"map_label_colors": {"a": "#fff"}, "shared_label_colors": ["a"], "color_scheme_domain": []}
    chart = {"id": 1, "crossFilters": {"scope": "global", "chartsInScope": [2]}}
    whole |= {"chart_configuration": {"1": chart}, "positions": position}
    if new_slug:
        changes["slug"] = new_slug
    UpdateDashboardCommand(dashboard.id, {"json_metadata": json.dumps(whole), **changes}).run()


def make_chart(title: str, dataset: str, viz_type: str, **params: Any) -> None:
    """A chart made by hand."""
    table = db.session.query(SqlaTable).filter_by(uuid=dataset_uuid(dataset)).one()
    body = {"slice_name": title, "viz_type": viz_type, "params": json.dumps({"viz_type": viz_type, **params})}
    CreateChartCommand({**body, "datasource_id": table.id, "datasource_type": "table"}).run()


def make_dashboard(title: str, slug: str) -> None:
    """An empty dashboard made by hand."""
    CreateDashboardCommand({"dashboard_title": title, "slug": slug}).run()


def change_metric(dataset: str, metric: str, expression: str) -> None:
    """A metric's definition, changed by hand."""
    table = db.session.query(SqlaTable).filter_by(uuid=dataset_uuid(dataset)).one()
    found = db.session.query(SqlMetric).filter_by(table_id=table.id, metric_name=metric).one()
    found.expression = expression
    db.session.commit()


def counts() -> dict[str, int]:
    """Number of objects of each kind."""
    kinds = {"charts": Slice, "dashboards": Dashboard, "datasets": SqlaTable}
    return {kind: db.session.query(model).count() for kind, model in kinds.items()}


def locked() -> list[bool]:
    """What makes the browser hide its edit buttons, for charts and dashboards."""
    return sorted(
        {item.is_managed_externally for model in (Slice, Dashboard) for item in db.session.query(model)}
    )


def apply_roles(members: dict[str, list[str]]) -> str:
    """As `make dashboards` where the data have these members."""
    return access.apply(security.read().with_members(members))


def names_of_roles() -> list[str]:
    """Of all roles, those that Superset brings included."""
    return [role.name for role in db.session.query(Role)]


def queries(dataset: str, roles: list[str]) -> dict[str, str]:
    """By role the SQL that Superset runs for somebody who has it, for a chart of countries."""
    table = db.session.query(SqlaTable).filter_by(table_name=dataset).one()
    asked = {
        "columns": ["country"],
        "metrics": [],
        "filter": [],
        "extras": {},
        "is_timeseries": False,
        "granularity": None,
        "from_dttm": None,
        "to_dttm": None,
        "row_limit": 1000,
        "orderby": [],
    }
    found = {}
    user = security_manager.add_user("somebody", "Some", "Body", "some@body", [], "x")
    try:
        for name in roles:
            user.roles = [security_manager.find_role(name)]
            db.session.commit()
            g.pop("_rls_filter_cache", None)  # Superset keeps a user's filters for one request
            with override_user(user, force=True):
                found[name] = table.get_query_str(asked)
    finally:
        db.session.delete(user)
        db.session.commit()
    return found


def give(role: str | None) -> None:
    """Let a user who stays have this role and no other; delete the user without one."""
    user = security_manager.find_user("stays") or security_manager.add_user("stays", "S", "T", "s@t", [], "x")
    user.roles = [security_manager.find_role(role)] if role else []
    if role is None:
        db.session.delete(user)
    db.session.commit()


def users_view(
    roles: list[str], dataset: str, query: str, grants: list[list[str]] = (), schema: str | None = None
) -> dict[str, Any]:
    """What somebody with these roles gets if a hole lets their SQL through, and the keys of cached results.

    Args:
        grants: permissions, each with what it is on, of one more role, made by hand.
        schema: in which the SQL runs; the dataset's where left out.
    """
    user = security_manager.add_user("somebody", "Some", "Body", "some@body", [], "x")
    try:
        user.roles = [security_manager.find_role(role) for role in roles]
        if grants:
            by_hand = security_manager.add_role("Made by hand")
            by_hand.permissions = [security_manager.add_permission_view_menu(*grant) for grant in grants]
            user.roles.append(by_hand)
        db.session.commit()
        table = db.session.query(SqlaTable).filter_by(table_name=dataset).one()
        with override_user(user, force=True):
            keys = security_manager.get_rls_cache_key(table)
            try:
                frame = table.database.get_df(query, catalog=table.catalog, schema=schema or table.schema)
                rows = frame.to_dict("split")["data"]
            except Exception as error:
                rows = str(error)
            return {"login": login_of_user(security_manager), "rows": rows, "keys": keys}
    finally:
        db.session.delete(user)
        if by_hand := security_manager.find_role("Made by hand"):
            db.session.delete(by_hand)
        db.session.commit()


def nobodys_view(query: str) -> str:
    """The error that SQL without a user ends with."""
    user = g.pop("user")
    try:
        return str(db.session.query(Database).one().get_df(query).to_dict("split"))
    except Exception as error:
        return str(error)
    finally:
        g.user = user


def stored_address() -> str:
    """The warehouse's address as Superset stores it, with its password."""
    return db.session.query(Database).one().sqlalchemy_uri_decrypted


def chosen(address: str) -> str:
    """The address with which another database is read."""
    return choose_login(make_url(address), {}, None, security_manager, None)[0].render_as_string(False)


def set_up_again() -> dict[str, int]:
    """As `make up` with another version of Superset; returns how many rights Superset's own roles have."""
    apply_roles({})
    metadata.init_permissions()
    apply_roles({})
    roles = ("Admin", "Alpha", "Gamma")
    return {name: len(role.permissions) for name in roles if (role := security_manager.find_role(name))}


def import_zip(path: str, password: str) -> None:
    """As *Import dashboards* in the browser."""
    with ZipFile(path) as bundle:
        contents = get_contents_from_bundle(bundle)
    passwords = {"databases/warehouse.yaml": password}
    ImportDashboardsCommand(contents, passwords=passwords, overwrite=True).run()


def export_zip(path: str) -> None:
    """As *Export* in the browser, of all dashboards."""
    ids = [dashboard.id for dashboard in db.session.query(Dashboard)]
    with ZipFile(path, "w") as bundle:
        for name, text in ExportDashboardsCommand(ids).run():
            bundle.writestr(f"dashboard_export_20250102T030405/{name}", text())
