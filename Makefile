# Sluice: `make help` lists the targets. Everything that is built lies below build/.

SHELL       := /bin/sh
# Debian's own python: its jsonschema package is not seen by others.
PYTHON      ?= /usr/bin/python3
MODE        ?= release
AMLSIM_DATA ?= ../shared/data/amlsim
SOAK_SECONDS ?= 900
KILLS       ?= 10
JOBS        ?= $(shell nproc 2>/dev/null || echo 2)

ifeq ($(origin CC),default)
CC := gcc
endif
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build

# ---- how to compile, by mode -------------------------------------------------------------------
MODE_release := -O2
MODE_debug   := -O0
MODE_asan    := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
MODE_ubsan   := -O1 -fno-omit-frame-pointer -fsanitize=undefined -fno-sanitize-recover=all
MODE_tsan    := -O1 -fno-omit-frame-pointer -fsanitize=thread
# libFuzzer comes with clang, which dislikes NULL + 0, as gcc does not and C2y will not.
MODE_fuzz    := -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
                -fno-sanitize-recover=all -fno-sanitize=pointer-overflow
ifeq ($(MODE_$(MODE)),)
$(error MODE=$(MODE) is unknown; use release, debug, asan, ubsan, tsan or fuzz)
endif
ifeq ($(MODE),fuzz)
CC := clang
endif

WARNINGS := -Werror -Wall -Wextra -Wconversion -Wshadow -Wundef -Wvla -Wformat=2 -Wstrict-prototypes \
            -Wmissing-prototypes
# Of must(!"a reason") and of formats that are handed on; gcc knows neither.
WARNINGS_fuzz := -Wno-string-conversion -Wno-format-nonliteral
PACKAGES := libcyaml yaml-0.1 libcrypto rdkafka hiredis libmicrohttpd libhs libpcre2-8 libpsl
pkg       = $(shell pkg-config $(1) 2>/dev/null)
ALL_CFLAGS  = -std=c11 -D_POSIX_C_SOURCE=200809L -I. -g $(MODE_$(MODE)) $(WARNINGS) $(WARNINGS_$(MODE)) -pthread \
              $(PACKAGE_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(filter -fsanitize=%,$(MODE_$(MODE))) -pthread $(LDFLAGS)
PACKAGE_CFLAGS := $(call pkg,--cflags $(PACKAGES))
PACKAGE_LIBS   := $(call pkg,--libs $(PACKAGES))
CHECK_CFLAGS   := $(call pkg,--cflags check)
CHECK_LIBS     := $(call pkg,--libs check)
# What a benchmark says about itself beside its figures.
BENCH_CFLAGS    = -DBENCH_BUILD='"$(MODE) $(firstword $(MODE_$(MODE)))"' \
                  -DBENCH_LIBRARIES='"$(strip $(foreach p,$(PACKAGES),$(p) $(call pkg,--modversion $(p))))"'

# ---- what to compile: every .c in its folder ---------------------------------------------------
B       := build/$(MODE)
MAIN    := connectors/cli/main.c
SOURCES := $(filter-out $(MAIN),$(wildcard $(addsuffix /*.c,engine/base engine/ingest \
             engine/state engine/eval engine rules connectors/*)))
TEST_SOURCES  := $(wildcard tests/unit/test_*.c)
TEST_HELPERS  := $(filter-out $(TEST_SOURCES),$(wildcard tests/unit/*.c) tests/support/store_call.c)
SIM_SOURCES   := $(wildcard tests/sim/*.c)
BENCH_SOURCES := $(wildcard bench/bench_*.c)
# Benchmarks that need a broker or Redis: built with the others, run by a script of bench/ alone.
LIVE_SOURCES  := $(wildcard bench/live_*.c)
FUZZ_SOURCES  := $(wildcard tests/fuzz/fuzz_*.c)
BENCH_HELPERS := $(filter-out $(BENCH_SOURCES) $(LIVE_SOURCES),$(wildcard bench/*.c))

# Linked into every program of its mode.
ALWAYS_tsan := tests/support/tsan_threads.c
ALWAYS      := $(ALWAYS_$(MODE))

objects = $(patsubst %.c,$(B)/%.o,$(1))
PROGRAM := $(B)/sluice
LIBRARY := $(B)/libsluice.a
TESTS   := $(patsubst %.c,$(B)/%,$(TEST_SOURCES))
SIM     := $(B)/tests/sim/sim
# With fault points (engine/fault.def): what has any is compiled a second time, and hides its twin in the library.
FAULTY  := $(patsubst %.c,$(B)/faults/%.o,$(MAIN) $(shell grep -l '"engine/fault.h"' $(SOURCES)))
FAULTY_PROGRAM := $(B)/faults/sluice
BENCHES := $(patsubst %.c,$(B)/%,$(BENCH_SOURCES) $(LIVE_SOURCES))
FUZZERS := $(patsubst %.c,$(B)/%,$(FUZZ_SOURCES))
OBJECTS := $(call objects,$(SOURCES) $(MAIN) $(TEST_SOURCES) $(TEST_HELPERS) $(SIM_SOURCES) $(FUZZ_SOURCES) $(BENCH_SOURCES) \
             $(LIVE_SOURCES) $(BENCH_HELPERS) $(ALWAYS)) $(FAULTY)

.PHONY: help setup build programs tests benches faulty unit cases demo test amlsim broken twice \
        compare mutations fuzz-smoke bench-compile check-library tutorial fuzzers \
        packages stack stack-and-program stack-up stack-down parity packs errors kills kills-mutation redis-loss cluster sentinel \
         fault-points state-check overload overload-pages chaos poison stall operations live sim sim-mutations \
        soak compare-soak asan ubsan tsan bench bench-smoke bench-live bench-pages bench-recovery lint fmt docs clean FORCE

build: $(PROGRAM) ## builds build/release/sluice (other builds: make MODE=debug build)
programs: build tests benches faulty
tests: $(TESTS) $(SIM) ; @:
benches: $(BENCHES) ; @:
faulty: $(FAULTY_PROGRAM) ; @:
fuzzers: $(FUZZERS) ; @:

# A changed list of sources or flags rebuilds what depends on it; the same list touches nothing.
note = @mkdir -p $(@D) && printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' >$@
$(B)/flags: FORCE
	$(call note,$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))
$(B)/sources: FORCE
	$(call note,$(sort $(SOURCES)))

$(call objects,$(TEST_SOURCES) $(TEST_HELPERS)): EXTRA_CFLAGS = $(CHECK_CFLAGS)
$(call objects,$(BENCH_SOURCES) $(LIVE_SOURCES) $(BENCH_HELPERS)): EXTRA_CFLAGS = $(BENCH_CFLAGS)
$(FAULTY) $(call objects,$(SIM_SOURCES)): EXTRA_CFLAGS = -DSLUICE_FAULTS
# Says what it makes; V=1 shows the commands.
say = $(if $(V),,@echo "  $(1) $@";)
compile = $(CC) $(ALL_CFLAGS) $(EXTRA_CFLAGS) -MMD -MP -c -o $@ $<
$(filter-out $(FAULTY),$(OBJECTS)): $(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,cc)$(compile)
$(FAULTY): $(B)/faults/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,cc)$(compile)

# The text of the Redis functions is part of the program.
$(B)/connectors/redis/functions.o: connectors/redis/functions.lua

$(LIBRARY): $(call objects,$(SOURCES)) $(B)/sources
	@rm -f $@
	$(call say,ar)ar rcs $@ $(filter %.o,$^)
$(PROGRAM) $(TESTS) $(FAULTY_PROGRAM) $(SIM) $(BENCHES): $(call objects,$(ALWAYS))
$(PROGRAM): $(call objects,$(MAIN)) $(LIBRARY)
	$(call say,ld)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)
$(TESTS): $(B)/%: $(B)/%.o $(call objects,$(TEST_HELPERS)) $(LIBRARY)
	$(call say,ld)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PACKAGE_LIBS) $(CHECK_LIBS)
$(FAULTY_PROGRAM): $(FAULTY) $(LIBRARY)
	$(call say,ld)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)
$(SIM): $(call objects,$(SIM_SOURCES) tests/support/store_call.c) $(filter-out %/main.o,$(FAULTY)) $(LIBRARY)
	$(call say,ld)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)
$(BENCHES): $(B)/%: $(B)/%.o $(call objects,$(BENCH_HELPERS)) $(LIBRARY)
	$(call say,ld)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PACKAGE_LIBS) -lm
$(FUZZERS): $(B)/%: $(B)/%.o $(LIBRARY)
	$(call say,ld)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(PACKAGE_LIBS)
-include $(OBJECTS:.o=.d)

# ---- the targets people type -------------------------------------------------------------------
# Each builds with a make of its own: after setup, with all cores, in its own mode.
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
make_in  = +@$(MAKE) $(PARALLEL) MODE=$(1) $(2)
RUN      := $(PYTHON) tests/support/run_tests.py --amlsim-data $(AMLSIM_DATA)
SLUICE   := build/release/sluice

PROOFS   := tests/proofs.mk

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' Makefile $(PROOFS)

packages:
	@CC="$(CC)" PYTHON="$(PYTHON)" sh tests/support/setup.sh
setup: ## installs the Debian packages that are missing and says which; nothing to do needs no root
	@CC="$(CC)" PYTHON="$(PYTHON)" sh tests/support/setup.sh stack

demo: packages ## a day of a small city: warnings, stop requests, frauds caught before the money was gone
	$(call make_in,release,build)
	@$(PYTHON) tests/support/demo.py $(SLUICE) build/demo

test: stack ## everything that must hold: unit, cases, comparisons, demo, lint, sanitizers
	@rm -f build/test/summary
	$(call make_in,release,programs)
	$(call make_in,asan,build tests)
	$(call make_in,fuzz,fuzzers)
	@$(RUN) build/release:test build/asan:sanitize

unit: ## the unit tests alone
	$(call make_in,release,tests)
	@$(RUN) build/release:unit

cases: ## the shipped rules against the cases written beside them
	$(call make_in,release,build)
	@$(SLUICE) check --strict rules/library

amlsim: ## input that is not ours: fan-in in the AMLSim data (AMLSIM_DATA), compared with plain Python (fails without the data)
	$(call make_in,release,build)
	@$(PYTHON) tests/cases/amlsim/amlsim.py $(SLUICE) $(AMLSIM_DATA) build/amlsim

broken: ## a feed with broken records decides exactly as the feed without them
	$(call make_in,release,build)
	@$(PYTHON) tests/cases/broken.py $(SLUICE) build/broken

twice: ## two replays, other partition counts and a replay in two halves give the same outputs
	$(call make_in,release,build)
	@$(PYTHON) tests/cases/twice.py $(SLUICE) build/twice

include $(PROOFS)

# What a real broker needs, and its jars.
stack: setup
	@$(PYTHON) connectors/stack/stack.py jars build/stack --jars build/stack-jars
stack-up: stack ## starts a real broker and a real Redis on loopback, prints the addresses
	@$(PYTHON) connectors/stack/stack.py up build/stack --jars build/stack-jars
stack-down: ## stops exactly these
	@$(PYTHON) connectors/stack/stack.py down build/stack

live_test = @$(PYTHON) tests/live/$(1) $(SLUICE) build/$@
stack-and-program: stack
	$(call make_in,release,build)
parity: stack-and-program ## the live service on a real broker and Redis decides, id for id, what a replay decides
	$(call live_test,parity.py)
packs: stack-and-program ## new rules for a running service: published, activated everywhere, and nowhere judged by the wrong ones
	$(call live_test,packs.py)
kills: stack-and-program ## kill -9 of the service at KILLS moments (default 10; from 100 on of its roles, each a process of its own): ids and pages are those of its log
	$(call live_test,$(if $(shell [ $(KILLS) -ge 100 ] && echo many),kills_many.py,kills.py)) --kills $(KILLS)
kills-mutation: stack-and-program ## without the flush barrier, kills fails
	$(call live_test,mutation.py)
redis-loss: stack-and-program ## a Redis that loses its tail under load, or everything: ids and pages are those of the log
	$(call live_test,redis_loss.py)
cluster: stack-and-program ## a Redis Cluster whose slots move and whose masters die: ids and pages are those of the log
	$(call live_test,cluster.py)
sentinel: stack-and-program ## a master, a replica and three sentinels: the service finds whoever is master
	$(call live_test,sentinel.py)
state-check: stack-and-program ## every page and header in Redis is what a replay of the log has there
	$(call live_test,state_check.py)
overload: stack-and-program ## three times as much as the engine may take, Redis standing still: bounded memory, nothing lost
	$(call live_test,overload.py)
OVERLOAD_SECONDS ?= 120
OVERLOAD_LAG     ?= 300
overload-pages: stack-and-program ## the same with room for 16 MiB of pages, for OVERLOAD_SECONDS (120); the lag is to be gone within OVERLOAD_LAG (300): does not hold yet, docs/roadmap.md
	$(call live_test,overload.py) --page-mib 16 --seconds $(OVERLOAD_SECONDS) --lag-seconds $(OVERLOAD_LAG)
chaos: stack-and-program ## slow, silent and broken connections, a Redis that refuses, a paused process, brokers that come and go: ids and pages are those of the log
	$(call live_test,chaos.py)
	@$(PYTHON) tests/live/brokers.py $(SLUICE) build/brokers
	@paste -d ';' build/chaos/summary build/brokers/summary
poison: stack-and-program ## planted steps that end the program: each dies twice, then all pass it over, also a fixed program and an emptied Redis
	$(call live_test,poison.py)
fault-points: stack ## the service dies at each fault point (engine/fault.def) once: ids and pages are those of its log
	$(call make_in,release,faulty)
	@$(PYTHON) tests/live/faults.py build/release/faults/sluice build/$@
live: stack-and-program ## a busy hour of a small city, live, twenty times as fast: warnings and requests as they come
	$(call live_test,demo_live.py)
stall: stack ## Redis gone for 30 s under load, standing still and killed: outputs go on, nothing is lost; latencies before, during, after
	$(call make_in,release,build build/release/bench/live_load)
	@$(PYTHON) tests/live/stall.py $(SLUICE) build/stall
operations: stack-and-program ## backup, restore and upgrade as docs/operations.md says them, run
	$(call live_test,operations.py)
errors: stack-and-program ## servers away, wrong credentials, wrong topics: one clear line each, and servers that come back
	$(call live_test,errors.py)

SEEDS ?= 20000
START ?= 1
sim: ## SEEDS histories of faults in a simulator (default 20000), from START on: ids, pages, visits and every version of Redis as the log says
	$(call make_in,release,build/release/tests/sim/sim)
	@build/release/tests/sim/sim --start $(START) --seeds $(SEEDS)
sim-mutations: ## of the mutations those of recovery alone: the simulator or a unit test must see each
	@$(PYTHON) tests/sim/mutations.py build/sim-mutations

SOAKED := parity packs errors kills kills-mutation fault-points redis-loss cluster sentinel state-check overload chaos poison stall operations \
    bench-pages bench-recovery tsan sim mutations
soak: stack-and-program ## every live proof in full, simulator, mutations, ThreadSanitizer, and the comparison for SOAK_SECONDS (default 900)
	@failed=; start=$$(shuf -i 1-1000000000 -n 1); echo "soak: make sim START=$$start"; \
	for proof in $(SOAKED) compare-soak; do $(MAKE) $$proof START=$$start || failed="$$failed $$proof"; done; \
	$(MAKE) kills KILLS=1000 || failed="$$failed kills-1000"; \
	$(MAKE) overload-pages OVERLOAD_SECONDS=30 OVERLOAD_LAG=1200 || failed="$$failed overload-pages"; \
	[ -z "$$failed" ] && echo "soak: all of $(SOAKED) (START=$$start), the comparison, 1,000 kills, and overload-pages (half a minute of load, the lag gone within twenty)" || { echo "soak: failed:$$failed"; exit 1; }
compare-soak: build
	$(call make_in,asan,build)
	@$(PYTHON) tests/reference/compare.py --sluice $(SLUICE) --seconds $(SOAK_SECONDS)
	@$(PYTHON) tests/reference/compare.py --sluice build/asan/sluice --seconds $(SOAK_SECONDS)

asan: ## unit tests, rule cases and broken feed under AddressSanitizer and UBSan, leaks included
	$(call make_in,asan,build tests)
	@$(RUN) build/asan:sanitize
ubsan: ## the same under UndefinedBehaviorSanitizer alone
	$(call make_in,ubsan,build tests)
	@$(RUN) build/ubsan:sanitize
tsan: ## unit tests under ThreadSanitizer
	$(call make_in,tsan,tests)
	@CK_TIMEOUT_MULTIPLIER=5 $(RUN) build/tsan:tsan

bench: ## the benchmarks in their real size, one after the other
	$(call make_in,release,benches)
	@$(RUN) --show build/release:bench
bench-smoke: ## the benchmarks in a small size: they run and their checksums hold
	$(call make_in,release,benches)
	@$(RUN) --show build/release:bench-smoke

RUNS ?= 1
bench-live: stack ## the live service on a real broker and Redis beside a bare relay; RUNS=5 for medians
	$(call make_in,release,build benches)
	@$(PYTHON) bench/bench_live.py $(SLUICE) build/release build/bench-live --runs $(RUNS) \
	    --out build/bench-live.md

bench-recovery: packages ## take-over of a partition with a million pages: first decision, and all in memory beside a bare reader
	$(call make_in,release,build/release/bench/live_recovery)
	@$(PYTHON) bench/bench_recovery.py build/release build/bench-recovery --out build/bench-recovery.md

bench-pages: packages ## bytes a page in memory and in Redis for the demonstration's city, by kind of entity
	$(call make_in,release,build/release/bench/live_pages)
	@$(PYTHON) bench/bench_pages.py build/release build/bench-pages --out build/bench-pages.md

lint: ## layers, owners of foreign headers, long functions, forbidden calls, layout, links
	@$(PYTHON) tests/lint/lint.py

FORMATTED = $(shell find engine rules connectors bench tests -name '*.[ch]')
fmt: ## lays out the C sources with clang-format
	@CC="$(CC)" PYTHON="$(PYTHON)" sh tests/support/setup.sh fmt
	@clang-format -i $(FORMATTED)

docs: ## writes the pages of docs/reference/ from what the program says and is made from
	$(call make_in,release,build)
	@$(PYTHON) tests/support/docs.py $(SLUICE) docs/reference

clean: ## removes build/
	rm -rf build
