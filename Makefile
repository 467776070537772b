# Everything a person or CI starts.  `make` alone says what there is.

# any Python 3.8+ that really runs (a pyenv shim may not) starts the set-up; the set-up finds 3.10 and 3.11 itself
PYTHON ?= $(shell for p in python3 python python3.11 python3.10; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1 && echo "$$p" && break; done)
BOOTSTRAP = $(or $(PYTHON),$(error No Python 3.8 or newer runs here: install python3)) assistant/setup/bootstrap.py
PLATFORM = .venv/platform/bin

.DEFAULT_GOAL := help
.PHONY: help run test setup lint lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\): ## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: ## set up what is missing, then run everything; stop with Ctrl-C
	@$(BOOTSTRAP)
	@$(PLATFORM)/tthc up

test: ## set up, then all that CI checks; ARGS="-k booking" goes to pytest
	@$(BOOTSTRAP) --test
	@$(PLATFORM)/python -m assistant.setup.checks $(ARGS)

setup: ## both environments, the test tools included
	@$(BOOTSTRAP) --test

lint: ## ruff and mypy
	@$(BOOTSTRAP) --only platform --test
	@$(PLATFORM)/ruff check .
	@$(PLATFORM)/mypy

lock: ## write requirements/*.lock from the environments; UPGRADE=1 brings these up to date first
	@$(PLATFORM)/python -m assistant.setup.lock $(if $(UPGRADE),--upgrade)

clean: ## remove caches; environments, models and data stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .rasa build dist *.egg-info var/rasa/cache
	@find . -path ./.venv -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
