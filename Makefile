# Every target sets up what it needs; a machine needs Python 3.11 to 3.13, make and access to a package registry.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench scorecard study-simulator study-conduct study-rings study-tolokers study-learned serve

PYTHON ?= python3
UV := $(or $(shell command -v uv 2>/dev/null),.cache/uv/bin/uv)
BIN := .venv/bin
READY := .venv/.ready
LEARNED := .venv/.ready-gnn

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(READY)  ## Simulate an exchange, print the rings found beside the truth, then serve them (on a terminal)
	@$(BIN)/ringleader demo

serve: $(READY)  ## Answer over HTTP from the last published run
	@$(BIN)/ringleader serve

check: $(LEARNED)  ## Style, types and layers, in seconds
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check  ## Everything: style, types, layers, and all tests against real servers
	$(BIN)/pytest -n 2 --dist worksteal

bench: $(READY)  ## Speed and memory by size, and an outside generator's planted rings
	$(BIN)/python -m benchmarks

study-simulator: $(READY)  ## The simulated exchange: can it be solved trivially, its stylised facts, speed and memory
	$(BIN)/python -m benchmarks.simulator

scorecard: $(READY)  ## What is told, world by world: members, innocents, rings
	$(BIN)/python -m benchmarks.simulator.worlds --accounts 10000

study-conduct: $(READY)  ## Manipulative conduct: precision and recall on unseen worlds, speed and memory by size
	$(BIN)/python -m benchmarks.conduct

study-tolokers: $(LEARNED)  ## The graph network on real bans, ten fixed splits; goes on where it was ended
	$(BIN)/python -m benchmarks.learned.tolokers

study-learned: $(LEARNED)  ## What learned scores add to rules on unseen worlds, on the Hop airdrop, and what they cost
	$(BIN)/python -m benchmarks.learned

study-rings: $(READY)  ## Rings on unseen worlds beside peers, whether framing works, and what hiding buys
	$(BIN)/python -m benchmarks.rings

# --inexact: what the extra gnn brought stays
$(READY): pyproject.toml uv.lock | $(UV)
	@$(UV) sync --frozen --quiet --inexact
	@touch $@

# torch is large: only what trains networks, and the checks, wait for it
$(LEARNED): pyproject.toml uv.lock | $(UV)
	@$(UV) sync --frozen --quiet --extra gnn
	@touch $@ $(READY)

# without python3-venv (Debian) a target folder does: pip puts the same uv under the same path
.cache/uv/bin/uv:
	@echo "fetching uv into .cache/uv"
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "$(PYTHON) is not Python 3.11 to 3.13: install one, or name it with PYTHON=..." >&2; exit 1; }
	@rm -rf .cache/uv
	@{ $(PYTHON) -m venv .cache/uv >/dev/null 2>&1 && .cache/uv/bin/python -m pip install --quiet uv; } \
	  || { rm -rf .cache/uv && $(PYTHON) -m pip install --quiet --target .cache/uv uv; } \
	  || { echo "cannot install uv: install it, or python3-venv, or python3-pip, and run make again" >&2; exit 1; }
