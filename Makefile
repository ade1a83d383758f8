# critsweep. Everything is built once, in release configuration: tests and demo share the build.

SWIFT  ?= swift
PYTHON ?= python3
PREFIX ?= /usr/local
# Say SETUP=no to install nothing (see .ci/setup).
SETUP  ?= yes

SPEC   ?= configs/xor-critical-gain.yaml
BINARY := .build/release/critsweep
# Where the demonstration leaves its results.
DEMO   ?= $(basename $(notdir $(SPEC))).sweep
SEEDS  ?= 1...10000
INPUTS ?= 10000
SEED   ?= 1

export SWIFT SETUP

.DEFAULT_GOAL := help
.PHONY: help setup build test demo reproduce reproduce-training simulate fuzz chaos bench bench-setup kernel-counts lint format \
        install clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing (Debian, Ubuntu) and check the Swift toolchain.
	@./.ci/setup

build: setup ## Build the critsweep command: .build/release/critsweep.
	$(SWIFT) build -c release --product critsweep

# `swift test` alone would build everything again for @testable imports, which no test needs, and
# `--build-tests` also the compilers that come with the protobuf package.
test: setup ## Build, then run all tests.
	$(SWIFT) build -c release --product critsweep
	$(SWIFT) build -c release --product critsweep-sim
	$(SWIFT) build -c release --product critsweep-fuzz
	$(SWIFT) build -c release --product critsweepPackageTests
	$(SWIFT) test -c release --skip-build --disable-xctest

demo: build ## Run the demonstration sweep (SPEC, 21 gains x 10 seeds); print table and figure.
	$(BINARY) run $(SPEC) --out $(DEMO)
	@$(BINARY) plot $(DEMO) --format terminal
	@$(BINARY) plot $(DEMO)

reproduce: build ## Run the sweeps of critical feature learning; tables and figures to docs/.
	@CRITSWEEP=$(BINARY) configs/reproduce $(ONLY)

reproduce-training: build ## The same for the sweeps of training (SEEDS=3: fewer; ONLY="NAME ...").
	@CRITSWEEP=$(BINARY) configs/reproduce --training $(ONLY)

simulate: setup ## Simulate sweeps under faults for SEEDS (default 1...10000), and find planted bugs.
	$(SWIFT) build -c release --product critsweep-sim
	.build/release/critsweep-sim --seeds $(SEEDS)
	.build/release/critsweep-sim --planted all --seeds 1...500 --untraced

fuzz: setup ## Feed INPUTS damaged inputs (default 10000) to each decoder and parser.
	$(SWIFT) build -c release --product critsweep-fuzz
	.build/release/critsweep-fuzz --inputs $(INPUTS) --seed $(SEED)

chaos: setup ## Disturb real sweeps (all faults; SAMPLE=1: within minutes; ONLY="NAME ...").
	$(SWIFT) build -c release --product critsweep
	$(SWIFT) build -c release --product critsweep-chaos-faults
	$(SWIFT) build -c release --product critsweep-chaos
	.build/release/critsweep-chaos $(if $(SAMPLE),--sample) $(if $(ONLY),--only $(ONLY))

# The rooms that trials compute in, built alone; the peers in a Python of their own.
bench: bench-setup ## Kernels beside PyTorch and JAX, into docs/performance.md.
	$(SWIFT) build -c release --package-path Tests/Benchmarks --scratch-path .bench/build \
		--product SweepBenchmarks
	.bench/venv/bin/python Tests/Benchmarks/bench.py .bench/build/release/SweepBenchmarks \
		.bench/venv/bin/python docs/performance.md $(BENCH)

bench-setup: setup ## Install what `make bench` compares with, below .bench.
	@test -x .bench/venv/bin/python || $(PYTHON) -m venv .bench/venv
	@.bench/venv/bin/python -m pip install --quiet --requirement Tests/Benchmarks/requirements.txt

kernel-counts: setup ## Compare instruction counts of kernels with the baseline.
	Tests/Benchmarks/kernel-counts.sh

lint: setup ## Check the format of all Swift files.
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

format: setup ## Format all Swift files in place.
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

# Without the toolchain's libraries, and looking for the others beside itself: a build of its own,
# since tests need the shared ones. (An RPATH, which the libraries' libraries follow too.)
install: setup ## Install below PREFIX (default /usr/local); runs on machines without Swift.
	$(SWIFT) build -c release --product critsweep --static-swift-stdlib \
		--scratch-path .build-static -Xlinker --disable-new-dtags \
		-Xlinker -rpath -Xlinker '$$ORIGIN/../lib/critsweep'
	./.ci/install .build-static/release/critsweep "$(PREFIX)"

clean: ## Remove what was built.
	rm -rf .build .build-static .bench
