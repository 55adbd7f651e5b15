"""Workbooks give rows with the row numbers that a person sees, and hostile ones do no harm."""

from __future__ import annotations

import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from ingestion.findings.reasons import FaultKind
from ingestion.readers.workbook import checks as workbook_checks
from ingestion.readers.workbook import sheets as workbook
from ingestion.readers.workbook.sheets import SheetTable, workbook_tables
from ingestion.tabular.table import Row, Unreadable
from tests.unit.ingestion.builders import (
    DATE_STYLE,
    Sheet,
    replace_part,
    sheet_xml,
    write_ods,
    write_ole,
    write_workbook,
    write_xls,
    xls_number,
    xls_record,
    xls_text,
)

SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.xlsx"


def table(path: Path, sheet: Sheet) -> SheetTable:
    (only,) = workbook_tables(write_workbook(path, {"Sales": sheet}))
    return only


def with_rows(path: Path, rows: str, before: str = "") -> Path:
    return replace_part(write_workbook(path, {"Sales": {1: ["a"]}}), SHEET, sheet_xml(rows, before))


def test_rows_keep_their_number(path: Path) -> None:
    sales = table(
        path, {3: ["Name", "Sold on", "Price"], 4: ["Velo", (41640.0, DATE_STYLE), 772.8], 7: ["V"]}
    )
    assert (sales.name, sales.hidden, sales.guess) == ("Sales", False, 0)
    rows = list(sales.rows(after=1, width=3))
    assert rows == [Row(4, ["Velo", date(2014, 1, 1), 772.8]), Row(7, ["V", "", ""])]
    assert rows[0].evidence() == b'["Velo", "2014-01-01", 772.8]'
    assert sales.passed_over == {"blank": 4}


def test_rows_beyond_the_head(path: Path) -> None:
    sales = table(path, {n: [f"name {n}", float(n)] for n in range(1, 3001)})
    assert len(sales.head) == 50
    rows = list(sales.rows(after=1, width=2))
    assert [row.line for row in rows] == list(range(2, 3001))
    assert rows[-1].cells == ["name 3000", 3000.0]


def test_sheets_can_be_read_in_parallel(path: Path) -> None:
    sheet = {n: [f"name {n}", "x" * 1000] for n in range(1, 2001)}
    one, other = workbook_tables(write_workbook(path, {"One": sheet, "Other": sheet}))
    pairs = zip(one.rows(1, 2), other.rows(1, 2), strict=True)
    assert sum(a == b for a, b in pairs) == 1999


def test_missing_and_extra_cells(path: Path) -> None:
    sales = table(path, {1: ["a", "b"], 2: ["x"], 3: ["x", "y", 0.0], 4: [" "], 5: ["x", "y", " "]})
    assert list(sales.rows(1, 2)) == [
        Row(2, ["x", ""]),
        Row(3, ["x", "y", 0.0], fault=FaultKind.WRONG_WIDTH.reason(found=3, expected=2)),
        Row(5, ["x", "y"]),
    ]


@pytest.mark.parametrize(
    ("sheet", "guess"),
    [
        ({1: ["Sales of 2014"], 2: ["confidential"], 4: ["a", "b", "c"], 5: ["x", 1.0]}, 2),
        ({1: ["a", "b"], 2: ["x", 1.0], 3: ["y", 2.0, None, "a remark"], 4: ["z", 3.0]}, 0),
        ({1: [None, "a", "b"], 2: ["x", 1.0, 2.0]}, 0),
        ({1: ["a"], 2: ["x"]}, 0),
        ({1: [1.0, 2.0], 2: [3.0, 4.0]}, None),
    ],
)
def test_where_the_header_is(path: Path, sheet: Sheet, guess: int | None) -> None:
    assert table(path, sheet).guess == guess


def test_kinds_of_cells(path: Path) -> None:
    cells = {
        "t='b'": (1, "TRUE"),
        "t='e'": ("#N/A", "#N/A"),
        "s='1' t='e'": ("#REF!", "#REF!"),
        "s='1'": (0.5, "12:00:00"),
        "t='d'": ("2014-01-02T03:04:05", datetime(2014, 1, 2, 3, 4, 5)),
        "": (12, 12.0),
    }
    row = "".join(
        f"<c r='{chr(65 + i)}1' {how}><v>{value}</v></c>" for i, (how, (value, _)) in enumerate(cells.items())
    )
    (sales,) = workbook_tables(with_rows(path, f"<row r='1'>{row}</row>"))
    assert sales.head == [Row(1, [expected for _, expected in cells.values()])]
    assert type(sales.head[0].cells[-1]) is float


def test_errors_are_found_however_long_the_sheet(path: Path) -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="e"><f>NA()</f><v>#N/A</v></c><c r="B{n}" t="inlineStr"><is><t>'
        f"t=&quot;e&quot; {'x' * 997}</t></is></c></row>"
        for n in range(1, 2501)
    )
    (sales,) = workbook_tables(with_rows(path, rows))
    found = list(sales.rows(0, 2))
    assert len(found) == 2500
    assert {row.cells[0] for row in found} == {"#N/A"}
    assert {row.cells[1] for row in found} == {'t="e" ' + "x" * 997}


def test_hidden_sheets_come_last(path: Path) -> None:
    write_workbook(path, {"Hidden": {1: ["a"]}, "Empty": {}, "Stray": {5: [None, " "]}, "Shown": {1: ["a"]}})
    with zipfile.ZipFile(path) as archive:
        listed = archive.read("xl/workbook.xml").replace(
            b'name="Hidden"', b'name="Hidden" state="veryHidden"'
        )
    found = workbook_tables(replace_part(path, "xl/workbook.xml", listed))
    assert [(each.name, each.hidden) for each in found] == [("Shown", False), ("Hidden", True)]


def test_merged_cells_contain_their_value_once(path: Path) -> None:
    rows = '<row r="1"><c r="A1" t="str"><v>x</v></c><c r="B1"/></row><row r="2"><c r="B2"><v>1</v></c></row>'
    xml = sheet_xml(rows).replace(
        "</worksheet>", '<mergeCells><mergeCell ref="A1:A2"/></mergeCells></worksheet>'
    )
    write_workbook(path, {"Sales": {1: ["a"]}})
    (sales,) = workbook_tables(replace_part(path, SHEET, xml))
    assert [row.cells for row in sales.head] == [["x"], ["", 1.0]]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a'b\"<&>", "'; DROP TABLE raw; --", "名前"])
def test_hostile_names_of_sheets(path: Path, name: str) -> None:
    name = name.replace('"', "")
    (sales,) = workbook_tables(write_workbook(path, {name: {1: ["a"]}}))
    assert sales.name == name


@pytest.mark.parametrize("sheets", [{"S": {}}, {"S": {}, "T": {}}, {"S": {1: [" "]}}])
def test_nothing_but_empty_sheets(path: Path, sheets: dict[str, Sheet]) -> None:
    with pytest.raises(Unreadable, match="the workbook has only empty sheets: deliver it again"):
        workbook_tables(write_workbook(path, sheets))


def test_cut_off_workbook(path: Path) -> None:
    write_workbook(path, {"S": {1: ["a"]}})
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(Unreadable, match=r"damaged or cut off .* download it again"):
        workbook_tables(path)


@pytest.mark.parametrize(
    "rows",
    ['<row r="1"><c r="A1" t="s"><v>7</v></c></row>', '<row r="1"><c r="A1" t="zz"><v>7</v></c>', "<row"],
)
def test_broken_sheets(path: Path, rows: str) -> None:
    with pytest.raises(Unreadable, match=r"the workbook cannot be opened .* save it again"):
        workbook_tables(with_rows(path, rows))


def test_entity_declarations(path: Path) -> None:
    laughs = '<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    quadratic = f'<!-- {"x" * 5000} --><!doctype x [<!ENTITY a "{"x" * 50_000}">]>'
    cell = '<row r="1"><c r="A1" t="str"><v>&b;</v></c></row>'
    for before in (laughs, quadratic):
        with pytest.raises(Unreadable, match=r"entity declarations, .* refused; open it .* save it again"):
            workbook_tables(with_rows(path, cell, before))
    xml = sheet_xml(cell, laughs).encode("utf-16")
    with pytest.raises(Unreadable, match="entity declarations"):
        workbook_tables(replace_part(path, SHEET, xml))


@pytest.mark.parametrize("corner", ['r="XFD1048576"', 'r="ZZZZ99999"'])
def test_a_cell_at_the_far_corner(path: Path, corner: str) -> None:
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c {corner}><v>1</v></c></row>'
    with pytest.raises(Unreadable, match=r"more than 4\.0 GiB of memory.* delete what stands far"):
        workbook_tables(with_rows(path, rows))


def test_cells_without_places_do_not_hide_a_far_corner(path: Path) -> None:
    rows = f'<row r="1">{"<c><v>1</v></c>" * 16_384}</row><row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    with pytest.raises(Unreadable, match="of memory"):
        workbook_tables(with_rows(path, rows))


def test_a_long_text_that_many_cells_share(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_MEMORY", 2**28)
    write_workbook(path, {"Sales": {1: ["a"]}})
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 2001))
    replace_part(path, SHEET, sheet_xml(cells))
    replace_part(path, "xl/sharedStrings.xml", f"<sst><si><t>{'x' * 500_000}</t></si></sst>")
    with zipfile.ZipFile(path) as archive:
        relations = archive.read("xl/_rels/workbook.xml.rels").decode()
    shared = (
        '<Relationship Id="rId98" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    replace_part(path, "xl/_rels/workbook.xml.rels", relations.replace("</Relationships>", shared))
    with pytest.raises(Unreadable, match="of memory"):
        workbook_tables(path)


def test_time_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_READER", path.with_name("endless.py"))
    path.with_name("endless.py").write_text(
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (0, 10))\nwhile True: pass\n"
    )
    begin = time.monotonic()
    with pytest.raises(Unreadable, match=r"takes more than 15 minutes: save it as .csv"):
        workbook_tables(write_workbook(path, {"S": {1: ["a"]}}))
    assert time.monotonic() - begin < 5


def test_packed_bombs(path: Path) -> None:
    write_workbook(path, {"S": {1: ["a"]}})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/media.bin", "w") as part,
    ):
        for _ in range(70):
            part.write(bytes(2**20))
    with pytest.raises(Unreadable, match="more than 200 times as much"):
        workbook_tables(path)


def test_ods(tmp_path: Path) -> None:
    text = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>"
    rows = (
        f"<table:table-row>{text.format('Name')}{text.format('Price')}</table:table-row>"
        '<table:table-row><table:table-cell table:formula="of:=NA()" office:value-type="string"'
        ' office:string-value="" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
        "<table:table-cell office:value-type='float' office:value='1.5'/></table:table-row>"
        "<table:table-row table:number-rows-repeated='1048574'><table:table-cell"
        " table:number-columns-repeated='16384'/></table:table-row>"
    )
    (sales,) = workbook_tables(write_ods(tmp_path / "a.ods", rows))
    assert list(sales.rows(1, 2)) == [Row(2, ["#N/A", 1.5])]


def test_ods_that_claims_to_be_large(tmp_path: Path) -> None:
    rows = (
        "<table:table-row table:number-rows-repeated='1048576'><table:table-cell office:value-type='float'"
        " office:value='1' table:number-columns-repeated='16384'/></table:table-row>"
    )
    with pytest.raises(Unreadable, match=r"of memory|save it again"):
        workbook_tables(write_ods(tmp_path / "a.ods", rows))


def test_xls(tmp_path: Path) -> None:
    cells = (
        xls_text(0, 0, "Name") + xls_text(0, 1, "Price") + xls_text(1, 0, "Velo") + xls_number(1, 1, 772.8)
    )
    (sales,) = workbook_tables(write_xls(tmp_path / "a.xls", cells))
    assert (sales.name, list(sales.rows(1, 2))) == ("Sales", [Row(2, ["Velo", 772.8])])


@pytest.mark.parametrize(
    "record",
    [
        xls_record(0x205, bytes([1, 0, 0, 0, 0, 0, 0x2A, 1])),
        xls_record(0x06, bytes([1, 0, 0, 0, 0, 0, 2, 0, 0x2A, 0, 0, 0, 0xFF, 0xFF]) + bytes(8)),
    ],
)
def test_xls_that_hides_errors(tmp_path: Path, record: bytes) -> None:
    with pytest.raises(Unreadable, match=r"errors such as #N/A, .* save the workbook as .xlsx"):
        workbook_tables(write_xls(tmp_path / "a.xls", xls_text(0, 0, "Name") + record))


def test_xlsb_that_hides_errors(path: Path) -> None:
    write_workbook(path, {"S": {1: ["a"]}})
    replace_part(path, "xl/worksheets/sheet1.bin", b"\x81\x01\x00\x00\x02\xff\xff\x03\x01\x2a")
    with pytest.raises(Unreadable, match="errors such as #N/A"):
        workbook_tables(path)


def test_xls_with_a_cell_at_the_far_corner(tmp_path: Path) -> None:
    cells = xls_number(0, 0, 1.0) + xls_number(65535, 65535, 1.0)
    with pytest.raises(Unreadable, match=r"of memory|save it again"):
        workbook_tables(write_xls(tmp_path / "a.xls", cells))


@pytest.mark.parametrize("stream", ["EncryptedPackage", "encryptedpackage"])
def test_protected_by_a_password(tmp_path: Path, stream: str) -> None:
    with pytest.raises(Unreadable, match="protected by a password: save it without one"):
        workbook_tables(write_ole(tmp_path / "a.xlsx", stream, b"x"))
    with pytest.raises(Unreadable, match="protected by a password: save it without one"):
        workbook_tables(write_xls(tmp_path / "a.xls", xls_record(0x2F, bytes(6))))


def test_document_that_is_not_a_workbook(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="not a workbook: save the table in it"):
        workbook_tables(write_ole(tmp_path / "a.xls", "WordDocument", b"x"))


@pytest.mark.parametrize("cut", [8, 100, 520, 1000, 2000])
def test_cut_off_xls(tmp_path: Path, cut: int) -> None:
    whole = write_xls(tmp_path / "a.xls", xls_text(0, 0, "Name"))
    whole.write_bytes(whole.read_bytes()[:cut])
    with pytest.raises(Unreadable):
        workbook_tables(whole)


FORMULA = "<row r='1'><c r='A1' t='inlineStr'><is><t>a</t></is></c></row><row r='2'>{}</row>"


@pytest.mark.parametrize(
    ("cell", "place"),
    [
        ("<c r='A2'><f>1+1</f></c>", "A2"),
        ("<c r='A2'><f>1+1</f><v/></c>", "A2"),
        ("<c r='A2'>\n <f>1+1</f> <v></v> </c>", "A2"),
        ("<c r='A2' t='n'><f>IF(B1&lt;2,1,2)</f><v />\n</c>", "A2"),
        (
            "<c r='A2'><f t='shared' ref='A2:A9' si='0'>1+1</f><v>2</v></c></row>"
            "<row r='3'><c r='A3'><f t='shared' si='0'/></c>",
            "A3",
        ),
        ("<c r='A2'><f>1+1</f><v>2</v></c>", None),
        ("<c r='A2' t='str'><f>\"\"</f><v></v></c>", None),
        ("<c r='A2' t='str'><f>\"x\"</f><v>x</v></c>", None),
        ("<c r='A2'><v>5</v></c><c r='H2'><f>SUM(A2:A9)</f></c>", None),
    ],
)
@pytest.mark.parametrize("block", [7, 2**20])
def test_formulas_that_were_never_computed(
    path: Path, cell: str, place: str | None, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_checks, "BLOCK", block)
    (sales,) = workbook_tables(with_rows(path, FORMULA.format(cell)))
    if place:
        with pytest.raises(Unreadable, match=rf"'Sales' holds formulas .* \(the first in {place}\)"):
            list(sales.rows(1, 1))
    else:
        assert not any(row.fault for row in sales.rows(1, 1))


def test_a_formula_without_a_value_holds_only_its_own_sheet(path: Path) -> None:
    write_workbook(path, {"Good": {1: ["a"], 2: [1.0]}, "A & B": {1: ["a"], 2: [1.0]}})
    replace_part(path, "xl/worksheets/sheet2.xml", sheet_xml(FORMULA.format("<c r='A2'><f>1</f></c>")))
    good, bad = workbook_tables(path)
    assert [row.cells for row in good.rows(1, 1)] == [[1.0]]
    with pytest.raises(Unreadable, match="'A & B' holds formulas"):
        list(bad.rows(1, 1))


@pytest.mark.parametrize(("value", "is_read"), [("0", False), ("7", True)])
def test_zeros_of_a_program_that_does_not_compute_formulas(path: Path, value: str, is_read: bool) -> None:
    write_workbook(path, {"Sales": {1: ["a"], 2: [1.0]}})
    with zipfile.ZipFile(path) as archive:
        book = archive.read("xl/workbook.xml").decode()
    replace_part(
        path, "xl/workbook.xml", book.replace("</workbook>", '<calcPr fullCalcOnLoad="1"/></workbook>')
    )
    replace_part(path, SHEET, sheet_xml(FORMULA.format(f"<c r='A2'><f>1</f><v>{value}</v></c>")))
    (sales,) = workbook_tables(path)
    if is_read:
        assert [row.cells for row in sales.rows(1, 1)] == [[7.0]]
    else:
        with pytest.raises(Unreadable, match="no program has computed"):
            list(sales.rows(1, 1))


@pytest.mark.parametrize(
    ("attributes", "is_read"),
    [
        ('table:formula="of:=1"', False),
        ('table:formula="of:=1" office:value-type="float" office:value="1"', True),
    ],
)
def test_formulas_of_open_document_spreadsheets(tmp_path: Path, attributes: str, is_read: bool) -> None:
    rows = "".join(
        f"<table:table-row>{cell}</table:table-row>"
        for cell in (
            '<table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell>',
            f"<table:table-cell {attributes}/>",
            '<table:table-cell office:value-type="float" office:value="2"/>',
        )
    )
    (sales,) = workbook_tables(write_ods(tmp_path / "a.ods", rows))
    if is_read:
        assert [row.cells for row in sales.rows(1, 1)] == [[1.0], [2.0]]
    else:
        with pytest.raises(Unreadable, match="'Sales' holds formulas"):
            list(sales.rows(1, 1))


def test_hidden_rows_are_read_with_a_remark(path: Path) -> None:
    rows = "<row r='1'><c r='A1' t='inlineStr'><is><t>a</t></is></c></row>" + "".join(
        f"<row r='{n}' hidden='1'><c r='A{n}'><v>{n}</v></c></row>" for n in (2, 3)
    )
    (sales,) = workbook_tables(with_rows(path, rows))
    assert [row.cells for row in sales.rows(1, 1)] == [[2.0], [3.0]]
    assert [each.kind for each in sales.remarks] == ["hidden_rows"] and "2 rows" in sales.remarks[0].text


def merged(path: Path, sheet: Sheet, *ranges: str) -> SheetTable:
    """The table of a sheet in which these ranges are merged."""
    write_workbook(path, {"Sales": sheet})
    with zipfile.ZipFile(path) as archive:
        xml = archive.read(SHEET).decode()
    cells = "".join(f'<mergeCell ref="{each}"/>' for each in ranges)
    merges = f"</sheetData><mergeCells>{cells}</mergeCells>"
    (only,) = workbook_tables(replace_part(path, SHEET, xml.replace("</sheetData>", merges)))
    return only


BY_REGION: Sheet = {
    1: ["Region", "Shop", "Sales"],
    2: ["North", "a", 1.0],
    3: [None, "b", 2.0],
    5: [None, "c"],
    6: ["South", "d", 4.0],
}


def test_merged_cells_are_filled_on_request(path: Path) -> None:
    table_ = merged(path, BY_REGION, "A2:A5", "C2:C3")
    table_.fill([0])
    cells = [row.cells for row in table_.rows(1, 3)]
    assert cells == [["North", "a", 1.0], ["North", "b", 2.0], ["North", "c", ""], ["South", "d", 4.0]]
    (remark,) = table_.remarks
    assert remark.kind == "merged_cells" and "column 'Sales': of merged cells (C2:C3)" in remark.text


def test_cells_merged_across_are_filled_too(path: Path) -> None:
    sheet: Sheet = {1: ["a", "b", "c"], 2: ["x", None, 1.0], 3: [None, None, 2.0], 4: ["y", "z", 3.0]}
    table_ = merged(path, sheet, "A2:B3")
    table_.fill([0, 1])
    assert [row.cells for row in table_.rows(1, 3)] == [["x", "x", 1.0], ["x", "x", 2.0], ["y", "z", 3.0]]
    assert not table_.remarks


def test_merged_titles_do_not_matter(path: Path) -> None:
    table_ = merged(path, {1: ["Sales of 2024"], 2: ["a", "b"], 3: [1.0, 2.0], 4: [3.0, 4.0]}, "A1:B1")
    assert (table_.guess, [row.cells for row in table_.rows(2, 2)]) == (1, [[1.0, 2.0], [3.0, 4.0]])
    assert not table_.remarks


@pytest.mark.parametrize(
    ("upper", "lower", "ranges", "joined"),
    [
        (
            ["R", 2023.0, None, 2024.0],
            [None, "U", "S", "U", "S"],
            ["A1:A2", "B1:C1", "D1:E1"],
            ["R", "2023 U", "2023 S", "2024 U", "2024 S"],
        ),
        (["R", "A", None, "Total"], [None, "U", "S"], ["B1:C1", "D1:D2"], ["R", "A U", "A S", "Total"]),
        (["R", "A", None, "B"], ["R", "U", "S", "U", "S"], [], ["R R", "A U", "A S", "B U", "B S"]),
        (["R", "A", "B"], ["x", "n/a", "n/a"], [], None),
        (["Report:", "Sales"], ["R", "U", "S", "T", "V"], [], None),
        (
            ["Report", "of 2024"],
            ["R", "U", "S", "T", "V"],
            ["B1:E1"],
            ["Report R", "of 2024 U", "of 2024 S", "of 2024 T", "of 2024 V"],
        ),
        (["Report"], ["R", "U", "S", "T", "V"], ["A1:E1"], None),
        (["a", "b", "c"], ["x", "y", "z"], [], None),
        (["Name", None, "City"], ["Ann", "Lee", "Bern"], ["A1:B1"], None),
        (["a", "b", "c"], ["x", 1.0, 2.0], ["B1:C1"], None),
    ],
)
def test_two_header_rows(path: Path, upper, lower, ranges: list[str], joined: list[str] | None) -> None:
    width = max(len(upper), len(lower))
    others = "y" if upper[0] == "Name" else 5.0
    sheet: Sheet = {1: upper, 2: lower, **{n: ["x", *[others] * (width - 1)] for n in range(3, 7)}}
    table_ = merged(path, sheet, *ranges)
    found = table_.head[table_.guess].cells
    assert (found == joined) is (joined is not None)
    if joined:
        assert [row.line for row in table_.rows(table_.guess + 1, width)] == [3, 4, 5, 6]


@pytest.mark.parametrize(
    ("upper", "lower", "ranges", "is_joined"),
    [
        # The first row of people repeats a town; a column has no name; a name is merged over two columns.
        (["name", "city", "home"], ["Ann", "Bern", "Bern"], [], False),
        ([None, "city", "home"], ["Ann", "Bern", "Bern"], [], False),
        (["name", "city", None, "home"], ["Ann", "Bern", "x", "Bern"], [], False),
        (["name", None, "city"], ["Ann", "Lee", "Bern"], ["A1:B1"], False),
        # Groups that are clear without any figures.
        ([None, "Home", None, "Work"], ["name", "city", "street", "city", "street"], [], True),
        (["name", "Home", None], [None, "city", "street"], ["A1:A2", "B1:C1"], True),
    ],
)
def test_two_header_rows_above_texts(path: Path, upper, lower, ranges: list[str], is_joined: bool) -> None:
    width = max(len(upper), len(lower))
    sheet: Sheet = {1: upper, 2: lower, **{n: [*"abcde"][:width] for n in range(3, 7)}}
    table_ = merged(path, sheet, *ranges)
    rows = [row.line for row in table_.rows(table_.guess + 1, width)]
    assert rows == ([3, 4, 5, 6] if is_joined else [2, 3, 4, 5, 6])
    assert [each.kind for each in table_.remarks if each.kind == "header_rows"] == []


@pytest.mark.parametrize(
    ("above", "header", "first", "place"),
    [
        ({1: ["Total", 78.0]}, ["shop", "sold"], 2, 1),
        ({1: ["Period", "March"]}, ["shop", "sold"], 3, 1),
        # Years are names, a header may be followed by an empty row, and words may stand for missing figures.
        ({}, ["shop", 2024.0], 1, 0),
        ({1: ["shop", 2024.0]}, ["a", "n/a"], 2, 0),
        ({1: ["shop", "sold"]}, ["a", 1.0], 3, 0),
    ],
)
def test_titles_as_wide_as_the_table(path: Path, above: Sheet, header, first: int, place: int) -> None:
    sheet: Sheet = {**above, first: header, **{n: ["x", 5.5] for n in range(first + 1, first + 5)}}
    (table_,) = workbook_tables(write_workbook(path, {"Sales": sheet}))
    assert table_.guess == place


def test_a_contract_for_the_upper_header_row_gets_no_false_remark(path: Path) -> None:
    table_ = merged(path, {1: ["R", "A", "B"], 2: ["x", "y", "y"], 3: ["x", 1.0, 2.0]})
    assert [row.line for row in table_.rows(1, 3)] == [2, 3] and not table_.remarks


def test_a_contract_may_mean_only_the_lower_header_row(path: Path) -> None:
    sheet: Sheet = {1: ["R", "A", None, "B"], 2: ["", "U", "S", "U", "S"], 3: ["x", 1.0, 2.0, 3.0, 4.0]}
    table_ = merged(path, sheet, "B1:C1", "D1:E1")
    assert [row.line for row in table_.rows(2, 5)] == [3]
    assert [each.kind for each in table_.remarks] == ["header_rows"]


def test_merged_cells_of_open_document_spreadsheets_are_reported(tmp_path: Path) -> None:
    def cell(text: str, attributes: str = "") -> str:
        kind = f'{attributes} office:value-type="string"'
        return f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>"

    spans = 'table:number-columns-spanned="1" table:number-rows-spanned="2"'
    rows = (cell("a") + cell("b"), cell("x", spans) + cell("1"), "<table:covered-table-cell/>" + cell("2"))
    path = write_ods(tmp_path / "a.ods", "".join(f"<table:table-row>{row}</table:table-row>" for row in rows))
    (sales,) = workbook_tables(path)
    assert [row.cells for row in sales.rows(1, 2)] == [["x", "1"], ["", "2"]]
    assert [each.kind for each in sales.remarks] == ["merged_cells"]
    (sales,) = workbook_tables(path)
    sales.fill([0])
    with pytest.raises(Unreadable, match="save it as"):
        list(sales.rows(1, 2))
