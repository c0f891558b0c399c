# Needs Python 3.11 or later and make; everything else is installed into .venv.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help synth check test thorough parity bench schema lock lint policies toolchain plan
unexport PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python

help: ## Show this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' Makefile

synth: ## Write the Terraform JSON of the fleet in clusters/ to terraform-out/, and say which decisions it holds
	@.ci/install synth
	@$(PY) main.py
	@$(PY) -m policies check

check: ## Say which stacks of terraform-out/ are not what clusters/ says
	@.ci/install synth
	@$(PY) main.py --check

test: ## Run all tests (5 minutes on two cores)
	@.ci/install dev
	@.ci/install cdktn
	@$(PY) -m pytest --numprocesses=2

thorough: ## Look at all of what the tests look at less of for the time it takes (3 minutes more; CI does)
	@.ci/install dev
	@THOROUGH=1 $(PY) -m pytest --numprocesses=2 -m thorough

parity: ## Compare what CDKTF and its successor cdktn write
	@.ci/install dev
	@.ci/install cdktn
	@$(PY) -m pytest tests/synth/test_parity.py

bench: ## Measure synth and policies: time, memory, cost of a cluster, a namespace, a resource; beside checkov (20 minutes)
	@.ci/install dev
	@$(PY) -m tests.synth.bench
	@$(PY) -m tests.policies.bench

schema: ## Write the JSON Schema of the cluster files
	@.ci/install synth
	@$(PY) -m modules.settings.schema

lock: ## Pin the newest packages that .ci/requirements/*.in allow
	@.ci/install synth
	@cd .ci/requirements && for set in uv synth dev cdktn; do \
	  ../../.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --output-file $$set.txt $$set.in; \
	done

lint: ## Check style and types, of the JavaScript too
	@.ci/install dev
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m tests.login.javascript
	@$(PY) -m mypy

policies: ## Prove that every decision holds on terraform-out/, with checkov as a second engine
	@.ci/install dev
	@$(PY) -m policies check --checkov

toolchain: ## Build Kubernetes's servers, etcd, helm and the alert evaluator for the live tests (needs Go), and get the cdktf CLI (needs npm)
	@.ci/install dev
	@$(PY) -m tests.synth.cdktf_cli; cli=$$?; $(PY) tests/toolchain/build.py && exit $$cli

plan: ## Plan a cluster in a sandbox, without an AWS account: make plan CLUSTER=live
	@test -n '$(CLUSTER)' || { echo "which cluster? make plan CLUSTER=live" >&2; exit 2; }
	@.ci/install dev
	@$(PY) -m tests.sandbox.plan '$(CLUSTER)'
