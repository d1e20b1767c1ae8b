# Hubbub's make targets. `make` alone lists them; `make run` and `make test` need nothing else first.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

# SQLite and the race detector are C.
export CGO_ENABLED := 1

VERSION := $(or $(shell git describe --tags --always --dirty 2>/dev/null),dev)
LINT := go tool -modfile=.ci/tools.mod golangci-lint
NPM := cd web && npm

# In CI every test runs, whatever the cache remembers.
GO_TEST_FLAGS ?= $(if $(CI),-count=1)

# What the UI is built from. The folders are in the list so that a deleted file counts too.
UI_SOURCES := $(shell find web/src web/public -not -name '.DS_Store' 2>/dev/null) \
	$(wildcard web/*.html web/*.ts web/*.json)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## /{printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- running and building

.PHONY: run
run: build ## build everything and serve on http://127.0.0.1:8080 (configs/hubbub.yaml)
	./bin/hubbub serve

.PHONY: build
build: setup ui ## build bin/hubbub, the UI inside
	go build -buildvcs=false -ldflags "-X main.version=$(VERSION)" -o bin/hubbub ./cmd/hubbub

.PHONY: ui
ui: setup web/dist/index.html ## build web/dist, if a source changed

web/dist/index.html: web/node_modules/.installed $(UI_SOURCES)
	$(NPM) run build
	@touch web/dist/.gitkeep $@

# npm ci only when the lock file changed.
web/node_modules/.installed: web/package.json web/package-lock.json $(wildcard web/.npmrc)
	$(NPM) ci --no-audit --no-fund
	@touch $@

.PHONY: setup
setup: ## install what building needs and this machine lacks
	@.ci/setup build

.PHONY: setup-test
setup-test: ## install what the tests need too: MQTT clients, a Redis server, Chromium, a font
	@.ci/setup test

# --- testing

.PHONY: test
test: setup-test fmt-check vet lint test-go test-ui test-e2e ## everything: format, vet, lint, Go, UI and browser tests

.PHONY: test-go
test-go: setup-test ## the Go tests, with the race detector
	go test -race $(GO_TEST_FLAGS) ./...

.PHONY: test-ui
test-ui: setup web/node_modules/.installed ## the UI's types, lint and unit tests
	$(NPM) run typecheck
	$(NPM) run lint
	$(NPM) run test

.PHONY: test-e2e
test-e2e: setup-test build ## the browser tests, against bin/hubbub
	export HUBBUB_BIN=$(abspath bin/hubbub) && $(NPM) run e2e

# The binary is one of its own, without the UI: what is measured does not serve it.
.PHONY: bench
bench: setup ## a hub under load beside the bare limit: the table of what is to be reached (BENCH=quick is shorter)
	go build -buildvcs=false -o bin/hubbub-bench ./cmd/hubbub
	./bin/hubbub-bench bench table $(if $(filter quick,$(BENCH)),--quick)

.PHONY: bench-go
bench-go: setup ## the Go benchmarks
	go test -run '^$$' -bench . -benchmem ./...

# --- keeping it tidy

.PHONY: fmt
fmt: ## format the Go code
	$(LINT) fmt

.PHONY: fmt-check
fmt-check: ## say what fmt would change
	$(LINT) fmt --diff

.PHONY: vet
vet: setup ## go vet
	go vet ./...

.PHONY: lint
lint: setup ## golangci-lint: the import rule and .golangci.yaml's other checks
	$(LINT) run

.PHONY: clean
clean: ## remove what was built; data/ stays
	rm -rf bin coverage web/coverage web/test-results web/playwright-report
	find web/dist -mindepth 1 -not -name .gitkeep -delete
