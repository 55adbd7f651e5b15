{{ config(**dimension('payment_type_key')) }}

select
    payment_type_key,
    payment_type
from {{ ref('payment_types') }}

union all

select
    {{ unknown_key() }} as payment_type_key,
    'Unknown' as payment_type
