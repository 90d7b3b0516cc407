# Hourbook: `make demo` runs it, `make test` tests it. Needs Python 3.11 or newer with venv; nothing else.

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
VENV := .venv
BIN := $(VENV)/bin
# uv from PATH, else a copy of its own inside the virtual environment
UV := $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)

.PHONY: demo test browser check install clean

demo: $(VENV)/.runtime
	@$(BIN)/python manage.py demo --host $(HOST) --port $(PORT)

test: $(VENV)/.installed
	@$(BIN)/python tests/run.py

install: $(VENV)/.installed

$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Hourbook needs Python 3.11 or newer: PYTHON=/path/to/python3.11 make demo"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "This Python has no venv module. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@command -v uv >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

$(VENV)/.runtime: $(VENV)/.venv pyproject.toml uv.lock
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(UV) sync --quiet --frozen --inexact --no-dev --compile-bytecode
	@touch $@

$(VENV)/.installed: $(VENV)/.venv pyproject.toml uv.lock
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(UV) sync --quiet --frozen --inexact
	@touch $@

clean:
	rm -rf var $(VENV)
