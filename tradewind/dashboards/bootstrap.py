"""Set Superset up and import the assets: in one process, repeatable, and loud when it fails.

`--assets-only` leaves out what only a new installation or a new version of Superset needs. `--editable`
leaves charts and dashboards open to changes in the browser, which `tradewind.dashboards.export` writes back;
pages then have all their tiles, also those for which no source has figures.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.engine import URL, make_url

from tradewind.dashboards import checks, leaving_out, logins, members, presence, security, strict
from tradewind.dashboards import tree as asset_tree

REQUIRED = ("SUPERSET_CONFIG_PATH", "WAREHOUSE_READERS_URL", "WAREHOUSE_READERS_KEY")
REQUIRED_TO_SET_UP = ("SUPERSET_ADMIN_PASSWORD",)

T = TypeVar("T")


def main() -> int:
    """Run the steps; exit code 1 with the reason if one fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assets-only", action="store_true", help="import the assets, nothing else")
    parser.add_argument("--editable", action="store_true", help="keep the browser's edit buttons")
    args = parser.parse_args()
    names = REQUIRED if args.assets_only else REQUIRED + REQUIRED_TO_SET_UP
    if absent := [name for name in names if not os.environ.get(name)]:
        return _fail(f"not set in the environment: {', '.join(absent)}")

    try:
        assets = asset_tree.read()
    except asset_tree.TreeError as error:
        return _fail(str(error))
    rules = security.read()
    if faults := [*strict.project_faults(), *checks.check(assets), *security.check(rules, assets)]:
        return _fail("nothing was imported, the assets are at fault:", *faults)

    setting = os.environ.get("ABSENT_TILES") or leaving_out.LEAVE_OUT
    if setting not in leaving_out.SETTINGS:
        return _fail(f"ABSENT_TILES is {setting!r}: it may be {' or '.join(leaving_out.SETTINGS)}")

    # Superset and its migrations log a lot; what matters here raises an error.
    logging.disable(logging.WARNING)
    app = _timed("start Superset", _create_app)
    with app.app_context():
        try:
            faults = _run(assets, rules, args.assets_only, args.editable, setting)
        except Exception as error:
            return _fail(*_reasons(error))
    return _fail("the import is incomplete:", *faults) if faults else 0


def _run(
    assets: asset_tree.Tree, rules: security.Security, assets_only: bool, editable: bool, setting: str
) -> list[str]:
    # Superset reads its configuration when it is imported, so import it only after checking the environment.
    from tradewind.dashboards import access, metadata

    if not assets_only:
        _timed("migrate", metadata.migrate)
        _timed("permissions", metadata.init_permissions)
        _timed("administrator", lambda: metadata.ensure_admin(os.environ["SUPERSET_ADMIN_PASSWORD"]))
        _timed("freshness role", metadata.grant_freshness)
    found = _timed("members there are", lambda: members.read(_reader(), rules))
    rules = rules.with_members(found.values)
    if not editable:
        held = _timed("figures there are", lambda: presence.read(_reader()))
        assets = leaving_out.adapt(assets, held, setting)
    completed = asset_tree.complete(assets, os.environ["WAREHOUSE_READERS_URL"], editable)
    _timed("import assets", lambda: metadata.import_assets(completed))
    deleted = _timed("prune", lambda: metadata.prune(assets))
    granted = _timed("roles", lambda: access.apply(rules))
    if password := os.environ.get("SUPERSET_REPORTS_PASSWORD"):
        _timed("user of reports", lambda: metadata.ensure_reports_user(password))
    faults = _timed("verify", lambda: metadata.lost_charts(assets))
    counts = Counter(asset_tree.kind_of(path) for path in assets)
    print(", ".join(f"{counts[kind]} {kind}" for kind in asset_tree.KINDS), f"and {deleted} deleted")
    print(granted, *found.messages(), sep="\n")
    return faults


def _reader() -> URL:
    """The warehouse's address with the login that sees all rows of the marts."""
    key = os.environ["WAREHOUSE_READERS_KEY"]
    password = logins.password(key, logins.MARTS)
    return make_url(os.environ["WAREHOUSE_READERS_URL"]).set(username=logins.MARTS, password=password)


def _create_app():
    from superset.app import create_app

    return create_app()


def _timed(step: str, action: Callable[[], T]) -> T:
    start = time.perf_counter()
    result = action()
    print(f"{step:<16}{time.perf_counter() - start:6.1f} s", flush=True)
    return result


def _reasons(error: BaseException) -> list[str]:
    """The error and what caused it: Superset wraps the reason of a failed import twice."""
    reasons = []
    cause: BaseException | None = error
    while cause is not None:
        detail = getattr(cause, "normalized_messages", lambda: "")()
        reasons.append(f"{type(cause).__name__}: {cause} {detail}".rstrip())
        cause = cause.__cause__
    return reasons


def _fail(*lines: str) -> int:
    print("tradewind.dashboards.bootstrap: " + "\n  ".join(lines), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
