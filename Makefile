# The chores, the same at home and in CI. Needs Python 3.11 or newer, and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/gpudb-ready
PTXAS := $(VENV)/gpudb-ptxas
PEERS := $(VENV)/gpudb-peers
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help venv demo test check cuda-check docs format slow fuzz bench bench-all bench-report bench-check clean

help:  ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "gpudb needs Python 3.11 or newer; name one with: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

venv: $(READY)  ## Make the virtual environment, or bring it up to date

demo: $(READY)  ## Generate TPC-H, load it, query it, and open the prompt
	$(BIN)/python -m bench.demo

test: $(READY)  ## Run the tests
	$(BIN)/python -m pytest -q --numprocesses $(WORKERS)

check: $(READY)  ## Check format, lint, types, imports, layout and docs
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_layout.py tests/test_docs.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --config-file .ci/mkdocs.yml

# Only ptxas of NVIDIA's compiler is needed, not what the compiler depends on.
$(PTXAS): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'nvidia-cuda-nvcc==13.0.*'
	@touch $@

cuda-check: $(PTXAS)  ## Compile the benchmark's kernels for four GPU generations; no GPU is needed
	$(BIN)/python -m bench.cuda_check $(ARGS)

docs: $(READY)  ## Write docs/sql.md from the functions' docstrings
	$(BIN)/python -m gpudb.sql.reference > docs/sql.md.new
	mv docs/sql.md.new docs/sql.md

format: $(READY)  ## Format the code and apply the lint's own fixes
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

slow: $(READY)  ## Run the tests that take long
	$(BIN)/python -m pytest -q -m slow --timeout 1800

fuzz: $(READY)  ## Compare random queries with DuckDB; ARGS="--queries 100000 --seed 7 --processes 2"
	$(BIN)/python -m tests.fuzz $(ARGS)

bench: $(READY)  ## Race the peers that are installed; DEVICE=cuda, ARGS="--scale 10" and the like are passed on
	$(BIN)/python -m bench $(if $(DEVICE),--device $(DEVICE)) $(ARGS)

# The peers that only the benchmark needs.
$(PEERS): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	@touch $@

bench-all: $(PEERS)  ## Everything against five peers, one run, one JSON; ARGS="--scale small" is short
	$(BIN)/python -m bench all $(ARGS)

bench-report: $(READY)  ## Write README's figures and docs/performance.md's tables of the newest bench-all
	$(BIN)/python -m bench report $(ARGS)

bench-check: $(READY)  ## Fail if a kernel executes over 20% more instructions a row than recorded
	$(BIN)/python -m bench.instructions $(ARGS)

clean:  ## Remove the virtual environment, caches and generated data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf build dist *.egg-info bench/data
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
