"""Tradewind's Superset: what differs from Superset's defaults, and why.

What is specific to one machine comes from the environment; the style is in `superset/brand/`.
"""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# The modules beside this file are found by PYTHONPATH: see deploy/stack/programs.py.
import last_year
import login_wall
import others
import periods
import sql_wall
import target_gaps
import web_wall
import yaml
from flask import Blueprint, Flask, g, redirect, request
from jinja2 import ChoiceLoader, FileSystemLoader
from security_manager import TradewindSecurityManager, refusal
from superset.utils.log import AbstractEventLogger
from warehouse_login import choose_login

BRAND = Path(__file__).resolve().parent.parent / "brand"
# Slugs in the order in which they are tried as the first page.
DASHBOARDS = list(yaml.safe_load((BRAND.parent / "security.yaml").read_text())["dashboards"])


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        sys.exit(f"superset_config.py: the environment variable {name} is not set")
    return value


def _derived_secret(purpose: str) -> str:
    """A separate secret for each purpose; Superset's default for these is a public string."""
    return hashlib.sha256(f"{purpose}:{SECRET_KEY}".encode()).hexdigest()


def _brand(name: str):
    return yaml.safe_load((BRAND / name).read_text())


def _over(base: dict, changes: dict) -> dict:
    """The base with the changes merged into it, at every depth."""
    inner = {
        name: _over(base[name], value)
        for name, value in changes.items()
        if isinstance(value, dict) and isinstance(base.get(name), dict)
    }
    return {**base, **changes, **inner}


# --- this machine ---------------------------------------------------------------------------------
SECRET_KEY = _required("SUPERSET_SECRET_KEY")
SQLALCHEMY_DATABASE_URI = _required("SUPERSET_METADATA_URL")
SQLALCHEMY_ENGINE_OPTIONS = {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 10}
SUPERSET_WEBSERVER_PORT = int(_required("SUPERSET_PORT"))
SUPERSET_WEBSERVER_TIMEOUT = 60
LOG_LEVEL = "WARNING"
_IS_HTTPS = os.environ.get("SUPERSET_HTTPS") == "1"

# --- security -------------------------------------------------------------------------------------
GUEST_TOKEN_JWT_SECRET = _derived_secret("guest token")
GLOBAL_ASYNC_QUERIES_JWT_SECRET = _derived_secret("async queries")
SESSION_COOKIE_SECURE = _IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Otherwise all users behind a proxy would share one address, and so one rate limit.
ENABLE_PROXY_FIX = _IS_HTTPS
RATELIMIT_ENABLED = True
RATELIMIT_STORAGE_URI = "memory://"
# An office behind one address opens many dashboards at once: Superset's 50 requests a second are too few.
RATELIMIT_APPLICATION = "300 per second"
AUTH_RATE_LIMIT = "5 per second"
# Nothing is loaded from, or sent to, any other host.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "default-src": ["'self'"],
        "base-uri": ["'self'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "frame-ancestors": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "object-src": "'none'",
        "script-src": ["'self'", "'strict-dynamic'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "worker-src": ["'self'", "blob:"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": _IS_HTTPS,
    "session_cookie_secure": _IS_HTTPS,
}
# An import may not fetch data from other hosts.
DATASET_IMPORT_ALLOWED_DATA_URLS: list[str] = []
FAB_API_SWAGGER_UI = False
ENABLE_CORS = False
CUSTOM_SECURITY_MANAGER = TradewindSecurityManager
# Postgres itself hides what a user may not see.
DB_CONNECTION_MUTATOR = choose_login


def SQL_QUERY_MUTATOR(sql: str, **_) -> str:
    """The last gate before the warehouse, for all SQL: from charts, datasets and SQL Lab."""
    if fault := sql_wall.fault(sql):
        raise refusal(fault)
    return sql


@contextmanager
def ENGINE_CONTEXT_MANAGER(_database, _catalog: str | None, schema: str | None) -> Iterator[None]:
    """Checks each connection's schema: SQL in its place would run before the query, past the gate above."""
    if fault := sql_wall.schema_fault(schema):
        raise refusal(fault)
    yield


# --- formats --------------------------------------------------------------------------------------
# What `$` in the formats of charts and metrics is shown as: that of the currency of the figures.
D3_FORMAT = {"currency": [os.environ.get("CURRENCY_SYMBOL", "$"), ""]}

# --- caches and speed -----------------------------------------------------------------------------
_CACHE_DIR = Path(_required("SUPERSET_CACHE_DIR"))
# Entries are pickles: whoever can write here can run code as Superset.
_CACHE_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
_CACHE_DIR.chmod(0o700)
CACHE_CONFIG = {
    "CACHE_TYPE": "FileSystemCache",
    "CACHE_DIR": str(_CACHE_DIR),
    "CACHE_DEFAULT_TIMEOUT": 86400,
    "CACHE_THRESHOLD": 10000,
    "CACHE_KEY_PREFIX": "ss_",
}
DATA_CACHE_CONFIG = dict(CACHE_CONFIG)
# Auto-refresh reads the cache, which is invalidated when new figures are published.
DASHBOARD_AUTO_REFRESH_MODE = "fetch"
CELERY_CONFIG = None
ROW_LIMIT = 10000
FEATURE_FLAGS = {"DASHBOARD_RBAC": True}


class NoEventLogger(AbstractEventLogger):
    """Drops events: by default three rows are written, each with a commit, for every chart shown."""

    def log(self, *args, **kwargs) -> None:
        """Keep nothing."""


EVENT_LOGGER = NoEventLogger()

# --- look -----------------------------------------------------------------------------------------
_COLOURS = _brand("colours.yaml")
APP_NAME = "Tradewind"
APP_ICON = "/static/brand/logo.svg"
FAVICONS = [{"href": "/static/brand/favicon.svg", "type": "image/svg+xml"}]
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {"id": "tradewind", "label": "Tradewind", "isDefault": True, "colors": _COLOURS["palette"]}
]
EXTRA_SEQUENTIAL_COLOR_SCHEMES = [
    {
        "id": "tradewindSequence",
        "label": "Tradewind",
        "isDefault": True,
        "isDiverging": False,
        "colors": _COLOURS["sequence"],
    },
    {
        "id": "tradewindDiverging",
        "label": "Tradewind around zero",
        "isDiverging": True,
        "colors": _COLOURS["diverging"],
    },
]
THEME_DEFAULT = _brand("theme.yaml")
THEME_DEFAULT["token"]["brandSpinnerSvg"] = (BRAND / "spinner.svg").read_text()
# A reader chooses it with the sun in the menu; until then the theme is light
# (templates/head_custom_extra.html).
THEME_DARK = _over(THEME_DEFAULT, _brand("theme_dark.yaml"))
ENABLE_UI_THEME_ADMINISTRATION = False
CURRENCIES = ["USD", "EUR", "BRL"]

BLUEPRINTS = [Blueprint("brand", __name__, static_folder=str(BRAND), static_url_path="/static/brand")]


def FLASK_APP_MUTATOR(app: Flask) -> None:
    """Open on a dashboard, since Superset's start page lists things to edit; put our templates first."""
    login_wall.install(app)
    web_wall.install(app)
    last_year.install()
    target_gaps.install()
    others.install()
    periods.install(app)
    app.jinja_loader = ChoiceLoader([FileSystemLoader(BRAND / "templates"), app.jinja_loader])
    app.jinja_env.globals["may_open"] = lambda slug: any(_open_dashboards([slug]))

    @app.before_request
    def open_dashboard():
        if request.path in {"/", "/superset/welcome/"} and (slug := _first_dashboard()):
            return redirect(f"/superset/dashboard/{slug}/")
        return None


def _first_dashboard() -> str | None:
    return next(_open_dashboards(DASHBOARDS), None)


def _open_dashboards(slugs: Sequence[str]) -> Iterator[str]:
    """Those of the dashboards that the user may see, in order; nobody has one before logging in."""
    from superset.models.dashboard import Dashboard

    from superset import db, security_manager

    user = getattr(g, "user", None)  # an error page may come before it
    if not user or user.is_anonymous:
        return
    found = {item.slug: item for item in db.session.query(Dashboard).filter(Dashboard.slug.in_(slugs))}
    yield from (
        slug for slug in slugs if slug in found and security_manager.can_access_dashboard(found[slug])
    )
