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
		# shellcheck disable=SC2086 # several words
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
	for value in bla now now,fail soon,fail=0 soon,fail=x now,some=1 '' 'now,fail=1,' soon,fail=; do
		capture parmap --halt "$value" true ::: a
		refused "--halt=$value:"
	done
	capture parmap --halt now,fail=10% true ::: a
	refused '--halt=now,fail=10%: percentages'
}
