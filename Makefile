# Two commands do all on a fresh machine: `make demo` and `make test`. Both make .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-browser test-long check format bench bench-peers bench-peers-throughput clean

help:
	@echo "make demo       set up, then search the space 'plain' on the embedded digits (under 5 minutes)"
	@echo "make test       set up, then the tests"
	@echo "make test-slow  the tests that take over half a minute each"
	@echo "make test-browser  the report's and MLflow's pages in a real browser (needs Chromium)"
	@echo "make test-long  the tests that take minutes each, and variants of slow ones: before a release"
	@echo "make check      ruff and mypy"
	@echo "make bench      every benchmark, each printing its table (long)"
	@echo "make bench-peers  against KerasTuner and Optuna: DATASET=digits|mnist10k|fashion SECONDS=150 SEEDS='0 1 2'"

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11, 3.12 or 3.13"; exit 1; }
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info < (3, 14); \
	  sys.exit(0 if ok else "Python 3.11, 3.12 or 3.13 is needed; found " + sys.version.split()[0] + \
	  ". Name another: make PYTHON=python3.12 ...")'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

demo: setup
	$(BIN)/cnnsearch search plain --data digits --trials 40 --timeout 4m --epochs 30 --seed $(or $(SEED),0)

# Two tests at a time: each waits for processes of its own for much of its time.
PYTEST = $(BIN)/python -m pytest -n $(or $(TESTS),2) --dist loadfile

test: setup
	$(PYTEST)

test-slow: setup
	$(PYTEST) -m "slow and not long"

test-browser: setup
	@command -v chromium >/dev/null || { echo "chromium was not found: install it (on Debian and Ubuntu: apt install chromium)"; exit 1; }
	$(BIN)/python -m pytest -m browser

test-long: setup
	$(BIN)/python -m pytest -m long

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

PEERS = PYTHONPATH=benchmarks $(BIN)/python -m peers --dataset $(or $(DATASET),digits) \
  $(if $(SPACE),--space $(SPACE)) $(if $(BACKEND),--backend $(BACKEND)) $(if $(MNIST10K),--mnist10k $(MNIST10K)) \
  $(if $(RESULTS),--results $(RESULTS)) $(if $(BASELINES),--baselines $(BASELINES))

bench-peers: setup
	$(PEERS) --seconds $(or $(SECONDS),150) --seeds $(or $(SEEDS),0 1 2)

bench-peers-throughput: setup
	$(PEERS) --throughput

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
