# Every command here starts from a fresh machine: it makes .venv first when that is missing or stale.
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,13))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST_WORKERS ?= auto

.PHONY: demo run test test-soak lint format bench setup setup-dev clean

demo: setup
	@$(BIN)/python manage.py demo

run: setup
	@$(BIN)/python manage.py up

# By file, so that what a file's tests share is made once: xdist's groups go by node ids that pytest 9.2 does not take up.
test: setup-dev
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder -m "not soak"

test-soak: setup-dev
	$(BIN)/python -m pytest -m soak

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

format: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-dev
	@for name in ingest ocr demo_model demo_start encoders search api search_page taste concepts; do $(BIN)/python -m tests.benchmarks.$$name || exit 1; done

setup: $(VENV)/.installed

setup-dev: $(VENV)/.installed-dev

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and none was found on the PATH."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Could not create $(VENV): this Python has no venv module (on Debian: apt install python3-venv)."; rm -rf $(VENV); exit 1; }

$(VENV)/.installed: requirements.txt constraints.txt | $(BIN)/python
	@echo "Installing what MSE runs on into $(VENV) (about a minute) ..."
	@$(PIP) install --quiet -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@$(PIP) install --quiet -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache staticfiles
