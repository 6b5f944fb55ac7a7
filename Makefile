# Everything runs from .venv, which is made here from the locked requirements. `make` lists the targets.
PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement
TEST_MANAGE := DJANGO_SETTINGS_MODULE=backend.settings.test $(PY) manage.py
SCHEMA := $(TEST_MANAGE) spectacular --validate --fail-on-warn --format openapi-json --file
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test chromium prove bench drill lint format schema chat messages lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements/run.txt | $(PY)
	$(PIP_INSTALL) $<
	@touch $@

.venv/test.stamp: requirements/test.txt .venv/run.stamp
	$(PIP_INSTALL) $<
	@touch $@

run: .venv/run.stamp ## run the whole house on http://127.0.0.1:8000 (PORT=8001 for another port)
	@$(PY) -m infra.messages compile
	@$(PY) -m infra.run

# The browser of the tests, from the system's packages: by apt, as root or with sudo that asks nothing.
CHROMIUM := chromium chromium-browser google-chrome
HAS_CHROMIUM = for name in $(CHROMIUM); do command -v $$name && exit 0; done; exit 1
APT := $(shell [ "$$(id -u)" = 0 ] || echo sudo --non-interactive) env DEBIAN_FRONTEND=noninteractive apt-get

chromium: ## install the browser of the tests, if there is none
	@{ $(HAS_CHROMIUM); } >/dev/null \
		|| { $(APT) update -qq && $(APT) install -qq -y --no-install-recommends chromium; } >/dev/null \
		|| { echo 'The tests of the console need Chromium, and it cannot be installed here: apt-get install chromium'; exit 1; }

test: lint chromium ## lint, then every test (ARGS="-k words" for some)
	$(PY) -m pytest --numprocesses logical --maxprocesses 8 --dist worksteal $(ARGS)

prove: .venv/test.stamp ## what must be exhaustive: check-ins in every time zone there is, for a hundred years
	$(PY) -m pytest --numprocesses logical -m prove tests/prove $(ARGS)

.venv/bench.stamp: requirements/bench.txt .venv/run.stamp
	$(PIP_INSTALL) $<
	@touch $@

bench: .venv/bench.stamp ## measure beside others, <= 60 minutes (BENCH=quick: 3; BENCH=fanout|durable|idle|reads|peers|checkins: one)
	@$(PY) -m infra.bench

drill: .venv/test.stamp ## kill, freeze and starve everything under load: nothing acked is lost (DRILL=short|mutants|<fault>)
	@$(PY) -m infra.drill

lint: .venv/test.stamp ## style, types, import contracts, migrations, schema, translations
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(PY) -m infra.messages check compile
	PYTHONWARNINGS=ignore::RuntimeWarning $(TEST_MANAGE) makemigrations --check --dry-run
	@mkdir -p var
	@$(SCHEMA) var/openapi.json
	@diff -u docs/openapi.json var/openapi.json || { echo 'docs/openapi.json is stale: make schema'; exit 1; }

format: .venv/test.stamp ## format the code and mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

schema: .venv/test.stamp ## write docs/openapi.json
	$(SCHEMA) docs/openapi.json

chat: .venv/run.stamp ## talk from the terminal: make chat CODE="seven words" (beside make run)
	@$(PY) -m infra.client.chat

messages: .venv/run.stamp ## bring the translations' catalogues in line with the code, and compile them
	$(PY) -m infra.messages update compile

# Without the configuration and environment of this machine: a lock names no index and no host.
UV := env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	var/uv/bin/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

lock: ## compile requirements/*.txt from pyproject.toml (ARGS=--upgrade for newer versions)
	$(PYTHON) -m venv var/uv
	var/uv/bin/pip install --quiet --disable-pip-version-check uv
	$(UV) $(ARGS) --group run --output-file requirements/run.txt
	$(UV) $(ARGS) --group test --constraint requirements/run.txt --output-file requirements/test.txt
	$(UV) $(ARGS) --group bench --constraint requirements/run.txt --constraint requirements/test.txt \
		--output-file requirements/bench.txt
	@! grep -nE '://|--(extra-)?index|--find-links' requirements/*.txt

clean: ## remove what make made, but not the data in var/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache var/uv
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
