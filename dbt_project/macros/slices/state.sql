{#- What each model has applied; made by the first build. See README.md beside this file. -#}
{% macro prepare_state() %}
    {%- if execute and target.type == 'postgres' and flags.WHICH in ['build', 'run', 'test', 'seed'] %}
    {#- a publication whose build was killed goes on in the server: what it notes as published must not move on -#}
    select pg_advisory_xact_lock(hashtext('tradewind.publish'));
    create table if not exists ops.model_state (
        model text primary key,
        definition text not null,
        fingerprint text
    );
    comment on table ops.model_state is
        'Definition by which each model was last built; for a model built as a whole, a hash of its rows.';
    create table if not exists ops.model_changes (
        change_id bigint generated always as identity primary key,
        model text not null,
        slice text
    );
    comment on table ops.model_changes is
        'Slices of models that builds replaced, until every reader knows of them; a null slice is everything.';
    create index if not exists model_changes_of on ops.model_changes (model, change_id);
    create table if not exists ops.model_follows (
        model text,
        upstream text,
        change_id bigint not null,
        primary key (model, upstream)
    );
    comment on table ops.model_follows is
        'Up to which change of another model each model has read; `publication` is what executives see.';
    create table if not exists ops.model_batches (
        model text,
        source text,
        batch_id bigint,
        primary key (model, source, batch_id)
    );
    comment on table ops.model_batches is
        'Batches of loads that each model has applied; `publication` is what executives see.';
    {#- what the views of schema ops read, before the first build has written any of it #}
    {{ result_tables() }}
    {{ publication_table() }}
    {{ forecast_tables() }}
    {%- endif %}
{% endmacro %}

{#- Identifies how a model is made: its SQL and the ledger's, the types of its columns and of those of its sources, the
    SQL of ephemeral models and the rows of seeds that it reads, all macros and variables, and whether dbt left the
    rows out (`--empty`). -#}
{% macro model_definition(model_id=model.unique_id) %}
    {%- set made = graph.nodes[model_id] -%}
    {%- set columns = [] -%}
    {%- set within = [] -%}
    {%- for node in [made] + read_through(made) | map(attribute='node') | list -%}
        {%- for column in node.columns.values() if node.unique_id == model_id or node.resource_type == 'source' -%}
            {%- do columns.append(column.name ~ ' ' ~ column.data_type) -%}
        {%- endfor -%}
        {%- if node.resource_type == 'seed' -%}
            {%- do within.append(node.checksum.checksum) -%}
        {%- elif node.config.materialized == 'ephemeral' -%}
            {%- do within.append(node.raw_code) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(local_md5(
        made.raw_code ~ graph.nodes['model.tradewind.stg_ops__loads'].raw_code ~ flags.EMPTY
        ~ columns | join(',') ~ within | join(',') ~ tojson(made.config.meta.get('slices', {}))
        ~ env_var('TRADEWIND_MACROS', '') ~ tojson(invocation_args_dict.get('vars', {}))
    )) }}
{% endmacro %}

{#- Models whose changes this one must follow: those that it reads, also through views and ephemeral models, and those
    that it says it follows. Of views it learns that their SQL changed. Not the ledger, whose changes are batches. -#}
{% macro followed_models(node) %}
    {%- set names = [] -%}
    {%- for name, slices in (slices_of(node) or {}).get('follows', {}).items() if slices is not none -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {%- for upstream in read_through(node) | map(attribute='node') -%}
        {%- if upstream.resource_type == 'model' and upstream.config.materialized in ['table', 'incremental', 'view']
            and upstream.name != 'stg_ops__loads' and upstream.name not in names -%}
            {%- do names.append(upstream.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}

{#- Changes of `upstream` that `reader` has not read yet, as a table expression. -#}
{% macro unread_changes(reader, upstream) -%}
    (
        select changes.change_id, changes.slice
        from ops.model_changes as changes
        where
            changes.model = '{{ upstream }}'
            and changes.change_id > coalesce((
                select follows.change_id from ops.model_follows as follows
                where follows.model = '{{ reader }}' and follows.upstream = '{{ upstream }}'
            ), -1)
    )
{%- endmacro %}

{#- Condition: there are changes of `upstream` that `reader` has not read yet. -#}
{% macro has_unread(reader, upstream) -%}
    exists (select 1 from {{ unread_changes(reader, upstream) }} as unread)
{%- endmacro %}

{#- Batches of a source that count now, as a table expression. -#}
{% macro counted_batches(source_name) -%}
    (
        select batches.batch_id, batches.load_id
        from {{ ledger() }} as batches
        where batches.source = '{{ source_name }}' and batches.batch_id is not null
    )
{%- endmacro %}

{#- The build's ledger, by the graph: hooks have no references. -#}
{% macro ledger() -%}
    {%- set node = graph.nodes['model.tradewind.stg_ops__loads'] -%}
    {{ node.schema }}.{{ node.alias }}
{%- endmacro %}

{#- Remember, in the model's own transaction, all that it has now read; `reader` may be `publication`. -#}
{% macro note_as_read(reader, upstreams, sources) %}
    delete from ops.model_follows where model = '{{ reader }}';
    {%- if upstreams %}
    insert into ops.model_follows (model, upstream, change_id)
    select '{{ reader }}', names.upstream, coalesce(max(changes.change_id), 0)
    from (values {% for name in upstreams %}('{{ name }}'){{ ', ' if not loop.last }}{% endfor %}) as names (upstream)
    left join ops.model_changes as changes on names.upstream = changes.model
    group by names.upstream;
    {%- endif %}
    {%- for source_name in sources %}
    delete from ops.model_batches as known
    where
        known.model = '{{ reader }}' and known.source = '{{ source_name }}'
        and known.batch_id not in (select counted.batch_id from {{ counted_batches(source_name) }} as counted);
    insert into ops.model_batches (model, source, batch_id)
    select '{{ reader }}', '{{ source_name }}', counted.batch_id
    from {{ counted_batches(source_name) }} as counted
    on conflict do nothing;
    {%- endfor %}
{% endmacro %}
