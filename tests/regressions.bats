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
