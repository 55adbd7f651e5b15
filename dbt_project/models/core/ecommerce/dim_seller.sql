-- Grain: one row per seller.
{{ config(**whole(key='seller_key', spread=[])) }}

select
    sellers.seller_id as seller_key,
    coalesce(states.state_key, {{ unknown_key() }}) as state_key,
    coalesce(states.state, 'Unknown') as state
from {{ ref('stg_olist__sellers') }} as sellers
left join {{ ref('dim_state') }} as states
    on sellers.state_code = states.state_code
where {{ has_changed() }}

union all

select
    {{ unknown_key() }} as seller_key,
    {{ unknown_key() }} as state_key,
    'Unknown' as state
where {{ has_changed() }}
