# Everything runs in .venv/ of this folder, which is built when it is missing or out of date.
#   make tag            tag the sample journal; JOURNAL=folder for your own
#   make serve          answer an app over HTTP, on this machine; ARGS="--port 8001" and the like
#   make test           run all tests
#   make lint           ruff, mypy, import-linter
#   make help           the other targets

PYTHON  ?= python3
JOURNAL ?= data/samples/journal
REPORT  ?= output/journal.html
DATA    ?= ../shared/data
BIN     := .venv/bin
MODEL   := .venv/share/thoughtmark/default.thoughtmark
CLIENT  := tests/client/requirements
CORPUS  := $(wildcard data/samples/corpus/*.jsonl)

# The code and the tables that decide what the default model becomes. RECIPE is their content without comments and
# docstrings: it is written again only if that changes, so that other edits do not train the model again.
SOURCES := $(wildcard classifier/model/*.py classifier/preprocess/*.py training/*.py training/corpus/*.py) \
           $(wildcard training/measure/*.py) classifier/preprocess/lexicon.toml classifier/taxonomy.toml
RECIPE  := .venv/share/thoughtmark/recipe

define PRINT_RECIPE
import ast, sys, tomllib

class Code(ast.NodeTransformer):
    def visit_Expr(self, node):
        return None if isinstance(node.value, ast.Constant) else node

for name in sys.argv[1:]:
    content = open(name, encoding="utf-8").read()
    print(tomllib.loads(content) if name.endswith(".toml") else ast.dump(Code().visit(ast.parse(content))))
endef
export PRINT_RECIPE

.DEFAULT_GOAL := help
.PHONY: help tag serve openapi bench bench-serve test lint check train evaluate benchmark card measured candidates wheel lock clean

help:
	@sed -n 's/^#   //p' Makefile
	@echo "make check          check the corpus, also against the public sets in DATA=folder, where they are"
	@echo "make train          train the default model again"
	@echo "make evaluate       measure by cross-validation; FILE=annotated.jsonl for a file"
	@echo "make benchmark      measure on public sets beside floor, baseline and published figures; DATA=folder"
	@echo "make card           measure from all sides, and write docs/model-card.md (ten minutes); DATA=folder"
	@echo "make measured       measure on FILE, and keep the figures for the README and the reports"
	@echo "make candidates     compare models and features, and write docs/candidates.md (long)"
	@echo "make wheel          build dist/*.whl and try it offline, in an empty environment and folder"
	@echo "make bench          measure rates, memory and cold start on the posts of DATA (ten minutes)"
	@echo "make bench-serve    measure the endpoint under load, with wrk"
	@echo "make openapi        write docs/openapi.json again"
	@echo "make lock           write the lock files again"
	@echo "make clean          remove everything that was built"

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "thoughtmark needs Python 3.11 or later; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# An environment of its own, as an app has it, for the generator of clients and the client that it makes.
.venv/client/ready: .venv/ready $(CLIENT).lock
	$(PYTHON) -m venv .venv/client
	.venv/client/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $(CLIENT).lock
	@touch $@

$(RECIPE): .venv/ready $(SOURCES)
	@mkdir -p $(@D)
	@$(BIN)/python -c "$$PRINT_RECIPE" $(SOURCES) > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(MODEL): .venv/ready $(RECIPE) $(CORPUS)
	$(BIN)/thoughtmark train

tag: $(MODEL)
	@mkdir -p $(dir $(REPORT))
	$(BIN)/thoughtmark tag "$(JOURNAL)"
	@$(BIN)/thoughtmark tag "$(JOURNAL)" --out "$(REPORT)"

serve: $(MODEL)
	@exec $(BIN)/thoughtmark serve $(ARGS)

check: .venv/ready
	$(BIN)/thoughtmark corpus check $(addprefix --apart-from ,$(wildcard $(DATA)/*.csv $(DATA)/*.jsonl))

train: .venv/ready
	$(BIN)/thoughtmark train

test: .venv/ready-dev .venv/client/ready $(MODEL)
	$(BIN)/pytest $(ARGS)

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

evaluate: $(MODEL)
	$(BIN)/thoughtmark evaluate $(FILE)

benchmark: $(MODEL)
	@mkdir -p output
	$(BIN)/thoughtmark benchmark "$(DATA)" --out output/benchmark.json --plot output/benchmark.png

card: $(MODEL)
	$(BIN)/thoughtmark card "$(DATA)"

measured: $(MODEL)
	$(BIN)/thoughtmark evaluate $(FILE) --format json > output/measured.json
	mv output/measured.json data/samples/measured.json
	$(BIN)/thoughtmark train

candidates: $(MODEL)
	$(BIN)/python benchmarks/candidates.py $(FILE) > docs/candidates.md

openapi: .venv/ready
	$(BIN)/python -c 'import json; from serve.app import create_app; from serve.settings import Settings; \
	  print(json.dumps(create_app(Settings()).openapi(), indent=1))' > docs/openapi.json

bench: .venv/ready-dev $(MODEL)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	$(BIN)/python benchmarks/throughput.py $(DATA) $(ARGS)

bench-serve: $(MODEL)
	$(BIN)/python benchmarks/serve.py $(ARGS)

wheel: .venv/ready-dev
	rm -rf dist && $(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	sh benchmarks/try_wheel.sh dist/*.whl

lock: .venv/ready-dev
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --strip-extras \
	  --extra build -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --strip-extras \
	  --extra build --extra dask --extra dev --extra parquet -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --strip-extras \
	  -o $(CLIENT).lock $(CLIENT).in
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --strip-extras \
	  -o benchmarks/requirements.lock benchmarks/requirements.in

clean:
	rm -rf .venv dist output .mypy_cache .ruff_cache .hypothesis .import_linter_cache
