"""Docs' page on your own sales, run word for word, and what holds of `make source` besides."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Warehouse
from tests.integration.dbt.builds import Checkout
from tests.unit.tradewind.mapping import exports
from tradewind.settings import ROOT

PAGE = ROOT / "docs" / "your-own-sales.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse, dbt_state: Path) -> Checkout:
    """A checkout of its own, in which the commands write."""
    found = Checkout(tmp_path_factory.mktemp("checkout"), warehouse, dbt_state, ["superset"])
    shutil.copy(ROOT / "Makefile", found.folder)
    (found.folder / ".venv").symlink_to(ROOT / ".venv")
    return found


@pytest.fixture(scope="module")
def outputs(checkout: Checkout) -> list[tuple[str, str]]:
    """What each of the page's commands prints, in order."""
    blocks = [text for name, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8")) if name == "sh"]
    return [(line, _shell(checkout, line)) for block in blocks for line in block.splitlines()]


def _shell(checkout: Checkout, command: str) -> str:
    done = subprocess.run(
        # its environment is there already
        re.sub(r"^make ", "make -o install ", command),
        shell=True,
        cwd=checkout.folder,
        env={**os.environ, **checkout.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def _lines(text: str) -> str:
    """The text with single spaces and without empty lines."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line)


def _pattern(block: str) -> str:
    """What a block of the page says: `…` stands for lines, or for a part of one."""
    parts = (re.escape(line).replace("…", ".*?") for line in _lines(block).splitlines())
    return "".join("(?:.*\n)*?" if part == ".*?" else f"{part}\n" for part in parts)


def _rows(paths: Iterable[Path], encoding: str = "utf-8") -> Iterator[dict[str, str]]:
    for path in paths:
        with path.open(encoding=encoding, newline="") as file:
            yield from csv.DictReader(file)


def _built(warehouse: Warehouse, model: str, *sums: str) -> tuple[Decimal, ...]:
    wanted = ", ".join(["count(*)", *(f"sum({each})" for each in sums)])
    with psycopg.connect(warehouse.url("transformer")) as connection:
        return connection.execute(
            f"select {wanted} from staging.{model} where left_out_by is null"
        ).fetchone()


def test_the_page_says_what_is_printed(outputs: list[tuple[str, str]]) -> None:
    last, checked = "", 0
    ran = iter(outputs)
    for name, block in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if name == "sh":
            for _line in block.splitlines():
                _command, last = next(ran)
        elif name == "text":
            assert re.search(f"^{_pattern(block)}", _lines(last), re.MULTILINE), f"{block}\n---\n{last}"
            checked += 1
    assert checked >= 6 and next(ran, None) is None


def test_each_build_is_published(outputs: list[tuple[str, str]]) -> None:
    built = [output for command, output in outputs if "Build and test" in output]
    assert len(built) == 5
    assert sum("published" in output and "not published" not in output for output in built) == 4


def test_figures_are_exact(checkout: Checkout, outputs: list[tuple[str, str]], warehouse: Warehouse) -> None:
    files = checkout.folder / "my-files"
    orders = list(_rows([files / "retailer" / "orders.csv"], "latin-1"))
    assert _built(warehouse, "stg_retailer_orders__sales_lines", "sales", "profit") == (
        len(orders),
        *(sum(Decimal(row[name]) for row in orders) for name in ("Sales", "Profit")),
    )
    products = {row["ProductKey"]: row for row in _rows([files / "maker" / "AW_Products.csv"])}
    lines = list(_rows((files / "maker").glob("AW_Sales_*.csv")))
    price, cost = (
        sum(int(row["OrderQuantity"]) * Decimal(products[row["ProductKey"]][name]) for row in lines)
        for name in ("ProductPrice", "ProductCost")
    )
    assert _built(warehouse, "stg_maker_aw_sales__sales_lines", "sales", "profit") == (
        len(lines),
        price,
        price - cost,
    )


def test_nothing_is_left_of_a_source_that_was_taken_back(
    checkout: Checkout, outputs: list[tuple[str, str]]
) -> None:
    assert not {each for each in checkout.contracts() if each.startswith("shop/")}
    assert not list((checkout.folder / "dbt_project").rglob("*shop_invoices*"))
    known = checkout.run("tradewind.source.remove", "shop.invoices", code=1)
    assert "no mapping is of 'shop.invoices'; there are: maker.aw_sales" in known


def test_nothing_is_written_where_it_cannot_go_on(
    checkout: Checkout, outputs: list[tuple[str, str]], tmp_path: Path
) -> None:
    before = checkout.contracts()
    path = tmp_path / "people.csv"
    path.write_text("name,town\nAda,London\nGrace,New York\n")
    source = "tradewind.source"
    assert "nothing was found for sale_date and sales" in checkout.run(source, path, "--yes", code=1)
    assert "there is no file" in checkout.run(source, tmp_path / "gone.csv", "--yes", code=1)
    orders = checkout.folder / "my-files" / "retailer" / "orders.csv"
    assert "say DOMAIN=retailer" in checkout.run(source, orders, "--domain", "other", "--yes", code=1)
    assert checkout.contracts() == before


def test_a_conversation_in_a_terminal(checkout: Checkout, tmp_path: Path) -> None:
    before = checkout.contracts()
    answers = b"profit = total_revenue - 1\nsales = no_such_column\nq\n"
    (tmp_path / "exports").mkdir()
    export = exports.records(tmp_path / "exports")
    arguments = ("tradewind.source", export, "--domain", "Acme & Co")
    output = _lines(checkout.run_in_terminal(answers, *arguments, code=1))
    assert "Sales Records.csv: acme_co.sales_records" in output
    assert "profit total_revenue - 1 sure by you" in output
    # the first rows are computed again
    assert output.count("2023-01-02") == 2
    assert "has no column no_such_column" in output
    assert "Cancelled; nothing was written" in output
    assert checkout.contracts() == before


def test_a_mapping_that_is_wrong_is_named(
    checkout: Checkout, outputs: list[tuple[str, str]], tmp_path: Path
) -> None:
    mapping = checkout.folder / "ingestion" / "contracts" / "retailer" / "orders.sales_lines.yaml"
    right, before = mapping.read_text(), checkout.contracts()
    mapping.write_text(right.replace("sale_date: order_date", "sale_date: order_dat"))
    export = exports.records(tmp_path)
    assert "order_dat" in checkout.run("tradewind.source", export, "--domain", "other", "--yes", code=1)
    mapping.write_text(right)
    assert checkout.contracts() == before


def test_models_that_cannot_be_generated_take_back_what_was_written(
    checkout: Checkout, tmp_path: Path
) -> None:
    before = checkout.contracts()
    broken = checkout.folder / "dbt_project" / "models" / "core" / "broken.sql"
    broken.write_text("select * from {{ ref('nothing_at_all') }}\n")
    output = checkout.run("tradewind.source", exports.records(tmp_path), "--domain", "other", "--yes", code=1)
    broken.unlink()
    assert "the models cannot be generated" in output and "is deleted again" in output
    assert checkout.contracts() == before
    assert not (checkout.folder / "dbt_project" / "models" / "staging" / "other").exists() or not list(
        (checkout.folder / "dbt_project" / "models" / "staging" / "other").iterdir()
    )


def test_without_a_warehouse_it_says_what_to_do(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(checkout.environment, "WAREHOUSE_URL", "postgresql://x@127.0.0.1:1/none")
    before = checkout.contracts()
    export = exports.records(tmp_path)
    output = checkout.run("tradewind.source", export, "--domain", "other", "--yes", code=1)
    assert "is the stack up? make up" in output and "Nothing was written" in output
    assert checkout.contracts() == before
