-- Bands that rates fall into, and bands that only sources name, which come after them in their names' order.
{{ config(**whole(key='discount_band_key', spread='discount_band')) }}

with named as (

    select
        {{ name_key('name') }} as discount_band_key,
        -- one spelling per key
        min(trim(name)) as discount_band
    from {{ ref('int_sales_members') }}
    where kind = 'discount_band'
    group by {{ name_key('name') }}

)

select
    discount_band_key,
    discount_band,
    sort_order
from {{ ref('discount_bands') }}
where {{ has_changed() }}

union all

select
    named.discount_band_key,
    named.discount_band,
    cast(
        100 + row_number() over (order by {{ binary_order('named.discount_band_key') }}) as int
    ) as sort_order
from named
left join {{ ref('discount_bands') }} as bands on named.discount_band_key = bands.discount_band_key
where
    bands.discount_band_key is null
    and named.discount_band_key <> {{ unknown_key() }}
    and {{ has_changed() }}

union all

select
    {{ unknown_key() }} as discount_band_key,
    'Unknown' as discount_band,
    99 as sort_order
where {{ has_changed() }}
