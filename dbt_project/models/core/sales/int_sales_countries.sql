-- Grain: batch of loads x country. The dimension is made from these few rows, not from all sales.
{{ config(**slices(by='batch_id bigint', batches_of='sales.transactions')) }}

select distinct
    batch_id,
    country
from {{ ref('stg_sales__transactions') }}
where {{ is_touched('batch_id', load='load_id') }}
