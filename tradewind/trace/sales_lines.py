"""Sales lines of all sources, each with what it adds to the measures of the marts of sales."""

from __future__ import annotations

import yaml
from psycopg import sql

from tradewind.mapping.canonical import CanonicalModel
from tradewind.settings import ROOT, Settings
from tradewind.trace.lines import Lines
from tradewind.trace.mapped_cells import cells_of

_QUERY = """
select
    priced.*,
    units_sold as of_line_units_sold,
    amount_gross_sales as of_line_gross_sales,
    amount_discounts as of_line_discounts,
    amount_sales as of_line_sales,
    amount_cogs as of_line_cogs,
    amount_profit as of_line_profit,
    case when units_sold is not null then coalesce(sales, 0) else 0 end as sales_with_units,
    case
        when amount_discounts is not null and amount_gross_sales is not null then coalesce(sales, 0) else 0
    end as sales_with_discounts,
    case when amount_cogs is not null then coalesce(sales, 0) else 0 end as sales_with_cost,
    case when amount_profit is not null then coalesce(sales, 0) else 0 end as sales_with_profit,
    case when sales is not null then units_sold end as units_with_sales,
    case when amount_gross_sales is not null then discounts end as discounts_with_gross_sales,
    case when amount_discounts is not null then gross_sales end as gross_sales_with_discounts,
    amount_gross_sales as local_gross_sales,
    amount_discounts as local_discounts,
    amount_sales as local_sales,
    amount_cogs as local_cogs,
    amount_profit as local_profit,
    case when sales is null then 1 else 0 end as lines_without_rate,
    case when sales_at_constant_rates is null then 1 else 0 end as lines_without_constant_rate,
    1 as sales_lines
from (
    select
        rated.*,
        {gross_sales} as gross_sales,
        {discounts} as discounts,
        {sales} as sales,
        {cogs} as cogs,
        {profit} as profit,
        {constant_sales} as sales_at_constant_rates,
        {constant_profit} as profit_at_constant_rates
    from (
        select
            lines.sale_date as day,
            cast(date_trunc('month', lines.sale_date) as date) as month,
            dates.week,
            cast(dates.fiscal_year as text) as fiscal_year,
            dates.fiscal_quarter_name as fiscal_quarter,
            dates.fiscal_period_name as fiscal_period,
            dates.fiscal_week_name as fiscal_week,
            right(dates.fiscal_period_name, 3) as period_of_fiscal_year,
            lines.source,
            lines.company,
            coalesce(lines.currency, 'unknown') as currency,
            countries.country,
            countries.country_code,
            countries.region,
            segments.segment,
            products.product,
            categories.category,
            categories.sub_category,
            bands.discount_band,
            lines.units_sold,
            lines.gross_sales as amount_gross_sales,
            lines.discounts as amount_discounts,
            lines.sales as amount_sales,
            lines.cogs as amount_cogs,
            lines.profit as amount_profit,
            case when {code} = {reporting} then 1 else rates.rate end as rate,
            case when {code} = {reporting} then 1 else constant_rates.rate end as constant_rate,
            lines.load_id,
            lines.file_line
        from core.fct_sales as lines
        left join core.dim_date as dates on lines.sale_date = dates.date_day
        left join core.dim_country as countries on lines.country_key = countries.country_key
        left join core.dim_segment as segments on lines.segment_key = segments.segment_key
        left join core.dim_product as products on lines.product_key = products.product_key
        left join core.dim_category as categories on lines.category_key = categories.category_key
        left join core.dim_discount_band as bands on lines.discount_band_key = bands.discount_band_key
        left join core.fct_exchange_rate as rates
            on rates.currency = {code} and rates.rate_day = lines.sale_date
        left join core.fct_constant_rate as constant_rates on constant_rates.currency = {code}
    ) as rated
) as priced
"""

#: An amount in the reporting currency: none without a rate, or where it is too large for a mart to add up.
_CONVERTED = """
case
    when {rate} = 1 then {amount}
    when {rate} < 10 or abs({amount} * {rate}) < 10000000000000 then round({amount} * {rate}, 4)
end"""

_AMOUNTS = ("gross_sales", "discounts", "sales", "cogs", "profit")


def _converted(name: str, rate: str = "rate") -> sql.Composable:
    amount = sql.Identifier(f"amount_{name}")
    return sql.SQL(_CONVERTED).format(amount=amount, rate=sql.Identifier(rate))


def _query(settings: Settings) -> sql.Composable:
    chosen = settings.currencies
    project = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text("utf-8"))["vars"]
    reporting = chosen["REPORTING_CURRENCY"] or project["reporting_currency"]
    assumed = chosen["ASSUMED_CURRENCY"] or project["assumed_currency"]
    assumed = {"reporting": reporting, "none": None}.get(assumed, assumed)
    has_base = chosen["CONSTANT_RATES_OF"] or str(project["constant_rates_of"])
    constant = {
        f"constant_{name}": _converted(name, "constant_rate")
        if has_base
        else sql.SQL("cast(null as numeric)")
        for name in ("sales", "profit")
    }
    return sql.SQL(_QUERY).format(
        code=sql.SQL("coalesce(lines.currency, {})").format(sql.Literal(assumed)),
        reporting=sql.Literal(reporting),
        **{name: _converted(name) for name in _AMOUNTS},
        **constant,
    )


LINES = Lines(
    fact="core.fct_sales",
    query=_query,
    dimensions=frozenset(
        [
            "day",
            "month",
            "week",
            "fiscal_year",
            "fiscal_quarter",
            "fiscal_period",
            "fiscal_week",
            "period_of_fiscal_year",
            "source",
            "company",
            "currency",
            "country",
            "country_code",
            "region",
            "segment",
            "product",
            "category",
            "sub_category",
            "discount_band",
        ]
    ),
    measures={
        **{name: name for name in ("units_sold", *_AMOUNTS)},
        **{f"local_{name}": name for name in _AMOUNTS},
        **dict.fromkeys(
            (
                "sales_with_units",
                "sales_with_discounts",
                "sales_with_cost",
                "sales_with_profit",
                "sales_at_constant_rates",
            ),
            "sales",
        ),
        "profit_at_constant_rates": "profit",
        "units_with_sales": "units_sold",
        "discounts_with_gross_sales": "discounts",
        "gross_sales_with_discounts": "gross_sales",
        **dict.fromkeys(("lines_without_rate", "lines_without_constant_rate", "sales_lines")),
    },
    cells=cells_of(CanonicalModel.SALES_LINES),
    money=frozenset(_AMOUNTS),
)
