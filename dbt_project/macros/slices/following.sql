{#- Kinds of following, for `follows` of `slices`: which slices of this model a changed `slice` of another one touches.
    README.md beside this file has an example of each. -#}

{#- The slice of the same name: both models are made of days, of months, of orders. -#}
{% macro same() %}
    {{ return('slice') }}
{% endmacro %}

{#- The month of a changed day. -#}
{% macro month_of() %}
    {{ return(month_start('cast(slice as date)')) }}
{% endmacro %}

{#- The slices of a model's rows that point to a changed member: `slice` of the rows of `within` whose `key` changed. -#}
{% macro rows_of_changed(within, key, slice) %}
    {{ return('select ' ~ slice ~ ' as slice from {' ~ within ~ '} where ' ~ key ~ ' in {changes}') }}
{% endmacro %}

{#- None: what changes there changes here by another way that the model follows. -#}
{% macro nothing() %}
    {{ return(none) }}
{% endmacro %}

{#- How a sliced model follows each model that it names, and each dimension that it need not name. A mart joins
    dimensions by their keys and copies columns that rebuild it where they change (`spread`): a new member touches
    nothing that was there, as its facts are new as well. tests/lint/test_catalog.py holds marts to that. -#}
{% macro follows_of(node) %}
    {%- set how = slices_of(node) -%}
    {%- set follows = {} -%}
    {%- if how is not none and how.by and node.fqn[1] == 'marts' -%}
        {%- for upstream in read_through(node) | map(attribute='node') if is_dimension(upstream) -%}
            {%- do follows.update({upstream.name: none}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do follows.update((how or {}).get('follows', {})) -%}
    {{ return(follows) }}
{% endmacro %}

{#- Whether a model declares a key, and columns that readers may copy. -#}
{% macro is_dimension(node) %}
    {%- set meta = node.config.get('meta', {}) -%}
    {{ return(node.resource_type == 'model' and meta.get('key') and meta.get('spread') != []) }}
{% endmacro %}
