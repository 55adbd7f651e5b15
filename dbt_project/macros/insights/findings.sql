{#- What all kinds of findings share: their columns. -#}

{#- Columns of a finding, with their types; a kind leaves out those that it does not have. -#}
{% macro finding_columns() %}
    {%- set amount, text = 'numeric(20, 4)', dbt.type_string() -%}
    {{ return({
        'kind': text,
        'metric': text,
        'compared_with': text,
        'country': text,
        'segment': text,
        'product': text,
        'month': 'date',
        'period_from': 'date',
        'period_to': 'date',
        'compared_month': 'date',
        'known_to': 'date',
        'figure': amount,
        'baseline': amount,
        'effect': amount,
        'effect_share': 'numeric(20, 6)',
        'so_far': amount,
        'forecast': amount,
        'lower_bound': amount,
        'upper_bound': amount,
        'interval_percent': 'int',
        'driver_country': text,
        'driver_country_change': amount,
        'driver_product': text,
        'driver_product_change': amount,
        'volume_effect': amount,
        'mix_effect': amount,
        'price_effect': amount,
        'discount_effect': amount,
        'cost_effect': amount,
        'other_effects': amount,
        'trace': text,
    }) }}
{% endmacro %}

{#- Columns that only sentences need. `lacks_companies`, `lacks_figures`: 1 if the figure leaves some out, or null. -#}
{% macro sentence_columns() %}
    {%- set amount, text = 'numeric(20, 4)', dbt.type_string() -%}
    {{ return({
        'most_added': amount,
        'most_taken': amount,
        'most_added_name': text,
        'most_taken_name': text,
        'tells_both': 'boolean',
        'is_short': 'boolean',
        'has_targets': 'boolean',
        'lacks_companies': 'int',
        'lacks_figures': 'int',
    }) }}
{% endmacro %}

{#- The columns of a finding from the SQL of those that it has; the others are null. -#}
{% macro finding(values) -%}
    {%- for name, type in dict(finding_columns(), **sentence_columns()).items() %}
        cast({{ values.get(name, 'null') }} as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- A change as a share of what it was before, to six decimals; null where that is not above zero. -#}
{% macro share_of(change, before) -%}
    case
        when {{ before }} > 0
            then cast(cast({{ change }} as numeric(38, 16)) / {{ before }} as numeric(20, 6))
    end
{%- endmacro %}
