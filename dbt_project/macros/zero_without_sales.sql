{#- A figure of sales in a cell that may have none: what its sales have; without sales it is 0, but unknown where no
    sale of the market, or none at all, has the figure.

    sales: relation of the sales, with one row per cell at most; `month` is null where the cell has none.
    market: columns of the market, over whose cells the figure is looked for. -#}
{% macro zero_without_sales(figure, sales, market) -%}
    case
        when {{ sales }}.month is not null then {{ sales }}.{{ figure }}
        {% for cells in ['partition by ' ~ market, ''] -%}
        when
            count({{ sales }}.month) over ({{ cells }}) > 0
            and count({{ sales }}.{{ figure }}) over ({{ cells }}) = 0
            then null
        {% endfor -%}
        else 0
    end
{%- endmacro %}
