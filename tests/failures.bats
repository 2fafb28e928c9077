#!/usr/bin/env bats
# Every cause of a failure with every option that bends what comes of it; what that is, is in tables/failures.

load common

# A cause is a program that says something and fails, or the lack of one. With LAST, the first job waits for
# the third.
make_programs() {
	local cause
	make_program before '[ -z "$LAST" ] || until grep -q after out; do sleep 0.02; done; echo before'
	make_program after 'echo after'
	for cause in 1 126 127 255; do
		make_program "exit $cause" "echo says; echo cries >&2; exit $cause"
	done
	for cause in SEGV KILL; do
		make_program $cause "echo says; echo cries >&2; ulimit -c 0; kill -$cause \$\$"
	done
	make_program 'time limit' 'echo says; echo cries >&2; exec sleep 1000'
	: >plain
}

make_program() {
	printf '#!/bin/sh\n%s\n' "$2" >"$1"
	chmod +x "$1"
}

# The second record, which is the command.
record() {
	case $1 in
	'not found') echo ./nosuch ;;
	'not executable') echo ./plain ;;
	'too long') printf '%0200000d\n' 0 ;;
	*) echo "./$1" ;;
	esac
}

# run_cell CAUSE OPTION ...
run_cell() {
	local cause=$1 last=${LAST-}
	shift
	if [ "$cause" = 'time limit' ]; then
		# The first job may not wait then, as it has the same limit.
		set -- "$@" --timeout 2 -j 1
		last=
	fi
	{
		echo ./before
		record "$cause"
		echo ./after
	} >records
	LAST=$last capture parmap -j 1 "$@" {} <records
}

# What a run did, as a line of the table has it.

words_said() {
	# A line is a word here.
	[ "$(wc -l <out)" -eq "$(wc -w <out)" ] || echo "not lines:"
	xargs <out
}

logged() {
	[ -e log ] || echo none
	[ ! -e log ] || sed 1d log | sort -s -n -k 1,1 | cut -f 7,8 --output-delimiter=/ | xargs
}

complained() {
	local line record all=
	record=$(record "$1")
	[ ${#record} -le 60 ] || record=${record:0:60}...
	while IFS= read -r line; do
		all+=", ${line#"parmap: record 2 \"$record\": "}"
	done <err
	echo "${all#, }"
}

# mode NAME OPTION ... [later OPTION ...]: all lines of that mode, which is these options. Where a second run follows, the line
# is what that one does.
mode() {
	local name=$1 cause mode out log end err first=() count=0 wrong=0
	shift
	while [ $# -gt 0 ] && [ "$1" != later ]; do
		first+=("$1")
		shift
	done
	make_programs
	while IFS='|' read -r cause mode out log end err; do
		[ "$mode" = "$name" ] || continue
		rm -rf log results
		run_cell "$cause" "${first[@]}"
		[ $# -eq 0 ] || run_cell "$cause" "${@:2}"
		printf '%s|' "$cause" "$out" "$log" "$end" "$err" >want
		# shellcheck disable=SC2153 # capture sets it
		printf '%s|' "$cause" "$(words_said)" "$(logged)" "$STATUS" "$(complained "$cause")" >got
		count=$((count + 1))
		cmp -s want got || wrong=$((wrong + 1))
		diff -a <(cut -c -300 want) <(cut -c -300 got) || :
	done < <(sed 's/ *| */|/g' "$TESTS/tables/failures")
	echo "$count lines, $wrong wrong"
	[ $count -eq 10 ]
	[ $wrong -eq 0 ]
}

@test "a job that fails, in whatever way, is told of in its place and in the status, and the others run" {
	mode plain
}

@test "--halt soon,fail=1 starts no job after the one that failed, and gives its status" {
	mode 'halt soon' --halt soon,fail=1 --joblog log
}

@test "--halt now,fail=1 does so too" {
	mode 'halt now' --halt now,fail=1 --joblog log
}

@test "--retries runs again what ran, not what could not be run, and one attempt is all that is heard and logged of" {
	mode retries --retries 2 --joblog log
}

@test "--fallback stands in for whatever failed, and changes no status" {
	mode fallback --fallback sorry --joblog log
}

@test "--atomic prints all, as a job that failed does not cut the run short" {
	mode atomic --atomic --joblog log
}

@test "--joblog has a line for each job that could be tried" {
	mode joblog --joblog log
}

@test "-u changes neither the line of a job that failed, nor log, nor status" {
	mode ungroup -u --joblog log
}

@test "--unordered prints what failed, and what came after it, before a first job that takes long" {
	LAST=yes
	mode unordered -j 2 --unordered --joblog log
}

@test "--resume goes on after jobs that failed, but not after records that no job could be made of" {
	mode resume --joblog log later --joblog log --resume
}

@test "--resume-failed runs what failed, in whatever way" {
	mode again --joblog log later --joblog log --resume-failed
}

@test "--resume with --results says all again, with the same status" {
	mode recall --joblog log --results results later --joblog log --results results --resume
}
