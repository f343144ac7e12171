# Everything starts from Python 3.11 or newer, make and a package index; `make help` lists the targets.

ifndef PYTHON
PYTHON := $(shell python3.11 --version >/dev/null 2>&1 && echo python3.11 || echo python3)
endif

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test real prove lint format types check bench clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do printf '  make %-8s %s\n' "$$name" "$$what"; done

setup: $(READY) ## .venv with all there is to install (the other targets do this themselves)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Klantbeeld needs Python 3.11 or newer, and $(PYTHON) is not. Install one and say which: make PYTHON=/path/to/python3.11 ..." >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) cannot make a virtual environment. Install its venv module (Debian: apt install python3-venv) and try again." >&2; \
		exit 1; }
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(READY) ## simulated systems, a first sync, conflicts and a decision, on this machine only
	$(BIN)/klantbeeld demo

test: $(READY) ## all tests but the long proofs and those against real third-party systems
	$(BIN)/pytest -n 2 --dist loadgroup -m "not long and not real"

real: $(READY) ## tests against real third-party systems; each skips when its system does not answer
	$(BIN)/pytest -m real

prove: $(READY) ## the long proofs
	$(BIN)/python -m tests.engine.prove

format: $(READY) ## bring the code into the house format
	$(BIN)/ruff format .

lint: $(READY) ## format and lint, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY) ## types, strictly
	$(BIN)/mypy --strict

check: lint types ## format, lint and types

bench: $(READY) ## how fast the hub is on this machine
	$(BIN)/python -m benchmarks

clean: ## forget what was built; the next target sets up again
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
