#!/usr/bin/env bats
# Functions of shared objects are mapped as commands are, and harm no job but their own.

load common

# compile NAME: the C on stdin becomes ./NAME.so.
compile() {
	cat >"$1.c"
	cc -shared -fPIC -I"$ROOT/src" -o "$1.so" "$1.c"
}

# Where nothing compiles there are no plugins.
setup() {
	if ! command -v cc >/dev/null; then
		skip "there is no cc"
	fi
	cd "$T" || return
	mkfifo never
}

# The displays of the manual's page that begin so, as they are typed.
from_manual() {
	awk -v start="$1" '/^\.Bd -literal/ { inside = 1; first = 1; next } /^\.Ed/ { inside = 0; wanted = 0 }
	    inside && first { wanted = index($0, start) == 1; first = 0 } inside && wanted' "$ROOT/man/parmap-plugin.3" |
		sed 's/\\e/\\/g; s/\\&//g; s/\\(dq/"/g'
}

@test "the function in C of the manual does what it says" {
	from_manual '#include <ctype.h>' >shout.c
	[ -s shout.c ]
	[ "$(from_manual 'cc ')" = $'cc -shared -fPIC -o shout.so shout.c\nls | parmap --plugin ./shout.so:shout' ]
	CPATH=$ROOT/src cc -Wall -Wextra -Werror -shared -fPIC -o shout.so shout.c
	capture parmap --plugin ./shout.so:shout hey {} '{}?' ::: you 'all of you' ''
	expect 0 $'HEY YOU YOU?\nHEY ALL OF YOU ALL OF YOU?\nHEY  ?\n' ''
}

@test "the function in C++ of the manual does what it says" {
	if ! command -v g++ >/dev/null; then
		skip "there is no g++"
	fi
	from_manual '#include <exception>' >sum.cc
	[ -s sum.cc ]
	CPATH=$ROOT/src g++ -Wall -Wextra -Werror -shared -fPIC -o sum.so sum.cc
	capture parmap -j 1 --plugin ./sum.so:sum 1 ::: 2 x 0.5
	expect 123 $'3\n1.5\n' $'x: not a number\nparmap: record 2 "x": exit status 1\n'
}

@test "what is no plugin is refused, with the option, its value and the reason" {
	compile bare <<-'END'
		int f(int argc, char **argv, void *io) { (void)argc, (void)argv, (void)io; return 0; }
	END
	sed 's/^#define PARMAP_API.*/#define PARMAP_API 77/' "$ROOT/src/parmap.h" >parmap.h
	compile other <<-'END'
		#include "parmap.h"
		int f(int argc, char **argv, struct io *io) { (void)argc, (void)argv, (void)io; return 0; }
	END
	compile good <<-'END'
		#include <parmap.h>
		int f(int argc, char **argv, struct io *io) { (void)argc, (void)argv, (void)io; return 0; }
	END
	echo text >text.so
	while IFS='|' read -r value reason; do
		echo "$value"
		capture parmap --plugin "$value" ::: 1
		refused "--plugin=$value: " "$reason"
		capture parmap --plugin="$value" ::: 1
		refused "--plugin=$value: " "$reason"
	done <<-'END'
		./bare.so:f|it does not include parmap.h
		./other.so:f|it was made for another version of parmap.h
		./good.so:g|undefined symbol: g
		./missing.so:f|./missing.so: cannot open*: No such file or directory
		./text.so:f|./text.so: *
		./good.so|not FILE:FUNCTION
		./good.so:|not FILE:FUNCTION
		:f|not FILE:FUNCTION
		|not FILE:FUNCTION
	END
	capture parmap --plugin ./good.so:f ::: 1
	expect 0 '' ''
}

@test "a function gets its name and words as a command would, and nothing to read" {
	compile show <<-'END'
		#include <parmap.h>
		#include <unistd.h>
		int show(int argc, char **argv, struct io *io)
		{
			char c;
			int i;

			io_printf(io, "%d:%zd", argc, read(0, &c, 1));
			for (i = 0; i < argc; i++)
				io_printf(io, " <%s>", argv[i]);
			io_string(io, argv[argc] == NULL ? "\n" : "?\n");
			return 0;
		}
	END
	capture parmap --plugin ./show.so:show ::: 'a b' ''
	expect 0 $'2:0 <show> <a b>\n2:0 <show> <>\n' ''
	capture parmap --plugin ./show.so:show -k '{#}{.}' -- ::: 'a.b' <<<'not for it'
	expect 0 $'4:0 <show> <-k> <1a> <-->\n' ''
	capture parmap -n 2 --plugin=./show.so:show <<<$'1\n2\n3'
	expect 0 $'3:0 <show> <1> <2>\n2:0 <show> <3>\n' ''
}

@test "constructors run once, and what is left in memory is there at the next call of the worker" {
	compile count <<-'END'
		#include <parmap.h>
		static int calls;
		static char last[16] = "-";
		__attribute__((constructor)) static void begin(void) { fprintf(stderr, "begin\n"); printf("begin\n"); }
		int count(int argc, char **argv, struct io *io)
		{
			io_printf(io, "%d %s\n", ++calls, last);
			snprintf(last, sizeof last, "%s", argv[argc - 1]);
			return 0;
		}
	END
	capture parmap -j 1 --plugin ./count.so:count ::: a b c
	expect 0 $'begin\n1 -\n2 a\n3 b\n' $'begin\n'
	# Every call is some worker's next one.
	seq 1000 >in
	capture parmap -j 3 -a in --plugin ./count.so:count
	expect_status 0
	same err <<<'begin'
	sed 1d out | cut -d ' ' -f 1 | sort -n | awk '$1 == 1 { workers++ } { calls++ } END { print workers <= 3, calls }' >counted
	same counted <<<'1 1000'
	[ "$(sed -n 1p out)" = begin ]
}

@test "what is written with stdio, or to the descriptors, is the output of the job" {
	compile say <<-'END'
		#include <parmap.h>
		#include <unistd.h>
		int out(int argc, char **argv, struct io *io) { (void)io; printf("%s\n", argv[argc - 1]); return 0; }
		int err(int argc, char **argv, struct io *io) { (void)io; fprintf(stderr, "%s\n", argv[argc - 1]); return 0; }
		int raw(int argc, char **argv, struct io *io) { (void)io; dprintf(1, "%s\n", argv[argc - 1]); return 0; }
	END
	seq 1000 >in
	for jobs in 1 3; do
		capture parmap -j $jobs -a in --plugin ./say.so:out
		expect 0 "$(cat in)"$'\n' ''
		capture parmap -j $jobs -a in --plugin ./say.so:raw
		expect 0 "$(cat in)"$'\n' ''
		capture parmap -j $jobs -a in --plugin ./say.so:err
		expect 0 '' "$(cat in)"$'\n'
	done
}

@test "what a function did in a job that failed can be run again, from the log or by itself" {
	compile fail <<-'END'
		#include <parmap.h>
		#include <unistd.h>
		int fail(int argc, char **argv, struct io *io)
		{
			io_printf(io, "%s\n", argv[argc - 1]);
			return access(argv[argc - 1], F_OK) != 0;
		}
	END
	capture parmap -q --joblog log --plugin ./fail.so:fail ::: a b
	expect 123 $'a\nb\n' ''
	# Nothing went to its standard input.
	sed 1d log | cut -f 5,7,9 | sort >columns
	printf '0\t1\tfail %s\n' a b | same columns
	: >a
	capture parmap -q --joblog log --resume-failed --plugin ./fail.so:fail ::: a b
	expect 123 $'a\nb\n' ''
	capture parmap --retries 3 --plugin ./fail.so:fail ::: b
	expect 123 $'b\n' $'parmap: record 1 "b": exit status 1, the last of 3 tries\n'
	: >b
	capture parmap --joblog log --resume-failed --plugin ./fail.so:fail ::: a b
	expect 0 $'b\n' ''
}

# harmless FUNCTION STATUS CAUSE [option ...]: record 500 of 1000 fails by that, and all others are output in order.
harmless() {
	local function=$1 status=$2 cause=$3 jobs
	shift 3
	for jobs in 1 3; do
		echo "$function, $jobs at once: $*"
		capture parmap -j $jobs -a in "$@" --plugin ./bad.so:"$function"
		expect_status "$status"
		same out <wanted
		same err <<<"parmap: record 500 \"500\": $cause"
	done
}

@test "a function that crashes, exits or hangs fails one record, and all others are output" {
	compile bad <<-'END'
		#include <parmap.h>
		#include <signal.h>
		#include <unistd.h>
		static int is_bad(char **argv) { return strcmp(argv[1], "500") == 0; }
		#define FUNCTION(name, what) \
			int name(int argc, char **argv, struct io *io) \
			{ \
				(void)argc; \
				if (is_bad(argv)) \
					what; \
				io_printf(io, "%s\n", argv[1]); \
				return 0; \
			}
		FUNCTION(fails, return 3)
		FUNCTION(segv, raise(SIGSEGV))
		FUNCTION(aborts, abort())
		FUNCTION(exits, exit(0))
		FUNCTION(exits3, exit(3))
		FUNCTION(leaves, _exit(0))
		FUNCTION(killed, kill(getpid(), SIGKILL))
		FUNCTION(hangs, for (;;) pause())
		FUNCTION(spins, for (;;) ;)
	END
	seq 1000 >in
	sed 500d in >wanted
	# Sanitizers would say more of it.
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:handle_abort=0
	harmless fails 123 'exit status 3'
	harmless segv 123 'killed by signal 11 (SEGV)'
	harmless aborts 123 'killed by signal 6 (ABRT)'
	harmless exits 123 'its worker exited with status 0 before it had ended'
	harmless exits3 123 'its worker exited with status 3 before it had ended'
	harmless leaves 123 'its worker exited with status 0 before it had ended'
	harmless killed 123 'killed by signal 9 (KILL)'
	harmless hangs 124 'timed out after 1s' --timeout 1
	harmless spins 124 'timed out after 1s' --timeout 1
	# One at a time, too.
	harmless segv 123 'killed by signal 11 (SEGV)' --joblog log
}

@test "what a function said before it crashed is output, and its next worker goes on" {
	compile part <<-'END'
		#include <parmap.h>
		int part(int argc, char **argv, struct io *io)
		{
			io_printf(io, "%s...", argv[argc - 1]);
			io_error(io, "%s!\n", argv[argc - 1]);
			if (argv[argc - 1][0] == 'b')
				abort();
			io_string(io, "done\n");
			return 0;
		}
	END
	capture parmap -j 1 --plugin ./part.so:part ::: a b c
	expect 123 $'a...done\nb...c...done\n' $'a!\nb!\nparmap: record 2 "b": killed by signal 6 (ABRT)\nc!\n'
}

@test "a job whose worker was relieved of the rest of its batch is told of alone" {
	compile slow <<-'END'
		#include <parmap.h>
		#include <unistd.h>
		int slow(int argc, char **argv, struct io *io)
		{
			if (atoi(argv[argc - 1]) > 500) {
				usleep(20000);
				io_printf(io, "%s\n", argv[argc - 1]);
				return 1;
			}
			return 0;
		}
	END
	seq 520 >in
	capture parmap -j 2 -a in --plugin ./slow.so:slow
	expect_status 123
	seq 501 520 | same out
	seq 501 520 | sed 's/.*/parmap: record & "&": exit status 1/' | same err
}

# babble.so has a function that prints its record, and for "bad" also writes where its worker speaks to parmap.
babble() {
	compile babble <<-'END'
		#include <parmap.h>
		#include <fcntl.h>
		#include <unistd.h>
		int babble(int argc, char **argv, struct io *io)
		{
			int fd, flags;

			for (fd = 3; strcmp(argv[argc - 1], "bad") == 0 && fd < 64; fd++) {
				flags = fcntl(fd, F_GETFD);
				if (flags != -1 && (flags & FD_CLOEXEC) != 0)
					dprintf(fd, "junk\n");
			}
			io_printf(io, "%s\n", argv[argc - 1]);
			return 0;
		}
	END
}

@test "a function that writes where its worker speaks to parmap fails by that" {
	babble
	capture parmap -j 1 --plugin ./babble.so:babble ::: a bad c
	expect_status 123
	grep -vx bad out >others
	same others <<<$'a\nc'
	same err <<<'parmap: record 2 "bad": its worker said what is no answer'
}

@test "of a batch in which one writes where its worker speaks to parmap, that one fails alone" {
	babble
	seq 2000 | sed '500s/.*/bad/' >records
	grep -vx bad records >wanted
	for j in 1 2 4; do
		capture parmap -j $j --plugin ./babble.so:babble <records
		expect_status 123
		grep -vx bad out >others || :
		same others <wanted
		same err <<<'parmap: record 500 "bad": its worker said what is no answer'
	done
}

@test "what is written beside what is said stands where a loop would have it, whoever writes it" {
	compile beside <<-'END'
		#include <parmap.h>
		#include <stdlib.h>
		#include <unistd.h>
		int beside(int argc, char **argv, struct io *io)
		{
			long n = atol(argv[argc - 1]);

			if (n % 7 == 0)
				dprintf(1, "%ld raw\n", n);
			io_printf(io, "%ld io\n", n);
			if (n % 11 == 0)
				dprintf(1, "%ld raw again\n", n);
			if (n % 101 == 0)
				(void)!system("echo a child");
			if (n % 13 == 0)
				printf("%ld stdio\n", n);
			return 0;
		}
	END
	seq 3000 >numbers
	while read -r n; do
		((n % 7)) || echo "$n raw"
		echo "$n io"
		((n % 11)) || echo "$n raw again"
		((n % 101)) || echo 'a child'
		((n % 13)) || echo "$n stdio"
	done <numbers >wanted
	for j in 1 2 4; do
		capture parmap -j $j --plugin ./beside.so:beside <numbers
		expect_status 0
		same out <wanted
		same err </dev/null
	done
}

# odd.so has a function that does what each record says: NAME, or NAME:NUMBER.
odd() {
	compile odd <<-'END'
		#include <parmap.h>
		#include <fcntl.h>
		#include <signal.h>
		#include <unistd.h>
		int odd(int argc, char **argv, struct io *io)
		{
			static char many[300000];
			const char *colon = strchr(argv[1], ':');
			long n = colon != NULL ? atol(colon + 1) : 0;
			(void)argc;
			switch (argv[1][0]) {
			case 'b': /* beside */
				return write(2, "raw\n", 4) != 4;
			case 'd': /* dies, as of malloc's complaints */
				if (write(2, "raw\n", 4) == 4)
					abort();
				break;
			case 'i': /* ignores TERM, for so many milliseconds */
				signal(SIGTERM, SIG_IGN);
				usleep((useconds_t)n * 1000);
				signal(SIGTERM, SIG_DFL);
				break;
			case 'j': /* junk, where its worker speaks to parmap */
				for (n = 3; n < 64; n++)
					if (fcntl((int)n, F_GETFD) == FD_CLOEXEC)
						dprintf((int)n, "junk\n");
				return 0;
			case 's': /* says so much */
			case 'f': /* and fails */
				memset(many, 'x', sizeof many);
				io_write(io, many, (size_t)n);
				io_string(io, "\n");
				return argv[1][0] == 'f';
			case 'w': /* waits, after it has said something on both */
				io_string(io, "waits\n");
				if (n % 2 != 0) {
					io_error(io, "waits too\n");
					io_string(io, "waits again\n");
				}
				usleep((useconds_t)n * 1000);
			}
			io_printf(io, "%s\n", argv[1]);
			return 0;
		}
	END
}

@test "a batch that another worker takes over is done whole, though that one is given jobs one at a time" {
	odd
	{
		echo beside
		seq 3000
		echo i:400
		yes more | head -n 120
	} >in
	capture parmap -j 2 --plugin ./odd.so:odd <in
	expect_status 0
	sed 1d in | same out
	same err <<<raw
}

@test "a function that says something beside its io and aborts in the middle of a batch fails its record alone" {
	odd
	{
		seq 300
		echo dies
		seq 302 600
	} >in
	for limit in '' '--timeout 60'; do
		# shellcheck disable=SC2086 # none, or two words
		capture parmap -j 1 $limit --plugin ./odd.so:odd <in
		expect_status 123
		sed 301d in | same out
		same err <<<$'raw\nparmap: record 301 "dies": killed by signal 6 (ABRT)'
	done
}

@test "output fills the memory of a worker to any byte, and none of it is lost" {
	odd
	for ((n = 261800; n < 262200; n += 5)); do
		yes x | head -n 600
		printf 'f:%d\ns:200000\n' $n
	done >in
	capture parmap -q -j 1 --plugin ./odd.so:odd <in
	expect_status 123
	[ "$(grep -cx x out)" -eq $((600 * 80)) ]
	awk -F : '$1 == "f" || $1 == "s" { print $2 }' in >wanted
	grep -v '^x$' out | awk '{ print length($0) }' | same wanted
}

@test "at its limit a job is named that was on, though it goes on, and those behind it are done" {
	odd
	{
		seq 2000
		echo i:3000
		seq 2002 2100
	} >in
	clocked capture parmap -j 1 --timeout 0.5 --kill-after 60 --plugin ./odd.so:odd <in
	expect_status 124
	same out <in
	same err <<<'parmap: record 2001 "i:3000": timed out after 0.5s'
	[ "$TOOK" -lt 30000 ]
	# The same if jobs are given one at a time.
	sed -i 1000s/.*/junk/ in
	clocked capture parmap -j 1 --timeout 0.5 --kill-after 60 --plugin ./odd.so:odd <in
	expect_status 123
	grep -v junk in | same out
	same err <<-'END'
		parmap: record 1000 "junk": its worker said what is no answer
		parmap: record 2001 "i:3000": timed out after 0.5s
	END
	[ "$TOOK" -lt 30000 ]
}

@test "what a run has complete when its time is over is printed, also of a batch" {
	odd
	{
		echo i:60000
		seq 3000
		echo i:60000
	} >in
	capture parmap -j 2 --run-timeout 3 --kill-after 0.1 --plugin ./odd.so:odd <in
	expect_status 124
	seq 3000 | same out
	[ "$(grep -c 'record' err)" -eq 2 ]
}

@test "of a job that is ended with the run nothing is printed, though others of its batch are" {
	local n
	odd
	for n in 60000 60001; do
		{
			echo i:60000
			seq 3000
			echo w:$n
		} >in
		capture parmap -q -j 2 --run-timeout 2 --kill-after 0.1 --plugin ./odd.so:odd <in
		expect_status 124
		seq 3000 | same out
		sed -i 1d in
		capture parmap -q -j 1 --unordered --run-timeout 2 --kill-after 0.1 --plugin ./odd.so:odd <in
		expect_status 124
		seq 3000 | same out
		! grep -q waits err
	done
}

@test "a run that is stopped and goes on, and so do its workers in the middle of what they say, says it once" {
	compile both <<-'END'
		#include <parmap.h>
		int both(int argc, char **argv, struct io *io)
		{
			(void)argc;
			io_printf(io, "o%s\n", argv[1]);
			io_error(io, "e%s\n", argv[1]);
			return 0;
		}
	END
	seq 200000 >in
	for i in 1 2 3; do
		start -j 2 --plugin ./both.so:both <in >out 2>err
		for ((n = 0; n < 5; n++)); do
			sleep 0.05
			kill -TSTP "$PID" || break
			sleep 0.05
			kill -CONT "$PID" || break
		done
		finish
		expect_status 0
		sed 's/^/o/' in | same out
		sed 's/^/e/' in | same err
	done
}

@test "what a function makes of its words is its own, and the next call has those of its record" {
	local words
	compile spoil <<-'END'
		#include <parmap.h>
		int spoil(int argc, char **argv, struct io *io)
		{
			char *first = argv[0];
			int i;
			for (i = 0; i < argc; i++)
				io_printf(io, "%s%s", argv[i], i + 1 < argc ? " " : "\n");
			for (i = 0; i < argc; i++)
				memset(argv[i], '!', strlen(argv[i]) + 1);
			for (i = 0; i < argc; i++)
				argv[i] = argv[argc - 1 - i];
			argv[argc] = first;
			return 0;
		}
	END
	seq 5000 | sed 's/$/,x/' >in
	capture parmap --plugin ./spoil.so:spoil <in
	sed 's/^/spoil /' in | same out
	for words in 'a {} bb' '{} a' 'a {} b {}' 'a-very-long-word-that-is-more-than-sixteen-bytes {}' 'a {}b' 'a {#} {}'; do
		# shellcheck disable=SC2086 # words
		capture parmap --plugin ./spoil.so:spoil $words <in
		expect_status 0
		awk -v words="$words" '{ line = words; gsub(/{}/, $0, line); gsub(/{#}/, NR, line); print "spoil " line }' in | same out
	done
	capture parmap --csv --plugin ./spoil.so:spoil a {} b <in
	sed 's/\(.*\),x/spoil a \1 x b/' in | same out
	capture parmap --csv --plugin ./spoil.so:spoil {2} {1} <in
	sed 's/\(.*\),x/spoil x \1/' in | same out
}
