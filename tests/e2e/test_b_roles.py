"""Each role sees only its own rows on the running stack: by page, chart, download, drill and filter.

Runs second: the warehouse then has rows of every source, from sample files or files of the README.
"""

from __future__ import annotations

import csv
import io
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.e2e.conftest import Stack, wait_until
from tests.support.members import rules
from tradewind.dashboards import queries, security
from tradewind.dashboards.users import add_user, delete_user, role_ids
from tradewind.dashboards.web import Answer, Session

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Case:
    """A family of managers, and the mart and dashboard on which their figures are compared."""

    column: str
    slug: str
    mart: str
    metric: str
    measure: str


RULES = rules()
CASES = [
    Case("country", "executive-overview", "mart_sales_monthly", "total_sales", "sales"),
    Case("region", "e-commerce-summary", "mart_orders_monthly", "revenue", "revenue"),
]
MANAGERS = [
    pytest.param(case, role, id=role.name)
    for case in CASES
    for role in RULES.roles()
    if case.slug in RULES.shown and role.of == case.column
]
managers = pytest.mark.parametrize(("case", "role"), MANAGERS)


@pytest.fixture(scope="module")
def shop(clone: Stack) -> Stack:
    """The stack with figures of every source."""
    clone.shell("make up")
    wait_until(lambda: clone.ask("select count(*) from marts.mart_orders_monthly")[0][0], "no orders came")
    return clone


@pytest.fixture(scope="module")
def people(shop: Stack) -> Iterator[dict[str, Session]]:
    """A logged-in user for each role; they are deleted afterwards."""
    superset = shop.superset
    admin = Session(superset.base, "admin", superset.password)
    names = {role.name for role in RULES.roles()}
    # those of members follow the build that published them
    wait_until(lambda: names <= role_ids(admin).keys(), "the members have no roles")
    ids = role_ids(admin)
    run = secrets.token_hex(4)
    made, sessions = [], {"Admin": admin}
    try:
        for number, role in enumerate(RULES.roles()):
            user_id, password = add_user(admin, f"test-{run}-{number}", [ids[role.name]])
            made.append(user_id)
            sessions[role.name] = Session(superset.base, f"test-{run}-{number}", password)
        yield sessions
    finally:
        for user_id in made:
            delete_user(admin, user_id)


class Place:
    """A dashboard, and one of its charts that uses the dataset in question."""

    def __init__(self, admin: Session, case: Case, dataset_id: int) -> None:
        self.case, self.dataset_id = case, dataset_id
        dashboard = admin.get(f"/api/v1/dashboard/{case.slug}").json["result"]
        self.dashboard_id = dashboard["id"]
        self.filters = json.loads(dashboard["json_metadata"])["native_filter_configuration"]
        charts = admin.get(f"/api/v1/dashboard/{case.slug}/charts").json["result"]
        forms = [chart["form_data"] for chart in charts]
        form = next(
            form
            for form in forms
            if form["datasource"] == f"{self.dataset_id}__table"
            and case.metric in {form.get("metric"), *form.get("metrics", [])}
        )
        self.form = {**form, "dashboardId": self.dashboard_id}

    @property
    def samples(self) -> str:
        """The endpoint from which drill to detail requests rows."""
        return (
            f"/datasource/samples?datasource_type=table&datasource_id={self.dataset_id}"
            f"&dashboard_id={self.dashboard_id}&page=1&per_page=1000"
        )

    def total(self, **more: Any) -> dict[str, Any]:
        """The body of a request for the metric by the managers' column."""
        options = {"result_format": more.pop("result_format", "json")}
        form = more.pop("form", self.form)
        # a viewer requests as many rows as the chart shows
        rows = int(self.form.get("row_limit") or 10000)
        query = {"metrics": [self.case.metric], "columns": [self.case.column], "row_limit": rows, **more}
        return queries.payload(form, self.dataset_id, [query], **options)


@pytest.fixture(scope="module")
def datasets(shop: Stack) -> dict[str, int]:
    return shop.superset.datasets()


@pytest.fixture(scope="module")
def places(people: dict[str, Session], datasets: dict[str, int]) -> dict[str, Place]:
    shown = [case for case in CASES if case.slug in RULES.shown]
    return {case.slug: Place(people["Admin"], case, datasets[case.mart]) for case in shown}


def cents(value: float | str | Decimal) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def oracle(shop: Stack, case: Case, role: security.Role) -> dict[str, Decimal]:
    """What the role may see, according to SQL on the mart."""
    rows = shop.ask(
        f"select {case.column}, sum({case.measure}) from marts.{case.mart} where {role.clause} group by 1"
    )
    assert rows, f"the warehouse has nothing of {role.value}"
    return {value: cents(total) for value, total in rows}


def totals(answer: Answer, case: Case) -> dict[str, Decimal]:
    assert answer.status == 200, answer
    return {row[case.column]: cents(row[case.metric]) for row in answer.json["result"][0]["data"]}


def test_there_is_a_role_for_each_member_and_for_no_other(people):
    """`values: all`: they followed the first build, which came after Superset was set up."""
    families = tuple(f"{name} " for name, data in RULES.families.items() if "of" in data)
    present = {name for name in role_ids(people["Admin"]) if name.startswith(families)}
    assert present == {role.name for role in RULES.roles() if role.of}
    assert len(present) == 10


def test_every_chart_is_executed_or_refused_as_every_role(shop):
    output = shop.shell("make check-dashboards")
    counts = re.search(
        r"^(\d+) charts, (\d+) roles, (\d+) executed, (\d+) refused, 0 wrong$", output, re.MULTILINE
    )
    assert counts, output
    charts, roles, executed, refused = map(int, counts.groups())
    assert roles == len(RULES.roles())
    assert executed > charts
    assert refused > roles


def test_the_check_leaves_no_user_behind(people):
    users = people["Admin"].get("/api/v1/security/users/?q=(page_size:100)").json["result"]
    assert not [user["username"] for user in users if user["username"].startswith("check-")]


@managers
def test_a_managers_chart_has_the_total_of_their_rows(shop, people, places, case, role):
    answer = people[role.name].post("/api/v1/chart/data", places[case.slug].total())
    assert totals(answer, case) == oracle(shop, case, role)


@managers
def test_a_managers_download_has_the_total(shop, people, places, case, role):
    answer = people[role.name].post("/api/v1/chart/data", places[case.slug].total(result_format="csv"))
    assert answer.status == 200, answer
    _headings, *rows = csv.reader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert {value: cents(total) for value, total in rows} == oracle(shop, case, role)


@managers
def test_a_managers_drill_by_has_the_total(shop, people, places, case, role):
    place = places[case.slug]
    drilled = {**place.form, "chart_id": place.form["slice_id"], "slice_id": 0, "groupby": [case.column]}
    answer = people[role.name].post("/api/v1/chart/data", place.total(form=drilled))
    assert totals(answer, case) == oracle(shop, case, role)


@managers
def test_a_managers_drill_to_detail_has_their_rows(shop, people, places, case, role):
    answer = people[role.name].post(places[case.slug].samples, {"filters": []})
    assert answer.status == 200, answer
    result = answer.json["result"]
    assert [(result["total_count"],)] == shop.ask(
        f"select count(*) from marts.{case.mart} where {role.clause}"
    )
    assert {row[case.column] for row in result["data"]} == {role.value}


@managers
def test_a_managers_filter_offers_only_their_value(people, places, case, role):
    place = places[case.slug]
    (filter_id, dataset_id) = next(
        (item["id"], target["datasetId"])
        for item in place.filters
        for target in item["targets"]
        if target.get("column", {}).get("name") == case.column
    )
    body = queries.filter_payload(filter_id, dataset_id, place.dashboard_id, case.column)
    answer = people[role.name].post("/api/v1/chart/data", body)
    assert [row[case.column] for row in answer.json["result"][0]["data"]] == [role.value]


@managers
def test_a_manager_who_queries_others_finds_nothing(people, places, case, role):
    others = [{"col": case.column, "op": "!=", "val": role.value}]
    answer = people[role.name].post("/api/v1/chart/data", places[case.slug].total(filters=others))
    assert totals(answer, case) == {}


@managers
def test_a_manager_starts_on_a_page_that_they_may_see(people, case, role):
    first = next(slug for slug, names in RULES.dashboards().items() if role.name in names)
    assert people[role.name].get("/").path == f"/superset/dashboard/{first}/"


def test_an_executive_sees_all_rows(shop, people, places):
    for place in places.values():
        case = place.case
        rows = shop.ask(f"select {case.column}, sum({case.measure}) from marts.{case.mart} group by 1")
        answer = people["Executive"].post("/api/v1/chart/data", place.total())
        assert totals(answer, case) == {value: cents(total) for value, total in rows}


def test_what_the_pages_of_a_viewer_request_is_answered(people, screenshot):
    """In a browser, whose requests contain more than those of the dashboard check."""
    admin, user = people["Admin"], f"looks-{secrets.token_hex(4)}"
    # the user stays: Superset cannot delete somebody who has used filters
    _, password = add_user(admin, user, [role_ids(admin)["Executive"]])
    refused = []

    def note(answer):
        if answer.status >= 400 and ("/chart/data" in answer.url or "/explore_json" in answer.url):
            refused.append(answer)

    def said():
        return [f"{answer.status} {answer.url}: {answer.text()[:1000]}" for answer in refused]

    with screenshot.browser_page(1440) as page:
        screenshot.log_in(page, admin.base, user, password)
        page.on("response", note)
        for slug in (slug for slug, roles in RULES.dashboards().items() if "Executive" in roles):
            page.goto(f"{admin.base}/superset/dashboard/{slug}/", wait_until="commit")
            for tab in screenshot.open_tabs(page):
                states = {chart.state for chart in screenshot.wait_for_charts(page, 90)}
                assert states <= {"painted", "empty"}, f"{slug} {tab}: {said()}"
        assert said() == []


def test_a_card_whose_data_end_is_not_known_says_why(shop, people):
    """Asked by a new user, since where the data end is cached for each user."""
    admin = people["Admin"]
    user = f"ends-{secrets.token_hex(4)}"
    user_id, password = add_user(admin, user, [role_ids(admin)["Executive"]])
    page = admin.get("/api/v1/dashboard/executive-overview").json["result"]["id"]
    charts = admin.get(f"/api/v1/dashboard/{page}/charts").json["result"]
    card = next(each["form_data"] for each in charts if each["form_data"]["viz_type"] == "big_number")
    dataset = int(card["datasource"].removesuffix("__table"))
    address, body = queries.requests(card, card["slice_id"], page, dataset)
    for each in body["queries"][0]["filters"]:
        each["val"] = "Current year" if each["op"] == "TEMPORAL_RANGE" else each["val"]
    try:
        viewer = Session(admin.base, user, password)
        shop.ask("revoke select on marts.mart_sales_daily from mart_readers", "transformer")
        try:
            refused = viewer.post(address, {**body, "force": True})
        finally:
            shop.ask("grant select on marts.mart_sales_daily to mart_readers", "transformer")
        answer = viewer.post(address, {**body, "force": True})
    finally:
        delete_user(admin, user_id)
    assert (refused.status, answer.status) == (400, 200)
    assert "permission denied" in str(refused.json)


@pytest.mark.parametrize("name", ["Executive", "Country manager Canada", "Regional manager South"])
def test_without_a_dashboard_a_viewer_is_refused(people, places, name):
    viewer = people[name]
    for place in places.values():
        data = f"/api/v1/datasource/table/{place.dataset_id}/column/{place.case.column}/values/"
        samples = place.samples.replace(f"&dashboard_id={place.dashboard_id}", "")
        assert viewer.post("/api/v1/chart/data", place.total(form={})).status == 403
        assert viewer.post(samples, {"filters": []}).status == 403
        assert viewer.get(data).status == 403
    assert viewer.post("/api/v1/sqllab/execute/", {"database_id": 1, "sql": "select 1"}).status == 403


def test_a_chart_gives_access_only_to_its_own_dataset(people, places, datasets):
    """The ids of a dashboard and its chart do not give access to other datasets."""
    body = places["executive-overview"].total()
    body["datasource"]["id"] = datasets["mart_sellers_monthly"]
    body["queries"][0] |= {"metrics": ["revenue"], "columns": ["region"]}
    assert people["Executive"].post("/api/v1/chart/data", body).status == 403


def test_revoked_rights_are_gone_at_the_next_request(people, places):
    """Whether the role is revoked, or the dashboard closed to it."""
    admin, ids = people["Admin"], role_ids(people["Admin"])
    place, user = places["executive-overview"], f"loses-{secrets.token_hex(4)}"
    user_id, password = add_user(admin, user, [ids["Executive"]])
    account, dashboard = f"/api/v1/security/users/{user_id}", f"/api/v1/dashboard/{place.dashboard_id}"
    try:
        viewer = Session(admin.base, user, password)
        for change, undo in (
            ((dashboard, {"published": False}), (dashboard, {"published": True})),
            ((account, {"roles": [ids["Regional manager South"]]}), (account, {"roles": [ids["Executive"]]})),
        ):
            assert viewer.post("/api/v1/chart/data", place.total()).status == 200
            assert admin.put(*change).status == 200
            try:
                assert viewer.post("/api/v1/chart/data", place.total()).status == 403
            finally:
                assert admin.put(*undo).status == 200
    finally:
        delete_user(admin, user_id)


@pytest.mark.parametrize(
    ("name", "values"), [("Country manager Canada", {"Canada"}), ("Regional manager South", set())]
)
def test_a_second_role_opens_the_page_but_not_the_rows_of_others(people, places, name, values):
    admin, ids = people["Admin"], role_ids(people["Admin"])
    user = f"both-{secrets.token_hex(4)}"
    user_id, password = add_user(admin, user, [ids[name], ids["Executive"]])
    try:
        place = places["executive-overview"]
        answer = Session(admin.base, user, password).post("/api/v1/chart/data", place.total())
        assert set(totals(answer, place.case)) == values
    finally:
        delete_user(admin, user_id)


def test_an_analyst_explores_marts_and_nothing_else(people, places):
    analyst = people["Analyst"]
    table = "/api/v1/database/1/table_metadata/?name={}&schema={}"
    assert analyst.post("/api/v1/chart/data", places["executive-overview"].total(form={})).status == 200
    assert analyst.get(table.format("mart_sales_monthly", "marts")).status == 200
    assert analyst.get(table.format("loads", "ops")).is_refused
    assert analyst.get("/api/v1/security/users/").status == 403


def test_make_user_prints_a_working_password(shop, people):
    name = f"made-{secrets.token_hex(4)}"
    output = shop.shell(f'make user NAME={name} ROLE="Country manager France"')
    password = re.search(rf"^{name} is Country manager France; .*: (\S+)$", output, re.MULTILINE)[1]
    admin = people["Admin"]
    try:
        assert Session(admin.base, name, password).get("/").path == "/superset/dashboard/executive-overview/"
    finally:
        users = admin.get("/api/v1/security/users/?q=(page_size:100)").json["result"]
        delete_user(admin, next(user["id"] for user in users if user["username"] == name))
