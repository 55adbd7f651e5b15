{#- Units after to units before, to 12 decimals; null where they cannot be compared: none or fewer than none before,
    or a change beyond a thousand-fold, of which old figures per unit say nothing.

    The dividend's 20 decimals make Postgres divide as finely as Spark. Money in numeric(18, 4) times this type needs
    38 digits, the most that Spark holds: such a product is exact on both. -#}
{% macro unit_ratio(after, before) -%}
    case
        when {{ before }} > 0 and abs({{ after }}) <= 1000 * {{ before }}
            then cast(cast({{ after }} as numeric(36, 20)) / {{ before }} as numeric(19, 12))
    end
{%- endmacro %}
