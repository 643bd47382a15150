# The commands of this project. A fresh machine needs Python 3.11+ and make, nothing else.
PYTHON ?= python3
VENV   ?= .venv
LAB    ?= labs/reference
PORT   ?= 3000
MODE   ?=
TESTERS ?= 2
BENCHMARKS ?= chinchilla_bootstrap chinchilla_point one_dimensional_laws rolling_origin global_optimum first_law
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run ui test test-all lint format bench lock wheel clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

run: $(VENV)/installed ## run the reference lab end to end (MODE=full for larger sweeps, LAB=dir for your own)
	@$(BIN)/scaling-assets run --lab $(LAB) $(if $(MODE),--$(MODE))
	@echo "           or: make ui"

ui: $(VENV)/installed ## open the Dagster UI with its daemon on http://127.0.0.1:3000 (PORT=...)
	@$(BIN)/scaling-assets ui --lab $(LAB) --port $(PORT)

test: $(VENV)/installed-dev ## fast tests, in TESTERS=2 processes (under 10 minutes on 2 cores)
	@$(BIN)/python -m pytest -m "not slow" -q -n $(TESTERS) --dist loadfile --no-loadscope-reorder

test-all: $(VENV)/installed-dev ## every test, the long ones too
	@$(BIN)/python -m pytest -q -n $(TESTERS) --dist loadfile --no-loadscope-reorder

lint: $(VENV)/installed-dev ## ruff, mypy, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

format: $(VENV)/installed-dev ## let ruff format and sort
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/installed-dev ## tables of speed and of optima found, against peers (SCALING_SHARED_DATA=dir for published points)
	@for name in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$name || exit 1; done

lock: $(VENV)/installed-dev ## renew both lock files from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate -o requirements.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate -o requirements-dev.lock

wheel: $(VENV)/installed-dev ## build the wheel into dist/
	@$(BIN)/python -m build --wheel --outdir dist .

clean: ## remove the environment and everything that runs have made in the reference lab
	rm -rf $(VENV) dist $(LAB)/warehouse $(LAB)/sweeps $(LAB)/reports $(LAB)/.dagster

$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": pass PYTHON=python3.12, say")'
	@test -x $(BIN)/python || { echo "making $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "installing the locked dependencies (about a minute) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	@echo "installing the locked test dependencies ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.lock
	@touch $@
