"""A table finds its contract by its header; names decide between equal ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ingestion.contract.model import Contract, TextForm
from ingestion.findings.reasons import FaultKind
from ingestion.matching.match import NoMatch, match_table
from ingestion.tabular.table import Row


def headed(*rows: Sequence[str], name: str = "") -> SimpleNamespace:
    """A table with these first rows."""
    head = [Row(line, cells) for line, cells in enumerate(rows, 1)]
    return SimpleNamespace(name=name, head=head, guess=0, remarks=[])


def variant(contract: Contract, table: str, **changes) -> Contract:
    """A contract like another one, of another source."""
    return replace(contract, table=table, **changes)


def test_spaces_and_case_do_not_matter(sales: Contract) -> None:
    header = [f"  {name.upper().replace(' ', '   ')} " for name in sales.headers]
    match = match_table(headed(header), [sales])
    assert match.contract is sales
    assert (match.order, match.after, match.width) == (tuple(range(16)), 1, 16)


def test_a_broken_line_above_the_likely_header_is_named(sales: Contract) -> None:
    table = headed(sales.headers, ["Government"] * 16)
    table.head[0] = Row(1, (), fault=FaultKind.STRAY_QUOTE.reason())
    table.guess = None
    with pytest.raises(
        NoMatch,
        match=r"the header 'Government',.* fits no contract \(line 1 above it cannot be read: a quote",
    ):
        match_table(table, [sales])


def test_order_does_not_matter(sales: Contract) -> None:
    match = match_table(headed(list(reversed(sales.headers))), [sales])
    assert match.order == tuple(reversed(range(16)))


def test_lines_above_the_header(sales: Contract) -> None:
    match = match_table(headed(["Sales of the world"], [], sales.headers, ["Government"] * 16), [sales])
    assert match.after == 3


def test_the_name_decides_between_equal_headers(sales: Contract) -> None:
    contracts = [
        variant(sales, "europe", file_names=("europe_*.csv",)),
        variant(sales, "america", file_names=("america_*.csv",)),
    ]
    table = headed(sales.headers)
    assert match_table(table, contracts, "archive.zip/America_2024.CSV").contract.table == "america"
    with pytest.raises(NoMatch, match=r"several contracts \(sales.europe, sales.america\).*rename it"):
        match_table(table, contracts, "asia_2024.csv")


def test_the_sheet_decides_between_equal_headers(sales: Contract) -> None:
    contracts = [
        variant(sales, table, file_names=("*.xlsx",), sheets=(f"{table}*",))
        for table in ("europe", "america")
    ]
    table = headed(sales.headers, name="America 2024")
    assert match_table(table, contracts, "sales.xlsx").contract.table == "america"


def test_repeated_headers_of_a_contract_are_matched_in_order(sales: Contract) -> None:
    columns = (
        replace(sales.columns[0], header="Name"),
        replace(sales.columns[1], header="Name"),
        sales.columns[4],
    )
    contract = replace(sales, columns=columns, sums=())
    assert match_table(headed(["Units Sold", "name", "NAME"]), [contract]).order == (1, 2, 0)


def test_without_a_header_name_and_width_decide(sales: Contract) -> None:
    contract = replace(sales, text_form=TextForm(has_header=False), file_names=("daily_*.csv",))
    table = headed(["Government"] * 16)
    match = match_table(table, [contract], "daily_1.csv")
    assert (match.order, match.after) == (tuple(range(16)), 0)
    for other, name in ((table, "weekly_1.csv"), (headed(["Government"] * 15), "daily_1.csv")):
        with pytest.raises(NoMatch):
            match_table(other, [contract], name)


def test_a_missing_optional_and_an_unknown_column_are_a_breach(sales: Contract) -> None:
    *columns, last = sales.columns
    contract = replace(sales, columns=(*columns, replace(last, required=False)))
    match = match_table(headed([*sales.headers[:-1], " Remark "]), [contract])
    assert match.order == (*range(15), None)
    assert match.breach == "missing: 'Year'; unknown: 'Remark'"


@pytest.fixture
def rates(sales: Contract) -> Contract:
    """A contract whose files need only one column of three."""
    first, *others = sales.columns[:3]
    columns = (first, *(replace(column, required=False) for column in others))
    return variant(sales, "rates", columns=columns, may_lack_columns=True)


def test_a_file_may_lack_columns_where_its_contract_allows_it(sales: Contract, rates: Contract) -> None:
    match = match_table(headed([" Product", "segment "]), [sales, rates])
    assert (match.contract, match.order, match.width, match.breach) == (rates, (1, None, 0), 2, None)


def test_an_unknown_column_is_a_breach_even_so(sales: Contract, rates: Contract) -> None:
    match = match_table(headed(["Segment", "Product", "New"]), [sales, rates])
    assert (match.contract, match.breach) == (rates, "missing: 'Country'; unknown: 'New'")


@pytest.mark.parametrize("header", [["Segment"], ["Segment", "A", "B"], ["Country", "Product"]])
def test_its_required_columns_alone_do_not_make_a_file_of_it(rates: Contract, header: list[str]) -> None:
    with pytest.raises(NoMatch):
        match_table(headed(header), [rates])


@pytest.mark.parametrize(
    ("edit", "difference"),
    [
        (lambda header: header[:-1], "missing: 'Year'"),
        (lambda header: [*header[1:], " Remark "], "missing: 'Segment'; unknown: 'Remark'"),
        (lambda header: ["Client", *header[1:]], "missing: 'Segment'; unknown: 'Client'"),
        (lambda header: ["Country", *header[1:]], "missing: 'Segment'; doubled: 'Country'"),
    ],
)
def test_differences_are_named(sales: Contract, edit, difference: str) -> None:
    with pytest.raises(NoMatch) as caught:
        match_table(headed(edit(list(sales.headers))), [sales])
    assert str(caught.value) == (
        "the header does not fit the nearest contract, sales.transactions: "
        f"correct the columns ({difference})"
    )


def test_an_entirely_different_file(sales: Contract) -> None:
    with pytest.raises(NoMatch, match="the header 'order_id', 'price' fits no contract"):
        match_table(headed(["order_id", "price"]), [sales])


@pytest.mark.parametrize("unnamed", ["", " ", None, "Unnamed: 0"])
@pytest.mark.parametrize("numbers", [("0", "1"), (0.0, 1.0), ("17", "3")])
def test_the_index_of_a_data_frame_is_skipped(sales: Contract, unnamed, numbers) -> None:
    cells = ["x"] * 16
    table = headed(["title"], [unnamed, *sales.headers], *([number, *cells] for number in numbers))
    match = match_table(table, [sales])
    assert (match.order, match.after, match.width, match.breach) == (tuple(range(1, 17)), 2, 17, None)
    assert [each.kind for each in table.remarks] == ["passed_over"]


@pytest.mark.parametrize("numbers", [("a", "b"), ("1", "1"), ("1.5", "2"), ("", "2"), ()])
def test_another_column_without_a_name_is_unknown(sales: Contract, numbers) -> None:
    table = headed(["", *sales.headers], *([number, *["x"] * 16] for number in numbers))
    assert match_table(table, [sales]).breach == "unknown: ''"
    assert not table.remarks


class Sparse(SimpleNamespace):
    """A table whose rows name their cells."""

    expected: Sequence[str] = ()

    def rows(self, after: int, width: int) -> Iterator[Row]:
        raise NotImplementedError

    def expect(self, names: Sequence[str], normal: Callable[[str], str]) -> None:
        self.expected = names


def sparse(*names: str) -> Sparse:
    return Sparse(name="", head=[Row(1, names)], guess=0, remarks=[], passed_over=Counter())


def test_keys_without_a_value_may_be_left_out(sales: Contract) -> None:
    columns = [replace(column, required=i > 1) for i, column in enumerate(sales.columns)]
    sales = replace(sales, columns=tuple(columns))
    table = sparse(*reversed(sales.headers[2:]))
    match = match_table(table, [sales])
    assert (match.order, match.width, match.breach) == ((14, 15, *reversed(range(14))), 16, None)
    assert table.expected == sales.headers[:2]
    assert match_table(sparse("more", *sales.headers[2:]), [sales]).breach
    with pytest.raises(NoMatch):
        match_table(sparse(*sales.headers[:-1]), [sales])


def test_a_table_without_most_keys_does_not_match(sales: Contract) -> None:
    columns = [replace(column, required=i < 1) for i, column in enumerate(sales.columns)]
    sales = replace(sales, columns=tuple(columns))
    assert match_table(sparse(*sales.headers[:7]), [sales]).breach
    assert not match_table(sparse(*sales.headers[:8]), [sales]).breach
