# The front door. `make run` and `make test` need Python 3.11 or newer, and a package index; nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := $(VENV)/peers

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
# PyTorch and what only its build with CUDA needs: a file of their own, since a package index may offer either build.
TORCH := ^(torch==|nvidia-|cuda-|triton)
# PyTorch's build without CUDA for CPython 3.11 on x86-64 Linux; its other builds' hashes come from the index.
TORCH_CPU := 6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b

INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps

.PHONY: run test lint bench eval peers lock clean

run: $(VENV)/.run  ## Take in the sample documents and serve them, with the chat page, on http://127.0.0.1:8000/
	$(BIN)/qa-service serve --ingest seeds/documents

test: lint  ## Everything a release needs: lint, types, tests with the real model and a real browser, coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist loadfile
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lint: $(VENV)/.test  ## Style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.test  ## How fast it is and how much memory it takes, on this machine
	$(BIN)/python -m eval.bench

eval: $(VENV)/.test  ## How well it answers the questions about the sample documents
	$(BIN)/qa-service eval

peers: $(VENV)/.test $(PEERS)/.installed  ## How good and how fast it is beside LangChain, Haystack, txtai and LlamaIndex
	$(BIN)/python -m eval.peers

lock: $(VENV)/.test  ## Write the constraints files anew, with hashes; versions stay where they fit (UPGRADE=--upgrade: the newest)
	cat constraints.txt constraints-torch.txt | grep -v $(TORCH_CPU) > $(VENV)/run.txt
	cat $(VENV)/run.txt constraints-dev.txt > $(VENV)/dev.txt
	$(COMPILE) $(UPGRADE) --group pyproject.toml:build pyproject.toml --output-file $(VENV)/run.txt
	$(COMPILE) $(UPGRADE) --group pyproject.toml:build --group pyproject.toml:dev pyproject.toml \
		--constraints $(VENV)/run.txt --output-file $(VENV)/dev.txt
	awk '/^[^ ]/ {torch = /$(TORCH)/} {print > (torch ? "constraints-torch.txt" : "constraints.txt")}' $(VENV)/run.txt
	awk '/^[^ ]/ {torch = /$(TORCH)/} !torch {print > "constraints-dev.txt"}' $(VENV)/dev.txt
	sed -i 's/^torch==.*$$/&\n    --hash=sha256:$(TORCH_CPU) \\/' constraints-torch.txt

clean:  ## Remove the environment; the data folder and the model cache stay
	rm -rf $(VENV)

# Installed by name, version and hash only; the project itself is linked, so that edits count at once.
$(VENV)/.run: constraints.txt constraints-torch.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make run PYTHON=python3.12")'
	$(INSTALL) --require-hashes -r constraints.txt
	$(BIN)/pip download --quiet --no-deps --dest $(VENV)/torch $$(grep -o '^torch==[^ ]*' constraints-torch.txt)
	grep --quiet --fixed-strings -e "$$($(BIN)/pip hash $(VENV)/torch/*.whl | tail -n 1)" constraints-torch.txt \
		|| { echo "this build of PyTorch is not one of constraints-torch.txt"; exit 1; }
	$(INSTALL) $(VENV)/torch/*.whl && rm -r $(VENV)/torch
	if $(BIN)/python -c 'import importlib.metadata as m, sys; sys.exit("+cpu" in m.version("torch"))'; \
		then $(INSTALL) --require-hashes -r constraints-torch.txt; fi
	$(INSTALL) --no-build-isolation --editable .
	touch $@

$(VENV)/.test: $(VENV)/.run constraints-dev.txt
	$(INSTALL) --require-hashes -r constraints-dev.txt
	touch $@

# PyTorch first and by itself, so that the index's own choice of its build stays.
$(PEERS)/.installed: eval/peers/requirements.txt | $(VENV)/.run
	test -x $(PEERS)/bin/python || $(BIN)/python -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check $$(grep '^torch==' $<)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@
