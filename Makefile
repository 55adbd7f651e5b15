# Tradewind. `make up` starts everything, `make test` runs all tests; `make help` lists the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The first suitable Python; to choose another: make up PYTHON=/path/to/python3.12
PYTHON ?= $(shell for p in python3 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$p && exit; \
	done; echo python3)
RUN := .venv/bin/python

.PHONY: help install up down status logs backup restore reset load source source-remove build dashboards check-dashboards export-dashboards dashboards-zip impact trace user \
	connectors notebook check test test-drills test-spark mutants lint url sync docs bench secrets requirements

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

install: ## create the two Python environments
	@$(PYTHON) deploy/install.py

up: install ## start everything; load sample data into an empty warehouse (SAMPLE=0: none)
	@$(RUN) -m deploy up

down: install ## stop everything, keep the data
	@$(RUN) -m deploy down

status: install ## show what is running, and how fresh the figures are
	@$(RUN) -m deploy status

logs: install ## show the programs' logs; only one: PROGRAM=superset
	@$(RUN) -m deploy logs $(PROGRAM)

backup: install ## back up databases, secrets and landing files while they are in use (TO=folder)
	@$(RUN) -m deploy backup $(if $(TO),"$(TO)")

restore: install ## put a backup back: FROM=folder (YES=1: also over existing databases)
	@YES=$(YES) $(RUN) -m deploy restore $(if $(FROM),"$(FROM)")

reset: install ## delete all databases and secrets (YES=1)
	@YES=$(YES) $(RUN) -m deploy reset

load: install ## load files without Airflow: FILES="a.csv b.xlsx"
	@$(RUN) -m ingestion load $(FILES)

source: install ## show any company's files on the dashboards: FILES="orders.csv products.csv" AS=sales|targets|inventory|engagement (DOMAIN=acme CURRENCY=EUR ZONE=Europe/Berlin YES=1)
	@$(foreach name,FILES AS DOMAIN CURRENCY ZONE YES,$(if $(filter environment,$(origin $(name))),unset $(name);)) $(RUN) -m tradewind.source

source-remove: install ## take a source back that make source made: SOURCE=acme.orders
	@$(RUN) -m tradewind.source.remove "$(SOURCE)"

build: install ## build, test and publish the models
	@$(RUN) -m tradewind build

dashboards: install ## import dashboards and roles from superset/ (EDITABLE=1: with edit buttons)
	@EDITABLE=$(EDITABLE) $(RUN) -m deploy dashboards

export-dashboards: install ## bring back changes made in the browser (only some: ONLY="slug ...")
	@$(RUN) -m deploy export-dashboards $(ONLY)

dashboards-zip: install ## write the dashboards for any other Superset (ONLY="slug ..." SERVER=host:port); or take one in: FROM=file.zip
	@$(RUN) -m tradewind.dashboards.bundle $(if $(ONLY),--only $(ONLY)) $(if $(SERVER),--server "$(SERVER)") $(if $(FROM),--from "$(FROM)")

impact: install ## show what a change touches: models, metrics, charts, dashboards, roles (BASE=origin/main)
	@$(RUN) -m tradewind.impact $(if $(BASE),--base $(BASE)) $(if $(MERMAID),--mermaid $(MERMAID))

trace: install ## show the lines of files that a figure is the sum of: FIGURE=sales WHERE="country=Canada month=2014-01" (quote a value with spaces; CSV=file: all lines)
	@$(RUN) -m tradewind trace $(if $(FIGURE),"$(FIGURE)") $(WHERE) $(if $(CSV),--csv "$(CSV)")

check-dashboards: install ## execute every chart of every dashboard as every role
	@$(RUN) -m deploy check-dashboards

user: install ## create a Superset user: NAME=ada ROLE="Executive"
	@$(RUN) -m deploy user "$(NAME)" "$(ROLE)"

connectors: install ## write files for Power BI and Tableau, with an extract of MART=name (SERVER=host:port)
	@$(RUN) -m tradewind.connectors $(if $(MART),--mart $(MART)) $(if $(SERVER),--server $(SERVER))

notebook: install ## run notebooks/overview.ipynb and write it as an HTML page
	@$(RUN) -m tradewind.notebook

url: install ## print the warehouse's address
	@$(RUN) -m tradewind url

check: install ## lint, and run the tests nearest to your change, within 90 seconds (BASE=origin/main)
	@$(RUN) -m tests.check $(if $(BASE),--base $(BASE))

test: install ## run all tests, including the whole stack and a browser
	@$(RUN) -m pytest --numprocesses 3 --no-loadscope-reorder

test-spark: install ## build with Spark as well, and compare all rows with those of Postgres (installs 910 MB the first time)
	@$(RUN) -m pytest -m spark tests/integration/dbt/sample_sales/test_spark.py

mutants: install ## break marts and facts in small ways: each time a test must fail (MODEL=name FILES="…": loaded beside the sample)
	@$(RUN) -m tests.mutation $(if $(MODEL),--model $(MODEL)) $(if $(FILES),--files $(FILES))

test-drills: install ## 100 random sequences of files, corrections, withdrawals, builds and kills (DRILLS=n, SEED=n repeats a run)
	@TRADEWIND_DRILLS=$(or $(DRILLS),100) $(if $(SEED),TRADEWIND_TEST_SEED=$(SEED)) $(RUN) -m pytest -q tests/integration/dbt/sample_sales/test_random_drill.py

lint: install ## check with ruff, import rules, sqlfluff, dbt parse, YAML, generated files
	@$(RUN) -m pytest -q tests/lint

sync: install ## bring all generated files up to date: dbt's sources, datasets, pages
	@$(RUN) -m tradewind.sync

docs: install ## generate dbt's site in .local/dbt, and the generated pages of docs/
	@$(RUN) -m tradewind.catalog site

bench: install ## measure make up to painted charts, loading against other tools, builds, dashboards
	@$(RUN) -m benchmarks.first_paint
	@$(RUN) -m benchmarks.load
	@$(RUN) -m benchmarks.build
	@$(RUN) -m benchmarks.dashboards
	@$(RUN) -m benchmarks.many_members

secrets: ## generate the secrets for docker compose
	@$(PYTHON) -m deploy.setup.secrets

requirements: ## recompile the pinned requirements (needs uv)
	@for name in pipeline superset benchmarks analysis conventions landing servers forecast spark; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-header requirements/$$name.in -o requirements/$$name.txt; \
	done
