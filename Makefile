# What a reader runs. It needs Python 3.10 to 3.13, git and make; everything else goes into .venv.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help env test test-faults test-lowest lint audit licences test-cluster reproduce reproduce-all reproduce-studies verify book publish bench clean

PYTHON ?= python3
VENV ?= .venv
LOWEST ?= .venv-lowest
BIN := $(VENV)/bin

# make reproduce: seeds (experiments.yaml names the default), runs side by side (default: as many as
# CPUs, memory and GPUs allow), further settings of the workflow such as SET="preset=paper data=PATH",
# a Snakemake profile such as PROFILE=profiles/slurm. make verify: published runs to repeat, by name
# as in CELLS="aac-seed0", or how many to draw.
SEEDS ?=
JOBS ?=
SET ?=
PROFILE ?=
CELLS ?=
SAMPLE ?= 2
PYTEST ?=
# make bench: stages to measure (all), GPU=1 for the paper's configuration on a GPU, and options such
# as BENCH="--again --repeats 9". It uses all cores.
STAGES ?=
GPU ?=
BENCH ?=
# make audit: options for pip-audit, as in AUDIT="--ignore-vuln ID".
AUDIT ?=
# make test-faults: one campaign with its options, as in FAULTS="kills --kills 20", or options of the
# fuzzing, as in FUZZ="--inputs 1000".
FAULTS ?=
FUZZ ?=
# make book: options for jupyter-book, as in BOOK="--all -W --keep-going".
BOOK ?=

# One thread a process: results repeat exactly, and cells or tests run side by side instead.
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export NUMBA_NUM_THREADS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## list the targets
	@echo "make reproduce   is the one to start with: it runs the experiments and builds their book."
	@echo
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

env: $(VENV)/.reader ## make the environment in .venv

$(VENV)/.reader: requirements.txt pyproject.toml
	@PYTHON="$(PYTHON)" VENV="$(VENV)" bash tools/environment.sh "."
	@touch $@

$(VENV)/.developer: requirements.txt requirements-dev.txt pyproject.toml
	@PYTHON="$(PYTHON)" VENV="$(VENV)" bash tools/environment.sh ".[dev]"
	@touch $@ $(VENV)/.reader

$(LOWEST)/.developer: requirements.txt requirements-dev.txt pyproject.toml
	@PYTHON="$(PYTHON)" VENV="$(LOWEST)" bash tools/environment.sh ".[dev]" lowest
	@touch $@

TESTS = -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(PYTEST)

test: $(VENV)/.developer ## run the tests, with the newest versions if the environment is new
	@$(BIN)/python $(TESTS)

# What numba compiled is kept apart: beside the source, two versions of it break each other's.
test-lowest: $(LOWEST)/.developer ## run them with the lowest versions, in .venv-lowest
	@NUMBA_CACHE_DIR=$(abspath $(LOWEST))/numba $(LOWEST)/bin/python $(TESTS)

test-cluster: $(VENV)/.developer ## run a small grid on a Slurm of one node, and kill a job of it
	@PYTHON=$(BIN)/python bash tools/test_cluster.sh

lint: $(VENV)/.developer ## check style and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

test-faults: $(VENV)/.developer ## kill runs, fill disks, feed parsers bad input: one to two hours
	@$(if $(FUZZ),,$(BIN)/python -m faults $(FAULTS))
	@$(if $(FAULTS),,$(BIN)/python -m faults.fuzzing $(FUZZ))

audit: $(VENV)/.developer ## look for known vulnerabilities of what is installed
	@$(BIN)/python -m tools.audit $(AUDIT)

licences: $(VENV)/.developer ## write LICENCES.md anew
	@$(BIN)/python -m tools.licences

WORKFLOW = $(BIN)/python -m aacpy.experiments.workflow --jobs "$(JOBS)" --profile "$(PROFILE)"

reproduce: $(VENV)/.reader ## run Table 1 for real, compare, and build the book of it
	@$(WORKFLOW) seeds="$(SEEDS)" $(SET)

reproduce-all: $(VENV)/.reader ## the same for every grid of the paper: Tables 1 to 3
	@$(WORKFLOW) grid=all seeds="$(SEEDS)" $(SET)

reproduce-studies: $(VENV)/.reader ## the studies beyond the paper: up to three hours
	@$(WORKFLOW) grid=studies seeds="$(SEEDS)" $(SET)

verify: $(VENV)/.reader ## repeat some published runs from nothing and compare
	@$(BIN)/python -m aacpy verify --sample $(SAMPLE) $(CELLS)

book: $(VENV)/.reader ## build the book of the published results
	@mkdir -p runs/logs
	@echo "building the book (log: runs/logs/book.log)"
	@$(BIN)/jupyter-book build book/ $(BOOK) > runs/logs/book.log 2>&1 || { tail -n 60 runs/logs/book.log; exit 1; }
	@test -f _build/html/index.html && echo "_build/html/index.html"

publish: $(VENV)/.reader ## copy fresh records over the published ones
	@$(BIN)/python -m aacpy results runs/pedestrians --publish results

bench: $(VENV)/.reader ## measure speed, memory and growth, about 25 minutes; GPU=1: on a GPU
	@env -u OMP_NUM_THREADS -u MKL_NUM_THREADS -u NUMBA_NUM_THREADS $(BIN)/python -m \
	  $(if $(GPU),benchmarks.gpu,benchmarks $(if $(STAGES),--stages $(STAGES))) $(BENCH)

clean: ## remove built books and caches; runs, data and the environment stay
	rm -rf _build runs/book .pytest_cache .mypy_cache .ruff_cache .hypothesis .snakemake
	find aacpy tests -name __pycache__ -type d -prune -exec rm -rf {} +
