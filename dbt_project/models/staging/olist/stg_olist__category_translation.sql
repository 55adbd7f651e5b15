-- A category that comes again replaces the earlier one.
{{ config(**slices(by='category_pt text', rows_of='olist.category_translation')) }}

with category_translation as (

    {{ current_rows('olist', 'category_translation') }}

)

select
    category_translation.product_category_name as category_pt,
    category_translation.product_category_name_english as category_en,
    category_translation._load_id as load_id,
    category_translation._line as file_line
from category_translation
