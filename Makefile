# parmap: all static lambda-layer check fuzz stress bench lint install uninstall clean
#
# SAN=1 builds with the address and undefined-behaviour sanitizers.
.POSIX:

VERSION = 0.1.0
PREFIX ?= /usr/local
BINDIR = $(PREFIX)/bin
INCDIR = $(PREFIX)/include
MANDIR = $(PREFIX)/share/man
BASHDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
# A folder that goes before others in PATH to have xargs and parallel be parmap.
LIBEXECDIR = $(PREFIX)/libexec/parmap
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d

CC = gcc
PKG_CONFIG = pkg-config
CFLAGS = -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings
SAN_1 = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
SANITIZE = $(SAN_$(SAN))
BSD_CFLAGS = $$($(PKG_CONFIG) --cflags libmd libbsd-overlay)
BSD_LIBS = $$($(PKG_CONFIG) --libs libmd libbsd-overlay)
STD = -std=c17 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Isrc
COMPILE = $(CC) $(STD) $(WARNINGS) $(CFLAGS) $(SANITIZE) $(BSD_CFLAGS)

# In the order of the street; a file includes only what is below it.
OBJ = \
	src/main.o \
	src/cli/dialect.o \
	src/cli/native.o \
	src/cli/native-make.o \
	src/cli/native-work.o \
	src/cli/xargs.o \
	src/cli/parallel.o \
	src/cli/settings.o \
	src/cli/operands.o \
	src/cli/options.o \
	src/run/engine.o \
	src/run/fill.o \
	src/run/front.o \
	src/run/ends.o \
	src/run/crew.o \
	src/run/books.o \
	src/run/say.o \
	src/run/slot.o \
	src/run/worker.o \
	src/run/worker-frames.o \
	src/run/worker-lines.o \
	src/run/worker-shell.o \
	src/run/worker-kind.o \
	src/run/shell.o \
	src/run/agent.o \
	src/run/agent-stdio.o \
	src/run/desk.o \
	src/run/frame.o \
	src/run/spawn.o \
	src/run/summary.o \
	src/run/tell.o \
	src/run/gate.o \
	src/run/jobserver.o \
	src/run/makeflags.o \
	src/run/history.o \
	src/run/leftover.o \
	src/run/kin.o \
	src/run/clock.o \
	src/run/limits.o \
	src/run/report.o \
	src/run/retry.o \
	src/run/signals.o \
	src/run/terminal.o \
	src/run/verdict.o \
	src/input/assemble.o \
	src/input/records.o \
	src/input/columns.o \
	src/input/source.o \
	src/input/split.o \
	src/input/lexer.o \
	src/command/template.o \
	src/command/hole.o \
	src/command/place.o \
	src/command/plus.o \
	src/command/scan.o \
	src/command/argvec.o \
	src/command/launch-shell.o \
	src/builtin/print.o \
	src/builtin/plugin.o \
	src/builtin/names.o \
	src/builtin/builtin.o \
	src/builtin/basename.o \
	src/builtin/cat.o \
	src/builtin/dirname.o \
	src/builtin/echo.o \
	src/builtin/false.o \
	src/builtin/grep.o \
	src/builtin/head.o \
	src/builtin/md5.o \
	src/builtin/realpath.o \
	src/builtin/sha1.o \
	src/builtin/sha256.o \
	src/builtin/sha512.o \
	src/builtin/sleep.o \
	src/builtin/stat.o \
	src/builtin/true.o \
	src/builtin/wc.o \
	src/builtin/digest.o \
	src/builtin/match.o \
	src/builtin/call.o \
	src/builtin/file.o \
	src/builtin/text.o \
	src/output/sink.o \
	src/output/joblog.o \
	src/output/results.o \
	src/output/tag.o \
	src/output/element.o \
	src/output/json.o \
	src/output/quota.o \
	src/output/outlet.o \
	src/output/capture.o \
	src/output/spill.o \
	src/base/visible.o \
	src/base/quote.o \
	src/base/words.o \
	src/base/buf.o \
	src/base/num.o \
	src/base/tmpdir.o \
	src/base/mem.o

MAN1 = man/parmap.1 man/parmap-xargs.1 man/parmap-parallel.1
MAN3 = man/parmap-plugin.3
MAN5 = man/parmap-formats.5

all: parmap

parmap: $(OBJ)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $(OBJ) $(BSD_LIBS)

# Objects of the other kind, with sanitizers or without, are of no use.
$(OBJ) tests/build/units: .built$(SAN)
.built$(SAN):
	@rm -f .built .built1
	@: >$@

.SUFFIXES:
.SUFFIXES: .c .o
.c.o:
	$(COMPILE) -MMD -MP -c -o $@ $<

# Programs that need nothing but a kernel, one for each architecture.  What would load
# something else, plugins and who knows names of users, is exchanged; what is large in
# libc and of no use here is replaced by next to nothing.
STATIC_CC_x86_64 = x86_64-linux-gnu-gcc
STATIC_CC_aarch64 = aarch64-linux-gnu-gcc
# As small as can be at the same speed; with -Os functions take twice the time.
STATIC_CFLAGS = -O2 -flto=auto -fno-tree-vectorize -fno-align-functions -fno-align-loops \
	-fno-align-jumps -fno-inline-functions --param max-inline-insns-single=20 \
	--param max-inline-insns-size=5 -fno-asynchronous-unwind-tables \
	-ffunction-sections -fdata-sections
STATIC_LDFLAGS = -static -s -Wl,--gc-sections,--build-id=none,-z,norelro,-z,noseparate-code \
	-Wl,-T,src/static/unwind.ld
# What libc has is smaller than the same of libbsd.
STATIC_LIBS = -lc -lbsd -lmd
STATIC_KEPT = $(OBJ:src/builtin/plugin.o=src/static/plugin.o)
STATIC_OBJ = $(STATIC_KEPT:src/builtin/names.o=src/static/names.o) \
	src/static/sscanf.o src/static/unwind.o
STATIC_PARMAPS = build/x86_64/parmap build/aarch64/parmap
STATIC_BUILD = src/static/build.sh $(STATIC_CC_$(@D:build/%=%)) $@ $(STD) $(WARNINGS) \
	$(STATIC_CFLAGS) $(BSD_CFLAGS) $(STATIC_LDFLAGS) $(STATIC_OBJ:.o=.c) $(STATIC_LIBS)

static: $(STATIC_PARMAPS)
	src/static/needs.sh $(STATIC_PARMAPS)

# From our own objects it is known what it is to be made of anew.
$(STATIC_PARMAPS): $(OBJ) src/static/plugin.c src/static/names.c src/static/sscanf.c \
    src/static/unwind.c src/static/unwind.ld src/static/build.sh
	$(STATIC_BUILD)

# A layer for AWS Lambda is unpacked in /opt, whose bin is in its PATH.
lambda-layer: static
	src/static/layer.sh build/parmap-layer-x86_64.zip build/x86_64/parmap
	src/static/layer.sh build/parmap-layer-arm64.zip build/aarch64/parmap

# Programs that tests and benchmarks run as jobs, or beside parmap.
HELPERS = \
	tests/build/noop \
	tests/build/emit \
	tests/build/loop \
	tests/build/measure \
	tests/build/alone \
	tests/build/lambda/api \
	tests/build/lambda/filter \
	tests/build/lambda/become \
	tests/build/lambda/probe \
	tests/build/echo.so \
	tests/build/clock.so \
	tests/build/fault.so

HELPER = mkdir -p $(@D) && \
	$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) -O2 -static -o $@

tests/build/noop: tests/helpers/noop.c
	$(HELPER) tests/helpers/noop.c
tests/build/emit: tests/helpers/emit.c
	$(HELPER) tests/helpers/emit.c
tests/build/loop: tests/helpers/loop.c
	$(HELPER) tests/helpers/loop.c
tests/build/measure: tests/helpers/measure.c
	$(HELPER) tests/helpers/measure.c
tests/build/alone: tests/helpers/alone.c
	$(HELPER) tests/helpers/alone.c

# What the sandbox of tests/lambda is made of.
tests/build/lambda/api: tests/lambda/api.c
	$(HELPER) tests/lambda/api.c
tests/build/lambda/filter: tests/lambda/filter.c
	$(HELPER) tests/lambda/filter.c
tests/build/lambda/become: tests/lambda/become.c
	$(HELPER) tests/lambda/become.c
tests/build/lambda/probe: tests/lambda/probe.c
	$(HELPER) tests/lambda/probe.c

tests/build/echo.so: tests/helpers/echo.c src/parmap.h
	@mkdir -p tests/build
	$(CC) -std=c17 -D_GNU_SOURCE -Isrc $(WARNINGS) -O2 -fPIC -shared -o $@ tests/helpers/echo.c
tests/build/clock.so: tests/helpers/clock.c
	@mkdir -p tests/build
	$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) -O2 -fPIC -shared -o $@ tests/helpers/clock.c
tests/build/fault.so: tests/helpers/fault.c
	@mkdir -p tests/build
	$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) -O2 -fPIC -shared -o $@ tests/helpers/fault.c

# The pure modules, and a program that asks them.
tests/build/units: tests/helpers/units.c $(OBJ)
	@mkdir -p tests/build
	$(COMPILE) -o $@ tests/helpers/units.c $(OBJ:src/main.o=) $(BSD_LIBS)

# A bats that is newer than Debian's, for tests/bats.bats; without npm, or a network, its
# tests are skipped, and say why.
NPM_BATS = tests/build/npm/node_modules/bats/bin/bats
$(NPM_BATS):
	@mkdir -p tests/build/npm
	@if ! command -v npm >/dev/null; then echo "there is no npm here"; else \
	    timeout 60 npm install --prefix tests/build/npm --no-save --ignore-scripts --no-audit \
	    --no-fund --fetch-retries 0 bats@1.13.0 2>&1; fi >tests/build/npm/log || :

# Another runtime for tests/lambda.bats; the same goes for it.
NPM_FUN = tests/build/npm/node_modules/@vercel/fun/package.json
$(NPM_FUN): $(NPM_BATS)
	@if ! command -v npm >/dev/null; then echo "there is no npm here"; else \
	    timeout 60 npm install --prefix tests/build/npm --no-save --ignore-scripts --no-audit \
	    --no-fund --fetch-retries 0 bats@1.13.0 @vercel/fun@1.3.6 2>&1; fi \
	    >tests/build/npm/fun.log || :

# bats runs the files of the tests through parmap, as parallel, one for each CPU, at least
# two; it needs flock for that.
LINK = tests/build/bin/parallel
$(LINK):
	@mkdir -p tests/build/bin
	ln -sf ../../../parmap $@

check: parmap $(STATIC_PARMAPS) $(HELPERS) tests/build/units $(NPM_BATS) $(NPM_FUN) $(LINK)
	if command -v flock >/dev/null; then \
	    cpus=$$(nproc) && PATH=$$PWD/tests/build/bin:$$PATH bats --tap \
	    --jobs $$((cpus > 1 ? cpus : 2)) --no-parallelize-within-files tests; \
	else bats --tap tests; fi

# Each pure module is tried with what libFuzzer makes up; tests/fuzz says what must hold.
FUZZ_SECONDS = 60
FUZZ_CC = clang
FUZZ_CFLAGS = -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	-DROOM=64 -DLIBBSD_NETBSD_VIS
FUZZ_TARGETS = number quote visible split template shell frame json makeflags
FUZZ_SRC = \
	src/input/columns.c \
	src/input/split.c \
	src/input/lexer.c \
	src/command/template.c \
	src/command/hole.c \
	src/command/place.c \
	src/command/plus.c \
	src/command/scan.c \
	src/run/frame.c \
	src/run/makeflags.c \
	src/output/json.c \
	src/base/visible.c \
	src/base/quote.c \
	src/base/words.c \
	src/base/buf.c \
	src/base/num.c \
	src/base/mem.c

fuzz:
	@command -v $(FUZZ_CC) >/dev/null || \
	    { echo "fuzz: needs $(FUZZ_CC) with libFuzzer" >&2; exit 1; }
	mkdir -p tests/build/fuzz
	for target in $(FUZZ_TARGETS); do \
	    $(FUZZ_CC) $(STD) $(WARNINGS) $(FUZZ_CFLAGS) $(BSD_CFLAGS) \
	    -o tests/build/fuzz/$$target tests/fuzz/$$target.c $(FUZZ_SRC) $(BSD_LIBS) -lm || \
	    exit; done
	tests/fuzz/run.sh $(FUZZ_SECONDS) $(FUZZ_TARGETS)

# What takes long: runs, and workers, that are killed at moments of chance, and system calls
# that are made to fail, of which every one takes an hour (STRESS_STRIDE=1).
STRESS_SECONDS = 150
STRESS_STRIDE = 8
stress: parmap $(HELPERS)
	tests/kills.sh $(STRESS_SECONDS)
	tests/workers.sh $(STRESS_SECONDS)
	tests/faults.sh -s $(STRESS_STRIDE)

bench: parmap $(HELPERS)
	tests/bench.sh

# What tools find fault with; cppcheck takes struct template and LIST_FOREACH for
# something else.
lint:
	cppcheck --language=c --enable=warning,performance,portability --std=c11 --error-exitcode=1 \
	    --suppress=CastIntegerToAddressAtReturn \
	    --suppress=uninitvar:src/output/sink.c -q -Isrc src
	for file in $(OBJ:.o=.c); do \
	    $(COMPILE) -Werror -fanalyzer -c -o /dev/null $$file || exit; done
	shellcheck .ci/run src/static/*.sh tests/*.sh tests/fuzz/*.sh tests/lambda/*.sh tests/*.bash tests/*.bats
	! mandoc -Tlint -Wstyle $(MAN1) $(MAN3) $(MAN5) 2>&1 | \
	    grep -v -e 'outdated mandoc.db' -e 'referenced manual not found'

install: parmap
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(INCDIR) $(DESTDIR)$(MANDIR)/man1 \
	    $(DESTDIR)$(MANDIR)/man3 $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(BASHDIR) \
	    $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR) $(DESTDIR)$(LIBEXECDIR)
	install -m 755 parmap $(DESTDIR)$(BINDIR)/parmap
	ln -sf $(BINDIR)/parmap $(DESTDIR)$(LIBEXECDIR)/xargs
	ln -sf $(BINDIR)/parmap $(DESTDIR)$(LIBEXECDIR)/parallel
	install -m 644 src/parmap.h $(DESTDIR)$(INCDIR)/parmap.h
	install -m 644 $(MAN1) $(DESTDIR)$(MANDIR)/man1
	install -m 644 $(MAN3) $(DESTDIR)$(MANDIR)/man3
	install -m 644 $(MAN5) $(DESTDIR)$(MANDIR)/man5
	install -m 644 completions/parmap.bash $(DESTDIR)$(BASHDIR)/parmap
	install -m 644 completions/_parmap $(DESTDIR)$(ZSHDIR)/_parmap
	install -m 644 completions/parmap.fish $(DESTDIR)$(FISHDIR)/parmap.fish

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/parmap $(DESTDIR)$(LIBEXECDIR)/xargs \
	    $(DESTDIR)$(LIBEXECDIR)/parallel $(DESTDIR)$(INCDIR)/parmap.h \
	    $(DESTDIR)$(MANDIR)/man1/parmap.1 \
	    $(DESTDIR)$(MANDIR)/man1/parmap-xargs.1 \
	    $(DESTDIR)$(MANDIR)/man1/parmap-parallel.1 \
	    $(DESTDIR)$(MANDIR)/man3/parmap-plugin.3 \
	    $(DESTDIR)$(MANDIR)/man5/parmap-formats.5 \
	    $(DESTDIR)$(BASHDIR)/parmap $(DESTDIR)$(ZSHDIR)/_parmap \
	    $(DESTDIR)$(FISHDIR)/parmap.fish

clean:
	rm -rf parmap $(OBJ) $(OBJ:.o=.d) build tests/build .built .built1

.PHONY: all static lambda-layer check fuzz stress bench lint install uninstall clean

-include $(OBJ:.o=.d)
