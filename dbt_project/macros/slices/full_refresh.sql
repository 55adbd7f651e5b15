{#- Overrides dbt's: a model is also rebuilt where slices alone would leave it wrong. -#}
{% macro should_full_refresh() %}
    {%- set asked = config.get('full_refresh') -%}
    {%- set asked = flags.FULL_REFRESH if asked is none else asked -%}
    {{ return(asked or (slices_of(model) is not none and must_be_rebuilt())) }}
{% endmacro %}

{#- Whether the model's definition changed, or a model it reads changed in a way that it cannot follow. -#}
{% macro must_be_rebuilt() %}
    {%- if not execute -%}{{ return(false) }}{%- endif -%}
    {%- set known = graph.nodes[model.unique_id] -%}
    {%- if 'is_rebuilt' in known -%}{{ return(known.is_rebuilt) }}{%- endif -%}
    {%- set how = slices_of(model) -%}
    {%- set query -%}
        select not exists (
            select 1 from ops.model_state
            where model = '{{ model.name }}' and definition = '{{ model_definition() }}'
        )
        {%- set follows = follows_of(model) -%}
        {%- for upstream in followed_models(model) if not is_fixed(follows.get(upstream)) %}
        or exists (
            select 1 from {{ unread_changes(model.name, upstream) }} as unread
            {%- if upstream in follows %}
            where unread.slice is null
            {%- endif %}
        )
        {%- endfor %}
        {%- for source_name in (how.batches_of if how.by is none else how.rebuilt_by) %}
        or {{ has_changed_batches(source_name) }}
        {%- endfor %} as is_needed
    {%- endset -%}
    {#- the model's own selects ask repeatedly; the answer does not change within its build -#}
    {%- do known.update({'is_rebuilt': answer(query)}) -%}
    {{ return(known.is_rebuilt) }}
{% endmacro %}

{#- Overrides dbt's: what an analyst compiles or previews is the whole model. -#}
{% macro is_incremental() %}
    {%- if not execute or flags.WHICH not in ['build', 'run'] or slices_of(model) is none -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set relation = adapter.get_relation(this.database, this.schema, this.table) -%}
    {{ return(relation is not none and relation.type == 'table' and not should_full_refresh()) }}
{% endmacro %}
