# The project's commands. `make` alone prints them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
STAGE ?= dev

.DEFAULT_GOAL := help
.PHONY: help install gallery demo local apply test test-long test-interleavings test-damage test-memory test-faults test-backfill test-addresses test-rights test-api test-operations test-engine test-terminals test-browser test-containers test-policies policies bench bench-load simulate bench-api bench-functions bench-lanes bench-page bench-cold screens conformance models bench-labels bench-rekognition bench-duplicates bench-search bench-on-demand lint format lock release sbom audit preflight signing-key preview up outputs destroy bootstrap comment stacks reap clean

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

# pulumi-policy pins an older protobuf than the program's other libraries take.
PACK := policies/.venv
POLICIES := $(PACK)/installed
policies: $(POLICIES) ## Make the environment of the policy pack
$(POLICIES): policies/requirements.txt $(INSTALLED)
	@test -x $(PACK)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(PACK)
	@$(BIN)/uv pip sync --quiet --python $(PACK)/bin/python --require-hashes --compile-bytecode $<
	@touch $@

# npm of the lock, with its Node.js for what it starts, in the page's folder.
NPM = cd gallery && PATH="$(abspath $(BIN)):$$PATH" npm --silent

# It compares digests itself, so that it runs each time and does something only after a change.
gallery: $(INSTALLED) ## Build the page, if its sources have changed
	@$(BIN)/python -m pagebuild

demo: gallery ## Upload pictures on this machine and watch them (PICTURES=folder ONCE=1 MODELS=0 CONTAINERS=1)
	@$(if $(filter 1,$(CONTAINERS)),base=$$($(BIN)/python -m proofs.docker) && BASE_IMAGE=$$base) $(BIN)/python -m local demo --stage $(STAGE) \
		$(if $(PICTURES),--pictures "$(PICTURES)") \
		$(if $(filter 1,$(ONCE)),--once) \
		$(if $(filter 0,$(MODELS)),--no-models) \
		$(if $(filter 1,$(CONTAINERS)),--containers)

local: gallery ## Deploy on this machine and stay up
	@$(BIN)/python -m local up --stage $(STAGE)

apply: gallery ## Bring the running `make local` up to changed code and settings, its pictures kept
	@$(BIN)/python -m local apply

test: gallery ## Run the everyday tests
	@$(BIN)/python -m pytest --numprocesses 3
	@$(NPM) test

test-long: $(INSTALLED) ## Run what takes longer: every command and route on the local stack, 7,000 interleavings
	@$(BIN)/python -m pytest --numprocesses 3 -m long

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

test-backfill: $(INSTALLED) ## Backfill 10,000 objects beside uploads, cancel in the middle, repeat and audit (COUNT=200)
	@$(BIN)/python -m proofs.backfill $(if $(COUNT),--count $(COUNT))

test-addresses: $(INSTALLED) ## Ask a local stack for 100,000 random addresses of pictures (COUNT=2000)
	@$(BIN)/python -m proofs.addresses $(if $(COUNT),--count $(COUNT))

test-rights: $(INSTALLED) ## Take each right of each function away in turn (SMALL=1)
	@$(BIN)/python -m proofs.rights $(if $(filter 1,$(SMALL)),--small)

test-api: $(INSTALLED) ## Attack the API of a local stack with whatever its description allows (SMALL=1)
	@$(BIN)/python -m proofs.api $(if $(filter 1,$(SMALL)),--small)

test-terminals: $(INSTALLED) ## Run each command under hostile terminals, arguments, variables and signals
	@$(BIN)/python -m pytest -q -m terminals --numprocesses 2 tests/end_to_end $(if $(filter 1,$(SMALL)),-k "variable or argument or import")

test-operations: $(INSTALLED) ## Raise each alarm, spend a budget and restore a catalog on the local stack
	@$(BIN)/python -m pytest -q -m operations tests/end_to_end

test-engine: $(POLICIES) ## Run the program under the real Pulumi engine; builds a CLI where there is none (PARTS=dev SMALL=1)
	@$(BIN)/python -m proofs.engine $(PARTS) $(if $(filter 1,$(SMALL)),--small)

test-policies: $(POLICIES) ## Ask the policy pack as the Pulumi CLI does
	@$(BIN)/python -m pytest -q -m pack tests/policies

test-browser: gallery ## Use the page in Chromium as people do; installs one where there is none (SMALL=1)
	@$(BIN)/python -m proofs.browser $(if $(filter 1,$(SMALL)),--small) $(FLOWS)

test-containers: $(INSTALLED) ## Build, open and run the images; installs a Docker engine where there is none
	@$(BIN)/python -m pytest -m docker --capture=no tests/images

bench-load: $(INSTALLED) ## Upload 5,000 pictures at once into the local stack and audit them (COUNT=200)
	@$(BIN)/python -m proofs.load $(if $(COUNT),--count $(COUNT))

simulate: $(INSTALLED) ## Simulate the deployed graph at scale under AWS's limits
	@$(BIN)/python -m proofs.scale

bench-api: $(INSTALLED) ## Measure the API of a local stack: times, reads, cold start
	@$(BIN)/python -m bench.api

screens: gallery ## Photograph every view of the page into .darkroom/screens/index.html
	@$(BIN)/python -m proofs.screens

bench-lanes: $(INSTALLED) ## Measure how long an upload waits beside bulk work, on the local stack
	@$(BIN)/python -m bench.lanes

bench-functions: $(INSTALLED) ## Measure where the processor time of a small picture goes
	@$(BIN)/python -m bench.functions

bench-page: gallery ## Measure the page of a local stack with 10,000 pictures (COUNT=500)
	@$(BIN)/python -m bench.page $(if $(COUNT),--count $(COUNT))

bench-cold: $(INSTALLED) ## Measure the size and cold start of the images
	@$(BIN)/python -m bench.cold

models: $(INSTALLED) ## Fetch and prepare the local Rekognition's models ahead of time
	@$(BIN)/python -m local.rekognition.models

bench-labels: $(INSTALLED) ## Measure how right the local Rekognition's labels are
	@$(BIN)/python -m bench.labels

bench-rekognition: $(INSTALLED) ## Measure how fast the local Rekognition is
	@$(BIN)/python -m bench.rekognition_speed

bench-duplicates: $(INSTALLED) ## Measure which edits of photographs are found, and what is taken for a duplicate
	@$(BIN)/python -m bench.duplicates

bench-search: $(INSTALLED) ## Measure what is found by words and by example, how fast and for how much (SMALL=1)
	@$(BIN)/python -m bench.search $(if $(filter 1,$(SMALL)),--small)

bench-on-demand: gallery ## Measure what a size that nobody foresaw takes, beside sharp and from the bucket, and what a phone saves
	@$(BIN)/python -m bench.on_demand

lint: gallery ## Check format, style, types and workflows
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy .
	@PYTHONPATH=.:containers $(BIN)/lint-imports --no-cache
	@$(BIN)/actionlint -shellcheck=$(BIN)/shellcheck
	@$(BIN)/zizmor --offline --quiet --no-progress .github/workflows
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/shellcheck .ci/run
	@$(NPM) run check

format: gallery ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(NPM) run format

COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
lock: $(INSTALLED) ## Compile the pinned dependencies, with hashes, from pyproject.toml
	@$(COMPILE) pyproject.toml --output-file requirements.txt
	@$(COMPILE) --all-extras --constraints requirements.txt pyproject.toml --output-file requirements-dev.txt
	@$(COMPILE) --constraints requirements-dev.txt local/rekognition/requirements.in --output-file local/rekognition/requirements.txt
	@$(COMPILE) --python-version 3.11 policies/requirements.in --output-file policies/requirements.txt
	@for lock in $(basename $(wildcard containers/*/requirements.in containers/*.in)); do \
		$(COMPILE) --python-version 3.13 --constraints requirements-dev.txt --constraints local/rekognition/requirements.txt $$lock.in --output-file $$lock.txt || exit 1; \
	done
	@for lock in $(basename $(wildcard proofs/docker/*.in)); do \
		$(COMPILE) --python-version 3.13 --no-deps $$lock.in --output-file $$lock.txt || exit 1; \
	done

release: $(INSTALLED) ## Prepare a release in the working tree (VERSION=0.2.0)
	@$(BIN)/python -m proofs.release "$(VERSION)"

sbom: $(INSTALLED) ## Write what each function's image is made of to .darkroom/sbom, in CycloneDX
	@$(BIN)/python -m ops.supply sbom

# Every lock is audited by its hashes, without installing it.
audit: $(INSTALLED) ## Look for known weaknesses of the Python and npm packages, and for a newer base image
	@for lock in $(LOCKS) policies/requirements.txt $(wildcard containers/*/requirements.txt containers/*.txt); do \
		echo "$$lock"; $(BIN)/pip-audit --progress-spinner off --disable-pip --require-hashes --requirement $$lock || failed=1; \
	done; \
	for lock in $(wildcard */package-lock.json bench/*/package-lock.json); do \
		echo "$$lock"; $(BIN)/npm audit --omit=dev --prefix "$$(dirname $$lock)" --package-lock-only || failed=1; \
	done; \
	$(BIN)/python -m ops.supply base-image || failed=1; exit $${failed:-0}

preflight: $(INSTALLED) ## Check the account, quotas, credentials and Docker for a stage (STAGE=dev)
	@$(BIN)/python -m ops.preflight check $(STAGE)

signing-key: $(INSTALLED) ## Make the keys of a stage whose delivery is signed (STAGE=dev)
	@$(BIN)/python -m ops.signing_key $(STAGE)

preview: pulumi credentials gallery $(POLICIES) ## Show what `make up` would change on AWS (STAGE=dev)
	@$(WITH_DOCKER) pulumi preview --stack $(STAGE) --policy-pack policies

up: pulumi credentials gallery $(POLICIES) ## Deploy to AWS (STAGE=dev OWNER=ann@example.org DAYS=7 YES=1)
	@$(WITH_DOCKER) pulumi up --stack $(STAGE) --policy-pack policies $(UNASKED)

outputs: pulumi ## Print the stack's outputs as JSON (STAGE=dev)
	@pulumi stack output --json --stack $(STAGE)

destroy: destroyable pulumi credentials ## Delete everything of a stage from AWS (STAGE=dev YES=1)
	@$(WITH_DOCKER) pulumi destroy --stack $(STAGE) $(if $(filter pr-%,$(STAGE)),--refresh --remove) $(UNASKED)

UNASKED = $(if $(filter 1,$(YES)),--yes --non-interactive)

bootstrap: pulumi-cli $(POLICIES) ## Make what an account needs once, before workflows deploy into it (ACCOUNT=previews)
	@cd bootstrap && pulumi up --stack $(or $(ACCOUNT),previews) --policy-pack ../policies $(UNASKED)

comment: pulumi-cli ## Print what the last update of a stage changed, and its address, for a pull request
	@$(BIN)/python -m ops.comment $(STAGE)

stacks: pulumi-cli ## Show every stage on AWS: who, until when, what it has cost (COSTS=1)
	@$(BIN)/python -m ops stacks $(if $(filter 1,$(COSTS)),--costs)

reap: pulumi-cli ## Remove expired stages and those of closed pull requests (OPEN=12,15 YES=1)
	@$(BIN)/python -m ops reap $(if $(OPEN),--open "$(OPEN)") $(if $(filter 1,$(YES)),--remove)

# Pulumi's Docker provider knows no contexts, only DOCKER_HOST and the usual sockets.
WITH_DOCKER = DOCKER_HOST="$$($(BIN)/python -m ops.preflight docker)" && export DOCKER_HOST &&

# What the targets above need; each prints one line if it is missing. A stack that does not exist yet
# is created, under a name that leaves room for those of its resources, with a file from the template
# Pulumi.preview.yaml if it has none (OWNER=ann@example.org DAYS=7). A pull request's file is never
# committed, so each run writes it again. SECRETS names the key of a new stack: awskms://...
.PHONY: pulumi-cli pulumi credentials destroyable
FILE = $(BIN)/python -m ops.preflight file $(STAGE) $(if $(OWNER),--owner "$(OWNER)") $(if $(DAYS),--days $(DAYS))
pulumi-cli: $(INSTALLED)
	@command -v pulumi >/dev/null || { echo "the Pulumi CLI is missing: see https://www.pulumi.com/docs/install/"; exit 1; }
pulumi: pulumi-cli
	@$(if $(filter pr-%,$(STAGE)),$(FILE))
	@pulumi stack select $(STAGE) >/dev/null 2>&1 || { $(BIN)/python -m ops.preflight new $(STAGE) && $(FILE) && \
		{ reason="$$(pulumi stack select --create $(STAGE) $(if $(SECRETS),--secrets-provider "$(SECRETS)") 2>&1 >/dev/null)" || \
			{ echo "stack $(STAGE) cannot be selected: $$reason"; exit 1; }; }; }
credentials: $(INSTALLED)
	@$(BIN)/python -m ops.preflight credentials $(STAGE)
destroyable: $(INSTALLED)
	@$(BIN)/python -m ops.preflight destroyable $(STAGE)

clean: ## Remove the virtual environment, caches, the page's build and the local stack's files
	@rm -rf $(VENV) $(PACK) gallery/node_modules gallery/dist gallery/dist.sha256 .darkroom .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
