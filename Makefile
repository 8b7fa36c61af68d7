# Everything here needs Python 3.11 or newer and make; no JDK, no other tool.
# Each target makes its own virtual environment inside the checkout.

PYTHON ?= python3
VENV ?= .venv
DEMO_VENV ?= .venv-demo
DATA ?= data/flights
OUT ?= out
TESTS ?=
WORKERS ?= 2
BENCH ?=

# uv reads other names than pip does for the same facts about the network.
empty :=
space := $(empty) $(empty)
comma := ,
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_EXTRA_INDEX_URL
export UV_INDEX ?= $(PIP_EXTRA_INDEX_URL)
endif
ifdef PIP_FIND_LINKS
export UV_FIND_LINKS ?= $(subst $(space),$(comma),$(strip $(PIP_FIND_LINKS)))
endif
ifdef PIP_CERT
export SSL_CERT_FILE ?= $(PIP_CERT)
endif
ifdef PIP_DEFAULT_TIMEOUT
export UV_HTTP_TIMEOUT ?= $(PIP_DEFAULT_TIMEOUT)
endif
# The environments that plait makes for scripts share uv's own cache of downloads.
export UV_CACHE_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/uv

# (the folder `data` exists too)
.PHONY: help demo data test test-clusters lint format bench bench-exchange verify-benchmarks clean
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help:  ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

demo: $(DEMO_VENV)/.stamp $(DATA)/.stamp  ## train on 336,776 flights and predict; again for version 2
	$(DEMO_VENV)/bin/plait run examples/flights.mlsql --var data=$(DATA) --var out=$(OUT)

data: $(DATA)/.stamp  ## only write the csv files of the demo

test: $(VENV)/.stamp  ## all tests, on real engines (TESTS=tests/plan for some of them)
	$(VENV)/bin/python -m pytest -n $(WORKERS) --dist loadfile \
	  --no-loadscope-reorder $(TESTS)

test-clusters: $(VENV)/.stamp  ## also on YARN, HDFS and Hive, which are downloaded (70 MB) and started here
	$(VENV)/bin/python -m pytest tests/clusters

lint: $(VENV)/.stamp  ## ruff, mypy --strict, import-linter
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: $(VENV)/.stamp  ## put the sources into ruff's form
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(VENV)/.stamp  ## measure, print one table, keep it in docs/benchmarks.md
	$(VENV)/bin/python -m benchmarks --data $(DATA) $(BENCH)

bench-exchange: $(VENV)/.stamp  ## measure tables between the engines, keep it there too (25 minutes)
	$(VENV)/bin/python -m benchmarks.exchange $(BENCH)

verify-benchmarks: $(VENV)/bin/tpcgen-cli  ## TPC-H, TPC-DS, ClickBench and everyday queries on both engines
	$(VENV)/bin/python -m benchmarks.answers $(BENCH)

clean:  ## remove environments, data, models and caches of this checkout
	rm -rf .venv .venv-* data out plait-lake build dist .pytest_cache .mypy_cache .ruff_cache
	rm -rf .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The demo's environment holds the small Spark client, the test's the whole of Spark: the two
# share files and must never be installed together.
$(DEMO_VENV)/.stamp: EXTRAS := embedded,examples
$(VENV)/.stamp: EXTRAS := spark,dev

$(DEMO_VENV)/.stamp $(VENV)/.stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "plait needs Python 3.11 or newer; say which: make PYTHON=python3.12"; exit 1; }
	@echo "--- $(@D): plait[$(EXTRAS)]"
	test -x $(@D)/bin/uv || \
	  { $(PYTHON) -m venv $(@D) && $(@D)/bin/python -m pip install --quiet uv; }
	$(@D)/bin/uv pip install --quiet --python $(@D)/bin/python --compile-bytecode \
	  -e '.[$(EXTRAS)]'
	@touch $@

# The generator of TPC's data is needed by `make verify-benchmarks` alone.
$(VENV)/bin/tpcgen-cli: | $(VENV)/.stamp
	$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python -e '.[spark,dev,benchmarks]'

$(DATA)/.stamp: examples/prepare_flights.py | $(DEMO_VENV)/.stamp
	$(DEMO_VENV)/bin/python examples/prepare_flights.py $(DATA)
	@touch $@
