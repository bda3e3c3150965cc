# Two commands: `make run` serves the site, `make test` proves it. Everything else is for those who build it.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
HOST ?= 127.0.0.1
BIN := $(VENV)/bin

# What Python compiled is kept beside the code, even on a machine that says otherwise: many processes begin in the tests.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run demo test check check-types check-style check-texts check-courses check-tests bench prove audit lock shots clean

run: $(VENV)/.run
	@PORT=$(PORT) HOST=$(HOST) $(BIN)/python -m coplearn serve

# A site of its own, full of made-up people; `make run` and its data are left alone.
demo: $(VENV)/.run
	@rm -rf instance/demo
	@COPLEARN_INSTANCE_PATH=instance/demo COPLEARN_SECOND_FACTOR_FOR=nobody DATABASE_URL= $(BIN)/python -m coplearn demo
	@COPLEARN_INSTANCE_PATH=instance/demo COPLEARN_SECOND_FACTOR_FOR=nobody COPLEARN_OVERLAYS=morocco-parents,armenia-parents DATABASE_URL= PORT=$(PORT) HOST=$(HOST) $(BIN)/python -m coplearn serve

# One process more than there are cores: some tests wait, for a browser or for a clock.
test: $(VENV)/.dev
	@$(BIN)/python tests/prepare.py
	@$(MAKE) --no-print-directory -j2 --output-sync check
	@TMPDIR=$$($(BIN)/python tests/folder.py) $(BIN)/python -m pytest -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist worksteal

check: check-types check-style check-texts check-courses check-tests

check-types: $(VENV)/.dev
	@$(BIN)/mypy

check-style: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache

check-texts: $(VENV)/.dev
	@$(BIN)/python -m coplearn i18n check

check-courses: $(VENV)/.dev
	@$(BIN)/python -m coplearn course check
	@$(BIN)/python -m coplearn overlay check
	@$(BIN)/python -m coplearn docs --check

# Every test can be read; what Python and pytest make of their files is then there for the processes that run them, and so is what
# most sites of the tests share.
check-tests: $(VENV)/.dev
	@found=$$($(BIN)/python -m pytest --collect-only -q 2>&1) || { echo "$$found"; exit 1; }
	@said=$$($(BIN)/python -m tests.once 2>&1) || { echo "$$said"; exit 1; }

bench: $(VENV)/.dev
	@$(BIN)/python -m bench.run

# What the suite shows on a sample, at full size: hours on two cores; the minutes of each part are told at the end.
# `make prove PART=tests/durability` proves one part, and `make prove QUICK=1` tries the samples alone.
PART ?= tests
QUICK ?=
prove: $(VENV)/.dev
	@$(BIN)/python tests/prepare.py
	@$(if $(QUICK),true,test -d build/vnu/node_modules || npm install --silent --prefix build/vnu vnu-jar@26.9.27 || echo "The HTML of pages is not judged without vnu-jar, which npm could not install")
	@COPLEARN_PROVE=$(if $(QUICK),0,1) TMPDIR=$$($(BIN)/python tests/folder.py) $(BIN)/python -m pytest -n auto --dist worksteal -m "$(if $(QUICK),sampled and not whole,whole or sampled)" $(PART)
	@$(if $(QUICK)$(filter-out tests,$(PART)),true,$(BIN)/python -m bench.small_numbers)
	@$(if $(QUICK)$(filter-out tests,$(PART)),true,TMPDIR=$$($(BIN)/python tests/folder.py) $(BIN)/python -m tests.mutants)

# Known weaknesses of the locked packages (fails when one could not be asked about), and the list of parts in build/.
audit: $(VENV)/.dev
	@$(BIN)/python tests/supply.py

shots: $(VENV)/.dev
	@$(BIN)/python -m bench.shots

lock:
	uv pip compile pyproject.toml --generate-hashes --universal --no-header --no-annotate --python-version 3.11 -o requirements.lock
	uv pip compile --group extras -c requirements.lock --generate-hashes --universal --no-header --no-annotate --python-version 3.11 -o requirements-extras.lock
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
