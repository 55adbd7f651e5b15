{#- Sources by the name that people know them by; a file that fits no contract has none. -#}
{% macro source_title(column) -%}
    case {{ column }}
        {% for name, title in source_titles().items() -%}
        when '{{ name }}' then '{{ title | replace("'", "''") }}'
        {% endfor -%}
        else coalesce({{ column }}, 'Unknown file')
    end
{%- endmacro %}

{#- A kind of reason by its title, as `fault_titles` or `hold_titles` give it; 'Other' for what was written before
    there were kinds, or by a newer loader. A reason quotes the value, which may be personal: of all that the loader
    writes only a title gets through. -#}
{% macro kind_title(column, titles) -%}
    case {{ column }}
        {% for kind, title in titles.items() -%}
        when '{{ kind }}' then '{{ title | replace("'", "''") }}'
        {% endfor -%}
        else 'Other'
    end
{%- endmacro %}

{#- Kinds of remarks on a loaded file, as words. The loader's sentences are left out: they may quote the file. -#}
{% macro remark_kinds(remarks) -%}
    (
        select string_agg(
            distinct upper(left(remark ->> 'kind', 1)) || replace(substr(remark ->> 'kind', 2), '_', ' '), ', '
        )
        from jsonb_array_elements({{ remarks }}) as listed (remark)
    )
{%- endmacro %}

{#- A moment as UTC without a zone, whatever the reader's own. -#}
{% macro in_utc(column) -%}
    cast({{ column }} at time zone 'UTC' as timestamp)
{%- endmacro %}
