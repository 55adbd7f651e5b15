-- Grain: month x kind of member x name. Dimensions are made from these few rows, not from all sales.
{{ config(**slices(by='month date', follows=months_of_sales_lines())) }}

with lines as (

    select
        {{ month_start('sale_date') }} as month,
        country,
        segment,
        product,
        category,
        sub_category,
        discount_band,
        manufacturing_price,
        sale_date,
        row_number() over (
            partition by {{ month_start('sale_date') }}, product
            order by sale_date desc, load_id desc, file_line desc
        ) as recency
    from {{ ref('int_sales_lines') }}
    where {{ is_in_touched_month('sale_date') }}

),

members as (

    select
        month,
        'product' as kind,
        product as name,
        cast(null as {{ dbt.type_string() }}) as part,
        manufacturing_price,
        sale_date as last_sold_on
    from lines
    where recency = 1

    union all

    {% for kind, part in {
        'country': none, 'segment': none, 'discount_band': none, 'category': 'sub_category'
    }.items() -%}
    select
        month,
        '{{ kind }}' as kind,
        {{ kind }} as name,
        {{ part or 'cast(null as ' ~ dbt.type_string() ~ ')' }} as part,
        cast(null as numeric(18, 4)) as manufacturing_price,
        max(sale_date) as last_sold_on
    from lines
    group by month, {{ kind }}{{ ', ' ~ part if part }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    month,
    kind,
    name,
    part,
    manufacturing_price,
    last_sold_on
from members
where name is not null or part is not null
