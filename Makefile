# Each command sets .venv up when it has to, and finds it ready the next time: requirements.lock holds what the study
# needs, requirements-test.lock what the tests need besides, requirements-site.lock what the website needs besides.

PYTHON ?= python3
MAILBOX =
ARGS =
export MAILBOX

VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
RUN := $(BIN)/python
COMPILE := build/lock/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links
LAB_SETTINGS := $(VENV)/share/jupyter/lab/settings

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help study lab site test lint bench fuzz kills lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

study: $(VENV)/ready  ## run the whole study; MAILBOX=path runs it on that mailbox, into data/private/
	@$(BIN)/pixelstudy study $${MAILBOX:+--mailbox "$$MAILBOX"} $(ARGS)

lab: $(VENV)/ready  ## open the notebooks in JupyterLab, which then asks nothing of the network
	@$(BIN)/pixelstudy lab $(ARGS)

site: $(VENV)/sited  ## make the study's website in build/site, which any web server can serve and a browser can open
	$(RUN) website/build.py

test: lint  ## check style and types, then run the tests; ARGS='-k mbox' picks some
	$(RUN) -m pytest $(ARGS)

lint: $(VENV)/tested  ## check style and types alone
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy

bench: $(VENV)/tested  ## measure speed and memory; ARGS='--sizes 0.4 2 8' reads so many gigabytes too
	$(RUN) -m benchmarks $(ARGS)

fuzz: $(VENV)/tested  ## fuzz the path from bytes to rows; ARGS='--seconds 60' says how long
	@$(RUN) -c 'import atheris' 2>/dev/null || $(RUN) -m pip install --quiet --no-deps --only-binary :all: 'atheris>=3,<4' || true
	$(RUN) tests/fuzz.py $(ARGS)

kills: $(VENV)/tested  ## kill an extraction of 1 GB at random moments and compare its tables; ARGS='--megabytes 100' less
	$(RUN) -m benchmarks.kills $(ARGS)

lock:  ## bring the locks up to pyproject.toml; ARGS=--upgrade takes newer versions
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet 'uv>=0.8'
	$(COMPILE) --output-file requirements.lock $(ARGS)
	$(COMPILE) --output-file requirements-test.lock --extra test --constraint requirements.lock $(ARGS)
	$(COMPILE) --output-file requirements-site.lock --extra site --constraint requirements-test.lock $(ARGS)

clean:  ## remove .venv and caches; the data stay, private and raw ones too
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find pixelstudy tests benchmarks notebooks -name __pycache__ -prune -exec rm -rf {} +
	find notebooks -name .ipynb_checkpoints -prune -exec rm -rf {} +

# A Python without ensurepip (Debian's, without python3-venv) still makes a bare environment, and its pip fills it.
$(VENV)/locked: requirements.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("pixelstudy needs Python 3.11 or newer, and $(PYTHON) is %s: name another with make PYTHON=/path/to/python3" % sys.version.split()[0])'
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
	  $(PYTHON) -m venv --clear $(VENV); \
	else \
	  $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(RUN) install --quiet pip; \
	fi || { echo "$(PYTHON) has neither ensurepip nor pip: install one of them (Debian: apt-get install python3-venv)"; exit 1; }
	@echo 'Setting up $(VENV) from requirements.lock, once: a minute or two.'
	@$(RUN) -m pip install --quiet --require-hashes --requirement requirements.lock
	@touch $@

$(VENV)/ready: $(VENV)/locked pyproject.toml
	@$(RUN) -m pip install --quiet --no-deps --editable .
	@mkdir -p $(LAB_SETTINGS) && echo '{"@jupyterlab/apputils-extension:notification": {"checkForUpdates": false, "fetchNews": "false"}}' > $(LAB_SETTINGS)/overrides.json
	@touch $@

$(VENV)/tested: requirements-test.lock $(VENV)/ready
	@echo 'Adding what the tests need, from requirements-test.lock, once.'
	@$(RUN) -m pip install --quiet --require-hashes --requirement requirements-test.lock
	@touch $@

$(VENV)/sited: requirements-site.lock $(VENV)/ready
	@echo 'Adding what the website needs, from requirements-site.lock, once.'
	@$(RUN) -m pip install --quiet --require-hashes --requirement requirements-site.lock
	@touch $@
