"""Execute every chart of every dashboard as every role, on the running Superset.

Each role gets a user for the duration of the check. What the role may see must come without an error, with
rows, and with only its own rows; everything else must be refused: the page, its charts, its filters, datasets
requested without a dashboard, SQL. Of a large family of managers some are checked so, and the others are
compared with these (`tradewind.dashboards.likeness`). A chart that is blank because no source has its figures
is listed as absent, with the reason, and is not wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from tradewind.dashboards import absent, attacks, checks, leaving_out, likeness, members, presence, queries
from tradewind.dashboards import security as rules
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.absent import Absence
from tradewind.dashboards.presence import Presence
from tradewind.dashboards.temporary_users import temporary_users
from tradewind.dashboards.users import ADMIN, UserError
from tradewind.dashboards.web import Answer, LoginError, Session
from tradewind.lock import alone
from tradewind.settings import Settings

_AT_ONCE = 4

NO_FIGURES = "no figures"

#: Datasets that list what went wrong: without any rows, everything is fine.
_MAY_BE_EMPTY = {"ops.health_rejections"}


@dataclass(frozen=True)
class Question:
    """Something a page requests: a chart, or the values of a filter.

    Attributes:
        dataset: name with its schema.
        absence: why there is nothing to show, if no source has the figures.
    """

    name: str
    dataset: str
    address: str
    body: dict[str, Any]
    absence: Absence | None = None

    @property
    def form(self) -> dict[str, Any]:
        """The chart's params, or the filter's."""
        return self.body["form_data"]


@dataclass(frozen=True)
class Page:
    """A dashboard as it is in Superset, with everything it requests."""

    slug: str
    questions: tuple[Question, ...]
    charts: int
    number: int
    is_published: bool = True

    @property
    def figures(self) -> list[Question]:
        """The charts that request their figures in the usual way."""
        return [item for item in self.questions if "slice_id" in item.form and "queries" in item.body]

    @property
    def legacy(self) -> list[Question]:
        """The charts that have their own endpoint."""
        return [item for item in self.questions if "queries" not in item.body]

    @property
    def filters(self) -> list[Question]:
        """The lists of values of drop-down filters."""
        return [item for item in self.questions if item.form.get("type") == "NATIVE_FILTER"]


@dataclass
class Findings:
    """What the check of one role, or of all roles, found."""

    executed: int = 0
    refused: int = 0
    wrong: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        self.executed += other.executed
        self.refused += other.refused
        self.wrong += other.wrong


class Check:
    """The running Superset, compared with the repository's assets and `security.yaml`."""

    def __init__(self, base: str, password: str, presence: Presence, security: rules.Security) -> None:
        """Log in as the administrator, and read what exists.

        Args:
            presence: what the published marts hold.
            security: who may see what, with the members that the data have.

        Raises:
            LoginError: if that is not possible.
            LookupError: if Superset lacks what the repository has.
        """
        self.base = base
        self.presence = presence
        self.tree = asset_tree.read()
        self.security = security
        self.admin = Session(base, ADMIN, password)
        self._admin_lock = threading.Lock()
        self.kept: list[str] = []
        self.files = {
            asset_tree.full_name(item): item for item in asset_tree.of_kind(self.tree, "datasets").values()
        }
        self.columns = {name: item["columns"][0]["column_name"] for name, item in self.files.items()}
        self.metrics = {
            name: [metric["metric_name"] for metric in item["metrics"]] for name, item in self.files.items()
        }
        self.datasets = self._datasets()
        self.pages = [self._page(slug) for slug in self.security.shown]

    def run(self, progress: Progress) -> Findings:
        """Check all roles, several at once."""
        roles = likeness.sample(self.security)
        steps = sum(len(page.questions) + 1 for page in self.pages) + len(self.datasets) + 2
        task = progress.add_task("roles", total=len(roles) * steps)
        total = Findings()
        names = [role.name for role in roles]
        with (
            temporary_users(self.admin, names, self.kept) as users,
            ThreadPoolExecutor(_AT_ONCE) as pool,
        ):

            def check(role: rules.Role) -> Findings:
                session = Session(self.base, *users[role.name])
                one = RoleCheck(self, role, session, lambda: progress.advance(task))
                return one.run()

            for found in pool.map(check, roles):
                total.add(found)
        total.wrong += [("administrator", where, fault) for where, fault in self._left_out_wrongly()]
        total.wrong += likeness.faults(self.admin, self.security)
        total.wrong += [("users", "of a check", fault) for fault in self.kept]
        total.wrong += [("users", user, reason) for user, reason in self._past_their_rows()]
        return total

    def absent(self) -> list[tuple[str, str, str]]:
        """Page, chart and reason, for every chart that is absent because no source has its figures."""
        charts = asset_tree.of_kind(self.tree, "charts").values()
        without = absent.of_tree(self.tree, self.presence)
        by_uuid = {chart["uuid"]: (chart["slice_name"], without.get(chart["uuid"])) for chart in charts}
        found = []
        for dashboard in asset_tree.of_kind(self.tree, "dashboards").values():
            for node in asset_tree.nodes(dashboard, "CHART"):
                name, absence = by_uuid[node["meta"]["uuid"]]
                if absence and not absence.is_needless:
                    found.append((dashboard["slug"], name, str(absence)))
        return found

    def _left_out_wrongly(self) -> Iterator[tuple[str, str]]:
        """Charts that are not on their page although there are figures for them, and such pages."""
        names = {
            item["uuid"]: item["slice_name"] for item in asset_tree.of_kind(self.tree, "charts").values()
        }
        adapted = leaving_out.adapt(self.tree, self.presence)
        files = {data["slug"]: data for data in asset_tree.of_kind(adapted, "dashboards").values()}
        for page in self.pages:
            shown = {question.name for question in page.questions[: page.charts]}
            there = {names[node["meta"]["uuid"]] for node in asset_tree.nodes(files[page.slug], "CHART")}
            for name in sorted(there - shown):
                yield f"{page.slug}: {name}", "is left out, but there are figures: run make dashboards"
            if files[page.slug].get("published", True) and not page.is_published:
                yield page.slug, "is not published, but there are figures: run make dashboards"

    def _past_their_rows(self) -> Iterator[tuple[str, str]]:
        """Users whom one role limits to some rows, and whom another role lets past that limit."""
        roles = {role.name: role for role in self.security.roles()}
        limited = {name for name, role in roles.items() if role.of}
        free = {name for name, role in roles.items() if role.schemas} | (rules.BUILT_IN - {"Public"})
        for user in self.admin.list_all("security/users"):
            names = {role["name"] for role in user["roles"]}
            if (names & limited) and (names & free):
                both = " and ".join(sorted(names & (limited | free)))
                yield user["username"], f"is {both}: SQL Lab does not respect the limit to rows"

    def has_rows_of(self, role: rules.Role, question: Question) -> bool:
        """Whether the administrator finds something when filtering by what limits the role."""
        body = queries.narrowed(question.body, role.of, role.value)
        with self._admin_lock:
            return fault_of(ask(self.admin, question.address, body), None) != NO_FIGURES

    def target(self, role: rules.Role) -> attacks.Target | None:
        """What the role sees, and what it does not: the first of its dashboards, and another one.

        None for a role all of whose dashboards are left out.
        """
        shown = self.security.dashboards()
        published = [page for page in self.pages if page.is_published and page.figures]
        mine = next((page for page in published if role.name in shown[page.slug]), None)
        if mine is None:
            return None
        other = next(
            (page for page in published if role.name not in shown[page.slug]),
            next(page for page in published if page is not mine),
        )
        chart = next(item for item in mine.figures if item.body["queries"][0].get("metrics"))
        used = {str(metric) for query in chart.body["queries"] for metric in query.get("metrics", [])}
        maps = [item for page in (mine, *self.pages) for item in page.legacy]
        elsewhere = next(item for item in other.figures if item.dataset != chart.dataset)
        return attacks.Target(
            body=chart.body,
            legacy=(maps[0].address, maps[0].body) if maps else None,
            filter=next((item.body for item in mine.filters), None),
            names={
                "database": self.database,
                "dashboard": mine.number,
                "chart": chart.form["slice_id"],
                "legacy_chart": maps[0].form["slice_id"] if maps else 0,
                "dataset": self.datasets[chart.dataset],
                "column": self.columns[chart.dataset],
                "metric": next(name for name in self.metrics[chart.dataset] if name not in used),
                "other_dashboard": other.number,
                "other_chart": elsewhere.form["slice_id"],
                "other_dataset": self.datasets[elsewhere.dataset],
            },
        )

    def _datasets(self) -> dict[str, int]:
        found = {asset_tree.full_name(item): item for item in self.admin.list_all("dataset")}
        if missing := sorted(self.security.rules.keys() - found.keys()):
            raise LookupError(f"Superset has no dataset {missing[0]}: run make dashboards")
        self.database = next(iter(found.values()))["database"]["id"]
        return {name: found[name]["id"] for name in self.security.rules}

    def _page(self, slug: str) -> Page:
        """What the dashboard requests, as the administrator sees it."""
        answer = self.admin.get(f"/api/v1/dashboard/{slug}")
        charts = self.admin.get(f"/api/v1/dashboard/{slug}/charts")
        if answer.status != 200 or charts.status != 200:
            raise LookupError(f"Superset has no dashboard {slug}: run make dashboards")
        dashboard = answer.json["result"]
        names = {number: name for name, number in self.datasets.items()}
        questions = []
        for chart in sorted(charts.json["result"], key=lambda item: item["slice_name"]):
            form = chart["form_data"]
            dataset_id = int(form["datasource"].partition("__")[0])
            address, body = queries.requests(form, form["slice_id"], dashboard["id"], dataset_id)
            name = self._known(names, dataset_id, f"{slug}: {chart['slice_name']}")
            absence = absent.of_chart(form, self.files[name], self.presence)
            questions.append(Question(chart["slice_name"], name, address, body, absence))
        count = len(questions)
        metadata = json.loads(dashboard["json_metadata"] or "{}")
        for item in metadata.get("native_filter_configuration", []):
            for target in filter(None, item["targets"]):
                dataset_id, column = target["datasetId"], target["column"]["name"]
                dataset = self._known(names, dataset_id, f"{slug}: filter {item['name']}")
                body = queries.filter_payload(item["id"], dataset_id, dashboard["id"], column)
                absence = absent.of_filter(column, self.files[dataset], self.presence)
                name = f"filter {item['name']}"
                questions.append(Question(name, dataset, "/api/v1/chart/data", body, absence))
        return Page(slug, tuple(questions), count, dashboard["id"], dashboard["published"])

    @staticmethod
    def _known(names: dict[int, str], dataset_id: int, where: str) -> str:
        if dataset_id not in names:
            raise LookupError(
                f"{where} reads a dataset (id {dataset_id}) that superset/assets does not have:"
                " run make export-dashboards to keep it, or make dashboards to restore the page"
            )
        return names[dataset_id]


class RoleCheck:
    """The user of one role, who tries everything."""

    def __init__(self, check: Check, role: rules.Role, session: Session, advance) -> None:
        self.check = check
        self.role = role
        self.session = session
        self.advance = advance
        self.found = Findings()

    def run(self) -> Findings:
        """Open every dashboard, request every chart, and try what leads around them."""
        shown = self.check.security.dashboards()
        for page in self.check.pages:
            is_allowed = page.is_published and self.role.name in shown[page.slug]
            self._open(page, is_allowed)
            for question in page.questions:
                answer = ask(self.session, question.address, question.body)
                # whoever has the schema may request the same from its datasets without the page
                if is_allowed or question.dataset.partition(".")[0] in self.role.schemas:
                    self._expect(page.slug, question, answer)
                else:
                    self._expect_refusal(page.slug, question.name, answer)
                self.advance()
        for name, number in self.check.datasets.items():
            self._around(name, number)
        self._sql()
        self._attack()
        return self.found

    def _open(self, page: Page, is_allowed: bool) -> None:
        answers = [
            self.session.get(f"/api/v1/dashboard/{page.slug}{part}") for part in ("", "/charts", "/datasets")
        ]
        opened = self.session.get(f"/superset/dashboard/{page.slug}/")
        if opened.status == 200 and not opened.path.startswith("/superset/dashboard/"):
            opened = Answer(403, opened.path, "led to another page")
        for answer in [*answers, opened]:
            if is_allowed and answer.status != 200:
                self._wrong(page.slug, f"the page does not open: {answer}")
            elif not is_allowed and not answer.is_refused:
                self._wrong(page.slug, f"the page opens, which it should not: {answer.status}")
        self.advance()

    def _expect(self, slug: str, question: Question, answer: Answer) -> None:
        self.found.executed += 1
        share = self.check.security.sees(self.role, question.dataset)
        fault = fault_of(answer, self.role if share == "own" else None)
        if fault and not (fault == NO_FIGURES and self._may_be_empty(question, share)):
            self._wrong(f"{slug}: {question.name}", fault)

    def _may_be_empty(self, question: Question, share: str) -> bool:
        """Whether there is nothing to see: no source has it, or the data have no rows of a manager."""
        if question.absence or question.dataset in _MAY_BE_EMPTY:
            return True
        return share == "own" and not self.check.has_rows_of(self.role, question)

    def _expect_refusal(self, where: str, what: str, answer: Answer) -> None:
        self.found.refused += 1
        if not answer.is_refused:
            self._wrong(f"{where}: {what}", f"should be refused: {answer}")

    def _around(self, dataset: str, number: int) -> None:
        """Request a dataset without any dashboard: only those who have its schema may."""
        schema = dataset.partition(".")[0]
        column = self.check.columns[dataset]
        query = {"columns": [column], "metrics": [], "row_limit": 1}
        answer = ask(self.session, "/api/v1/chart/data", queries.payload({}, number, [query]))
        self._expect_schema(schema, f"{dataset} without a dashboard", answer)
        self.advance()

    def _sql(self) -> None:
        """Query a table of each schema, as SQL Lab does; without a schema, try SQL Lab itself."""
        database = f"/api/v1/database/{self.check.database}"
        for schema, table in dict(name.split(".") for name in self.check.datasets).items():
            address = f"{database}/table_metadata/?name={table}&schema={schema}"
            self._expect_schema(schema, f"{schema} in SQL Lab", self.session.get(address))
        if not self.role.schemas:
            # a user who has run a query there could not be deleted afterwards
            query = {"database_id": self.check.database, "sql": "select 1"}
            answer = self.session.post("/api/v1/sqllab/execute/", query)
            self._expect_refusal("SQL Lab", "select 1", answer)
        self.advance()

    def _attack(self) -> None:
        """Try every attack of `attacks.yaml` on the first dashboard that is open to the role."""
        target = self.check.target(self.role)
        for attack in attacks.attacks(target, bool(self.role.schemas)) if target else ():
            if attack.method == "GET":
                answer = self.session.get(attack.path)
            elif attack.method == "PUT":
                answer = self.session.put(attack.path, attack.body)
            else:
                answer = ask(self.session, attack.path, attack.body)
            self.found.refused += 1
            if not answer.is_client_error:
                self._wrong(f"attack: {attack.name}", f"should be refused: {answer}")
        self.advance()

    def _expect_schema(self, schema: str, what: str, answer: Answer) -> None:
        if schema not in self.role.schemas:
            self._expect_refusal(schema, what, answer)
            return
        self.found.executed += 1
        if answer.status != 200:
            self._wrong(what, str(answer))

    def _wrong(self, where: str, what: str) -> None:
        self.found.wrong.append((self.role.name, where, what))


def ask(session: Session, address: str, body: dict[str, Any]) -> Answer:
    """Post the body as the page does: for a legacy chart it is a form."""
    if address.startswith("/superset/explore_json"):
        return session.post_form(address, body)
    return session.post(address, body)


def fault_of(answer: Answer, role: rules.Role | None) -> str:
    """What is wrong with a chart's answer: an error, rows of others, no figures; empty if nothing is.

    A chart may have several results. No figures in one of them hides nothing that is wrong with another.

    Args:
        role: only its rows may be in the answer, if the answer has its column.
    """
    if answer.status != 200 or answer.json is None:
        return str(answer)
    # a legacy chart answers with only its data
    results = answer.json.get("result", [answer.json])
    for result in results:
        if result.get("error"):
            return f"error: {result['error']}"
    shown = [[row for row in result.get("data") or [] if _has_value(row)] for result in results]
    if role and (
        others := {str(row[role.of]) for rows in shown for row in rows if role.of in row} - {role.value}
    ):
        return f"shows {', '.join(sorted(others))}"
    return "" if all(shown) else NO_FIGURES


def _has_value(row: dict[str, Any]) -> bool:
    return any(value is not None for value in row.values())


def main() -> int:
    """Check, list what is wrong, end with one line of counts; exit code 1 if anything is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="The administrator's password is read from SUPERSET_PASSWORD.",
    )
    parser.add_argument("--url", default="http://127.0.0.1:8088")
    args = parser.parse_args()
    # a signal must not leave the users of the check behind
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    console = Console()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    kept: list[str] = []
    try:
        assets = asset_tree.read()
        if faults := [*checks.check(assets), *rules.check(rules.read(), assets)]:
            print("error: the assets are at fault:", *faults, sep="\n  ", file=sys.stderr)
            return 1
        url, file = Settings.load().role_url("reporter"), rules.read()
        held, found_members = presence.read(url), members.read(url, file)
        file = file.with_members(found_members.values)
        with alone(asset_tree.ASSETS, print), bar as progress:
            check = Check(args.url, os.environ.get("SUPERSET_PASSWORD", ""), held, file)
            kept = check.kept
            found = check.run(progress)
    except (SystemExit, KeyboardInterrupt):
        for fault in kept:
            print(f"error: {fault}", file=sys.stderr)
        raise
    except (LoginError, LookupError, UserError, ValueError, SQLAlchemyError, OSError, HTTPException) as error:
        print(f"error: {error}", *kept, sep="\nerror: ", file=sys.stderr)
        return 1
    without = check.absent()
    if without:
        _print_table(console, ("page", "absent because", "charts"), _by_reason(without))
    if found.wrong:
        _print_table(console, ("role", "where", "what is wrong"), found.wrong)
    charts, roles = sum(page.charts for page in check.pages), len(file.roles())
    compared = roles - len(likeness.sample(file))
    print(
        f"{charts} charts, {roles} roles, {found.executed} executed, "
        f"{found.refused} refused, {len(found.wrong)} wrong"
        + (f", {len(without)} absent" if without else "")
        + (f"; {compared} roles compared with others of their family" if compared else "")
    )
    print(*found_members.messages(), sep="\n", end="")
    return 1 if found.wrong else 0


def _by_reason(without: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Page, reason and all its charts, one row per reason."""
    charts: dict[tuple[str, str], list[str]] = {}
    for page, chart, reason in without:
        charts.setdefault((page, reason), []).append(chart)
    return [(page, reason, ", ".join(names)) for (page, reason), names in charts.items()]


def _print_table(console: Console, headings: tuple[str, ...], rows: list[tuple[str, str, str]]) -> None:
    table = Table(*headings, box=None, header_style="bold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
