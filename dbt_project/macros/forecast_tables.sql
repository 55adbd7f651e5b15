{#- What `python -m tradewind forecast --store` writes (tradewind/insight/store.py); made when the first build begins
    (`prepare_state`), as models read it before there is a forecast. -#}
{% macro forecast_tables() %}
    create table if not exists ops.forecast_runs (
        run_id bigint generated always as identity primary key,
        metric text not null,
        made_on timestamptz not null default now(),
        publication text not null,
        history_from date not null,
        history_to date not null,
        is_sample boolean not null,
        left_out text,
        fingerprint text not null,
        is_latest boolean not null default true
    );
    comment on table ops.forecast_runs is
        'One row each time a metric was forecast for its stored series; append-only, but for is_latest.';
    create table if not exists ops.forecasts (
        run_id bigint not null references ops.forecast_runs,
        kind text not null,
        known_to date not null,
        level text not null,
        country text,
        segment text,
        product text,
        month date not null,
        actual numeric(20, 4),
        forecast numeric(20, 4),
        lower_80 numeric(20, 4),
        upper_80 numeric(20, 4),
        lower_95 numeric(20, 4),
        upper_95 numeric(20, 4),
        floor_forecast numeric(20, 4),
        method text,
        floor_method text,
        remark text,
        -- a wrong one must not get in: none is ever taken out, and a test of fct_forecast would stop every build
        constraint forecast_in_its_intervals check (
            lower_95 <= lower_80 and lower_80 <= forecast and forecast <= upper_80 and upper_80 <= upper_95
        )
    );
    create index if not exists forecasts_of_run on ops.forecasts (run_id);
    comment on table ops.forecasts is
        'What each run forecast, never changed; of the latest run of a metric also the history and the tests on it.';
    create table if not exists ops.forecast_fits (
        metric text,
        fingerprint text,
        ets double precision[],
        theta double precision[],
        primary key (metric, fingerprint)
    );
    comment on table ops.forecast_fits is
        'What models gave for each series of the latest run of a metric: what did not change is not fitted again.';
{% endmacro %}
