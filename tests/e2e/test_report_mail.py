"""The report by e-mail from the running stack: the mail contains the dashboard's picture."""

from __future__ import annotations

import shutil
import struct

import pytest

from tests.conftest import skip
from tests.e2e.conftest import Stack
from tests.integration.dbt.smtp_server import smtp_server
from tradewind.report.numbers import shown
from tradewind.report.picture import WIDTH

pytestmark = pytest.mark.e2e

SALES = "select sum(sales) from marts.mart_sales_monthly"


def test_the_mail_contains_the_picture_and_the_figures(stack: Stack, financials):
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        skip("no Chromium: apt-get install chromium")
    if not stack.ask(SALES)[0][0]:
        stack.drop(financials)
    with smtp_server() as inbox:
        server = f"SMTP_HOST=127.0.0.1 SMTP_PORT={inbox.port} SMTP_SECURITY=none"
        people = "REPORT_TO=ada@example.org REPORT_FROM=tradewind@example.org"
        output = stack.shell(f"{server} {people} .venv/bin/python -m tradewind.report --again")
    assert "sent to ada@example.org" in output
    (mail,) = inbox.mails
    page = mail.get_body(("related", "html"))
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    text = next(part for part in page.walk() if part.get_content_type() == "text/html").get_content()
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in text
    assert "without the dashboard's picture" not in text
    image = picture.get_content()
    assert image.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", image[16:24])
    assert width == WIDTH
    assert height > 1000, "more than the page's head"
    assert f">{shown(stack.ask(SALES)[0][0], '$,.3s')}<" in text
    assert f"http://127.0.0.1:{stack.settings.superset_port}/superset/dashboard/executive-overview/" in text
