{#- What each dashboard's figures come from, by lineage: its marts as `exposures.yml` names them (generated from the
    dashboards), and the sources that these are made of. A list of {dashboard, title, source, marts}. -#}
{% macro dashboard_sources() %}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for exposure in graph.exposures.values() | sort(attribute='name') if exposure.type == 'dashboard' -%}
            {%- set fed = {} -%}
            {%- for id in exposure.depends_on.nodes | sort if id in graph.nodes -%}
                {%- for source_name in sources_that_feed(id) -%}
                    {%- do fed.update({source_name: fed.get(source_name, []) + [graph.nodes[id].name]}) -%}
                {%- endfor -%}
            {%- endfor -%}
            {%- for source_name, names in fed.items() -%}
                {%- do found.append({
                    'dashboard': exposure.config.meta.slug, 'title': exposure.label, 'source': source_name, 'marts': names
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}

{#- Sources that the figures of a mart are made of; the status of data is not one. -#}
{% macro sources_that_feed(mart) %}
    {%- set known = graph.nodes[mart] -%}
    {%- if 'fed_by' in known -%}{{ return(known.fed_by) }}{%- endif -%}
    {%- set names = [] -%}
    {%- set status = ['mart_data_status', 'mart_dashboard_status'] -%}
    {%- set ahead = [mart] -%}
    {%- set seen = [mart] -%}
    {#- what is appended here is reached by the same loop -#}
    {%- for id in ahead if graph.nodes[id].name not in status -%}
        {%- set reader = graph.nodes[id] -%}
        {%- for read in reader.depends_on.nodes if read not in seen -%}
            {%- if read in graph.sources -%}
                {%- set name = full_name(graph.sources[read]) -%}
                {%- if name in relations() and name not in names -%}{%- do names.append(name) -%}{%- endif -%}
            {%- elif not only_names(reader, graph.nodes[read]) -%}
                {%- do seen.append(read) -%}
                {%- do ahead.append(read) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {#- several dashboards show the same mart -#}
    {%- do known.update({'fed_by': names | sort}) -%}
    {{ return(known.fed_by) }}
{% endmacro %}

{#- Whether a model takes from another one, a dimension, nothing but names for what it reads elsewhere: its SQL names
    no column of it that is not a text. -#}
{% macro only_names(reader, dimension) %}
    {%- set key = dimension.config.get('meta', {}).get('key') -%}
    {%- set elsewhere = [] -%}
    {%- for id in reader.depends_on.nodes if id in graph.sources
        or graph.nodes[id].resource_type == 'model' and not graph.nodes[id].config.get('meta', {}).get('key') -%}
        {%- do elsewhere.append(id) -%}
    {%- endfor -%}
    {%- if not key or not elsewhere -%}{{ return(false) }}{%- endif -%}
    {%- for column in dimension.columns.values() if column.data_type not in ['string', 'text']
        and modules.re.search('\\b' ~ column.name ~ '\\b', reader.raw_code) -%}
        {{ return(false) }}
    {%- endfor -%}
    {{ return(true) }}
{% endmacro %}
