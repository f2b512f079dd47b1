# Every target makes its own virtual environment and installs what it needs.
PYTHON ?= python3
BIN := .venv/bin
# Most modules are never imported; those that are make their byte code then, also where the
# environment has it switched off: without it each process compiles TensorFlow for 12 seconds.
export PYTHONDONTWRITEBYTECODE :=
INSTALL := $(BIN)/pip install --quiet --no-compile --editable
# Two processes of one thread each are faster than two that share two.
ONE_THREAD := TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 OMP_NUM_THREADS=1

.PHONY: demo gallery test test-slow test-hard figures api clean

demo: .venv/installed
	$(BIN)/zoo demo

gallery: .venv/installed .venv/installed-web
	$(BIN)/zoo gallery

test: .venv/installed-dev .venv/installed-web
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(ONE_THREAD) $(BIN)/pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder --durations=15 -m "not slow"

test-slow: .venv/installed-dev .venv/installed-web
	$(ONE_THREAD) $(BIN)/pytest --numprocesses=2 --dist=loadfile --durations=15 -m slow

# Kills, flips and odd inputs by the hundred and thousand, and a table of what came of them.
test-hard: .venv/installed-dev
	HARD=1 $(ONE_THREAD) $(BIN)/pytest tests/hard --numprocesses=2

figures: .venv/installed-dev .venv/installed-web
	$(BIN)/python docs/figures.py
	$(BIN)/python -m docs.screenshots

api: .venv/installed-dev
	$(BIN)/pdoc --output-directory build/api zoo zoo.layers zoo.api.runtime zoo.training zoo.inference.search

clean:
	rm -rf .venv

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	$(INSTALL) '.[tensorflow]'
	touch $@

.venv/installed-dev: pyproject.toml | .venv/bin/python
	$(INSTALL) '.[dev]'
	touch $@ .venv/installed

# ONNX Runtime Web; without npm or a network the tests of pages are skipped.
.venv/installed-web: web/pyproject.toml | .venv/bin/python
	if web/fetch.sh; then $(BIN)/pip install --quiet ./web; fi
	touch $@
