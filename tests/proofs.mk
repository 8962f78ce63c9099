# What the rule language promises, each with a target of its own: the last line states the figures, and it fails where
# the point does not hold. Included by the Makefile, whose variables it uses.
PACKS     ?= 1000
FUZZ_RUNS ?= 20000

compare: ## the decision path against a slow reference, on PACKS random packs (default 1000); goes on from the last run, or from SEED
	$(call make_in,release,build)
	@$(PYTHON) tests/reference/compare.py --sluice $(SLUICE) --packs $(PACKS) \
	    $(if $(SEED),--seed $(SEED),--ledger build/compare.json)

fuzz-smoke: ## hostile rule text: FUZZ_RUNS random inputs (default 20000) and a table of packs made to be hard, in bounds
	@CC="$(CC)" PYTHON="$(PYTHON)" sh tests/support/setup.sh fuzz
	$(call make_in,fuzz,fuzzers)
	$(call make_in,release,build)
	@$(PYTHON) tests/fuzz/hostile.py $(SLUICE) build/hostile
	@$(PYTHON) tests/fuzz/fuzz.py build/fuzz/tests/fuzz/fuzz_pack build/fuzz-pack --runs $(FUZZ_RUNS)

mutations: ## each mistake planted in machine, planner, history and recovery is seen by the test that must see it
	$(call make_in,release,build)
	@$(PYTHON) tests/support/mutations.py $(SLUICE) build/mutations

bench-compile: ## 1,000 rules with 1,000 tags compile in less than 3 s; says the memory, too
	$(call make_in,release,build)
	@$(PYTHON) bench/bench_compile.py $(SLUICE) build/bench-compile

check-library: ## the shipped pack recognises what it must (tests/cases/library.def), in less than 2 s
	$(call make_in,release,build)
	@$(PYTHON) tests/cases/library.py $(SLUICE) rules/library

tutorial: ## the ten steps of docs/rule-language.md, taken out of the page and run
	$(call make_in,release,build)
	@$(PYTHON) tests/cases/tutorial.py $(SLUICE) build/tutorial
