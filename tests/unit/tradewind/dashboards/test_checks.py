"""The assets have no faults; and each way to break them, done on purpose, is caught and reported."""

import copy

import pytest

from tradewind.dashboards import checks
from tradewind.dashboards import tree as asset_tree

CHART = "charts/executive_overview/sales_by_segment.yaml"
DASHBOARD = "dashboards/executive_overview.yaml"
GROWTH = "charts/sales_trends/sales_growth.yaml"
MARGIN = "charts/sales_trends/product_margin.yaml"
CARD = "charts/executive_overview/total_sales.yaml"
DATABASE = "databases/warehouse.yaml"
DATASET = "datasets/warehouse/mart_sales_monthly.yaml"
TREND = "datasets/warehouse/mart_sales_trend.yaml"


@pytest.fixture(scope="module")
def assets():
    return asset_tree.read()


@pytest.fixture
def broken(assets):
    """A copy to break."""
    return copy.deepcopy(assets)


def layout(broken):
    return broken[DASHBOARD]["position"]


def native_filter(broken, name):
    filters = broken[DASHBOARD]["metadata"]["native_filter_configuration"]
    return next(item for item in filters if item["name"] == name)


def metric_of(broken, name, dataset=DATASET):
    return next(item for item in broken[dataset]["metrics"] if item["metric_name"] == name)


def remove(items, key, value):
    items[:] = [item for item in items if item[key] != value]


def test_the_assets_have_no_fault(assets):
    assert checks.check(assets) == []


BREAKS = {
    "a metric that dbt dropped": (
        lambda t: remove(t[DATASET]["metrics"], "metric_name", "total_sales"),
        f"{CHART}: metric 'total_sales' is not in marts.mart_sales_monthly",
    ),
    "a column that dbt dropped": (
        lambda t: remove(t[DATASET]["columns"], "column_name", "segment"),
        f"{CHART}: column 'segment' is not in marts.mart_sales_monthly",
    ),
    "the column of a filter": (
        lambda t: remove(t[DATASET]["columns"], "column_name", "product"),
        f"{DASHBOARD}: filter Product: column 'product' is not in mart_sales_monthly",
    ),
    "a card that is not written as its metric is defined": (
        lambda t: t[CARD]["params"].update(y_axis_format="$,.4~s"),
        f"{CARD}: it writes 'total_sales' as $,.4~s, which is defined as $,.3s",
    ),
    "a card without a format": (
        lambda t: t[CARD]["params"].pop("y_axis_format"),
        f"{CARD}: it writes 'total_sales' as None, which is defined as $,.3s",
    ),
    "an axis with more digits than its metric": (
        lambda t: t[MARGIN]["params"].update(y_axis_format=",.2%"),
        f"{MARGIN}: it writes 'profit_margin' as ,.2%, which is defined as ,.1%",
    ),
    "a change without its sign": (
        lambda t: t[GROWTH]["params"].update(y_axis_format=",.0%"),
        f"{GROWTH}: it writes 'sales_growth_month' as ,.0%, which is defined as +,.1%",
    ),
    "a column of a table in another currency": (
        lambda t: t["charts/sales_trends/product_table.yaml"]["params"]["column_config"].update(
            profit={"d3NumberFormat": ",.3s"}
        ),
        "charts/sales_trends/product_table.yaml: it writes 'profit' as ,.3s, which is defined as $,.3s",
    ),
    "a metric with four digits": (
        lambda t: metric_of(t, "total_sales").update(d3format="$,.4~s"),
        f"{DATASET}: metric 'total_sales' is written as $,.4~s: large figures take .3s",
    ),
    "a unit that is written in two ways": (
        lambda t: metric_of(t, "profit_margin").update(d3format=",.2%"),
        f"{DATASET}: metric 'profit_margin' in ratio is written as ,.2%, but ",
    ),
    "a change that is defined without its sign": (
        lambda t: metric_of(t, "sales_growth_year", TREND).update(d3format=",.1%"),
        f"{TREND}: metric 'sales_growth_year' is written as ,.1%: changes take '+', others do not",
    ),
    "an ad-hoc metric": (
        lambda t: t[CHART]["params"].update(
            metric={"expressionType": "SQL", "sqlExpression": "SUM(x)", "label": "X"}
        ),
        f"{CHART}: metric 'X' is ad hoc",
    ),
    "an ad-hoc column": (
        lambda t: t[CHART]["params"].update(groupby=[{"sqlExpression": "upper(segment)"}]),
        f"{CHART}: column 'upper(segment)' is ad hoc",
    ),
    "a filter in SQL": (
        lambda t: t[CHART]["params"]["adhoc_filters"].append(
            {"expressionType": "SQL", "sqlExpression": "1 = 1"}
        ),
        f"{CHART}: a filter is free SQL",
    ),
    "the column of a chart's filter": (
        lambda t: t[CHART]["params"]["adhoc_filters"][0].update(subject="week"),
        f"{CHART}: filter column 'week' is not in marts.mart_sales_monthly",
    ),
    "a format for an unknown name": (
        lambda t: t["charts/executive_overview/executive_data_status.yaml"]["params"]["column_config"].update(
            typo={}
        ),
        "charts/executive_overview/executive_data_status.yaml: 'typo' is neither a column nor a metric",
    ),
    "a chart without dataset": (
        lambda t: t[CHART].update(dataset_uuid="nowhere"),
        f"{CHART}: no dataset has the uuid nowhere",
    ),
    "two types of chart": (
        lambda t: t[CHART].update(viz_type="sunburst_v2"),
        f"{CHART}: viz_type is sunburst_v2, but params say pie",
    ),
    "a dataset without database": (
        lambda t: t[DATASET].update(database_uuid="nowhere"),
        f"{DATASET}: no database has the uuid nowhere",
    ),
    "a missing chart on a dashboard": (
        lambda t: t.pop(CHART),
        f"{DASHBOARD}: layout: CHART-sales_by_segment shows a chart that has no file",
    ),
    "a filter's dataset": (
        lambda t: native_filter(t, "Country")["targets"][0].update(datasetUuid="nowhere"),
        f"{DASHBOARD}: filter Country: no dataset has the uuid nowhere",
    ),
    "a filter that does not narrow a chart": (
        lambda t: native_filter(t, "Country")["scope"].update(excluded=[]),
        f"{DASHBOARD}: filter Country: chart 'Data as of' has no 'country' in mart_dashboard_status:"
        " except it",
    ),
    "a period for a chart without one": (
        lambda t: native_filter(t, "Period")["scope"].update(excluded=[]),
        f"{DASHBOARD}: filter Period: chart 'Data as of' has no period",
    ),
    "the metric by which a filter sorts": (
        lambda t: native_filter(t, "Country")["controlValues"].update(sortMetric="typo"),
        f"{DASHBOARD}: filter Country: metric 'typo' is not in mart_sales_monthly",
    ),
    "the column of a metric": (
        lambda t: remove(t[DATASET]["columns"], "column_name", "cogs"),
        f"{DATASET}: metric 'cogs' reads 'cogs', which is not a column",
    ),
    "a filter's parent": (
        lambda t: native_filter(t, "Country")["cascadeParentIds"].append("NATIVE_FILTER-x"),
        f"{DASHBOARD}: filter Country: its parent NATIVE_FILTER-x does not exist",
    ),
    "another database's chart id in a scope": (
        lambda t: native_filter(t, "Country")["scope"]["excluded"].append(4711),
        f"{DASHBOARD}: chart id 4711 is not one of this dashboard's chartIds",
    ),
    "another database's chart id in the layout": (
        lambda t: layout(t)["CHART-profit"]["meta"].update(chartId=4711),
        f"{DASHBOARD}: layout: the chartIds are",
    ),
    "a scope without root": (
        lambda t: native_filter(t, "Country")["scope"].update(rootPath=["TAB-x"]),
        f"{DASHBOARD}: a scope starts at TAB-x",
    ),
    "a missing child": (
        lambda t: layout(t)["ROW-3"]["children"].append("CHART-x"),
        f"{DASHBOARD}: layout: ROW-3 has a child CHART-x that does not exist",
    ),
    "a chart in no row": (
        lambda t: layout(t)["ROW-3"]["children"].remove("CHART-profit"),
        f"{DASHBOARD}: layout: CHART-profit is out of reach",
    ),
    "a chart in another row": (
        lambda t: layout(t)["CHART-profit"].update(parents=["ROOT_ID"]),
        f"{DASHBOARD}: layout: the parents of CHART-profit are",
    ),
    "a row wider than the grid": (
        lambda t: layout(t)["CHART-profit"]["meta"].update(width=8),
        f"{DASHBOARD}: layout: ROW-3 is 17 columns wide",
    ),
    "a node under another name": (
        lambda t: layout(t)["ROW-3"].update(id="ROW-x"),
        f"{DASHBOARD}: layout: ROW-3 calls itself ROW-x",
    ),
    "another uuid": (
        lambda t: t[DATABASE].update(uuid="11111111-1111-5111-8111-111111111111"),
        f"{DATABASE}: the uuid of databases/warehouse is",
    ),
    "a uuid twice": (
        lambda t: t["charts/executive_overview/profit.yaml"].update(uuid=t[CHART]["uuid"]),
        f"{CHART}: has the uuid of charts/executive_overview/profit.yaml",
    ),
    "an id of a metadata database": (
        lambda t: t[CHART]["params"].update(datasource="7__table"),
        f"{CHART}: 'datasource' is an id of one metadata database",
    ),
    "a key that the browser derives": (
        lambda t: native_filter(t, "Country").update(chartsInScope=[1]),
        f"{DASHBOARD}: 'chartsInScope' is derived",
    ),
    "a password in an address": (
        lambda t: t[DATABASE].update(sqlalchemy_uri="postgresql://reporter:hunter2@db/warehouse"),
        f"{DATABASE}: 'sqlalchemy_uri' holds a password",
    ),
    "a password by name": (
        lambda t: t[DATABASE]["extra"].update(password="hunter2"),
        f"{DATABASE}: 'password' may hold a secret",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_is_caught(broken, name):
    break_it, fault = BREAKS[name]
    break_it(broken)
    assert any(found.startswith(fault) for found in checks.check(broken)), checks.check(broken)


def test_the_command_says_what_is_wrong(monkeypatch, capsys, broken):
    del broken[CHART]
    monkeypatch.setattr(asset_tree, "read", lambda: broken)
    assert checks.main() == 1
    assert "CHART-sales_by_segment" in capsys.readouterr().err
