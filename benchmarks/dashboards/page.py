"""What a page requests when it is opened, and a connection for these requests."""

from __future__ import annotations

import http.client
import itertools
import json
import time
import urllib.parse
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewind.dashboards import queries
from tradewind.dashboards.web import Answer, Session

SLUG = "executive-overview"

#: The chart whose figure is followed through a publication.
TOTAL = "Total sales"


@dataclass(frozen=True)
class Chart:
    """A chart, and how the page requests it."""

    name: str
    address: str
    body: dict[str, Any]

    def asked(self, *, force: bool = False) -> bytes:
        """The body to post; with `force` the database is read even if the figures are cached."""
        return json.dumps({**self.body, "force": force}).encode()


def charts_of(session: Session, slug: str = SLUG) -> list[Chart]:
    """The charts that are visible before another tab is opened, from the top.

    Raises:
        LookupError: if there is no such page.
        ValueError: if a chart is of a kind that is requested in another way.
    """
    answers = [session.get(f"/api/v1/dashboard/{slug}{part}") for part in ("", "/charts")]
    if any(answer.status != 200 for answer in answers):
        raise LookupError(f"Superset has no dashboard {slug}: {answers[0]}")
    dashboard, listed = (answer.json["result"] for answer in answers)
    forms = {chart["form_data"]["slice_id"]: (chart["slice_name"], chart["form_data"]) for chart in listed}
    found = []
    for number in first_view(json.loads(dashboard["position_json"])):
        name, form = forms[number]
        if form["viz_type"] in queries.LEGACY:
            raise ValueError(f"{name} is requested with a form, which is not measured here")
        dataset_id = int(form["datasource"].partition("__")[0])
        found.append(Chart(name, *queries.requests(form, number, dashboard["id"], dataset_id)))
    return found


def first_view(position: dict[str, Any], node: str = "ROOT_ID") -> Iterator[int]:
    """Ids of the charts in a layout; of tabs, only those in the first."""
    item = position[node]
    if item["type"] == "CHART":
        yield item["meta"]["chartId"]
    children = item.get("children", [])
    for child in children[:1] if item["type"] == "TABS" else children:
        yield from first_view(position, child)


class Connection:
    """A connection of a session that is kept open, as in a browser."""

    _numbers = itertools.count(1)

    def __init__(self, session: Session) -> None:
        address = urllib.parse.urlsplit(session.base)
        self._headers = {**session.headers, "Content-Type": "application/json"}
        self._connection = http.client.HTTPConnection(address.hostname, address.port, timeout=120)
        self._is_used = False

    def post(self, address: str, body: bytes) -> tuple[str, Answer]:
        """Post a body; returns the request's name in the access log, and the answer.

        Raises:
            OSError, http.client.HTTPException: if there was no answer.
        """
        name = f"request-{next(self._numbers)}"
        headers = {**self._headers, "X-Request": name}
        try:
            return name, self._post(address, body, headers)
        except (ConnectionError, http.client.RemoteDisconnected, http.client.CannotSendRequest):
            was_used, self._is_used = self._is_used, False
            self._connection.close()
            if not was_used:
                raise
            # Superset closes connections that are idle for some seconds: a browser would retry, too.
            return name, self._post(address, body, headers)

    def _post(self, address: str, body: bytes, headers: dict[str, str]) -> Answer:
        self._connection.request("POST", address, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        self._is_used = True
        return Answer(answer.status, address, text)

    def close(self) -> None:
        """Close it."""
        self._connection.close()


def server_times(access_log: Path, names: Collection[str], patience: float = 10) -> dict[str, float]:
    """Seconds that each of the requests took in the server, by name.

    A request is logged after it is answered, so this may wait for the last ones.

    Raises:
        LookupError: if the log lacks a request.
    """
    deadline = time.monotonic() + patience
    while True:
        lines = (line.split() for line in access_log.read_text().splitlines())
        found = {line[0]: int(line[1]) / 1e6 for line in lines if len(line) == 2}
        missing = [name for name in names if name not in found]
        if not missing:
            return {name: found[name] for name in names}
        if time.monotonic() > deadline:
            raise LookupError(f"{access_log} does not have {missing[0]}")
        time.sleep(0.1)
