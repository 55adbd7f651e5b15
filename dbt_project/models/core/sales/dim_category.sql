-- Categories of products sold, each with the categories within it.
{{ config(**whole(key='category_key')) }}

with names as (

    select
        {{ category_key('name', 'part') }} as category_key,
        coalesce(name, 'Unknown') as category,
        coalesce(part, 'Unknown') as sub_category
    from {{ ref('int_sales_members') }}
    where kind = 'category'

)

select
    category_key,
    -- one spelling per key
    min(category) as category,
    min(sub_category) as sub_category
from names
where category_key <> {{ unknown_key() }} and {{ has_changed() }}
group by category_key

union all

select
    {{ unknown_key() }} as category_key,
    'Unknown' as category,
    'Unknown' as sub_category
where {{ has_changed() }}
