#!/usr/bin/env bats
# GNU make's job slots are shared, with make and with whoever else takes part.

load common

setup_make() {
	mkdir -p run
	exec 6<>leave # nobody who waits there is alone
}

setup() {
	cd "$T" || return
	mkfifo never leave
	setup_make
	# A unit of work: how many there are is noted, then it waits for a line from the test.
	cat >unit <<-'END'
		#!/bin/sh
		mkdir "run/$$"
		set -- run/*
		echo $# >>counts
		read -r _ <leave
		rmdir "run/$$"
	END
	chmod +x unit
}

# Lets so many units go.
let_go() {
	local i
	for ((i = 0; i < $1; i++)); do
		echo >&6
	done
}

units_run() {
	local now=(run/*)
	[ -e "${now[0]}" ] && [ "${#now[@]}" -eq "$1" ]
}

most() {
	sort -n counts | tail -n 1
}

# make in the background, as $PID, with its words in $T/out and $T/err.
start_make() {
	PARMAP="${PARMAP_WORDS[*]}" TEST_MARK=$MARK env --default-signal make "$@" >"$T/out" 2>"$T/err" 3>&- 4>&- 5>&- 6>&- &
	PID=$!
}

make_in_full() {
	PARMAP="${PARMAP_WORDS[*]}" TEST_MARK=$MARK capture timeout -k 5 "$LIMIT" make "$@" 3>&- 4>&- 5>&- 6>&-
}

# A jobserver of our own, with these bytes; descriptor 7 keeps it.
serve_bytes() {
	mkfifo tokens
	exec 7<>tokens
	printf %s "$1" >&7
	export MAKEFLAGS=" -j8 --jobserver-auth=fifo:$T/tokens"
}

# What is in it, which is put back.
bytes_left() {
	local got
	got=$(dd iflag=nonblock bs=4096 count=1 <&7 2>/dev/null) || :
	[ -z "$got" ] || printf %s "$got" >&7
	printf %s "$got"
}

# In whatever order: what is looked at is taken and put back, behind what others put there meanwhile.
bytes_are() {
	[ "$(bytes_left | fold -w 1 | sort | tr -d '\n')" = "$1" ]
}

one_is_left() {
	[ "$(bytes_left | wc -c)" -eq 1 ]
}

@test "two parmaps and ordinary recipes under make -j4 run four units at once, and never more" {
	cat >Makefile <<-'END'
		.RECIPEPREFIX = >
		all: one two c d e
		one two:
		>+@seq 6 | $(PARMAP) sh -c ./unit
		c d e:
		>@./unit && ./unit
	END
	start_make -j4
	wait_for units_run 4
	let_go 18
	finish
	expect 0 '' ''
	[ "$(wc -l <counts)" -eq 18 ]
	[ "$(most)" -eq 4 ]
}

@test "of make's slots, -j says how many a run takes at most" {
	cat >Makefile <<-'END'
		.RECIPEPREFIX = >
		all:
		>+@seq 6 | $(PARMAP) -j 2 sh -c ./unit
	END
	start_make -j8
	wait_for units_run 2
	let_go 6
	finish
	expect 0 '' ''
	[ "$(most)" -eq 2 ]
}

@test "a make within a record shares the slots of the make above" {
	mkdir a b c
	for d in a b c; do
		printf 'all: x y z\nx y z:\n\t@cd .. && ./unit\n' >$d/Makefile
	done
	cat >Makefile <<-'END'
		.RECIPEPREFIX = >
		all:
		>+@$(PARMAP) $(MAKE) -s --no-print-directory -C ::: a b c
	END
	start_make -j4
	wait_for units_run 4
	let_go 9
	finish
	expect 0 '' ''
	[ "$(wc -l <counts)" -eq 9 ]
	[ "$(most)" -eq 4 ]
}

@test "whatever ends a run, make gets all its tokens back" {
	cat >Makefile <<-'END'
		.RECIPEPREFIX = >
		all:
		>+@$(PARMAP) sh -c ./unit ::: 1 2 3 4 5 6 7 8 9
	END
	for sig in TERM INT HUP; do
		start_make -j4
		wait_for units_run 4
		kill -$sig "$(pgrep -x parmap -P "$PID")"
		finish
		refute expect_status 0 >over
		refute grep INTERNAL "$T/err"
		rm -rf run
		mkdir run
	done
	start_make -j4
	wait_for units_run 4
	kill -TERM "$PID"
	finish
	refute grep INTERNAL "$T/err"
	wait_for nothing_left
}

@test "whatever ends a run, each token goes back, the same byte" {
	serve_bytes abc
	for sig in TERM INT HUP QUIT; do
		start sh -c ./unit ::: 1 2 3 4 5 >"$T/out" 2>"$T/err"
		wait_for units_run 4
		bytes_are ''
		kill -$sig "$PID"
		finish
		refute expect_status 0 >over
		[ "$(bytes_left | fold -w 1 | sort | tr -d '\n')" = abc ]
		rm -rf run
		mkdir run
	done
	refute parmap --halt now,fail=1 sh -c 'test $1 = 1 && echo >&6; ./unit; exit 1' sh ::: 1 2 3 4 5 2>/dev/null
	[ "$(bytes_left | fold -w 1 | sort | tr -d '\n')" = abc ]
	rm -rf run
	mkdir run
	refute parmap -q --run-timeout 0.3 sh -c ./unit ::: 1 2 3 4 5 2>/dev/null
	[ "$(bytes_left | fold -w 1 | sort | tr -d '\n')" = abc ]
	refute parmap -q echo ::: 1 2 3 4 5 >/dev/full 2>/dev/null
	[ "$(bytes_left | fold -w 1 | sort | tr -d '\n')" = abc ]
	capture parmap /nothing/there ::: 1 2 3 4 5
	expect_status 127
	[ "$(bytes_left | fold -w 1 | sort | tr -d '\n')" = abc ]
}

@test "what takes no slot takes no token" {
	serve_bytes abc
	capture parmap --no-such-option
	expect_status 125
	capture parmap true </dev/null
	expect 0 '' ''
	capture parmap --dry-run echo ::: 1 2 3 4 5
	expect 0 $'echo 1\necho 2\necho 3\necho 4\necho 5\n' ''
	bytes_are abc
}

@test "the first job needs no token, and another starts as soon as one is there" {
	serve_bytes ''
	start sh -c ./unit ::: 1 2 3 >"$T/out" 2>"$T/err"
	wait_for units_run 1
	printf z >&7
	wait_for units_run 2
	bytes_are ''
	let_go 3
	finish
	expect 0 '' ''
	[ "$(most)" -eq 2 ]
	bytes_are z
}

@test "a token goes back when its job ends, while others run" {
	serve_bytes ab
	mkfifo records
	exec 8<>records
	start sh -c ./unit <records >"$T/out" 2>"$T/err"
	printf '1\n2\n3\n' >&8
	wait_for units_run 3
	bytes_are ''
	let_go 1
	wait_for units_run 2
	wait_for bytes_are b
	let_go 1
	wait_for units_run 1
	wait_for bytes_are ab
	kill -TERM "$PID"
	finish
}

@test "workers have tokens while they work, not while they wait" {
	serve_bytes ab
	mkfifo records
	exec 8<>records
	: >init
	start --shell-init init -c ./unit <records >"$T/out" 2>"$T/err"
	printf '1\n2\n3\n' >&8
	wait_for units_run 3
	bytes_are ''
	let_go 3
	wait_for bytes_are ab
	printf '4\n5\n' >&8
	wait_for units_run 2
	wait_for one_is_left
	let_go 2
	wait_for bytes_are ab
	kill -TERM "$PID"
	finish
	[ "$(most)" -eq 3 ]
}

@test "a job that waits to be tried again has no token" {
	serve_bytes a
	start --retries 2 --retry-delay 1h sh -c 'test $1 = 1 || exit 1; exec ./unit' sh ::: 1 2 >"$T/out" 2>"$T/err"
	wait_for units_run 1
	wait_for bytes_are a
	kill -TERM "$PID"
	finish
}

@test "who waits for a token sleeps" {
	serve_bytes ''
	start sh -c ./unit ::: 1 2 >"$T/out" 2>"$T/err"
	wait_for units_run 1
	sleep 0.1
	before=$(awk '/ctxt/ { n += $2 } END { print n }' "/proc/$PID/status")
	sleep 0.5
	after=$(awk '/ctxt/ { n += $2 } END { print n }' "/proc/$PID/status")
	[ $((after - before)) -le 10 ]
	let_go 2
	finish
	expect 0 '' ''
}

@test "a recipe without + runs one job at a time, and is told how to have more" {
	cat >Makefile <<-'END'
		.RECIPEPREFIX = >
		all:
		>@$(PARMAP) $(WITH) sh -c ./unit ::: 1 2 3
	END
	let_go 12
	make_in_full -j4
	expect 0 '' "parmap: --jobserver-auth=3,4 of make, one job at a time: closed; prefix the recipe's line with '+'"$'\n'
	[ "$(most)" -eq 1 ]
	make_in_full -j4 WITH=-q
	expect 0 '' ''
	make_in_full -j4 WITH='-j 3'
	expect 0 '' ''
	make_in_full -j4 WITH='-j 3 -t'
	expect_status 0
	grep -qF "parmap: --jobserver-auth=3,4 of make, not shared: closed; prefix the recipe's line with '+'" "$T/err"
}

@test "make without -j leaves parmap as it is" {
	cat >Makefile <<-'END'
		.RECIPEPREFIX = >
		all:
		>@echo "$$MAKEFLAGS" | grep -q jobserver; $(PARMAP) -j 3 sh -c ./unit ::: 1 2 3
	END
	start_make
	wait_for units_run 3
	let_go 3
	finish
	expect 0 '' ''
}

@test "under make -j1 one job runs at a time, unless parmap has a -j" {
	cat >Makefile <<-'END'
		.RECIPEPREFIX = >
		all:
		>$(PLUS)@$(PARMAP) $(WITH) sh -c ./unit ::: 1 2 3
		above:
		>+@$(MAKE) -s -j1 all
	END
	let_go 9
	make_in_full -j1
	expect 0 '' ''
	make_in_full -j1 PLUS=+
	expect 0 '' ''
	# There make itself has something to say.
	make_in_full -s -j4 above
	expect_status 0
	[ "$(wc -l <counts)" -eq 9 ]
	[ "$(most)" -eq 1 ]
	start_make -j1 WITH='-j 3'
	wait_for units_run 3
	let_go 3
	finish
	expect 0 '' ''
	# Who is in no recipe has no make whose -j that were.
	unset MAKELEVEL
	export MAKEFLAGS=' -j1'
	start sh -c ./unit ::: 1 2 >"$T/out" 2>"$T/err"
	wait_for units_run $(($(nproc) > 1 ? 2 : 1))
	let_go 2
	finish
	expect 0 '' ''
}

@test "under make -n a line with + shows what would run" {
	cat >Makefile <<-'END'
		.RECIPEPREFIX = >
		all:
		>+@$(PARMAP) touch ::: a b
		>+@$(PARMAP) --jobserver=off touch ::: c
	END
	make_in_full -n -j4
	expect_status 0
	grep -qxF 'touch a' "$T/out"
	grep -qxF 'touch b' "$T/out"
	[ ! -e a ] && [ ! -e b ]
	[ -e c ]
}

# A pipe with a name has both ends here.
# shellcheck disable=SC2094
@test "descriptors that are not make's pipe are left alone" {
	export MAKEFLAGS=' -j4 --jobserver-auth=8,9'
	local closed="parmap: --jobserver-auth=8,9 of make, one job at a time: closed; prefix the recipe's line with '+'"$'\n'
	local other=${closed/closed/not its pipe}
	echo content >file
	capture parmap echo ::: 1 2 3 8<file 9>>file
	expect 0 $'1\n2\n3\n' "$other"
	[ "$(cat file)" = content ]
	mkfifo p q
	exec 8<>p 9<>q
	printf xx >&8
	capture parmap echo ::: 1 2 3 9>&-
	expect 0 $'1\n2\n3\n' "$closed"
	capture parmap echo ::: 1 2 3
	expect 0 $'1\n2\n3\n' "$other"
	# The right pipe, its ends exchanged.
	exec 9>&8
	capture parmap echo ::: 1 2 3 8>p 9<p
	expect 0 $'1\n2\n3\n' "$other"
	export MAKEFLAGS=' -j4 --jobserver-auth=fifo:/dev/null'
	capture parmap echo ::: 1 2 3
	expect 0 $'1\n2\n3\n' $'parmap: --jobserver-auth=fifo:/dev/null of make, one job at a time: not a FIFO\n'
	[ "$(dd iflag=nonblock bs=9 <&8 2>/dev/null)" = xx ]
}

# shellcheck disable=SC2094
@test "the flags of make's descriptors stay as they are" {
	mkfifo p
	exec 8<>p
	exec 9>p 8<p
	printf ab >&9
	export MAKEFLAGS=' -j3 --jobserver-auth=8,9'
	before=$(grep flags /proc/self/fdinfo/8 /proc/self/fdinfo/9)
	capture parmap sh -c 'grep flags /proc/self/fdinfo/8 /proc/self/fdinfo/9; : ' ::: 1
	expect 0 "$before"$'\n' ''
	let_go 3
	capture parmap sh -c ./unit ::: 1 2 3
	expect 0 '' ''
	[ "$(most)" -le 3 ]
	[ "$(grep flags /proc/self/fdinfo/8 /proc/self/fdinfo/9)" = "$before" ]
	[ "$(dd iflag=nonblock bs=9 count=1 <&8 2>/dev/null | fold -w 1 | sort | tr -d '\n')" = ab ]
}

without_proc() {
	TEST_MARK=$MARK env --default-signal unshare -m --propagation unchanged sh -c \
		'mount --make-private /proc 2>/dev/null; mount -t tmpfs none /proc && exec "$@"' sh "$@" >"$T/out" 2>"$T/err" 3>&- 4>&- 6>&- &
	PID=$!
}

@test "without /proc a jobserver is shared all the same" {
	skip_unless_mounts
	skip_if_watched "a program without /proc"
	printf 'all:; +@%s sh -c ./unit ::: 1 2 3 4\n' "${PARMAP_WORDS[*]}" >Makefile
	without_proc make -j3
	wait_for units_run 3
	let_go 4
	finish
	expect 0 '' ''
	[ "$(most)" -eq 3 ]
	# Of this pipe reads may wait, unless the kernel is asked.
	rm counts
	without_proc "${PARMAP_WORDS[@]}" --jobserver=serve -j 3 -c "seq {} | ${PARMAP_WORDS[*]} sh -c ./unit" ::: 3 3
	wait_for units_run 3
	let_go 6
	finish
	expect 0 '' ''
	[ "$(most)" -eq 3 ]
}

@test "--jobserver=off takes no notice of make, and require takes nothing else" {
	export MAKEFLAGS="n -j4 --jobserver-auth=fifo:$T/nowhere"
	capture parmap --jobserver=off -j 2 echo ::: 1 2
	expect 0 $'1\n2\n' ''
	export MAKEFLAGS=" -j4 --jobserver-auth=fifo:$T/nowhere"
	capture parmap echo ::: 1 2
	expect 0 $'1\n2\n' "parmap: --jobserver-auth=fifo:$T/nowhere of make, one job at a time: No such file or directory"$'\n'
	capture parmap --jobserver=require echo ::: 1 2
	expect 125 '' "parmap: --jobserver=require: --jobserver-auth=fifo:$T/nowhere of make: No such file or directory"$'\n'
	export MAKEFLAGS=' -j4 --jobserver-auth=8,9'
	capture parmap --jobserver=require echo ::: 1 2
	expect 125 '' "parmap: --jobserver=require: --jobserver-auth=8,9 of make: closed; prefix the recipe's line with '+'"$'\n'
	export MAKEFLAGS=' -j4 --jobserver-auth=sem:x'
	capture parmap --jobserver=require echo ::: 1 2
	expect 125 '' "parmap: --jobserver=require: --jobserver-auth=sem:x of make: of no known kind"$'\n'
	capture parmap echo ::: 1 2
	expect 0 $'1\n2\n' "parmap: --jobserver-auth=sem:x of make, one job at a time: of no known kind"$'\n'
	unset MAKEFLAGS
	capture parmap --jobserver=require echo ::: 1 2
	expect 125 '' $'parmap: --jobserver=require: there is none in MAKEFLAGS\n'
	capture parmap --jobserver=on echo ::: 1 2
	refused '--jobserver=on' 'not auto, off, require or serve'
	capture parmap --jobserver-style=fifo echo ::: 1 2
	refused '--jobserver-style' 'only with --jobserver=serve'
}

@test "as xargs and as parallel, parmap takes no notice of make" {
	export MAKEFLAGS='n -j4 --jobserver-auth=8,9'
	printf 'a b' >items
	capture parmap --dialect xargs -P 2 echo <items
	expect 0 $'a b\n' ''
	capture parmap --dialect parallel -k echo ::: a b
	expect 0 $'a\nb\n' ''
}

@test "a build script of cargo shares what cargo has" {
	serve_bytes ab
	export CARGO_MAKEFLAGS="-j --jobserver-auth=fifo:$T/tokens"
	unset MAKEFLAGS
	start sh -c ./unit ::: 1 2 3 4 >"$T/out" 2>"$T/err"
	wait_for units_run 3
	let_go 4
	finish
	expect 0 '' ''
	[ "$(most)" -eq 3 ]
}

@test "--jobserver=serve: makes in records run as many units as -j says" {
	mkdir a b c
	for d in a b c; do
		printf 'all: x y z\nx y z:\n\t@cd .. && ./unit\n' >$d/Makefile
	done
	start --jobserver=serve -j 3 make -s -C ::: a b c >"$T/out" 2>"$T/err"
	wait_for units_run 3
	let_go 9
	finish
	expect 0 '' ''
	[ "$(wc -l <counts)" -eq 9 ]
	[ "$(most)" -eq 3 ]
}

@test "--jobserver=serve keeps what MAKEFLAGS has, and takes part if there is a server above" {
	export MAKEFLAGS='k -- A=b\ c'
	capture parmap --jobserver=serve -j 3 sh -c 'echo "$MAKEFLAGS"' ::: 1
	expect_status 0
	[[ $(cat "$T/out") =~ ^k\ +-j3\ --jobserver-fds=([0-9]+,[0-9]+)\ --jobserver-auth=([0-9]+,[0-9]+)\ --\ A=b\\\ c$ ]]
	[ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
	serve_bytes a
	capture parmap --jobserver=serve -j 3 sh -c 'echo "$MAKEFLAGS"' ::: 1
	expect 0 "$MAKEFLAGS"$'\n' ''
}

@test "--jobserver-style=fifo: parmaps in records share a FIFO, of which nothing is left" {
	mkdir tmp 'tmp/a b'
	export TMPDIR="$T/tmp/a b"
	start --jobserver=serve --jobserver-style=fifo -j 3 -c "seq {} | ${PARMAP_WORDS[*]} sh -c ./unit" ::: 3 3 >"$T/out" 2>"$T/err"
	wait_for units_run 3
	let_go 6
	finish
	expect 0 '' ''
	[ "$(most)" -eq 3 ]
	[ -z "$(ls -A "$TMPDIR")" ]
	start --jobserver=serve --jobserver-style=fifo sh -c ./unit ::: 1 >"$T/out" 2>"$T/err"
	wait_for units_run 1
	[ -n "$(ls -A "$TMPDIR")" ]
	kill -TERM "$PID"
	finish
	[ -z "$(ls -A "$TMPDIR")" ]
	capture parmap --jobserver=serve --jobserver-style=sem echo ::: 1
	refused '--jobserver-style=sem' 'not pipe or fifo'
	export TMPDIR=$T/nowhere
	capture parmap --jobserver=serve --jobserver-style=fifo echo ::: 1
	expect 125 '' "parmap: --jobserver=serve: a FIFO in $TMPDIR: No such file or directory"$'\n'
}
