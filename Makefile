# make run and make test do everything on a fresh machine; make help lists the rest.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := .venv/bin

# What fails walks once more. That is sound: each test makes its own people, or its own database; what is stopped, locked
# or taken is given back in whatever way a test ends; and of a deadlock the database itself keeps count. What the second
# walk does not meet is printed whole all the same, so that somebody looks at it.
AGAIN := --reruns 1 --rerun-show-tracebacks
# Sets of words in the same order at every run, so that a test that passes here passes there.
test-fast test-postgres test-faults test-browser: export PYTHONHASHSEED := 1

.DEFAULT_GOAL := help
.PHONY: help run load test test-fast test-postgres test-faults test-browser check format bench clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: .venv/installed load ## Install, migrate, load the starter library, serve on http://127.0.0.1:8000
	@echo
	@$(BIN)/python manage.py demo_people
	@$(BIN)/python manage.py demo_exam
	@$(BIN)/python manage.py demo_team
	@echo
	@echo "Open http://$(HOST):$(PORT) (Ctrl+C stops the server)"
	@$(BIN)/python manage.py db_worker --no-reload --verbosity 0 & worker=$$!; \
	$(BIN)/python manage.py tend --every 30 & tender=$$!; \
	trap "kill $$worker $$tender 2>/dev/null" EXIT INT TERM; \
	$(BIN)/python manage.py runserver --noreload $(HOST):$(PORT)

load: .venv/installed ## Migrate the database and load the starter library
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py load_library
	@$(BIN)/python manage.py load_courses

test: .venv/installed-dev test-fast test-postgres test-faults test-browser ## Run every test, those in a real browser included

test-fast: .venv/installed-dev ## Run the tests that need neither a browser nor a server
	$(BIN)/python -m pytest -n 2 --dist worksteal $(AGAIN) --ignore tests/browser --ignore tests/faults

test-postgres: .venv/installed-dev ## Run those of them that use a database on a PostgreSQL of their own
	$(BIN)/python -m tests.on_postgres -n 2 $(AGAIN) --ignore tests/browser --ignore tests/faults

test-faults: .venv/installed-dev ## Run races, kills and full disks on real servers, SQLite and PostgreSQL
	$(BIN)/python -m pytest $(AGAIN) tests/faults

test-browser: .venv/installed-dev ## Run the journeys in a real browser
	@browser="$$($(BIN)/python scripts/browser.py)" || exit 1; \
	echo "Browser: $$browser"; \
	BROWSER_PATH="$$browser" $(BIN)/python -m pytest -n 2 --dist worksteal $(AGAIN) tests/browser

check: .venv/installed-dev ## Lint, format check, types, migrations, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	git ls-files 'templates/*.html' | xargs $(BIN)/djade --check --target-version 5.2

format: .venv/installed-dev ## Format the code and the templates
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	-git ls-files 'templates/*.html' | xargs $(BIN)/djade --target-version 5.2

bench: .venv/installed-dev ## Measure speed: each figure beside its floor, in one table
	@browser="$$($(BIN)/python scripts/browser.py)" || exit 1; \
	BROWSER_PATH="$$browser" $(BIN)/python -m benchmarks

clean: ## Remove the environment and caches (the database in var/ stays)
	rm -rf .venv .cache staticfiles .mypy_cache .ruff_cache

.venv/bin/python:
	@sh scripts/make_venv.sh "$(PYTHON)"

.venv/installed: requirements.txt | .venv/bin/python
	@echo "Installing what the site needs ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-dev: requirements.txt requirements-dev.txt | .venv/bin/python
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch .venv/installed $@
