-- Grain: one row per target that counts, in the reporting currency. Joins match at most one row: no target is
-- lost or doubled.
{{ config(**whole()) }}

{#- not what lines of sales are assumed to be in: targets were always given in the reporting currency -#}
{%- set currency = "coalesce(targets.currency, '" ~ reporting_currency() ~ "')" %}
select
    targets.source,
    targets.company,
    targets.target_month,
    coalesce(spelled.country_key, {{ own_key('targets.country') }}) as country_key,
    coalesce({{ name_key('targets.segment') }}, {{ unknown_key() }}) as segment_key,
    {{ converted('targets.sales_target', currency) }} as sales_target,
    targets.sales_target as local_sales_target,
    targets.currency,
    targets.load_id,
    targets.file_line,
    targets.batch_id
from {{ ref('int_targets') }} as targets
left join {{ ref('int_country_spellings') }} as spelled
    on {{ spelling('targets.country') }} = spelled.spelling
{{ join_exchange_rates(currency, 'targets.target_month') }}
where {{ has_changed() }}
