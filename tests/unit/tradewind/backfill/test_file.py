"""`backfills.yaml` is checked whole, and each fault names file, line and column."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ingestion.contract.files import find_contracts
from tradewind.backfill.file import FILE, Days, read_backfills
from tradewind.mapping.places import PlacedFaults

SOURCES = ["sales.transactions", "olist.orders"]

GOOD = """\
march-2014:
  what: sales of March
  why: rows were changed by hand
  who: ada@example.com
  days: {from: 2014-03-01, to: 2014-03-31}
  sources: [sales.transactions]
2-files:
  what: two files
  why: a drill
  who: ada@example.com
  loads: [12, 13]
"""


def read(tmp_path: Path, text: str):
    path = tmp_path / "backfills.yaml"
    path.write_text(text)
    return read_backfills(SOURCES, path)


def test_entries(tmp_path):
    march, files = read(tmp_path, GOOD).values()
    assert (march.name, march.what, march.who) == ("march-2014", "sales of March", "ada@example.com")
    assert march.days == Days(date(2014, 3, 1), date(2014, 3, 31))
    assert (march.loads, march.sources) == ((), ("sales.transactions",))
    assert (files.days, files.loads, files.sources) == (None, (12, 13), ())


def test_a_file_of_comments_and_no_file_have_no_entries(tmp_path):
    assert read(tmp_path, "# nothing yet\n") == {}
    assert read_backfills(SOURCES, tmp_path / "none.yaml") == {}


def test_the_file_of_the_repository_is_right_and_so_is_its_example(tmp_path):
    sources = [contract.source for contract in find_contracts().contracts]
    read_backfills(sources)
    example = FILE.read_text().partition("#\n")[2]
    path = tmp_path / "example.yaml"
    path.write_text("".join(line.removeprefix("#").removeprefix(" ") for line in example.splitlines(True)))
    assert list(read_backfills(sources, path)) == ["march-2014", "resent-stock"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("  why: rows were changed by hand\n", "", "line 1, column 1: march-2014.why: is missing"),
        ("why: a drill", "why: ' '", "line 9, column 3: 2-files.why: ' ' is not text"),
        ("to: 2014-03-31", "to: 2014-02-01", "line 5, column 28: march-2014.days.to: 2014-02-01 is before"),
        ("2014-03-31", "2014-02-30", "line 5, column 32: 2014-02-30 is not a day"),
        ("to: 2014-03-31", "until: 2014-03-31", "days.until: is not known; known here: from, to"),
        (
            "sales.transactions]",
            "sales.transaction]",
            "line 6, column 13: march-2014.sources[0]: must be ",
        ),
        ("2014-03-31", "soon", "line 5, column 28: march-2014.days.to: 'soon' is not a day, such as"),
        ("[12, 13]", "[]", "line 11, column 3: 2-files.loads: must be a list with something in it"),
        ("[12, 13]", "[0]", "loads[0]: 0 is not a whole number from 1"),
        (
            "  loads: [12, 13]\n",
            "",
            "line 7, column 1: 2-files: names days or loads: one of",
        ),
        ("  loads", "  sources: [olist.orders]\n  loads", "sources: goes with days: a load has one source"),
        ("2-files", "Two Files", "a name is lower-case letters, digits and hyphens"),
        ("2-files", "march-2014", "line 7, column 1: march-2014: is there twice"),
        ("march-2014:", "- march-2014:", "line "),
    ],
)
def test_what_is_wrong(tmp_path, old, new, fault):
    assert GOOD.count(old) == 1
    with pytest.raises(PlacedFaults) as refused:
        read(tmp_path, GOOD.replace(old, new))
    assert fault in str(refused.value)
    assert str(refused.value).startswith(f"{tmp_path / 'backfills.yaml'}: line ")


def test_all_faults_are_told_at_once(tmp_path):
    with pytest.raises(PlacedFaults) as refused:
        read(tmp_path, GOOD.replace("ada@example.com", "''"))
    assert len(str(refused.value).splitlines()) == 2
