# Needs Python 3.11 or later with pip, and make. Every target does its own set-up, into .venv.
#   make demo    convert the drawn example and make its report
#   make test    everything that must hold: style, types, docs, tests
#   make test-loaders    the trainers' own loaders on data that mmdata wrote
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
DEMO := demo-out
LABEL_STUDIO := .venv-label-studio

.PHONY: demo test check docs docs-check test-slow test-loaders label-studio clean

demo: $(VENV)/.core
	$(BIN)/mmdata convert coco examples/kitchen/instances.json --images examples/kitchen/images \
	    --to qwen-vl --task detect,ground,count --split train=0.75,val=0.25 -o $(DEMO)
	$(BIN)/mmdata report $(DEMO) -o $(DEMO).html
	@echo
	@echo "The training data:              $(DEMO)/train/train.json"
	@echo "Look at it, boxes drawn:        $(DEMO).html"

test: check $(LABEL_STUDIO)/.ready
	$(BIN)/python -m pytest -n $(WORKERS) -rs -m "not slow" --durations=10

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/python docs/generate.py --check

docs-check: $(VENV)/.dev
	$(BIN)/python docs/generate.py --check

docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

test-slow: $(VENV)/.dev
	MMDATA_EXAMPLES=drawn $(BIN)/python -m pytest -n $(WORKERS) -rs -m slow

# The trainers' own loaders, each in an environment of its own under .venv-loaders: tests/loaders/README.md.
# `make test-loaders LOADERS="swift trl"` runs some.
test-loaders: $(VENV)/.dev
	$(BIN)/python tests/loaders/prove.py $(LOADERS)

clean:
	rm -rf $(VENV) .venv-loaders $(LABEL_STUDIO) $(DEMO) $(DEMO).html build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# One environment, two stages: what the demo needs, then what development needs. A change of the dependencies, or of
# this file, makes them anew.
$(VENV)/.core: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mmdata needs Python 3.11 or later: make PYTHON=python3.11")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.dev: $(VENV)/.core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# The server that the tests of `annotate` talk to, whose pins of pyarrow and numpy are not ours. MMDATA_LABEL_STUDIO=DIR
# names an environment that has it already.
label-studio: $(LABEL_STUDIO)/.ready

$(LABEL_STUDIO)/.ready: tests/annotate/requirements.txt tests/annotate/constraints.txt
ifndef MMDATA_LABEL_STUDIO
	$(PYTHON) -m venv --clear $(LABEL_STUDIO)
	$(LABEL_STUDIO)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
	    -c tests/annotate/constraints.txt -r tests/annotate/requirements.txt
	touch $@
endif
