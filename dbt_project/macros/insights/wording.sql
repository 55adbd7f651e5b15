{#- Figures as people say them, in the same words on every engine. Each rounds what a column of the row holds exactly. -#}

{#- What stands before an amount of the reporting currency, as a text of SQL: `$`, or a code and a space. -#}
{% macro currency_symbol() -%}
    {%- set symbol = env_var('CURRENCY_SYMBOL', '') or {'USD': '$'}.get(reporting_currency(), reporting_currency() ~ ' ') -%}
    '{{ symbol | replace("'", "''") }}'
{%- endmacro %}

{#- An amount without its sign, to two or three digits: `$842`, `$4.2k`, `$420k`, `$9.8M`. -#}
{% macro size_in_words(amount) -%}
    {{ currency_symbol() }} || case
        {%- for below, divisor, decimals, unit in [
            ('999.5', 1, 0, ''), ('9950', 1000, 1, 'k'), ('999500', 1000, 0, 'k'), ('99950000', 1000000, 1, 'M'),
            ('999500000', 1000000, 0, 'M'), (none, 1000000000, 1, 'B')
        ] %}
        {{ 'when abs(' ~ amount ~ ') < ' ~ below ~ ' then' if below else 'else' }}
            cast(cast(abs({{ amount }}) / {{ divisor }} as numeric(20, {{ decimals }})) as {{ dbt.type_string() }}) || '{{ unit }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- The same with its sign, `-$4.2k` below zero, from the column of the size in words. -#}
{% macro signed(amount) -%}
    case when {{ amount }} <= -0.5 then '-' else '' end || {{ amount }}_size
{%- endmacro %}

{#- A share without its sign: `12%`; below one percent with a decimal, as `0.4%`. -#}
{% macro share_in_words(share) -%}
    case
        when abs({{ share }}) < 0.00995
            then cast(cast(abs({{ share }}) * 100 as numeric(20, 1)) as {{ dbt.type_string() }})
        else cast(cast(abs({{ share }}) * 100 as numeric(20, 0)) as {{ dbt.type_string() }})
    end || '%'
{%- endmacro %}

{#- `December 2014`. -#}
{% macro month_in_words(month) -%}
    case cast(extract(month from {{ month }}) as int)
        {%- for name in [
            'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
            'November', 'December'
        ] %}
        when {{ loop.index }} then '{{ name }}'
        {%- endfor %}
    end || ' ' || {{ year_in_words(month) }}
{%- endmacro %}

{% macro year_in_words(day) -%}
    cast(cast(extract(year from {{ day }}) as int) as {{ dbt.type_string() }})
{%- endmacro %}

{#- What sales, or profit, are of, after their name: ` of Paseo`, ` to Midmarket in Canada`; nothing of the whole. `Unknown` is
    no name. -#}
{% macro subject_in_words() -%}
    case
        when product is null then ''
        when product = 'Unknown' then ' of products without a name'
        else case when metric = 'profit' then ' from ' else ' of ' end || product
    end
    || case
        when segment is null then ''
        else
            case when metric = 'profit' then ' with ' else ' to ' end
            || case when segment = 'Unknown' then 'customers of no known segment' else segment end
    end
    || case
        when country is null then ''
        when country = 'Unknown' then ' in no known country'
        else ' in ' || {{ country_in_words('country') }}
    end
{%- endmacro %}

{#- A country in a sentence, with the article that some names have; `The USA` where the sentence begins with it. -#}
{% macro country_in_words(country, article='the') -%}
    case
        when {{ country }} in (
            'USA', 'United Kingdom', 'Netherlands', 'United Arab Emirates', 'Philippines', 'Bahamas', 'Gambia', 'Maldives',
            'Seychelles', 'Comoros', 'Dominican Republic', 'Central African Republic', 'Caribbean Netherlands'
        ) or {{ country }} like '% Islands' or {{ country }} like '% Territor%' then '{{ article }} '
        else ''
    end || {{ country }}
{%- endmacro %}

{#- The command that follows a figure to the lines of files. Conditions: dimension, and the text of its value in SQL. Names come
    from files, and people paste the command into a shell: what a shell would read within double quotes is escaped. -#}
{% macro trace_command(metric, conditions) -%}
    'python -m tradewind trace ' || {{ metric }}
    {%- for dimension, value in conditions.items() -%}
    {{ '' }} || case when {{ value }} is null then '' else ' "{{ dimension }}=' || {{ within_quotes(value) }} || '"' end
    {%- endfor -%}
{%- endmacro %}

{#- A text with a backslash, `chr(92)`, before each sign that a shell reads within double quotes; the backslash itself first. -#}
{% macro within_quotes(value) -%}
    {%- set escaped = namespace(sql=value) -%}
    {%- for sign in ['chr(92)', "'\"'", "'$'", "'`'"] -%}
        {%- set escaped.sql = 'replace(' ~ escaped.sql ~ ', ' ~ sign ~ ', chr(92) || ' ~ sign ~ ')' -%}
    {%- endfor -%}
    {{ escaped.sql }}
{%- endmacro %}
