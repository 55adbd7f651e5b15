{#- Of models, whether one has something to do; a build may leave out the others. -#}
{% macro is_behind(model_ids) %}
    {%- set conditions = {} -%}
    {%- for id in model_ids -%}
        {%- do conditions.update({id: has_something_to_do(graph.nodes[id])}) -%}
    {%- endfor -%}
    {{ return(those_that_hold(conditions) | length > 0) }}
{% endmacro %}

{#- Condition: a model is not there, or made in another way than it was, or reads what has changed. A table that is not
    made of slices keeps no account of what it reads. -#}
{% macro has_something_to_do(node) -%}
    {%- set how = slices_of(node) -%}
    {%- if target.type != 'postgres' or how is none and node.config.materialized != 'view' -%}
        {{ return('true') }}
    {%- endif -%}
    {%- set conditions = [
        "to_regclass('" ~ node.schema ~ '.' ~ node.alias ~ "') is null",
        "not exists (select from ops.model_state where model = '" ~ node.name
            ~ "' and definition = '" ~ model_definition(node.unique_id) ~ "')",
    ] -%}
    {%- if how is not none -%}
        {%- for upstream in followed_models(node) -%}
            {%- do conditions.append(has_unread(node.name, upstream)) -%}
        {%- endfor -%}
        {%- for source_name in read_sources(how) -%}
            {%- do conditions.append(has_changed_batches(source_name, node.name)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(conditions | join(' or ')) }}
{%- endmacro %}
