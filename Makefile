# vrgen: `make demo` shows what it does, `make test` proves it. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test setup setup-dev page encoders check bench clean

BIN := .venv/bin
# What is installed depends on the content of these files, not on their dates.
WANTED := $(shell cat tools/requirements.txt pyproject.toml | cksum | cut -d' ' -f1)
WANTED_DEV := $(shell cat tools/requirements.txt tools/requirements-dev.txt pyproject.toml tools/check/package-lock.json | cksum | cut -d' ' -f1)

help:  ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: .venv/.run-$(WANTED)  ## .venv with the program and its pinned libraries (pip only)

.venv/.run-$(WANTED):
	@bash tools/check/venv.sh run
	@touch $@
	@bash tools/check/bundle.sh page if-possible
	@bash tools/check/bundle.sh optimize if-possible

setup-dev: setup .venv/.dev-$(WANTED_DEV)  ## What the tests need besides

.venv/.dev-$(WANTED_DEV):
	@bash tools/check/venv.sh dev
	@touch $@

page:  ## The page for browsers: assets/page (npm: Node.js 18 or newer)
	@bash tools/check/bundle.sh page

encoders:  ## The encoders of vrgen optimize: assets/optimize (npm: Node.js 18 or newer)
	@bash tools/check/bundle.sh optimize

demo: setup  ## The main job on our sample art: out/demo/gallery.glb, preview.png, stops.png
	@bash tools/check/demo.sh

test: setup-dev  ## Everything a fresh machine can check: lint, types, tests
	@bash tools/check/bundle.sh page if-possible
	@bash tools/check/bundle.sh optimize if-possible
	@bash tools/check/system.sh
	@bash tools/check/all.sh

check: setup-dev  ## Lint and types alone
	@bash tools/check/all.sh --no-tests

bench: setup  ## The measured promises; rows go to tools/bench/results.csv (DATA=folder for what needs data)
	@for script in $$(grep -L '^# make bench leaves this out: ' tools/bench/*.py); do \
	    echo "== $$script"; \
	    if ! grep -q "$$script DATA" $$script; then $(BIN)/python $$script; \
	    elif [ -n "$(DATA)" ]; then $(BIN)/python $$script "$(DATA)"; \
	    else echo "left out: name the folder that the cards were learned from, make bench DATA=..."; fi; \
	done

clean:  ## Remove what was made here, .venv included
	rm -rf .venv out build dist assets/page assets/optimize tools/check/node_modules tools/page/node_modules tools/optimize/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
