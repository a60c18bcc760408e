# What there is to do here. `make` builds; `make help` lists the rest.

SWIFT ?= swift
FUZZ_SECONDS ?= 60
SHELL := /bin/bash

.DEFAULT_GOAL := build
.PHONY: help install-deps build run samples test lint format conformance docs fuzz bench clean

help: ## list what there is to do
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

install-deps: ## install the Debian packages that are missing
	@scripts/install-deps.sh

build: install-deps ## build the command: .build/release/postseal
	@SWIFT="$(SWIFT)" scripts/build.sh

run: build ## build the command, and show the daemon at work in a mail world of its own
	@scripts/install-deps.sh run
	@scripts/run-demo.sh

samples: build ## build the command, and check the sample messages with it
	@scripts/run-samples.sh

test: ## everything that must hold: form, build, tests, conformance, integration, thresholds
	@scripts/install-deps.sh build test
	@scripts/test.sh

lint: ## the form of the code
	@scripts/lint.sh

format: ## bring Swift code into that form
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Fuzz/Sources Benchmarks/Sources

conformance: ## run the public suites and write docs/conformance.md
	POSTSEAL_WRITE_DOCS=1 $(SWIFT) test --filter ConformanceTests

docs: ## write anew what is made from the code: manual page, configuration, interface, conformance
	POSTSEAL_WRITE_DOCS=1 $(SWIFT) test --filter 'CommandTests|ConformancePageTests|OpenAPITests|SampleTests'

fuzz: install-deps ## run each fuzz target for FUZZ_SECONDS (60)
	@scripts/fuzz.sh $(FUZZ_SECONDS)

bench: ## measure; see Benchmarks/
	@scripts/install-deps.sh bench
	@Benchmarks/run

clean: ## remove what was built
	rm -rf .build Fuzz/.build
