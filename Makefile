# parmap: all check bench install uninstall clean
#
# SAN=1 builds with the address and undefined-behaviour sanitizers.
.POSIX:

VERSION = 0.1.0
PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
BASHDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d

CC = gcc
PKG_CONFIG = pkg-config
CFLAGS = -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings
SAN_1 = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
SANITIZE = $(SAN_$(SAN))
BSD_CFLAGS = $$($(PKG_CONFIG) --cflags libbsd-overlay)
BSD_LIBS = $$($(PKG_CONFIG) --libs libbsd-overlay)
STD = -std=c17 -D_GNU_SOURCE -DLIBBSD_NETBSD_VIS -DVERSION='"$(VERSION)"' -Isrc
COMPILE = $(CC) $(STD) $(WARNINGS) $(CFLAGS) $(SANITIZE) $(BSD_CFLAGS)

# In the order of the street; a file includes only what is below it.
OBJ = \
	src/main.o \
	src/cli/native.o \
	src/cli/options.o \
	src/run/engine.o \
	src/run/slot.o \
	src/run/spawn.o \
	src/run/leftover.o \
	src/run/signals.o \
	src/run/clock.o \
	src/run/limits.o \
	src/run/report.o \
	src/run/verdict.o \
	src/input/assemble.o \
	src/input/source.o \
	src/input/split.o \
	src/command/template.o \
	src/command/scan.o \
	src/command/quote.o \
	src/command/argvec.o \
	src/command/launch-shell.o \
	src/builtin/print.o \
	src/output/sink.o \
	src/output/outlet.o \
	src/output/capture.o \
	src/output/spill.o \
	src/base/words.o \
	src/base/buf.o \
	src/base/num.o \
	src/base/mem.o

all: parmap

parmap: $(OBJ)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $(OBJ) $(BSD_LIBS)

.SUFFIXES: .c .o
.c.o:
	$(COMPILE) -MMD -c -o $@ $<

clean:
	rm -f parmap $(OBJ) $(OBJ:.o=.d)

.PHONY: all clean

-include $(OBJ:.o=.d)
