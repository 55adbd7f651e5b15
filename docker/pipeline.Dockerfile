# Airflow, dbt and ingestion. The folders are laid out as in the repository, so paths are the same.
FROM python:3.12-slim

WORKDIR /opt/tradewind
# HOME and USER: the container may run as a user who does not exist in the image
ENV PATH=/opt/tradewind/.venv/bin:$PATH \
    HOME=/opt/tradewind/.local \
    USER=tradewind \
    PYTHONUNBUFFERED=1

COPY requirements/pipeline.txt requirements/
RUN python -m venv .venv \
    && pip install --no-cache-dir --require-hashes --no-deps --requirement requirements/pipeline.txt

COPY tradewind tradewind
COPY ingestion ingestion
COPY dags dags
COPY dbt_project dbt_project
COPY deploy deploy
COPY docker docker
# security.yaml says who may read what; the report by e-mail shows the cards of a dashboard
COPY superset superset
COPY backfills.yaml .
# a private clone has private modes; volumes take over the modes of the folders that they cover
RUN chmod -R a+rX tradewind ingestion dags dbt_project deploy docker superset backfills.yaml \
    && python -m compileall -q tradewind ingestion dags deploy docker \
    && mkdir -p .local/airflow/logs landing \
    && chmod -R g=u .local landing \
    && useradd --uid 1000 --gid 0 --home-dir /opt/tradewind/.local --no-create-home tradewind

USER 1000:0
ENTRYPOINT ["python", "-m", "docker.enter", "airflow"]
