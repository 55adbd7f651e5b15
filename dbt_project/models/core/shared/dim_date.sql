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

),

weekdays as (

    select
        *,
        -- 1 January 2024 was a Monday
        cast(
            mod(mod({{ dbt.datediff("cast('2024-01-01' as date)", 'date_day', 'day') }}, 7) + 7, 7) + 1 as int
        ) as iso_weekday
    from parts

),

iso_weeks as (

    select
        *,
        cast({{ dbt.dateadd('day', '1 - iso_weekday', 'date_day') }} as date) as week_start,
        -- a week belongs to the year that has its Thursday
        cast({{ dbt.dateadd('day', '4 - iso_weekday', 'date_day') }} as date) as thursday
    from weekdays

),

fiscal_years as (

    {% set years = fiscal_years() -%}
    {% for year in years[:-1] -%}
    select
        {{ year.name }} as fiscal_year,
        cast('{{ year.starts }}' as date) as fiscal_year_start,
        cast('{{ years[loop.index].starts }}' as date) as next_start
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

fiscal_weeks as (

    select
        iso_weeks.*,
        cast(extract(year from iso_weeks.thursday) as int) as iso_year,
        cast(floor((extract(doy from iso_weeks.thursday) - 1) / 7.0) + 1 as int) as iso_week,
        fiscal_years.fiscal_year,
        fiscal_years.fiscal_year_start,
        mod(iso_weeks.month_number - {{ fiscal_year_start_month() }} + 12, 12) as fiscal_month,
        cast(
            floor(
                {{ dbt.datediff('fiscal_years.fiscal_year_start', 'iso_weeks.date_day', 'day') }}
                / 7.0
            ) + 1 as int
        ) as fiscal_week
    from iso_weeks
    inner join fiscal_years
        on
            iso_weeks.date_day >= fiscal_years.fiscal_year_start
            and iso_weeks.date_day < fiscal_years.next_start

),

fiscal_quarters as (

    {% set weeks = weeks_of_periods() -%}
    select
        *,
        {% if weeks -%}
        -- a 53rd week is the last one of the fourth quarter
        cast(least(floor((fiscal_week - 1) / 13.0) + 1, 4) as int) as fiscal_quarter
        {%- else -%}
        cast(floor(fiscal_month / 3.0) + 1 as int) as fiscal_quarter
        {%- endif %}
    from fiscal_weeks

),

fiscal_periods as (

    select
        *,
        {% if weeks -%}
        case
            when fiscal_week - 13 * (fiscal_quarter - 1) <= {{ weeks[0] }} then 1
            when fiscal_week - 13 * (fiscal_quarter - 1) <= {{ weeks[0] + weeks[1] }} then 2
            else 3
        end
        {%- else -%}
        mod(fiscal_month, 3) + 1
        {%- endif %} as period_of_quarter
    from fiscal_quarters

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
    iso_weekday,
    iso_year,
    iso_week,
    week_start,
    cast(fiscal_year as int) as fiscal_year,
    fiscal_quarter,
    cast(3 * (fiscal_quarter - 1) + period_of_quarter as int) as fiscal_period,
    fiscal_week,
    fiscal_year_start,
    {% if weeks -%}
    {% set before = '7 * (13 * (fiscal_quarter - 1) + case period_of_quarter when 1 then 0 when 2 then '
        ~ weeks[0] ~ ' else ' ~ (weeks[0] + weeks[1]) ~ ' end)' -%}
    cast({{ dbt.dateadd('day', '91 * (fiscal_quarter - 1)', 'fiscal_year_start') }} as date) as fiscal_quarter_start,
    cast({{ dbt.dateadd('day', before, 'fiscal_year_start') }} as date) as fiscal_period_start,
    {%- else -%}
    cast(
        {{ dbt.dateadd('month', '3 * (fiscal_quarter - 1)', 'fiscal_year_start') }} as date
    ) as fiscal_quarter_start,
    month as fiscal_period_start,
    {%- endif %}
    cast(
        {{ dbt.dateadd('day', '7 * (fiscal_week - 1)', 'fiscal_year_start') }} as date
    ) as fiscal_week_start,
    iso_year || '-W' || lpad(cast(iso_week as {{ dbt.type_string() }}), 2, '0') as week,
    fiscal_year || ' Q' || fiscal_quarter as fiscal_quarter_name,
    fiscal_year
    || ' P'
    || lpad(cast(3 * (fiscal_quarter - 1) + period_of_quarter as {{ dbt.type_string() }}), 2, '0')
        as fiscal_period_name,
    fiscal_year || ' W' || lpad(cast(fiscal_week as {{ dbt.type_string() }}), 2, '0') as fiscal_week_name
from fiscal_periods
where {{ has_changed() }}
