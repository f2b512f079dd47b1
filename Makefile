# Every target makes its own virtual environment and installs what it needs.
PYTHON ?= python3
BIN := .venv/bin
# Two processes of one thread each are faster than two that share two.
ONE_THREAD := TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 OMP_NUM_THREADS=1

.PHONY: demo test figures clean

demo: .venv/installed
	$(BIN)/zoo demo

test: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(ONE_THREAD) $(BIN)/pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder

figures: .venv/installed-dev
	$(BIN)/python docs/figures.py

clean:
	rm -rf .venv

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable '.[tensorflow]'
	touch $@

.venv/installed-dev: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@ .venv/installed
