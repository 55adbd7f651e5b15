"""Which files go with a source, also where they are wrong."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ingestion.contract.files import CONTRACTS
from tradewind.source.errors import SourceError
from tradewind.source.taken_back import SHIPPED, files_of

MAPPING = """
source: {source}
columns: {{sale_date: day}}
joins:
  product: {{source: {joined}, key: {{id: product}}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sources that share a contract, one of which reads a source of the project, too."""
    for name in ("shop/orders", "shop/lines", "shop/products", "shop/refunds", "sales/orders"):
        path = tmp_path / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text("id: [")
    for source, joined in {
        "shop.orders": "shop.products",
        "shop.lines": "shop.products",
        "shop.refunds": "sales.transactions",
        "sales.orders": "shop.gone",
    }.items():
        domain, table = source.split(".")
        text = MAPPING.format(source=source, joined=joined)
        (tmp_path / domain / f"{table}.sales_lines.yaml").write_text(text)
    (tmp_path / "sales" / "transactions.yaml").touch()
    return tmp_path


def _names(source: str, folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in files_of(source, folder)[0]]


def test_a_contract_that_others_read_stays(folder: Path) -> None:
    assert _names("shop.orders", folder) == ["shop/orders.sales_lines.yaml", "shop/orders.yaml"]
    assert _names("shop.refunds", folder) == ["shop/refunds.sales_lines.yaml", "shop/refunds.yaml"]
    (folder / "shop" / "lines.sales_lines.yaml").unlink()
    assert _names("shop.orders", folder)[2:] == ["shop/products.yaml"]


def test_a_source_in_a_domain_of_the_project(folder: Path) -> None:
    assert _names("sales.orders", folder) == ["sales/orders.sales_lines.yaml", "sales/orders.yaml"]
    for name in ("sales.transactions", "olist.order_items"):
        with pytest.raises(SourceError, match="belongs to the project itself"):
            files_of(name, folder)


def test_an_unknown_source(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"there are: sales.orders, shop.lines, shop.orders, shop.refunds"):
        files_of("shop.nothing", folder)


@pytest.mark.parametrize(
    "text", ["source: [", "source: 2014-02-30", "- 1", "", "source: 1\njoins: {a: b}", "joins: [a]"]
)
def test_a_mapping_that_says_nothing(folder: Path, text: str) -> None:
    (folder / "shop" / "orders.sales_lines.yaml").write_text(text)
    assert _names("shop.orders", folder) == ["shop/orders.sales_lines.yaml", "shop/orders.yaml"]


def test_of_a_mapping_that_is_not_yaml(folder: Path) -> None:
    for name in ("orders", "lines"):
        path = folder / "shop" / f"{name}.sales_lines.yaml"
        path.write_text(path.read_text() + "\n]")
    files, notes = files_of("shop.orders", folder)
    assert [path.name for path in files] == ["orders.sales_lines.yaml", "orders.yaml"], "lines reads products"
    assert notes == ["orders.sales_lines.yaml is not YAML: contracts of the tables that it joins stay"]


def test_nothing_outside_goes(folder: Path) -> None:
    (folder / "outside.yaml").touch()
    text = MAPPING.format(source="shop.orders", joined="../shop/...outside")
    (folder / "shop" / "orders.sales_lines.yaml").write_text(text)
    assert len(_names("shop.orders", folder)) == 2


def test_the_sources_of_the_project_are_those_that_it_has() -> None:
    listed = ["git", "ls-files", "finance", "olist", "sales"]
    found = subprocess.run(listed, cwd=CONTRACTS, capture_output=True, text=True, check=True).stdout.split()
    contracts = [Path(path) for path in found if path.count(".") == 1]
    assert {f"{path.parent.name}.{path.stem}" for path in contracts} == SHIPPED
