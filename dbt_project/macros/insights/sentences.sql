{#- The sentences, all in one place; each is made of columns of its finding. `<amount>_size` is an amount in words without its
    sign, `<date>_name` a month, `share` the effect as a percentage. -#}

{#- Columns in words that sentences are made of. -#}
{% macro words_of_findings() -%}
    {%- for amount in [
        'figure', 'baseline', 'effect', 'so_far', 'forecast', 'lower_bound', 'upper_bound', 'driver_country_change',
        'driver_product_change', 'most_added', 'most_taken', 'other_effects'
    ] %}
        {{ size_in_words(amount) }} as {{ amount }}_size,
    {%- endfor %}
    {%- for month in ['month', 'compared_month', 'known_to', 'period_from'] %}
        {{ month_in_words(month) }} as {{ month }}_name,
    {%- endfor %}
        {{ subject_in_words() }} as subject,
        {{ share_in_words('effect_share') }} as share,
        abs(effect) < 0.5 or coalesce(abs(effect_share) < 0.0005, false) as is_level,
        metric = 'profit' and figure <= -0.5 as is_loss,
        coalesce(lacks_companies, 0) > 0 as is_without_companies,
        coalesce(lacks_figures, 0) > 0 as is_without_figures
{%- endmacro %}

{% macro sentence_of_finding() -%}
    case kind
        when 'change' then {{ sentence_of_change() }}
        when 'landing' then {{ sentence_of_landing() }}
        when 'unusual' then {{ sentence_of_unusual() }}
        when 'record' then {{ sentence_of_record() }}
        when 'new' then {{ sentence_of_new() }}
        when 'gone' then {{ sentence_of_gone() }}
    end
{%- endmacro %}

{#- `Sales in Canada in December 2014 were $1.2M, 12% above December 2013. Among products, Paseo gained the most, $0.2M.` -#}
{% macro sentence_of_change() -%}
    case
        when is_without_companies and is_without_figures and metric = 'profit'
            then 'Of companies with figures of both months, and where units and costs are known, '
        when is_without_companies and is_without_figures
            then 'Of companies with figures of both months, and without what has no exchange rate, '
        when is_without_companies then 'Of companies with figures of both months, '
        when is_without_figures and metric = 'profit' then 'Where units and costs are known, '
        when is_without_figures then 'Without what has no exchange rate, '
        else ''
    end
    || case
        when is_without_companies or is_without_figures
            then case when is_loss then 'the loss' when metric = 'profit' then 'profit' else 'sales' end
        else {{ name_of_figure() }}
    end
    || subject || ' in ' || month_name
    || case when metric = 'profit' then ' was ' else ' were ' end
    || case when figure = 0 then 'zero' when is_loss then figure_size else {{ signed('figure') }} end
    || case
        when figure = 0 and baseline > 0 then ', after ' || baseline_size || ' in '
        when baseline = 0 and metric = 'total_sales' then ', after none in '
        when is_level then ', about the same as in '
        when metric = 'total_sales' and figure >= 0 and abs(effect_share) < 9.995
            then ', ' || share || case when effect > 0 then ' above ' else ' below ' end
        else
            ', ' || effect_size
            || case
                when is_loss and effect > 0 then ' better than in '
                when is_loss then ' worse than in '
                when effect > 0 then ' more than in '
                else ' less than in '
            end
    end
    || compared_month_name || '.'
    || case
        when is_level or (driver_country is null and driver_product is null) then ''
        when driver_country is null
            then
                ' Among products, ' || driver_product || case when effect > 0 then ' gained' else ' lost' end
                || ' the most, ' || driver_product_change_size || '.'
        else
            ' ' || {{ country_in_words('driver_country', 'The') }}
            || case when effect > 0 then ' gained' else ' lost' end || ' the most, ' || driver_country_change_size
            || case
                when driver_product is null then ''
                else '; among products, ' || driver_product || ', ' || driver_product_change_size
            end
            || '.'
    end
    || case
        when metric <> 'profit' or is_level then ''
        else
            case
                when effect > 0 then ' ' || most_added_name || ' added ' || most_added_size
                else ' ' || most_taken_name || ' took ' || most_taken_size
            end
            || case
                when not tells_both then ''
                when effect > 0 then '; ' || lower(most_taken_name) || ' took ' || most_taken_size
                else '; ' || lower(most_added_name) || ' added ' || most_added_size
            end
            || case
                when abs(other_effects) < 0.5 or 10 * abs(other_effects) < abs(effect) then ''
                else '; the rest' || case when other_effects > 0 then ' added ' else ' took ' end || other_effects_size
            end
            || '.'
    end
{%- endmacro %}

{#- `Sales in 2015 are heading for $118M: $97M so far, and a forecast of $21M. That is 2% below the target of $120M. …` -#}
{% macro sentence_of_landing() -%}
    'Sales' || subject || ' in ' || {{ year_in_words('period_from') }} || ' are heading for ' || {{ signed('figure') }}
    || case
        when so_far is null then ', all of it forecast.'
        else
            ': ' || {{ signed('so_far') }} || ' so far, and a forecast of ' || {{ signed('forecast') }}
            || ' for the rest of the year.'
    end
    || case
        when baseline is null and has_targets then ' Not all of it has a target to compare it with.'
        when baseline is null then ''
        when is_level then ' That is about the target of ' || baseline_size || '.'
        when effect_share is null or abs(effect_share) >= 9.995 then ' The target is ' || {{ signed('baseline') }} || '.'
        else
            ' That is ' || share || case when effect > 0 then ' above' else ' below' end
            || ' the target of ' || baseline_size || '.'
    end
    || case
        when lower_bound is null then ' How far off it may be is not known yet.'
        when lower_bound_size = upper_bound_size
            then ' Even if every month is at an end of its 80% interval, that is where the year ends.'
        else
            ' If every month stays within its 80% interval, the year ends between '
            || {{ signed('lower_bound') }} || ' and ' || {{ signed('upper_bound') }} || '.'
    end
    || case
        when is_short then ' The history is too short for a season, so the forecast is a simple one.'
        else ''
    end
    || case when is_without_companies then ' Months without figures of a company count as zero.' else '' end
    || case when is_without_figures then ' Sales without an exchange rate are not in it.' else '' end
{%- endmacro %}

{#- `Sales of Paseo in December 2014 were $4.1M, unusually high: figures to November 2014 had pointed to $2.1M, with a 95%
    interval from $1.0M to $3.2M.` -#}
{% macro sentence_of_unusual() -%}
    {{ name_of_figure() }} || subject || ' in ' || month_name
    || case when metric = 'profit' then ' was ' else ' were ' end
    || case when figure = 0 then 'zero' when is_loss then figure_size else {{ signed('figure') }} end
    || ', unusually ' || case
        when is_loss and effect > 0 then 'small'
        when is_loss or effect > 0 then 'high'
        else 'low'
    end
    || ': figures to ' || known_to_name || ' had pointed to '
    || case
        when metric = 'profit' and forecast <= -0.5 then 'a loss of ' || forecast_size
        else {{ signed('forecast') }}
    end
    || ', with a 95% interval ' || case
        when metric = 'total_sales' and lower_bound <= 0 then 'up to '
        else 'from ' || {{ signed('lower_bound') }} || ' to '
    end
    || {{ signed('upper_bound') }} || '.'
    || case when is_without_companies then ' A company without figures of the month is not in it.' else '' end
    || case
        when not is_without_figures then ''
        when metric = 'profit' then ' Sales without a known profit are not in it.'
        else ' Sales without an exchange rate are not in it.'
    end
{%- endmacro %}

{#- `Sales in December 2014 were $12.0M, the highest of all months since September 2013. The record before was $11.2M, in October
    2014.` -#}
{% macro sentence_of_record() -%}
    'Sales' || subject || ' in ' || month_name || ' were ' || {{ signed('figure') }}
    || ', the highest of all months since ' || period_from_name || '. The record before was ' || {{ signed('baseline') }}
    || ', in ' || compared_month_name || '.'
{%- endmacro %}

{#- `Montana sold in Canada in December 2014 for the first time since figures begin in September 2013: $0.2M.` -#}
{% macro sentence_of_new() -%}
    case when product is null then 'There were sales' else product || ' sold' end
    || case when country is null then '' else ' in ' || {{ country_in_words('country') }} end
    || ' in ' || month_name || ' for the first time since figures begin in ' || compared_month_name || ': '
    || {{ signed('figure') }} || '.'
    || case when is_without_figures then ' Sales without an exchange rate are not in it.' else '' end
{%- endmacro %}

{#- `Velo did not sell in December 2014, after $30k a month on average in the three months before.` -#}
{% macro sentence_of_gone() -%}
    case when product is null then 'There were no sales' else product || ' did not sell' end
    || case when country is null then '' else ' in ' || {{ country_in_words('country') }} end
    || ' in ' || month_name || ', after ' || baseline_size || ' a month on average in the three months before.'
    || case when is_without_figures then ' Sales without an exchange rate are not in it.' else '' end
{%- endmacro %}

{#- How a sentence begins. -#}
{% macro name_of_figure() -%}
    case when is_loss then 'The loss' when metric = 'profit' then 'Profit' else 'Sales' end
{%- endmacro %}
