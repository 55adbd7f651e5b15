"""Unknown and missing keys are reported with file and line, all at once."""

import shutil

import pytest
import yaml

from tradewind.dashboards import strict
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.shorthand import chart, uuid_for
from tradewind.settings import ROOT

MODELS = ROOT / "dbt_project" / "models"


@pytest.fixture
def assets(tmp_path):
    """A copy of the assets to break."""
    shutil.copytree(asset_tree.ASSETS, tmp_path / "assets")
    return tmp_path / "assets"


def edit(path, old, new):
    text = path.read_text()
    assert old in text, (path, old)
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


#: File, what is replaced by what, and the fault without its line, which is that of the replacement.
BREAKS = {
    "charts/executive_overview/profit.yaml": [
        (
            "viz_type: big_number",
            "viz_type: big_nmber",
            "'big_nmber' is not a type of chart: did you mean 'big_number'?",
        ),
    ],
    "charts/executive_overview/sales_by_segment.yaml": [
        (
            "description:",
            "descriptoin:",
            "'descriptoin' is not a key of a chart: did you mean 'description'?",
        ),
        ("  donut:", "  donuts:", "'donuts' is not a key of the params of pie: did you mean 'donut'?"),
    ],
    "charts/executive_overview/country_scorecard.yaml": [
        (
            "  row_limit:",
            "  row_limits:",
            "'row_limits' is not a key of the params of table: did you mean 'row_limit'?",
        ),
        (
            "d3NumberFormat",
            "d3NumbrFormat",
            "'d3NumbrFormat' is not a key of column_config: did you mean 'd3NumberFormat'?",
        ),
    ],
    "charts/executive_overview/executive_data_status.yaml": [
        ("operator: ==", "operator: ===", "'===' is not an operator of a filter: did you mean '=='?"),
        (
            "targetValue: 0",
            "tagetValue: 0",
            "'tagetValue' is not a key of conditional_formatting: did you mean 'targetValue'?",
        ),
    ],
    "dashboards/executive_overview.yaml": [
        ("filters:", "filter:", "'filter' is not a key of a dashboard: did you mean 'filters'?"),
        (
            "{height: 24, row:",
            "{hight: 24, row:",
            "'hight' is not a key of a block of the layout: did you mean 'height'?",
        ),
    ],
    "dashboards/sales_trends.yaml": [
        ("slug: sales-trends", "slug: sales-trends\nslug: twice", "'slug' occurs twice"),
        ("  except:", "  excpt:", "'excpt' is not a key of a filter of a dashboard: did you mean 'except'?"),
    ],
    "datasets/warehouse/mart_sales_monthly.yaml": [
        (
            "main_dttm_col:",
            "main_dtm_col:",
            "'main_dtm_col' is not a key of a dataset: did you mean 'main_dttm_col'?",
        ),
        (
            "verbose_name:",
            "verbos_name:",
            "'verbos_name' is not a key of a metric: did you mean 'verbose_name'?",
        ),
    ],
    "databases/warehouse.yaml": [
        ("allow_dml:", "alow_dml:", "'alow_dml' is not a key of a database: did you mean 'allow_dml'?"),
    ],
}


def test_all_faults_of_all_files_at_once(assets):
    expected = []
    for file, breaks in BREAKS.items():
        for old, new, fault in breaks:
            line = edit(assets / file, old, new) + new.count("\n")
            expected.append(f"{file}:{line}: {fault}")
    (assets / "charts" / "shared" / "broken.yaml").write_text("slice_name: [")
    (assets / "charts" / "shared" / "empty.yaml").write_text("")
    (assets / "chart").mkdir()
    (assets / "chart" / "lost.yaml").write_text("slice_name: Lost")
    with pytest.raises(asset_tree.TreeError) as raised:
        asset_tree.read(assets)
    said = str(raised.value).splitlines()
    assert [fault for fault in expected if fault not in said] == []
    assert any(line.startswith("charts/shared/broken.yaml: ") for line in said)
    assert "charts/shared/empty.yaml:1: the file is empty" in said
    assert any(line.startswith("chart/lost.yaml:1: not an asset") for line in said)


def test_what_must_be_there(assets):
    (assets / "charts" / "shared" / "bare.yaml").write_text(
        "slice_name: Bare\nparams: [metric]\nviz_type: table\n"
    )
    edit(assets / "dashboards" / "inventory.yaml", "layout:", "texts: {}\nlayout: {}\nold:")
    with pytest.raises(asset_tree.TreeError) as raised:
        asset_tree.read(assets)
    said = str(raised.value)
    assert "charts/shared/bare.yaml:1: a chart lacks 'dataset'" in said
    assert "charts/shared/bare.yaml:2: the params of table is a mapping of keys, not a list" in said
    assert "a list is expected here, not a mapping" in said


def test_what_superset_exports_is_accepted(assets):
    """A chart as Explore saves it: every control of its type, and what Superset adds to them."""
    name = "charts/executive_overview/profit.yaml"
    short = yaml.safe_load((assets / name).read_text())
    raw = chart(name, short)
    raw["params"] |= dict.fromkeys(strict.params_by_type()["big_number"])
    raw["params"] |= {"viz_type": "big_number", "adhoc_filters": [], "datasource": None, "metric": "profit"}
    raw |= {"query_context": None, "tags": [], "external_url": None, "is_managed_externally": False}
    (assets / name).write_text(yaml.safe_dump(raw))
    assert asset_tree.read(assets)[name]["uuid"] == uuid_for("charts", "profit")


def test_metrics_and_meta_of_models(tmp_path):
    assert strict.project_faults() == []
    models = tmp_path / "models"
    shutil.copytree(MODELS, models)
    file = models / "marts" / "sales" / "_sales.yml"
    breaks = [
        (
            "good_direction: up",
            "good_directon: up",
            "'good_directon' is not a key of a metric: did you mean 'good_direction'?",
        ),
        ("main_dttm_col:", "main_dtt_col:", "'main_dtt_col' is not a key of a model's meta.superset"),
    ]
    expected = [f"{file}:{edit(file, old, new)}: {fault}" for old, new, fault in breaks]
    stock = models / "marts" / "sales" / "_engagement_and_stock.yml"
    line = edit(stock, "model: targets", "model: target")
    expected.append(f"{stock}:{line}: 'target' is not a canonical model: did you mean 'targets'?")
    text = file.read_text()
    start = text.index("unit:")
    file.write_text(text[:start] + "caption:" + text[start + len("unit:") :])
    said = strict.project_faults(models)
    assert all(any(line.startswith(fault) for line in said) for fault in expected), said
    assert any("a metric lacks 'unit'" in line for line in said)
    assert any("'caption' is not a key of a metric" in line for line in said)


def test_security_and_colours(tmp_path):
    for name in ("security.yaml", "brand/colours.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "superset" / name, tmp_path / name)
    assert strict.project_faults(tmp_path, tmp_path) == []
    edit(tmp_path / "security.yaml", "dashboards:", "dashbords:")
    edit(tmp_path / "brand" / "colours.yaml", "sequence:", "sequenc:")
    said = strict.project_faults(tmp_path, tmp_path)
    assert any(
        "'dashbords' is not a key of security.yaml: did you mean 'dashboards'?" in line for line in said
    )
    assert any("'sequenc' is not a key of colours.yaml: did you mean 'sequence'?" in line for line in said)
