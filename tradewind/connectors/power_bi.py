"""Power BI's data source file: which server and database, nothing more."""

from __future__ import annotations

import json

from sqlalchemy.engine import URL


def pbids(url: URL) -> str:
    """Text of a `.pbids` file; who opens it is asked for user, password and tables."""
    server = f"{url.host}:{url.port or 5432}"
    connection = {
        "details": {"protocol": "postgresql", "address": {"server": server, "database": url.database}},
        "options": {},
        "mode": "Import",
    }
    return json.dumps({"version": "0.1", "connections": [connection]}, indent=2) + "\n"
