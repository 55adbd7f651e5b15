-- Grain: one row per category. Categories of products and of the translation, as either may lack some.
{{ config(**whole(key='category_key')) }}

with names as (

    select
        category_pt,
        cast(null as {{ dbt.type_string() }}) as category_en
    from {{ ref('stg_olist__products') }}
    where category_pt is not null

    union all

    select
        category_pt,
        category_en
    from {{ ref('stg_olist__category_translation') }}

),

categories as (

    select
        {{ name_key('category_pt') }} as category_key,
        min(category_pt) as category_pt,
        replace(coalesce(min(category_en), min(category_pt)), '_', ' ') as category
    from names
    where {{ name_key('category_pt') }} <> {{ unknown_key() }}
    group by {{ name_key('category_pt') }}

)

select
    category_key,
    {{ dbt.concat(["upper(substring(category from 1 for 1))", "substring(category from 2)"]) }} as category,
    category_pt
from categories
where {{ has_changed() }}

union all

select
    {{ unknown_key() }} as category_key,
    'Unknown' as category,
    'Unknown' as category_pt
where {{ has_changed() }}
