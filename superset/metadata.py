"""What the bootstrap does to Superset's metadata database; each step may be repeated at will."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import flask_migrate
from superset.commands.importers.v1.assets import ImportAssetsCommand
from superset.connectors.sqla.models import SqlaTable
from superset.extensions import appbuilder
from superset.models.dashboard import Dashboard, dashboard_slices
from superset.models.slice import Slice
from superset.utils.core import override_user
from tree import Tree, nodes, of_kind, texts
from werkzeug.security import check_password_hash, generate_password_hash

import superset
from superset import db, security_manager

ADMIN = "admin"

#: Who takes the pictures of the report by e-mail: may look at dashboards, and nothing else.
REPORTS = "reports"
VIEWERS = "Executive"

# Charts first: a dataset that still has charts cannot go.
_PRUNED = {"dashboards": Dashboard, "charts": Slice, "datasets": SqlaTable}


def migrate() -> None:
    """Bring the tables to this version of Superset."""
    # On a new database each of the hundreds of migrations prints something.
    with contextlib.redirect_stdout(io.StringIO()):
        flask_migrate.upgrade(directory=str(Path(superset.__file__).parent / "migrations"))


def init_permissions() -> None:
    """Create Superset's permissions and its built-in roles."""
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    db.session.commit()


def ensure_admin(password: str) -> None:
    """Create the administrator; an existing one keeps the password that he chose."""
    if security_manager.find_user(ADMIN):
        return
    role = security_manager.find_role("Admin")
    if not security_manager.add_user(ADMIN, "Tradewind", "Admin", "admin@localhost", role, password):
        raise RuntimeError("the administrator could not be created")


def ensure_reports_user(password: str) -> bool:
    """Create the user of the report by e-mail, with one role; False where there is no such role yet."""
    role = security_manager.find_role(VIEWERS)
    if role is None:
        return False
    user = security_manager.find_user(REPORTS)
    if user is None:
        user = security_manager.add_user(REPORTS, "Tradewind", "Reports", "reports@localhost", role, password)
        if not user:
            raise RuntimeError(f"the user {REPORTS} could not be created")
    user.roles = [role]
    if not check_password_hash(user.password, password):
        user.password = generate_password_hash(password)
    db.session.commit()
    return True


def import_assets(tree: Tree) -> None:
    """Write the whole tree in one transaction, over whatever is there."""
    with _as_admin():
        ImportAssetsCommand(texts(tree)).run()


def prune(tree: Tree) -> int:
    """Delete what came from the repository and left it; what a user made by hand stays."""
    deleted = 0
    for kind, model in _PRUNED.items():
        kept = {data["uuid"] for data in of_kind(tree, kind).values()}
        for item in db.session.query(model).filter_by(is_managed_externally=True):
            if str(item.uuid) not in kept:
                db.session.delete(item)
                deleted += 1
        db.session.flush()
    db.session.commit()
    return deleted


def lost_charts(tree: Tree) -> list[str]:
    """Dashboards that show another number of charts than their layout: the importer drops them silently."""
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

    A dataset's `changed_on` is part of every cache key: touching it turns all caches over at once.
    """
    with db.engine.begin() as connection:
        connection.execute(
            "GRANT SELECT (id, schema, table_name, changed_on), UPDATE (changed_on) ON tables TO freshness"
        )


def _as_admin():
    return override_user(security_manager.find_user(ADMIN), force=True)
