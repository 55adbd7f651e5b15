-- Grain: spelling. Whoever reads this is rebuilt when a name is added or means another country than before.
{{ config(**whole(key='spelling', indexes=[{'columns': ['spelling'], 'unique': true}])) }}

with names as (

    select
        {{ spelling('name') }} as spelling,
        country_key
    from {{ ref('country_names') }}

    union all

    select
        'unknown' as spelling,
        {{ unknown_key() }} as country_key

),

-- a company's own, which win
synonyms as (

    select
        {{ spelling('synonyms.spelling') }} as spelling,
        names.country_key
    from {{ ref('synonyms') }} as synonyms
    left join names on {{ spelling('synonyms.country') }} = names.spelling

)

select
    spelling,
    country_key
from synonyms
where {{ has_changed() }}

union all

select
    names.spelling,
    names.country_key
from names
left join synonyms on names.spelling = synonyms.spelling
where synonyms.spelling is null and {{ has_changed() }}
