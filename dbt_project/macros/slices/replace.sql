{#- dbt's incremental strategy `replace_slices`: delete the touched slices, insert their new rows, and record it for readers. -#}
{% macro get_incremental_replace_slices_sql(arguments) %}
    {%- if slices_of(model).by is none -%}{{ return('select 1') }}{%- endif -%}
    {%- set by = slice_column(slices_of(model).by).name -%}
    {%- set log = slice_column(slices_of(model).log).name -%}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set is_touched = by ~ ' in (select slice from ' ~ touched_table() ~ ')' %}
    insert into ops.model_changes (model, slice)
    select '{{ model.name }}', replaced.slice
    from (
        select cast({{ log }} as text) as slice from {{ arguments.target_relation }} where {{ is_touched }}
        union
        select cast({{ log }} as text) as slice from {{ arguments.temp_relation }}
    ) as replaced
    where replaced.slice is not null;
    delete from {{ arguments.target_relation }} where {{ is_touched }};
    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }};
{% endmacro %}

{#- After a model was built: note what it has read, and, where it was built as a whole, that all of it changed. -#}
{% macro note_changes() %}
    {%- if execute and target.type == 'postgres' and model.name != 'stg_ops__loads' -%}
        {%- if slices_of(model) is not none -%}
            {%- set how = slices_of(model) -%}
            {%- if not is_replaced_by_slices() -%}
                {{- note_built_whole() -}}
            {%- endif %}
            {{ note_as_read(model.name, followed_models(model), read_sources(how)) }}
            {%- if none in follows_of(model).values() and not reads_nothing_that_is_behind() %}
    update ops.model_state set definition = 'built without some of what it reads' where model = '{{ model.name }}';
            {%- endif %}
        {%- elif model.config.materialized == 'table' -%}
            {{- note_built_whole() -}}
        {%- elif model.config.materialized == 'view' -%}
            {{- note_changed_table() -}}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{#- Whether each model that this one reads, and that they read, belongs to this run of dbt, or has nothing to do. Where
    one is behind, a dimension may lack members that facts have already: they come later, when a model that follows it
    with `nothing()` would not look. Such a model is then rebuilt by the next build. -#}
{% macro reads_nothing_that_is_behind() %}
    {%- set reached = [model.unique_id] -%}
    {%- for id in reached -%}
        {#- what is appended here is reached by the same loop -#}
        {%- for read in graph.nodes[id].depends_on.nodes if read.startswith('model.') and read not in reached -%}
            {%- do reached.append(read) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(not is_behind(reached | reject('in', selected_resources))) }}
{% endmacro %}

{#- Of a model that was built as a whole: what is different from what it was. -#}
{% macro note_built_whole() %}
    {%- set old = make_backup_relation(this, 'table') -%}
    {%- set key = model.config.get('meta', {}).get('key') -%}
    {%- if model.config.get('meta', {}).get('slices', {}).get('by') %}
    delete from ops.model_changes where model = '{{ model.name }}';
    insert into ops.model_changes (model, slice) values ('{{ model.name }}', null);
    {{ note_definition() }}
    {#- without statistics the next build would look for its few slices in all rows #}
    analyze {{ this }};
    {%- elif key and answer("select to_regclass('" ~ old ~ "') is not null") %}
        {{- note_changed_keys(old, key, model.config.meta.get('spread')) -}}
    {%- else %}
        {{- note_changed_table() -}}
    {%- endif -%}
{% endmacro %}

{#- Of a table without a key: everything changed, where any row did. Of a view: where its SQL did, as changed rows
    are known from batches. -#}
{% macro note_changed_table() %}
    with built as (

        {% if model.config.materialized == 'view' -%}
        select cast(null as text) as fingerprint
        {%- else -%}
        select count(*) || ' ' || coalesce(sum(hashtextextended(cast(rows_of as text), 0)), 0) as fingerprint
        from {{ this }} as rows_of
        {%- endif %}

    ),

    noted as (

        insert into ops.model_state (model, definition, fingerprint)
        select '{{ model.name }}', '{{ model_definition() }}', fingerprint from built
        on conflict (model) do update set definition = excluded.definition, fingerprint = excluded.fingerprint
        where
            model_state.definition <> excluded.definition
            or model_state.fingerprint is distinct from excluded.fingerprint
        returning model

    )

    insert into ops.model_changes (model, slice) select model, null from noted;
{% endmacro %}

{#- Of a table with a key: the keys of rows that came, went or changed; everything, where a column of `spread` (any,
    where it names none) changed in a row that stays, as a name that readers have copied. -#}
{% macro note_changed_keys(old, key, spread) %}
    insert into ops.model_changes (model, slice)
    select '{{ model.name }}', cast(coalesce(now_rows.{{ key }}, old_rows.{{ key }}) as text)
    from {{ this }} as now_rows
    full join {{ old }} as old_rows on now_rows.{{ key }} = old_rows.{{ key }}
    where cast(now_rows as text) is distinct from cast(old_rows as text);
    insert into ops.model_changes (model, slice)
    select '{{ model.name }}', null
    where
        not exists (
            select from ops.model_state where model = '{{ model.name }}' and definition = '{{ model_definition() }}'
        )
        {%- if spread != [] %}
        or exists (
            select from {{ this }} as now_rows
            inner join {{ old }} as old_rows on now_rows.{{ key }} = old_rows.{{ key }}
            where
                {%- for column in spread or [] %}
                {{ 'or ' if not loop.first }}now_rows.{{ column }} is distinct from old_rows.{{ column }}
                {%- else %}
                cast(now_rows as text) is distinct from cast(old_rows as text)
                {%- endfor %}
        )
        {%- endif %};
    {{ note_definition() }}
{% endmacro %}

{#- Of a model whose changes are known without a hash of its rows. -#}
{% macro note_definition() %}
    insert into ops.model_state (model, definition) values ('{{ model.name }}', '{{ model_definition() }}')
    on conflict (model) do update set definition = excluded.definition, fingerprint = null;
{% endmacro %}

{#- Whether this run of the model has found its touched slices, and so replaced nothing else. -#}
{% macro is_replaced_by_slices() %}
    {%- set query = "select to_regclass('pg_temp." ~ touched_table() ~ "') is not null" -%}
    {{ return(answer(query)) }}
{% endmacro %}
