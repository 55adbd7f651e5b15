{#- Everything that a model or test reads, directly or through views and ephemeral models, which keep no account of
    what they read themselves: a list of nodes (`node`), each with the names on the way to it (`path`). -#}
{% macro read_through(reader) %}
    {%- set known = graph.nodes.get(reader.unique_id, {}) -%}
    {%- if 'read_through' in known -%}{{ return(known.read_through) }}{%- endif -%}
    {%- set reached = [] -%}
    {%- set seen = [] -%}
    {%- set ahead = [{'node': reader, 'path': [reader.name]}] -%}
    {#- what is appended here is reached by the same loop -#}
    {%- for each in ahead -%}
        {%- for id in each.node.depends_on.nodes if id not in seen -%}
            {%- do seen.append(id) -%}
            {%- set node = graph.sources[id] if id in graph.sources else graph.nodes[id] -%}
            {%- set step = {'node': node, 'path': each.path + [full_name(node)]} -%}
            {%- do reached.append(step) -%}
            {%- if node.resource_type == 'model' and node.config.materialized in ['view', 'ephemeral'] -%}
                {%- do ahead.append(step) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do known.update({'read_through': reached}) -%}
    {{ return(reached) }}
{% endmacro %}

{#- Name of a node; of a source with its domain. -#}
{% macro full_name(node) %}
    {{ return(node.source_name ~ '.' ~ node.name if node.resource_type == 'source' else node.name) }}
{% endmacro %}

{#- Names of the sources that a model or test reads, directly or through views; not of tables without a contract. -#}
{% macro sources_read_through(reader) %}
    {%- set names = [] -%}
    {%- for each in read_through(reader) if each.node.resource_type == 'source' and full_name(each.node) in relations() -%}
        {%- do names.append(full_name(each.node)) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}
