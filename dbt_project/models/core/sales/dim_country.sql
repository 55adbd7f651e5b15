-- Countries that any source names. A name that nobody knows is a member of its own.
{{ config(**whole(key='country_key')) }}

with names as (

    select name as country from {{ ref('int_sales_members') }}
    where kind = 'country'
    union distinct
    select country from {{ ref('int_engagement') }}
    union distinct
    select country from {{ ref('int_inventory') }}
    union distinct
    select country from {{ ref('int_targets') }}

),

members as (

    select
        coalesce(spelled.country_key, {{ own_key('names.country') }}) as country_key,
        -- one spelling per key
        min(trim(names.country)) as name
    from names
    left join {{ ref('int_country_spellings') }} as spelled
        on {{ spelling('names.country') }} = spelled.spelling
    group by coalesce(spelled.country_key, {{ own_key('names.country') }})

)

select
    members.country_key,
    coalesce(countries.country_code, members.country_key) as country_code,
    coalesce(countries.country, members.name) as country,
    coalesce(countries.region, 'Unknown') as region,
    coalesce(countries.sub_region, 'Unknown') as sub_region
from members
left join {{ ref('countries') }} as countries on members.country_key = countries.country_key
where members.country_key <> {{ unknown_key() }} and {{ has_changed() }}

union all

select
    {{ unknown_key() }} as country_key,
    'ZZZ' as country_code,
    'Unknown' as country,
    'Unknown' as region,
    'Unknown' as sub_region
where {{ has_changed() }}
