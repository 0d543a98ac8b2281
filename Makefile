# Everything that is done daily. `make` alone prints this list.
# Needs Python 3.11 or later, git and make; installs the rest, locked by hashes, into .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
LOCKED := --no-deps --require-hashes
UV_VERSION := 0.13.9
ATHERIS_VERSION := 3.0.0
# `make fuzz`: seconds for each reader, and which.
S ?= 30
TARGETS ?= $(shell $(BIN)/python -m tests.fuzz --list 2>/dev/null)
AUDIT := .venv-audit
AUDIT_VERSION := 2.10.1
# What `make test` runs: a path, or options of pytest, such as T="tests/unit/log -x".
T ?=
# Options of `make faults`, such as ARGS="--family pairs --seed 7 --trials 1"; names of pictures for `make screenshots`.
ARGS ?=
# How `make bench` measures, such as B="--quick".
B ?=

.PHONY: help setup demo test check fix schemas verifier docs-examples screenshots pdf-validate faults fuzz bench serve lock sbom audit clean
.PHONY: check-format check-lint check-types check-floors check-guards

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/.dev ## install everything that development needs (again only when something changed)
	@echo "Everything is set up in $(VENV): make test, make check, make demo."

demo: $(VENV)/.runtime ## show a whole chain in a temporary ledger: submit, report, verify, refuse
	@$(BIN)/lodestone demo

test: $(VENV)/.dev ## run the tests; T=... selects, such as T=tests/unit or T="-k merkle"
	@$(BIN)/python -m pytest $(T)

check: check-format check-lint check-types check-floors check-guards ## format, lint, types, floors, schemas, documents

check-format: $(VENV)/.dev
	$(BIN)/ruff format --check --quiet

check-lint: $(VENV)/.dev
	$(BIN)/ruff check --quiet

check-types: $(VENV)/.dev
	$(BIN)/mypy

# Without its cache, which goes by file times and can be stale.
check-floors: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache --no-logo

check-guards: $(VENV)/.dev
	$(BIN)/python -m pytest --quiet tests/guards -m "not slow"
	@echo "Dependencies: pinned, hashed, licensed as allowed, and listed in requirements/sbom.cdx.json. Known vulnerabilities were not looked up: make audit."

fix: $(VENV)/.dev ## mend format and lint where a machine can
	$(BIN)/ruff check --fix --quiet || true
	$(BIN)/ruff format

schemas: $(VENV)/.dev ## write schemas/ anew from the models
	$(BIN)/python -m ledger.bundle.schemas schemas

verifier: $(VENV)/.dev ## write what the verifier in the browser knows anew: vocabularies, rule packs, rule sets, words
	@$(BIN)/python -m ledger.bundle.browser_data api/web/static/verifier/evidence/data.js
	@$(BIN)/python -m ledger.bundle.browser_words api/web/static/verifier/words.js

docs-examples: $(VENV)/.dev ## write the examples in docs/ anew from the code
	@DOCS_EXAMPLES=write $(BIN)/python -m pytest --quiet tests/docs

pdf-validate: $(VENV)/.dev ## ask veraPDF whether our PDFs are PDF/A-3a and PDF/UA-1 (needs Java, Maven and the registry)
	@LODESTONE_REQUIRE_VERAPDF=1 $(BIN)/python -m pytest --quiet tests/documents/test_verapdf.py

screenshots: $(VENV)/.dev ## write docs/pictures/pages/ anew: pages of the demo ledger, in Chromium; ARGS="report verify"
	@$(BIN)/python -m tests.web.screenshots $(ARGS)

faults: $(VENV)/.dev ## stop, starve and cut off a ledger in every way that we know; ARGS="--family power" selects
	@$(BIN)/python -m tests.faults $(ARGS)

bench: $(VENV)/.runtime ## measure everything beside its limits; B="--quick", "--full --keep FOLDER", "--only submit."
	@$(BIN)/lodestone bench $(B)

serve: $(VENV)/.runtime ## run the service on this machine
	@$(BIN)/lodestone serve

# With atheris, where there is a wheel of it for this Python, guided by the code that is reached; else by chance.
# The target `service` is the running service, asked by schemathesis.
fuzz: $(VENV)/.dev ## change good input until a reader or the service breaks; S=60 seconds for each, TARGETS="note policy" some only
	@$(PIP) --no-deps atheris==$(ATHERIS_VERSION) 2>/dev/null || echo "No atheris for this Python: by chance only."
	@for target in $(TARGETS); do $(BIN)/python -m tests.fuzz --target $$target --seconds $(S); done

sbom: $(VENV)/.dev ## write requirements/sbom.cdx.json anew: what is inside, in CycloneDX
	@$(BIN)/python -m tests.supply

# Asks a service that not every machine reaches. Without an answer for each package it fails: nothing was audited then.
audit: $(AUDIT)/bin/pip-audit ## look all locked packages up among known vulnerabilities (needs the network)
	@for lock in runtime build dev; do \
	    echo "Auditing requirements/$$lock.txt."; \
	    $(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements/$$lock.txt \
	        || { echo "The audit of requirements/$$lock.txt found something, or got no answer: see above." >&2; exit 1; }; \
	done

lock: $(BIN)/uv ## choose exact versions anew within pyproject.toml, with hashes (needs the registry)
	@compile="$(BIN)/uv pip compile --upgrade --universal --generate-hashes --no-emit-index-url --python-version 3.11 --quiet"; \
	export UV_CUSTOM_COMPILE_COMMAND="make lock"; \
	$$compile pyproject.toml -o requirements/runtime.txt; \
	$$compile --group build -c requirements/runtime.txt -o requirements/build.txt; \
	$$compile pyproject.toml --group dev -c requirements/runtime.txt -c requirements/build.txt -o requirements/dev.txt
	@echo "Locked: $$(grep -c '^[a-z]' requirements/runtime.txt) packages to run, $$(grep -c '^[a-z]' requirements/dev.txt) to develop."

clean: ## remove .venv, caches and what was built
	rm -rf $(VENV) $(AUDIT) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis .import_linter_cache .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- the environment: made once, and again when the lock or pyproject.toml changes

$(BIN)/python:
	@for candidate in python3 python3.13 python3.12 python3.11 python3.14; do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	    echo "Lodestone needs Python 3.11 or later, and there is none here (python3 is $$(python3 --version 2>&1 || true))." >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$found has no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$found" --version)."; \
	"$$found" -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null # after an interrupted start
	@echo "Installing $$(cat requirements/runtime.txt requirements/build.txt | grep -c '^[a-z]') locked packages to run Lodestone."
	@$(PIP) $(LOCKED) -r requirements/runtime.txt
	@$(PIP) $(LOCKED) -r requirements/build.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo "Installing $$(grep -c '^[a-z]' requirements/dev.txt) locked packages to develop it (those above included)."
	@$(PIP) $(LOCKED) -r requirements/dev.txt
	@touch $@

$(AUDIT)/bin/pip-audit: | $(BIN)/python
	@$(BIN)/python -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip --disable-pip-version-check --no-input install --quiet pip-audit==$(AUDIT_VERSION)

$(BIN)/uv: | $(BIN)/python
	@$(PIP) uv==$(UV_VERSION)
