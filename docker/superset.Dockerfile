# Superset, in its own environment: it needs other versions of the libraries than Airflow and dbt.
FROM python:3.12-slim

WORKDIR /opt/tradewind
# HOME and USER: the container may run as a user who does not exist in the image
ENV PATH=/opt/tradewind/.venv-superset/bin:$PATH \
    HOME=/opt/tradewind/.local \
    USER=tradewind \
    PYTHONUNBUFFERED=1

COPY requirements/superset.txt requirements/
RUN python -m venv .venv-superset \
    && pip install --no-cache-dir --require-hashes --no-deps --requirement requirements/superset.txt

COPY tradewind tradewind
COPY deploy deploy
COPY docker docker
COPY superset superset
# a private clone has private modes; volumes take over the modes of the folders that they cover
RUN chmod -R a+rX tradewind deploy docker superset \
    && mkdir -p .local/superset \
    && chmod -R g=u .local \
    && useradd --uid 1000 --gid 0 --home-dir /opt/tradewind/.local --no-create-home tradewind

USER 1000:0
ENTRYPOINT ["python", "-m", "docker.enter", "superset"]
