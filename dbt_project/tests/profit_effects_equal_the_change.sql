-- What each cell had before and all its effects add up to its profit after.
with amounts as (

    select
        comparison,
        month,
        source,
        company,
        country,
        product,
        segment,
        amount
    from {{ ref('mart_profit_effects') }}

    union all

    select
        comparison,
        month,
        source,
        company,
        country,
        product,
        segment,
        -profit_after as amount
    from {{ ref('mart_profit_change') }}

)

select
    comparison,
    month,
    source,
    company,
    country,
    product,
    segment,
    sum(amount) as profit_missing
from amounts
where {{ any_unpublished() }}
group by comparison, month, source, company, country, product, segment
having sum(amount) <> 0
