"""Files that are harmful, or look like it, do not affect other files and are reported clearly."""

from __future__ import annotations

import csv
import os
import socket
import zipfile
from collections.abc import Callable
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.loading.load import load, load_landing
from ingestion.loading.replay import replay
from ingestion.orchestration.tasks import load_waiting
from tests.conftest import skip
from tests.integration.ingestion.command import run
from tests.integration.ingestion.sales_files import HEADER, sales_contract, settled, tidy_rows, write_rows
from tests.unit.ingestion.builders import replace_part, sheet_xml, write_workbook


def zip_of(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)


def fill_with(sign: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(sign * 9_999)


def entity_bomb(path: Path) -> None:
    write_workbook(path, {"Sales": {1: HEADER.split(",")}})
    entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&c;</t></is></c></row>'
    replace_part(path, "xl/worksheets/sheet1.xml", sheet_xml(row, entities))


def columns_that_shout(path: Path) -> None:
    header = HEADER.replace("COGS", "\x1b[31m'; drop table ops.loads; --\x07")
    write_rows(path, tidy_rows(5), header)


@pytest.mark.parametrize(
    ("name", "make", "advice"),
    [
        (
            "bomb.zip",
            lambda path: zip_of(path, "a.csv", bytes(80 << 20)),
            "if it is genuine, deliver it unpacked",
        ),
        ("out.zip", lambda path: zip_of(path, "../../sales.csv", b"x"), "which leads out of the archive"),
        ("bomb.xlsx", entity_bomb, "open it in a spreadsheet program and save it again"),
        (
            "quotes.csv",
            lambda path: path.write_bytes(b'"' * 9_999),
            "check that the file begins with its header",
        ),
        (
            "nuls.csv",
            lambda path: path.write_bytes(bytes(9_999)),
            "deliver a .csv, .xlsx, .parquet or .jsonl file",
        ),
        ("columns.csv", columns_that_shout, "correct the columns (missing: 'COGS'; unknown: "),
    ],
)
def test_hostile_file_is_held(
    name: str, make: Callable[[Path], object], advice: str, landing: Path, empty_warehouse: str, query
) -> None:
    make(landing / name)
    settled(landing / name)
    write_rows(landing / "sound.csv", tidy_rows(10))

    held, loaded = sorted(load_landing(landing, url=empty_warehouse), key=lambda result: result.outcome)

    assert (held.outcome, held.path.name) == ("held", name)
    assert advice in held.message
    assert held.message.isprintable()
    assert (loaded.outcome, loaded.rows_loaded) == ("loaded", 10)
    assert [path.name for path in (landing / "held").iterdir()] == [f"{held.load_id}_{name}"]
    assert query("select state from ops.loads order by state") == [("held",), ("loaded",)]


def make_socket(path: Path) -> None:
    # With a short name: a socket's may have at most 107 bytes.
    with chdir(path.parent), socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)


def make_device(path: Path) -> None:
    try:
        os.mknod(path, 0o020666, os.makedev(1, 5))
    except PermissionError:
        skip("making a device takes root")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (os.mkfifo, "it is not a regular file"),
        (make_socket, "it is not a regular file"),
        (make_device, "it is not a regular file"),
        (lambda path: path.symlink_to(path), "it cannot be read: Too many levels of symbolic links"),
    ],
    ids=["pipe", "socket", "device", "loop"],
)
def test_what_is_not_a_file(
    make: Callable[[Path], None], message: str, landing: Path, empty_warehouse: str, query
) -> None:
    """It does not wait in a folder; naming it gives a message."""
    odd = landing / "odd.csv"
    make(odd)
    sound = write_rows(landing / "sound.csv", tidy_rows(10))

    (loaded,) = load_landing(landing, url=empty_warehouse)
    assert (loaded.outcome, loaded.path) == ("loaded", sound)
    assert odd.is_symlink() or odd.exists()

    (held,) = load([odd], url=empty_warehouse)
    assert (held.outcome, held.message) == ("held", f"nothing taken: {message}")


def test_links_are_not_followed(landing: Path, tmp_path: Path, empty_warehouse: str, query) -> None:
    """A link to a file elsewhere is held; files behind a link to a folder do not wait."""
    (elsewhere := tmp_path / "elsewhere").mkdir()
    secret = write_rows(elsewhere / "secret.csv", tidy_rows(10, 2015))
    (landing / "folder").symlink_to(elsewhere)
    (landing / "up").symlink_to(landing)
    (landing / "link.csv").symlink_to(secret)
    write_rows(landing / "sound.csv", tidy_rows(10))

    held, loaded = sorted(load_landing(landing, url=empty_warehouse), key=lambda result: result.outcome)

    assert held.message == "nothing taken: it is a link that leads out of landing/: copy the file there"
    assert loaded.outcome == "loaded"
    assert query("select distinct year from staging.raw_sales_transactions") == [(2014,)]
    assert secret.exists()


NAMES = [
    "'; drop table ops.loads; --.csv",
    "quo\"te'.csv",
    "two\nlines\r.csv",
    os.fsdecode(b"\xff\xfe not utf-8.csv"),
    "-rf.csv",
    "a..b.csv",
    "up\\..\\..\\up.csv",
    "*?[0-9]{a,b}.csv",
    "%s %(x)s {0}.csv",
    "[red]x.csv",
    "$(touch x)`touch y`.csv",
    "\N{GRINNING FACE} \N{RIGHT-TO-LEFT OVERRIDE}vsc.csv",
    "=1+1.csv",
    " .csv",
    "no ending",
    "--help.csv",
    "12_x.csv",
    "x.csv",
    "X.csv",
    "e\N{COMBINING ACUTE ACCENT}.csv",
    "\N{LATIN SMALL LETTER E WITH ACUTE}.csv",
    os.fsdecode(b"\x83e\x83X\x83g cp932.csv"),
    os.fsdecode(b"folder \xff/\xe9.csv"),
]


def test_hostile_names(landing: Path, empty_warehouse: str, query) -> None:
    for i, name in enumerate(NAMES):
        (landing / name).parent.mkdir(exist_ok=True)
        write_rows(landing / name, tidy_rows(10, 2000 + i))

    results = load_landing(landing, url=empty_warehouse)

    assert {(result.outcome, result.message) for result in results} == {("loaded", None)}
    assert all(result.file.isprintable() for result in results)
    set_aside = {path.name for path in (landing / "loaded").iterdir()}
    assert set_aside == {f"{result.load_id}_{result.path.name}" for result in results}
    assert query("select count(*), count(distinct path) from ops.loads") == [(len(NAMES), len(NAMES))]


def test_hostile_name_of_a_large_file(landing: Path, empty_warehouse: str, query) -> None:
    """Other programs that read it must not take its name for a pattern, or for a compression format."""
    for name in ("*.csv", "year=2014 [0-9]?.csv.gz"):
        year = 2014 + (name != "*.csv")
        write_rows(landing / name, tidy_rows(20_000, year))
    results = load_landing(landing, url=empty_warehouse)

    assert [(result.outcome, result.rows_loaded) for result in results] == [("loaded", 20_000)] * 2
    assert query("select distinct way from ops.loads") == [("bulk",)]


@pytest.mark.parametrize("name", [f"{'x' * 251}.csv", f"{'ü' * 125}.csv", "y" * 255, f"x.{'z' * 253}"])
def test_longest_name(name: str, landing: Path, empty_warehouse: str, query) -> None:
    """The load's number does not fit: the name is cut where the file is set aside, not in the ledger."""
    write_rows(landing / name, tidy_rows(10))
    (result,) = load_landing(landing, url=empty_warehouse)
    assert (result.outcome, result.message) == ("loaded", None)
    assert query("select file_name from ops.loads") == [(name,)]
    (aside,) = (landing / "loaded").iterdir()
    assert aside.name.startswith(f"{result.load_id}_{name[:120]}")
    assert aside.suffix == Path(name).suffix or len(Path(name).suffix) > 200
    assert os.fsencode(aside.name).decode()

    (again,) = replay(result.load_id, landing=landing, url=empty_warehouse)
    assert again.outcome == "loaded"
    assert query("select distinct file_name from ops.loads") == [(name,)]


def test_held_file_with_a_hostile_name_can_be_replayed(landing: Path, empty_warehouse: str, query) -> None:
    """Whatever its bytes: whether it was set aside or stayed."""
    name = os.fsdecode(b"\xff\nno table.csv")
    for folder in (landing, landing / "elsewhere"):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text("not a table\n" + folder.name)
        settled(folder / name)
    (held,) = load_landing(landing, [landing / name], url=empty_warehouse)
    (stayed,) = load([landing / "elsewhere" / name], url=empty_warehouse)
    for result in (held, stayed):
        (again,) = replay(result.load_id, landing=landing, url=empty_warehouse)
        assert (again.outcome, again.load_id) == ("held", result.load_id)
    (corrected,) = (landing / "held").iterdir()
    write_rows(corrected, tidy_rows(10))
    (loaded,) = replay(held.load_id, landing=landing, url=empty_warehouse)
    assert loaded.outcome == "loaded"
    assert query("select file_name from ops.loads where state = 'loaded'") == [("\\udcff\\nno table.csv",)]
    assert [path.name for path in (landing / "loaded").iterdir()] == [f"{loaded.load_id}_{name}"]


def test_a_file_named_in_the_form_of_airflow(
    landing: Path, warehouse, empty_warehouse: str, monkeypatch
) -> None:
    """A form does not accept odd bytes, so the name as shown by status is enough."""
    for name, value in warehouse.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LANDING_DIR", str(landing))
    name = os.fsdecode(b"\xfe.csv")
    write_rows(landing / name, tidy_rows(10))
    summary = load_waiting([f"{landing}/\\udcfe.csv"], url=empty_warehouse)
    assert summary["loaded"] == 1
    assert not (landing / name).exists()


def test_hostile_names_of_sheets(landing: Path, empty_warehouse: str, query) -> None:
    names = ["'; drop table ops.loads; --", "=cmd|' /C calc'!A0", "<b>&amp; \N{GRINNING FACE}"]
    sheets = {
        name: dict(enumerate([HEADER.split(","), *tidy_rows(5, 2014 + i)], 1)) for i, name in enumerate(names)
    }
    settled(write_workbook(landing / "sales.xlsx", sheets))
    results = load_landing(landing, url=empty_warehouse)

    assert [(result.outcome, result.rows_loaded) for result in results] == [("loaded", 5)] * 3
    assert query("select part from ops.loads order by load_id") == [(name,) for name in names]


def test_huge_cell(landing: Path, empty_warehouse: str, query) -> None:
    contract = sales_contract()
    columns = tuple(replace(each, max_length=None) for each in contract.columns)
    rows = list(tidy_rows(30))
    rows[7][2] = "x" * (10 << 20)
    write_rows(landing / "sales.csv", rows)
    (result,) = load_landing(landing, url=empty_warehouse, contracts=[sales_contract(columns=columns)])

    assert (result.outcome, result.rows_loaded) == ("loaded", 30)
    assert query("select max(length(product)), count(*) from staging.raw_sales_transactions") == [
        (10 << 20, 30)
    ]


def test_huge_cell_beyond_the_contract(landing: Path, empty_warehouse: str, query) -> None:
    rows = list(tidy_rows(30))
    rows[7][2] = "x" * (10 << 20)
    write_rows(landing / "sales.csv", rows)
    (result,) = load_landing(landing, url=empty_warehouse)

    assert (result.outcome, result.rows_loaded, result.rows_rejected) == ("loaded", 29, 1)
    assert query("select line, column_name, length(value) <= 1000, reason from ops.rejected_rows") == [
        (
            9,
            "Product",
            True,
            f"'{'x' * 59}…' has 10,485,760 characters; at most 200 are allowed",
        )
    ]


FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "%0A=1"]


def test_formulas_are_texts(warehouse, empty_warehouse: str, query, tmp_path: Path) -> None:
    """They are kept as they are, and made harmless on their way to a spreadsheet."""
    rows = list(tidy_rows(200))
    for row, formula in zip(rows, FORMULAS, strict=False):
        row[2] = formula
    for row, formula in zip(rows[100:], FORMULAS, strict=False):
        row[-2] = formula  # the name of a month
    (result,) = load([write_rows(tmp_path / "sales.csv", rows)], url=empty_warehouse)
    assert (result.rows_loaded, result.rows_rejected) == (194, 6)
    kept = query("select product from staging.raw_sales_transactions where _line between 2 and 7 order by 1")
    assert sorted(kept) == sorted((formula,) for formula in FORMULAS)

    table = tmp_path / "rejected.csv"
    assert run(warehouse, "rejected", "--csv", table).returncode == 0
    with table.open(encoding="utf-8-sig", newline="") as file:
        values = [row["Value"] for row in csv.DictReader(file)]
    assert values == [*(f"'{formula}" for formula in FORMULAS[:5]), FORMULAS[5]]
