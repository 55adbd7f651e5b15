"""What the bootstrap does to Superset's metadata database; each step can be repeated."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path, PurePosixPath

import flask_migrate
import yaml
from sqlalchemy import or_
from sqlalchemy.orm.attributes import set_committed_value
from superset.commands.export.assets import ExportAssetsCommand
from superset.commands.importers.v1.assets import ImportAssetsCommand
from superset.connectors.sqla.models import SqlaTable
from superset.extensions import appbuilder
from superset.models.dashboard import Dashboard, dashboard_slices
from superset.models.slice import Slice
from superset.utils.core import override_user
from werkzeug.security import check_password_hash, generate_password_hash

import superset
from superset import db, security_manager
from tradewind.dashboards.shorthand import page_slug, uuid_for
from tradewind.dashboards.tree import OURS, Tree, nodes, of_kind, texts

ADMIN = "admin"

#: The user who takes pictures for the report by e-mail, and may only look at dashboards.
REPORTS = "reports"
VIEWERS = "Executive"

# Charts first: a dataset that still has charts cannot be deleted.
_PRUNED = {"dashboards": Dashboard, "charts": Slice, "datasets": SqlaTable}


def migrate() -> None:
    """Migrate the tables to this version of Superset."""
    # On a new database each of hundreds of migrations prints something.
    with contextlib.redirect_stdout(io.StringIO()):
        flask_migrate.upgrade(directory=str(Path(superset.__file__).parent / "migrations"))


def init_permissions() -> None:
    """Create Superset's permissions and its built-in roles."""
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    db.session.commit()


def ensure_admin(password: str) -> None:
    """Create the administrator; an existing one keeps the password that he chose."""
    role = security_manager.find_role("Admin")
    if user := security_manager.find_user(ADMIN):
        if not user.roles:
            # an earlier version removed the role at the next set-up
            user.roles = [role]
            db.session.commit()
        return
    if not security_manager.add_user(ADMIN, "Tradewind", "Admin", "admin@localhost", role, password):
        raise RuntimeError("the administrator could not be created")


def ensure_reports_user(password: str) -> None:
    """Create the user of the report by e-mail, with one role, that of executives."""
    role = security_manager.find_role(VIEWERS)
    if role is None:
        raise RuntimeError(f"superset/security.yaml has no role {VIEWERS}, which the user {REPORTS} needs")
    user = security_manager.find_user(REPORTS)
    if user is None:
        user = security_manager.add_user(REPORTS, "Tradewind", "Reports", "reports@localhost", role, password)
        if not user:
            raise RuntimeError(f"the user {REPORTS} could not be created")
    user.roles = [role]
    if not check_password_hash(user.password, password):
        user.password = generate_password_hash(password)
    db.session.commit()


def import_assets(tree: Tree) -> None:
    """Write the whole tree in one transaction, over what exists."""
    with as_admin():
        ImportAssetsCommand(texts(tree)).run()


def export_assets() -> Tree:
    """Everything in Superset, as its own export writes it, including handmade objects."""
    with as_admin():
        _name_charts_by_uuid()
        return {name: yaml.safe_load(text()) for name, text in ExportAssetsCommand().run()}


def adopt(adopted: dict[tuple[str, str], str]) -> None:
    """Give objects made by hand the ids that their new files have, so that the next import finds them.

    Args:
        adopted: kind and uuid of an object -> path of its file.
    """
    for (kind, old), path in adopted.items():
        new = uuid_for(kind, PurePosixPath(path).stem)
        item = db.session.query(_PRUNED[kind]).filter_by(uuid=old).one()
        item.uuid = new
        if kind == "dashboards":
            item.slug = item.slug or page_slug(item.dashboard_title)
        for dashboard in db.session.query(Dashboard).filter(Dashboard.position_json.contains(old)):
            dashboard.position_json = dashboard.position_json.replace(old, new)
    db.session.commit()


def prune(tree: Tree) -> int:
    """Delete what came from the repository and left it; what a user made by hand stays."""
    deleted = 0
    for kind, model in _PRUNED.items():
        kept = {data["uuid"] for data in of_kind(tree, kind).values()}
        ours = or_(model.is_managed_externally, model.external_url.startswith(OURS))
        for item in db.session.query(model).filter(ours):
            if str(item.uuid) not in kept:
                db.session.delete(item)
                deleted += 1
        db.session.flush()
    db.session.commit()
    return deleted


def lost_charts(tree: Tree) -> list[str]:
    """Dashboards whose number of charts differs from their layout: the importer drops charts silently."""
    faults = []
    for path, data in of_kind(tree, "dashboards").items():
        dashboard = db.session.query(Dashboard).filter_by(uuid=data["uuid"]).one()
        linked = db.session.query(dashboard_slices).filter_by(dashboard_id=dashboard.id).count()
        laid_out = len(nodes(data, "CHART"))
        if linked != laid_out:
            faults.append(f"{path}: {laid_out} charts in the layout, {linked} in Superset")
    return faults


def grant_freshness() -> None:
    """Let the role `freshness` say "this dataset is new", and nothing else.

    A dataset's `changed_on` is part of every cache key: touching it invalidates all caches at once.
    """
    with db.engine.begin() as connection:
        connection.execute(
            "GRANT SELECT (id, schema, table_name, changed_on), UPDATE (changed_on) ON tables TO freshness"
        )


def _name_charts_by_uuid() -> None:
    """Add charts' uuids to every layout, in which the browser itself only keeps ids."""
    uuids = {chart.id: str(chart.uuid) for chart in db.session.query(Slice)}
    for dashboard in db.session.query(Dashboard).filter(Dashboard.position_json.isnot(None)):
        position = json.loads(dashboard.position_json)
        for node in nodes({"position": position}, "CHART"):
            if node["meta"].get("chartId") in uuids:
                node["meta"]["uuid"] = uuids[node["meta"]["chartId"]]
        # Superset's export reads it from the session; nothing is stored.
        set_committed_value(dashboard, "position_json", json.dumps(position))


def as_admin():
    """Do something as the administrator: `with as_admin(): ...`."""
    return override_user(security_manager.find_user(ADMIN), force=True)
