"""The dialect of a text table is detected from its content."""

from __future__ import annotations

import io

import pytest

from ingestion.readers.text.dialects import Dialect, dialect_of, guess_header, sniff
from ingestion.tabular.table import Row

SIGNS = [",", ";", "\t", "|", " ", "||", ", ", " | ", "~", "^", "\x01", "::"]
ROWS = [["id", "name", "amount", "day"]] + [
    [str(i), name, f"{i}.50", f"2024-01-{i:02}"] for i, name in enumerate(["Ann", "Bob", "Cem", "Dora"], 1)
]


@pytest.mark.parametrize("delimiter", SIGNS)
def test_delimiters(delimiter: str) -> None:
    assert sniff("\n".join(map(delimiter.join, ROWS))) == Dialect(delimiter)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ", "])
@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_quotes(delimiter: str, quote: str, newline: str) -> None:
    rows = [[quote + cell + quote for cell in [*row, f"one{delimiter}two"]] for row in ROWS]
    assert sniff(newline.join(map(delimiter.join, rows))) == Dialect(delimiter, quote)


@pytest.mark.parametrize(
    ("sample", "dialect"),
    [
        ("a;b\n1,5;2,3\n1,7;2,9\n", Dialect(";")),
        ('name,n\n"say \\"hi\\", now",1\n', Dialect(escape="\\")),
        ('name,n\n"say ""hi"", now",1\n', Dialect()),
        ('path,n\n"C:\\new\\",1\n"D:\\",2\n', Dialect()),
        ('size,n\n5" pipe,2\n6" tube,3\n', Dialect(quote="")),
        ("id,tags\na,1;2;3\nb,2;3;4\n", Dialect()),
        ("at;n\n12:30:45;1\n13:30:45;2\n", Dialect(";")),
        ("Sales of May\n\na;b;c\n1;2;3\n4;5;6\n", Dialect(";")),
        ("a\tb\nx, y\t1\np, q\t2\n", Dialect("\t")),
        ("a,b,\n1,2,\n3,4,\n", Dialect()),
        ("Clubs,,,,,\nwho,when,with,,,\nAnn,Oct-14,Tea,,,\n" + ",,Club,,,\n" * 20, Dialect()),
        ('"n";"time"\n"a";"1";"0.5\n"b";"2";"0.7\n"c";"3";"0.8\n"d";NA;NA\n', Dialect(";")),
    ],
)
def test_ambiguous_dialects(sample: str, dialect: Dialect) -> None:
    assert sniff(sample) == dialect


@pytest.mark.parametrize(
    "sample",
    ["", "city\n", "city\nParis\nRome\n", "mail\na@b.org\nc@d.org\n", "text\nHello, world\nfoo\nbar\n"],
)
def test_one_column_is_not_split(sample: str) -> None:
    assert sniff(sample).delimiter not in sample or not sample


def test_given_options_are_used() -> None:
    sample = 'a;b\n"1";2\n'
    assert sniff(sample, delimiter=",").delimiter == ","
    assert sniff(sample, quote="") == Dialect(";", quote="")
    assert sniff(sample, delimiter=";", quote='"', escape="\\") == Dialect(";", escape="\\")
    file = io.BytesIO(sample.encode())
    assert dialect_of(file, encoding="latin-1") == Dialect(";", encoding="latin-1")


def test_byte_order_is_detected_if_the_name_leaves_it_open() -> None:
    file = io.BytesIO(b"\xfe\xff" + "a;b\n1;2\n".encode("utf-16-be"))
    assert dialect_of(file, encoding="utf-16") == Dialect(";", encoding="utf-16-be")


@pytest.mark.parametrize(
    "wrong",
    [
        {"delimiter": ""},
        {"delimiter": "\n"},
        {"delimiter": '"'},
        {"delimiter": '",'},
        {"quote": "''"},
        {"escape": ","},
        {"encoding": "utf-9"},
    ],
)
def test_formats_that_no_table_uses(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Dialect(**wrong)


def test_escape_that_is_the_quote_means_doubling() -> None:
    assert Dialect(escape='"') == Dialect()


def head(*rows: str) -> list[Row]:
    return [Row(n, [None if cell == "-" else cell for cell in row.split()]) for n, row in enumerate(rows, 1)]


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        (["id name", "1 Ann", "2 Bob"], 0),
        (["first last", "Ann Lee", "Bob Ray"], 0),
        (["id name"], 0),
        (["country 2019 2020", "FR 12.5 13", "DE 1 2"], 0),
        (["Report", "a b c", "1 2 3"], 1),
        (["Report - - -", "By Ann - -", "a b c d", "1 2 3 4"], 2),
        (["1 Ann", "2 Bob"], None),
        # Half of the names are missing.
        (["- amount", "Ann 1", "Bob 2"], 0),
        (["shop -", "a 1", "a 2"], 0),
        # A line above the table is wider, or has fewer cells, than the table.
        (["EXTF 700 21 x 13 2024", "sum mark day", "1 S 11", "2 S 12"], 1),
        (["Store Bern", "item units price", "a 1 2", "b 3 4"], 1),
        # Another table is below, and names are repeated in another order.
        (["item sum", *[f"i{n} {n}" for n in range(10)], "pay sum", "cash 3"], 0),
        (["shop day sum n", *["a 2024-01-02 1 2"] * 10, "shop day n sum", "a 2024-01-02 2 1"], 0),
        (["2024-01-01 5", "2024-01-02 6"], None),
        (["Ann yes", "Bob yes", "Cem no"], None),
        (["1"], None),
    ],
)
def test_header(rows: list[str], place: int | None) -> None:
    assert guess_header(head(*rows)) == place


def test_rows_with_faults_are_not_a_header() -> None:
    assert guess_header([Row(1, (), b"\xff", 0, "bad"), *head("a b", "1 2")]) == 1
    assert guess_header([Row(1, (), b"\xff", 0, "bad")]) is None
