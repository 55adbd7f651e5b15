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
    {%- do log('Published ' ~ mart_relations() | length ~ ' marts.', info=true) -%}
    begin;
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
    create table if not exists ops.publications (
        invocation_id text primary key,
        published_at timestamptz not null,
        last_load_id bigint not null
    );
    comment on table ops.publications is
        'One row each time the marts were turned over: by which build, when, and the newest load in them.';
    insert into ops.publications
    select '{{ invocation_id }}', max(published_at), max(last_load_id) from marts.mart_data_status;
    commit;
    {%- for built in mart_relations() %}
    analyze marts.{{ built.identifier }};
    {%- endfor %}
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
