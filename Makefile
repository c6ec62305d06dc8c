# The project's commands. `make` alone prints them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
STAGE ?= dev

.DEFAULT_GOAL := help
.PHONY: help install demo local apply test test-interleavings test-damage test-memory test-faults test-rights test-api test-engine test-terminals test-containers bench bench-load bench-api bench-cold conformance models bench-labels bench-rekognition lint format lock preflight signing-key preview up outputs destroy clean

help: ## Print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 20

install: $(INSTALLED) ## Make .venv and install the pinned dependencies

# What `pulumi up` needs, what development and the local stack need, and what the Rekognition stand-in
# needs. uv comes first, at the version that its lock names; the locks then decide everything by hash.
LOCKS := requirements.txt requirements-dev.txt local/rekognition/requirements.txt
$(INSTALLED): $(LOCKS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python must be 3.11 or newer, got %d.%d" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep -oE '^uv==[0-9.]+' requirements-dev.txt)"
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode $(LOCKS)
	@touch $@

demo: $(INSTALLED) ## Upload pictures on this machine and watch them (PICTURES=folder ONCE=1 MODELS=0 CONTAINERS=1)
	@$(if $(filter 1,$(CONTAINERS)),base=$$($(BIN)/python -m proofs.docker) && BASE_IMAGE=$$base) $(BIN)/python -m local demo --stage $(STAGE) \
		$(if $(PICTURES),--pictures "$(PICTURES)") \
		$(if $(filter 1,$(ONCE)),--once) \
		$(if $(filter 0,$(MODELS)),--no-models) \
		$(if $(filter 1,$(CONTAINERS)),--containers)

local: $(INSTALLED) ## Deploy on this machine and stay up
	@$(BIN)/python -m local up --stage $(STAGE)

apply: $(INSTALLED) ## Bring the running `make local` up to changed code and settings, its pictures kept
	@$(BIN)/python -m local apply

test: $(INSTALLED) ## Run every test
	@$(BIN)/python -m pytest --numprocesses 2

test-interleavings: $(INSTALLED) ## Drive the functions through RUNS random interleavings (100000)
	@$(BIN)/python -m proofs.interleavings $(or $(RUNS),100000)

test-damage: $(INSTALLED) ## Read RUNS damaged variants of each kind of picture (2000)
	@FUZZ_EXAMPLES=$(or $(RUNS),2000) $(BIN)/python -m pytest -q tests/containers/pictures/test_damage.py

test-memory: $(INSTALLED) ## Measure the memory of every decoder's path against the limits
	@$(BIN)/python -m pytest -q -m memory --numprocesses 2 tests/containers/pictures/test_memory.py

bench: $(INSTALLED) ## Race the renditions against sharp, libvips and Pillow (QUICK=1)
	@$(BIN)/python -m bench.renditions $(if $(filter 1,$(QUICK)),--quick --output .darkroom/benchmarks)

conformance: $(INSTALLED) ## Read every kind of picture beside Pillow and sharp (ALONE=1)
	@$(BIN)/python -m bench.conformance $(if $(filter 1,$(ALONE)),--alone)

test-faults: $(INSTALLED) ## Fail every AWS call and kill every function on the local stack (SMALL=1)
	@$(BIN)/python -m proofs.faults $(if $(filter 1,$(SMALL)),--small)

test-rights: $(INSTALLED) ## Take each right of each function away in turn (SMALL=1)
	@$(BIN)/python -m proofs.rights $(if $(filter 1,$(SMALL)),--small)

test-api: $(INSTALLED) ## Attack the API of a local stack with whatever its description allows (SMALL=1)
	@$(BIN)/python -m proofs.api $(if $(filter 1,$(SMALL)),--small)

test-terminals: $(INSTALLED) ## Run each command under hostile terminals, arguments, variables and signals
	@$(BIN)/python -m pytest -q -m terminals --numprocesses 2 tests/end_to_end $(if $(filter 1,$(SMALL)),-k "variable or argument or import")

test-engine: $(INSTALLED) ## Run the program under the real Pulumi engine; builds a CLI where there is none (PARTS=dev)
	@$(BIN)/python -m proofs.engine $(PARTS)

test-containers: $(INSTALLED) ## Build, open and run the images; installs a Docker engine where there is none
	@$(BIN)/python -m pytest -m docker --capture=no tests/images

bench-load: $(INSTALLED) ## Upload 5,000 pictures at once into the local stack and audit them (COUNT=200)
	@$(BIN)/python -m proofs.load $(if $(COUNT),--count $(COUNT))

bench-api: $(INSTALLED) ## Measure the API of a local stack: times, reads, cold start
	@$(BIN)/python -m bench.api

bench-cold: $(INSTALLED) ## Measure the size and cold start of the images
	@$(BIN)/python -m bench.cold

models: $(INSTALLED) ## Fetch and prepare the local Rekognition's models ahead of time
	@$(BIN)/python -m local.rekognition.models

bench-labels: $(INSTALLED) ## Measure how right the local Rekognition's labels are
	@$(BIN)/python -m bench.labels

bench-rekognition: $(INSTALLED) ## Measure how fast the local Rekognition is
	@$(BIN)/python -m bench.rekognition_speed

lint: $(INSTALLED) ## Check format, style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy .
	@PYTHONPATH=.:containers $(BIN)/lint-imports --no-cache

format: $(INSTALLED) ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
lock: $(INSTALLED) ## Compile the pinned dependencies, with hashes, from pyproject.toml
	@$(COMPILE) pyproject.toml --output-file requirements.txt
	@$(COMPILE) --all-extras --constraints requirements.txt pyproject.toml --output-file requirements-dev.txt
	@$(COMPILE) --constraints requirements-dev.txt local/rekognition/requirements.in --output-file local/rekognition/requirements.txt
	@for lock in $(basename $(wildcard containers/*/requirements.in containers/*.in)); do \
		$(COMPILE) --python-version 3.13 --constraints requirements-dev.txt --constraints local/rekognition/requirements.txt $$lock.in --output-file $$lock.txt || exit 1; \
	done
	@for lock in $(basename $(wildcard proofs/docker/*.in)); do \
		$(COMPILE) --python-version 3.13 --no-deps $$lock.in --output-file $$lock.txt || exit 1; \
	done

preflight: $(INSTALLED) ## Check the account, quotas, credentials and Docker for a stage (STAGE=dev)
	@$(BIN)/python -m ops.preflight check $(STAGE)

signing-key: $(INSTALLED) ## Make the keys of a stage whose delivery is signed (STAGE=dev)
	@$(BIN)/python -m ops.signing_key $(STAGE)

preview: pulumi credentials ## Show what `make up` would change on AWS (STAGE=dev)
	@$(WITH_DOCKER) pulumi preview --stack $(STAGE)

up: pulumi credentials ## Deploy to AWS (STAGE=dev)
	@$(WITH_DOCKER) pulumi up --stack $(STAGE)

outputs: pulumi ## Print the stack's outputs as JSON (STAGE=dev)
	@pulumi stack output --json --stack $(STAGE)

destroy: destroyable pulumi credentials ## Delete everything of a stage from AWS (STAGE=dev)
	@$(WITH_DOCKER) pulumi destroy --stack $(STAGE)

# Pulumi's Docker provider knows no contexts, only DOCKER_HOST and the usual sockets.
WITH_DOCKER = DOCKER_HOST="$$($(BIN)/python -m ops.preflight docker)" && export DOCKER_HOST &&

# What the targets above need; each prints one line if it is missing. A stack that does not exist yet
# is created, under a name that leaves room for those of its resources.
.PHONY: pulumi credentials destroyable
pulumi: $(INSTALLED)
	@command -v pulumi >/dev/null || { echo "the Pulumi CLI is missing: see https://www.pulumi.com/docs/install/"; exit 1; }
	@pulumi stack select $(STAGE) >/dev/null 2>&1 || { $(BIN)/python -m ops.preflight new $(STAGE) && \
		{ reason="$$(pulumi stack select --create $(STAGE) 2>&1 >/dev/null)" || \
			{ echo "stack $(STAGE) cannot be selected: $$reason"; exit 1; }; }; }
credentials: $(INSTALLED)
	@$(BIN)/python -m ops.preflight credentials $(STAGE)
destroyable: $(INSTALLED)
	@$(BIN)/python -m ops.preflight destroyable $(STAGE)

clean: ## Remove the virtual environment, caches and the local stack's files
	@rm -rf $(VENV) .darkroom .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
