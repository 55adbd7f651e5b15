-- Days come from a cross join of digits: this needs no engine's own series function, and no query to compile.
{{ config(**whole()) }}

with digits as (

    {% for digit in range(10) -%}
    select {{ digit }} as digit {{ 'union all' if not loop.last }}
    {% endfor %}

),

numbers as (

    select
        ones.digit
        + 10 * tens.digit
        + 100 * hundreds.digit
        + 1000 * thousands.digit
        + 10000 * ten_thousands.digit as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as ten_thousands

),

days as (

    select
        cast(
            {{ dbt.dateadd('day', 'number', "cast('" ~ var('calendar_start') ~ "' as date)") }} as date
        ) as date_day
    from numbers

),

parts as (

    select
        date_day,
        {{ month_start('date_day') }} as month,
        cast(extract(year from date_day) as int) as year,
        cast(extract(quarter from date_day) as int) as quarter,
        cast(extract(month from date_day) as int) as month_number,
        cast(extract(day from date_day) as int) as day_of_month
    from days
    where date_day <= cast('{{ var('calendar_end') }}' as date)

)

select
    date_day,
    month,
    year,
    quarter,
    month_number,
    case month_number
        {% for name in ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August',
            'September', 'October', 'November', 'December'] -%}
        when {{ loop.index }} then '{{ name }}'
        {% endfor %}
    end as month_name,
    day_of_month,
    -- 1 January 2024 was a Monday
    cast(
        mod(mod({{ dbt.datediff("cast('2024-01-01' as date)", 'date_day', 'day') }}, 7) + 7, 7) + 1 as int
    ) as iso_weekday,
    {% set start = var('fiscal_year_start_month') | int -%}
    cast(
        year + case when {{ start }} > 1 and month_number >= {{ start }} then 1 else 0 end as int
    ) as fiscal_year,
    cast(floor(mod(month_number - {{ start }} + 12, 12) / 3.0) + 1 as int) as fiscal_quarter
from parts
where {{ has_changed() }}
