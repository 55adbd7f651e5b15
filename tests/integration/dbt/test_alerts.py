"""Alerts: each cause is told once, and once more when it is over; a real mail server and webhook."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from deploy.stack.status import gaps
from ingestion.contract.files import CONTRACTS, find_contracts, read_contracts
from ingestion.database.schema import ensure_schema
from ingestion.fetching.records import forget_silent_looks, note_look
from ingestion.loading.load import load
from ingestion.loading.replay import accept
from ingestion.loading.withdraw import withdraw
from tests.conftest import PASSWORD
from tests.integration.dbt.smtp_server import smtp_server
from tests.integration.dbt.webhook_server import Posts, webhook_server
from tests.integration.ingestion.sales_files import tidy_rows, write_rows, write_tidy_file
from tradewind.__main__ import main
from tradewind.alerts.cause import Cause
from tradewind.alerts.check import NotLooked, NotSaid, check
from tradewind.alerts.ledger import alone, note, open_alerts
from tradewind.backups import MANIFEST, name_of
from tradewind.mail_server import OptionsError
from tradewind.settings import ROOT, Settings


@pytest.fixture(scope="module")
def published(warehouse, take, build, tmp_path_factory) -> Path:
    """A file that is in the published marts, until February 2014."""
    with psycopg.connect(warehouse.url("loader")) as connection:
        ensure_schema(connection, read_contracts())
    path = write_rows(tmp_path_factory.mktemp("first") / "first.csv", tidy_rows(40))
    take(path)
    assert build().returncode == 0
    return path


@pytest.fixture
def inbox():
    with smtp_server() as found:
        yield found


@pytest.fixture
def posts():
    with webhook_server() as found:
        yield found


@pytest.fixture
def clean(published, ask):
    """No alerts, and only the loads that are published; what a test leaves is taken away."""

    def forget() -> None:
        ask("drop table if exists ops.alerts, ops.alert_check, ops.failed_builds", role="transformer")
        ask(
            "delete from ops.rejected_rows where load_id > 1; delete from ops.withdrawals;"
            " delete from ops.load_scopes where load_id > 1;"
            " delete from staging.raw_sales_transactions where _load_id > 1;"
            " delete from ops.loads where load_id > 1",
            role="loader",
        )

    forget()
    yield
    forget()


@pytest.fixture
def settings_for(warehouse, clean, dbt_state):
    def make(**others: object) -> Settings:
        own = {"TRADEWIND_STATE": str(dbt_state), "SUPERSET_URL": "https://bi.example.org"}
        own |= {"AIRFLOW_BASE_URL": "https://flow.example.org", "REPORT_FROM": "tradewind@example.org"}
        given = {name: str(value) for name, value in others.items()}
        return Settings.load({**warehouse.environment(), **own, **given})

    return make


def by_mail(port: int) -> dict[str, object]:
    server = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": port, "SMTP_SECURITY": "none"}
    return {"ALERT_TO": "ada@example.org, grace@example.org", **server}


def by_post(posts: Posts) -> dict[str, object]:
    return {"ALERT_WEBHOOK": posts.url}


@pytest.fixture
def held(warehouse, tmp_path):
    """Have a file held; returns the number of its load."""

    def hold(name: str = "sales.csv", year: int = 2014) -> int:
        path = write_tidy_file(tmp_path / name, rows=100, year=year, broken=5)
        (result,) = load([path], url=warehouse.url("loader"))
        assert not result.is_fine
        return result.load_id

    return hold


def causes(settings: Settings) -> list[str]:
    return [alert.cause for alert in open_alerts(settings)]


def test_a_cause_comes_stays_ends_and_comes_again(settings_for, held, inbox, posts, warehouse):
    settings = settings_for(**by_mail(inbox.port), **by_post(posts))
    assert check(settings) == []
    number = held()
    said = check(settings)
    assert [line.partition(":")[0] for line in said] == ["mail", "webhook"]
    (mail,), (post,) = inbox.mails, posts.texts
    plain = mail.get_body(("plain",)).get_content()
    expected = f"File sales.csv of sales.transactions was held (load {number}): "
    for words in (
        expected,
        "None of its rows are in the figures. Dashboards show figures until ",
        "What to do: ",
        f"To take it as it is, trigger accept for load {number}.",
        "https://bi.example.org/superset/dashboard/data-health/",
    ):
        assert words in plain
        assert words in post
    assert mail["Subject"].startswith(f"Tradewind: {expected}"[:60])
    assert inbox.envelopes[0][1] == ["ada@example.org", "grace@example.org"]

    assert check(settings) == []
    assert causes(settings) == [f"held:{number}"]
    assert (len(inbox.mails), len(posts.bodies)) == (1, 1)

    (loaded,) = accept(number, "the maker knows", url=warehouse.url("loader"))
    assert len(check(settings)) == 2
    assert inbox.mails[1]["Subject"].startswith("Tradewind: ")
    for told in (inbox.mails[1].get_body(("plain",)).get_content(), posts.texts[1]):
        assert f"Over: {expected}" in told
    # 20 of its 100 rows are missing, which is another cause
    assert causes(settings) == [f"rejected:{loaded.load_id}"]
    about = f"sales.csv (sales.transactions, load {loaded.load_id})"
    assert f"20 of 100 rows of {about} were rejected, more than 1%." in posts.texts[1]
    assert check(settings) == []

    withdraw([loaded.load_id], "sent by mistake", url=warehouse.url("loader"))
    assert len(check(settings)) == 2
    assert causes(settings) == []
    other = held("again.csv", 2013)
    check(settings)
    assert causes(settings) == [f"held:{other}"]
    assert "again.csv" in posts.texts[3]
    assert len(inbox.mails) == len(posts.bodies) == 4


def test_a_failed_build(settings_for, posts, ask, build, take, warehouse, tmp_path):
    settings = settings_for(**by_post(posts))
    number = take(write_rows(tmp_path / "more.csv", tidy_rows(30, 2013)))
    spoil = (
        f"update staging.raw_sales_transactions set sales = sales + 1 where _load_id = {number} and _line = 2"
    )
    ask(spoil, role="loader")
    assert build().returncode == 1
    assert len(check(settings)) == 1
    assert check(settings) == []
    (told,) = posts.texts
    assert "The build of " in told
    assert "failed in stg_sales_transactions__sales_lines_" in told
    assert "Got 1 result" not in told, "what a test says may quote rows"
    assert "New files are not in the figures." in told
    assert "Dashboards show figures until 28 February 2014, published on " in told
    assert "https://flow.example.org/dags/transform" in told

    withdraw([number], "its sums are wrong", url=warehouse.url("loader"))
    assert build().returncode == 0
    assert len(check(settings)) == 1
    assert posts.texts[1].startswith("Tradewind: Over: The build of ")
    assert "Dashboards show figures until 28 February 2014, published on " in posts.texts[1]


@pytest.mark.parametrize("channel", ["mail", "webhook"])
def test_what_a_channel_does_not_take_is_said_later_and_by_the_others_at_once(
    settings_for, held, inbox, posts, channel
):
    settings = settings_for(**by_mail(inbox.port), **by_post(posts))
    held()
    inbox.is_busy, posts.status = channel == "mail", 500 if channel == "webhook" else 200
    for _ in range(2):
        with pytest.raises(NotSaid, match=f"^{channel}: .*The next check sends it again"):
            check(settings)
    inbox.is_busy, posts.status = False, 200
    assert [line.partition(":")[0] for line in check(settings)] == [channel]
    assert check(settings) == []
    assert (len(inbox.mails), len(posts.bodies)) == (1, 1 if channel == "mail" else 3)


def test_killed_between_send_and_commit_it_says_it_again(settings_for, held, posts):
    settings = settings_for(**by_post(posts))
    number = held()

    def run(*, is_killed: bool) -> int:
        command = [
            sys.executable,
            "-c",
            "input(); from tradewind.__main__ import main; main(['alerts', '--check'])",
        ]
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(settings.values), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        posts.victim = process.pid if is_killed else None
        process.communicate(b"\n", timeout=60)
        return process.returncode

    assert run(is_killed=True) == -9
    assert len(posts.bodies) == 1
    assert causes(settings) == [f"held:{number}"], "it was kept before it was said"
    assert run(is_killed=False) == 0
    assert run(is_killed=False) == 0
    assert posts.texts[0] == posts.texts[1]
    assert len(posts.bodies) == 2, "at least once, and no more often than it was killed"


def test_without_settings_it_is_kept_and_listed(settings_for, held, monkeypatch, capsys):
    settings = settings_for()
    for name, value in settings.values.items():
        monkeypatch.setenv(name, value)
    assert main(["alerts"]) == 0
    assert "No check has run yet" in capsys.readouterr().out
    number = held()
    assert main(["alerts", "--check"]) == 0
    listed = capsys.readouterr().out
    assert f"load {number}" in " ".join(listed.split())
    assert "nobody" in listed
    assert "This is as of the last check, " in listed
    assert "Nobody is told: set ALERT_TO or ALERT_WEBHOOK." in listed


def test_what_is_not_wrong_has_a_time(settings_for, ask, monkeypatch, capsys):
    settings = settings_for()
    for name, value in settings.values.items():
        monkeypatch.setenv(name, value)
    check(settings)
    ask("update ops.alert_check set checked_at = '2026-11-28 09:55+00'", role="transformer")
    assert main(["alerts"]) == 0
    # nobody can ask Airflow here
    expected = "Nothing is wrong, as of the last check, 28 Nov 2026 09:55 UTC; not known: run.\n"
    assert capsys.readouterr().out.startswith(expected)
    check(settings)
    assert main(["alerts"]) == 0
    assert "28 Nov 2026 09:55" not in capsys.readouterr().out


def test_who_is_told_from_now_on_hears_of_what_is_open(settings_for, held, posts):
    held()
    assert check(settings_for()) == []
    assert len(check(settings_for(**by_post(posts)))) == 1
    assert "was held" in posts.texts[0]


def test_many_at_once_are_one_message(settings_for, held, posts):
    for number in range(23):
        held(f"file{number}.csv", 1990 + number)
    check(settings_for(**by_post(posts)))
    (told,) = posts.texts
    assert told.startswith("Tradewind: 23 new: File file0.csv")
    assert "file19.csv" in told and "file20.csv" not in told
    assert "3 more began: python -m tradewind alerts lists all that are open." in told


def test_many_files_do_not_hide_what_else_is_wrong(settings_for, held, posts, tmp_path):
    bags = "\N{MONEY BAG}" * 60
    for number in range(21):
        held(f"{number}{bags}.csv", 1990 + number)
    settings = settings_for(**by_post(posts), ALERT_WEBHOOK_FORMAT="teams", BACKUP_TO=tmp_path)
    check(settings)
    (body,) = posts.bodies
    told = json.dumps(body, ensure_ascii=False)
    assert "A backup is overdue: there is none in" in told
    assert "17 more began" in told
    assert len(told.encode()) < 28_000, "Teams refuses larger ones"


NASTY = "<!channel> <https://evil.example|x> & [y](https://evil.example)\n\u202eB.csv"


def test_names_of_files_are_only_text(settings_for, held, inbox, posts):
    settings = settings_for(**by_mail(inbox.port), **by_post(posts))
    held(NASTY.replace("/", "\N{DIVISION SLASH}"))
    check(settings)
    told = posts.texts[0]
    assert "<" not in told and ">" not in told
    assert "&lt;!channel&gt;" in told
    assert "\u202e" not in told
    page = inbox.mails[0].get_body(("html",)).get_content()
    assert "<!channel>" not in page and "&lt;!channel&gt;" in page
    assert "\n" not in inbox.mails[0]["Subject"]


ENCODED = [
    "=?utf-8?q?x=0D=0AReply-To:_eve@evil.example=0D=0A=0D=0APay_now?=.csv",
    "=?unicode_escape?q?=5Cud800?=.csv",
]


def test_encoded_words_in_names_are_not_decoded(settings_for, held, inbox, posts):
    settings = settings_for(**by_mail(inbox.port), **by_post(posts))
    for year, name in enumerate(ENCODED, 2013):
        held(name, year)
        assert len(check(settings)) == 2
    for name, mail in zip(ENCODED, inbox.mails, strict=True):
        assert mail["Reply-To"] is None
        assert name in mail["Subject"].replace("\u200b", "")
        assert "None of its rows" in mail.get_body(("plain",)).get_content()


def test_names_mention_nobody_and_link_nowhere(settings_for, held, posts):
    held("x @channel [Data health](evil.example) www.csv")
    check(settings_for(**by_post(posts)))
    assert "@channel" not in posts.texts[0] and "](" not in posts.texts[0]
    assert "@channel [Data health](evil.example)" in posts.texts[0].replace("\u200b", "")


def test_what_cannot_be_looked_for_hides_nothing_else(settings_for, held, posts):
    number = held()
    with pytest.raises(NotLooked, match="BACKUP_OVERDUE_HOURS is 'soon'"):
        check(settings_for(**by_post(posts), BACKUP_TO="somewhere", BACKUP_OVERDUE_HOURS="soon"))
    assert f"load {number}" in posts.texts[0]


def test_a_wrong_setting_of_the_models_hides_nothing_else(settings_for, held, posts):
    number = held()
    with pytest.raises(NotLooked, match="no alerts of the kind build: REPORTING_CURRENCY"):
        check(settings_for(**by_post(posts), REPORTING_CURRENCY="euro"))
    assert f"load {number}" in posts.texts[0]


def test_a_broken_contract_ends_no_alert_of_its_source(settings_for, posts, ask, monkeypatch, tmp_path):
    settings = settings_for(**by_post(posts))
    ask("update ops.loads set finished_at = finished_at - interval '400 days'", role="loader")
    check(settings)
    gap = Cause("gap:sales.transactions:Sales:2014-03-01:all", "a gap", "", "", "")
    gone = Cause("late:acme.gone", "of a source that no contract describes", "", "", "")
    with alone(settings) as connection:
        note(connection, [gap, gone], [])
    ask("update ops.loads set finished_at = finished_at + interval '400 days'", role="loader")
    folder = shutil.copytree(CONTRACTS, tmp_path / "contracts")
    contract = folder / "sales" / "transactions.yaml"
    whole = contract.read_text()
    contract.write_text("id: [")
    monkeypatch.setattr(find_contracts, "__defaults__", (folder,))
    check(settings)
    assert causes(settings) == ["late:sales.transactions", gap.key, gone.key]
    contract.write_text(whole)
    check(settings)
    assert causes(settings) == []


def test_teams_gets_a_card_of_plain_text(settings_for, held, posts):
    settings = settings_for(**by_post(posts), ALERT_WEBHOOK_FORMAT="teams")
    held("[y](x) _a_.csv")
    check(settings)
    ((attachment,),) = [body["attachments"] for body in posts.bodies]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    body = attachment["content"]["body"]
    assert {block["type"] for block in body} == {"RichTextBlock", "ActionSet"}, "these know no markdown"
    texts = [run["text"] for block in body if "inlines" in block for run in block["inlines"]]
    assert any("[y](x) _a_.csv" in each.replace("\u200b", "") for each in texts)


def test_the_webhook_is_not_named_anywhere_and_leads_nowhere_else(settings_for, held, posts, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    held()
    with webhook_server() as elsewhere:
        posts.status, posts.location = 307, elsewhere.url
        with pytest.raises(NotSaid, match="the webhook answered 307"):
            check(settings_for(**by_post(posts)))
        assert elsewhere.bodies == []
    down = Posts(port=1)
    with pytest.raises(NotSaid, match="did not answer: ConnectionRefusedError") as error:
        check(settings_for(**by_post(down)))
    for wrong in ("http://example.org/very-secret", "file:///very-secret", "https://[very-secret"):
        with pytest.raises(OptionsError, match="must be an https address") as refused:
            check(settings_for(ALERT_WEBHOOK=wrong))
        assert "very-secret" not in str(refused.value)
    said = capsys.readouterr()
    assert "very-secret" not in "".join([caplog.text, str(error.value), said.out, said.err])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"ALERT_WEBHOOK_FORMAT": "xml"}, "choose one of text, teams"),
        ({"ALERT_REJECTED_PERCENT": "many"}, "a number from 0 to 100"),
        ({"ALERT_REJECTED_PERCENT": "101"}, "a number from 0 to 100"),
        ({"ALERT_TO": "ada"}, "ALERT_TO: ada is not an address"),
        ({"ALERT_TO": "ada@example.org", "SMTP_HOST": ""}, "SMTP_HOST is not set"),
        ({"SMTP_PORT": "abc"}, "SMTP_PORT is 'abc': it is a number from 1 to 65535"),
        ({"SMTP_PORT": "0"}, "SMTP_PORT is '0'"),
    ],
)
def test_wrong_settings_are_reported(settings_for, wrong, message):
    with pytest.raises(OptionsError, match=message):
        check(settings_for(**wrong))


def test_a_late_source(settings_for, posts, ask):
    settings = settings_for(**by_post(posts))
    ask("update ops.loads set finished_at = finished_at - interval '400 days'", role="loader")
    check(settings)
    ask("update ops.loads set finished_at = finished_at + interval '400 days'", role="loader")
    check(settings)
    late, over = posts.texts
    assert "sales.transactions has had no file for 400 days; its contract allows" in late
    assert "Its figures end on " in late and "February 201" in late
    assert "Over: sales.transactions has had no file" in over


def test_a_place_that_no_files_come_from(settings_for, posts, warehouse, ask):
    settings = settings_for(**by_post(posts))
    with psycopg.connect(warehouse.url("loader")) as connection:
        note_look(connection, "s3://shop/out", "s3://shop/out/a.csv cannot be copied: it is archived")
    check(settings)
    assert causes(settings) == ["fetching:s3://shop/out"]
    ask("update ops.alerts set first_seen = first_seen - interval '15 minutes'", role="transformer")
    check(settings)
    with psycopg.connect(warehouse.url("loader")) as connection:
        looks(connection, "s3://shop/out", "16 minutes")
    check(settings)
    assert causes(settings) == ["fetching:s3://shop/out"], "a silent fetcher mends nothing"
    with psycopg.connect(warehouse.url("loader")) as connection:
        note_look(connection, "s3://shop/out", None)
    check(settings)
    failing, over = posts.texts
    what = "files from s3://shop/out are missing: s3://shop/out/a.csv cannot be copied: it is archived."
    assert what in failing.replace("\u200b", ""), "others may come"
    assert "New files may be waiting there." in failing
    assert re.match(r"Tradewind: Over: Since .* UTC, files from s3:", over)


def looks(connection: psycopg.Connection, address: str, ago: str) -> None:
    """Have the last look at a place be some time ago."""
    connection.execute(
        "update ops.landing_looks set looked_at = clock_timestamp() - %s::interval where address = %s",
        [ago, address],
    )


def test_a_place_that_the_settings_name_no_more(settings_for, warehouse, ask):
    settings = settings_for()
    for ending in (
        lambda connection: note_look(connection, "sftp://elsewhere/out", None),
        forget_silent_looks,
    ):
        ask("truncate ops.landing_looks", role="loader")
        with psycopg.connect(warehouse.url("loader")) as connection:
            note_look(connection, "s3://shop/out", "it does not answer")
            looks(connection, "s3://shop/out", "16 minutes")
        check(settings)
        assert causes(settings) == ["fetching:s3://shop/out"]
        with psycopg.connect(warehouse.url("loader")) as connection:
            ending(connection)
        check(settings)
        assert causes(settings) == []


def test_figures_that_differ(settings_for, posts, ask):
    settings = settings_for(**by_post(posts))
    latest = "run_at = (select max(run_at) from ops.reconciliation_results) and kpi = 'sales'"
    for value in ("false", "true"):
        change = f"update ops.reconciliation_results set is_reconciled = {value} where {latest}"
        ask(f"{change} and source = 'sales.transactions'", role="transformer")
        check(settings)
    differ, over = posts.texts
    assert "Figures of sales.transactions are not the same in all layers: sales." in differ
    assert "Over: Figures of sales.transactions" in over


def test_an_overdue_backup(settings_for, posts, tmp_path):
    settings = settings_for(**by_post(posts), BACKUP_TO=tmp_path)
    (tmp_path / "9999-99-99T999999Z").mkdir()
    (tmp_path / "9999-99-99T999999Z" / MANIFEST).touch()
    for age in (27, 1):
        folder = tmp_path / name_of(datetime.now(UTC) - timedelta(hours=age))
        folder.mkdir()
        (folder / MANIFEST).touch()
        check(settings)
    overdue, over = posts.texts
    assert "A backup is overdue: the newest is of" in overdue
    assert "Over: A backup is overdue" in over


RUN = """
insert into dag_run
    (dag_id, run_id, run_type, state, run_after, start_date, end_date, clear_number, span_status)
values ('{dag}', '{run}', '{type}', '{state}', now(), now(), now() + interval '{at} minutes', 0, '')
"""


def test_a_failed_run(settings_for, airflow_database, warehouse, posts):
    secrets = {"AIRFLOW_DATABASE_PASSWORD": PASSWORD, "POSTGRES_PORT": warehouse.owner.port}
    settings = settings_for(**by_post(posts), **secrets)

    def note(dag: str, state: str, at: int, kind: str = "scheduled") -> None:
        with psycopg.connect(airflow_database) as connection:
            connection.execute(
                "insert into dag (dag_id, is_stale, is_paused, bundle_name, max_active_tasks,"
                " max_consecutive_failed_dag_runs, has_task_concurrency_limits, timetable_type, fail_fast,"
                " exceeds_max_non_backfill, timetable_partitioned, timetable_periodic, partition_mapper_info)"
                " values (%s, false, false, 'dags', 4, 0, false, '', false, false, false, false, '{}')"
                " on conflict do nothing",
                [dag],
            )
            connection.execute(RUN.format(dag=dag, run=f"{dag} {at}", type=kind, state=state, at=at))

    with psycopg.connect(airflow_database) as connection:
        connection.execute(
            "insert into dag_bundle (name, active) values ('dags', true) on conflict do nothing"
        )
    note("ingest", "success", 1)
    note("withdraw", "failed", 1, "manual")
    note("alerts", "failed", 1)
    assert check(settings) == []
    note("ingest", "failed", 2)
    note("ingest", "failed", 3, "manual")
    note("report", "failed", 2)
    check(settings)
    assert causes(settings) == ["run:ingest", "run:report"]
    assert "DAG ingest failed on " in posts.texts[0]
    assert "New files may be waiting in landing/." in posts.texts[0]
    assert "https://flow.example.org/dags/ingest" in posts.texts[0]
    assert check(settings) == []
    # without an answer nothing is known, and nothing is over
    check(settings_for(**by_post(posts), **{**secrets, "AIRFLOW_DATABASE_PASSWORD": "wrong"}))
    assert causes(settings) == ["run:ingest", "run:report"]
    note("ingest", "success", 4, "manual")
    check(settings)
    assert causes(settings) == ["run:report"]
    assert "Over: DAG ingest failed" in posts.texts[1]
    assert len(posts.bodies) == 2


def test_the_dag_checks(settings_for, held, posts, monkeypatch):
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk.exceptions import AirflowFailException

    for name, value in settings_for(**by_post(posts)).values.items():
        monkeypatch.setenv(name, value)
    run = DagBag(dag_folder=str(ROOT / "dags" / "alerts.py")).dags["alerts"].get_task("check").python_callable
    held()
    assert len(run()) == 1
    assert run() == []
    monkeypatch.setenv("ALERT_TO", "ada")
    with pytest.raises(AirflowFailException, match="is not an address"):
        run()


def test_executives_do_not_see_it(settings_for, held, warehouse):
    held()
    check(settings_for())
    with psycopg.connect(warehouse.url("reporter")) as connection, pytest.raises(psycopg.Error):
        connection.execute("select * from ops.alerts")


def test_months_that_are_missing(settings_for, posts, ask, build, take, tmp_path):
    """Of five countries nothing came for May, and of Canada nothing for August."""
    settings = settings_for(**by_post(posts))
    rows = [row for month in range(3, 12) for row in _rows_of(month)]
    come = [row for row in rows if row[14] != "May" and (row[14], row[1]) != ("August", "Canada")]
    take(write_rows(tmp_path / "months.csv", come))
    assert build().returncode == 0
    ask(
        """insert into core.fct_sales_daily select (jsonb_populate_record(fact, '{"day": "9999-12-01"}')).*"""
        " from core.fct_sales_daily as fact limit 1",
        role="transformer",
    )
    assert check(settings) == [], "they may still come"
    company = "gap:sales.transactions:Sales"
    assert causes(settings) == [f"{company}:2014-05-01:all", f"{company}:2014-08-01:countries"]
    ask("update ops.alerts set first_seen = first_seen - interval '1 hour'", role="transformer")
    assert len(check(settings)) == 1
    (told,) = posts.texts
    assert "sales.transactions has no rows for May 2014 (rows come every month)." in told
    assert "sales.transactions has no rows for August 2014 in Canada" in told
    assert "The dashboards' figures lack what was due then. Dashboards show figures until " in told
    assert "Ask the sender for the missing files and drop them into landing/" in told
    ((_, line),) = gaps(settings)
    assert line.startswith("sales.transactions of Sales: 2, the newest is August 2014 in Canada;")


def _rows_of(month: int) -> list[list[str]]:
    """A row of each of five countries in a month of 2014."""
    name = f"{datetime(2014, month, 1, tzinfo=UTC):%B}"
    return [[*row[:12], f"2014-{month:02}-01", str(month), name, "2014"] for row in tidy_rows(5)]
