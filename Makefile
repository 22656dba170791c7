# Everything happens in .venvs/<version of Python>, set up on first use and again when pyproject.toml
# changes. Another Python is one word away: `make test PYTHON=python3.12`.

PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
	done)
PYTHON := $(PYTHON)
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)

# Old pips know nothing of dependency groups; pinned for the reason that the gates' tools are.
PIP := pip==26.3

VENV := .venvs/$(VERSION)
BIN := $(VENV)/bin
# The wheel is tried here, where nothing but it, its dependencies and the test runner is installed,
# in a copy of the suite, out of reach of the source tree.
WHEEL_VENV := $(VENV)-wheel
IN_A_COPY = copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && \
	tar -cf - --exclude=__pycache__ $(SUITE) | tar -xf - -C "$$copy" && \
	cd "$$copy" && python="$(CURDIR)/$(WHEEL_VENV)/bin/python" && \
	"$$python" -c 'import remit, remit_grammar, sys; \
	sys.exit(not all(m.__file__.startswith(sys.prefix) for m in (remit, remit_grammar)))'
# And here, beside remit, the engines that it is measured against.
BENCH := $(VENV)-bench
INSTALL := $(BIN)/python -m pip install --quiet
# What the suite reads: it runs from a copy of these when it is run against the wheel.
SUITE := pyproject.toml $(wildcard tests policies benchmarks README.md CHANGELOG.md grammar/*.md \
	$(addprefix grammar/vscode/,*.json .vscodeignore snippets src syntaxes) .pre-commit-hooks.yaml)
# As many processes as there are cores, up to four; one that has nothing left takes tests from another's list.
PYTEST := -m pytest --numprocesses=auto --maxprocesses=4 --dist=worksteal
# mypy refuses a folder that is not there.
TYPED := $(wildcard engine grammar/remit_grammar policies tests benchmarks)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Its wrapper would look up whether a newer pyright exists.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
# Neither may a caller's settings make the source tree importable where the wheel is tried.
unexport PYTHONPATH PYTHONHOME

.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo demo-service test bench bench-quick bench-diff bench-scale coverage volume quick lint vsix format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.installed ## decide some requests about documents, and show why
	$(BIN)/python -m remit.tools.demo policies/documents

demo-service: $(VENV)/.served ## a documents API with a test issuer and a page that explains its answers; Ctrl-C ends it
	$(BIN)/python -m policies.documents.service

bench: $(BENCH)/.installed ## remit, the same by hand, and other engines: ten minutes; writes benchmarks/results.md
	$(BENCH)/bin/python -m benchmarks.campaign

bench-quick: $(BENCH)/.installed ## remit, the same by hand, and one other engine: a minute
	$(BENCH)/bin/python -m benchmarks.campaign --quick

bench-diff: $(BENCH)/.installed ## this tree against another revision: make bench-diff BASE=main~1
	@test -n "$(BASE)" || { echo "against what? make bench-diff BASE=revision" >&2; exit 1; }
	$(BENCH)/bin/python -m benchmarks.changes $(BASE)

bench-scale: $(BENCH)/.installed ## a million users: what is worth remembering; writes benchmarks/scale.md
	$(BENCH)/bin/python -m benchmarks.scale

test: lint coverage volume ## all gates, and the whole suite against the built wheel

quick: $(VENV)/.developer ## the inner loop: the suite without its volume, up to the first failure
	$(BIN)/python $(PYTEST) -m "not volume" -x -q

lint: $(VENV)/.developer ## style, types and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(TYPED)
	$(BIN)/pyright --warnings --pythonpath $(BIN)/python
	$(BIN)/lint-imports --no-logo

coverage: $(WHEEL_VENV)/.tried ## the suite without its volume, against the wheel, with every branch taken
	$(IN_A_COPY) && "$$python" -m coverage run $(PYTEST) -m "not volume" && \
	"$$python" -m coverage combine --quiet && "$$python" -m coverage report

volume: $(WHEEL_VENV)/.tried ## the rest of it, likewise: cases by the thousand, text by the megabyte
	$(IN_A_COPY) && "$$python" $(PYTEST) -m volume

vsix: ## the extension for Visual Studio Code, in grammar/vscode/remit.vsix; needs Node.js and npm
	cd grammar/vscode && npm ci --no-audit --no-fund && npm run package

format: $(VENV)/.developer ## lay out the code, and mend what ruff can mend
	$(BIN)/ruff check --fix-only --exit-zero
	$(BIN)/ruff format

clean: ## remove all that this file made
	rm -rf .venv .venvs dist grammar/vscode/node_modules grammar/vscode/dist .coverage .coverage.* .hypothesis
	rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find engine grammar policies tests benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# remit with its command line: what a user has.
$(VENV)/.installed: pyproject.toml
	@test -n "$(VERSION)" || { echo "no Python to run ($(PYTHON)): name one, as in make PYTHON=python3.12" >&2; exit 1; }
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(INSTALL) --upgrade '$(PIP)'
	$(INSTALL) --editable '.[cli]'
	@# For editors, and for people who type .venv/bin/remit; nothing here depends on it.
	if [ -L .venv ] || [ ! -e .venv ]; then ln -sfn $(VENV) .venv; fi
	touch $@

# Other engines are installed one by one; without one of them, its row is left out.
$(BENCH)/.installed: pyproject.toml benchmarks/engines/__init__.py $(VENV)/.installed
	$(PYTHON) -m venv --without-pip --clear $(BENCH)
	$(BIN)/python -m pip --python $(BENCH) install --quiet '$(PIP)'
	$(BENCH)/bin/python -m pip install --quiet --editable '.[jwt,fastapi]'
	$(BENCH)/bin/python -m benchmarks.install
	touch $@

# What is built is tried anew whenever anything that goes into it has changed.
$(WHEEL_VENV)/.tried: $(VENV)/.developer $(shell find engine grammar -name '*.py' -o -name '*.lark' 2>/dev/null)
	rm -rf dist $(WHEEL_VENV)
	$(BIN)/python -m build --quiet
	$(PYTHON) -m venv --without-pip $(WHEEL_VENV)
	$(BIN)/python -m pip --python $(WHEEL_VENV) install --quiet --group test "$$(echo ./dist/*.whl)[cli,jwt,lsp]"
	touch $@

# And what the example service runs on.
$(VENV)/.served: $(VENV)/.installed
	$(INSTALL) --editable '.[cli,jwt]' --group service
	touch $@

# And the tools that the gates need.
$(VENV)/.developer: $(VENV)/.installed
	$(INSTALL) --editable '.[cli,jwt,lsp]' --group dev
	touch $@
