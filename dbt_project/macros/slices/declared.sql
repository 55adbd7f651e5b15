{#- Stops the run before it begins if a model would miss a change in something that it reads, and silently go
    stale. Runs first in each build, and after `python -m tradewind dbt parse`. -#}
{% macro refuse_undeclared() %}
    {%- if execute and flags.WHICH in ['build', 'run', 'test', 'compile'] -%}
        {%- set faults = undeclared() -%}
        {%- if faults -%}
            {%- do exceptions.raise_compiler_error(
                faults | length ~ ' fault' ~ ('s' if faults | length > 1) ~ ' in what models say they read '
                ~ '(dbt_project/macros/slices/README.md):\n- ' ~ faults | join('\n- ')
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{#- A sentence for each of them. -#}
{% macro undeclared() %}
    {%- set faults = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == 'tradewind' -%}
        {%- set place = node.name ~ ' (' ~ node.original_file_path ~ ') ' -%}
        {%- for table in tables_named_by_hand(node) -%}
            {%- do faults.append(place ~ 'names the table ' ~ table ~ ' by hand, so dbt does not know that it reads it: '
                ~ 'write ref() or source()') -%}
        {%- endfor -%}
        {%- set how = slices_of(node) -%}
        {%- set view_of = batches_of_view(node) -%}
        {%- if how is not none or view_of -%}
            {%- set declared = read_sources(how) if how is not none else view_of -%}
            {%- for fault in unheard(node, how, declared) + wrongly_declared(node, how, declared) -%}
                {%- do faults.append(place ~ fault) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(faults) }}
{% endmacro %}

{#- What a model reads and would miss changes of. -#}
{% macro unheard(node, how, declared) %}
    {%- set faults = [] -%}
    {%- set names_read = followed_models(node) -%}
    {%- for each in read_through(node) -%}
        {%- set name = full_name(each.node) -%}
        {%- set kind = each.node.config.materialized -%}
        {%- set way = each.path | join(' -> ') -%}
        {%- if each.node.resource_type == 'source' and name not in declared
            and each.node.config.get('meta', {}).get('changes_with') not in names_read -%}
            {%- do faults.append('reads the source ' ~ name ~ ' without declaring it (' ~ way ~ '): '
                ~ (what_to_write(how, name) if name in relations()
                    else 'its changes are not in the ledger, so that no model can follow them; read '
                        ~ "ref('stg_ops__loads') for the ledger, or make the model a plain table")) -%}
        {%- elif each.node.resource_type == 'model' and name == 'stg_ops__loads' and not declared -%}
            {%- do faults.append('reads the ledger (' ~ way ~ ') and declares no source: name those whose loads it '
                ~ 'reads in `batches_of`') -%}
        {%- elif each.node.resource_type not in ['source', 'seed']
            and kind not in ['table', 'incremental', 'view', 'ephemeral'] -%}
            {%- do faults.append('reads the ' ~ kind ~ ' ' ~ name ~ ' (' ~ way ~ '), which '
                ~ 'keeps no account of its changes: make that a table or a view') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(faults) }}
{% endmacro %}

{% macro what_to_write(how, source_name) %}
    {%- if how is none -%}
        {{ return("add '" ~ source_name ~ "' to `batches_of` in its config(meta=...)") }}
    {%- elif how.by is none -%}
        {{ return("add '" ~ source_name ~ "' to `batches_of` of its whole(...)") }}
    {%- endif -%}
    {{ return("add '" ~ source_name ~ "' to `rebuilt_by` of its slices(...), and each load of it rebuilds the model; "
        ~ 'or read it through a model of its own that `follows` names; or, where its batches are slices of this model '
        ~ 'too, add it to `batches_of`') }}
{% endmacro %}

{#- Declarations that name nothing, or that could not be followed. -#}
{% macro wrongly_declared(node, how, declared) %}
    {%- set faults = [] -%}
    {%- for name in declared | unique if name not in relations() -%}
        {%- do faults.append("declares '" ~ name ~ "', which is not a source; there are " ~ relations().keys() | join(', ')) -%}
    {%- endfor -%}
    {%- if how is not none -%}
        {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
            | map(attribute='name') | list -%}
        {%- for name in how.follows if name not in models -%}
            {%- do faults.append("follows '" ~ name ~ "', which is not a model") -%}
        {%- endfor -%}
        {%- set by_key = [] -%}
        {%- for name in how.batches_of if how.by and relations().get(name, {}).kind == 'upsert' -%}
            {%- do by_key.append(name) -%}
            {%- do faults.append("names '" ~ name ~ "' in `batches_of`, but its later rows replace earlier ones by key, "
                ~ 'whatever load brought them: use `rows_of`, or `rebuilt_by` where the slices are not its keys') -%}
        {%- endfor -%}
        {%- if how.rows_of and relations().get(how.rows_of, {}).kind not in [none, 'upsert'] -%}
            {%- do faults.append("names '" ~ how.rows_of ~ "' in `rows_of`, but its rows have no key: use `batches_of`") -%}
        {%- endif -%}
        {%- if how.by and not by_key -%}
            {%- for joined in joined_batches(node, how.batches_of) -%}
                {%- do faults.append('reads ' ~ joined.sources | join(' and ') ~ ' in `batches_of`, but ' ~ joined.name
                    ~ ' joins them: a new batch of one changes rows of the other. Leave the one whose batches the rows '
                    ~ 'carry in `batches_of`, and move the other to `rebuilt_by`') -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(faults) }}
{% endmacro %}

{#- Where sources of `batches_of` meet in a select that does not put them below each other. -#}
{% macro joined_batches(node, batches_of) %}
    {%- set found = [] -%}
    {%- for each in [{'node': node}] + read_through(node) if each.node.resource_type == 'model'
        and (each.node.unique_id == node.unique_id or each.node.config.materialized in ['view', 'ephemeral']) -%}
        {%- set met = sources_read_through(each.node) | select('in', batches_of) | list -%}
        {%- if met | length > 1 and not modules.re.search('\\bunion\\b', each.node.raw_code, modules.re.I) -%}
            {%- do found.append({'name': each.node.name, 'sources': met}) -%}
        {%- endif -%}
    {%- endfor -%}
    {#- the first one is the model itself: what it reads is nearer to the fault -#}
    {{ return(found[-1:]) }}
{% endmacro %}

{#- Tables of the warehouse that a model's SQL names without ref() or source(). -#}
{% macro tables_named_by_hand(node) %}
    {%- set code = modules.re.sub('--[^\\n]*|\\{#.*?#\\}', '', node.raw_code, flags=modules.re.S) -%}
    {%- set named = '\\b(?:from|join)\\s+((?:staging|core|ops|marts|marts_next)\\s*\\.\\s*\\w+)' -%}
    {{ return(modules.re.findall(named, code, modules.re.I)) }}
{% endmacro %}
