"""The report by e-mail: the published figures, through a real mail server, once a day to each recipient."""

from __future__ import annotations

import re
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import psycopg
import pytest

from ingestion.contract.files import read_contracts
from ingestion.database.schema import ensure_schema
from tests.integration.dbt.smtp_server import Inbox, make_certificate, smtp_server
from tests.oracle import read_published
from tradewind.mail_server import OptionsError
from tradewind.report.cards import read_dashboard
from tradewind.report.figures import NoFigures, gather
from tradewind.report.mail import Refused
from tradewind.report.numbers import MINUS, shown
from tradewind.report.sending import NothingToSend, send
from tradewind.settings import Settings

DAY = date(2026, 3, 2)
TO = "ada@example.org, Grace <grace@example.org>"
DECEMBER, NOVEMBER, YEAR_BEFORE = date(2014, 12, 1), date(2014, 11, 1), date(2013, 12, 1)


@pytest.fixture(scope="module")
def before_the_first_file(warehouse, build) -> Exception:
    """The report of an empty warehouse."""
    with psycopg.connect(warehouse.url("loader")) as connection:
        ensure_schema(connection, read_contracts())
    assert build().returncode == 0
    settings = Settings.load(warehouse.environment())
    with pytest.raises(NoFigures) as reason:
        gather(read_dashboard("executive-overview"), settings)
    return reason.value


@pytest.fixture(scope="module")
def published(before_the_first_file, published_data, take, build):
    """The oracle's frame; the warehouse has the same file."""
    file = published_data / "financial_sample" / "Financials.csv"
    take(file)
    assert build().returncode == 0
    return read_published(file)


@pytest.fixture
def inbox():
    with smtp_server() as found:
        yield found


@pytest.fixture
def settings_for(warehouse, published, tmp_path):
    """Settings that send to a server, with a separate state folder for each test."""

    def make(inbox: Inbox, **others: str) -> Settings:
        own = {
            "TRADEWIND_STATE": str(tmp_path),
            "SUPERSET_REPORTS_PASSWORD": "",
            "SUPERSET_URL": "https://bi.example.org",
            "REPORT_TO": TO,
            "REPORT_FROM": "tradewind@example.org",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(inbox.port),
            "SMTP_SECURITY": "none",
        }
        return Settings.load({**warehouse.environment(), **own, **others})

    return make


class Page(HTMLParser):
    """Texts of a page's innermost cells, its links and pictures, and what it should not contain."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.tags: set[str] = set()
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        given = dict(attrs)
        if tag in ("td", "th"):
            self._open.append("")
        if tag == "a":
            self.links.append(given["href"])
        if tag == "img":
            self.pictures.append(given["src"])

    def handle_data(self, data):
        if self._open:
            self._open[-1] += f" {data}"

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.cells.append(" ".join(self._open.pop().split()))


def parts(mail) -> tuple[str, Page]:
    """The plain text and the HTML page of a mail."""
    return mail.get_body(("plain",)).get_content(), Page(mail.get_body(("html",)).get_content())


def relative(now: Decimal, then: Decimal) -> str:
    moved = round((now / then - 1) * 100, 1)
    return f"{'+' if moved > 0 else MINUS if moved < 0 else ''}{abs(moved):,}%"


def test_nothing_to_report(before_the_first_file):
    assert "hold no figures yet" in str(before_the_first_file)


def test_the_figures_are_the_oracles(settings_for, published, inbox):
    assert send(settings_for(inbox), day=DAY) == ["ada@example.org", "grace@example.org"]
    (mail,) = inbox.mails
    plain, page = parts(mail)
    by_month = published.groupby("month")
    total, months = published["sales"].sum(), by_month["sales"].sum()
    assert f"{total:.2f}" == "118726350.29"
    (card,) = [cell for cell in page.cells if cell.startswith("Total sales $")]
    assert card == " ".join(
        [
            f"Total sales $119M {shown(months[DECEMBER], '$,.3s')} in Dec",
            f"{relative(months[DECEMBER], months[NOVEMBER])} on Nov",
            f"{relative(months[DECEMBER], months[YEAR_BEFORE])} on Dec 2013",
        ]
    )
    margins = by_month["profit"].sum() / months
    (card,) = [cell for cell in page.cells if cell.startswith("Margin ")]
    points = round((margins[DECEMBER] - margins[NOVEMBER]) * 100, 1)
    assert f"{'+' if points > 0 else MINUS}{abs(points)} pts on Nov" in card
    assert f"Margin {published['profit'].sum() / total:.1%} {margins[DECEMBER]:.1%} in Dec" in card
    assert "Units sold 1.13M" in " ".join(page.cells)
    assert "$16.9M" in plain


def test_the_table_of_countries(settings_for, published, inbox):
    send(settings_for(inbox), day=DAY)
    _, page = parts(inbox.mails[0])
    december = published[published["month"] == DECEMBER].groupby("Country")["sales"].sum()
    for country, sales in december.items():
        place = page.cells.index(country)
        assert page.cells[place + 1] == shown(sales, "$,.3s")
    places = [page.cells.index(country) for country in december.sort_values(ascending=False).index]
    assert places == sorted(places)


def test_the_mail(settings_for, inbox):
    send(settings_for(inbox), day=DAY)
    (mail,) = inbox.mails
    assert inbox.envelopes == [("tradewind@example.org", ["ada@example.org", "grace@example.org"])]
    assert mail["Subject"].startswith("Executive overview, December 2014: Total sales $")
    assert mail["To"] == "ada@example.org, grace@example.org"
    assert mail["Message-ID"] == "<tradewind.executive-overview.2026-03-02@example.org>"
    assert mail.get_content_type() == "multipart/alternative"
    plain, page = parts(mail)
    link = "https://bi.example.org/superset/dashboard/executive-overview/"
    assert set(page.links) == {link}
    assert link in plain
    assert "Data as of 1 December 2014; real data; reconciled" in plain
    assert any("without the dashboard's picture" in cell for cell in page.cells)
    # mail programs drop these, or hide what they load
    assert not page.tags & {"script", "style", "link", "form", "iframe", "svg"}
    assert not page.pictures


def test_once_a_day(settings_for, inbox):
    settings = settings_for(inbox)
    send(settings, day=DAY)
    with pytest.raises(NothingToSend, match=r"has been sent to ada@example.org, grace@example.org"):
        send(settings, day=DAY)
    assert len(inbox.mails) == 1
    send(settings, day=DAY, again=True)
    send(settings, day=date(2026, 3, 3))
    assert len(inbox.mails) == 3


def test_two_runs_at_once_send_one_mail(settings_for, inbox):
    settings = settings_for(inbox)

    def run(_: int) -> bool:
        try:
            return bool(send(settings, day=DAY))
        except NothingToSend:
            return False

    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(run, range(3))) == [False, False, True]
    assert len(inbox.mails) == 1


def test_a_server_that_is_down_gets_the_mail_later(settings_for, inbox):
    settings = settings_for(inbox)
    inbox.is_busy = True
    with pytest.raises(smtplib.SMTPException):
        send(settings, day=DAY)
    inbox.is_busy = False
    assert len(send(settings, day=DAY)) == 2
    assert len(inbox.mails) == 1


def test_a_retry_goes_only_to_refused_recipients(settings_for, inbox):
    settings = settings_for(inbox)
    inbox.unknown = {"grace@example.org"}
    for _ in range(2):
        with pytest.raises((Refused, smtplib.SMTPRecipientsRefused), match=r"grace@example.org"):
            send(settings, day=DAY)
    inbox.unknown = set()
    assert send(settings, day=DAY) == ["grace@example.org"]
    assert [recipients for _, recipients in inbox.envelopes] == [["ada@example.org"], ["grace@example.org"]]


def test_no_recipients(settings_for, inbox):
    with pytest.raises(NothingToSend, match="REPORT_TO is not set"):
        send(settings_for(inbox, REPORT_TO=""), day=DAY)


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_encryption_and_login(settings_for, tmp_path, monkeypatch, security):
    certificate = make_certificate(tmp_path)
    login = {"SMTP_USER": "tradewind", "SMTP_PASSWORD": "right", "SMTP_SECURITY": security}
    with smtp_server(certificate, is_tls_from_the_start=security == "ssl") as inbox:
        settings = settings_for(inbox, **login)
        with pytest.raises(ssl.SSLCertVerificationError):
            send(settings, day=DAY)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        send(settings, day=DAY)
        assert inbox.were_encrypted == [True]
        assert inbox.logins == ["tradewind:right"]
        with pytest.raises(smtplib.SMTPAuthenticationError):
            send(settings_for(inbox, **{**login, "SMTP_PASSWORD": "wrong"}), day=DAY, again=True)


def test_no_mail_without_the_required_encryption(settings_for, inbox):
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send(settings_for(inbox, SMTP_SECURITY="starttls"), day=DAY)
    assert inbox.mails == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"SMTP_HOST": ""}, "SMTP_HOST is not set"),
        ({"REPORT_FROM": ""}, "REPORT_FROM must be one address"),
        ({"REPORT_TO": "ada"}, "REPORT_TO: ada is not an address"),
        ({"SMTP_SECURITY": "tls"}, "choose one of starttls, ssl, none"),
        ({"SMTP_HOST": "mail.example.org", "SMTP_USER": "ada"}, "in the clear"),
    ],
)
def test_wrong_settings_are_reported(settings_for, inbox, wrong, message):
    with pytest.raises(OptionsError, match=re.escape(message)):
        send(settings_for(inbox, **wrong), day=DAY)


def test_the_dag_sends_and_a_second_run_is_skipped(settings_for, inbox, monkeypatch):
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk.exceptions import AirflowSkipException

    from tradewind.settings import ROOT

    for name, value in settings_for(inbox).values.items():
        monkeypatch.setenv(name, value)
    bag = DagBag(dag_folder=str(ROOT / "dags" / "report.py"))
    run = bag.dags["report"].get_task("send").python_callable
    assert len(run(params={"again": False})) == 2
    with pytest.raises(AirflowSkipException, match="has been sent"):
        run(params={"again": False})
    monkeypatch.setenv("REPORT_TO", "")
    with pytest.raises(AirflowSkipException, match="REPORT_TO is not set"):
        run(params={"again": False})
    assert len(inbox.mails) == 1
