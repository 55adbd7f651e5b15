"""Adds `POST /landing/<name>` to Airflow's API: the body of the request lands like a file that was dropped.

Whoever may trigger `ingest` may post. Only a token in the `Authorization` header counts, never a cookie:
another site's page could otherwise post in the name of somebody who is logged in. How to call it is in
docs/fetching.md.
"""

from __future__ import annotations

import logging
from typing import Annotated, ClassVar

import psycopg
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from ingestion.arrival.file_names import shown_path
from ingestion.database.connection import WarehouseUnavailable, connect
from ingestion.fetching.posting import NameRefused, NoRoom, Posted, Posting
from ingestion.tabular.cells import printable
from tradewind.settings import Settings

log = logging.getLogger(__name__)

app = FastAPI(title="Landing", description=__doc__, openapi_url=None)


def with_token(authorization: Annotated[str, Header()] = "") -> None:
    """Raises HTTPException, 401, where no token is given."""
    if not authorization.lower().startswith("bearer "):
        raise HTTPException(401, "send a token: Authorization: Bearer …", {"WWW-Authenticate": "Bearer"})


may_load = requires_access_dag("POST", DagAccessEntity.RUN, "ingest")


@app.post("/{name}", status_code=201, dependencies=[Depends(with_token), Depends(may_load)])
async def post(name: str, request: Request, user: GetUserDep) -> dict[str, str | int]:
    """Take the body in as a file of this name; answers with where it is, its bytes and its SHA-256.

    Raises:
        HTTPException: 401 without a token, 403 without the right, 422 for a name that is never loaded, 503
            where the warehouse or the folder cannot take it, 507 where the disk is full.
    """
    settings = Settings.load()
    try:
        expected = int(request.headers.get("content-length") or 0)
        with await run_in_threadpool(Posting, settings.landing, name, expected) as posting:
            async for piece in request.stream():
                await run_in_threadpool(posting.write, piece)
            found = await run_in_threadpool(_finish, posting, f"post:{user.get_name()}")
    except NameRefused as error:
        raise HTTPException(422, str(error)) from error
    except NoRoom as error:
        raise HTTPException(507, str(error)) from error
    except (WarehouseUnavailable, psycopg.Error) as error:
        log.warning("%s was not taken in: %s", printable(name), error)
        raise HTTPException(
            503, "the warehouse does not answer: send it again", {"Retry-After": "10"}
        ) from error
    except ClientDisconnect as error:
        log.warning("%s did not come whole, and was deleted", printable(name))
        raise HTTPException(400, "the file did not come whole: send it again") from error
    except OSError as error:
        log.warning("%s was not taken in: %s", printable(name), error)
        raise HTTPException(503, f"the landing folder cannot take it: {error.strerror}") from error
    path = shown_path(found.path.relative_to(settings.landing))
    log.info("%s posted %s: %s bytes", user.get_name(), path, f"{found.size:,}")
    return {"path": path, "bytes": found.size, "sha256": found.sha256}


def _finish(posting: Posting, sender: str) -> Posted:
    with connect() as connection:
        return posting.finish(sender, connection)


class PostedFiles(AirflowPlugin):
    """What Airflow's API server reads from its folder of plugins."""

    name = "posted_files"
    fastapi_apps: ClassVar = [{"app": app, "url_prefix": "/landing", "name": "Landing"}]
