#!/usr/bin/env bats
# Ends of a run that come from what became of its jobs.

load common

@test "--halt soon,fail=N starts no more jobs, lets the others end, and keeps the order" {
	gate gate1
	start -j 2 --halt soon,fail=1 -c 'case {} in
		1) read -r _ <gate1; echo one ;;
		2) : >ran2; echo two; exit 7 ;;
		*) : >ran{} ;;
		esac' ::: 1 2 3 4 >out 2>err
	wait_for exists ran2
	open_gate gate1
	finish
	expect 7 $'one\ntwo\n' $'parmap: record 2 "2": exit status 7\n'
	refute exists ran4
}

@test "--halt now,fail=1 ends the jobs that run, keeps what the failed one said, and leaves nothing" {
	start -j 3 --halt now,fail=1 -c 'case {} in
		1) echo early; : >ran1; exec sleep 1000 ;;
		2) : >ran2; exec sleep 1000 ;;
		3) until [ -e ran1 ] && [ -e ran2 ]; do sleep 0.01; done; echo three; exit 9 ;;
		*) : >ran{} ;;
		esac' ::: 1 2 3 4 >out 2>err
	finish
	expect 9 $'early\nthree\n' $'parmap: record 3 "3": exit status 9\n'
	refute exists ran4
	nothing_left
}

@test "the exit status of a halt is the job's, or else how many failed; 0 of successes" {
	local line status want halt
	while read -r want halt line; do
		status=0
		# shellcheck disable=SC2086 # a job for each word
		parmap -q -j 1 --halt "$halt" -c 'exit {}' ::: $line || status=$?
		[ "$status" = "$want" ] || { echo "$halt $line: $status instead of $want"; false; }
	done <<-'EOT'
	3 now,fail=1 0 3 4 5
	3 soon,fail=1 0 3 4 5
	2 soon,fail=2 0 3 4 5
	123 soon,fail=4 0 3 4 5
	0 now,success=1 3 0 4 5
	0 now,success=2 3 0 0 5
	123 now,success=2 3 0 4 5
	7 now,done=1 7 1 1
	1 now,done=2 7 0 1
	255 2 255 1
	5 1 5 1
	0 -1 3 0 4
	0 -2 3 0 4
	123 never 3 0
	123 0 3 0
	EOT
	capture parmap -q -j 1 --halt now,fail=1 -c 'kill -KILL $$' ::: 1 2
	expect 137 '' ''
	capture parmap -q -j 1 --halt now,fail=1 --timeout 0.1 sleep ::: 1000 1001
	expect 124 '' ''
	capture parmap -q -j 1 --halt now,fail=1 ./no-such ::: 1 2
	expect 127 '' ''
}

@test "what --halt does not understand is refused" {
	for value in bla now now,fail soon,fail=0 soon,fail=x now,some=1 '' 'now,fail=1,' 'soon,fail='; do
		capture parmap --halt "$value" true ::: a
		refused "--halt=$value:"
	done
	for value in now,fail=0% soon,done=101% now,fail=% % 0% 5%% now,fail=1.5% now,fail=-1% now,5%; do
		capture parmap --halt "$value" true ::: a
		refused "--halt=$value:"
	done
	capture parmap --halt 5% -X true ::: a
	refused '--halt: ' 'nobody knows'
	capture parmap --halt 5% --pipe true </dev/null
	refused '--halt: ' 'nobody knows'
}

@test "--halt with a percentage is about all jobs, and so is the exit status" {
	local line want halt count STATUS
	while read -r want count halt line; do
		: >ran
		# shellcheck disable=SC2086 # a job for each word
		capture parmap -q -j 1 --halt "$halt" -c 'echo >>ran; exit {}' ::: $line
		[ "$STATUS $(wc -l <ran)" = "$want $count" ] || { echo "$halt $line: $STATUS, $(wc -l <ran) ran"; false; }
		# No matter where they come from; not all is known before jobs run.
		: >ran
		# shellcheck disable=SC2086
		printf '%s\n' $line >records
		capture parmap -q -j 1 --halt "$halt" -a records -c 'echo >>ran; exit {}'
		[ "$STATUS $(wc -l <ran)" = "$want $count" ]
	done <<-'EOT'
	50 3 now,fail=50% 0 1 2 3
	40 2 soon,fail=34% 1 1 0 0 0
	40 2 34% 1 1 0 0 0
	3 2 now,fail=25% 0 3 4 5
	123 4 now,fail=100% 0 3 4 5
	100 4 now,fail=100% 2 3 4 5
	0 3 now,success=40% 1 0 0 1 0
	0 5 now,success=50% 1 0 1 0 0
	123 3 now,success=90% 1 0 0
	7 1 now,done=20% 7 1 1 1 1
	34 2 soon,done=66% 7 0 1
	100 1 1% 255
	EOT
	capture parmap -q -j 1 -n 2 --halt now,fail=60% false ::: 1 2 3 4 5
	expect 67 '' ''
	capture parmap -j 1 --halt now,success=50% echo ::: a b c
	expect 0 $'a\nb\n' $'parmap: halt: 50% of the jobs succeeded\n'
	capture parmap --halt 50% false :::
	expect 0 '' ''
	capture parmap --halt 50% --header : --csv -c 'echo {b}{a}; exit 1' < <(printf 'a,b\n1,2\n')
	expect 100 $'21\n' $'parmap: record 1 "1 2": exit status 1\n'
}

@test "with a percentage jobs run before all input is there, which is read while every slot is taken" {
	mkfifo input
	gate gate1
	exec 6<>input
	start -j 1 --halt now,done=1% -a input -c 'case {} in 1) : >ran1; read -r _ <gate1 ;; esac; echo {}' >out 2>err 6>&-
	echo 1 >&6
	wait_for exists ran1
	# More than the pipe holds.
	timeout "$LIMIT" seq 2 20000 >&6
	exec 6>&-
	open_gate gate1
	finish
	expect 0 "$(seq 200)"$'\n' $'parmap: halt: 1% of the jobs done\n'
}

@test "a percentage that is reached before the number of jobs is known halts when it is" {
	mkfifo input
	exec 6<>input
	start -j 2 --halt now,fail=25% -a input -c '[ {} = 4 ] || { : >ran{}; exit {}; }; : >ran4; exec sleep 1000' >out 2>err 6>&-
	printf '%s\n' 7 4 >&6
	wait_for exists ran7
	wait_for exists ran4
	printf '%s\n' 0 0 >&6
	wait_for exists ran0
	exec 6>&-
	finish
	expect 7 '' $'parmap: record 1 "7": exit status 7\n'
	nothing_left
}

@test "an input that fails on the way is told, whatever is counted" {
	printf 'a\nb\nx' >records
	# With --csv the quote that is open is found at the end.
	capture parmap -j 1 --halt now,fail=50% -a records -a . echo
	refused '-a .: '
	capture parmap -j 1 --csv --halt now,fail=50% echo < <(printf '1,2\n3,"4\n')
	expect_status 126
}

@test "-q leaves out the line that the run was halted" {
	capture parmap -j 1 --halt now,done=1 true ::: 1 2
	expect 0 '' $'parmap: halt: 1 job done\n'
	capture parmap -q -j 1 --halt now,done=1 true ::: 1 2
	expect 0 '' ''
}
