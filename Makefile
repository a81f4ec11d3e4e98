# Needs a POSIX shell and Python 3.11 or newer; the rest is installed into .venv.
# A setting goes on the command line: make run PORT=8080 PYTHON=python3.13

PYTHON ?= python3
VENV ?= .venv
JOBS ?= $(shell expr $$(nproc 2>/dev/null || echo 1) + 2)
PYTEST_ARGS ?=
PINS_ARGS ?=
PROGRAMS_ARGS ?=
VENDOR_ARGS ?=

PY = $(VENV)/bin/python
UV ?= $(VENV)/bin/uv
RUNTIME = $(VENV)/.runtime-installed
DEV = $(VENV)/.dev-installed
PIP_INSTALL = $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
PYTEST = $(PY) -m pytest -q -n $(JOBS) --dist loadscope
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --custom-compile-command "make pins" $(PINS_ARGS)

.PHONY: help run demo test test-long programs lint bench pins vendor clean
.DELETE_ON_ERROR:

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile | expand -t 12

run: $(RUNTIME)  ## serve the relay on port 5001
	@exec $(PY) app.py

demo: $(RUNTIME)  ## try the relay and its pages against a simulated 1min.ai: no account, no network
	@exec $(PY) -m simulator.demo

test: $(DEV)  ## run the tests that finish in minutes; PYTEST_ARGS="-k words" chooses
	$(PYTEST) -m "not long" $(PYTEST_ARGS)

test-long: $(DEV)  ## run every test, the long ones too, and with a thread for each call
	$(PYTEST) --timeout=900 --fault-table=bench/results/faults.md $(PYTEST_ARGS)
	CARRIER=threads $(PYTEST) -m "not long" $(PYTEST_ARGS)

programs: $(DEV)  ## let published clients work through the relay as their guides say (needs npm)
	@$(PY) -m tests.programs.run $(PROGRAMS_ARGS)

lint: $(DEV)  ## check style, types and which module imports which
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

bench: $(RUNTIME)  ## measure what the relay costs
	@exec $(PY) -m bench

pins: $(DEV)  ## write requirements*.txt anew; PINS_ARGS=--upgrade takes newer versions
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt
	$(COMPILE) --no-deps requirements-embeddings.in -o requirements-embeddings.txt

vendor: $(DEV)  ## copy the pages' libraries anew from npm; VENDOR_ARGS=--accept takes what came
	$(PY) -m tests.pages.vendor $(VENDOR_ARGS)

clean:  ## remove .venv and every cache
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An interpreter that went away leaves a dangling link: the environment is then made anew.
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "The relay needs Python 3.11 or newer. Name one: make PYTHON=python3.13 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments. On Debian and Ubuntu:" \
			"apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)

$(RUNTIME): requirements.txt $(PY)
	$(PIP_INSTALL) -r requirements.txt
	@touch $@

# After the runtime, so that two targets never install into one environment at once.
$(DEV): requirements-dev.txt requirements-embeddings.txt $(RUNTIME)
	$(PIP_INSTALL) -r requirements-dev.txt
	$(PIP_INSTALL) --no-deps -r requirements-embeddings.txt
	@touch $@
