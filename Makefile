# `make run` and `make test` are all that a newcomer needs; each sets up what it uses and nothing more.

.DEFAULT_GOAL := help
.PHONY: help run test parts lint types lock bench clean

BIN := .venv/bin
SOURCES := schemas streams alerting ops tests
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

help:
	@echo 'make run     set up, start Vigil on sample feeds and say which address to open'
	@echo 'make test    set up and run every check and every test'
	@echo
	@echo 'make lint    style and import contracts        make types   types alone'
	@echo 'make bench   the benchmarks                    make lock    pin the dependencies again (needs uv)'
	@echo 'make clean   remove what make and the tools have made, the demo data too'

run: .venv/run.stamp
	@$(BIN)/vigil run --demo

test: lint types parts
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

# The real servers that tests run against. Quick when they are there.
parts:
	@sh ops/parts.sh

lint: .venv/test.stamp
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/lint-imports

types: .venv/test.stamp
	$(BIN)/mypy

bench: .venv/test.stamp
	@for program in ops/benchmarks/*.py; do echo "$$program"; $(BIN)/python "$$program" || exit 1; done

# One lock to run with, one to test with; the second may add to the first, never differ from it.
lock:
	$(COMPILE) pyproject.toml --group build -o requirements.lock
	$(COMPILE) pyproject.toml --group build --group dev --constraints requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv build vigil-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(SOURCES) -name __pycache__ -prune -exec rm -rf {} +

.venv/run.stamp: requirements.lock pyproject.toml ops/venv.sh
	@sh ops/venv.sh requirements.lock
	@touch $@

.venv/test.stamp: requirements-dev.lock pyproject.toml ops/venv.sh
	@sh ops/venv.sh requirements-dev.lock
	@touch $@ .venv/run.stamp
