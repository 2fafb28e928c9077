#!/usr/bin/env bats
# What parmap does when a system call of its own fails, or there is no memory: tests/faults.sh tries them one by one.

load common


# faulty FAULT argument ...: parmap, in which that fails; see tests/helpers/fault.c.
faulty() {
	local fault=$1
	shift
	TEST_MARK=$MARK timeout --foreground -k 5 "$LIMIT" env LD_PRELOAD="$BUILD/fault.so" FAULT="$fault" "${PARMAP_WORDS[@]}" "$@"
}

@test "a line of the log that is written in parts, or again, is whole" {
	skip_if_watched "a call that fails"
	for fault in write:1:short write:1:EINTR write:2:short write:3:EINTR; do
		echo "$fault"
		rm -f log
		capture faulty "$fault" -j 1 --joblog log true ::: a b
		expect 0 '' ''
		[ "$(cut -f 1,7-9 log | tr '\t' ' ')" = $'Seq Exitval Signal Command\n1 0 0 true a\n2 0 0 true b' ]
	done
	capture faulty write:2:ENOSPC -j 1 --joblog full true ::: 0 0
	expect 125 '' $'parmap: --joblog full: No space left on device\n'
}

@test "a wait that is interrupted is done again, as nobody is told a second time" {
	skip_if_watched "a call that fails"
	capture faulty wait4:1:EINTR -j 1 echo ::: a
	expect 0 $'a\n' ''
}

@test "a failed write to standard error is told there, if that works" {
	skip_if_watched "a call that fails"
	capture faulty write:1:ENOSPC -j 1 sh -c 'echo lost >&2' ::: a
	expect 125 '' $'parmap: stderr: No space left on device\n'
}

@test "output of which the file system tells only at a close that it is lost is lost" {
	skip_if_watched "a call that fails"
	local failed=0
	for ((n = 1; n <= 12; n++)); do
		capture faulty "close:$n:EIO" -j 1 echo ::: a
		[ -s err ] || continue
		expect 125 $'a\n' $'parmap: stdout: Input/output error\n'
		failed=$((failed + 1))
	done
	[ "$failed" -eq 1 ]
}

@test "a job that cannot be given all of its input is not taken for one that read it" {
	skip_if_watched "a call that fails"
	# Once is no matter.
	capture faulty write:1:ENOMEM -j 1 --stdin cat ::: a
	expect 0 $'a\n' ''
	capture faulty write:1-2:ENOMEM -j 1 --stdin sh -c 'cat; : >read' ::: a
	expect 125 '' $'parmap: stdin of record 1: Cannot allocate memory\n'
	[ ! -e read ]
	# This one says that the job does not read.
	capture faulty write:1:EPIPE -j 1 --stdin cat ::: a
	expect 0 '' ''
}

@test "a log that cannot be read to its end is no shorter log" {
	skip_if_watched "a call that fails"
	capture parmap -j 1 --joblog whole sh -c 'echo "$1" >>ran' sh ::: a b c
	for call in dup fstat malloc realloc; do
		for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
			cp whole log
			rm -f ran
			capture faulty "$call:$n:ENOMEM" -j 1 --joblog log --resume sh -c 'echo "$1" >>ran' sh ::: a b c
			# shellcheck disable=SC2153 # it is capture's
			if [ "$STATUS" -ne 0 ]; then
				expect_status 125
				grep -q '^parmap: .*: Cannot allocate memory$' err
			fi
			same log <whole
			[ ! -e ran ]
		done
	done
}

@test "a result that cannot be opened is not taken for none, and its job not run again" {
	skip_if_watched "a call that fails"
	capture parmap -j 1 --results results --joblog whole sh -c 'echo "$1" | tee -a ran' sh ::: a b
	for n in 2 3 4; do # the first is the log
		cp whole log
		rm ran
		: >ran
		capture faulty "openat:$n:EMFILE" -j 1 --results results --joblog log --resume sh -c 'echo "$1" | tee -a ran' sh ::: a b
		expect 125 '' $'parmap: --results results: record 1: Too many open files\n'
		same ran </dev/null
	done
}

@test "a result of which the file system tells at a close that it is not whole is none" {
	skip_if_watched "a call that fails"
	local failed=0
	for ((n = 1; n <= 20; n++)); do
		rm -rf results
		capture faulty "close:$n:EIO" -j 1 --results results echo ::: a
		[ "$STATUS" -ne 0 ] || continue
		grep -q '^parmap: --results' err || continue
		expect 125 $'a\n' $'parmap: --results results: record 1: Input/output error\n'
		[ -z "$(find results -type f)" ]
		failed=$((failed + 1))
	done
	# stdout and stderr, and the three small ones.
	[ "$failed" -eq 5 ]
}

@test "a pipe that might block is none for the input of a job" {
	skip_if_watched "a call that fails"
	capture faulty fcntl:1+:EINVAL --stdin cat ::: a
	expect 125 '' $'parmap: cannot start a process: Invalid argument\n'
}

@test "behind output that cannot be read back nothing is said" {
	skip_if_watched "a call that fails"
	for n in 3 29 49 77 113; do
		TEST_MARK=$MARK PARMAP=${PARMAP_WORDS[0]} "$TESTS/faults.sh" -f "pread:$n:EIO" spill
	done
}

@test "whatever call fails, the output is right or the status says that it is not; nothing hangs, nothing is left" {
	skip_if_watched "a call that fails"
	TEST_MARK=$MARK PARMAP=${PARMAP_WORDS[0]} "$TESTS/faults.sh" -s 1000000 -e 9
}
