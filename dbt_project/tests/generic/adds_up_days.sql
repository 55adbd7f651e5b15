{#- Each month and source has what its days have, in the reporting currency as well, which no other layer holds. -#}
{% test adds_up_days(model, days, measures) %}
with totals as (

    select
        month,
        source,
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }}{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select
            month,
            source,
            {{ measures | join(', ') }}
        from {{ model }}
        union all
        select
            month,
            source,
            {% for measure in measures -%}
            -{{ measure }} as {{ measure }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ days }}
        where month in (select month from {{ model }})
    ) as rows_of_both
    group by month, source

)

select *
from totals
where {% for measure in measures %}{{ measure }} <> 0{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
