{#- The rows of a raw table that count now, by the relation that its contract states.

    `append`: all rows of loads that count. `restate`: rows of a scope's current load. `upsert`: of the rows with the
    same key the latest one. The ledger is the build's snapshot of it, so that all models see the same loads.
    `batch_id` says which batch of the ledger brought the row. With `whole_loads` a source that restates also gives the
    rows that have been restated since, without one. -#}
{% macro current_rows(domain, table, whole_loads=false) -%}
    {%- set source_name = domain ~ '.' ~ table -%}
    {{ current_rows_of(source(domain, table), ref('stg_ops__loads'), source_name, relation_of(source_name), whole_loads) }}
{%- endmacro %}

{% macro current_rows_of(raw, loads, source_name, relation, whole_loads=false) -%}
    {%- if relation.kind == 'restate' -%}
    select
        raw_rows.*,
        loads.batch_id
    from {{ raw }} as raw_rows
    {{ 'left' if whole_loads else 'inner' }} join {{ loads }} as loads
        on
            raw_rows._load_id = loads.load_id
            and {{ scope_text(relation, 'raw_rows') }} = loads.current_scope
            and loads.source = '{{ source_name }}'
    {%- elif relation.kind == 'upsert' -%}
    select * from (
        select
            raw_rows.*,
            loads.batch_id,
            row_number() over (
                partition by {% for name in relation.key %}raw_rows.{{ name }}{{ ', ' if not loop.last }}{% endfor %}
                order by
                    {% if relation.latest %}raw_rows.{{ relation.latest }} desc nulls last,{% endif %}
                    loads.precedence desc, raw_rows._load_id desc, raw_rows._line desc
            ) as _place
        from {{ raw }} as raw_rows
        inner join {{ loads }} as loads on raw_rows._load_id = loads.load_id
        where
            loads.source = '{{ source_name }}'
            and loads.is_counted
            {%- if (slices_of(model) or {}).rows_of == source_name %}
            and {{ is_touched('raw_rows.' ~ relation.key[0]) }}
            {%- endif %}
    ) as placed
    where _place = 1
    {%- else -%}
    select
        raw_rows.*,
        loads.batch_id
    from {{ raw }} as raw_rows
    inner join {{ loads }} as loads on raw_rows._load_id = loads.load_id
    where loads.source = '{{ source_name }}' and loads.is_counted
    {%- endif -%}
{%- endmacro %}

{#- A row's scope as the loader writes it into `ops.load_scopes`, as `Canada|2014-01`: `ingestion/ledger/scopes.py`. -#}
{% macro scope_text(relation, alias) -%}
    {{ relation.scope.format(row=alias, string=dbt.type_string()) }}
{%- endmacro %}

{#- Sources of which a file's rows replace all earlier rows of their scopes. -#}
{% macro sources_that_restate() %}
    {%- set names = [] -%}
    {%- for name, relation in relations().items() if relation.kind == 'restate' -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}
