{#- Headline figures of each source, and where each layer keeps them, by an id. The id is the source's name. A source that
    has figures of its own and is mapped as well has a second entry, whose id ends in the name of the canonical model:

    source: whose figures they are.
    rows: name of the figure that counts rows.
    kpis: each figure and the column that it sums; none counts rows.
    layers: model of staging, and the fact; a source without a fact has no figures but its rows.
    is_shared: the fact and the marts hold other sources, too; theirs is named in `source`.
    marts: month mart and day mart, where there are such.
    The others are what `meta.reconciled` of the model says (tradewind/catalog/reconciled.py).
-#}
{% macro kpis() %}
    {%- set all_kpis = {} -%}
    {%- for id, entry in reconciled_sources().items() -%}
        {%- set kpis = {entry.count: none} -%}
        {%- do kpis.update(entry.totals) -%}
        {%- do all_kpis.update({id: dict(entry, source=entry.source or id, rows=entry.count, kpis=kpis)}) -%}
    {%- endfor -%}
    {{ return(all_kpis) }}
{% endmacro %}

{#- Of sources whose rows come in batches, so that a batch is added up once and not again. -#}
{% macro kpis_by_batch() %}
    {{ return(kpis_of(is_by_key=false)) }}
{% endmacro %}

{#- Of sources whose later rows replace earlier ones by key: a batch may change what others add up to, so that a
    source is added up as a whole, but only when something of it changed. -#}
{% macro kpis_by_source() %}
    {{ return(kpis_of(is_by_key=true)) }}
{% endmacro %}

{% macro kpis_of(is_by_key) %}
    {%- set chosen = {} -%}
    {%- for id, figures in kpis().items() if (relation_of(figures.source).kind == 'upsert') == is_by_key -%}
        {%- do chosen.update({id: figures}) -%}
    {%- endfor -%}
    {{ return(chosen) }}
{% endmacro %}

{#- Sources whose dates lie ahead, as those of targets, or the days until which items are to be handed over. -#}
{% macro sources_of_plans() %}
    {%- set names = [] -%}
    {%- for figures in kpis().values() if figures.dates_lie_ahead -%}
        {%- do names.append(figures.source) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}

{#- Names of sources that have figures, each once. -#}
{% macro sources_of(all_figures) %}
    {{ return(all_figures.values() | map(attribute='source') | unique | list) }}
{% endmacro %}

{#- Beginning of the names of the CTEs, with the domain: two domains may have a table of the same name. -#}
{% macro cte_prefix(id) -%}
    {{ id.replace('.', '__') }}
{%- endmacro %}

{#- Total of a figure; of no rows it is zero. -#}
{% macro kpi_total(column, alias) -%}
    {{ 'count(*)' if column is none else 'coalesce(sum(' ~ alias ~ '.' ~ column ~ '), 0)' }}
{%- endmacro %}

{#- A figure of a raw row, as an expression over `raw_rows`; empty where it cannot be computed from that alone. -#}
{% macro raw_figure(figures, kpi) %}
    {{ return(figures.raw[kpi] if kpi in figures.raw | default({}) else 'raw_rows.' ~ figures.kpis[kpi]) }}
{% endmacro %}

{#- Total of a figure over raw rows; null where it cannot be computed from them. -#}
{% macro kpi_raw_total(figures, kpi) -%}
    {%- set figure = raw_figure(figures, kpi) -%}
    {{ 'count(*)' if figures.kpis[kpi] is none else 'coalesce(sum(' ~ figure ~ '), 0)' if figure else 'cast(null as numeric(24, 4))' }}
{%- endmacro %}

{#- Condition, in a model of totals, for figures that cannot be computed from raw rows alone. -#}
{% macro is_without_raw(all_figures) -%}
    {%- set found = [] -%}
    {%- for figures in all_figures.values() -%}
        {%- for kpi in figures.totals if not raw_figure(figures, kpi) -%}
            {%- do found.append("(source = '" ~ figures.source ~ "' and kpi = '" ~ kpi ~ "')") -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ found | join(' or ') or 'false' }}
{%- endmacro %}

{#- Rows that a layer has of a source, for totals. A fact of several sources leaves out what mappings leave out: these
    lines of staging are added, so that no line is lost between the layers. -#}
{% macro kpi_rows(figures, layer) -%}
    {%- set model_name = figures.layers[layer] -%}
    {%- if layer != 'fact' or not figures.is_shared -%}
        {{ ref(model_name) }} as layer_rows
    {%- else -%}
        {%- set columns = ['batch_id', 'load_id'] + figures.totals.values() | list -%}
        (
            select
                {% for column in columns -%}
                {{ fact_column(figures, column) }} as {{ column }}{{ ', ' if not loop.last }}
                {%- endfor %}
            from {{ ref(model_name) }} where source = '{{ figures.source }}'
            union all
            select {{ columns | join(', ') }} from {{ ref(figures.layers.staging) }} where {{ figures.left_out }}
        ) as layer_rows
    {%- endif -%}
{%- endmacro %}

{#- Column that a fact of several sources holds a figure of its source in. -#}
{% macro fact_column(figures, column) %}
    {{ return((figures.fact_columns or {}).get(column, column)) }}
{% endmacro %}

{#- Condition for the rows of a source in a mart, which may hold other sources, too. -#}
{% macro is_of_source(figures) -%}
    {{ "source = '" ~ figures.source ~ "'" if figures.is_shared and not figures.marts_add_up_sources else 'true' }}
{%- endmacro %}

{#- Total of a figure in a mart, `mart_rows`. In a mart that adds up all sources it is the total of the source's rows in the
    fact, and what the mart differs by from all rows of the fact that it should hold. -#}
{% macro kpi_mart_total(figures, kpi) -%}
    {%- if not figures.is_shared -%}
    {{ kpi_total(kpi, 'mart_rows') }}
    {%- elif not figures.marts_add_up_sources -%}
    {{ kpi_total(as_in_source(kpi), 'mart_rows') }}
    {%- else -%}
    {%- set column, names = figures.kpis[kpi], {} -%}
    {%- for name in figures.marts_read or [] -%}{%- do names.update({name: ref(name)}) -%}{%- endfor -%}
    {{ kpi_total(kpi, 'mart_rows') }}
        - (
            select {{ kpi_total(column, 'fact') }} from {{ ref(figures.layers.fact) }} as fact
            where not ({{ (figures.left_out_of_marts or 'false').format(**names) }})
        )
        + (
            select {{ kpi_total(fact_column(figures, column), 'fact') }} from {{ ref(figures.layers.fact) }} as fact
            where fact.source = '{{ figures.source }}'
        )
    {%- endif -%}
{%- endmacro %}

{#- Models that totals read through a fact of several sources. Their changes need no action: they also arrive by batch or by
    key. -#}
{% macro read_through_fact(figures) %}
    {%- if figures.layers.fact != 'fct_sales' -%}
    {{ return({figures.layers.fact: nothing()}) }}
    {%- endif -%}
    {%- set follows = of_sales_lines(nothing()) -%}
    {%- do follows.update({'int_country_spellings': nothing()}) -%}
    {{ return(follows) }}
{% endmacro %}

{#- The layers that a model of totals reads: whatever changes in them, the totals of these sources do. -#}
{% macro followed_layers() %}
    {%- set follows = {} -%}
    {%- for figures in kpis_by_source().values() if figures.is_shared -%}
        {%- do follows.update(read_through_fact(figures)) -%}
    {%- endfor -%}
    {%- for figures in kpis_by_source().values() -%}
        {%- for model_name in figures.layers.values() -%}
            {%- do follows.update({model_name: ((follows.get(model_name) or []) + [figures.source]) | unique | list}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(follows) }}
{% endmacro %}

{#- The same for the marts, of all sources. -#}
{% macro followed_marts() %}
    {%- set follows = {} -%}
    {%- for figures in kpis().values() -%}
        {%- set facts = [figures.layers.fact] if figures.marts_add_up_sources else [] -%}
        {%- for model_name in (figures.marts.values() | list + figures.get('reads', []) + facts) | unique -%}
            {%- do follows.update({model_name: (follows.get(model_name, []) + [figures.source]) | unique | list}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(follows) }}
{% endmacro %}
