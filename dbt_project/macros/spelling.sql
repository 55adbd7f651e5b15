{#- A name without case, accents, punctuation and spaces, by which spellings of it are found: `U.S.A.` is `usa`. -#}
{% macro spelling(name) -%}
    {{ adapter.dispatch('spelling', 'tradewind')(name) }}
{%- endmacro %}

{% macro default__spelling(name) -%}
    regexp_replace({{ without_accents(name) }}, '[^[:alnum:]]+', '', 'g')
{%- endmacro %}

{#- What Postgres calls alphanumeric: in some scripts vowels are marks, no letters, and alphabetic. -#}
{% macro spark__spelling(name) -%}
    regexp_replace({{ without_accents(name) }}, '[^\p{IsAlphabetic}0-9]+', '')
{%- endmacro %}

{#- Most names are ASCII, and skip the replacement of accents. -#}
{% macro without_accents(name) -%}
    {%- set plain = [] -%}
    {%- for letter, accented in accented_letters().items() -%}
        {%- do plain.append(letter * accented | length) -%}
    {%- endfor -%}
    case
        when octet_length({{ name }}) = char_length({{ name }}) then lower({{ name }})
        else translate(lower({{ name }}), '{{ accented_letters().values() | join }}', '{{ plain | join }}')
    end
{%- endmacro %}

{#- Letters of the Latin alphabet, with the small letters that are one of them and something more. An accent that is a
    character of its own goes with the punctuation. -#}
{% macro accented_letters() %}
    {{ return({
        'a': 'àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặæ',
        'b': 'ḃḅḇ',
        'c': 'çćĉċčḉ',
        'd': 'ďḋḍḏḑḓðđ',
        'e': 'èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ',
        'f': 'ḟ',
        'g': 'ĝğġģǧǵḡ',
        'h': 'ĥȟḣḥḧḩḫẖħ',
        'i': 'ìíîïĩīĭįǐȉȋḭḯỉịı',
        'j': 'ĵǰ',
        'k': 'ķǩḱḳḵ',
        'l': 'ĺļľḷḹḻḽł',
        'm': 'ḿṁṃ',
        'n': 'ñńņňǹṅṇṉṋ',
        'o': 'òóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợœø',
        'p': 'ṕṗ',
        'r': 'ŕŗřȑȓṙṛṝṟ',
        's': 'śŝşšșṡṣṥṧṩß',
        't': 'ţťțṫṭṯṱẗþŧ',
        'u': 'ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự',
        'v': 'ṽṿ',
        'w': 'ŵẁẃẅẇẉẘ',
        'x': 'ẋẍ',
        'y': 'ýÿŷȳẏẙỳỵỷỹ',
        'z': 'źżžẑẓẕ',
    }) }}
{% endmacro %}

{#- Key of the member that a name makes that nobody knows, `other_atlantis`; of a name without a letter or digit, or of
    none at all, the key of `Unknown`. Keys of countries are two letters, so that none is met twice. -#}
{% macro own_key(name) -%}
    coalesce('other_' || nullif({{ spelling(name) }}, ''), {{ unknown_key() }})
{%- endmacro %}
