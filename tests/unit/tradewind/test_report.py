"""Parts of the report by e-mail that need no warehouse."""

from datetime import date
from decimal import Decimal

import pytest
import yaml

from deploy.stack.programs import airflow_environment, superset_environment
from tradewind.definitions import Metric, read_marts
from tradewind.mail_server import OptionsError
from tradewind.report import page
from tradewind.report.cards import Card, Dashboard, UnknownDashboard, read_dashboard
from tradewind.report.figures import Bar, Change, Figure, Report, Row, Status, change, earlier
from tradewind.report.numbers import shown
from tradewind.report.options import DEFAULT_SCHEDULE, NAMES, Options
from tradewind.settings import ROOT, Settings

SALES = Metric("total_sales", "SUM(sales)", "Sales", "", "USD", None, "up")
DISCOUNTS = Metric("discounts", "SUM(discounts)", "Discounts", "", "USD", None, "down")
MARGIN = Metric("margin", "SUM(a) / SUM(b)", "Margin", "", "ratio", None, "up")
TARGET = Metric("target", "SUM(a)", "Target", "", "USD", None, None)


#: Figures as both the report and the pages write them.
WRITTEN = [
    ("118726350.29", "$,.3s", "$119M"),
    ("9796000", "$,.3s", "$9.80M"),
    ("9796000", "$,.3~s", "$9.8M"),
    ("1767832", ",.3s", "1.77M"),
    ("999999.9", "$,.3s", "$1.00M"),
    ("2500000000", "$,.3s", "$2.50B"),
    ("2500000000000", ",.3~s", "2.5T"),
    ("-614545.62", "$,.3s", "\N{MINUS SIGN}$615k"),
    ("614545.62", "+$,.3s", "+$615k"),
    ("99441", ",.3s", "99.4k"),
    ("9999.6", ",.3s", "10.0k"),
    ("9999.4", ",.3s", "9,999"),
    ("6359", ",.3s", "6,359"),
    ("2591.4", ",.3~s", "2,591"),
    ("950", "$,.3s", "$950"),
    ("12.5", "$,.3s", "$12.50"),
    ("12.5", ",.3s", "12.5"),
    ("0.5", "$,.3s", "$0.50"),
    ("0", "$,.3s", "$0"),
    ("-0.001", "$,.3s", "$0.00"),
    ("0", "+$,.3s", "$0"),
    ("0.0312", "+,.1%", "+3.1%"),
    ("-0.0312", "+,.1%", "\N{MINUS SIGN}3.1%"),
    ("-0.0001", "+,.1%", "0.0%"),
    ("0", "+,.0%", "0%"),
    ("12.345", "+,.1%", "+1,234.5%"),
]


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [
        *WRITTEN,
        ("0.14229", ",.1%", "14.2%"),
        ("1234.5", "$,.2f", "$1,234.50"),
        ("8000", ",d", "8,000"),
    ],
)
def test_figures_are_written_as_on_the_cards(value, spec, expected):
    assert shown(Decimal(value), spec) == expected


def test_other_currencies_and_nothing():
    assert shown(Decimal("1500000"), ",.3s", "BRL") == "R$ 1.50M"
    assert shown(None, "$,.3s") == "\N{EN DASH}"


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="no such format"):
        shown(Decimal(1), "%Y-%m")


def test_every_metric_can_be_written():
    """Except dates and texts, which are not shown on cards."""
    for mart in read_marts().values():
        for metric in mart.metrics.values():
            if metric.d3format:
                assert shown(Decimal("1234.5678"), metric.d3format, metric.currency)


@pytest.mark.parametrize(
    ("now", "then", "metric", "expected"),
    [
        ("110", "100", SALES, Change("+10.0%", "good")),
        ("90", "100", SALES, Change("\N{MINUS SIGN}10.0%", "bad")),
        ("90", "100", DISCOUNTS, Change("\N{MINUS SIGN}10.0%", "good")),
        ("90", "100", TARGET, Change("\N{MINUS SIGN}10.0%", "flat")),
        ("100.01", "100", SALES, Change("0.0%", "flat")),
        ("50", "-100", SALES, Change("+150.0%", "good")),
        ("0.142", "0.137", MARGIN, Change("+0.5 pts", "good")),
        ("5", "0", SALES, Change("", "none")),
        (None, "5", SALES, Change("", "none")),
        ("5", None, SALES, Change("", "none")),
    ],
)
def test_changes(now, then, metric, expected):
    def number(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    assert change(number(now), number(then), metric) == expected


def test_earlier_months():
    assert earlier(date(2026, 1, 1), 1) == date(2025, 12, 1)
    assert earlier(date(2026, 3, 1), 12) == date(2025, 3, 1)
    assert earlier(date(2026, 12, 1), 0) == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("start", "end", "is_partial"),
    [
        ((2025, 1, 1), (2026, 10, 31), False),
        ((2025, 1, 1), (2026, 10, 17), True),
        ((2025, 1, 3), (2026, 10, 1), True),
        ((2013, 9, 1), (2014, 12, 1), False),  # figures by month
        ((2025, 1, 1), (2024, 2, 29), False),
    ],
)
def test_an_unfinished_month_is_recognised(start, end, is_partial):
    assert Status(date(*start), date(*end), "Real data", "Reconciled").is_partial is is_partial


def report(status: Status, figures: int = 3) -> Report:
    titles = ["Sales <b>", "Margin", "Units", "Profit"]
    dashboard = Dashboard("a-page", "A & B", tuple(Card(title, "m", "x", None) for title in titles[:figures]))
    up, none = Change("+1.0%", "good"), Change("", "none")
    made = tuple(Figure(title, Decimal(1), "$1M", "$1k", up, none) for title in titles[:figures])
    bars = (Bar(date(2026, 9, 1), "$1", 0.5), Bar(date(2026, 10, 1), "$2", 1.0))
    return Report(dashboard, status, date(2026, 10, 1), made, bars, "Country", (Row("USA", "$1", up, none),))


def test_an_unfinished_month_is_marked():
    status = Status(date(2025, 1, 1), date(2026, 10, 3), "Sample data", "Differences")
    text = page.html(report(status), "https://bi.example.org/x")
    assert "October 2026 so far, to the 3rd, beside whole months" in text
    assert ">Sample data<" in text
    assert ">Differences<" in text
    assert "so far" in page.plain(report(status), "")


def test_texts_are_escaped_and_a_change_that_is_not_known_is_left_out():
    status = Status(date(2025, 1, 1), date(2026, 10, 31), "Real data", "Reconciled")
    text = page.html(report(status), 'https://x/"><script>', "picture@x")
    assert "Sales &lt;b&gt;" in text
    assert "<script>" not in text
    assert "A &amp; B" in text
    assert 'src="cid:picture@x"' in text
    assert "on Oct 2025" not in page.plain(report(status), "")
    assert "so far" not in text


def test_cards_of_the_overview():
    cards = read_dashboard("executive-overview").cards
    assert cards[0] == Card("Total sales", "mart_sales_monthly", "total_sales", "$,.3s")
    known = read_marts()
    for card in cards:
        assert card.metric in known[card.mart].metrics, card


def test_cards_in_tabs_and_cards_with_a_filter(tmp_path):
    def chart(name: str, **params: object) -> None:
        data = {"slice_name": name.title(), "viz_type": "big_number", "dataset": "mart_x"}
        write(tmp_path / "charts" / f"{name}.yaml", {**data, "params": {"metric": name, **params}})

    def write(path, data) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(data))

    chart("sales", y_axis_format=",d")
    chart("narrowed", adhoc_filters=[{"clause": "WHERE"}])
    chart("profit")
    rows = [{"height": 20, "row": {"profit": 3, "narrowed": 3, "words": 3}}]
    layout = [*rows, {"tabs": {"More": [{"height": 20, "row": {"sales": 3, "profit": 3}}]}}]
    write(
        tmp_path / "dashboards" / "page.yaml", {"slug": "page", "dashboard_title": "Page", "layout": layout}
    )
    expected = (Card("Profit", "mart_x", "profit", None), Card("Sales", "mart_x", "sales", ",d"))
    assert read_dashboard("page", tmp_path).cards == expected
    with pytest.raises(UnknownDashboard, match="there is no dashboard other; there are page"):
        read_dashboard("other", tmp_path)


def test_options():
    values = {
        "TRADEWIND_STATE": "state",
        "REPORT_TO": "a@x.org; b@x.org,\n Ada <a@x.org>",
        "SMTP_HOST": "mail",
        "SMTP_USER": "me@x.org",
    }
    options = Options.read(Settings(values))
    assert options.recipients == ("a@x.org", "b@x.org")
    server = options.server
    assert (server.sender, server.port, server.security) == ("me@x.org", 587, "starttls")
    assert options.link == "http://127.0.0.1:8088/superset/dashboard/executive-overview/"
    with pytest.raises(OptionsError, match="SMTP_HOST"):
        Options.read(Settings({**values, "SMTP_HOST": ""}))


def test_airflow_is_given_the_settings_and_superset_is_not(tmp_path):
    settings = Settings({"TRADEWIND_STATE": str(tmp_path), **{name: f"the-{name}" for name in NAMES}})
    given = airflow_environment(settings)
    assert {name: given[name] for name in NAMES} == {name: f"the-{name}" for name in NAMES}
    assert not set(NAMES) & superset_environment(settings).keys()
    assert not set(NAMES) & airflow_environment(Settings({"TRADEWIND_STATE": str(tmp_path)})).keys()


def test_the_settings_are_documented():
    for page_name in ("docs/taking_along.md", ".env.example"):
        text = (ROOT / page_name).read_text()
        assert all(name in text for name in NAMES), page_name
    assert DEFAULT_SCHEDULE in (ROOT / "docs" / "taking_along.md").read_text()
