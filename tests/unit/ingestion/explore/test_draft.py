"""A drafted contract is valid, and accepts the rows that it was drafted from."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yamllint import linter
from yamllint.config import YamlLintConfig

from ingestion.commands.draft import add_draft
from ingestion.contract.files import find_contracts, read_contract
from ingestion.contract.model import Append, ColumnType, Contract, Total, TotalPlace, Upsert
from ingestion.explore.draft.draft import Draft, domain_of, draft, table_of
from ingestion.explore.draft.render import render
from ingestion.explore.draft.table_file import NotDrafted
from ingestion.matching.tables import find_tables
from ingestion.readers.opening import open_members
from ingestion.rows.checks import RowCheck
from ingestion.tabular.table import Unreadable
from tests.unit.ingestion.builders import write_workbook
from tradewind.settings import ROOT

OLIST_KEYS = {
    "olist_customers_dataset.csv.gz": ("customer_id",),
    "olist_order_items_dataset.csv.gz": ("order_id", "order_item_id"),
    "olist_order_payments_dataset.csv": ("order_id", "payment_sequential"),
    "olist_order_reviews_dataset.csv.gz": ("review_id", "order_id"),
    "olist_orders_dataset.csv.gz": ("order_id",),
    "olist_products_dataset.csv": ("product_id",),
    "olist_sellers_dataset.csv": ("seller_id",),
    "product_category_name_translation.csv": ("product_category_name",),
}


LINTING = YamlLintConfig(file=str(ROOT / ".yamllint"))


def read_back(drafted: Draft) -> Contract:
    faults = [*linter.run(render(drafted), LINTING)]
    assert not faults, faults
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "draft.yaml"
        path.write_text(render(drafted), encoding="utf-8")
        return read_contract(path)


def checked(path: Path, **options: str) -> Contract:
    """The contract drafted from a file, read back; each readable row of the file passes it."""
    drafted = draft(path, **options)
    contract = read_back(drafted)
    assert contract == drafted.contract
    with open_members(path) as archive:
        for member in archive:
            with find_tables(member, [contract]) as [found]:
                assert found.match and found.match.breach is None, found.fault
                match = found.match
                check = RowCheck(contract, match.order)
                for row in match.table.rows(match.after, match.width):
                    if not row.fault:
                        check.values(row)
    return contract


def written(folder: Path, text: str, name: str = "orders_2024-01.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_financials(published_data: Path) -> None:
    contract = checked(published_data / "financial_sample" / "Financials.csv")
    assert contract.source == "financial_sample.financials"
    types = {column.header: column.sql_type for column in contract.columns}
    money = ("Manufacturing Price", "Sale Price", "Gross Sales", "Discounts", "Sales", "COGS", "Profit")
    assert {types[header] for header in (*money, "Units Sold")} == {"numeric(18,2)"}
    assert contract.columns[contract.position("date")].date_formats == ("dd/MM/yyyy",)
    assert set(contract.number_format.groupings) == {"western", "indian"}
    assert contract.number_format.currency == ("$",)
    assert contract.relation == Append()


def test_financial_workbook(published_data: Path) -> None:
    contract = checked(published_data / "financial_sample" / "Financial Sample.xlsx")
    assert contract.columns[contract.position("profit")].sql_type == "numeric(18,3)"
    assert contract.columns[contract.position("date")].type is ColumnType.DATE


@pytest.mark.parametrize("name", OLIST_KEYS)
def test_olist(published_data: Path, name: str) -> None:
    contract = checked(published_data / "olist" / "sample_15000_orders" / name)
    assert contract.relation == Upsert(OLIST_KEYS[name])


HEADERS = st.one_of(
    st.text(max_size=20), st.sampled_from(["order", "", "a", "a", "'; drop--", "x" * 300, "a\nb"])
)
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "0", "007", "1.5", "1,234", "-", "NA", "(5)", "5%", "$3", "2024-01-31", "01/02/2024", "yes"]
    ),
    st.integers().map(str),
    st.floats().map(str),
    st.decimals(allow_nan=False).map(str),
    st.datetimes().map(str),
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 4))
    headers = draw(st.lists(HEADERS, min_size=width, max_size=width))
    kind = st.lists(
        draw(st.sampled_from([CELLS, st.integers(0, 9).map(str)])), min_size=width, max_size=width
    )
    return [headers, *draw(st.lists(kind, max_size=6))]


@settings(deadline=None, max_examples=200)
@given(tables())
def test_any_table_of_texts(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(text.getvalue().encode("utf-8", "replace"))
        with suppress(Unreadable):
            checked(path)


def test_a_cell_of_invisible_characters_is_empty(tmp_path: Path) -> None:
    contract = checked(written(tmp_path, "id,name\n1,\u200b\n2,\x1e\x8e\n3,x\n"))
    assert [column.required for column in contract.columns] == [True, False]


@pytest.mark.parametrize("sign", ["\U000f0000", "\x07 ", "\U000f0000 "], ids=ascii)
def test_a_header_with_yaml_escapes_keeps_the_line_length(tmp_path: Path, sign: str) -> None:
    checked(written(tmp_path, f'id,"{sign * 80}"\n1,x\n2,y\n3,z\n'))


def test_hostile_headers(tmp_path: Path) -> None:
    headers = [
        'say "hi"',
        "two\nlines",
        "x'; drop table staging; --",
        "h" * 300,
        "",
        "id",
        "ID",
        "select",
        "#: {}",
    ]
    text = io.StringIO()
    csv.writer(text).writerows([headers, *([str(i), *"abcdefgh"] for i in range(5))])
    contract = checked(written(tmp_path, text.getvalue()))
    names = [column.name for column in contract.columns]
    assert names == [
        "say_hi",
        "two_lines",
        "x_drop_table_staging",
        "h" * 48,
        "column_5",
        "id",
        "id_2",
        "c_select",
        "column_9",
    ]
    assert [column.header for column in contract.columns] == [header.strip() or " " for header in headers]


def test_a_file_without_a_header(tmp_path: Path) -> None:
    contract = checked(written(tmp_path, "".join(f"{i},x,{i}.5\n" for i in range(9)), "points_v2.csv"))
    assert not contract.text_form.has_header and contract.file_names == ("points*",)


def test_a_file_without_rows(tmp_path: Path) -> None:
    contract = checked(written(tmp_path, "id,name\n"))
    assert not any(column.required for column in contract.columns)


def test_the_text_form_is_kept(tmp_path: Path) -> None:
    rows = "".join(f"{i};M\u00fcnchen;1.234,{i}0\n" for i in range(9))
    (tmp_path / "a.csv").write_bytes(f"Nr;Ort;Betrag\n{rows}".encode("cp1252"))
    contract = checked(tmp_path / "a.csv")
    assert contract.text_form.delimiter == ";" and contract.text_form.encoding == "cp1252"
    assert contract.number_format.decimal == ","


def test_codes_with_leading_zeros_are_filled_up(tmp_path: Path) -> None:
    contract = checked(written(tmp_path, "id,shop\n1,007\n2,123\n3,001\n"))
    assert (contract.columns[1].type, contract.columns[1].zero_pad) == (ColumnType.TEXT, 3)


def test_words_that_mean_no_value(tmp_path: Path) -> None:
    contract = checked(written(tmp_path, "id,amount\n1,5\n2,NULL\n3,7\n"))
    assert contract.empty_words == ("NULL",) and not contract.columns[1].required


def test_comments_for_the_reviewer(tmp_path: Path) -> None:
    rows = "".join(f"{i},DE,01/02/2024,jo{i}@example.org\n" for i in range(9))
    text = render(draft(written(tmp_path, f"id,country,day,contact\n{rows}")))
    assert "# personal: values look like an e-mail address; check it" in text
    assert "no value tells the day from the month" in text
    assert "scope: [{column: country}, {column: day, by: month}]" in text
    assert "#       validValues:\n        #         - DE\n" in text
    assert "jo1@" not in text


def test_refused_rows_are_reported(tmp_path: Path) -> None:
    drafted = draft(written(tmp_path, "id,name\n1,a\n2,b\n3,c,d\n4,e\n"))
    assert (drafted.rows, drafted.refused) == (4, 1)
    assert "line 4: 3 cells, 2 expected" in render(drafted)


def test_broken_rows_do_not_hold_the_file_that_the_draft_is_from(tmp_path: Path) -> None:
    drafted = draft(written(tmp_path, "id,name\n1,a\n2,b\n3,c,d\n4,e\n"))
    assert drafted.contract.max_rejected_share == 0.25


@pytest.mark.parametrize(
    ("text", "relation", "comment"),
    [
        ("order,sku\n1,a\n1,b\n2,c\n", Append(), "No key is certain, so all rows of all files count: sku"),
        ("order,line,sku\n1,1,a\n2,1,b\n3,1,c\n", Upsert(("c_order", "line")), "The key is a guess, by its"),
        (
            "day,shop\n2024-01-31,a\n2024-01-31,a\n2024-01-31,b\n",
            Append(),
            "No column and no pair of columns",
        ),
        ("id,n\n" + "".join(f"{i},x\n" for i in range(1_000)), Upsert(("id",)), "No two of 1,000 rows have"),
    ],
)
def test_why_files_relate_as_they_do(tmp_path: Path, text: str, relation: object, comment: str) -> None:
    drafted = draft(written(tmp_path, text))
    assert drafted.contract.relation == relation
    assert f"      # {comment}" in render(drafted)


def test_sums_are_recognised_by_what_they_add_up(tmp_path: Path) -> None:
    text = "area,rep,sold\nNorth,a,1.50\nNorth,b,2.00\nNorth Total,,3.50\nTotal Wine,c,4\nSouth,d,5\n"
    text += "Total,,12.50\n"
    drafted = draft(written(tmp_path, text))
    assert drafted.contract.totals == (Total("Total", TotalPlace.ENDS), Total("Total"))
    assert drafted.rows == 4 and all(column.required for column in drafted.contract.columns)
    assert read_back(drafted) == drafted.contract

    # A row called a total that adds nothing up is an ordinary row; one that adds up without a name is
    # reported.
    assert draft(written(tmp_path, "shop,sold\nTotal Wine,5\nb,7\nTotal,9\n")).contract.totals == ()
    unnamed = draft(written(tmp_path, "shop,sold,paid\na,5,1.5\nb,7,2.5\nc,12,4.0\n"))
    assert unnamed.contract.totals == () and "line 4 ('c') are sums of rows above" in unnamed.notes[0]


def test_asterisks_mark_sums_if_the_row_has_no_other_name(tmp_path: Path) -> None:
    # The sum of a printed list need not be that of its rows, since some are on other pages.
    listed = "Order,Customer,Amount\n1a,Ann,1.50\n2a,Ben,2.50\n*,,5.00\n3a,Cleo,3.50\n**,,9.50\n"
    drafted = draft(written(tmp_path, listed))
    assert drafted.contract.totals == (Total("*"), Total("**")) and drafted.rows == 3
    # Levels of sums without any other column are recognised by their figures.
    levels = draft(written(tmp_path, "order,amount\n1a,1.5\n2a,2.5\n*,4\n3a,3\n4a,2\n*,5\n**,9\n"))
    assert levels.contract.totals == (Total("*"), Total("**"))
    # If they mark some rows only, they say nothing about sums.
    marked = "flag,shop,amount\n,a,1.50\n*,b,2.50\n,c,3.75\n*,d,4.25\n*,e,8.00\n"
    assert draft(written(tmp_path, marked)).contract.totals == ()


def test_two_header_rows_are_not_reported_as_left_out(tmp_path: Path) -> None:
    sheet = {1: [None, "Home", None, "Work"], 2: ["shop", "units", "price", "units", "price"]}
    sheet |= {n: [f"shop {n}", 1.0, 2.5, 3.0, 4.5] for n in range(3, 8)}
    drafted = draft(write_workbook(tmp_path / "a.xlsx", {"a": sheet}))
    assert drafted.contract.headers[1] == "Home units" and drafted.rows == 5 and drafted.notes == ()


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        (",amount\nshop a,1.50\nshop b,2.50\nshop a,3.50\n", ["", "amount"]),
        # DATEV writes a line about the file above the column names.
        (
            '"EXTF";700;21;"Buchungsstapel";13;2024;;"RE"\n"Umsatz";"Soll/Haben";"Konto"\n'
            + "".join(f'{n},50;"S";{n + 1000}\n' for n in range(12)),
            ["Umsatz", "Soll/Haben", "Konto"],
        ),
    ],
)
def test_header_lines_are_not_rows(tmp_path: Path, text: str, headers: list[str]) -> None:
    drafted = draft(written(tmp_path, text))
    assert [header.strip() for header in drafted.contract.headers] == headers
    assert drafted.rows == text.count("\n") - 1 - text.startswith('"EXTF') and drafted.refused == 0


def test_numbers_of_rows_are_not_sums(tmp_path: Path) -> None:
    rows = [[float(i), 40_000.0 + i, i + 0.25] for i in range(1, 9)]
    write_workbook(tmp_path / "a.xlsx", {"a": dict(enumerate([["id", "units", "amount"], *rows], 1))})
    assert draft(tmp_path / "a.xlsx").notes == ()
    # A row without a name that adds up is one.
    write_workbook(
        tmp_path / "b.xlsx",
        {"a": {1: ["id", "amount"], 2: ["x", 1.5], 3: ["y", 2.5], 4: ["z", 1.25], 5: ["", 5.25]}},
    )
    assert "line 5 are sums of rows above" in draft(tmp_path / "b.xlsx").notes[0]
    nameless = draft(written(tmp_path, "shop,day,amount\na,2024-01-01,1.5\nb,2024-01-02,2.5\n,,4\n"))
    assert "line 4 ('4') are sums of rows above" in nameless.notes[0]
    # So is one whose name is in another column than the first.
    second = draft(written(tmp_path, "shop,item,amount\na,x,1.5\na,y,2.5\na,Subtotal,4\n"))
    assert "line 4 ('a') are sums of rows above" in second.notes[0]


def test_a_table_beside_a_document_in_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("README.txt", "Hello, you.\n\nThese are sales.\n")
        archive.writestr("a.csv", "id,name\n1,a\n2,b\n3,c\n")
        archive.writestr("terms.pdf", b"%PDF-1.7\n")
    assert draft(tmp_path / "two.zip").rows == 3


def test_a_key_tells_all_rows_apart_and_not_only_those_that_were_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "goods.csv"
    path.write_text("id,n\n" + "".join(f"{i},{i % 7}\n" for i in range(1_000)) + "5,8\n")
    drafted = draft(path, most=1_000)
    assert drafted.contract.relation == Append() and drafted.key is None
    assert draft(path, most=500).key is None
    path.write_text(path.read_text().replace("\n5,8\n", "\n1000,8\n"))
    assert draft(path, most=500).contract.relation == Upsert(("id",))


def test_orders_that_had_one_line_so_far_are_not_replaced_by_their_next_line(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    rows = "".join(f"R{i},2024-01-31,Tea,{i}.50\n" for i in range(2_000))
    path.write_text(f"Order ID,Order Date,Product,Sales\n{rows}")
    drafted = draft(path)
    assert drafted.contract.relation == Append()
    assert "No key is certain, so all rows of all files count: order_id" in " ".join(render(drafted).split())


def test_shortened_numbers_are_not_a_key(tmp_path: Path) -> None:
    rows = "".join(f"{i}.23457E+11,{i}\n" for i in range(1, 6))
    drafted = draft(written(tmp_path, f"order_no,amount\n{rows}"))
    assert drafted.contract.relation == Append() and drafted.key is None
    assert "shortened numbers as 1.23457E+11: their last digits are lost" in " ".join(
        render(drafted).split("# ")
    )


def test_rows_above_what_looks_like_a_header(tmp_path: Path) -> None:
    path = written(tmp_path, "a,\n7,\nname,sold\nx,5\ny,6\nz,7\n")
    drafted = draft(path)
    assert drafted.contract.headers == ["name", "sold"]
    assert "the header seems to be line 3; 2 lines above it are left out" in drafted.notes[0]


def test_a_draft_says_what_a_load_would(tmp_path: Path) -> None:
    path = written(tmp_path, "id,shop\n1,Nor\u200bth\n2,South\n3,West\n")
    (note,) = draft(path).notes
    assert note.startswith("column 'shop': invisible characters")


def test_days_in_both_orders(tmp_path: Path) -> None:
    text = render(draft(written(tmp_path, "id,date\n1,13/01/2024\n2,01/14/2024\n3,02/03/2024\n")))
    assert "no one format fits them all" in text and "classification: personal" not in text


def test_only_the_first_rows(tmp_path: Path) -> None:
    drafted = draft(written(tmp_path, "id\n1\n2\nx\n"), most=2)
    assert (drafted.rows, drafted.is_complete) == (2, False)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("erp/erp_orders_2024-01.csv.gz", "erp.orders"),
        ("tmp/Orders v2.xlsx", "raw.orders"),
        ("2024/2024.csv", "c_2024.c_2024"),
    ],
)
def test_names_of_the_source(tmp_path: Path, path: str, source: str) -> None:
    domain = domain_of(tmp_path / path)
    assert f"{domain}.{table_of(tmp_path / path, domain)}" == source


def test_a_sheet_must_be_named_among_several(tmp_path: Path) -> None:
    sheet = {i: ["id", "name"] if i == 1 else [float(i), "x"] for i in range(1, 6)}
    other = {**sheet, 1: ["id", "title"]}
    path = write_workbook(tmp_path / "book.xlsx", {"One": sheet, "Two": other})
    with pytest.raises(NotDrafted, match="2 sheets \\('One', 'Two'\\): say which with --sheet"):
        draft(path)
    with pytest.raises(NotDrafted, match="no sheet 'Three'"):
        draft(path, sheet="Three")
    drafted = [read_back(draft(path, domain="d", sheet=name)) for name in ("One", "Two")]
    assert [each.source for each in drafted] == ["d.one", "d.two"]
    assert drafted[1].relation == Upsert(("id",))


def test_sheets_with_one_header_are_one_table(tmp_path: Path) -> None:
    sheets = {
        name: {1: ["id", "amount"], **{i: [f"{name}{i}", float(i)] for i in range(2, 6)}} for name in "AB"
    }
    sheets["B"][7] = ["B7", 0.125]
    drafted = draft(write_workbook(tmp_path / "book.xlsx", sheets))
    assert (drafted.rows, drafted.contract.table) == (9, "book")
    assert drafted.contract.columns[1].sql_type == "numeric(18,3)"


def test_an_archive_of_several_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "id\n1\n")
        archive.writestr("b.csv", "id\n1\n")
    with pytest.raises(NotDrafted, match="packs 2 tables"):
        draft(tmp_path / "two.zip")


def test_json_lines(tmp_path: Path) -> None:
    lines = [json.dumps({"id": i, "paid": i % 2 == 0, "amount": 1.5, "none": None}) for i in range(5)]
    contract = checked(written(tmp_path, "\n".join(lines), "a.jsonl"))
    assert [column.sql_type for column in contract.columns] == ["integer", "boolean", "numeric(18,2)", "text"]


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_draft(parser.add_subparsers())
    options = parser.parse_args(["draft", *arguments])
    return options.run(options)


@pytest.fixture
def contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all contracts, which is empty."""
    folder = tmp_path / "contracts"
    monkeypatch.setattr("ingestion.contract.files.CONTRACTS", folder)
    monkeypatch.setattr("ingestion.contract.files.find_contracts", partial(find_contracts, folder))
    return folder


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], contracts: Path) -> None:
    path, out = written(tmp_path, "id,name\n1,a\n2,b\n3,c\n"), tmp_path / "out.yaml"
    assert run(str(path), "--domain", "erp", "-o", str(out)) == 0
    assert read_contract(out).source == "erp.orders"
    assert "put it into ingestion/contracts/erp/orders.yaml" in capsys.readouterr().err
    assert run(str(path), "-o", str(out)) == 1
    assert "is there already" in capsys.readouterr().err
    assert run(str(path), "--table", "select") == 1
    assert run(str(tmp_path / "missing.csv")) == 1
    assert run(str(path)) == 0
    assert capsys.readouterr().out.startswith("# Drafted from 3 rows, all of the file.")


def test_a_draft_is_named_after_its_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], contracts: Path
) -> None:
    path, out = written(tmp_path, "id,name\n1,a\n2,b\n3,c\n"), contracts / "web" / "visits.yaml"
    assert run(str(path), "-o", str(out)) == 0
    assert read_contract(out).source == "web.visits"
    assert "put it into" not in capsys.readouterr().err

    assert run(str(path), "-o", str(tmp_path / "other.yaml")) == 1
    assert "the contract of web.visits fits it" in capsys.readouterr().err
    assert run(str(path), "-o", str(tmp_path / "other.yaml"), "--anyway") == 0


def test_output_that_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = written(tmp_path, "".join(f"{i},x\n" for i in range(9)))
    reader, writer = os.pipe()
    os.close(reader)
    for command in (["draft", str(path)], ["preview", str(path)], ["sources", "--help"]):
        done = subprocess.run(
            [sys.executable, "-m", "ingestion", *command],
            cwd=ROOT,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TRADEWIND_STATE": str(tmp_path)},
        )
        assert "Traceback" not in done.stderr and "Broken" not in done.stderr, done.stderr
    os.close(writer)
