#!/usr/bin/env bats
# What each process of a job may use: memory, CPU time, open files; and what is said of jobs that wanted more.

load common

@test "a job that wants more memory than --memory fails, and its line names the limit" {
	capture parmap --memory 60M sh -c 'head -c "$1" /dev/zero | tail | wc -c' sh ::: 1K 1M
	expect 0 $'1024\n1048576\n' ''
	capture parmap --memory 60M sh -c 'head -c "$1" /dev/zero | tail >/dev/null 2>&1' sh ::: 1M 200M
	expect 123 '' $'parmap: record 2 "200M": exit status 1 (memory limit 60M)\n'
}

@test "a job that computes longer than --cpu-time is ended and named: 123, and XCPU in the job log" {
	ulimit -c 0
	clocked capture parmap -j 2 --cpu-time 1 --joblog log sh -c ::: 'while :; do :; done' 'echo done'
	expect 123 $'done\n' $'parmap: record 1 "while :; do :; done": used up its CPU time of 1s\n'
	[ "$TOOK" -ge 900 ]
	[ "$(cut -f 1,7,8 log | sort | head -n 2)" = $'1\t0\t24\n2\t0\t0' ]
}

@test "a job that ignores XCPU is killed after a second more, and is named all the same" {
	capture parmap --cpu-time 1 --joblog log sh -c 'trap "" XCPU; while :; do :; done' ::: ''
	expect 123 '' $'parmap: record 1 "": used up its CPU time of 1s\n'
	[ "$(tail -n 1 log | cut -f 7,8)" = $'0\t9' ]
}

@test "time in which a job does not compute is no CPU time" {
	capture parmap --cpu-time 1 sh -c 'sleep 1.5; echo "$1"' sh ::: a
	expect 0 $'a\n' ''
}

@test "a signal that is not that of the limit is named as a signal, with the limit" {
	ulimit -c 0
	capture parmap -j 2 --cpu-time 100 sh -c 'kill -"$1" $$' sh ::: XCPU KILL
	expect 123 '' 'parmap: record 1 "XCPU": killed by signal 24 (XCPU) (CPU time limit 100s)
parmap: record 2 "KILL": killed by signal 9 (KILL) (CPU time limit 100s)
'
}

@test "what a job starts has the same limits, and when it dies of one the job says what it likes" {
	ulimit -c 0
	capture parmap --cpu-time 1 sh -c "exec 2>/dev/null; sh -c 'while :; do :; done'; exit 7" ::: ''
	expect 123 '' $'parmap: record 1 "": exit status 7 (CPU time limit 1s)\n'
}

@test "a halt of a job that used up its CPU time has the status of the signal" {
	ulimit -c 0
	capture parmap -q -j 1 --cpu-time 1 --halt now,fail=1 -c 'echo {}; while :; do :; done' ::: a b
	expect 152 $'a\n' ''
}

@test "a time limit that strikes first is the one that is named" {
	capture parmap --cpu-time 1000 --timeout 0.3 sh -c 'while :; do :; done' ::: ''
	expect 124 '' $'parmap: record 1 "": timed out after 0.3s\n'
}

@test "jobs see the limits they have, soft and hard, and parmap itself has none of them" {
	capture parmap --memory 1G --cpu-time 2.1 --files 20 sh -c 'ulimit "-S$1"; ulimit "-H$1"' sh ::: v t n
	expect 0 $'1048576\n1048576\n3\n4\n20\n20\n' ''
	capture parmap --memory 1G --cpu-time 7 --files 20 sed -n 's/  */ /g; /^Max \(cpu\|open\|address\)/p' ::: /proc/self/limits
	expect 0 'Max cpu time 7 8 seconds 
Max open files 20 20 files 
Max address space 1073741824 1073741824 bytes 
' ''
	for what in v t n; do
		ulimit -S$what
		ulimit -H$what
	done >limits
	capture parmap --memory 0 --cpu-time 0 --files 0 sh -c 'ulimit "-S$1"; ulimit "-H$1"' sh ::: v t n
	expect_status 0
	same out <limits
	gate gate1
	start --memory 1G --cpu-time 2.1 --files 20 sh -c ': >ran; read -r _ <gate1' ::: '' >out 2>err
	wait_for exists ran
	sed -n '/^Max \(cpu\|open\|address\)/p' "/proc/$PID/limits" >limits
	open_gate gate1
	finish
	sed -n '/^Max \(cpu\|open\|address\)/p' /proc/self/limits | same limits
}

@test "a limit above our own hard one is that one, also in the line" {
	ulimit -n 500
	ulimit -Sn 400
	capture parmap --files 1000 sh -c 'ulimit -Sn; ulimit -Hn; exit 3' ::: ''
	expect 123 $'500\n500\n' $'parmap: record 1 "": exit status 3 (file limit 500)\n'
	capture parmap --files 450 sh -c 'ulimit -Sn; ulimit -Hn' ::: ''
	expect 0 $'450\n450\n' ''
	ulimit -t 1000
	capture parmap --cpu-time 1d sh -c 'ulimit -St; ulimit -Ht' ::: ''
	expect 0 $'1000\n1000\n' ''
}

@test "all limits of a failed job are named; of one that succeeded, or that we ended, none" {
	capture parmap -j 3 --files 30 --memory 1500M --cpu-time 1.5m sh -c 'exit "$1"' sh ::: 0 1 2
	expect 123 '' 'parmap: record 2 "1": exit status 1 (memory limit 1500M, CPU time limit 90s, file limit 30)
parmap: record 3 "2": exit status 2 (memory limit 1500M, CPU time limit 90s, file limit 30)
'
	for size in 1000000000=1000000000 1G=1G 3145728K=3G 1g=1000000000 2147484672=2097153K; do
		capture parmap --memory "${size%=*}" false ::: ''
		expect 123 '' "parmap: record 1 \"\": exit status 1 (memory limit ${size#*=})"$'\n'
	done
	capture parmap --files 30 ./nosuch ::: ''
	expect 127 '' $'parmap: record 1 "": cannot run ./nosuch: No such file or directory (file limit 30)\n'
	capture parmap --files 30 --timeout 0.1 sleep ::: 1000
	expect 124 '' $'parmap: record 1 "1000": timed out after 0.1s\n'
}

@test "the limits are named also of a job whose worker exits, or can say no more" {
	capture parmap --files 50 --coprocess sh -c 'exit 3' ::: a
	expect 123 '' $'parmap: record 1 "a": its worker exited with status 3 before it had ended (file limit 50)\n'
	capture parmap --files 50 --coprocess sh -c 'exec >&-; sleep 1000' ::: a
	expect 123 '' $'parmap: record 1 "a": its worker closed its standard output (file limit 50)\n'
}

@test "a job that may have no more files cannot open one" {
	capture parmap --files 30 "$BASH" -c 'true 29</ && echo 29; true 30</ || exit' ::: ''
	expect_status 123
	same out < <(echo 29)
	grep -qx 'parmap: record 1 "": exit status 1 (file limit 30)' err
}

@test "an exec that a limit does not allow is a failed job that names the limit" {
	skip_under_valgrind "dies of an exec that fails"
	ulimit -c 0
	seq 50000 >records
	# Too little for the words of the command, and then for the program.
	capture parmap --memory 100K -n 50000 true <records
	expect_status 126
	[ "$(wc -l <err)" -eq 1 ]
	grep -q '^parmap: records 1-50000 "1" \.\.\.: cannot run true: Argument list too long: .* (memory limit 100K)$' err
	capture parmap --memory 4K true ::: a
	refute expect_status 0
	[ "$(wc -l <err)" -eq 1 ]
	grep -q '^parmap: record 1 "a": .* (memory limit 4K)$' err
}

@test "regression: a limit to memory does not kill the child before its exec, whatever room that needs" {
	ulimit -c 0
	# Without #! it is executed twice, the second time with words that are copied.
	echo 'exit 3' >script
	chmod +x script
	seq 100000 >records
	capture parmap -q --memory 4M -n 100000 --joblog log ./script <records
	expect_status 123
	[ "$(tail -n 1 log | cut -f 8)" -eq 0 ]
}

@test "a limit that cannot be set is a failed start with its reason, and the run goes on" {
	become_nobody
	command -v prlimit || skip "there is no prlimit"
	# The first job takes from parmap what the others were to get.
	capture stranger "$PUBLIC/parmap" -j 1 --files 200 sh -c 'echo "$1"; [ "$1" != 1 ] || prlimit --pid "$PPID" --nofile=100:100' sh ::: 1 2
	expect 126 $'1\n' $'parmap: record 2 "2": cannot run sh: Operation not permitted (file limit 200)\n'
}

@test "what is no size, no duration and no number is refused" {
	for bad in --memory=x --memory= --memory=-1 --memory=5X --memory=1.5 --memory=1.G --cpu-time=x --cpu-time=-1 --cpu-time=5y --files=x --files=-1 --files= --files=1K; do
		capture parmap "$bad" touch ran ::: a
		refused "$bad: "
	done
	refute exists ran
	for option in memory cpu-time files; do
		for dialect in xargs parallel; do
			capture parmap --dialect $dialect --$option 1 echo </dev/null
			refute expect_status 0
			grep -q -e "--$option" err
		done
	done
}
