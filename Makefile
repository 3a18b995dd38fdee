# Everything a fresh machine needs is set up by these targets; none of them relies on what was installed by hand.
# Needs Rust 1.95+ and a C compiler; the acceptance tests also Python 3.11+ and Node.js 20+ with npm.

CARGO ?= cargo
PYTHON ?= python3

.PHONY: run build ui test unit acceptance simulate kills check drift bench help

help: ## Say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: build ## Build the release binary and start the gateway
	./target/release/tokgate up

build: ui ## Build the release binary
	$(CARGO) build --release --locked --bin tokgate

ui: ## Build the dashboard (there is none yet; the binary needs no Node)
	@true

test: unit acceptance ## Run every test: crates, then real clients and SDKs

unit: ## Test the crates
	$(CARGO) test --workspace --locked

acceptance: ## Drive pinned real clients and SDKs through the gateway (installs them once, outside the checkout)
	$(CARGO) build --workspace --locked --bins
	cd tests/acceptance && folder=$$($(PYTHON) install.py) && \
		"$$folder/venv/bin/python" -m pytest -q -p no:cacheprovider .

KILLS ?= 300
kills: ## Kill the gateway KILLS=N times at random moments and look what became of its jobs
	TOKGATE_KILLS=$(KILLS) $(CARGO) test --locked --package tokgate --test commands -- --nocapture no_promised_job

# Goes on where it stopped; figures to be added to docs/evidence.md.
SIMULATED ?= target/simulation/state.toml
simulate: ## Run HOURS=N more virtual hours of the simulation, or show one: SEED=N
	$(CARGO) run --profile quick --locked --quiet --package tokgate --example simulate -- \
		$(if $(SEED),--seed $(SEED),--hours $(or $(HOURS),1000) --state $(SIMULATED))

check: ## Formatting, lints, licences, words
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(PYTHON) tests/house/licences.py
	$(PYTHON) tests/house/words.py

drift: ## List what the newest SDKs know and this project does not (needs the package index)
	$(PYTHON) tests/house/drift.py

bench: ## Compare direct, nginx, haproxy and tokgate side by side (see bench/README.md)
	bench/run
	cargo build --release --locked --quiet --package tokgate-simulator --bin tokgate-simulator
	bench/failover
	bench/streams
	bench/slow
