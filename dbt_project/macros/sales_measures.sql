{#- The additive measures of sales with their types, so that every mart of sales adds up the same columns.

    Amounts are in the reporting currency, `local_…` in that of their lines (docs/currencies.md). A figure that a line's
    source does not have is null, as is the amount of a line whose rate is missing, and a sum covers only lines that have
    it. A ratio divides what the same lines have: measures such as `sales_with_profit` are of the lines that have both
    figures. Those of sales are never null. -#}
{% macro sales_measures() -%}
    {{ return({
        'units_sold': 'numeric(18, 6)',
        'gross_sales': 'numeric(18, 4)',
        'discounts': 'numeric(18, 4)',
        'sales': 'numeric(18, 4)',
        'cogs': 'numeric(18, 4)',
        'profit': 'numeric(18, 4)',
        'sales_with_units': 'numeric(18, 4)',
        'sales_with_discounts': 'numeric(18, 4)',
        'sales_with_cost': 'numeric(18, 4)',
        'sales_with_profit': 'numeric(18, 4)',
        'units_with_sales': 'numeric(18, 6)',
        'discounts_with_gross_sales': 'numeric(18, 4)',
        'gross_sales_with_discounts': 'numeric(18, 4)',
        'local_gross_sales': 'numeric(18, 4)',
        'local_discounts': 'numeric(18, 4)',
        'local_sales': 'numeric(18, 4)',
        'local_cogs': 'numeric(18, 4)',
        'local_profit': 'numeric(18, 4)',
        'sales_at_constant_rates': 'numeric(18, 4)',
        'profit_at_constant_rates': 'numeric(18, 4)',
        'lines_without_rate': 'bigint',
        'lines_without_constant_rate': 'bigint',
    }) }}
{%- endmacro %}

{#- What a sales line, `lines`, adds to a measure. -#}
{% macro measure_of_line(measure) -%}
    {%- set known = {
        'sales_with_units': ['units_sold'],
        'sales_with_discounts': ['discounts', 'gross_sales'],
        'sales_with_cost': ['cogs'],
        'sales_with_profit': ['profit'],
    } -%}
    {%- set both = {
        'discounts_with_gross_sales': ['discounts', 'gross_sales'],
        'gross_sales_with_discounts': ['gross_sales', 'discounts'],
    } -%}
    {%- if measure in known -%}
        case
            when {% for figure in known[measure] %}lines.{{ figure }} is not null{{ ' and ' if not loop.last }}{% endfor %}
                then coalesce({{ converted('lines.sales', currency_of('lines.currency')) }}, 0)
            else 0
        end
    {%- elif measure in both -%}
        case
            when lines.{{ both[measure][1] }} is not null
                then {{ converted('lines.' ~ both[measure][0], currency_of('lines.currency')) }}
        end
    {%- elif measure == 'units_with_sales' -%}
        case when {{ converted('lines.sales', currency_of('lines.currency')) }} is not null then lines.units_sold end
    {%- elif measure == 'lines_without_constant_rate' -%}
        case
            when {{ 'true' if constant_rates_of() else 'false' }}
                and {{ converted_at_constant_rates('lines.sales', currency_of('lines.currency')) }} is null then 1
            else 0
        end
    {%- elif measure == 'lines_without_rate' -%}
        case when {{ converted('lines.sales', currency_of('lines.currency')) }} is null then 1 else 0 end
    {%- elif measure == 'units_sold' -%}
        lines.units_sold
    {%- elif measure.startswith('local_') -%}
        lines.{{ measure.removeprefix('local_') }}
    {%- elif measure.endswith('_at_constant_rates') -%}
        {%- set amount = 'lines.' ~ measure.removesuffix('_at_constant_rates') -%}
        {{ converted_at_constant_rates(amount, currency_of('lines.currency')) }}
    {%- else -%}
        {{ converted('lines.' ~ measure, currency_of('lines.currency')) }}
    {%- endif -%}
{%- endmacro %}

{#- Column of a mart that holds a figure as its source has it: what layers before the marts can be compared with. -#}
{% macro as_in_source(figure) -%}
    {{ 'local_' ~ figure if 'local_' ~ figure in sales_measures() else figure }}
{%- endmacro %}
