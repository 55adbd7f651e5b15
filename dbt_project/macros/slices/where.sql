{#- Overrides dbt's: in a build, a test reads what changed since the last publication; `dbt test` reads all.

    Since the publication, and not since the last build: what failed stays under test until it passes. -#}
{% macro get_where_subquery(relation) %}
    {%- set condition = unpublished_rows(relation) -%}
    {%- set conditions = [config.get('where', ''), condition] | select | list -%}
    {%- if not conditions -%}{{ return(relation) }}{%- endif -%}
    {{ return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') as dbt_subquery') }}
{% endmacro %}

{#- Condition for the rows that changed since the last publication; empty where that is all of them. -#}
{% macro unpublished_rows(relation) %}
    {%- if not reads_what_is_new() -%}
        {{ return('') }}
    {%- endif -%}
    {%- for id in model.depends_on.nodes if id.startswith('model.') and graph.nodes[id].alias == relation.identifier -%}
        {%- set node = graph.nodes[id] -%}
        {%- if not batches_of_view(node) and slices_of(node) is none or has_lost_parents(node) -%}{{ return('') }}{%- endif -%}
        {#- the model was built before its tests: what changed is the same for all of them -#}
        {%- if 'unpublished_rows' not in node -%}
            {%- do node.update({'unpublished_rows': changed_rows(node)}) -%}
        {%- endif -%}
        {{ return(node.unpublished_rows) }}
    {%- endfor -%}
    {{ return('') }}
{% endmacro %}

{#- The same for a model that keeps an account of its changes, whatever else a test reads. -#}
{% macro changed_rows(node) %}
    {%- set view_of = batches_of_view(node) -%}
    {%- set changed = run_query(unpublished_changes(node)).rows[0] -%}
    {%- if changed.has_all -%}{{ return('') }}{%- endif -%}
    {%- if view_of -%}
        {#- what is joined to the rows of its first source may change any of them -#}
        {%- set joined = [] -%}
        {%- for source_name in view_of[1:] -%}
            {%- do joined.append(has_changed_batches(source_name, 'publication')) -%}
        {%- endfor -%}
        {%- if joined and answer('select ' ~ joined | join(' or ')) -%}{{ return('') }}{%- endif -%}
        {%- set loads = changed_loads(view_of[0], 'publication') | join(', ') or 'null' -%}
        {{ return('load_id in (' ~ loads ~ ')') }}
    {%- endif -%}
    {%- if slices_of(node).by is none -%}
        {{ return('' if changed.has_any else 'false') }}
    {%- endif -%}
    {#- of a model of batches only these are new, though readers follow it by days that hold many more rows -#}
    {%- if has_only_batches(node) -%}
        {%- set found = [] -%}
        {%- for source_name in slices_of(node).batches_of -%}
            {%- do found.append('select batch_id from (' ~ changed_batches(source_name, 'publication') ~ ') as batches') -%}
        {%- endfor -%}
        {{ return(slice_column(slices_of(node).by).name ~ ' in (' ~ found | join(' union all ') ~ ')') }}
    {%- endif -%}
    {%- set log = slice_column(slices_of(node).log) -%}
    {%- set unread = unread_changes('publication', node.name) -%}
    {{ return(log.name ~ ' in (select cast(unread.slice as ' ~ log.type ~ ') from ' ~ unread ~ ' as unread)') }}
{% endmacro %}

{#- Whether tests look only at what no publication knows of yet: in a build of changes. -#}
{% macro reads_what_is_new() %}
    {{ return(execute and flags.WHICH == 'build' and not flags.FULL_REFRESH and target.type == 'postgres') }}
{% endmacro %}

{#- Query: a model's table, and whether any, and whether all of its rows may have changed since the last publication. -#}
{% macro unpublished_changes(node) -%}
    select
        '{{ node.alias }}' as changed_table,
        count(*) > 0 as has_any,
        coalesce(bool_or(unread.slice is null), false) as has_all
    from {{ unread_changes('publication', node.name) }} as unread
{%- endmacro %}

{#- Whether another model that the test reads, as the dimension of a relationship, has lost rows since the last
    publication: rows that did not change may have pointed to them. -#}
{% macro has_lost_parents(tested) %}
    {%- set lost = [] -%}
    {%- for name in followed_models(model) if name != tested.name -%}
        {%- set parent = graph.nodes['model.tradewind.' ~ name] -%}
        {%- set key = parent.config.get('meta', {}).get('key') -%}
        {%- set gone -%}
            unread.slice is null
            {%- if key %}
            or unread.slice not in (select cast({{ key }} as text) from {{ parent.schema }}.{{ parent.alias }})
            {%- endif %}
        {%- endset -%}
        {%- do lost.append('exists (select 1 from ' ~ unread_changes('publication', name) ~ ' as unread where ' ~ gone ~ ')') -%}
    {%- endfor -%}
    {{ return(lost and answer('select ' ~ lost | join(' or '))) }}
{% endmacro %}

{#- Whether a model's rows change with batches of loads alone. -#}
{% macro has_only_batches(node) %}
    {%- set how = slices_of(node) -%}
    {{ return(how.batches_of and not how.rows_of and not how.follows.values() | reject('none') | list) }}
{% endmacro %}

{#- A condition, which takes a column's name in `{}`, for rows of loads that no publication knows of yet; true outside of
    a build. The loads are literals, so that raw tables of other loads are not even opened. -#}
{% macro of_unpublished_loads() %}
    {%- if not reads_what_is_new() or not answer("select to_regclass('ops.published_loads') is not null") -%}
        {{ return('true') }}
    {%- endif -%}
    {%- set query -%}
        select distinct loads.load_id from {{ ledger() }} as loads
        where not exists (
            select 1 from ops.published_loads as published where published.load_id = loads.load_id
        )
    {%- endset -%}
    {{ return('{} in (' ~ (answers(query) | join(', ') or 'null') ~ ')') }}
{% endmacro %}

{#- Condition of a test over whole models: false in a build where none that it reads changed since the last
    publication. All of them: a mart that should have followed a fact, and did not, has not changed. -#}
{% macro any_unpublished() -%}
    {{ 'true' if not reads_what_is_new() or answer('select ' ~ reads_something_new(model)) else 'false' }}
{%- endmacro %}

{#- Condition: a test reads what no publication knows of yet; assumed of one that reads no model, or raw rows. -#}
{% macro reads_something_new(test) %}
    {%- set conditions = [] -%}
    {%- for name in followed_models(test) -%}
        {%- do conditions.append(has_unread('publication', name)) -%}
    {%- endfor -%}
    {%- for source_name in sources_read_through(test) -%}
        {%- do conditions.append(has_changed_batches(source_name, 'publication')) -%}
    {%- endfor -%}
    {%- if test.depends_on.nodes | select('in', graph.sources) | list -%}
        {%- do conditions.append('true') -%}
    {%- endif -%}
    {{ return(conditions | join(' or ') if conditions and target.type == 'postgres' else 'true') }}
{% endmacro %}
