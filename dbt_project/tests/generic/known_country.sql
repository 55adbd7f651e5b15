{#- Each name of a country is known; blank ones name none. -#}
{% test known_country(model, column_name) %}
with names as (

    select
        {{ column_name }} as name,
        count(*) as occurrences
    from {{ model }}
    group by {{ column_name }}

)

select
    names.name,
    names.occurrences
from names
left join {{ ref('int_country_spellings') }} as spelled
    on {{ spelling('names.name') }} = spelled.spelling
where spelled.spelling is null and {{ own_key('names.name') }} <> {{ unknown_key() }}
{% endtest %}
