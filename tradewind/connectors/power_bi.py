"""Power BI's data source file: server and database, nothing more."""

from __future__ import annotations

import json

from sqlalchemy.engine import URL


def pbids(url: URL) -> str:
    """Text of a `.pbids` file; Power BI asks for user, password and tables when it is opened."""
    server = f"{url.host}:{url.port or 5432}"
    connection = {
        "details": {"protocol": "postgresql", "address": {"server": server, "database": url.database}},
        "options": {},
        "mode": "Import",
    }
    return json.dumps({"version": "0.1", "connections": [connection]}, indent=2) + "\n"
