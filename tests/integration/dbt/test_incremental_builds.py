"""Any sequence of builds, including failed, killed and partial ones, gives the result of a full refresh."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from ingestion.loading.load import load
from ingestion.loading.replay import replay
from ingestion.loading.withdraw import undo_withdrawal, withdraw
from ingestion.sample import write_sample_files
from tests.integration.dbt.builds import digests as digests_of
from tests.integration.dbt.builds import new_state, run_dbt
from tests.unit.ingestion.builders import write_workbook
from tradewind.settings import ROOT, Settings
from tradewind.warehouse.build import PROJECT
from tradewind.warehouse.progress import progress

SEED = int(os.environ.get("TRADEWIND_TEST_SEED", "2014"))

#: Months of the sample files that arrive first; later ones reach further.
UNTIL, LATER = date(2016, 10, 31), date(2016, 12, 31)

#: The ledger as a build sees it.
LEDGER = "stg_ops__loads"

#: From the lines of a file to the fact.
LINES = ("stg_sales_transactions__sales_lines", "int_sales_lines", "fct_sales")


def sample(folder: Path, rows: int, until: date, seed: int) -> dict[str, Path]:
    """Sample files of all sources, by their names without the month."""
    folder.mkdir()
    write_sample_files(folder, rows=rows, until=until, seed=seed)
    return {path.name.partition("_until_")[0].removesuffix(".csv"): path for path in folder.iterdir()}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def put(warehouse, tmp_path_factory):
    """Load files; a held file is a valid step, too."""
    landing = tmp_path_factory.mktemp("landing")

    def run(*paths: Path) -> list[int]:
        results = load(paths, url=warehouse.url("loader"), landing=landing)
        assert not [result for result in results if result.load_id is None and not result.is_fine]
        return [result.load_id for result in results]

    run.landing = landing
    return run


@pytest.fixture(scope="module")
def digests(warehouse):
    """Number and hash of the rows of each table that builds create."""
    return partial(digests_of, warehouse)


@pytest.fixture(scope="module")
def dbt(warehouse, dbt_state):
    """Run dbt, in another project's folder if given."""

    def run(*arguments: str, project: Path | None = None, state: Path = dbt_state):
        options = ("--project-dir", str(project)) if project else ()
        return run_dbt(warehouse, state, *arguments, *options)

    return run


@pytest.fixture(scope="module")
def killed_build(warehouse, dbt_state):
    """Begin a build and kill it when as many models as said have noted what they did."""

    def run(models: int) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "tradewind", "build"],
            cwd=ROOT,
            env={**warehouse.environment(), "TRADEWIND_STATE": str(dbt_state)},
            stdout=subprocess.PIPE,
            text=True,
        )
        built = 0
        for line in process.stdout:
            built += " of " in line and "OK created" in line
            if built >= models:
                break
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL

    return run


def well(outcome: subprocess.CompletedProcess) -> None:
    assert outcome.returncode == 0, outcome.stdout[-6000:] + outcome.stderr[-2000:]


def corrected(first: dict[str, Path], folder: Path, rng: random.Random) -> list[Path]:
    """Olist rows that arrive again with other values: everything that an order depends on changes."""
    folder.mkdir()

    def some(name: str, share: float) -> list[dict[str, str]]:
        rows = rows_of(first[name])
        return rng.sample(rows, max(1, int(len(rows) * share)))

    orders, customers = some("olist_orders_dataset", 0.1), rows_of(first["olist_customers_dataset"])
    for order in orders:
        moved = timedelta(days=rng.randint(1, 50))
        for column, value in order.items():
            if value[:2] == "20":
                order[column] = f"{datetime.fromisoformat(value) - moved}"
        order["order_status"] = rng.choice(["shipped", "canceled", order["order_status"]])
        order["customer_id"] = rng.choice(
            [rng.choice(customers)["customer_id"], order["customer_id"], "0" * 32]
        )
    moved_customers = some("olist_customers_dataset", 0.1)
    for customer in moved_customers:
        customer["customer_state"] = rng.choice(["SP", "RJ", "AC"])
        customer["customer_unique_id"] = rng.choice(customers)["customer_unique_id"]
    items, products = some("olist_order_items_dataset", 0.1), rows_of(first["olist_products_dataset"])
    for item in items:
        item["seller_id"] = rng.choice(["f" * 32, item["seller_id"]])
        item["product_id"] = rng.choice(products)["product_id"]
        item["price"] = f"{rng.randint(1, 900)}.05"
    renamed = some("olist_products_dataset", 0.2)
    for product in renamed:
        product["product_category_name"] = rng.choice(["", "nova_categoria", "cama_e_banho"])
    sellers = some("olist_sellers_dataset", 0.3)
    for seller in sellers:
        seller["seller_state"] = rng.choice(["SP", "BA"])
    reviews = some("olist_order_reviews_dataset", 0.1)
    for review in reviews:
        # with another order it is a further review, since both are its key
        review["order_id"] = rng.choice([review["order_id"], rng.choice(orders)["order_id"], "e" * 32])
        review["review_score"] = "1"
    payments = some("olist_order_payments_dataset", 0.1)
    for payment in payments:
        payment["payment_value"] = f"{rng.randint(1, 99)}.99"
        payment["order_id"] = rng.choice([payment["order_id"], "d" * 32])
    unique = {(each["order_id"], each["payment_sequential"]): each for each in payments}
    return [
        write(folder / f"{name}.csv", rows)
        for name, rows in {
            "olist_orders_dataset": orders,
            "olist_customers_dataset": moved_customers,
            "olist_order_items_dataset": items,
            "olist_products_dataset": renamed,
            "olist_sellers_dataset": sellers,
            "olist_order_reviews_dataset": reviews,
            "olist_order_payments_dataset": list(unique.values()),
        }.items()
    ]


def halves(path: Path, folder: Path, rng: random.Random) -> tuple[Path, Path]:
    """A file split in two, the second of which arrives later."""
    rows = rows_of(path)
    rng.shuffle(rows)
    cut = rng.randint(len(rows) // 4, 3 * len(rows) // 4)
    (folder / "early").mkdir(exist_ok=True)
    (folder / "late").mkdir(exist_ok=True)
    return write(folder / "early" / path.name, rows[:cut]), write(folder / "late" / path.name, rows[cut:])


def months_of(path: Path, folder: Path, column: str, rng: random.Random) -> Path:
    """Rows of a file in a few of its months, without one country: they restate those months."""
    rows = rows_of(path)
    key = (lambda row: row[column][3:]) if "/" in rows[0][column] else (lambda row: row[column][:7])
    months = rng.sample(sorted({key(row) for row in rows}), 3)
    return write(
        folder / path.name, [row for row in rows if key(row) in months and row["Country"] != "Canada"]
    )


def test_any_sequence_gives_the_result_of_a_full_refresh(
    warehouse, put, own, build, dbt, killed_build, digests, tmp_path
):
    rng = random.Random(SEED)
    samples = sample(put.landing / "sample", 150, UNTIL, SEED)
    first = sample(tmp_path / "first", 200, UNTIL, SEED + 1)
    later = sample(tmp_path / "later", 220, LATER, SEED + 2)
    late_names = ["olist_customers_dataset", "product_category_name_translation", "olist_products_dataset"]
    late_names += rng.sample(
        ["olist_sellers_dataset", "olist_orders_dataset", "olist_order_items_dataset"], 2
    )
    early, late = zip(*(halves(first[name], tmp_path, rng) for name in late_names), strict=True)

    # sample data of all sources, the real sales
    loads = put(*samples.values(), first["sales"])
    well(build())

    # real data replaces the sample; a killed build has applied about half of it
    put(*(path for name, path in first.items() if name not in late_names), *early)
    killed_build(rng.randint(3, 38))

    # orders arrive before what belongs to them; a mart in the middle cannot be written
    corrections = corrected(first, tmp_path / "corrections", rng)
    put(*rng.sample(corrections, len(corrections)))
    (tmp_path / "restated").mkdir()
    restated = {"sales": "Date", "engagement": "Date", "inventory": "Date"}
    put(*(months_of(later[name], tmp_path / "restated", column, rng) for name, column in restated.items()))
    broken = rng.choice(["core.fct_orders", "core.fct_sales_daily", "marts_next.mart_sales_daily"])
    own(f"alter table {broken} add constraint refused check (false) not valid")
    outcome = build()
    assert outcome.returncode == 1 and "Not published" in outcome.stdout
    own(f"alter table {broken} drop constraint if exists refused")

    # late files, including new names, reach a part of the models, untested, and the same files again
    newer = rows_of(later["sales"])
    for row in rng.sample(newer, 40):
        row["Segment"], row[" Product "] = "New Segment", " New Product "
    put(*late, write(tmp_path / "sales_of_new_names.csv", newer))
    put(*late, *corrections[:2])
    olist = ["stg_olist__orders", "stg_olist__order_items", "stg_olist__products", "fct_order_items"]
    well(
        dbt(
            "run",
            "--select",
            LEDGER,
            "stg_sales_transactions__sales_lines+",
            *olist,
            "fct_payments",
            "mart_sellers_monthly",
        )
    )

    # a load is replayed, with other rows
    again = rows_of(first["sales"])[: -rng.randint(1, 20)]
    replay(loads[-1], write(tmp_path / "again.csv", again), landing=put.landing, url=warehouse.url("loader"))
    put(later["targets"], later["olist_orders_dataset"], later["olist_order_payments_dataset"])
    well(build())

    given = digests()
    assert {
        name.removeprefix("marts."): digest for name, digest in given.items() if name[:6] == "marts."
    } == {
        name.removeprefix("marts_next."): digest
        for name, digest in given.items()
        if name[:11] == "marts_next."
    }
    assert len(given) > 60 and sum(1 for count, _ in given.values() if count) > 60
    assert build("--full-refresh").returncode == 0
    wanted = digests()
    assert {name for name in wanted if given.get(name) != wanted[name]} == set()
    assert given.keys() == wanted.keys()


def test_a_build_with_nothing_new_replaces_nothing(own, build):
    state = (
        "select (select max(xmin::text::bigint) from core.fct_sales_daily),"
        " (select max(xmin::text::bigint) from marts.mart_orders_monthly),"
        " (select max(xmin::text::bigint) from core.dim_customer),"
        " (select max(change_id) from ops.model_changes"
        " where model not in ('mart_data_status', 'mart_dashboard_status') and model not like 'kpi\\_%')"
    )
    before = own(state)
    well(build())
    assert own(state) == before


@pytest.fixture(scope="module")
def built(own, put, build, tmp_path_factory) -> None:
    """Something is built, if need be by the tests above."""
    if own("select to_regclass('ops.publications') is null") == [(True,)]:
        put(*sample(tmp_path_factory.mktemp("built") / "first", 200, UNTIL, SEED + 1).values())
        well(build())


@pytest.fixture
def first_sales(built, tmp_path) -> list[dict[str, str]]:
    """Sales of months that other tests know."""
    return rows_of(sample(tmp_path / "sales", 200, UNTIL, SEED + 1)["sales"])


@pytest.fixture(scope="module")
def changed_project(tmp_path_factory) -> Path:
    """A copy of the project, for changes."""
    folder = tmp_path_factory.mktemp("changed") / "dbt_project"
    shutil.copytree(PROJECT, folder)
    return folder


def test_withdrawn_loads_leave_the_figures_of_a_warehouse_that_never_had_them(
    warehouse, built, put, own, build, digests, tmp_path
):
    """Restated months, upserted orders and what belongs to them; undone, all figures are as with them."""
    rng = random.Random(SEED)
    settings = Settings.load(warehouse.environment())
    first = sample(tmp_path / "first", 200, UNTIL, SEED + 1)
    (tmp_path / "restated").mkdir()
    months = [months_of(first[name], tmp_path / "restated", "Date", rng) for name in ("sales", "engagement")]
    restated = [write(path, [row for i, row in enumerate(rows_of(path)) if i % 5]) for path in months]
    if progress(settings).is_behind:
        well(build())
    without = figures(digests)
    loads = put(*restated, *corrected(first, tmp_path / "corrections", rng))
    well(build())
    with_them = figures(digests)
    assert sum(with_them[name] != without[name] for name in without) > 30

    newest = own("select max(xmin::text::bigint) from core.fct_sales_daily")[0][0]
    withdraw(loads, "a drill", url=warehouse.url("loader"))
    assert progress(settings).is_behind
    well(build())
    assert not progress(settings).is_behind
    assert unlike(figures(digests), without) == set()
    rebuilt = f"count(distinct month) filter (where xmin::text::bigint > {newest})"
    ((all_months, rebuilt_months),) = own(
        f"select count(distinct month), {rebuilt} from core.fct_sales_daily"
    )
    assert 0 < rebuilt_months <= 3 < all_months, "only the months that were restated are rebuilt"

    undo_withdrawal(loads, url=warehouse.url("loader"))
    assert progress(settings).is_behind
    well(build())
    assert unlike(figures(digests), with_them) == set()


def figures(digests) -> dict[str, tuple]:
    """Digests of all that is built, except the ledger: it keeps a load that was withdrawn."""
    return {name: digest for name, digest in digests().items() if name != "staging.stg_ops__loads"}


def unlike(found: dict[str, tuple], wanted: dict[str, tuple]) -> set[str]:
    """Tables that differ."""
    return {name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_sheets_of_a_workbook_add_up(built, put, own, build, warehouse, first_sales, tmp_path):
    """A build follows when a sheet arrives, and when one is replayed."""
    counted = "select count(*) from core.fct_sales where load_id = any('{{{}}}')"

    def workbook(name: str, **sheets: list[dict[str, str]]) -> Path:
        cells = {
            sheet: dict(enumerate([list(rows[0]), *(list(row.values()) for row in rows)], 1))
            for sheet, rows in sheets.items()
        }
        return write_workbook(tmp_path / name, cells)

    loads = put(workbook("sales.xlsx", odd=first_sales[1::2], even=first_sales[::2]))
    well(build())
    assert own(counted.format(",".join(map(str, loads)))) == [(len(first_sales),)]

    fewer = workbook("fewer.xlsx", odd=first_sales[1::2], even=first_sales[20::2])
    (new,) = replay(loads[1], fewer, landing=put.landing, url=warehouse.url("loader"))
    assert new.outcome == "loaded", new
    well(build())
    assert own(counted.format(f"{loads[0]},{new.load_id}")) == [(len(first_sales) - 10,)]
    assert own("select sum(sales) from marts.mart_sales_monthly") == own(
        "select sum(sales) from core.fct_sales"
    )


def test_names_that_reached_only_some_models_are_found(put, own, dbt, first_sales, tmp_path):
    for row in first_sales[:40]:
        row[" Product "] = " Newest Product "
    put(write(tmp_path / "sales.csv", first_sales))
    in_mart = "select count(*) from marts_next.mart_sales_daily where product = 'Newest Product'"
    well(dbt("run", "--select", LEDGER, *LINES, "fct_sales_daily", "mart_sales_daily"))
    assert own(in_mart) == [(0,)]
    well(dbt("run", "--select", "+mart_sales_daily"))
    assert own(in_mart) != [(0,)]
    assert own("select sum(sales) from marts_next.mart_sales_daily") == own(
        "select sum(sales) from core.fct_sales"
    )


def test_a_mart_that_did_not_follow_fails_its_test(put, dbt, first_sales, tmp_path):
    put(write(tmp_path / "sales.csv", first_sales[:-9]))
    well(dbt("run", "--select", LEDGER, *LINES, "fct_sales_daily", "fct_sales_monthly"))
    outcome = dbt("build", "--select", "sales_trend_equals_the_facts")
    assert "FAIL 1 sales_trend_equals_the_facts" in outcome.stdout
    well(dbt("run", "--select", "+mart_sales_trend"))
    well(dbt("build", "--select", "sales_trend_equals_the_facts"))


def test_rows_left_out_by_an_empty_build_come_back(built, own, dbt):
    rows = "select count(*) from core.fct_sales_monthly"
    before = own(rows)
    well(dbt("run", "--empty", "--select", "fct_sales_monthly"))
    assert own(rows) == [(0,)]
    well(dbt("run", "--select", "fct_sales_monthly"))
    assert own(rows) == before != [(0,)]


def test_changed_views_and_types_and_a_smaller_dimension(
    built, ask, build, dbt, dbt_state, own, changed_project, tmp_path
):
    well(build())  # everything before is published, or else it would be tested in any case
    staging, core = changed_project / "models" / "staging", changed_project / "models" / "core"
    edit(
        staging / "sales" / "stg_sales_transactions__sales_lines.sql",
        "transactions._line as",
        "1000000 + transactions._line as",
    )
    city = "- name: seller_city\n            description: City of the seller.\n            data_type: "
    edit(staging / "_sources.yml", city + "text", city + "varchar(100)")
    edit(
        core / "sales" / "dim_product.sql",
        "where product_key <>",
        "where product_key <> 'paseo' and product_key <>",
    )
    ask("alter table staging.raw_olist_sellers alter column seller_city type varchar(100)", role="loader")
    changed = {"project": changed_project, "state": new_state(tmp_path, dbt_state)}
    well(dbt("run", "--select", "dim_product", **changed))
    test = "relationships_fct_sales_daily_product_key__product_key__ref_dim_product_"
    outcome = dbt("build", "--select", test, **changed)
    assert outcome.returncode == 1
    assert re.search(rf"FAIL \d+ {test}", outcome.stdout), outcome.stdout
    well(dbt("run", "--select", *LINES, "stg_olist__sellers", **changed))
    assert own("select min(file_line) > 1000000 from core.fct_sales") == [(True,)]
    assert own("select pg_typeof(city)::text from staging.stg_olist__sellers limit 1") == [
        ("character varying",)
    ]


def test_a_build_leaves_out_models_that_no_load_reaches(
    built, own, put, build, dbt_state, first_sales, tmp_path
):
    manifest = dbt_state / "dbt" / "manifest.json"
    manifest.write_text("{}")  # as another command of dbt may leave one of an edited project
    well(build())
    assert "fct_sales_daily" in manifest.read_text()
    written = manifest.stat().st_mtime_ns
    run_of_dbt = "Running with dbt"
    nothing_new = build()
    well(nothing_new)
    assert nothing_new.stdout.count(run_of_dbt) == 1, "a second one builds everything"
    put(write(tmp_path / "sales.csv", first_sales[:-3]))
    one_more_file = build()
    well(one_more_file)
    assert one_more_file.stdout.count(run_of_dbt) == 1, "a second one builds everything"
    rows = own("select model from ops.model_runs where run_at = (select max(run_at) from ops.model_runs)")
    models = {model for (model,) in rows}
    assert {"fct_sales_daily", "mart_sales_trend", "mart_executive_summary", "kpi_reconciliation"} <= models
    assert not {"stg_olist__orders", "fct_orders", "dim_seller", "mart_orders_monthly", "dim_date"} & models
    assert own("select count(*) from ops.model_state where definition like 'built without%'") == [(0,)]
    assert own("select sum(sales) from marts.mart_sales_monthly") == own(
        "select sum(sales) from core.fct_sales"
    )
    assert manifest.stat().st_mtime_ns == written, "the same again"
    found = json.loads((dbt_state / "dbt" / "run_results.json").read_text())
    assert own("select invocation_id from ops.publications order by published_at desc limit 1") == [
        (found["metadata"]["invocation_id"],)
    ]
    assert models <= {step["unique_id"].split(".")[2] for step in found["results"]}


def test_models_with_something_to_do_are_not_left_out(built, own, build, dbt):
    well(build())

    def behind() -> set[str]:
        names = "{% if execute %}{{ left_out_wrongly([]) | join(' ') }}{% endif %}"
        outcome = dbt("compile", "--quiet", "--inline", names)
        well(outcome)
        return set(outcome.stdout.split())

    always = behind()  # models that keep no account
    assert "dim_payment_type" in always and "dim_date" not in always
    harms = {
        "fct_orders": "update ops.model_state set definition = 'another' where model = 'fct_orders'",
        "mart_orders_monthly": "insert into ops.model_changes (model) values ('mart_orders_daily')",
        "stg_olist__orders": "delete from ops.model_batches where model = 'stg_olist__orders'",
        "mart_payments_monthly": "drop table marts_next.mart_payments_monthly",
    }
    for harm in harms.values():
        own(harm)
    assert harms.keys() <= behind() - always

    outcome = build()
    well(outcome)
    assert "Not published: a partial build" in outcome.stdout and "Publishing" in outcome.stdout
    assert behind() == always
    same = "select sum(payment_value) from marts{}.mart_payments_monthly"
    assert own(same.format("")) == own(same.format("_next"))


def test_a_build_waits_for_a_running_publication(built, own, warehouse, dbt):
    waiting = (
        "select count(*) from pg_stat_activity where wait_event = 'advisory' and datname = current_database()"
    )
    outcomes = []
    with psycopg.connect(warehouse.url("transformer")) as publication:
        publication.execute("select pg_advisory_xact_lock(hashtext('tradewind.publish'))")
        run = threading.Thread(target=lambda: outcomes.append(dbt("run", "--select", "dim_date")))
        run.start()
        deadline = time.monotonic() + 120
        while own(waiting) == [(0,)]:
            assert run.is_alive() and time.monotonic() < deadline
            time.sleep(0.1)
        assert not outcomes
    run.join()
    well(outcomes[0])
