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
    {%- if not execute or flags.WHICH != 'build' or flags.FULL_REFRESH or target.type != 'postgres' -%}
        {{ return('') }}
    {%- endif -%}
    {%- set nodes = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
        | selectattr('alias', 'equalto', relation.identifier) | list -%}
    {%- if not nodes -%}{{ return('') }}{%- endif -%}
    {%- set node = nodes[0] -%}
    {%- set view_of = node.config.get('meta', {}).get('batches_of') -%}
    {%- if not view_of and slices_of(node) is none or has_lost_parents(node) -%}{{ return('') }}{%- endif -%}
    {%- set unread = unread_changes('publication', node.name) -%}
    {%- set changes = run_query(
        'select count(*), coalesce(bool_or(slice is null), false) from ' ~ unread ~ ' as unread') -%}
    {%- if changes.columns[1].values()[0] -%}{{ return('') }}{%- endif -%}
    {%- if view_of -%}
        {%- set loads = changed_loads(view_of, 'publication') | join(', ') or 'null' -%}
        {{ return('load_id in (' ~ loads ~ ')') }}
    {%- endif -%}
    {%- if slices_of(node).by is none -%}
        {{ return('' if changes.columns[0].values()[0] else 'false') }}
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
    {{ return(log.name ~ ' in (select cast(unread.slice as ' ~ log.type ~ ') from ' ~ unread ~ ' as unread)') }}
{% endmacro %}

{#- Whether another model that the test reads, as the dimension of a relationship, has lost rows since the last
    publication: rows that did not change may have pointed to them. -#}
{% macro has_lost_parents(tested) %}
    {%- set lost = [] -%}
    {%- for name in followed_models(model) if name != tested.name -%}
        {%- set parent = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
            | selectattr('name', 'equalto', name) | first -%}
        {%- set key = parent.config.get('meta', {}).get('key') -%}
        {%- set gone -%}
            unread.slice is null
            {%- if key %}
            or unread.slice not in (select cast({{ key }} as text) from {{ parent.schema }}.{{ parent.alias }})
            {%- endif %}
        {%- endset -%}
        {%- do lost.append('exists (select 1 from ' ~ unread_changes('publication', name) ~ ' as unread where ' ~ gone ~ ')') -%}
    {%- endfor -%}
    {{ return(lost and run_query('select ' ~ lost | join(' or ')).columns[0].values()[0]) }}
{% endmacro %}

{#- Whether a model's rows change with batches of loads alone. -#}
{% macro has_only_batches(node) %}
    {%- set how = slices_of(node) -%}
    {{ return(how.batches_of and not how.rows_of and not how.follows.values() | reject('none') | list) }}
{% endmacro %}

{#- Condition for rows of loads that no publication knows of yet; true outside of a build. The loads are literals, so
    that raw tables of other loads are not even opened. -#}
{% macro is_unpublished_load(column) -%}
    {%- if not execute or flags.WHICH != 'build' or flags.FULL_REFRESH or target.type != 'postgres'
        or not run_query("select to_regclass('ops.published_loads') is not null").columns[0].values()[0] -%}
        true
    {%- else -%}
        {%- set query -%}
            select distinct loads.load_id from {{ ledger() }} as loads
            where not exists (
                select 1 from ops.published_loads as published where published.load_id = loads.load_id
            )
        {%- endset -%}
        {{ column }} in ({{ run_query(query).columns[0].values() | join(', ') or 'null' }})
    {%- endif -%}
{%- endmacro %}

{#- Condition of a test over whole models: false in a build where none that it reads changed since the last
    publication. All of them: a mart that should have followed a fact, and did not, has not changed. -#}
{% macro any_unpublished() -%}
    {%- if not execute or flags.WHICH != 'build' or flags.FULL_REFRESH or target.type != 'postgres' -%}
        true
    {%- else -%}
        {%- set query -%}
            select {% for name in followed_models(model) -%}
            exists (select 1 from {{ unread_changes('publication', name) }} as unread){{ ' or ' if not loop.last }}
            {%- endfor %} as is_any
        {%- endset -%}
        {{ 'true' if run_query(query).columns[0].values()[0] else 'false' }}
    {%- endif -%}
{%- endmacro %}

{#- Whether a test reads anything that no publication knows of yet; assumed of one that reads no model. -#}
{% macro may_find_something_new(test) %}
    {%- set conditions = [] -%}
    {%- for name in followed_models(test) -%}
        {%- do conditions.append('exists (select 1 from ' ~ unread_changes('publication', name) ~ ' as unread)') -%}
        {%- for node in graph.nodes.values() if node.name == name and node.config.materialized == 'view' -%}
            {%- for source_name in listed(node.config.get('meta', {}).get('batches_of', [])) -%}
                {%- set batches = changed_batches(source_name, 'publication') -%}
                {%- do conditions.append('exists (select 1 from (' ~ batches ~ ') as batches)') -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if target.type != 'postgres' or not conditions -%}{{ return(true) }}{%- endif -%}
    {{ return(run_query('select ' ~ conditions | join(' or ')).columns[0].values()[0]) }}
{% endmacro %}
