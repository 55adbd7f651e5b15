-- A rate that arrives again replaces the earlier one.
with budget_rates as (

    {{ current_rows('finance', 'budget_rates') }}

)

select
    budget_rates._load_id as load_id,
    budget_rates._line as file_line,
    budget_rates.period,
    budget_rates.currency,
    budget_rates.rate as units_per_euro
from budget_rates
