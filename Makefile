# Everything runs in .venv/ of this folder, which is built when it is missing or out of date. `make help` lists the targets:
# it prints the text after `##` of each.

PYTHON  ?= python3
JOURNAL ?= data/samples/journal
REPORT  ?= output/journal.html
DATA    ?= ../shared/data
BIN     := .venv/bin
CLIENT  := tests/client/requirements

.DEFAULT_GOAL := help
.PHONY: help tag serve test lint check train evaluate benchmark card measured candidates wheel bench bench-serve openapi lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

# A separate environment for the client generator and the generated client, as an app would have it.
.venv/client/ready: .venv/ready $(CLIENT).lock
	$(PYTHON) -m venv .venv/client
	.venv/client/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $(CLIENT).lock
	@touch $@

tag: .venv/ready ## Tag the sample journal; JOURNAL=folder for your own
	@mkdir -p $(dir $(REPORT))
	$(BIN)/thoughtmark tag "$(JOURNAL)" --out "$(REPORT)" || test $$? -eq 3  # 3: the report lacks files that it names

serve: .venv/ready ## Serve the prediction endpoint on this machine; ARGS="--port 8001" and the like
	@exec $(BIN)/thoughtmark serve $(ARGS)

check: .venv/ready ## Check the corpus, also against the public sets in DATA=folder
	$(BIN)/thoughtmark corpus check $(addprefix --apart-from ,$(wildcard $(DATA)/*.csv $(DATA)/*.jsonl))

train: .venv/ready ## Train the models of the package again on the texts of real posts in DATA=folder (minutes)
	@test -d "$(DATA)" || { echo "The project has no texts of real posts, only their labels. Name the folder that has them:"; \
	  echo "make train DATA=folder (data/samples/README.md says where the texts are from)"; exit 1; }
	$(BIN)/thoughtmark train-default "$(DATA)"

measured: .venv/ready ## Measure the models of the package on the locked test in DATA=folder (rarely: each look wears it out)
	$(BIN)/thoughtmark measure-default "$(DATA)"

test: .venv/ready-dev .venv/client/ready ## Run all tests
	$(BIN)/pytest $(ARGS)

lint: .venv/ready-dev ## Run ruff, mypy and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

evaluate: .venv/ready ## Measure by cross-validation; FILE=annotated.jsonl for a file
	$(BIN)/thoughtmark evaluate $(FILE)

benchmark: .venv/ready ## Measure on the public sets in DATA=folder, with baseline and published figures
	@mkdir -p output
	$(BIN)/thoughtmark benchmark "$(DATA)" --out output/benchmark.json --plot output/benchmark.png

card: .venv/ready ## Write docs/records/model-card.md from the figures in the models
	$(BIN)/thoughtmark card

candidates: .venv/ready-dev ## Compare models and features and write docs/records/candidates.md (long)
	@mkdir -p output
	$(BIN)/python benchmarks/candidates.py "$(DATA)" > output/candidates.md && mv output/candidates.md docs/records/candidates.md

openapi: .venv/ready ## Write docs/reference/openapi.json again
	$(BIN)/python -c 'import json; from serve.app import create_app; from serve.settings import Settings; \
	  print(json.dumps(create_app(Settings()).openapi(), indent=1))' > docs/reference/openapi.json

bench: .venv/ready-dev ## Measure rates, memory and cold start on the posts of DATA (ten minutes)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	$(BIN)/python benchmarks/throughput.py $(DATA) $(ARGS)

bench-serve: .venv/ready ## Measure the endpoint under load, with wrk
	$(BIN)/python benchmarks/serve.py $(ARGS)

wheel: .venv/ready-dev ## Build dist/*.whl and try it offline, in an empty environment and folder
	rm -rf dist && $(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	sh benchmarks/try_wheel.sh dist/*.whl

lock: .venv/ready-dev ## Write the lock files again
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --strip-extras \
	  --extra build --extra report --extra serve --extra train -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --strip-extras \
	  --extra build --extra dask --extra dev --extra parquet --extra report --extra serve --extra train -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --strip-extras \
	  -o $(CLIENT).lock $(CLIENT).in
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --strip-extras \
	  -o benchmarks/requirements.lock benchmarks/requirements.in

clean: ## Remove everything that was built
	rm -rf .venv dist output .mypy_cache .ruff_cache .hypothesis .import_linter_cache
