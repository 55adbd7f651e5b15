{#- Each month, or each slice of `by`, has what the days of another model have in it, by source, in the reporting
    currency as well, which no other layer holds. -#}
{% test adds_up_days(model, days, measures, by='month') %}
with totals as (

    select
        {{ by }},
        source,
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }}{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select
            {{ by }},
            source,
            {{ measures | join(', ') }}
        from {{ model }}
        union all
        select
            {{ by }},
            source,
            {% for measure in measures -%}
            -{{ measure }} as {{ measure }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ days }}
        where {{ by }} in (select {{ by }} from {{ model }})
    ) as rows_of_both
    group by {{ by }}, source

)

select *
from totals
where {% for measure in measures %}{{ measure }} <> 0{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
