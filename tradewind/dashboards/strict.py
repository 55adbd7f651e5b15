"""The keys that the YAML of charts, dashboards, datasets and roles may have; Superset drops others silently.

Which params a chart type reads is recorded from Superset itself (`chart_params.yaml`, by
`control_defaults.py`). Charts and dashboards may be in the short form or as Superset exports them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import yaml

from tradewind.dashboards.shapes import (
    LOADER,
    Among,
    Each,
    Either,
    Fault,
    Items,
    Keys,
    Shape,
    entries,
    faults,
)
from tradewind.settings import ROOT

MODELS = ROOT / "dbt_project" / "models"
_CANONICAL = ROOT / "dbt_project" / "canonical"
PARAMS_FILE = Path(__file__).with_name("chart_params.yaml")


def _free(words: str) -> dict[str, Shape | None]:
    return dict.fromkeys(words.split())


#: What a chart says about itself, and what Superset adds.
_CHART = _free("slice_name description certified_by certification_details cache_timeout")
_EXPORTED = _free("uuid version is_managed_externally external_url tags")
_OPERATORS = Among(
    "an operator of a filter",
    ("==", "!=", ">", "<", ">=", "<=", "IN", "NOT IN", "LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE", "REGEX",
     "IS NULL", "IS NOT NULL", "IS TRUE", "IS FALSE", "TEMPORAL_RANGE", "LATEST PARTITION"),
)  # fmt: skip
_CONDITION = Keys(
    "a filter of a chart",
    {
        **_free(
            "subject comparator sqlExpression filterOptionName isExtra isNew datasourceWarning operatorId"
        ),
        **_free("deck_slices layerFilterScope"),
        "clause": Among("a clause", ("WHERE", "HAVING")),
        "expressionType": Among("a type of filter", ("SIMPLE", "SQL")),
        "operator": _OPERATORS,
    },
    required=("expressionType",),
)
_COLUMN = Keys(
    "column_config",
    _free(
        "d3NumberFormat d3SmallNumberFormat d3TimeFormat"
        " horizontalAlign columnWidth truncateLongCells showCellBars"
        " alignPositiveNegative colorPositiveNegative currencyFormat visible customColumnName displayTypeIcon"
        " emitTarget fractionDigits"
    ),
)
_RULE = Keys(
    "conditional_formatting",
    _free(
        "column operator targetValue targetValueLeft"
        " targetValueRight colorScheme useGradient toAllRow toTextColor"
        " columnFormatting objectFormatting"
    ),
    required=("column", "operator"),
)
_IN_PARAMS: dict[str, Shape] = {
    # Explore saves an empty choice as null
    "adhoc_filters": Either(Items(_CONDITION)),
    "adhoc_filters_b": Either(Items(_CONDITION)),
    "column_config": Either(Each(_COLUMN)),
    "conditional_formatting": Either(Items(_RULE)),
}


@functools.cache
def params_by_type() -> dict[str, list[str]]:
    """Params that each chart type reads."""
    recorded = yaml.load(PARAMS_FILE.read_text(), LOADER)
    everywhere = [*recorded["everywhere"], *_IN_PARAMS]
    return {name: [*everywhere, *params] for name, params in recorded["types"].items()}


def _params(chart: yaml.MappingNode) -> Iterator[Fault]:
    held = entries(chart)
    if "viz_type" not in held or "params" not in held:
        return
    known = params_by_type().get(held["viz_type"][1].value)
    if known is not None:  # otherwise the type is already a fault
        what = f"the params of {held['viz_type'][1].value}"
        own = Keys(what, {name: _IN_PARAMS.get(name) for name in known})
        yield from faults(held["params"][1], own)


def _chart(is_short: bool) -> Keys:
    types = {"viz_type": Among("a type of chart", params_by_type()), "params": None}
    if is_short:
        known = {**_CHART, **types, **_free("dataset period")}
        return Keys("a chart", known, ("slice_name", "viz_type", "dataset", "params"), _params)
    known = {**_CHART, **_EXPORTED, **types, **_free("dataset_uuid query_context")}
    return Keys("a chart", known, ("slice_name", "viz_type", "dataset_uuid", "params"), _params)


_DASHBOARD = _free("dashboard_title slug description certified_by certification_details css published")
_PLACE = Either(Keys("a place in a row", _free("width height title"), ("width",)))
_FILTER = Keys(
    "a filter of a dashboard",
    {**_free("name description dataset column multiple default"), "within": Items(), "except": Items()},
    required=("name",),
)
_BLOCK_KEYS: dict[str, Shape | None] = {"height": None, "row": Each(_PLACE)}
_BLOCKS = Items(Keys("a block of the layout", _BLOCK_KEYS))
_BLOCK_KEYS["tabs"] = Each(_BLOCKS)
_SHORT_DASHBOARD = Keys(
    "a dashboard",
    {
        **_DASHBOARD,
        "refresh_seconds": None,
        "texts": Each(None),
        "layout": _BLOCKS,
        "unfiltered": Items(),
        "filters": Items(_FILTER),
    },
    required=("dashboard_title", "slug", "layout"),
)
_RAW_DASHBOARD = Keys(
    "a dashboard",
    {
        **_DASHBOARD,
        **_EXPORTED,
        **_free("position theme_uuid theme_id"),
        "metadata": Keys(
            "a dashboard's metadata",
            _free(
                "native_filter_configuration chart_configuration global_chart_configuration"
                " chart_customization_config timed_refresh_immune_slices filter_scopes expanded_slices"
                " refresh_frequency default_filters stagger_refresh stagger_time color_scheme color_namespace"
                " positions label_colors shared_label_colors map_label_colors color_scheme_domain"
                " cross_filters_enabled show_chart_timestamps import_time remote_id filter_bar_orientation"
                " native_filter_migration show_native_filters"
            ),
        ),
    },
    required=("dashboard_title", "slug", "position", "metadata"),
)
_CURRENCY = Keys("a currency", {"symbol": None, "symbolPosition": Among("a position", ("prefix", "suffix"))})
_DATASET = Keys(
    "a dataset",
    {
        **_EXPORTED,
        **_free(
            "table_name main_dttm_col currency_code_column description"
            " default_endpoint offset cache_timeout schema"
            " catalog sql source_db_engine params template_params"
            " filter_select_enabled fetch_values_predicate extra"
            " database_uuid data normalize_columns always_filter_main_dttm folders"
        ),
        "columns": Items(
            Keys(
                "a column",
                _free(
                    "column_name extra verbose_name is_dttm is_active type"
                    " advanced_data_type groupby filterable"
                    " expression description python_date_format datetime_format"
                ),
                ("column_name",),
            )
        ),
        "metrics": Items(
            Keys(
                "a metric",
                {
                    **_free(
                        "metric_name verbose_name metric_type expression description"
                        " d3format extra warning_text"
                    ),
                    "currency": _CURRENCY,
                },
                ("metric_name", "expression"),
            )
        ),
    },
    required=("table_name", "schema", "uuid", "database_uuid"),
)
_DATABASE = Keys(
    "a database",
    {
        **_EXPORTED,
        **_free(
            "database_name sqlalchemy_uri cache_timeout expose_in_sqllab"
            " allow_run_async allow_ctas allow_cvas"
            " allow_dml allow_csv_upload impersonate_user ssh_tunnel configuration_method"
            # refused by name in checks.py
            " password encrypted_extra masked_encrypted_extra"
        ),
        "extra": Keys(
            "a database's extra",
            _free(
                "metadata_params engine_params metadata_cache_timeout schemas_allowed_for_csv_upload"
                " schemas_allowed_for_file_upload cost_estimate_enabled allows_virtual_table_explore"
                " cancel_query_on_windows_unload disable_data_preview"
                " disable_drill_to_detail allow_multi_catalog"
                " per_user_caching version schema_options password"
            ),
        ),
    },
    required=("database_name", "sqlalchemy_uri", "uuid"),
)
_METRIC = Keys(
    "a metric",
    {
        **_free("name expression verbose_name description d3format unit owner warning_text"),
        "currency": _CURRENCY,
        "good_direction": Among("a good_direction", ("up", "down", "none")),
    },
    required=("name", "expression", "description", "unit", "owner"),
)
#: What to say of a mart without rows or a column without values, and the source that would have them, or the
#: canonical model that any company's source of them is mapped to.
_ABSENT = Keys(
    "absent",
    {
        **_free("says source optional"),
        "model": Among("a canonical model", sorted(path.stem for path in _CANONICAL.glob("*.yaml"))),
    },
    ("says",),
)
_IN_SUPERSET = Keys(
    "a model's meta.superset",
    {
        **_free("verbose_name main_dttm_col certified_by cache_timeout"),
        "absent": _ABSENT,
        "metrics": Items(_METRIC),
        "calculated": Items(
            Keys(
                "a calculated column",
                _free("name expression verbose_name description data_type"),
                ("name", "expression", "description"),
            )
        ),
    },
)
_MODEL_META = Keys(
    "a model's meta", {**_free("key spread batches_of slices reconciled"), "superset": _IN_SUPERSET}
)
_COLUMN_META = Keys(
    "a column's meta",
    {
        **_free("released classification"),
        "superset": Keys("a column's meta.superset", {**_free("verbose_name groupby"), "absent": _ABSENT}),
    },
)
_SECURITY = Keys(
    "security.yaml",
    {
        "permissions": Each(Each(None)),
        "roles": Each(Keys("a role", _free("may of values schemas"), ("may",))),
        "dashboards": Each(Items()),
        "datasets": Each(Either(Keys("a dataset's rule", _free("only")))),
    },
    required=("permissions", "roles", "dashboards", "datasets"),
)
_COLOURS = Keys(
    "colours.yaml",
    {
        "palette": Items(),
        "meanings": Each(None),
        "sequence": Items(),
        "diverging": Items(),
        "labels": Each(None),
    },
    ("palette", "sequence", "diverging"),
)


def asset_faults(path: str, node: yaml.Node | None) -> Iterator[Fault]:
    """Faults of a file below `assets/`, given its path there and its content."""
    kind = path.partition("/")[0]
    held = entries(node) if isinstance(node, yaml.MappingNode) else {}
    shape: Shape | None = {"databases": _DATABASE, "datasets": _DATASET}.get(kind)
    if kind == "charts":
        shape = _chart(is_short="dataset_uuid" not in held)
    elif kind == "dashboards":
        shape = _RAW_DASHBOARD if "position" in held else _SHORT_DASHBOARD
    elif path == "metadata.yaml":
        shape = Keys("metadata.yaml", _free("version type timestamp"))
    elif shape is None:
        yield 1, "not an asset: files belong below databases, datasets, charts or dashboards"
        return
    if node is None:
        yield 1, "the file is empty"
    yield from faults(node, shape)


def project_faults(models: Path = MODELS, folder: Path = ROOT / "superset") -> list[str]:
    """Faults of the files beside the assets: dbt's YAML of models, who may see what, the colours.

    dbt's folder may be absent, if only Superset is installed.
    """
    found = [
        *_of_file(folder / "security.yaml", _SECURITY),
        *_of_file(folder / "brand" / "colours.yaml", _COLOURS),
    ]
    for path in sorted(models.rglob("*.yml")):
        found += [f"{_place(path)}:{line}: {text}" for line, text in sorted(_model_faults(_compose(path)))]
    return found


def _model_faults(document: yaml.Node | None) -> Iterator[Fault]:
    if document is None:
        return
    yield from faults(document, None)
    for model in _listed(document, "models"):
        yield from _meta_faults(model, _MODEL_META)
        for column in _listed(model, "columns"):
            yield from _meta_faults(column, _COLUMN_META)


def _meta_faults(node: yaml.Node, shape: Shape) -> Iterator[Fault]:
    config = _under(node, "config")
    meta = _under(config, "meta") if config else None
    if meta is not None:
        yield from faults(meta, shape)


def _listed(node: yaml.Node, key: str) -> list[yaml.Node]:
    found = _under(node, key)
    return found.value if isinstance(found, yaml.SequenceNode) else []


def _under(node: yaml.Node, key: str) -> yaml.Node | None:
    held = entries(node) if isinstance(node, yaml.MappingNode) else {}
    return held[key][1] if key in held else None


def _of_file(path: Path, shape: Shape) -> list[str]:
    return [f"{_place(path)}:{line}: {text}" for line, text in sorted(faults(_compose(path), shape))]


def _compose(path: Path) -> yaml.Node | None:
    return yaml.compose(path.read_text("utf-8"), LOADER)


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
