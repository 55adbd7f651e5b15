# Tradewind. `make up` brings everything up, `make test` runs all tests; `make help` lists the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The first Python that fits; another one: make up PYTHON=/path/to/python3.12
PYTHON ?= $(shell for p in python3 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$p && exit; \
	done; echo python3)
RUN := .venv/bin/python

.PHONY: help install up down status logs reset load build dashboards check-dashboards export-dashboards impact user \
	connectors notebook check test mutants lint url docs bench secrets requirements

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

install: ## make the two Python environments
	@$(PYTHON) deploy/install.py

up: install ## start everything; sample data into an empty warehouse (SAMPLE=0: none)
	@$(RUN) -m deploy up

down: install ## stop everything; the data stays
	@$(RUN) -m deploy down

status: install ## what runs, and how fresh the figures are
	@$(RUN) -m deploy status

logs: install ## what the programs write; one alone: PROGRAM=superset
	@$(RUN) -m deploy logs $(PROGRAM)

reset: install ## delete all databases and secrets (YES=1)
	@YES=$(YES) $(RUN) -m deploy reset

load: install ## load files without Airflow: FILES="a.csv b.xlsx"
	@$(RUN) -m ingestion load $(FILES)

build: install ## build, test and publish the models
	@$(RUN) -m tradewind build

dashboards: install ## import dashboards and roles from superset/ (EDITABLE=1: with edit buttons)
	@EDITABLE=$(EDITABLE) $(RUN) -m deploy dashboards

export-dashboards: install ## bring changes made in the browser back (ONLY="slug ...": these alone)
	@$(RUN) -m deploy export-dashboards $(ONLY)

impact: install ## what a change touches: models, metrics, charts, dashboards, roles (BASE=origin/main)
	@$(RUN) -m tradewind.impact $(if $(BASE),--base $(BASE)) $(if $(MERMAID),--mermaid $(MERMAID))

check-dashboards: install ## execute every chart of every dashboard as every role
	@$(RUN) -m deploy check-dashboards

user: install ## make a user of Superset: NAME=ada ROLE="Executive"
	@$(RUN) -m deploy user "$(NAME)" "$(ROLE)"

connectors: install ## files for Power BI and Tableau, an extract of a MART=name (SERVER=host:port)
	@$(RUN) -m tradewind.connectors $(if $(MART),--mart $(MART)) $(if $(SERVER),--server $(SERVER))

notebook: install ## run notebooks/overview.ipynb into a page
	@$(RUN) -m tradewind.notebook

url: install ## the warehouse's address
	@$(RUN) -m tradewind url

check: install ## lint, and the tests nearest to your change, within 90 seconds (BASE=origin/main)
	@$(RUN) -m tests.check $(if $(BASE),--base $(BASE))

test: install ## all tests, the whole stack and a browser among them
	@$(RUN) -m pytest --numprocesses 3 --no-loadscope-reorder

mutants: install ## break marts and facts in small ways: a test must fail (MODEL=name)
	@$(RUN) -m tests.mutation $(if $(MODEL),--model $(MODEL))

lint: install ## ruff, who imports whom, sqlfluff, dbt parse, YAML, generated files
	@$(RUN) -m pytest -q tests/lint

docs: install ## dbt's site in .local/dbt, and the generated pages of docs/
	@$(RUN) -m tradewind.catalog site

bench: install ## from make up to painted charts; loading against other tools; builds; dashboards
	@$(RUN) -m benchmarks.first_paint
	@$(RUN) -m benchmarks.load
	@$(RUN) -m benchmarks.build
	@$(RUN) -m benchmarks.dashboards

secrets: ## for docker compose: generate the secrets
	@$(PYTHON) -m deploy.setup.secrets

requirements: ## compile the pinned requirements again (needs uv)
	@for name in pipeline superset benchmarks analysis; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-header requirements/$$name.in -o requirements/$$name.txt; \
	done
