{#- Key of a dimension's member made from its name: `Small Business` is `small_business`. -#}
{% macro name_key(name) -%}
    lower(replace(trim({{ name }}), ' ', '_'))
{%- endmacro %}

{#- Key of the member that stands for what a dimension does not know, so that no fact row is lost. -#}
{% macro unknown_key() -%}
    'unknown'
{%- endmacro %}
