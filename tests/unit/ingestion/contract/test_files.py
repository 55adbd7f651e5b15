"""A broken contract is refused with the file, the place and what is expected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.contract.files import CONTRACTS, ContractError, find_contracts, read_contract, read_contracts
from ingestion.contract.model import (
    Append,
    Contract,
    DatePart,
    DateRepeat,
    Freshness,
    Limit,
    NumberFormat,
    Period,
    Repeats,
    Restate,
    Rhythm,
    ScopePart,
    Sum,
    TextForm,
    Total,
    Upsert,
)

PUBLISHED = CONTRACTS / "sales" / "transactions.yaml"


def test_sales_contract(sales: Contract) -> None:
    assert (sales.source, sales.raw_table) == ("sales.transactions", "raw_sales_transactions")
    assert sales.relation == Restate((ScopePart("country"), ScopePart("sale_date", Period.MONTH)), 0.5)
    assert sales.freshness == Freshness(35, "day")
    assert sales.max_rejected_share == 0.05
    columns = {column.name: column for column in sales.columns}
    assert [column.header for column in sales.columns][12:] == ["Date", "Month Number", "Month Name", "Year"]
    assert columns["month_name"].allowed[0::11] == ("January", "December")
    assert not any(columns[name].allowed for name in ("country", "segment", "discount_band"))
    assert (columns["units_sold"].precision, columns["units_sold"].scale) == (18, 2)
    assert columns["profit"].sql_type == "numeric(18,4)"
    assert columns["sale_date"].date_formats == ("dd/MM/yyyy", "yyyy-MM-dd")
    assert (columns["sale_date"].lowest, columns["sale_date"].highest) == (
        date(1990, 1, 1),
        date(2049, 12, 31),
    )
    assert columns["product"].reserved == ("Unknown",)
    assert sales.sums == (
        Sum("sales", ("gross_sales",), ("discounts",), Decimal("0.01")),
        Sum("profit", ("sales",), ("cogs",), Decimal("0.01")),
    )
    assert columns["month_name"].repeats == DateRepeat("sale_date", DatePart.MONTH_NAME)
    assert {column.classification for column in sales.columns} == {"public"}


def column(document: Any, name: str) -> Any:
    return next(item for item in document["schema"][0]["properties"] if item["name"] == name)


def extension(document: Any, name: str) -> Any:
    return next(item for item in document["schema"][0]["customProperties"] if item["property"] == name)


def adds_up(document: Any) -> Any:
    return document["schema"][0]["quality"][0]["implementation"]


def extend(element: Any, name: str, value: Any) -> None:
    """Add an extension key, replacing one of the same name."""
    kept = [each for each in element.get("customProperties", []) if each["property"] != name]
    element["customProperties"] = [*kept, {"property": name, "value": value}]


def relate(optional: str | None = None, **value: Any) -> Callable[[Any], None]:
    """An edit that sets the relation, and makes one column optional."""

    def edit(document: Any) -> None:
        extension(document, "relation").update(value=value)
        if optional:
            column(document, optional)["required"] = False

    return edit


def figures(**keys: Any) -> Callable[[Any], None]:
    """An edit of the number format."""
    return lambda document: document["customProperties"][0]["value"].update(keys)


VALID = {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": [1]}}
RESERVED = {"type": "custom", "engine": "tradewind", "implementation": {"check": "reserved", "values": ["x"]}}


def read(tmp_path: Path, edit: Callable[[Any], Any]) -> Contract:
    """The sales contract after an edit of its document."""
    document = yaml.safe_load(PUBLISHED.read_text())
    edit(document)
    path = tmp_path / "edited.yaml"
    path.write_text(yaml.dump(document, sort_keys=False))
    return read_contract(path)


@pytest.mark.parametrize(
    ("edit", "place", "problem"),
    [
        (lambda d: d.pop("version"), "line 1, column 1: version", "is missing"),
        (lambda d: d.update(kind="Contract"), "line 2, column 1: kind", "must be DataContract"),
        (lambda d: d.update(id="sales.sales"), "id", "domain and table make it 'sales.transactions'"),
        (lambda d: d.update(domain="Sales!"), "domain", "lower-case letters"),
        (
            lambda d: d["slaProperties"][0].update(property="retention"),
            "slaProperties[0]",
            "only one latency",
        ),
        (lambda d: d["slaProperties"][0].update(unit="y"), "slaProperties[0]", "a unit of d, day"),
        (
            lambda d: column(d, "cogs").update(colour="red"),
            "schema[0].properties[10] (cogs).colour",
            "is not known to the standard",
        ),
        (
            lambda d: column(d, "cogs").update(physicalType="float8"),
            "(cogs).physicalType",
            "'float8' is none of text, numeric(p,s), integer, bigint, boolean, date, timestamp",
        ),
        (lambda d: column(d, "cogs").update(physicalType="numeric"), "(cogs).physicalType", "numeric(p,s)"),
        (lambda d: column(d, "cogs").pop("businessName"), "(cogs).businessName", "is missing"),
        (lambda d: column(d, "cogs").pop("description"), "(cogs).description", "is missing"),
        (lambda d: column(d, "cogs").pop("classification"), "(cogs).classification", "is missing"),
        (
            lambda d: column(d, "cogs").update(classification="secret"),
            "(cogs).classification",
            "one of public",
        ),
        (lambda d: column(d, "cogs").update(name="sales"), "(sales)", "used twice"),
        (
            lambda d: d["schema"][0].update(properties=[]),
            "schema[0].properties",
            "must be a list with something in it",
        ),
        (lambda d: column(d, "cogs").update(unique=True), "(cogs).unique", "nothing would check it"),
        (lambda d: column(d, "cogs").update(logicalType="string"), "(cogs).logicalType", "must be number"),
        (lambda d: column(d, "cogs").update(physicalName="c"), "(cogs).physicalName", "must be cogs"),
        (
            lambda d: column(d, "cogs").update(physicalType="numeric(4,5)"),
            "(cogs).physicalType",
            "1 to 38 digits",
        ),
        (
            lambda d: extend(column(d, "cogs"), "colour", "red"),
            "(cogs).customProperties.colour",
            "is not known; known here: mergedCells, surplusDecimals",
        ),
        (
            lambda d: extend(column(d, "cogs"), "zeroPad", 5),
            "(cogs).customProperties.zeroPad",
            "is not known; known here: mergedCells, surplusDecimals",
        ),
        (
            lambda d: extend(column(d, "product"), "zeroPad", 0),
            "(product).customProperties.zeroPad",
            "0 is not a whole number from 1",
        ),
        (
            lambda d: extend(column(d, "cogs"), "surplusDecimals", "cut"),
            "(cogs).customProperties.surplusDecimals",
            "'cut' is not known",
        ),
        (
            lambda d: column(d, "product")["logicalTypeOptions"].update(minLength=2),
            "(product).logicalTypeOptions.minLength",
            "say it with a pattern",
        ),
        (
            lambda d: column(d, "product")["logicalTypeOptions"].update(pattern="(a"),
            "(product).logicalTypeOptions.pattern",
            "'(a' is not a regular expression",
        ),
        (
            lambda d: column(d, "cogs").update(logicalTypeOptions={"minimum": 2, "maximum": 1}),
            "(cogs).logicalTypeOptions.maximum",
            "less than the minimum",
        ),
        (
            lambda d: column(d, "sale_date")["logicalTypeOptions"].update(format="dd. MMMMM yyyy"),
            "(sale_date).logicalTypeOptions.format",
            "holds 'MMMMM'",
        ),
        (
            lambda d: column(d, "sale_date")["customProperties"].append(
                {"property": "alternativeFormats", "value": ["yyyy/MM/dd"]}
            ),
            "(sale_date).customProperties.alternativeFormats",
            "is there twice",
        ),
        (
            lambda d: column(d, "sale_date")["customProperties"][0].update(value=["yyyy-MM-dd HH:mm"]),
            "(sale_date).customProperties.alternativeFormats",
            "'yyyy-MM-dd HH:mm' holds a time of day",
        ),
        (
            lambda d: column(d, "year").update(quality=[RESERVED]),
            "(year).quality[0].implementation",
            "fits texts, not integer",
        ),
        (
            lambda d: column(d, "year").update(quality=[{**VALID, "arguments": {"validValues": ["2014"]}}]),
            "(year).quality[0].arguments.validValues",
            "must be a list of whole numbers",
        ),
        (
            lambda d: column(d, "cogs").update(quality=[VALID]),
            "(cogs).quality[0].arguments.validValues",
            "fits texts and whole numbers, not numeric",
        ),
        (
            lambda d: column(d, "month_name")["quality"][0]["arguments"].update(validValues=[False]),
            "(month_name).quality[0].arguments.validValues",
            "False is not text: write it in quotes",
        ),
        (
            lambda d: column(d, "month_name")["quality"][0]["arguments"].update(pattern="x"),
            "(month_name).quality[0].arguments.pattern",
            "is not known; known here: validValues",
        ),
        (
            lambda d: column(d, "month_number")["quality"][0]["implementation"].update(part="month_name"),
            "(month_number).quality[0].implementation",
            "month_name fits text, not integer",
        ),
        (lambda d: column(d, "sale_date").pop("logicalTypeOptions"), "format", "is missing"),
        (
            lambda d: column(d, "year")["quality"][0].update(implementation={"check": "x"}),
            "quality[0].implementation.check",
            "must be one of repeats_date, reserved",
        ),
        (
            lambda d: column(d, "year")["quality"][0]["implementation"].pop("date"),
            "quality[0].implementation.date",
            "is missing",
        ),
        (
            lambda d: column(d, "product")["quality"][0]["implementation"].update(values="Unknown"),
            "(product).quality[0].implementation.values",
            "must be a list",
        ),
        (
            lambda d: column(d, "product")["quality"][0]["implementation"].update(case="any"),
            "(product).quality[0].implementation.case",
            "is not known; known here: check, values",
        ),
        (
            lambda d: column(d, "sale_date")["logicalTypeOptions"].update(minimum="01/01/1990"),
            "(sale_date).logicalTypeOptions.minimum",
            "'01/01/1990' is not a day",
        ),
        (
            lambda d: column(d, "sale_date")["logicalTypeOptions"].update(minimum=date(1990, 1, 1)),
            "(sale_date).logicalTypeOptions.minimum",
            "1990-01-01 is not text: write it in quotes",
        ),
        (
            lambda d: column(d, "sale_date")["logicalTypeOptions"].update(exclusiveMaximum="2050-01-01"),
            "(sale_date).logicalTypeOptions.exclusiveMaximum",
            "is not known; known here: format, minimum, maximum",
        ),
        (
            lambda d: column(d, "cogs").update(logicalTypeOptions={"multipleOf": 2}),
            "(cogs).logicalTypeOptions.multipleOf",
            "is not known; known here: minimum, maximum",
        ),
        (
            lambda d: d["schema"][0]["quality"][0].update(engine="dbt"),
            "schema[0].quality[0].engine",
            "'dbt' is not the engine tradewind",
        ),
        (
            lambda d: adds_up(d).update(check="reserved"),
            "quality[0].implementation.check",
            "must be one of adds_up, at_most",
        ),
        (
            lambda d: adds_up(d).update(total="sum"),
            "implementation.total",
            "'sum' is not a column of numbers",
        ),
        (
            lambda d: adds_up(d).update(minus=["country"]),
            "quality[0].implementation.minus",
            "'country' is not a column of numbers",
        ),
        (lambda d: adds_up(d).update(plus=[]), "quality[0].implementation.plus", "must be a list"),
        (lambda d: adds_up(d).update(tolerance="little"), "quality[0].implementation.tolerance", "a number"),
        (
            lambda d: adds_up(d).update(tolerance=-1),
            "quality[0].implementation.tolerance",
            "-1 is not a number from 0",
        ),
        (
            lambda d: d["schema"][0]["quality"][0].update(
                implementation={"check": "at_most", "column": "cogs", "limit": "country"}
            ),
            "quality[0].implementation.limit",
            "'country' is not a column of numbers",
        ),
        (
            lambda d: adds_up(d).update(less=["cogs"]),
            "quality[0].implementation.less",
            "is not known; known here: check, total, plus, minus, tolerance",
        ),
        (
            lambda d: column(d, "year")["quality"][0]["implementation"].update(part="week"),
            "quality[0].implementation.part",
            "one of month, month_name, year",
        ),
        (
            lambda d: column(d, "year")["quality"][0]["implementation"].update(date="sales"),
            "(year)",
            "repeats 'sales', which is not a date column",
        ),
        (
            lambda d: column(d, "month_name")["quality"][0].update(mustBe=3),
            "(month_name).quality[0]",
            "neither invalidValues that mustBe 0 nor of the engine tradewind",
        ),
        (
            lambda d: extension(d, "relation").update(value={"kind": "x"}),
            "relation.kind",
            "must be one of append, upsert, restate",
        ),
        (lambda d: d["schema"][0]["customProperties"].pop(0), "relation", "kind: append, upsert, restate"),
        (relate(kind="append", key=["country"]), "relation.key", "is not known; known here: kind"),
        (relate(kind="upsert"), "relation.key", "is missing"),
        (relate(kind="upsert", key=[]), "relation.key", "must be a list with something in it"),
        (relate(kind="upsert", key="year"), "relation.key", "must be a list"),
        (relate(kind="upsert", key=["city"]), "relation.key", "there is no column 'city'"),
        (relate(kind="upsert", key=["year", "year"]), "relation.key", "names a column twice"),
        (relate(kind="upsert", key=["year"], latest="x"), "relation.latest", "there is no column 'x'"),
        (
            relate(kind="upsert", key=["year"], repeats="first"),
            "relation.repeats",
            "must be one of hold, refuse, last",
        ),
        (
            relate(kind="restate", scope=[], fileParts={"pattern": "north|south"}),
            "relation.fileParts.pattern",
            "holds 0 groups; the part is the one group",
        ),
        (relate(kind="restate"), "relation.scope", "must be a list of {column: NAME}"),
        (relate(kind="restate", scope=[{"column": "city"}]), "scope[0].column", "there is no column 'city'"),
        (relate(kind="restate", scope=[{"column": "year", "by": "day"}]), "scope[0]", "is not a date column"),
        (relate(kind="restate", scope=[{"column": "sale_date", "by": "week"}]), "scope[0].by", "one of day"),
        (
            relate(kind="restate", scope=[{"name": "year"}]),
            "scope[0].name",
            "is not known; known here: column, by",
        ),
        (relate(kind="restate", scope=[], maxShrink=50), "relation.maxShrink", "a number from 0 to 1"),
        (
            relate("year", kind="upsert", key=["year"]),
            "relation.key",
            "'year' may be null: it must be required",
        ),
        (relate("year", kind="restate", scope=[{"column": "year"}]), "scope[0].column", "may be null"),
        (lambda d: extension(d, "maxRejectedShare").update(value=5), "maxRejectedShare", "from 0 to 1"),
        (
            lambda d: extend(d["schema"][0], "colour", "red"),
            "schema[0].customProperties.colour",
            "is not known; known here: relation, maxRejectedShare, rhythm",
        ),
        (
            lambda d: extend(d["schema"][0], "rhythm", "week"),
            "rhythm",
            "must be one of day, working_day, month, none",
        ),
        (lambda d: extend(d, "colour", "red"), "customProperties.colour", "is not known; known here: numb"),
        (figures(groupings=["roman"]), "numberFormat.groupings[0]", "must be one of western, indian"),
        (figures(groupings=None), "numberFormat.groupings", "must be a list"),
        (figures(decimal=","), "numberFormat", "',' cannot be a sign for decimals or groups"),
        (figures(grouping="-"), "numberFormat", "'-' cannot be a sign for decimals or groups"),
        (figures(percent="yes"), "numberFormat.percent", "'yes' is neither true nor false"),
        (
            lambda d: extend(d, "numberFormat", []),
            "customProperties.numberFormat",
            "a list of different ones",
        ),
        (
            lambda d: extend(d, "numberFormat", [{}, {}]),
            "customProperties.numberFormat",
            "a list of different",
        ),
        (
            lambda d: extend(d, "numberFormat", [{}, {"colour": "red"}]),
            "customProperties.numberFormat[1].colour",
            "is not known; known here: decimal, grouping, groupings",
        ),
        (figures(colour="red"), "numberFormat.colour", "is not known; known here: decimal, grouping"),
        (lambda d: extend(d, "text", {"delimiter": "tab"}), "text.delimiter", "is not one character"),
        (lambda d: extend(d, "text", {"delimiter": "'", "quote": "'"}), "text.delimiter", "another meaning"),
        (
            lambda d: extend(d, "text", {"encoding": "klingon"}),
            "text.encoding",
            "'klingon' is not an encoding",
        ),
        (
            lambda d: extend(d, "text", {"haeder": True}),
            "customProperties.text.haeder",
            "known here: delimiter, quote, escape, encoding, header; did you mean 'header'?",
        ),
        (lambda d: extend(d, "fileNames", "a*"), "customProperties.fileNames", "must be a list"),
        (lambda d: extend(d, "emptyWords", [None]), "customProperties.emptyWords", "write it in quotes"),
        (
            lambda d: extend(d, "timeZone", "Mars/Olympus"),
            "customProperties.timeZone",
            "'Mars/Olympus' is not",
        ),
        (lambda d: extend(d, "timeZone", "../etc"), "customProperties.timeZone", "'../etc' is not"),
        (lambda d: extend(d, "timeZone", 1), "customProperties.timeZone", "1 is not the name of a time zone"),
        (lambda d: extend(d, "fileVersion", {"pattern": "v.*"}), "fileVersion.pattern", "holds 0 groups"),
        (
            lambda d: extend(d, "fileVersion", {"pattern": "("}),
            "fileVersion.pattern",
            "not a regular expression",
        ),
    ],
)
def test_broken_contract(tmp_path: Path, edit: Callable, place: str, problem: str) -> None:
    with pytest.raises(ContractError) as caught:
        read(tmp_path, edit)

    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'edited.yaml'}: ")
    assert place in message
    assert problem in message


@pytest.mark.parametrize(
    ("edit", "relation"),
    [
        (relate(kind="append"), Append()),
        (relate(kind="upsert", key=["country", "year"]), Upsert(("country", "year"))),
        (
            relate("sale_date", kind="upsert", key=["year"], latest="sale_date"),
            Upsert(("year",), "sale_date"),
        ),
        (relate(kind="upsert", key=["year"], repeats="last"), Upsert(("year",), repeats=Repeats.LAST)),
        (relate(kind="restate", scope=[]), Restate(())),
        (
            relate(kind="restate", scope=[], fileParts={"pattern": "_(north|south)"}),
            Restate((), None, "_(north|south)"),
        ),
        (
            relate(kind="restate", scope=[{"column": "sale_date", "by": "year"}], maxShrink=0),
            Restate((ScopePart("sale_date", Period.YEAR),), 0.0),
        ),
    ],
)
def test_relation(tmp_path: Path, edit: Callable, relation: Any) -> None:
    assert read(tmp_path, edit).relation == relation


@pytest.mark.parametrize("rhythm", Rhythm)
def test_rhythm(tmp_path: Path, rhythm: Rhythm) -> None:
    assert read(tmp_path, lambda d: None).rhythm is None
    assert read(tmp_path, lambda d: extend(d["schema"][0], "rhythm", str(rhythm))).rhythm is rhythm


def test_file_formats(tmp_path: Path) -> None:
    def edit(document: Any) -> None:
        document.pop("slaProperties")
        document.pop("customProperties")
        extend(
            document,
            "numberFormat",
            {
                "decimal": ",",
                "grouping": ".' \u00a0\u202f",
                "groupings": ["western"],
                "currency": ["€"],
                **dict.fromkeys(("parentheses", "trailingMinus", "dashIsZero", "percent", "exponent"), True),
            },
        )
        extend(document, "text", {"delimiter": ";", "quote": "", "encoding": "cp1252", "header": False})
        extend(document, "fileNames", ["sales_*"])
        extend(document, "sheets", ["Data*"])
        extend(document, "fileVersion", {"pattern": r"_v(\d+)"})
        extend(document, "emptyWords", ["NULL", "n/a"])
        extend(document, "totals", ["Total"])
        extend(document, "timeZone", "Europe/Berlin")

    found = read(tmp_path, edit)
    assert found.number_format == NumberFormat(
        ",", ".' \u00a0\u202f", ("western",), ("€",), True, True, True, True, True
    )
    assert found.text_form == TextForm(";", "", None, "cp1252", has_header=False)
    assert (found.file_names, found.sheets) == (("sales_*",), ("Data*",))
    assert (found.version_pattern, found.empty_words, found.totals) == (
        r"_v(\d+)",
        ("NULL", "n/a"),
        (Total("Total"),),
    )
    assert found.time_zone == "Europe/Berlin"
    assert found.freshness is None


def test_several_number_formats(tmp_path: Path) -> None:
    formats = [{"decimal": ","}, {"percent": True}]
    found = read(tmp_path, lambda document: extend(document, "numberFormat", formats)).number_format
    assert found == NumberFormat(decimal=",", grouping=".", others=(NumberFormat(percent=True),))


def test_contract_without_file_settings(tmp_path: Path) -> None:
    found = read(tmp_path, lambda document: document.pop("customProperties"))
    assert (found.number_format, found.text_form) == (NumberFormat(), TextForm())


def test_columns(tmp_path: Path) -> None:
    def edit(document: Any) -> None:
        column(document, "cogs").update(required=False, logicalTypeOptions={"minimum": -0.1, "maximum": 5})
        extend(column(document, "cogs"), "surplusDecimals", "round")
        column(document, "product")["logicalTypeOptions"] = {"minLength": 1, "pattern": "[A-Z]{2}"}
        extend(column(document, "product"), "zeroPad", 5)
        column(document, "year").update(quality=[VALID], physicalType="bigint", businessName="Date")
        document["schema"][0]["quality"][0].update(
            implementation={"check": "at_most", "column": "cogs", "limit": "sales"}
        )

    found = read(tmp_path, edit)
    columns = {each.name: each for each in found.columns}
    cogs, product, year = columns["cogs"], columns["product"], columns["year"]
    assert (cogs.required, cogs.rounds) == (False, True)
    assert (cogs.lowest, cogs.highest) == (Decimal("-0.1"), Decimal(5))
    assert (product.pattern, product.zero_pad) == ("[A-Z]{2}", 5)
    assert (year.sql_type, year.allowed, year.header) == ("bigint", ("1",), columns["sale_date"].header)
    assert found.limits == (Limit("cogs", "sales"),)


def test_timestamps(tmp_path: Path) -> None:
    def edit(document: Any) -> None:
        column(document, "sale_date").update(
            logicalType="timestamp",
            physicalType="timestamp",
            logicalTypeOptions={"format": "yyyy-MM-dd'T'HH:mm:ss", "minimum": "1990-01-01"},
        )

    sold = read(tmp_path, edit).columns[12]
    assert (sold.sql_type, sold.lowest) == ("timestamp", date(1990, 1, 1))
    assert sold.date_formats == ("yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd")


def test_not_yaml(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("kind: DataContract\n  id: [")
    with pytest.raises(ContractError, match=r"broken\.yaml: line 2, column 5: "):
        read_contract(path)


def test_one_contract_per_source(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(PUBLISHED.read_text())
    with pytest.raises(ContractError, match=r"the source sales\.transactions has another contract already"):
        read_contracts(tmp_path)


@pytest.mark.parametrize(
    ("first", "second", "are_told_apart"),
    [
        (None, None, False),
        (["eu_*"], None, False),
        (["eu_*"], ["us_*"], True),
        (["orders_*"], ["orders_eu_*"], False),
        (["eu_*", "x_*"], ["x_*"], False),
    ],
)
def test_contracts_with_the_same_header(
    tmp_path: Path, first: list[str] | None, second: list[str] | None, are_told_apart: bool
) -> None:
    for table, names in (("one", first), ("two", second)):
        document = yaml.safe_load(PUBLISHED.read_text())
        document["id"] = f"sales.{table}"
        document["schema"][0].update(name=table, physicalName=f"raw_sales_{table}")
        if names:
            extend(document, "fileNames", names)
        (tmp_path / f"{table}.yaml").write_text(yaml.safe_dump(document))
    if are_told_apart:
        assert len(read_contracts(tmp_path)) == 2
        return
    with pytest.raises(ContractError, match=r"two\.yaml: fileNames: .*sales\.one .*one\.yaml.* apart"):
        read_contracts(tmp_path)
    # Each is valid by itself: files of other sources are loaded, theirs held.
    assert len(find_contracts(tmp_path).contracts) == 2


@pytest.mark.parametrize(
    ("edits", "faults"),
    [
        pytest.param(
            {
                "kind: DataContract": "kind: Contract",
                "physicalType: table": "physicaltype: table",
                "required: true": "required: maybe",
            },
            [
                "line 2, column 1: kind: must be DataContract",
                "line 36, column 5: schema[0].physicaltype: is not known to the standard here;"
                " did you mean 'physicalType'?",
                "line 70, column 9: schema[0].properties[0] (segment).required:"
                " 'maybe' is not of type 'boolean'",
            ],
            id="of the standard",
        ),
        pytest.param(
            {
                "property: maxRejectedShare": "property: maxRejectShare",
                "physicalType: numeric(18,2)": "physicalType: nummeric(18,2)",
                "part: month_name": "part: monthname",
            },
            [
                "line 41, column 5: schema[0].customProperties.maxRejectedShare: is missing",
                "line 47, column 9: schema[0].customProperties.maxRejectShare: is not known;"
                " known here: relation, maxRejectedShare, rhythm; did you mean 'maxRejectedShare'?",
                "line 107, column 9: schema[0].properties[4] (units_sold).physicalType: 'nummeric(18,2)'"
                " is none of text, numeric(p,s), integer, bigint, boolean, date, timestamp;"
                " did you mean 'numeric(p,s)'?",
                "line 210, column 68: schema[0].properties[14] (month_name).quality[1].implementation.part:"
                " must be one of month, month_name, year; did you mean 'month_name'?",
            ],
            id="of the parts that mean something here",
        ),
        pytest.param(
            {
                "{column: country}": "{column: contry}",
                "total: profit": "total: proffit",
                "date: sale_date, part: year": "date: saledate, part: year",
            },
            [
                "line 46, column 41: schema[0].customProperties.relation.scope[0].column: there is no column"
                " 'contry'; did you mean 'country'?",
                "line 62, column 42: schema[0].quality[1].implementation.total: 'proffit' is not a column of"
                " numbers; did you mean 'profit'?",
                "line 211, column 9: schema[0].properties[15] (year): repeats 'saledate', which is not a date"
                " column; did you mean 'sale_date'?",
            ],
            id="between parts",
        ),
        pytest.param(
            {"dataProduct: tradewind": "dataProduct: tradewind\ndomain: other"},
            ["line 9, column 1: domain: is there twice"],
            id="that YAML passes over",
        ),
    ],
)
def test_all_faults_of_a_contract_at_once(tmp_path: Path, edits: dict[str, str], faults: list[str]) -> None:
    """In the order of the file, each with the line and column of its key."""
    path = tmp_path / "edited.yaml"
    text = PUBLISHED.read_text()
    for right, wrong in edits.items():
        assert right in text
        text = text.replace(right, wrong, 1)
    path.write_text(text)
    with pytest.raises(ContractError) as caught:
        read_contract(path)
    assert str(caught.value).splitlines() == [f"{path}: {fault}" for fault in faults]


def test_a_fault_of_the_only_column_comes_alone(tmp_path: Path) -> None:
    def edit(document: Any) -> None:
        document["schema"][0]["properties"] = [column(document, "country")]
        column(document, "country")["classification"] = "secret"

    with pytest.raises(ContractError, match=r"\(country\)\.classification: must be one of public") as caught:
        read(tmp_path, edit)
    assert len(str(caught.value).splitlines()) == 1


def test_all_faults_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("id: [")
    (tmp_path / "b.yaml").write_text("kind: other")
    (tmp_path / "c.yaml").write_text(PUBLISHED.read_text())
    with pytest.raises(ContractError, match=r"(?s)a\.yaml: line .*\n.*b\.yaml: "):
        read_contracts(tmp_path)
    assert [each.source for each in find_contracts(tmp_path).contracts] == ["sales.transactions"]


def test_two_sources_of_one_raw_table(tmp_path: Path) -> None:
    for domain, table in (("a", "b_c"), ("a_b", "c")):
        document = yaml.safe_load(PUBLISHED.read_text())
        document.update(id=f"{domain}.{table}", domain=domain)
        document["schema"][0].update(name=table, physicalName="raw_a_b_c")
        (tmp_path / f"{domain}.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(ContractError, match=r"its raw table raw_a_b_c is that of a\.b_c"):
        read_contracts(tmp_path)
    assert find_contracts(tmp_path).contracts == ()


@pytest.mark.parametrize("mark", ["{{ env_var('HOME') }}", "{% if %}", "{# x #}"])
def test_what_dbt_would_take_for_a_template_is_refused(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "transactions.yaml"
    path.write_text(
        PUBLISHED.read_text().replace("businessName: Discount Band", f'businessName: "Band {mark}"')
    )
    with pytest.raises(ContractError, match="would take") as error:
        read_contract(path)
    assert "(discount_band).businessName" in str(error.value)
