# Two commands: `make run` serves the site, `make test` proves it. Everything else is for those who build it.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
HOST ?= 127.0.0.1
BIN := $(VENV)/bin

.PHONY: run demo test check bench prove lock shots clean

run: $(VENV)/.run
	@PORT=$(PORT) HOST=$(HOST) $(BIN)/python -m coplearn serve

# A site of its own, full of made-up people; `make run` and its data are left alone.
demo: $(VENV)/.run
	@rm -rf instance/demo
	@COPLEARN_INSTANCE_PATH=instance/demo DATABASE_URL= $(BIN)/python -m coplearn demo
	@COPLEARN_INSTANCE_PATH=instance/demo DATABASE_URL= PORT=$(PORT) HOST=$(HOST) $(BIN)/python -m coplearn serve

test: $(VENV)/.dev
	@$(BIN)/python tests/prepare.py
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m coplearn i18n check
	@$(BIN)/python -m coplearn course check
	@$(BIN)/python -m coplearn docs --check

bench: $(VENV)/.dev
	@$(BIN)/python -m bench.run

# What the suite shows on a sample, at full size: minutes.
prove: $(VENV)/.dev
	@$(BIN)/python tests/prepare.py
	@COPLEARN_PROVE=1 $(BIN)/python -m pytest -n auto --dist worksteal -m "whole or sampled"
	@$(BIN)/python -m bench.small_numbers

shots: $(VENV)/.dev
	@$(BIN)/python bench/shots.py

lock:
	uv pip compile pyproject.toml --generate-hashes --universal --no-header --no-annotate --python-version 3.11 -o requirements.lock
	uv pip compile pyproject.toml --group dev --generate-hashes --universal --no-header --no-annotate --python-version 3.11 -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock | $(VENV)/bin/python
	@echo "Installing what coplearn needs (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/bin/python
	@echo "Installing what the tests need (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
