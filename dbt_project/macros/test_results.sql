{#-
    Keeps what a run of `build` or `test` found, passed or not: `ops.test_results`, one row per test,
    `ops.model_runs`, one row per model or seed, and `ops.reconciliation_results`, one row per figure, where the run built
    the reconciliation. Runs before `publish`, so that a build that is not published is kept too. Each table holds
    the last `results_kept_runs` runs. The tables are made when the first run begins (`prepare_state`).
-#}
{% macro keep_results(results) %}
    {%- if execute and flags.WHICH in ['build', 'test'] and not flags.EMPTY -%}
        {{ adapter.dispatch('keep_results', 'tradewind')(results) }}
    {%- endif -%}
{% endmacro %}

{#- One transaction of its own: a result that cannot be kept leaves nothing half-written. -#}
{% macro default__keep_results(results) %}
    {%- set tests = results | selectattr('node.resource_type', 'in', ['test', 'unit_test']) | list -%}
    {%- set models = results | selectattr('node.resource_type', 'in', ['model', 'seed']) | list -%}
    {%- set run = text_literal(invocation_id) ~ ", timestamptz '" ~ run_started_at.isoformat() ~ "'" -%}
    begin;
    {%- if tests %}
    insert into ops.test_results (
        invocation_id, run_at, test_name, model, column_name, kind, status, failures, seconds, message
    )
    values
        {%- for result in tests %}
        (
            {{ run }}, {{ text_literal(result.node.name) }}, {{ text_literal(tested_model(result.node)) }},
            {{ text_literal(result.node.column_name) }},
            {{ "'unit'" if result.node.resource_type == 'unit_test' else "'data'" }},
            {{ text_literal(result.status) }},
            {{ result.failures if result.failures is not none else 'null' }},
            {{ result.execution_time }}, {{ text_literal(result.message) }}
        ){{ ',' if not loop.last else ';' }}
        {%- endfor %}
    {%- endif %}
    {%- if models %}
    insert into ops.model_runs (invocation_id, run_at, model, status, seconds, row_count)
    values
        {%- for result in models %}
        {%- set response = result.adapter_response or {} %}
        (
            {{ run }}, {{ text_literal(result.node.name) }}, {{ text_literal(result.status) }},
            {{ result.execution_time }},
            {{ response.get('rows_affected') if response.get('rows_affected', -1) >= 0 else 'null' }}
        ){{ ',' if not loop.last else ';' }}
        {%- endfor %}
    {%- endif %}
    {%- for result in models if result.node.name == 'kpi_reconciliation' and result.status == 'success' %}
    {%- set totals = ['raw_total', 'staging_total', 'fact_total', 'mart_total', 'daily_mart_total'] | join(', ') %}
    insert into ops.reconciliation_results (invocation_id, run_at, source, kpi, {{ totals }}, is_reconciled)
    select {{ run }}, source, kpi, {{ totals }}, is_reconciled
    from {{ result.node.schema }}.{{ result.node.alias }};
    {%- endfor %}
    {%- for table in ['test_results', 'model_runs', 'reconciliation_results'] %}
    delete from ops.{{ table }}
    where run_at < (
        select min(run_at)
        from (
            select distinct run_at from ops.{{ table }}
            order by run_at desc
            limit {{ var('results_kept_runs') | int }}
        ) as kept
    );
    {%- endfor %}
    commit;
{% endmacro %}

{#- Spark keeps no `ops`: what a run found stays in dbt's run_results.json. -#}
{% macro spark__keep_results(results) %}
{% endmacro %}

{% macro result_tables() %}
    create table if not exists ops.test_results (
        invocation_id text not null,
        run_at timestamptz not null,
        test_name text not null,
        model text,
        column_name text,
        kind text not null,
        status text not null,
        failures bigint,
        seconds numeric(12, 3) not null,
        message text
    );
    create index if not exists test_results_run_at on ops.test_results (run_at);
    comment on table ops.test_results is
        'What each test found, one row per test and run of dbt; status is pass, warn, fail, error or skipped.';
    comment on column ops.test_results.kind is 'unit: a model''s logic on made-up rows; data: real rows.';
    comment on column ops.test_results.failures is 'Rows that break the rule; null where it did not run.';
    create table if not exists ops.model_runs (
        invocation_id text not null,
        run_at timestamptz not null,
        model text not null,
        status text not null,
        seconds numeric(12, 3) not null,
        row_count bigint
    );
    create index if not exists model_runs_run_at on ops.model_runs (run_at);
    comment on table ops.model_runs is 'How each model and seed was built, one row per node and run of dbt.';
    comment on column ops.model_runs.row_count is 'Rows written; null where nothing says, as for a view.';
    create table if not exists ops.reconciliation_results (
        invocation_id text not null,
        run_at timestamptz not null,
        source text not null,
        kpi text not null,
        raw_total numeric(24, 4),
        staging_total numeric(24, 4) not null,
        fact_total numeric(24, 4),
        mart_total numeric(24, 4),
        daily_mart_total numeric(24, 4),
        is_reconciled boolean not null
    );
    create index if not exists reconciliation_results_run_at on ops.reconciliation_results (run_at);
    {#- a table that is older than figures which raw rows do not have -#}
    {%- set has_old = "select exists (select 1 from pg_catalog.pg_attribute where attnotnull and attname = 'raw_total'"
        ~ " and attrelid = to_regclass('ops.reconciliation_results'))" %}
    {%- if execute and answer(has_old) %}
    alter table ops.reconciliation_results alter column raw_total drop not null;
    {%- endif %}
    comment on table ops.reconciliation_results is
        'ops.kpi_reconciliation as each run of dbt left it, one row per figure and run.';
{% endmacro %}

{#- What has been published; here and not in `publish`, as views read it before the first publication. -#}
{% macro publication_table() %}
    create table if not exists ops.publications (
        invocation_id text primary key,
        published_at timestamptz not null default now()
    );
    alter table ops.publications add column if not exists project text;
    alter table ops.publications add column if not exists turned_over_at timestamptz;
    comment on table ops.publications is
        'One row each time the marts were turned over; of the project by whose complete tests, a hash.';
    comment on column ops.publications.turned_over_at is
        'When charts were made to read it; null where that is still to be done.';
    create table if not exists ops.published_loads (
        load_id bigint primary key,
        invocation_id text not null,
        published_at timestamptz not null default now()
    );
    alter table ops.published_loads add column if not exists state text;
    comment on table ops.published_loads is
        'Each load of the ledger that the published marts know of, its state there, and the build that first published it.';
{% endmacro %}

{#- The model that a test is about; null for one that compares several. -#}
{% macro tested_model(node) %}
    {%- set about = node.tested_node_unique_id or node.attached_node -%}
    {%- set tested = [about] if about else node.depends_on.nodes -%}
    {{ return((tested | first).split('.', 2)[2] if tested | length == 1 else none) }}
{% endmacro %}

{#- A text as a literal: at most 2,000 characters of it, no terminal's colours; null where there is none. -#}
{% macro text_literal(value) -%}
    {%- if value is none or value is undefined -%}
        {{ return('null') }}
    {%- endif -%}
    {%- set plain = modules.re.sub('\\x1b\\[[0-9;]*m', '', value | string) -%}
    {{ return("'" ~ plain[:2000].replace("'", "''") ~ "'") }}
{%- endmacro %}
