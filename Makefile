# Builds, tests and shows the recorder. `make help` lists what there is to make.
#
# Everything built goes to $(BUILD). Names: libctrace.a (reads and writes traces), ct-writer (the
# writer process), ctrace (prints and checks traces), codetracer-ruby-recorder (the command),
# ext/<ruby abi>/codetracer_recorder.so.

BUILD  ?= build
RUBY   ?= ruby
CC     := $(if $(filter default,$(origin CC)),cc,$(CC))
PREFIX ?= /usr/local
AR     ?= ar

# What a developer's build is strict about must not stop a build with a newer compiler: make WERROR=
WERROR   ?= -Werror
CFLAGS   ?= -O3 -g
SANITIZE ?=

C_STANDARD  := -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wstrict-prototypes $(WERROR)
INCLUDES    := -Ilibctrace/include
PRIVATE     := -Ilibctrace/src
COMPILE      = $(CC) $(CPPFLAGS) $(C_STANDARD) $(CFLAGS) $(SANITIZE) -MMD -MP -pthread
LIBRARIES   := -lzstd -lm
LINK         = $(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -pthread

FUZZ_SECONDS ?= 600
FUZZ_JOBS    ?= 2
LONG_FUZZ_SECONDS ?= 3600
SOAK_ROUNDS  ?= 13000 # half an hour; 26,000 children take 2.2 GB and 290,000 inodes
SOAK_EVALS   ?= 80    # a round: 10^6 in all
TEST_JOBS    ?= 2
BUILD_JOBS   ?= $(shell nproc 2>/dev/null || echo 2)

# What only builds takes every core, unless -j says otherwise. Suites run one after another.
BUILDING = --no-print-directory -s $(if $(findstring -j,$(MAKEFLAGS)),,-j$(BUILD_JOBS))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
FORCE:
.PHONY: all recorder FORCE

# -- the library and its tools --------------------------------------------------------------------

LIBRARY_SOURCES := $(sort $(wildcard libctrace/src/*/*.c))
LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(BUILD)/obj/%.o)
WRITER_OBJECTS  := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard libctrace/tools/ct_writer*.c)))
CTRACE_OBJECTS  := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard libctrace/tools/ctrace*.c)))

all: recorder $(BUILD)/codetracer-ruby-recorder

# What a gem has of it: its commands are files that RubyGems writes.
recorder: $(BUILD)/libctrace.a $(BUILD)/ct-writer $(BUILD)/ctrace extension

# Rewritten only when it changes, so that a changed flag or a removed file builds again.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE) $(LDFLAGS) $(LIBRARY_SOURCES)' | cmp -s - $@ || \
	    echo '$(COMPILE) $(LDFLAGS) $(LIBRARY_SOURCES)' > $@

$(BUILD)/obj/libctrace/src/%.o: libctrace/src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) $(INCLUDES) $(PRIVATE) -c $< -o $@

# The tools see the public headers only.
$(BUILD)/obj/libctrace/tools/%.o: libctrace/tools/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) $(INCLUDES) -c $< -o $@

$(BUILD)/libctrace.a: $(LIBRARY_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

# A file linked in for a test, whose `__wrap_NAME` take the place of what our code calls.
WRITER_SHIM ?=
EXT_SHIM    ?=
WRITER_SHIM_OBJECT := $(WRITER_SHIM:%.c=$(BUILD)/obj/%.o)
wraps = $(if $(1),$(shell sed -n 's/^__wrap_\([a-z_0-9]*\)[^a-z].*/-Wl,--wrap=\1/p' $(1)))

$(BUILD)/ct-writer: $(WRITER_OBJECTS) $(WRITER_SHIM_OBJECT) $(BUILD)/libctrace.a
	$(LINK) $^ $(call wraps,$(WRITER_SHIM)) $(LIBRARIES) -o $@

$(BUILD)/obj/test/shims/%.o: test/shims/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) -DFAULT_PART='"writer:"' -c $< -o $@

$(BUILD)/ctrace: $(CTRACE_OBJECTS) $(BUILD)/libctrace.a
	$(LINK) $^ $(LIBRARIES) -o $@

# -- the extension, for the Ruby that $(RUBY) is --------------------------------------------------

RUBY_ABI     := $(shell $(RUBY) -e 'print RbConfig::CONFIG["ruby_version"]' 2>/dev/null)
EXT_SOURCE   := ext/codetracer_recorder
EXT_BUILD    := $(BUILD)/ext/$(RUBY_ABI)
EXTENSION    := $(EXT_BUILD)/codetracer_recorder.so
LAUNCHER     := $(EXT_BUILD)/launcher.iseq
LAUNCHER_COMPILE := ext/install/compile_launcher.rb
COMMAND      := $(BUILD)/codetracer-ruby-recorder
EXT_SOURCES  := $(sort $(wildcard $(EXT_SOURCE)/*.c) $(wildcard libctrace/src/base/*.c) \
                  $(wildcard libctrace/src/spool/*.c))
EXT_HEADERS  := $(sort $(wildcard $(EXT_SOURCE)/*.h) $(wildcard libctrace/include/ctrace/*.h) \
                  $(wildcard libctrace/src/base/*.h) $(wildcard libctrace/src/spool/*.h))

.PHONY: extension
ifeq ($(RUBY_ABI),)
extension:
	@echo 'make: no $(RUBY) here to build the extension for; `make setup` installs one' >&2; exit 1
else
extension: $(EXTENSION) $(LAUNCHER)
endif

# What lib/ has of the launcher, compiled. Its folder is made with the extension.
$(LAUNCHER): $(EXTENSION) $(LAUNCHER_COMPILE) $(wildcard lib/codetracer/*.rb lib/codetracer/*/*.rb)
	$(RUBY) --disable=gems,rubyopt $(LAUNCHER_COMPILE) $@

# The command in C, for the very ruby that $(RUBY) is; what options there are the launcher knows.
RUBY_FOUND = $(realpath $(shell command -v '$(RUBY)'))
$(BUILD)/command/ruby: FORCE
	@mkdir -p $(@D)
	@echo '$(RUBY_ABI) $(RUBY_FOUND)' | cmp -s - $@ || echo '$(RUBY_ABI) $(RUBY_FOUND)' > $@

$(BUILD)/command/option_words.h: ext/command/option_words.rb $(BUILD)/command/ruby \
                          lib/codetracer/recording_options.rb lib/codetracer/filter_options.rb
	$(RUBY) --disable=gems,rubyopt $< > $@.new
	mv $@.new $@

$(COMMAND): ext/command/command.c $(BUILD)/command/option_words.h $(BUILD)/flags
	$(filter-out -MMD -MP,$(COMPILE)) -I$(BUILD)/command $< $(LDFLAGS) -o $@

# Which files are compiled is decided when extconf.rb runs: it runs again when the list changes, or
# their folder, as in a copy of a checkout.
$(EXT_BUILD)/sources: FORCE
	@mkdir -p $(@D)
	@echo '$(CURDIR) $(RUBY_ABI) $(EXT_SOURCES)' | cmp -s - $@ || \
	    echo '$(CURDIR) $(RUBY_ABI) $(EXT_SOURCES)' > $@

$(EXT_BUILD)/Makefile: $(EXT_SOURCE)/extconf.rb $(EXT_BUILD)/sources $(EXT_SHIM)
	cd $(EXT_BUILD) && CODETRACER_SHIM='$(EXT_SHIM)' $(RUBY) $(CURDIR)/$(EXT_SOURCE)/extconf.rb

# The generated Makefile knows no header of libctrace: a changed header compiles everything again.
$(EXTENSION): $(EXT_BUILD)/Makefile $(EXT_SOURCES) $(EXT_HEADERS)
	@$(if $(filter %.h %/Makefile,$?),rm -f $(EXT_BUILD)/*.o)
	$(MAKE) -C $(EXT_BUILD) V=0
	@touch $@

# -- set-up and the two front doors ---------------------------------------------------------------

.PHONY: setup setup-test demo test
setup:
	@script/setup.sh base

setup-test:
	@script/setup.sh base test

# Recursive, since what set-up installs decides what there is to build.
demo: setup
	@$(MAKE) $(BUILDING) all
	@BUILD=$(BUILD) RUBY=$(RUBY) script/demo.sh

# Suites run one after another, in what follows `suites=`; each runs two of its tests at a time.
test: setup-test
	@rm -rf $(BUILD)/results
	@$(MAKE) $(BUILDING) all test-programs
	@script/suite.sh $(BUILD)/results tidy -- $(MAKE) --no-print-directory -s tidy
	@script/suite.sh $(BUILD)/results c -- $(MAKE) --no-print-directory -s run-c
	@script/suite.sh $(BUILD)/results fuzz-corpus -- $(MAKE) --no-print-directory -s run-corpus
	@script/suite.sh $(BUILD)/results readme -- $(MAKE) --no-print-directory -s run-readme
	@script/suite.sh $(BUILD)/results demo -- $(MAKE) --no-print-directory -s run-demo
	@script/suite.sh $(BUILD)/results tools -- $(MAKE) --no-print-directory -s run-tools
	@script/suite.sh $(BUILD)/results ruby -- $(MAKE) --no-print-directory -s run-quick
	@script/suite.sh $(BUILD)/results --total

# -- tests ----------------------------------------------------------------------------------------

TEST_SOURCES  := $(sort $(wildcard libctrace/test/test_*.c))
SUPPORT       := $(sort $(filter-out $(TEST_SOURCES),$(wildcard libctrace/test/*.c)))
SUPPORT_OBJECTS := $(SUPPORT:%.c=$(BUILD)/obj/%.o)
TEST_PROGRAMS := $(TEST_SOURCES:libctrace/test/%.c=$(BUILD)/test/%)
FUZZ_SOURCES  := $(sort $(wildcard libctrace/fuzz/fuzz_*.c))
FUZZ_NAMES    := $(FUZZ_SOURCES:libctrace/fuzz/fuzz_%.c=%)
REPLAYS       := $(FUZZ_NAMES:%=$(BUILD)/test/replay_%)

.PHONY: test-programs test-c test-ruby test-other-ruby run-c run-corpus run-readme run-demo
.PHONY: run-tools run-ruby run-quick run-slow
.SECONDARY: $(TEST_SOURCES:%.c=$(BUILD)/obj/%.o) $(FUZZ_SOURCES:%.c=$(BUILD)/obj/%.o)
test-programs: $(TEST_PROGRAMS) $(REPLAYS)

# cmocka 2 deprecates what cmocka 1 does not have another name for.
$(BUILD)/obj/libctrace/test/%.o: libctrace/test/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) -Wno-deprecated-declarations $(INCLUDES) $(PRIVATE) -Ilibctrace/test -c $< -o $@

$(BUILD)/obj/libctrace/fuzz/%.o: libctrace/fuzz/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) $(INCLUDES) $(PRIVATE) -c $< -o $@

$(TEST_PROGRAMS): $(BUILD)/test/%: $(BUILD)/obj/libctrace/test/%.o $(SUPPORT_OBJECTS) \
                                   $(BUILD)/libctrace.a
	@mkdir -p $(@D)
	$(LINK) $^ -lcmocka $(LIBRARIES) -o $@

# A fuzz target with a main of ours instead of a fuzzer: every input once, with any compiler.
$(REPLAYS): $(BUILD)/test/replay_%: $(BUILD)/obj/libctrace/fuzz/fuzz_%.o \
                                    $(BUILD)/obj/libctrace/fuzz/replay.o $(BUILD)/libctrace.a
	@mkdir -p $(@D)
	$(LINK) $^ $(LIBRARIES) -o $@

test-c: setup-test
	@$(MAKE) $(BUILDING) test-programs $(BUILD)/ct-writer
	@$(MAKE) --no-print-directory -s run-c run-corpus

run-c: $(TEST_PROGRAMS) $(BUILD)/ct-writer
	@BUILD=$(BUILD) TEST_JOBS=$(TEST_JOBS) script/test_c.sh $(TEST_PROGRAMS)

run-corpus: $(REPLAYS)
	@script/test_corpus.sh $(BUILD) $(FUZZ_NAMES)

# The example in libctrace's README, compiled as a user of the library would.
run-readme: $(BUILD)/libctrace.a $(BUILD)/ctrace
	@BUILD=$(BUILD) CC='$(CC)' libctrace/test/readme_example.sh

# What a newcomer sees first must end where it says it ends.
run-demo: all
	@mkdir -p $(BUILD)/test
	@BUILD=$(BUILD) RUBY=$(RUBY) script/demo.sh >$(BUILD)/test/demo.log 2>&1 && \
	    grep -q 'rebates=\[\]' $(BUILD)/test/demo.log && \
	    test -s "$$(tail -n 1 $(BUILD)/test/demo.log)" && echo '1 passed, 0 failed' || \
	    { cat $(BUILD)/test/demo.log; echo '0 passed, 1 failed'; exit 1; }

run-tools: $(BUILD)/ctrace $(BUILD)/ct-writer
	@BUILD=$(BUILD) libctrace/test/cli/run.sh

test-ruby: setup-test
	@$(MAKE) $(BUILDING) run-ruby

run-ruby: all
	@$(RUBY) test/run.rb

# What depends on the Ruby, for .ci/run on others than its own: not what is asked of traces, however
# they were made, nor each program with both layouts, which the writer makes of the same records.
TRACE_TESTS := query_test query_threads_test diff_test repair_test index_test
test-other-ruby: setup-test
	@$(MAKE) $(BUILDING) all
	@PROFILES=json KILL_COUNT=5 $(RUBY) test/run.rb $(TRACE_TESTS:%=^%)

# Of these what fits into `make test`; .ci/run runs the rest.
SLOW_TESTS  := api_interference_test beside_test children_test cycles_test dates_test \
               diff_test endings_test eval_pages_test expressions_hostile_test \
               expressions_programs_test expressions_size_test facts_test \
               filter_recording_test flight_dumps_test flight_test follow_test \
               index_test instructions_test intervals_test kill_test learnt_secrets_test \
               query_threads_test repair_test triggers_test uncaught_test \
               web_secrets_test
QUICK_TESTS := /recorder/ conformance/conformance conformance/strands $(SLOW_TESTS:%=^%)
run-quick: all
	@$(RUBY) test/run.rb $(QUICK_TESTS)

run-slow: all
	@KILL_COUNT=40 $(RUBY) test/run.rb $(SLOW_TESTS)

# Each program with, and without, either recorder: too long for every `make test`.
.PHONY: test-equivalence
test-equivalence: setup-test
	-@script/setup.sh server workloads
	@$(MAKE) $(BUILDING) all
	@$(RUBY) test/run.rb equivalence/

# The pure recorder on other Rubies. JRuby is in a chroot (test/rubies/chroot.sh jruby), Ruby on
# WebAssembly comes from npm.
WASM_PACKAGES := @ruby/4.0-wasm-wasi@2.10.1 @ruby/wasm-wasi@2.10.1
WASM_RUBY     := $(BUILD)/wasm/node_modules/@ruby/4.0-wasm-wasi/package.json

.PHONY: test-jruby test-wasm wasm-ruby
test-jruby: $(BUILD)/ctrace
	@$(RUBY) test/run.rb rubies/jruby

test-wasm: $(BUILD)/ctrace wasm-ruby
	@$(RUBY) test/run.rb rubies/wasm

wasm-ruby: $(WASM_RUBY)
$(WASM_RUBY):
	npm install --silent --no-save --no-audit --no-fund --ignore-scripts \
	    --prefix $(BUILD)/wasm $(WASM_PACKAGES)

.PHONY: tidy
tidy: setup-test
	@$(RUBY) test/tidy/run.rb

# -- sanitizers, fuzzers, benches -----------------------------------------------------------------

SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

SANITIZED := BUILD=$(BUILD)/sanitize SANITIZE='$(SANITIZERS)' CFLAGS='-O1 -g'
THREADED  := BUILD=$(BUILD)/thread SANITIZE=-fsanitize=thread CFLAGS='-O1 -g'

.PHONY: sanitize sanitize-thread fuzz bench long fault tripwire
sanitize: setup-test
	@rm -rf $(BUILD)/sanitize/results
	@$(MAKE) $(BUILDING) test-programs $(BUILD)/sanitize/ct-writer $(SANITIZED)
	@script/suite.sh $(BUILD)/sanitize/results sanitize -- env ASAN_OPTIONS=detect_leaks=1 \
	    $(MAKE) --no-print-directory -s -k run-c run-corpus $(SANITIZED)
	@script/suite.sh $(BUILD)/sanitize/results --total

# The extension under valgrind, recording some programs of test/programs; MEMCHECK=few: four of
# them, MEMCHECK=all: every one.
.PHONY: memcheck
memcheck: setup-test
	@script/setup.sh memcheck
	@$(MAKE) $(BUILDING) all
	@$(RUBY) test/run.rb memcheck/

# What is shared between program and writer, and between the threads of a reader, under
# ThreadSanitizer.
sanitize-thread: setup-test
	@rm -rf $(BUILD)/thread/results
	@$(MAKE) $(BUILDING) thread-programs $(THREADED)
	@script/suite.sh $(BUILD)/thread/results sanitize-thread -- \
	    $(MAKE) --no-print-directory -s run-thread $(THREADED)
	@script/suite.sh $(BUILD)/thread/results --total

.PHONY: thread-programs run-thread
THREAD_TESTS := $(filter %_spool %_spool_lanes %_ct_writer %_trace_ahead %_trace_press, \
    $(TEST_PROGRAMS))
thread-programs: $(THREAD_TESTS) $(BUILD)/ct-writer
run-thread: thread-programs
	@BUILD=$(BUILD) TEST_JOBS=$(TEST_JOBS) script/test_c.sh $(THREAD_TESTS)

# A build that differs in what it links alone begins with the objects of this one.
share_objects = mkdir -p $(1) && cp -Rp $(BUILD)/obj $(BUILD)/flags $(1)/

# Calls of our code to the system made to fail, once each: the first from each place, or FAULT=all.
FAULT_BUILD := $(BUILD)/fault/build
fault: setup-test
	@$(MAKE) $(BUILDING) all
	@$(call share_objects,$(FAULT_BUILD))
	@$(MAKE) $(BUILDING) all BUILD=$(FAULT_BUILD) \
	    WRITER_SHIM=test/shims/fault_shim.c EXT_SHIM=test/shims/fault_shim.c
	@rm -rf $(BUILD)/fault/lib $(BUILD)/fault/src
	@cp -R lib src $(BUILD)/fault/
	@$(RUBY) test/run.rb fault/

# Ruby suites, with an extension that ends the program when a hook on the steady path
# allocates, calls Ruby or lets another thread run. A trace's layout is the writer's business.
# Some once more by the way of Ruby 3.3 and later, where every line comes by a hook. Not with other
# Ractors: Ruby 3.1 itself fails when they allocate under a TracePoint.
TRIPWIRE := $(BUILD)/tripwire
TRIPWIRE_TESTS ?= programs watch_test -- --exclude '/_ractors/'
TRIPWIRE_HOOK_TESTS ?= programs -- -n '/test_[a-f]/'
tripwire: setup-test
	@$(MAKE) $(BUILDING) all
	@$(call share_objects,$(TRIPWIRE)/build)
	@$(MAKE) $(BUILDING) all BUILD=$(TRIPWIRE)/build \
	    EXT_SHIM=test/shims/tripwire_shim.c
	@rm -rf $(addprefix $(TRIPWIRE)/,lib src test exe doc trace.rb)
	@cp -R lib src test exe doc trace.rb $(TRIPWIRE)/
	@$(RUBY) $(TRIPWIRE)/test/run.rb tripwire/
	@PROFILES=json $(RUBY) $(TRIPWIRE)/test/run.rb $(TRIPWIRE_TESTS)
	@CODETRACER_RUBY_FORCE_HOOKS=1 PROFILES=json \
	    $(RUBY) $(TRIPWIRE)/test/run.rb $(TRIPWIRE_HOOK_TESTS)

FUZZ_QUICK := -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp
fuzz:
	@script/setup.sh base fuzz
	@$(MAKE) $(BUILDING) fuzz-programs BUILD=$(BUILD)/fuzz/compare CC=clang \
	    SANITIZE='$(SANITIZERS) -fsanitize=fuzzer-no-link' CFLAGS='-O1 -g'
	@[ $(FUZZ_SECONDS) -lt 60 ] || \
	    $(MAKE) $(BUILDING) fuzz-programs BUILD=$(BUILD)/fuzz/bare CC=clang CFLAGS='-O2 -g' \
	    SANITIZE='$(FUZZ_QUICK) -fsanitize=undefined -fsanitize-trap=all'
	@$(MAKE) $(BUILDING) fuzz-programs BUILD=$(BUILD)/fuzz CC=clang CFLAGS='-O2 -g' \
	    SANITIZE='$(SANITIZERS) $(FUZZ_QUICK)'
	@script/fuzz.sh $(BUILD)/fuzz $(FUZZ_SECONDS) $(FUZZ_JOBS) $(FUZZ_NAMES)

# The other suites, but for what counts TracePoints: the tripwire has one of its own.
LONG_TRIPWIRE_TESTS := recorder/ conformance/block conformance/c_calls ^ractors_test \
    -- --exclude '/_(ractors|the_hooks_are_off|does_not_start_leaves)/'

# What is too long for .ci/run, which has a short form of each. Fuzzing is FUZZ_SECONDS a target.
long: setup-test
	@$(MAKE) $(BUILDING) all
	KILL_COUNT=1000 $(RUBY) test/run.rb kill_test
	PROPERTY_COUNT=2000 $(RUBY) test/run.rb property/
	FLIGHT_SECONDS=3600 FLIGHT_LIMIT=64MiB $(RUBY) test/run.rb flight_test -- -n /lags/
	CYCLES=10000 $(RUBY) test/run.rb cycles_test
	@$(MAKE) --no-print-directory -s fault FAULT=all
	@$(MAKE) --no-print-directory -s memcheck MEMCHECK=all
	@$(MAKE) --no-print-directory -s tripwire TRIPWIRE_TESTS='$(LONG_TRIPWIRE_TESTS)' \
	    TRIPWIRE_HOOK_TESTS='$(LONG_TRIPWIRE_TESTS)'
	@$(MAKE) --no-print-directory -s test-equivalence memcheck EXPRESSIONS=1 MEMCHECK=all
	EXPRESSIONS=1 SOAK_ROUNDS=300 $(RUBY) test/run.rb soak/
	SOAK_ROUNDS=$(SOAK_ROUNDS) SOAK_EVALS=$(SOAK_EVALS) $(RUBY) test/run.rb soak/
	@$(MAKE) --no-print-directory -s fuzz FUZZ_SECONDS=$(LONG_FUZZ_SECONDS)

.PHONY: fuzz-programs
FUZZERS := $(FUZZ_NAMES:%=$(BUILD)/fuzz_%)
fuzz-programs: $(FUZZERS)
$(FUZZERS): $(BUILD)/fuzz_%: $(BUILD)/obj/libctrace/fuzz/fuzz_%.o $(BUILD)/libctrace.a
	$(LINK) -fsanitize=fuzzer $^ $(LIBRARIES) -o $@

bench:
	@script/setup.sh base bench
	-@script/setup.sh workloads
	-@script/setup.sh memcheck
	@$(MAKE) $(BUILDING) all
	@$(RUBY) bench/run.rb --results

# Instructions of the hot path, counted: none may be above bench/budget.json.
.PHONY: budget
budget:
	@script/setup.sh base memcheck
	@$(MAKE) $(BUILDING) all
	@$(RUBY) bench/instructions.rb --check

# The writer process's share, with zstd's time taken out.
.PHONY: timeline-bench
timeline-bench: $(BUILD)/bench/timeline_bench
	@$<

$(BUILD)/bench/timeline_bench: bench/timeline_bench.c libctrace/test/record_builder.c \
                               $(BUILD)/libctrace.a
	@mkdir -p $(@D)
	$(COMPILE) $(INCLUDES) $(PRIVATE) -Ilibctrace/test $(filter %.c,$^) \
	    $(BUILD)/libctrace.a -Wl,--wrap=ZSTD_compress2 $(LIBRARIES) -o $@

# -- packages -------------------------------------------------------------------------------------

VERSION = $(shell $(RUBY) -Ilib -rcodetracer/version -e 'print CodeTracer::VERSION')
SHARE  := $(DESTDIR)$(PREFIX)/lib/codetracer-ruby-recorder

.PHONY: package can-build install clean help
package: setup
	@mkdir -p pkg
	gem build codetracer-ruby-recorder.gemspec --output pkg/codetracer-ruby-recorder-$(VERSION).gem

# Asked by the gem before it builds: a compiler and libzstd are all that it takes.
can-build:
	@echo '#include <zstd.h>' | $(CC) -x c -E - >/dev/null

install: all
	install -d $(SHARE)/exe $(SHARE)/bin $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include/ctrace
	cp -R lib $(SHARE)/
	install -d $(SHARE)/lib/codetracer/native/ext/$(RUBY_ABI)
	install -m 755 exe/codetracer-ruby-recorder $(SHARE)/exe/
	install -m 755 $(COMMAND) $(SHARE)/bin/
	install -m 755 $(BUILD)/ct-writer $(SHARE)/lib/codetracer/native/
	install -m 755 $(EXTENSION) $(SHARE)/lib/codetracer/native/ext/$(RUBY_ABI)/
	$(RUBY) --disable=gems,rubyopt $(LAUNCHER_COMPILE) \
	    $(SHARE)/lib/codetracer/native/ext/$(RUBY_ABI)/$(notdir $(LAUNCHER)) \
	    $(PREFIX)/lib/codetracer-ruby-recorder/lib/codetracer
	install -m 755 $(BUILD)/ctrace $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(BUILD)/libctrace.a $(DESTDIR)$(PREFIX)/lib/
	install -m 644 libctrace/include/ctrace/*.h $(DESTDIR)$(PREFIX)/include/ctrace/
	ln -sf ../lib/codetracer-ruby-recorder/bin/codetracer-ruby-recorder $(DESTDIR)$(PREFIX)/bin/

# A build folder of another kind of build (sanitize, fuzz) lies in $(BUILD) too.
clean:
	rm -rf $(BUILD) pkg

help:
	@echo 'make            build libctrace, the tools, the command and the extension for $(RUBY)'
	@echo 'make demo       set up, build, record examples/invoices.rb and walk through the trace'
	@echo 'make test       set up, build, run every test      (test-c, test-ruby: a part of them)'
	@echo 'make sanitize   the C tests under AddressSanitizer and UBSan'
	@echo 'make sanitize-thread  what threads and processes share under ThreadSanitizer'
	@echo 'make fuzz       every fuzz target for FUZZ_SECONDS=$(FUZZ_SECONDS), $(FUZZ_JOBS) at a time'
	@echo 'make memcheck   the extension under valgrind, recording programs (MEMCHECK=few or all)'
	@echo 'make tripwire   the Ruby suites; what a hook must not do ends the program (TRIPWIRE_TESTS)'
	@echo 'make fault      each call to the system made to fail once (FAULT=all: from each place anew)'
	@echo 'make long       1,000 kills, 2,000 random programs, all faults, half an hour of soak,'
	@echo '                an hour of each fuzz target'
	@echo 'make bench      what recording costs, beside its bounds, into bench/RESULTS.md'
	@echo 'make budget     instructions of the hot path, against the recorded budget'
	@echo 'make tidy       the rules of the house over the source tree'
	@echo 'make package    the gem, into pkg/'
	@echo 'make install    into PREFIX=$(PREFIX)'
	@echo 'make setup      install what building needs (Debian), or say what is missing'
	@echo 'make clean      remove what was built'

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
