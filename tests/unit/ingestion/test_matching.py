"""A file finds its contract by its header alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from ingestion.contract import Contract
from ingestion.matching import NoMatch, match_table
from ingestion.readers.table import Row


@dataclass
class Headed:
    header: Sequence[str]
    name: str = ""

    def rows(self) -> Iterator[Row]:
        return iter(())


def test_spaces_and_case_do_not_matter(sales: Contract) -> None:
    header = [f"  {name.upper().replace(' ', '   ')} " for name in sales.headers]
    match = match_table([Headed(header)], [sales])
    assert match.contract is sales
    assert match.order == tuple(range(16))


def test_order_does_not_matter(sales: Contract) -> None:
    match = match_table([Headed(list(reversed(sales.headers)))], [sales])
    assert match.order == tuple(reversed(range(16)))


def test_the_sheet_that_fits_is_taken(sales: Contract) -> None:
    tables = [Headed(["Notes"], "Notes"), Headed(sales.headers, "Data")]
    assert match_table(tables, [sales]).table.name == "Data"


@pytest.mark.parametrize(
    ("edit", "difference"),
    [
        (lambda header: header[:-1], "missing: 'Year'"),
        (lambda header: [*header, " Remark "], "unknown: 'Remark'"),
        (lambda header: [*header, "year"], "doubled: 'year'"),
        (lambda header: ["Client", *header[1:]], "missing: 'Segment'; unknown: 'Client'"),
        (lambda header: ["Country", *header[1:]], "missing: 'Segment'; doubled: 'Country'"),
        (lambda header: [*header, ""], "unknown: ''"),
    ],
)
def test_differences_are_named(sales: Contract, edit, difference: str) -> None:
    with pytest.raises(NoMatch) as caught:
        match_table([Headed(edit(list(sales.headers)))], [sales])
    assert str(caught.value) == (
        "the header does not fit the nearest contract, sales.transactions: "
        f"correct the columns ({difference})"
    )


def test_another_file_altogether(sales: Contract) -> None:
    with pytest.raises(NoMatch, match="the header 'order_id', 'price' fits no contract"):
        match_table([Headed(["order_id", "price"])], [sales])
