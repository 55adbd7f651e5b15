"""Tableau's data source file of a mart: its columns and metrics as the dashboards name and format them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from sqlalchemy.engine import URL

from tradewind.connectors.formulas import formula, summed_column
from tradewind.currencies import symbol
from tradewind.dashboards.formats import FORMAT, unit_of
from tradewind.settings import Settings

#: Tableau's types, by how the warehouse's types begin.
_TYPES = {
    "BIGINT": "integer",
    "INT": "integer",
    "SMALLINT": "integer",
    "NUMERIC": "real",
    "BOOL": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}

#: Columns that Tableau can put on a map.
_PLACES = {"country": "[Country].[Name]", "state": "[State].[Name]"}


def tds(dataset: dict[str, Any], url: URL) -> str:
    """Text of a `.tds` file for the role of `url`; Tableau asks for the password when it is opened.

    A column that a metric adds up is that metric. Other figures of a mart are parts of ratios, or levels
    whose sum may mean nothing: they are hidden, and the metrics made of them are calculated fields.

    Raises:
        UnknownFormula: a metric cannot be said in Tableau's words.
    """
    table = dataset["table_name"]
    caption = "Tradewind: " + table.removeprefix("mart_").replace("_", " ")
    name = "federated." + sha256(table.encode()).hexdigest()[:28]
    attributes = {"caption": caption, "formatted-name": name, "inline": "true", "version": "18.1"}
    root = Element("datasource", {**attributes, "xmlns:user": "http://www.tableausoftware.com/xml/user"})
    _connection(root, table, url)
    SubElement(root, "aliases", {"enabled": "yes"})
    sums = {column: metric for metric in dataset["metrics"] if (column := _sum_of(metric, dataset))}
    rest = [metric for metric in dataset["metrics"] if metric not in sums.values()]
    taken = {metric["verbose_name"] for metric in dataset["metrics"]}
    for column in dataset["columns"]:
        # columns that only a chart in Superset calculates are not in the mart
        if "expression" in column:
            continue
        _column(root, column, sums.get(column["column_name"]), taken)
    for metric in rest:
        _calculation(root, metric)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _connection(root: Element, table: str, url: URL) -> None:
    connection = SubElement(root, "connection", {"class": "federated"})
    named = SubElement(SubElement(connection, "named-connections"), "named-connection")
    named.attrib |= {"caption": str(url.host), "name": "postgres.tradewind"}
    address = {
        "authentication": "username-password",
        "class": "postgres",
        "dbname": str(url.database),
        "one-time-sql": "",
        "port": str(url.port or 5432),
        "server": str(url.host),
        "sslmode": "require" if str(url.query.get("sslmode", "")).startswith(("require", "verify")) else "",
        "username": str(url.username),
    }
    SubElement(named, "connection", address)
    relation = {"connection": "postgres.tradewind", "name": table, "table": f"[marts].[{table}]"}
    SubElement(connection, "relation", {**relation, "type": "table"})


def _column(root: Element, column: dict[str, Any], metric: dict[str, Any] | None, taken: set[str]) -> None:
    kind = _type(column["type"])
    attributes = {"caption": column["verbose_name"], "datatype": kind, "name": f"[{column['column_name']}]"}
    if column.get("groupby", True):
        is_number = kind in ("integer", "real")
        attributes |= {"role": "dimension", "type": "ordinal" if is_number or "date" in kind else "nominal"}
        if place := _PLACES.get(column["column_name"]):
            attributes["semantic-role"] = place
    else:
        attributes |= {"role": "measure", "type": "quantitative"}
        if metric:
            attributes |= {"aggregation": "Sum", "caption": metric["verbose_name"], **_format(metric)}
        else:
            attributes["hidden"] = "true"
    if not metric and attributes["caption"] in taken:
        attributes["caption"] += " (column)"
    _describe(SubElement(root, "column", attributes), (metric or column).get("description", ""))


def _calculation(root: Element, metric: dict[str, Any]) -> None:
    attributes = {"caption": metric["verbose_name"], "name": f"[Calculation_{metric['metric_name']}]"}
    attributes |= {"datatype": _metric_type(metric), "role": "measure", "type": "quantitative"}
    if attributes["datatype"] == "string":
        attributes["type"] = "nominal"
    field = SubElement(root, "column", {**attributes, **_format(metric)})
    _describe(field, metric.get("description", ""))
    SubElement(field, "calculation", {"class": "tableau", "formula": formula(metric["expression"])})


def _describe(field: Element, description: str) -> None:
    if description:
        SubElement(SubElement(SubElement(field, "desc"), "formatted-text"), "run").text = description


def _sum_of(metric: dict[str, Any], dataset: dict[str, Any]) -> str:
    name = summed_column(metric["expression"])
    measures = {column["column_name"] for column in dataset["columns"] if not column.get("groupby", True)}
    return name if name in measures else ""


def _type(sql: str) -> str:
    return next((kind for start, kind in _TYPES.items() if sql.startswith(start)), "string")


def _metric_type(metric: dict[str, Any]) -> str:
    return {"date": "date", "timestamp": "datetime", "text": "string"}.get(unit_of(metric), "real")


def _format(metric: dict[str, Any]) -> dict[str, str]:
    """Tableau's format for one of d3's: it shows whole figures, never thousands or millions."""
    found = FORMAT.fullmatch(metric.get("d3format") or "")
    if not found:
        return {}
    digits, kind = found["digits"], found["kind"]
    before = found["symbol"] and symbol(Settings.load().reporting_currency)
    if currency := metric.get("currency"):
        before = symbol(currency["symbol"])
    decimals = "." + "0" * int(digits) if digits and kind in "f%" and int(digits) else ""
    if kind == "%":
        return {"default-format": f"p0{decimals}%"}
    number = f"#,##0{decimals}"
    if before:
        return {"default-format": f'c"{before}"{number};-"{before}"{number}'}
    return {"default-format": f"n{number};-{number}"}
