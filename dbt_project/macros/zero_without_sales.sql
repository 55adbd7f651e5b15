{#- A figure of sales in a cell that may have none: what its sales have; without sales it is 0, but unknown where no
    sale of the market, or none of the seller at all, has the figure.

    sales: relation of the sales, with one row per cell at most; `month` is null where the cell has none.
    market: columns of the market, over whose cells the figure is looked for.
    seller: the same of the company that sells; of all together where none is given. -#}
{% macro zero_without_sales(figure, sales, market, seller='') -%}
    case
        when {{ sales }}.month is not null then {{ sales }}.{{ figure }}
        {% for cells in ['partition by ' ~ market, 'partition by ' ~ seller if seller else ''] -%}
        when
            count({{ sales }}.month) over ({{ cells }}) > 0
            and count({{ sales }}.{{ figure }}) over ({{ cells }}) = 0
            then null
        {% endfor -%}
        else 0
    end
{%- endmacro %}
