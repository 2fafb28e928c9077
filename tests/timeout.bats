#!/usr/bin/env bats
# Time limits: of a job, of the run, what is ended at a limit, what is kept, and that nothing delays a limit.

load common

@test "a job over --timeout is ended, keeps its output and its place, and is named: exit 124" {
	capture parmap -j 2 --timeout 3 sh -c 'echo "$1"; [ "$1" != b ] || exec sleep 1000' sh ::: a b c
	expect 124 $'a\nb\nc\n' $'parmap: record 2 "b": timed out after 3s\n'
}

@test "a job that ends within its limit is not touched" {
	capture parmap --timeout 1000 --run-timeout 1000 echo ::: a b
	expect 0 $'a\nb\n' ''
}

@test "the limit counts from the start of each job" {
	capture parmap -j 1 --timeout 2 sh -c 'sleep 0.5; echo "$1"' sh < <(seq 5)
	expect 0 $'1\n2\n3\n4\n5\n' ''
}

@test "the limit is a number with s, m, h or d, as timeout(1) has it, and 0 is none" {
	for limit in 0.2 .2s 0.2s 2e-1 0.00333m 0.0000555h 0.00000231d; do
		echo "$limit"
		clocked capture parmap --timeout $limit -q sleep ::: 1000
		expect 124 '' ''
		[ "$TOOK" -lt 30000 ]
	done
	for limit in 0 0s 0.0 1d 1000000d 1e300; do
		echo "$limit"
		capture parmap --timeout $limit --run-timeout $limit echo ::: a
		expect 0 $'a\n' ''
	done
}

@test "twenty hung jobs are ended together, soon after their limit" {
	clocked capture parmap -j 20 --timeout 2 --kill-after 0.5 sh -c 'trap "" TERM; while :; do sleep 1000; done' sh < <(seq 20)
	expect_status 124
	same out </dev/null
	same err < <(for i in {1..20}; do echo "parmap: record $i \"$i\": timed out after 2s"; done)
	[ "$TOOK" -ge 2000 ]
	# One after the other they would take ten seconds more.
	[ "$TOOK" -lt 8000 ]
}

@test "a job that ignores the signal is killed --kill-after later" {
	clocked capture parmap --timeout 2 --kill-after 0.2 sh -c 'trap "" TERM; echo begun; while :; do sleep 1000; done' ::: a
	expect 124 $'begun\n' $'parmap: record 1 "a": timed out after 2s\n'
	[ "$TOOK" -lt 30000 ]
}

@test "a job may tidy up between the signal and --kill-after, and its output then counts" {
	capture parmap --timeout 2 --kill-after 100 sh -c 'trap "echo tidied; exit 3" TERM; '"$hang" ::: a
	expect 124 $'tidied\n' $'parmap: record 1 "a": timed out after 2s\n'
}

@test "--kill-after 0 kills at once" {
	clocked capture parmap --timeout 0.2 --kill-after 0 sh -c 'trap "" TERM; while :; do sleep 1000; done' ::: a
	expect 124 '' $'parmap: record 1 "a": timed out after 0.2s\n'
	[ "$TOOK" -lt 30000 ]
}

@test "--signal names the first signal, with or without SIG or as a number" {
	for signal in INT SIGINT int sigint 2; do
		capture parmap --timeout 2 --signal $signal sh -c 'trap "echo INT; exit" INT; trap "echo TERM; exit" TERM; '"$hang" ::: a
		expect 124 $'INT\n' $'parmap: record 1 "a": timed out after 2s\n'
	done
	capture parmap --timeout 0.2 --signal KILL sh -c 'trap "" TERM; while :; do sleep 1000; done' ::: a
	expect 124 '' $'parmap: record 1 "a": timed out after 0.2s\n'
}

@test "a limit ends the whole tree of a job" {
	capture parmap --timeout 0.3 -q sh -c 'sleep 1000 & (sleep 1000 & sleep 1000) & sleep 1000; :' ::: a
	expect 124 '' ''
	wait_for -t 5 nothing_left
}

@test "a limit also ends a job that has stopped itself" {
	capture parmap --timeout 2 --kill-after 0.3 -q sh -c 'kill -STOP $$; echo continued' ::: a
	expect_status 124
	same err </dev/null
}

@test "a grandchild in a session of its own is reached by a limit, and does not delay it" {
	clocked capture parmap --timeout 2 -q sh -c 'setsid sh -c "echo \$\$ >grandchild; exec sleep 1000" & sleep 1000' ::: a
	expect 124 '' ''
	[ "$TOOK" -lt 30000 ]
	nothing_left
}

@test "a failure besides job limits is 123" {
	capture parmap -j 2 --timeout 2 sh -c '[ "$1" != a ] || exec sleep 1000; exit 3' sh ::: a b
	expect 123 '' $'parmap: record 1 "a": timed out after 2s\nparmap: record 2 "b": exit status 3\n'
}

@test "at --run-timeout jobs are ended, what is complete is printed in order, nothing new starts: exit 124" {
	capture parmap -j 3 --run-timeout 2 sh -c 'case $1 in b) echo begun; sleep 1000;; e) sleep 1000;; z) : >ran;; esac; echo "$1"' sh ::: a b c d e e z
	expect_status 124
	same out < <(printf '%s\n' a begun c d)
	same err <<-EOF
		parmap: record 2 "b": ended by the run's time limit
		parmap: record 5 "e": ended by the run's time limit
		parmap: record 6 "e": ended by the run's time limit
		parmap: run time limit of 2s reached
	EOF
	refute exists ran
}

@test "--run-timeout ends jobs that ignore the signal, --kill-after later" {
	clocked capture parmap -j 5 --run-timeout 0.3 --kill-after 0.3 sh -c 'trap "" TERM; while :; do sleep 1000; done' < <(seq 100)
	expect_status 124
	same out </dev/null
	same err < <(
		for i in {1..5}; do
			echo "parmap: record $i \"$i\": ended by the run's time limit"
		done
		echo 'parmap: run time limit of 0.3s reached'
	)
	[ "$TOOK" -lt 30000 ]
}

@test "--run-timeout ends a run that waits for records" {
	mkfifo input
	exec 6<>input
	echo a >&6
	clocked capture parmap --run-timeout 2 echo <input
	exec 6>&-
	expect 124 $'a\n' $'parmap: run time limit of 2s reached\n'
	[ "$TOOK" -lt 30000 ]
}

@test "--run-timeout that is not reached says nothing, whatever fails" {
	capture parmap --run-timeout 100 sh -c 'exit 1' ::: a
	expect 123 '' $'parmap: record 1 "a": exit status 1\n'
}

@test "a stdout that blocks delays no job's limit" {
	mkfifo stream
	exec 6<>stream
	start -j 3 --timeout 2 --kill-after 0.3 sh -c 'trap "" TERM; : >"ran$1"; [ "$1" != 1 ] || yes; while :; do sleep 1000; done' sh ::: 1 2 3 >stream 2>err 6>&-
	for i in 1 2 3; do
		wait_for exists "ran$i"
	done
	# Nobody has read a byte yet.
	wait_for -t 30 no_job_left
	cat <&6 >/dev/null 3>&- &
	reader=$!
	finish
	kill "$reader"
	expect_status 124
	same err < <(for i in 1 2 3; do echo "parmap: record $i \"$i\": timed out after 2s"; done)
}

@test "a stdout that blocks does not delay the run's limit" {
	mkfifo stream
	exec 6<>stream
	start -j 2 --run-timeout 0.5 --kill-after 0.3 sh -c 'trap "" TERM; [ "$1" != 1 ] || yes; while :; do sleep 1000; done' sh ::: 1 2 >stream 2>err 6>&-
	wait_for -t 30 no_job_left
	cat <&6 >/dev/null 3>&- &
	reader=$!
	finish
	kill "$reader"
	expect_status 124
	same err <<-EOF
		parmap: record 1 "1": ended by the run's time limit
		parmap: record 2 "2": ended by the run's time limit
		parmap: run time limit of 0.5s reached
	EOF
}

@test "after the run's limit output that nobody reads is given up, and said to be lost: exit 125" {
	mkfifo stream
	exec 6<>stream
	start -j 2 --run-timeout 0.5 "$EMIT" -b 200000 ::: 1 2 >stream 2>err 6>&-
	finish
	exec 6>&-
	expect_status 125
	grep -qx "parmap: output that nobody read for [0-9]* s after the run's time limit: lost" err
}

@test "a stderr that blocks delays no limit either" {
	mkfifo stream
	exec 6<>stream
	start -j 2 --timeout 0.5 --kill-after 0.3 -q sh -c 'trap "" TERM; [ "$1" != 1 ] || yes >&2; while :; do sleep 1000; done' sh ::: 1 2 >out 2>stream 6>&-
	wait_for -t 30 no_job_left
	cat <&6 >/dev/null 3>&- &
	reader=$!
	finish
	kill "$reader"
	expect_status 124
}

@test "at --deadline the run ends as at its time limit, and the line has the moment as it was written" {
	local moment
	moment=@$((${EPOCHREALTIME/./} / 1000 + 2500))ms
	clocked capture parmap -j 3 --deadline "$moment" sh -c 'case $1 in b) echo begun; sleep 1000;; d) sleep 1000;; z) : >ran;; esac; echo "$1"' sh ::: a b c d d z
	expect_status 124
	same out < <(printf '%s\n' a begun c)
	same err <<-EOF
		parmap: record 2 "b": ended by the run's time limit
		parmap: record 4 "d": ended by the run's time limit
		parmap: record 5 "d": ended by the run's time limit
		parmap: deadline $moment reached
	EOF
	refute exists ran
	[ "$TOOK" -lt 30000 ]
}

@test "a deadline that has passed ends the run before anything is read, run or written: exit 124" {
	echo old >log
	for moment in @17 @0 @-500ms @17.5 "@$((${EPOCHREALTIME/./} / 1000 - 500))ms" "@$((${EPOCHREALTIME%.*} - 1)).999"; do
		capture parmap --deadline "$moment" --joblog log -a never touch ran
		expect 124 '' "parmap: --deadline $moment: it has passed"$'\n'
		refute exists ran
	done
	[ "$(cat log)" = old ]
	# What makes no sense is told first.
	capture parmap --deadline @17 -j x touch ran ::: a
	refused '-j x: '
	PARMAP_OPTS='--deadline @17' capture parmap touch ran ::: a
	expect 124 '' $'parmap: --deadline @17: it has passed\n'
}

@test "of the run's time limit and its deadline the first one counts, and is named" {
	local now=${EPOCHREALTIME%.*}
	capture parmap --run-timeout 0.3 --deadline "@$((now + 1000))" sleep ::: 1000
	expect 124 '' $'parmap: record 1 "1000": ended by the run\'s time limit\nparmap: run time limit of 0.3s reached\n'
	capture parmap -q --run-timeout 1000 --deadline "@$((now + 2)).5" sleep ::: 1000
	expect 124 '' "parmap: deadline @$((now + 2)).5 reached"$'\n'
	capture parmap --run-timeout 1000 --deadline "@$((now + 1000))000.9ms" echo ::: a
	expect 0 $'a\n' ''
	capture parmap --deadline @9223372036 echo ::: a
	expect 0 $'a\n' ''
}

@test "a deadline ends a run that waits for records, or whose output nobody reads" {
	mkfifo input stream
	exec 6<>input 7<>stream
	echo a >&6
	capture parmap --deadline "@$((EPOCHSECONDS + 2))" echo <input 7>&-
	exec 6>&-
	expect_status 124
	same out < <(echo a)
	start -j 2 --deadline "@$((EPOCHSECONDS + 2))" --kill-after 0.3 sh -c 'trap "" TERM; [ "$1" != 1 ] || yes; while :; do sleep 1000; done' sh ::: 1 2 >stream 2>err 7>&-
	wait_for -t 30 no_job_left
	cat <&7 >/dev/null 3>&- &
	reader=$!
	finish
	kill "$reader"
	exec 7>&-
	expect_status 124
	grep -q '^parmap: deadline @[0-9]* reached$' err
}

@test "a deadline is of the time of day: when that is set, it has come" {
	skip_if_watched "a library of the test's own"
	local moment=@$((EPOCHSECONDS + 1800))
	LD_PRELOAD=$BUILD/clock.so CLOCK_SET=$T/set start -j 2 --deadline "$moment" sh -c ': >"ran$1"; exec sleep 1000' sh ::: 1 2 >out 2>err
	wait_for exists ran1
	wait_for exists ran2
	touch set
	finish
	expect 124 '' "parmap: record 1 \"1\": ended by the run's time limit
parmap: record 2 \"2\": ended by the run's time limit
parmap: deadline $moment reached
"
}
