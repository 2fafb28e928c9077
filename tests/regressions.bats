#!/usr/bin/env bats
# What broke once, and must not again.

bats_require_minimum_version 1.5.0
load common

# Passes stdin on, but not before something has been waiting for a while.
slowly() {
	read -r -N 1 first
	sleep 0.3
	printf %s "$first"
	cat
}

@test "a line without an end is said once, when there is no memory for it and its reader is slow" {
	long='head -c 200000 /dev/zero | tr "\0" z >&2; exit 1'
	export TMPDIR=/nonexistent
	parmap --line-buffer --buffer 0 -j 2 sh -c "$long" sh ::: a 2>&1 >/dev/null | slowly >seen
	{
		sh -c "$long" || :
		printf '\nparmap: record 1 "a": exit status 1\n'
	} >wanted 2>&1
	cmp seen wanted
}

@test "the job that gets its turn while much is owed to a reader streams at once" {
	gate gate1 gate3
	# The second leaves a little more than what is written in one go; the third speaks, and waits.
	start -j 3 sh -c 'case $1 in
	1) read -r _ <gate1 ;;
	2) "$EMIT" -b $((64 * 65532 + 1000)) x; : >ran2 ;;
	3) echo hi; : >ran3; read -r _ <gate3 ;;
	esac' sh ::: 1 2 3 >out 2>err
	wait_for exists ran2
	wait_for exists ran3
	open_gate gate1
	wait_for says_hi
	open_gate gate3
	finish
	expect_status 0
}

says_hi() {
	[ "$(tail -c 3 out | tr -d '\0')" = hi ]
}

@test "outputs that are larger than a chunk of memory are spilled too, each with its beginning" {
	skip_if_watched "peak memory"
	gate gate1
	TMPDIR=$T start --buffer 1M -j 3 sh -c '[ "$1" != 1 ] || read -r _ <gate1; "$EMIT" -b 102400 x; : >"ran$1"' sh < <(seq 400) > >(cksum >sum)
	for ((i = 2; i <= 400; i++)); do
		wait_for exists "ran$i"
	done
	[ "$(peak "$PID")" -le $((9 * 1024)) ]
	open_gate gate1
	wait_for lines_in sum 1
	finish
	expect_status 0
	[ "$(cat sum)" = "$("$EMIT" -b $((400 * 102400)) x | cksum)" ]
}

@test "more dry runs than slots come to an end" {
	capture parmap --dry-run -j 2 echo ::: 1 2 3 4 5 6 7
	expect 0 $'echo 1\necho 2\necho 3\necho 4\necho 5\necho 6\necho 7\n' ''
}

@test "the last job is run although it could not be started at first" {
	skip_if_watched "a limit of processes"
	become_nobody
	cp "$EMIT" "$PUBLIC/emit"
	capture stranger "$BASH" -c 'ulimit -u 3 && exec "$@"' sh "$PUBLIC/parmap" -j 6 "$PUBLIC/emit" -b 100000 ::: 1 2 3 4 5
	expect_status 0
	same out < <(for i in 1 2 3 4 5; do "$EMIT" -b 100000 $i; done)
}

@test "a run limit ends a run whose ended jobs wait for a reader, whatever the order" {
	for order in -k --unordered --line-buffer; do
		echo "$order"
		mkfifo "stuck$order"
		exec 6<>"stuck$order"
		TMPDIR=/nonexistent start $order --buffer 0 -j 4 --run-timeout 1 sh -c 'head -c 50000 /dev/zero | tr "\0" x | fold -w 99' ::: 1 2 3 4 5 6 >&6 2>err
		finish
		# After the limit the output of what was complete is owed to a reader, for a while.
		[ "$STATUS" -eq 124 ] || [ "$STATUS" -eq 125 ]
		exec 6>&-
	done
}

@test "a TERM ends a run whose ended jobs wait for a reader, whatever the order" {
	for order in -k --unordered --line-buffer; do
		echo "$order"
		mkfifo "stuck$order"
		exec 6<>"stuck$order"
		TMPDIR=/nonexistent start $order --buffer 0 -j 4 sh -c 'head -c 50000 /dev/zero | tr "\0" x | fold -w 99; : >"ran$1"' sh ::: 1 2 3 4 >&6 2>err
		# All four wait: the first two or three for the reader, the others for memory.
		wait_for steady_children
		kill -TERM "$PID"
		finish
		expect_status 143
		exec 6>&-
		rm -f ran?
	done
}

# Nobody has written or ended for a while.
steady_children() {
	local before after
	before=$(ls ran? 2>/dev/null; pgrep -P "$PID")
	sleep 0.3
	after=$(ls ran? 2>/dev/null; pgrep -P "$PID")
	[ "$before" = "$after" ]
}

@test "records that cannot be run do not keep a limit from being seen" {
	printf '\0\n%.0s' {1..1000} >thousand
	for ((i = 0; i < 100; i++)); do
		cat thousand
	done >records
	for ((i = 0; i < 200; i++)); do
		cat records
	done >many
	clocked parmap_blind
	[ "$TOOK" -lt 15000 ]
}

parmap_blind() {
	parmap --run-timeout 0.2 true <many 2>/dev/null || :
}

@test "a limit is seen while hundreds of jobs are being started" {
	capture parmap -j 400 --run-timeout 0.01 sleep 1000 < <(seq 400)
	expect_status 124
	[ "$(grep -c "ended by the run's time limit" err)" -lt 400 ]
}

@test "output for a reader goes on although that of the other stream is stuck" {
	mkfifo stuck gate
	exec 6<>stuck
	: >err
	clocked start_stuck
	# What was for stderr is given up after 10 seconds; stdout has no need to wait for that.
	expect_status 125
	[ "$(wc -c <out)" -eq 24000000 ]
	[ "$TOOK" -lt 40000 ]
	exec 6>&-
}

start_stuck() {
	start -q -j 3 --run-timeout 2 sh -c 'if [ "$1" = 1 ]; then "$EMIT" -e 200000 x; exec sleep 1000; fi; "$EMIT" -b 12000000 x' sh ::: 1 2 3 >out 2>&6
	finish
}

@test "a stderr that is full of others' output does not keep stdout, for whoever cannot open it again" {
	become_nobody
	mkfifo full
	exec 6<>full
	(stranger timeout 60 true 3>&-) || skip "cannot become another user"
	dd if=/dev/zero of=full bs=65536 count=1 oflag=nonblock status=none || :
	capture_stuck
	expect_status 0
	same out < <(echo a)
	exec 6>&-
}

capture_stuck() {
	STATUS=0
	TEST_MARK=$MARK stranger timeout -k 5 "$LIMIT" "${PARMAP_WORDS[@]}" echo ::: a >out 2>&6 || STATUS=$?
}

@test "the line that names a failed write is said also to a stderr that cannot be opened again" {
	become_nobody
	say_and_fail 2>&1 | cat >seen
	same seen < <(printf 'e\nparmap: stdout: No space left on device\n125\n')
}

say_and_fail() {
	local status=0
	TEST_MARK=$MARK stranger timeout -k 5 "$LIMIT" "${PARMAP_WORDS[@]}" sh -c 'echo e >&2; sleep 0.3; echo o' ::: a >/dev/full || status=$?
	echo "$status"
}

@test "with -u the number of slots has nothing to do with that of descriptors" {
	(
		ulimit -n 64
		start -u -j 50 sh -c ': >"ran$1"; until [ -e go ]; do sleep 0.1; done' sh < <(seq 50) >out 2>err
		wait_for all_fifty
		: >go
		finish
		expect 0 '' ''
	)
}

all_fifty() {
	local ran=(ran*)
	[ "${#ran[@]}" -eq 50 ]
}

@test "what a finished job left in the background is continued when a signal is passed on" {
	gate gate
	start -j 1 --kill-after 60 sh -c 'if [ "$1" = 1 ]; then (trap "echo got >got; exit" TERM; : >waits; while :; do read -r _ <never; done) >/dev/null 2>&1 & read -r _ <gate; else exec sleep 1000; fi; kill -STOP $!; : >stopped' sh ::: 1 2
	wait_for exists waits
	open_gate gate
	wait_for exists stopped
	kill -TERM "$PID"
	finish
	expect_status 143
	exists got
}

@test "a thousand jobs that leave something behind leave nothing in the end" {
	capture parmap -j 4 sh -c 'sleep 1000 >/dev/null 2>&1 &' < <(seq 1000)
	expect_status 0
	nothing_left
}

@test "a read error names the option and the whole of a long path, with the reason" {
	long=$(printf 'd%.0s' {1..200})
	mkdir -p "$long/$long/$long"
	ln -s /proc/self/mem "$long/$long/$long/link"
	[ -r /proc/self/mem ] || skip "no /proc/self/mem"
	capture parmap -a "$long/$long/$long/link" echo
	expect 125 '' "parmap: -a $long/$long/$long/link: Input/output error"$'\n'
}

@test "-c: of several fields none becomes a command, a file or a second word where there is one" {
	printf '#!/bin/sh\n: >evil.ran\n' >evil
	chmod +x evil
	capture parmap -C , -c 'x={}; echo "x=$x"' ::: 'v,./evil,arg'
	expect 0 $'x=v ./evil arg\n' ''
	capture parmap -n 2 -c 'FOO={} printenv FOO' ::: a ./evil
	expect 0 $'a ./evil\n' ''
	capture parmap -c 'y={.}; echo "$y"' ::: a.b ::: ./evil
	expect_status 0
	refute exists evil.ran
	capture parmap -C , -c 'echo x >{}; echo y > {}; echo z 2>| {}' ::: o,x
	expect 0 $'z\n' ''
	exists 'o x'
	refute exists o
	capture parmap -C , -c 'case {} in *) echo hi;; esac' ::: a a,b
	expect 0 $'hi\nhi\n' ''
	capture parmap -N 2 -c 'echo x > {}' ::: a b
	refused 'a record' 'redirection'
	# Where words may stand, they do.
	capture parmap -C , -c 'for i in {}; do echo "[$i]"; done; echo {}|cat; (echo {}); echo x{}y "{}"' ::: "a,b'c"
	expect 0 $'[a]\n[b\'c]\na b\'c\na b\'c\nxa b\'cy a b\'c\n' ''
}

@test "a quote that is not closed in a header is an error, not a header" {
	capture parmap --csv --header : echo '{a}' < <(printf '"a,b\n1,2\n3,4\n')
	expect 125 '' $'parmap: stdin: a quote in the header is not closed\n'
	capture parmap --csv --header : echo '{a}' ::: '"a' 1
	expect 125 '' $'parmap: :::: a quote in the header is not closed\n'
}

@test "a byte order mark is not part of the first name or field" {
	capture parmap --csv --header : echo '{id}' < <(printf '\xef\xbb\xbfid,n\n1,2\n')
	expect 0 $'1\n' ''
	capture parmap --csv printf '[%s]' {1} < <(printf '\xef\xbb\xbf"i,d",n\n\xef\xbb\xbfx\n')
	expect 0 $'[i,d][\xef\xbb\xbfx]' ''
}

@test "--header is refused with several records a job, whose names would be those of the first" {
	for option in '-n 2' '-N 2' -X; do
		# shellcheck disable=SC2086
		capture parmap --header : $option echo '{a}' ::: a 1 2
		refused '--header:'
	done
}

@test "-C: ^ is the beginning of the record, and \\D is not the letter" {
	capture parmap -C '^a' printf '[%s]' ::: aab
	expect 0 '[][ab]' ''
	capture parmap -C '\D+' printf '[%s]' ::: 1ab2D3
	expect 0 '[1][2][3]' ''
}

@test "-c: records that are nothing but quotes fit into the lines they are packed into" {
	yes "'" | head -n 32000 >records
	capture parmap -n 32000 -c 'x={}; echo "${#x}"' <records
	expect_status 0
	# Each record and what follows it, but for the last of a job.
	[ "$(($(paste -sd+ out) + $(wc -l <out)))" -eq 64000 ]
}

@test "messages show characters of UTF-8 where the locale has them, and never a byte that is none" {
	text=$'\303\251 \342\202\254 \302\205 \342\200\256 \342\202 \374 \355\240\200'
	cat >ascii <<-'EOT'
	parmap: record 1 "\M-C\M-) \M-b\M^B\M-, \M-B\M^E \M-b\M^@\M-. \M-b\M^B \M-| \M-m\240\M^@": exit status 1
	EOT
	cat >utf8 <<-'EOT'
	parmap: record 1 "é € \M-B\M^E \M-b\M^@\M-. \M-b\M^B \M-| \M-m\240\M^@": exit status 1
	EOT
	for locale in LC_ALL=C.UTF-8 LC_ALL=xx_YY.utf8@z 'LC_ALL= LC_CTYPE=UTF-8 LANG=C' 'LC_ALL= LC_CTYPE= LANG=en_US.UTF-8'; do
		read -r -a words <<<"$locale"
		capture env "${words[@]}" "${PARMAP_WORDS[@]}" false ::: "$text"
		same err <utf8
	done
	for locale in LC_ALL=C 'LC_ALL= LC_CTYPE=C LANG=C.UTF-8' 'LC_ALL= LC_CTYPE= LANG=' LC_ALL=de_DE.ISO-8859-1; do
		read -r -a words <<<"$locale"
		capture env "${words[@]}" "${PARMAP_WORDS[@]}" false ::: "$text"
		same err <ascii
	done
}
