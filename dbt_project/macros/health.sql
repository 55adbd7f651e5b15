{#- Sources by the name that people know them by; a file that fits no contract has none. -#}
{% macro source_title(column) -%}
    case {{ column }}
        {% for name, title in source_titles().items() -%}
        when '{{ name }}' then '{{ title | replace("'", "''") }}'
        {% endfor -%}
        else coalesce({{ column }}, 'Unknown file')
    end
{%- endmacro %}

{#- Kinds of reasons why a row is refused: the first pattern that fits. A reason quotes the value, which may be
    personal: of what the loader wrote only one of these words gets through, whatever it says. -#}
{% macro rejection_kind(reason) -%}
    case
        {% for pattern, kind in [
            ('the value is missing', 'Value missing'),
            ('unknown %; known: %', 'Unknown value'),
            ('% contradicts the date %', 'Contradicts the date'),
            ('shares its key with line %', 'Key repeated'),
            ('% characters; at most % are allowed', 'Too long'),
            ('% does not have the form %', 'Wrong form'),
            ('% is a reserved word and cannot be %', 'Reserved word'),
            ('% holds a NUL character%', 'Broken text'),
            ('% is neither true nor false', 'Neither true nor false'),
            ('% is not a whole number', 'Not a whole number'),
            ('% is not a number', 'Not a number'),
            ('% is no number in JSON%', 'Not a number'),
            ('% is out of the range of figures', 'Out of range'),
            ('% decimals', 'Too many decimals'),
            ('% is too large%', 'Too large'),
            ('%, the lowest value allowed', 'Out of range'),
            ('%, the highest value allowed', 'Out of range'),
            ('%, the first day allowed', 'Date out of range'),
            ('%, the last day allowed', 'Date out of range'),
            ('% is not a date %', 'Not a date'),
            ('% is not a day of the calendar', 'Not a date'),
            ('% is not a moment of the calendar', 'Not a date'),
            ('% is not the first day of a month', 'Not a date'),
            ('% has a time of day; %', 'Not a date'),
            ('% has a time zone; %', 'Not a date'),
            ('% cells, % expected', 'Wrong number of cells'),
            ('%stands where none belongs', 'Stray quote'),
            ('%closed where none belongs', 'Stray quote'),
            ('% JSON%', 'Broken JSON'),
            ('the key % occurs twice %', 'Broken JSON'),
            ('a text in it holds %', 'Broken text'),
            ('%byte % of the line is not %', 'Broken text'),
            ('the line is not %', 'Broken text'),
            ('% holds bytes, not text%', 'Broken text'),
            ('% is not of the expected type', 'Wrong type'),
            ('% is more than %', 'More than its limit'),
            ('% is not %', 'Does not add up'),
        ] -%}
        when {{ reason }} like '{{ pattern }}' then '{{ kind }}'
        {% endfor -%}
        else 'Other'
    end
{%- endmacro %}

{#- Kinds of reasons why a file is held, in the same way. -#}
{% macro hold_kind(message) -%}
    case
        {% for pattern, kind in [
            ('the header % fits no contract%', 'No contract fits'),
            ('its columns fit several contracts%', 'Several contracts fit'),
            ('the header does not fit %', 'Header does not fit'),
            ('the header breaks the contract %', 'Header does not fit'),
            ('% rows have the same fault %', 'Same fault in all rows'),
            ('% rows are broken, at most %', 'Too many broken rows'),
            ('% share their key %', 'Key repeated'),
            ('it would leave % rows where %', 'Far fewer rows than before'),
            ('it holds a header and no rows%', 'No rows'),
            ('it holds nothing to load%', 'No rows'),
            ('% is empty%', 'No rows'),
            ('% holds blank lines only', 'No rows'),
            ('its name does not tell %', 'Name lacks version or part'),
            ('none of its days %', 'Other days than it replaces'),
            ('it came together with load %', 'Would replace a file beside it'),
            ('its % of load % in another order or form%', 'Same rows again'),
            ('its rows and those of the sheet %', 'Same rows again'),
            ('load % was read in place of this sheet%', 'Corrected since'),
            ('an unexpected error ended its reading%', 'Unexpected error'),
        ] -%}
        when {{ message }} like '{{ pattern }}' then '{{ kind }}'
        {% endfor -%}
        else 'Cannot be read'
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
