{#-
    Turns all marts over at once, at the end of a complete build whose every check passed.

    Marts are built and tested in schema `marts_next`; what executives read is `marts`. A failed or partial
    build leaves `marts` as it was. The rows are replaced by delete and insert, not by swapping tables:
    a reader in a longer transaction would find a swapped-in table empty.
-#}
{% macro publish(results) %}
    {%- if execute and flags.WHICH == 'build' and not flags.EMPTY -%}
        {%- set broken = results | selectattr('status', 'in', ['error', 'fail', 'skipped', 'runtime error']) | list -%}
        {%- set built = results | map(attribute='node.unique_id') | list -%}
        {%- set missing = graph.nodes.values() | rejectattr('unique_id', 'in', built)
            | selectattr('resource_type', 'in', ['model', 'seed', 'test']) | map(attribute='name') | list -%}
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

{#- Every mart that this project builds. -#}
{% macro mart_relations() %}
    {%- set relations = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.schema == 'marts_next' -%}
        {%- do relations.append(api.Relation.create(node.database, node.schema, node.alias, type='table')) -%}
    {%- endfor -%}
    {{ return(relations) }}
{% endmacro %}

{% macro default__publish_marts() %}
    {#- by the graph: a hook at the end of a run has no references #}
    {%- set ledger = graph.nodes['model.tradewind.stg_ops__loads'] -%}
    {%- do log('Published ' ~ mart_relations() | length ~ ' marts.', info=true) -%}
    begin;
    {#- one at a time, and not behind a reader for ever #}
    set local lock_timeout = '30s';
    select pg_advisory_xact_lock(hashtext('tradewind.publish'));
    {%- for built in mart_relations() %}
        {%- set published = built.incorporate(path={'schema': 'marts'}) %}
        {%- set current = adapter.get_relation(published.database, 'marts', published.identifier) %}
        {%- set columns = adapter.get_columns_in_relation(built) | map(attribute='quoted') | join(', ') %}
        {%- if not current or not same_columns(built, current) %}
    drop table if exists {{ published }};
    create table {{ published }} (like {{ built }} including all);
        {%- endif %}
    delete from {{ published }};
    insert into {{ published }} ({{ columns }}) select {{ columns }} from {{ built }};
    {%- endfor %}
    {%- for name in retired_marts() %}
    drop table marts.{{ name }};
    {%- endfor %}
    create table if not exists ops.published_loads (
        load_id bigint primary key,
        invocation_id text not null,
        published_at timestamptz not null default now()
    );
    comment on table ops.published_loads is
        'Each load of the ledger that the published marts know of, and the build that first published it.';
    insert into ops.published_loads (load_id, invocation_id)
    select distinct load_id, '{{ invocation_id }}' from {{ ledger.schema }}.{{ ledger.alias }}
    on conflict (load_id) do nothing;
    create table if not exists ops.publications (
        invocation_id text primary key,
        published_at timestamptz not null default now()
    );
    comment on table ops.publications is 'One row each time the marts were turned over.';
    insert into ops.publications (invocation_id) values ('{{ invocation_id }}');
    commit;
    {%- for built in mart_relations() %}
    analyze marts.{{ built.identifier }};
    {%- endfor %}
{% endmacro %}

{#- Tables in `marts` that no model builds any more. -#}
{% macro retired_marts() %}
    {%- set built = mart_relations() | map(attribute='identifier') | list -%}
    {%- set rows = run_query("select tablename from pg_tables where schemaname = 'marts' order by tablename") -%}
    {{ return(rows.columns[0].values() | reject('in', built) | list) }}
{% endmacro %}

{#- Whether two relations have the same columns of the same types in the same order. -#}
{% macro same_columns(one, other) %}
    {%- set found = [] -%}
    {%- for relation in [one, other] -%}
        {%- set columns = [] -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do columns.append(column.name ~ ' ' ~ column.data_type) -%}
        {%- endfor -%}
        {%- do found.append(columns) -%}
    {%- endfor -%}
    {{ return(found[0] == found[1]) }}
{% endmacro %}
