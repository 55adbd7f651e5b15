-- A product that comes again replaces the earlier one.
{{ config(**slices(by='product_id text', rows_of='olist.products')) }}

with products as (

    {{ current_rows('olist', 'products') }}

)

select
    products.product_id,
    products.product_category_name as category_pt,
    products.product_name_lenght as name_length,
    products.product_description_lenght as description_length,
    products.product_photos_qty as photos,
    products.product_weight_g as weight_g,
    products.product_length_cm as length_cm,
    products.product_height_cm as height_cm,
    products.product_width_cm as width_cm,
    products._load_id as load_id,
    products._line as file_line
from products
