{#-
    Turns all marts over at once, at the end of a complete build whose every check passed.

    Marts are built and tested in schema `marts_next`; what executives read is `marts`. A failed or partial
    build leaves `marts` as it was. The rows are replaced by delete and insert, not by swapping tables:
    a reader in a longer transaction would find a swapped-in table empty.
-#}
{% macro publish(results) %}
    {%- if execute and target.type == 'postgres' and flags.WHICH == 'build' and not flags.EMPTY -%}
        {%- set broken = results | selectattr('status', 'in', ['error', 'fail', 'skipped', 'runtime error']) | list -%}
        {%- set missing = [] if broken else left_out_wrongly(results | map(attribute='node.unique_id') | list) -%}
        {%- if broken -%}
            {%- do log('Not published: ' ~ broken | length ~ ' of ' ~ results | length
                ~ ' steps failed; dashboards keep the figures they had.', info=true) -%}
        {%- elif missing -%}
            {%- do log('Not published: a partial build (' ~ missing | length ~ ' steps left out); '
                ~ 'a build without --select publishes.', info=true) -%}
        {%- else -%}
            {{ adapter.dispatch('publish_marts', 'tradewind')() }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{#- Names of steps that a build left out though they had something to do, or to find. -#}
{% macro left_out_wrongly(built) %}
    {%- set conditions = {} -%}
    {%- for node in graph.nodes.values() if node.unique_id not in built -%}
        {%- if node.resource_type == 'seed' -%}
            {%- do conditions.update({node.name: 'true'}) -%}
        {%- elif node.resource_type == 'model' -%}
            {%- do conditions.update({node.name: has_something_to_do(node)}) -%}
        {%- elif node.resource_type == 'test' -%}
            {#- what did not change since the last publication was tested for it -#}
            {%- do conditions.update({node.name: reads_something_new(node)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(those_that_hold(conditions)) }}
{% endmacro %}

{#- Nodes of the models that record their changes, marts included. -#}
{% macro noted_models() %}
    {%- set nodes = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name != 'stg_ops__loads'
        and node.config.materialized in ['table', 'incremental', 'view'] -%}
        {%- do nodes.append(node) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{% endmacro %}

{% macro marts() %}
    {{ return(noted_models() | selectattr('schema', 'equalto', 'marts_next')
        | rejectattr('config.materialized', 'equalto', 'view') | list) }}
{% endmacro %}

{% macro default__publish_marts() %}
    {%- do log('Publishing ' ~ marts() | length ~ ' marts.', info=true) -%}
    begin;
    {#- one at a time, and not behind a reader for ever #}
    set local lock_timeout = '30s';
    select pg_advisory_xact_lock(hashtext('tradewind.publish'));
    {%- set states = unpublished_marts() -%}
    {%- for node in marts() %}
    {{ carry_over(node, states[node.alias]) }}
    {%- endfor %}
    {%- for name in retired_marts() %}
    drop table marts.{{ name }};
    {%- endfor %}
    {{ note_as_read('publication', noted_models() | map(attribute='name') | list, relations().keys() | list) }}
    {{ forget_read_changes() }}
    insert into ops.published_loads as known (load_id, state, invocation_id)
    select distinct load_id, state, '{{ invocation_id }}' from {{ ledger() }}
    on conflict (load_id) do update set state = excluded.state where known.state is distinct from excluded.state;
    insert into ops.publications (invocation_id) values ('{{ invocation_id }}');
    commit;
{% endmacro %}

{#- What to copy of each mart, by name: its columns, whether executives have a table of these columns, and
    whether any row, and whether every row, may have changed since the last publication. -#}
{% macro unpublished_marts() %}
    {%- set changes = [] -%}
    {%- for node in marts() -%}
        {%- do changes.append(unpublished_changes(node)) -%}
    {%- endfor -%}
    {%- set query -%}
        with tables as (

            select
                relations.relnamespace as namespace,
                relations.relname as mart,
                string_agg(quote_ident(columns.attname), ', ' order by columns.attnum) as names,
                string_agg(format_type(columns.atttypid, columns.atttypmod), ', ' order by columns.attnum) as types
            from pg_class as relations
            inner join pg_attribute as columns on relations.oid = columns.attrelid
            where relations.relkind = 'r' and columns.attnum > 0 and not columns.attisdropped
            group by relations.oid

        ),

        changes as ({{ changes | join(' union all ') }})

        select
            changes.changed_table as mart,
            built.names,
            coalesce(published.names = built.names and published.types = built.types, false) as is_there,
            changes.has_any,
            changes.has_all
        from changes
        inner join tables as built
            on changes.changed_table = built.mart and built.namespace = to_regnamespace('marts_next')
        left join tables as published
            on changes.changed_table = published.mart and published.namespace = to_regnamespace('marts')
    {%- endset -%}
    {%- set found = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- do found.update({row['mart']: row}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#- Copy a mart's changed slices to where executives read; the whole mart where it was rebuilt. -#}
{% macro carry_over(node, state) %}
    {%- set built = node.schema ~ '.' ~ node.alias -%}
    {%- set published = 'marts.' ~ node.alias -%}
    {%- if not state.is_there %}
    drop table if exists {{ published }};
    create table {{ published }} (like {{ built }} including all);
    {#- grants and row-level security; without this nobody reads it #}
    select access.protect('{{ published }}');
    {%- endif %}
    {%- if not state.is_there or state.has_all or state.has_any and not (slices_of(node) or {}).get('by') %}
    delete from {{ published }};
    insert into {{ published }} ({{ state.names }}) select {{ state.names }} from {{ built }};
    analyze {{ published }};
    {%- elif state.has_any %}
        {%- set log = slice_column(slices_of(node).log) %}
    create temporary table changed_{{ node.name }} on commit drop as
    select distinct cast(slice as {{ log.type }}) as slice from {{ unread_changes('publication', node.name) }} as unread;
    analyze changed_{{ node.name }};
    delete from {{ published }} where {{ log.name }} in (select slice from changed_{{ node.name }});
    insert into {{ published }} ({{ state.names }})
    select {{ state.names }} from {{ built }} where {{ log.name }} in (select slice from changed_{{ node.name }});
    {%- endif %}
{% endmacro %}

{#- Delete changes that every reader knows of, and readers that no longer exist. -#}
{% macro forget_read_changes() %}
    {%- set names = noted_models() | map(attribute='name') | join("', '") %}
    delete from ops.model_follows where model not in ('publication', '{{ names }}');
    delete from ops.model_batches where model not in ('publication', '{{ names }}');
    delete from ops.model_state where model not in ('{{ names }}');
    delete from ops.model_changes as changes
    where not exists (
        select from ops.model_follows as follows
        where follows.upstream = changes.model and follows.change_id < changes.change_id
    );
{% endmacro %}

{#- Tables in `marts` that no model builds any longer. -#}
{% macro retired_marts() %}
    {%- set built = marts() | map(attribute='alias') | list -%}
    {%- set found = answers("select tablename from pg_tables where schemaname = 'marts' order by tablename") -%}
    {{ return(found | reject('in', built) | list) }}
{% endmacro %}
