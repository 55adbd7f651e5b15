{#- A timestamp without a zone that is in one zone, as it is in another; zones by their names in the IANA's list. -#}
{% macro in_time_zone(moment, written_in, wanted) -%}
    {{ adapter.dispatch('in_time_zone', 'tradewind')(moment, written_in, wanted) }}
{%- endmacro %}

{% macro default__in_time_zone(moment, written_in, wanted) -%}
    ({{ moment }} at time zone '{{ written_in }}') at time zone '{{ wanted }}'
{%- endmacro %}

{% macro spark__in_time_zone(moment, written_in, wanted) -%}
    from_utc_timestamp(to_utc_timestamp({{ moment }}, '{{ written_in }}'), '{{ wanted }}')
{%- endmacro %}
