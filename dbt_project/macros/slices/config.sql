{#- Configuration of a model that is built slice by slice.

    by: its column that slices are made of, and the column's type, as `sale_date date`.
    log: column and type that readers follow it by, if that is a different one.
    batches_of: sources, as `sales.transactions`, whose batches are the slices: the loads, or scopes of loads, that
        count.
    rows_of: source of which changed rows are replaced, by the first column of the key in its contract.
    sources: sources whose names are slices; any change of their batches touches the slice.
    rebuilt_by: sources any change of whose batches rebuilds the model, as what a view of staging joins to the rows.
    follows: for each model read, the slices of this one that a changed `slice` of that one touches: `same()`,
        `month_of()` and so on (following.sql), an expression, or a whole select from {changes}, in which other
        models are named in braces too. A list names the slices that any change touches, even that of everything.
        A mart need not name the dimensions that it joins by their keys.
-#}
{% macro slices(by, log=none, batches_of=[], rows_of=none, sources=[], rebuilt_by=[], follows={}, indexes=[]) %}
    {%- set slice = slice_column(by) -%}
    {%- set wanted = [{'columns': [slice.name]}] -%}
    {%- if log -%}{%- do wanted.append({'columns': [slice_column(log).name]}) -%}{%- endif -%}
    {{ return(replaced(
        wanted + indexes, by, log or by, listed(batches_of), rows_of, sources, listed(rebuilt_by), follows
    )) }}
{% endmacro %}

{#- Configuration of a model that is built as a whole, and only when something that it reads changed.

    batches_of: sources that it reads through views of staging.
    key: of a dimension, so that readers learn which of its rows changed.
    spread: columns that readers copy; where one of them changed in a row that stays, readers are rebuilt. All columns
        unless some are named; `[]` where each reader says in `follows` what a changed row touches.
-#}
{% macro whole(batches_of=[], key=none, spread=none, indexes=[]) %}
    {%- set config = replaced(indexes, batches_of=listed(batches_of)) -%}
    {%- do config.update(meta=dict(config.get('meta', {}), key=key, spread=listed(spread))) -%}
    {{ return(config) }}
{% endmacro %}

{#- What both have in common. Engines other than Postgres rebuild all tables. -#}
{% macro replaced(indexes, by=none, log=none, batches_of=[], rows_of=none, sources=[], rebuilt_by=[], follows={}) %}
    {%- if target.type != 'postgres' -%}
        {{ return({'materialized': 'table'}) }}
    {%- endif -%}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'replace_slices',
        'on_schema_change': 'fail',
        'indexes': indexes,
        'meta': {'slices': {
            'by': by, 'log': log, 'batches_of': batches_of, 'rows_of': rows_of, 'sources': sources,
            'rebuilt_by': rebuilt_by, 'follows': follows,
        }},
    }) }}
{% endmacro %}

{#- Configuration of a small dimension of seeds, built every time. -#}
{% macro dimension(key) %}
    {{ return({'meta': {'key': key, 'spread': none}}) }}
{% endmacro %}

{% macro listed(value) %}
    {{ return([value] if value is string else value) }}
{% endmacro %}

{% macro slice_column(text) %}
    {%- set parts = text.split(' ', 1) -%}
    {{ return({'name': parts[0], 'type': parts[1]}) }}
{% endmacro %}

{#- How a node is sliced; none where it is not. -#}
{% macro slices_of(node) %}
    {{ return(node.config.get('meta', {}).get('slices') if node.config.materialized == 'incremental' else none) }}
{% endmacro %}

{#- Sources of which a sliced model records the batches that it has applied. -#}
{% macro read_sources(slices) %}
    {{ return(slices.batches_of + slices.sources + slices.rebuilt_by + ([slices.rows_of] | select | list)) }}
{% endmacro %}

{#- Sources whose batches a view of staging says that it shows; none of other models. -#}
{% macro batches_of_view(node) %}
    {{ return(listed(node.config.get('meta', {}).get('batches_of') or [])) }}
{% endmacro %}
