-- A target that arrives again replaces the earlier one.
with targets as (

    {{ current_rows('sales', 'targets') }}

)

select
    targets._load_id as load_id,
    targets._line as file_line,
    targets.target_month,
    targets.country,
    targets.segment,
    targets.sales_target
from targets
