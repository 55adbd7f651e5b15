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
            | selectattr('resource_type', 'in', ['model', 'seed']) | map(attribute='name') | list -%}
        {%- for test in graph.nodes.values() if test.resource_type == 'test' and test.unique_id not in built -%}
            {#- what did not change since the last publication was tested for it -#}
            {%- if may_find_something_new(test) -%}{%- do missing.append(test.name) -%}{%- endif -%}
        {%- endfor -%}
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

{#- Nodes of the models that write down their changes, the marts among them. -#}
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
    {%- do log('Published ' ~ marts() | length ~ ' marts.', info=true) -%}
    begin;
    {#- one at a time, and not behind a reader for ever #}
    set local lock_timeout = '30s';
    select pg_advisory_xact_lock(hashtext('tradewind.publish'));
    {%- for node in marts() %}
    {{ carry_over(node) }}
    {%- endfor %}
    {%- for name in retired_marts() %}
    drop table marts.{{ name }};
    {%- endfor %}
    {{ note_as_read('publication', noted_models() | map(attribute='name') | list, relations().keys() | list) }}
    {{ forget_read_changes() }}
    create table if not exists ops.published_loads (
        load_id bigint primary key,
        invocation_id text not null,
        published_at timestamptz not null default now()
    );
    comment on table ops.published_loads is
        'Each load of the ledger that the published marts know of, and the build that first published it.';
    insert into ops.published_loads (load_id, invocation_id)
    select distinct load_id, '{{ invocation_id }}' from {{ ledger() }}
    on conflict (load_id) do nothing;
    insert into ops.publications (invocation_id) values ('{{ invocation_id }}');
    commit;
{% endmacro %}

{#- Bring a mart's changed slices to where executives read; all of it where it was built anew. -#}
{% macro carry_over(node) %}
    {%- set built = api.Relation.create(node.database, node.schema, node.alias, type='table') -%}
    {%- set published = built.incorporate(path={'schema': 'marts'}) -%}
    {%- set current = adapter.get_relation(published.database, 'marts', published.identifier) -%}
    {%- set columns = adapter.get_columns_in_relation(built) | map(attribute='quoted') | join(', ') -%}
    {%- set is_new = not current or not same_columns(built, current) -%}
    {%- set unread = unread_changes('publication', node.name) -%}
    {%- set changed = unpublished_changes(node) -%}
    {%- if is_new %}
    drop table if exists {{ published }};
    create table {{ published }} (like {{ built }} including all);
    {%- endif %}
    {%- if is_new or changed.all or changed.any and not (slices_of(node) or {}).get('by') %}
    delete from {{ published }};
    insert into {{ published }} ({{ columns }}) select {{ columns }} from {{ built }};
    analyze {{ published }};
    {%- elif changed.any %}
        {%- set log = slice_column(slices_of(node).log) %}
    create temporary table changed_{{ node.name }} on commit drop as
    select distinct cast(slice as {{ log.type }}) as slice from {{ unread }} as unread;
    analyze changed_{{ node.name }};
    delete from {{ published }} where {{ log.name }} in (select slice from changed_{{ node.name }});
    insert into {{ published }} ({{ columns }})
    select {{ columns }} from {{ built }} where {{ log.name }} in (select slice from changed_{{ node.name }});
    {%- endif %}
{% endmacro %}

{#- Changes that every reader knows of are no longer needed, nor are readers that are no more. -#}
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

{#- Tables in `marts` that no model builds any more. -#}
{% macro retired_marts() %}
    {%- set built = marts() | map(attribute='alias') | list -%}
    {%- set found = answers("select tablename from pg_tables where schemaname = 'marts' order by tablename") -%}
    {{ return(found | reject('in', built) | list) }}
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
