{#- Before a model is built: put the slices that it must replace into a temporary table. -#}
{% macro find_touched() %}
    {%- if execute and slices_of(model) is not none and is_incremental() -%}
        {%- set how = slices_of(model) -%}
        {%- if how.by is none %}
    create temporary table {{ touched_table() }} (slice text) on commit drop;
        {%- else -%}
        {%- set kind = slice_column(how.by).type %}
    create temporary table {{ touched_table() }} on commit drop as
        {%- set found = [] -%}
        {%- for source_name in how.batches_of -%}
            {%- do found.append('select batch_id as slice from (' ~ changed_batches(source_name) ~ ') as batches') -%}
        {%- endfor -%}
        {%- if how.rows_of -%}
            {%- do found.append(keys_of_changed_rows(how.rows_of)) -%}
        {%- endif -%}
        {%- for source_name in how.sources -%}
            {%- do found.append(
                "select '" ~ source_name ~ "' as slice from (" ~ changed_batches(source_name) ~ ') as batches'
            ) -%}
        {%- endfor -%}
        {%- for upstream, slices in how.follows.items() if slices is not none -%}
            {%- do found.append(followed_slices(upstream, slices)) -%}
        {%- endfor %}
        {%- for select in found %}
    select cast(found.slice as {{ kind }}) as slice from ({{ select }}) as found where found.slice is not null
    {{ 'union' if not loop.last else ';' }}
        {%- endfor %}
    analyze {{ touched_table() }};
        {%- endif %}
    {%- endif %}
{% endmacro %}

{% macro touched_table() -%}
    touched_{{ model.name }}
{%- endmacro %}

{#- Condition that keeps a select to the slices that are replaced. `load` names the column of the row's load, so that
    the engine looks only at the raw rows of those loads; where rows are of one of several sources, `source_name` says
    of which. -#}
{% macro is_touched(column, load=none, source_name=none) -%}
    {%- if is_incremental() -%}
        {{ column }} in (select touched.slice from {{ touched_table() }} as touched)
        {%- if load %}
        {%- set loads = [] -%}
        {%- for name in ([source_name] if source_name else slices_of(model).batches_of) -%}
            {%- do loads.extend(touched_loads(name)) -%}
        {%- endfor %}
        and {{ load }} in ({{ loads | join(', ') or 'null' }})
        {%- endif -%}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- The same for a day in a table that is indexed by days, where slices are months. -#}
{% macro is_in_touched_month(day) -%}
    {%- if is_incremental() -%}
        {{ day }} in (
            select cast(days.day as date) as day
            from {{ touched_table() }} as touched
            cross join generate_series(
                touched.slice, touched.slice + interval '1 month' - interval '1 day', interval '1 day'
            ) as days (day)
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Condition of each select of a model that is built as a whole: false where nothing that it reads changed. -#}
{% macro has_changed() -%}
    {{ 'false' if is_incremental() else 'true' }}
{%- endmacro %}

{#- Batches that a model has not applied yet, and those that it has applied and that no longer count. -#}
{% macro changed_batches(source_name, reader=model.name) -%}
    select coalesce(counted.batch_id, known.batch_id) as batch_id, counted.load_id
    from {{ counted_batches(source_name) }} as counted
    full join (
        select batches.batch_id from ops.model_batches as batches
        where batches.model = '{{ reader }}' and batches.source = '{{ source_name }}'
    ) as known on counted.batch_id = known.batch_id
    where counted.batch_id is null or known.batch_id is null
{%- endmacro %}

{#- Condition: there are such batches. -#}
{% macro has_changed_batches(source_name, reader=model.name) -%}
    exists (select 1 from ({{ changed_batches(source_name, reader) }}) as batches)
{%- endmacro %}

{#- Loads of a source that hold rows of touched slices, as literals: raw tables of other loads are not even opened. Where
    batches of several sources are slices, two of them may have the same number: a slice is replaced for all of them. -#}
{% macro touched_loads(source_name) %}
    {%- set changed = [] -%}
    {%- for name in slices_of(model).batches_of -%}
        {%- do changed.append('select batch_id from (' ~ changed_batches(name) ~ ') as batches') -%}
    {%- endfor -%}
    {%- set query -%}
        select distinct counted.load_id
        from {{ counted_batches(source_name) }} as counted
        where counted.batch_id in ({{ changed | join(' union all ') }})
        order by load_id
    {%- endset -%}
    {{ return(answers(query)) }}
{% endmacro %}

{#- Loads that hold rows of changed batches, those that no longer count included. -#}
{% macro changed_loads(source_name, reader=model.name) %}
    {%- set query -%}
        select distinct coalesce(load_id, batch_id) as load_id
        from ({{ changed_batches(source_name, reader) }}) as batches
        {%- if relation_of(source_name).kind == 'restate' %}
        where load_id is not null
        {%- endif %}
        order by load_id
    {%- endset -%}
    {{ return(answers(query)) }}
{% endmacro %}

{#- First columns of the keys of rows that changed loads hold. -#}
{% macro keys_of_changed_rows(source_name) -%}
    {%- set key = relation_of(source_name).key[0] -%}
    {%- set loads = changed_loads(source_name) -%}
    select {{ key }} as slice from {{ raw_table(source_name) }}
    where _load_id in ({{ loads | join(', ') or 'null' }})
{%- endmacro %}

{% macro raw_table(source_name) -%}
    {%- set node = graph.sources['source.tradewind.' ~ source_name] -%}
    {{ node.schema }}.{{ node.identifier }}
{%- endmacro %}

{#- The slices that changes of another model touch. -#}
{% macro followed_slices(upstream, slices) -%}
    {%- set changes = unread_changes(model.name, upstream) -%}
    {%- if is_fixed(slices) -%}
    select fixed.slice
    from (values {% for slice in slices %}('{{ slice }}'){{ ', ' if not loop.last }}{% endfor %}) as fixed (slice)
    where exists (select 1 from {{ changes }} as changes)
    {%- elif '{changes}' not in slices -%}
    select {{ slices }} as slice from {{ changes }} as changes
    {%- else -%}
        {%- set names = {'changes': '(select unread.slice from ' ~ changes ~ ' as unread)'} -%}
        {%- for node in graph.nodes.values() if '{' ~ node.name ~ '}' in slices -%}
            {%- do names.update({node.name: node.schema ~ '.' ~ node.alias}) -%}
        {%- endfor -%}
    {{ slices.format(**names) }}
    {%- endif -%}
{%- endmacro %}

{#- Whether what a model follows touches always the same slices. -#}
{% macro is_fixed(slices) %}
    {{ return(slices is not none and slices is not string) }}
{% endmacro %}
