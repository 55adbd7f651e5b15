{#- Settings of the fiscal calendar: in `.env` by their names in capitals, else the project's variables. -#}
{% macro calendar_setting(name, allowed) %}
    {%- set value = (env_var(name | upper, '') or var(name)) | string -%}
    {%- if value not in allowed -%}
        {{ exceptions.raise_compiler_error(name ~ ' is ' ~ value ~ ': it may be ' ~ allowed | join(', ')) }}
    {%- endif -%}
    {{ return(value) }}
{% endmacro %}

{#- First month of the fiscal year, 1 to 12. -#}
{% macro fiscal_year_start_month() %}
    {%- set value = env_var('FISCAL_YEAR_START_MONTH', '') or var('fiscal_year_start_month') -%}
    {%- if value | int not in range(1, 13) -%}
        {{ exceptions.raise_compiler_error('fiscal_year_start_month is ' ~ value ~ ': it is a month, from 1 to 12') }}
    {%- endif -%}
    {{ return(value | int) }}
{% endmacro %}

{#- Weeks of the three periods of a quarter, as [4, 4, 5]; an empty list where periods are months. -#}
{% macro weeks_of_periods() %}
    {%- set calendar = calendar_setting('fiscal_calendar', ['months', '4-4-5', '4-5-4', '5-4-4']) -%}
    {{ return([] if calendar == 'months' else calendar.split('-') | map('int') | list) }}
{% endmacro %}

{#- Whether the fiscal year is another one than the calendar year. -#}
{% macro has_fiscal_calendar() %}
    {{ return(fiscal_year_start_month() > 1 or weeks_of_periods() | length > 0) }}
{% endmacro %}

{#- Name and first day of each fiscal year of the calendar, and of one before and after it.

    Where periods are weeks, a year ends on the same weekday every time: the one nearest to the last day of the
    month before `fiscal_year_start_month`, or the last one in that month. It has 52 weeks, or 53. With `4-5-4`,
    `nearest`, weeks from Sunday and years from February this is the calendar of the National Retail Federation:
    https://nrf.com/resources/4-5-4-calendar -#}
{% macro fiscal_years() %}
    {%- set date, one_day = modules.datetime.date, modules.datetime.timedelta(days=1) -%}
    {%- set month, in_weeks = fiscal_year_start_month(), weeks_of_periods() | length > 0 -%}
    {%- set named_after = calendar_setting('fiscal_year_named_after', ['end', 'start']) -%}
    {%- set rule = calendar_setting('fiscal_year_ends', ['nearest', 'last']) -%}
    {%- set weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] -%}
    {%- set last_weekday = (weekdays.index(calendar_setting('fiscal_week_starts_on', weekdays)) + 6) % 7 -%}
    {%- set found = [] -%}
    {%- for year in range(var('calendar_start')[:4] | int - 1, var('calendar_end')[:4] | int + 3) -%}
        {%- set starts = date(year, month, 1) -%}
        {%- if in_weeks -%}
            {%- set too_many = ((starts - one_day).weekday() - last_weekday) % 7 -%}
            {%- set days = 7 - too_many if rule == 'nearest' and too_many > 3 else 0 - too_many -%}
            {%- set starts = starts + modules.datetime.timedelta(days=days) -%}
        {%- endif -%}
        {%- set name = year + 1 if named_after == 'end' and month > 1 else year -%}
        {%- do found.append({'name': name, 'starts': starts}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}
