"""docs/superset_api.md, word for word, against the running Superset."""

from __future__ import annotations

import subprocess
from decimal import Decimal

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.test_a_readme import BLOCK
from tradewind.settings import ROOT

pytestmark = pytest.mark.e2e

PAGE = ROOT / "docs" / "superset_api.md"

BY_COUNTRY = """
select country, sum(sales), sum(profit) / sum(sales) from marts.mart_sales_monthly
group by country order by sum(sales) desc
"""


def test_the_blocks_are_one_program(stack: Stack, financials):
    if not stack.ask(BY_COUNTRY):
        stack.drop(financials)
    program = "\n".join(text for language, text in BLOCK.findall(PAGE.read_text()) if language == "python")
    places = {"TRADEWIND_STATE": stack.settings.state, "LANDING_DIR": stack.settings.landing}
    outcome = subprocess.run(
        [stack.folder / ".venv" / "bin" / "python", "-c", program],
        cwd=stack.folder,
        env={**stack.environment, **{name: str(path) for name, path in places.items()}},
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stderr
    asked, *rows, narrowed, link = outcome.stdout.splitlines()
    assert asked == "pie total_sales ['country']"
    expected = stack.ask(BY_COUNTRY)
    assert len(rows) == len(expected)
    for row, (country, sales, margin) in zip(rows, expected, strict=True):
        name, found_sales, found_margin = row.rsplit(" ", 2)
        assert name == country
        assert abs(Decimal(found_sales) - sales) < Decimal("0.01")
        assert abs(Decimal(found_margin) - margin) < Decimal("0.0000001")
    assert narrowed == f"{len(expected)} countries"
    assert "/superset/dashboard/p/" in link
