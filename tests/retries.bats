#!/usr/bin/env bats
# Jobs that are tried again, words in place of what failed jobs said, and output that is all or nothing.

load common

# A job that fails until it was tried as often as its record says.
tries='echo "{} says"; echo "{} cries" >&2; echo x >>tries{}; [ "$(wc -l <tries{})" -ge {} ]'

@test "a job is tried again until it is well, and nothing that failed attempts said is to be seen" {
	capture parmap -j 3 --retries 3 -c "$tries" ::: 3 1 2 4
	expect 123 $'3 says\n1 says\n2 says\n4 says\n' \
		$'3 cries\n1 cries\n2 cries\n4 cries\nparmap: record 4 "4": exit status 1, the last of 3 tries\n'
	[ "$(cat tries[1-4] | wc -l)" -eq 9 ]
	# 0 is as often as it takes, 1 is once.
	rm tries?
	capture parmap --retries 0 -c "$tries" ::: 9
	expect 0 $'9 says\n' $'9 cries\n'
	capture parmap --retries 1 -c "$tries" ::: 2
	expect 123 $'2 says\n' $'2 cries\nparmap: record 1 "2": exit status 1\n'
}

@test "the order is kept and a job that waits to be tried again holds nobody up but the output" {
	gate gate1
	start -j 2 --retries 2 -c 'case {} in 1) [ -e failed ] || { : >failed; exit 1; }; read -r _ <gate1 ;; esac; echo {}; : >ran{}' ::: 1 2 3 4 >out 2>err
	wait_for exists ran4
	same out </dev/null
	open_gate gate1
	finish
	expect 0 $'1\n2\n3\n4\n' ''
}

@test "the last attempt speaks as it goes, since nothing follows that could make its words void" {
	gate gate1
	start --retries 2 -c 'if [ ! -e failed ]; then : >failed; echo no; exit {}; fi; echo live; read -r _ <gate1' ::: 1 >out 2>err
	wait_for grep -qx live out
	open_gate gate1
	finish
	expect 0 $'live\n' ''
}

@test "--retry-on says after which statuses and signals, and whether after a time limit, a job is tried again" {
	how='echo x >>tries; case {} in k) kill -KILL $$ ;; t) exec sleep 1000 ;; *) exit {} ;; esac'
	tried() { # the list, the record: how often
		rm -f tries
		parmap -q --retries 2 --retry-on "$1" --timeout 1 -c "$how" ::: "$2" || :
		wc -l <tries
	}
	[ "$(tried 75,KILL 75)" -eq 2 ]
	[ "$(tried 75,KILL 76)" -eq 1 ]
	[ "$(tried 75,SIGKILL k)" -eq 2 ]
	[ "$(tried 75 k)" -eq 1 ]
	[ "$(tried timeout t)" -eq 2 ]
	[ "$(tried 1,TERM t)" -eq 1 ]
	[ "$(tried timeout 9)" -eq 1 ]
	for list in '' ',' 0 256 '1,' x 1,nosignal TIMEOUT -1 12345678901234567890; do
		capture parmap --retries 2 --retry-on "$list" touch ran ::: a
		refused "--retry-on=$list" 'not exit statuses, signals or timeout'
	done
	capture parmap --retry-on 1 touch ran ::: a
	refused '--retry-on' 'only with --retries'
	capture parmap --retry-delay 1 touch ran ::: a
	refused '--retry-delay' 'only with --retries'
	capture parmap --retries -1 touch ran ::: a
	refused '--retries'
	refute exists ran
}

@test "--retry-delay waits before each further attempt, at least half of what it is then" {
	clocked capture parmap -q --retries 3 --retry-delay 0.4 -c 'echo {} >>tries; exit 1;' ::: a
	expect_status 123
	[ "$(wc -l <tries)" -eq 3 ]
	# Between 0.2 and 0.4 s, then 0.4 to 0.8.
	[ "$TOOK" -ge 600 ]
	# A limit of the run does not wait for it.
	clocked capture parmap --retries 3 --retry-delay 1000 --run-timeout 0.3 -c 'echo {}; exit 1;' ::: a
	expect 124 '' $'parmap: record 1 "a": ended by the run\'s time limit\nparmap: run time limit of 0.3s reached\n'
	[ "$TOOK" -lt 60000 ]
}

@test "what cannot be run is not tried again, and neither is what a signal to parmap ended" {
	capture parmap --retries 3 ./no-such ::: a
	expect 127 '' $'parmap: record 1 "a": cannot run ./no-such: No such file or directory\n'
	start --retries 3 -c 'echo {} >>tries; : >ran; exec sleep 1000' ::: a >out 2>err
	wait_for exists ran
	kill -TERM "$PID"
	finish
	expect_status 143
	[ "$(wc -l <tries)" -eq 1 ]
}

@test "an attempt that follows reads the same records, has the same number and slot" {
	capture parmap -j 1 --retries 2 -n 2 --stdin -c 'read -r a; cat >/dev/null; echo "$a {#} {%} $PARMAP_SEQ" | tee -a log; [ "$(grep -c "^$a" log)" -eq 2 ]' < <(seq 4)
	expect 0 $'1 1 1 1\n3 2 1 2\n' ''
	[ "$(sort log | uniq -c | tr -s ' ' | tr '\n' ,)" = ' 2 1 1 1 1, 2 3 2 1 2,' ]
	capture parmap -j 1 --retries 2 --pipe --block 4 -c 'cat; [ -e {#} ] || { : >{#}; exit 1; }' < <(seq 4)
	expect 0 $'1\n2\n3\n4\n' ''
}

@test "the job log has one line for a job that was tried again, of its last attempt" {
	parmap -q --retries 3 --joblog log -c "$tries" ::: 2 9 >/dev/null 2>&1 || :
	[ "$(sed 1d log | sort -n | cut -f 1,6,7 | tr '\n\t' ', ')" = '1 7 0,2 7 1,' ]
}

@test "--halt counts jobs that failed for good, and lets none be tried again" {
	capture parmap -j 1 --retries 2 --halt soon,fail=1 -c 'echo {}; echo {} >>tries; exit 7;' ::: 1 2 3
	expect 7 $'1\n' $'parmap: record 1 "1": exit status 7, the last of 2 tries\n'
	[ "$(cat tries)" = $'1\n1' ]
	# Whoever waits for another attempt when the run halts has failed: that is told, but not what it said.
	rm tries
	capture parmap -j 2 --retries 2 --retry-delay 1000 --halt soon,success=1 --joblog log -c 'echo {}; [ {} = 2 ] || { : >failed; exit 3; }; until [ -e failed ]; do sleep 0.01; done; sleep 0.2' ::: 1 2 3
	expect 0 $'2\n' $'parmap: record 1 "1": exit status 3\nparmap: halt: 1 job succeeded\n'
	[ "$(sed 1d log | sort -n | cut -f 1,7 | tr '\n\t' ', ')" = '1 3,2 0,' ]
}

@test "lines that are written as they come, and jobs that write for themselves, are tried again too" {
	capture parmap --line-buffer --retries 2 -c 'echo {}; printf part; [ -e {} ] || { : >{}; exit 1; }; echo' ::: a
	expect 0 $'a\na\npart\n' ''
	rm a
	capture parmap -u --retries 2 -c 'echo {}; [ -e {} ] || { : >{}; exit 1; }' ::: a
	expect 0 $'a\na\n' ''
}

@test "with --tag and -t an attempt that follows begins with the tag and is shown once" {
	capture parmap -j 1 --tag --retries 2 -c 'printf no; [ -e {} ] || { : >{}; exit 1; }; echo' ::: a b
	expect 0 $'a\tno\nb\tno\n' ''
	rm a
	capture parmap -t --retries 2 -c 'echo yes; [ -e ./{} ] || { touch {}; exit 1; }' ::: a
	expect 0 $'yes\n' $'echo yes; [ -e ./a ] || { touch a; exit 1; }\n'
}

@test "--fallback has its text in the place of what failed jobs said, and keeps their stderr" {
	capture parmap -j 2 --fallback '{}' -c 'echo out {}; echo err {} >&2; exit {}' ::: 0 1 0 2
	expect 123 $'out 0\n{}\nout 0\n{}\n' \
		$'err 0\nerr 1\nparmap: record 2 "1": exit status 1\nerr 0\nerr 2\nparmap: record 4 "2": exit status 2\n'
	capture parmap -q --tag --fallback none -c 'printf x; exit {}' ::: 1
	expect 123 $'1\tnone\n' ''
	capture parmap -q --fallback '' ./no-such ::: a b
	expect 127 $'\n\n' ''
	capture parmap -q --timeout 0.2 --retries 2 --fallback late -c 'echo x; exec sleep 1000;' ::: a
	expect 124 $'late\n' ''
	capture parmap -q -j 2 --unordered --fallback no -c 'echo {}; exit {}' ::: 0 1
	[ "$(sort out)" = $'0\nno' ]
	head -c 200000 /dev/zero | tr '\0' 0 >nought
	capture parmap -q --fallback none -d x -c ':' :::: nought
	expect 126 $'none\n' ''
	capture parmap --fallback x -u touch ran ::: a
	refused '--fallback: with -u'
	capture parmap --fallback x --line-buffer touch ran ::: a
	refused '--fallback: with --line-buffer'
}

@test "--fallback gives jobs that the run's time limit ended their place" {
	capture parmap -q -j 2 --run-timeout 3 --fallback none -c '[ {} != 2 ] || exec sleep 1000; echo {}' ::: 1 2 3 4
	expect 124 $'1\nnone\n3\n4\n' $'parmap: run time limit of 3s reached\n'
}

@test "--atomic prints nothing before the end, then all in order, though jobs failed" {
	gate gate1
	start -j 2 --atomic -c 'echo {}; : >ran{}; [ {} != 3 ] || read -r _ <gate1; [ {} != 2 ]' ::: 1 2 3 >out 2>err
	wait_for exists ran3
	same out </dev/null
	same err </dev/null
	open_gate gate1
	finish
	expect 123 $'1\n2\n3\n' $'parmap: record 2 "2": exit status 1\n'
	capture parmap --atomic --line-buffer echo ::: 1
	expect 0 $'1\n' ''
	parmap --atomic --dry-run echo ::: 1 2 >out
	same out <<<$'echo 1\necho 2'
}

@test "--atomic prints nothing on stdout of a run that a limit, a halt, a signal or an error cut short" {
	how='echo {}; echo {} >&2; case {} in 2) : >ran; exec sleep 1000 ;; 3) until [ -e ran ]; do sleep 0.01; done; exit 3 ;; esac'
	capture parmap -j 2 --atomic --run-timeout 3 -c "$how" ::: 1 2
	expect 124 '' $'1\nparmap: record 2 "2": ended by the run\'s time limit\nparmap: run time limit of 3s reached\n'
	capture parmap -j 3 --atomic --halt now,fail=1 -c "$how" ::: 1 2 3
	expect_status 3
	same out </dev/null
	grep -qx 'parmap: record 3 "3": exit status 3' err
	capture parmap -j 1 --atomic --halt soon,fail=1 -c "$how" ::: 1 3 4
	expect 3 '' $'1\n3\nparmap: record 2 "3": exit status 3\n'
	rm ran
	start --atomic --line-buffer -c "$how" ::: 1 2 >out 2>err
	wait_for exists ran
	kill -TERM "$PID"
	finish
	expect_status 143
	same out </dev/null
	capture parmap --atomic -a none echo
	refused '-a none'
	capture parmap -u --atomic touch ran ::: a
	refused '--atomic: with -u'
}

@test "what has to be held is spilled, and an error where it cannot be, not a hang" {
	local sum
	sum=$({ head -c 5M /dev/zero; echo x; head -c 5M /dev/zero; } | cksum)
	capture parmap -q --buffer 1M --retries 2 --fallback x -c 'head -c 5M /dev/zero; exit {}' ::: 0 1 0
	expect_status 123
	[ "$(cksum <out)" = "$sum" ]
	capture parmap -q --buffer 1M --atomic -c 'head -c 5M /dev/zero; echo {}' ::: x
	expect_status 0
	[ "$(stat -c %s out)" -eq 5242882 ]
	export TMPDIR=/none
	for option in --atomic --fallback=x --retries=2; do
		for order in -k --unordered; do
			capture parmap -q -j 2 --buffer 1M "$option" "$order" -c 'head -c 20M /dev/zero' ::: 1 2 3
			expect_status 125
			[ "$(cat err)" = 'parmap: output that has to be held: No space left on device' ]
		done
	done
	# A buffer's worth of it is no problem, however much the others have to hold.
	capture parmap -j 4 --buffer 1M --retries 2 -c 'head -c 900k /dev/zero; [ {} != 1 ] || [ -e failed ] || { : >failed; exit 1; }' ::: 1 2 3 4 5 6
	expect_status 0
	[ "$(stat -c %s out)" -eq $((6 * 900 * 1024)) ]
}

@test "--atomic without room for what is to be said ends in an error also if no process runs" {
	export TMPDIR=/none
	capture parmap --atomic --buffer 1k -n 1 true < <(printf 'a\0b\n%.0s' {1..40000})
	expect_status 125
	grep -qx 'parmap: output that has to be held: No space left on device' err
	capture parmap --atomic --dry-run --buffer 1k echo < <(seq 40000)
	expect_status 0
	[ "$(wc -l <out)" -eq 40000 ]
}

@test "with --line-buffer a long line goes out as it comes though its job may be tried again" {
	TMPDIR=/none capture parmap --line-buffer --retries 2 --buffer 1k -c 'head -c 3000000 /dev/zero; echo {}' ::: 1
	expect_status 0
	[ "$(stat -c %s out)" -eq 3000002 ]
}

@test "what a failed attempt said does not take the memory of the others while it waits" {
	gate gate1
	TMPDIR=/none start -j 2 --unordered --buffer 1M --retries 2 --retry-delay 1000 -c 'case {} in 1) head -c 1500000 /dev/zero; exit 1 ;; *) read -r _ <gate1; head -c 1500000 /dev/zero; : >ran ;; esac' ::: 1 2 >out 2>err
	open_gate gate1
	wait_for exists ran
	kill -TERM "$PID"
	finish
	expect_status 143
}

@test "a recalled result is not held, as nothing follows it" {
	parmap --results res -c 'head -c 3000000 /dev/zero; : {}' ::: 1 >/dev/null
	TMPDIR=/none capture parmap --buffer 1k --retries 2 --results res --resume false ::: 1
	expect_status 0
	[ "$(stat -c %s out)" -eq 3000000 ]
}

@test "--atomic prints what has ended when --halt saw the success it was to wait for" {
	capture parmap --atomic -j 1 --halt now,success=1 echo ::: a b c
	expect 0 $'a\n' $'parmap: halt: 1 job succeeded\n'
	capture parmap --atomic -j 1 --halt now,done=1 echo ::: a b c
	same out </dev/null
	capture parmap --atomic --joblog log --resume touch ran ::: a
	refused '--atomic: to resume with it takes --results'
}

@test "of an attempt that a signal ends nothing is said if it might have been dropped" {
	for option in --retries=2 --fallback=F; do
		rm -f ran
		start -j 1 "$option" -c 'echo bad; : >ran {}; exec sleep 1000' ::: 1 >out 2>err
		wait_for exists ran
		kill -INT "$PID"
		finish
		expect_status 130
		same out </dev/null
	done
}

@test "a failed attempt that ends as the run is ended is neither logged nor a result: resumed, the job has all its tries" {
	gate gate1
	job='case {} in 1) read -r _ <gate1 ;; 2) head -c 65536 /dev/zero ;; *) until [ -e res/1/2 ]; do sleep 0.01; done; echo {}; : >ran{}; exit 3 ;; esac'
	TMPDIR=/none start -j 4 --buffer 0 --retries 2 --results res --joblog log -c "$job" ::: 1 2 3 4 >/dev/null 2>&1
	# What the second says fills a chunk, and there is no spill file: so the others are not read, and over only when nobody cares any more.
	wait_for exists ran3
	wait_for exists ran4
	kill -TERM "$PID"
	finish
	expect_status 143
	exec 6<>gate1
	echo >&6
	capture parmap -j 4 --retries 2 --results res --joblog log --resume -c "$job" ::: 1 2 3 4
	exec 6>&-
	cp out all
	tail -c 4 all >out
	expect 123 $'3\n4\n' "$(for i in 3 4; do echo "parmap: record $i \"$i\": exit status 3, the last of 2 tries"; done)"$'\n'
}
