#!/usr/bin/env bats
# The file that says what became of each job, and runs that go on from it.

load common

# The columns that do not depend on time, and not the last one.
columns() {
	cut -f 1,2,5-9 "$1"
}

@test "--joblog has a line for each job in the columns of GNU parallel, and the records' digest" {
	capture parmap -q -j 1 --joblog log -c 'printf %s {}; exit {#}' ::: aaa 'b c' $'d\te' $'f\ng'
	expect_status 123
	head -n 1 log >header
	printf 'Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\tRecords\n' | cmp - header
	sed 1d log | columns - | tr '\0' N | sed 's/\trecords:.*//' >lines
	cat >want <<-'EOT'
	1	:	0	3	1	0	printf %s aaa; exit 1
	2	:	0	3	2	0	printf %s 'b c'; exit 2
	3	:	0	3	3	0	printf %s 'd
	4	:	0	3	4	0	printf %s 'fNg'; exit 4
	EOT
	diff want lines
	[ "$(sed 1d log | grep -caE $'\trecords:[0-9a-f]{16}$')" -eq 4 ]
	[ "$(sed 1d log | grep -caE $'^[0-9]+\t:\t[0-9]+\\.[0-9]{3}\t {5}[0-9]\\.[0-9]{3}\t')" -eq 4 ]
}

@test "--joblog tells exit statuses, signals, time limits, what cannot be run, and bytes in and out" {
	parmap -q -j 1 --timeout 2 --joblog log -c 'case {} in k) kill -KILL $$ ;; t) exec sleep 1000 ;; *) exit {} ;; esac' ::: 0 7 k t || :
	[ "$(sed 1d log | cut -f 7,8 | tr '\n\t' ' ,')" = '0,0 7,0 0,9 -1,15 ' ]
	parmap -q --joblog log ./no-such ::: a || :
	[ "$(sed 1d log | cut -f 7-9)" = $'127\t0\t./no-such a' ]
	seq 1000 | parmap --joblog log --stdin -n 1000 head -n 3 >/dev/null
	[ "$(sed 1d log | cut -f 5,6)" = $'3893\t6' ]
	parmap --joblog log -u echo ::: a >/dev/null
	[ "$(sed 1d log | cut -f 6)" = 0 ]
}

@test "jobs that the run ended are not in the log, and a run that runs nothing has none" {
	capture parmap -q -j 2 --joblog log --halt now,fail=1 -c 'case {} in 1) : >ran1; exec sleep 1000 ;; *) until [ -e ran1 ]; do sleep 0.01; done; exit 3 ;; esac' ::: 1 2 3
	expect_status 3
	[ "$(sed 1d log | cut -f 1,7)" = $'2\t3' ]
	parmap --dry-run --joblog log2 echo ::: a b >/dev/null
	refute exists log2
	capture parmap --dry-run --joblog log --resume echo ::: 1 2 3
	expect 0 $'echo 1\necho 3\n' ''
}

@test "--resume runs what is not in the log, --resume-failed also what failed, and both keep the lines" {
	local all
	parmap -q -j 2 --joblog log -c '[ {} != 2 ]' ::: 1 2 3 || :
	capture parmap --joblog log --resume echo ::: 1 2 3 4 5
	expect 0 $'4\n5\n' ''
	capture parmap --joblog log --resume echo ::: 1 2 3 4 5
	expect 0 '' ''
	capture parmap --joblog log --resume-failed echo ::: 1 2 3 4 5
	expect 0 $'2\n' ''
	capture parmap --joblog log --resume-failed echo ::: 1 2 3 4 5
	expect 0 '' ''
	all=$(sed 1d log | cut -f 1 | sort -n | tr '\n' ' ')
	[ "$all" = '1 2 2 3 4 5 ' ]
	capture parmap --joblog +log echo ::: 1
	expect 0 $'1\n' ''
	[ "$(wc -l <log)" -eq 8 ]
	capture parmap --joblog log echo ::: 1
	[ "$(wc -l <log)" -eq 2 ]
}

@test "a run does not resume from the log of other records" {
	parmap --joblog log echo ::: 1 2 3 >/dev/null
	capture parmap -j 1 --joblog log --resume -c ': >ran{}' ::: 1 x 3 4
	expect 125 '' $'parmap: --joblog log: record 2 is not the one that was logged\n'
	refute exists ran4
	# With several records a job they are others as well.
	capture parmap --joblog log --resume -n 2 echo ::: 1 2 3 4
	expect_status 125
	# The command may be another: it was mended.
	capture parmap --joblog log --resume -c 'echo {} again' ::: 1 2 3 4
	expect 0 $'4 again\n' ''
}

@test "a log whose last line was cut short is gone on with, and that job is run again" {
	parmap -j 1 --joblog log echo ::: 1 2 3 >/dev/null
	head -c -9 log >torn
	capture parmap --joblog torn --resume echo ::: 1 2 3 4
	expect 0 $'3\n4\n' ''
	capture parmap --joblog torn --resume echo ::: 1 2 3 4
	expect 0 '' ''
	printf 'nonsense\n\n\t\t\n9999999999999999999999\t:\t\t\t\t\t0\t0\tx\n' >torn
	capture parmap --joblog torn --resume echo ::: 1
	expect 0 $'1\n' ''
}

@test "a log that was cut anywhere becomes the log of an undisturbed run; another file is left as it is" {
	local n size
	parmap -q -j 1 --joblog log -c 'printf %s {}; exit {#}' ::: a $'b\tc' $'d\ne' || :
	columns log >want
	size=$(wc -c <log)
	for ((n = 4; n <= size; n += n % 7 + 1)); do
		head -c "$n" log >torn
		parmap -q -j 1 --joblog torn --resume -c 'printf %s {}; exit {#}' ::: a $'b\tc' $'d\ne' || :
		columns torn | cmp - want || { echo "cut at $n of $size"; cat -A torn; false; }
	done
	printf 'Seq of events\nmine' >notes
	parmap --joblog +notes true ::: a
	[ "$(head -n 2 notes)" = $'Seq of events\nmine' ]
	[ "$(wc -l <notes)" -eq 3 ]
	printf 'Seq' >notes
	parmap --joblog +notes true ::: a
	[ "$(head -n 1 notes)" = Seq ]
}

@test "--retry-failed runs what failed by the commands in the log, with its number, and reads nothing" {
	parmap -q -j 1 --joblog log -c 'echo {#} $PARMAP_SEQ {}; [ -e ok ] || exit {}' ::: 0 3 0 4 || :
	exec 6<>never
	capture parmap -j 1 --joblog log --retry-failed <&6
	exec 6>&-
	expect 123 $'2 2 3\n4 4 4\n' $'parmap: record 2 "echo 2 $PARMAP_SEQ \'3\'; [ -e ok ] || exit 3": exit status 3\nparmap: record 4 "echo 4 $PARMAP_SEQ \'4\'; [ -e ok ] || exit 4": exit status 4\n'
	[ "$(sed 1d log | cut -f 1,7 | paste -sd,)" = $'1\t0,2\t3,3\t0,4\t4,2\t3,4\t4' ]
	capture parmap -j 1 --joblog log --retry-failed --dry-run -n 3 -X -a none touch ran ::: x
	expect 0 $'echo 2 $PARMAP_SEQ \'3\'; [ -e ok ] || exit 3\necho 4 $PARMAP_SEQ \'4\'; [ -e ok ] || exit 4\n' ''
	: >ok
	capture parmap -j 2 --joblog log --retry-failed --tagstring {#} touch ran
	expect 0 $'2\t2 2 3\n4\t4 4 4\n' ''
	refute exists ran
	capture parmap --joblog log --retry-failed
	expect 0 '' ''
	# The records are known as those they were.
	[ "$(sed 1d log | cut -f 1,10 | sort -u | wc -l)" -eq 4 ]
	capture parmap --joblog log --resume echo ::: 0 3 0 4 5
	expect 0 $'5\n' ''
	capture parmap --joblog log --resume echo ::: 0 x 0 4 5
	expect_status 125
}

@test "--retry-failed gives a command the bytes it had, whatever they are, with any shell" {
	local odd shell
	# All but the one that is in no argument.
	odd=$(printf '%b' "$(printf '\\%03o' {1..255})")x
	printf '#!/bin/sh\nprintf "<%%s>" "$@"\nexit 3\n' >-print
	chmod +x -- -print
	cp -- -print 'a=b c'
	cp -- -print 'then'
	PATH=$T:$PATH
	for shell in sh bash; do
		: >want
		capture parmap -q -j 1 --joblog log -0 {1} {2} ::: -print 'a=b c' 'then' ::: "$odd" '' "'" $'\n' $'\t\trecords:0123456789abcdef' '~' '{a,b}' '-n'
		expect_status 123
		cp out want
		[ "$(wc -c <want)" -gt 900 ]
		capture parmap -q -j 1 --joblog log --retry-failed --shell "$shell"
		expect_status 123
		same out <want
		# What was run again is logged as it was.
		[ "$(sed 1d log | cut -f 9- | sort | uniq -c | grep -vac '^ *2 ')" -eq 0 ]
	done
}

@test "--retry-failed goes by the last line of a job, also in a log of GNU parallel" {
	cat >log <<-'EOT'
		Seq	Host	Starttime	JobRuntime	Send	Receive	Exitval	Signal	Command
		2	:	1	     0.000	0	0	1	0	echo two; false
		1	:	1	     0.000	0	0	0	0	echo one
		9	:	1	     0.000	0	0	-1	15	echo nine
		3	:	1	     0.000	0	0	0	9	echo "three	3"
		2	:	1	     0.000	0	0	0	0	echo two; false
		1	:	1	     0.000	0	0	1	0	echo one
	EOT
	capture parmap -j 1 --joblog log --retry-failed
	expect 0 $'one\nthree\t3\nnine\n' ''
	[ "$(tail -n 3 log | cut -f 1,7- | tr '\t' ' ')" = $'1 0 0 echo one\n3 0 0 echo "three 3"\n9 0 0 echo nine' ]
	capture parmap --joblog log --resume-failed echo ::: a b c d
	expect 0 $'d\n' ''
}

@test "--retry-failed refuses what cannot be run again by a log, and wants one" {
	capture parmap --retry-failed touch ran ::: a
	refused '--retry-failed: only with --joblog'
	capture parmap --joblog none --retry-failed touch ran ::: a
	refused '--joblog none: No such file or directory'
	refute exists none
	seq 3 | parmap -q --joblog log --stdin -c 'cat >/dev/null; false' || :
	cp log log2
	capture parmap --joblog log --retry-failed
	refused '--joblog log: job 1 read'
	cmp log log2
	capture parmap --joblog log --retry-failed --stdin false
	refused '--retry-failed: what jobs read'
	capture parmap --joblog log --resume-failed --stdin cat < <(seq 3)
	expect 0 $'1\n2\n3\n' ''
	refute exists ran
}

# Has strace watch parmap, if it may.
traced() {
	skip_if_watched "a trace"
	if ! strace -o /dev/null true 2>/dev/null; then
		skip "strace cannot trace here"
	fi
	PARMAP_WORDS=(strace -o trace "$@" "${PARMAP_WORDS[@]}")
}

@test "--joblog-fsync has each line on the disk before anything else happens" {
	traced -e trace=write,fsync,fdatasync,clone,clone3,vfork,fork,wait4
	mkdir folder
	capture parmap -j 3 --joblog folder/log --joblog-fsync sh -c 'exit "$1"' sh ::: 0 1 2 3
	expect_status 123
	[ "$(grep -c '^write([0-9]*, "\(Seq\|[1-4]\)\\t' trace)" -eq 5 ]
	# The next call after each.
	[ "$(grep -A 1 '^write([0-9]*, "\(Seq\|[1-4]\)\\t' trace | grep -c '^fdatasync([0-9]*) *= 0')" -eq 5 ]
	# And its name was there before.
	sed '/fdatasync/,$d' trace | grep -q '^fsync([0-9]*) *= 0'
	capture parmap -j 3 --joblog log true ::: 1
	refute grep -q sync trace
}

@test "--joblog-fsync is content with what cannot be on a disk, but not with a disk that fails" {
	mkfifo pipe
	exec 6<>pipe
	for log in /dev/null pipe; do
		capture parmap --joblog "$log" --joblog-fsync echo ::: a
		expect 0 $'a\n' ''
	done
	exec 6>&-
	capture parmap --joblog-fsync touch ran ::: a
	refused '--joblog-fsync: only with --joblog'
	traced -e trace=fdatasync -e inject=fdatasync:error=EIO:when=3
	capture parmap -j 1 --joblog log --joblog-fsync -c ': >ran{}' ::: 1 2 3
	expect_status 125
	grep -qx 'parmap: --joblog log: Input/output error' err
	exists ran2
	refute exists ran3
}

@test "a log that cannot be written is an error, before a job runs or when it is full" {
	capture parmap --joblog none/log touch ran ::: a
	refused '--joblog none/log: No such file or directory'
	capture parmap --joblog /dev/full touch ran ::: a
	refused '--joblog /dev/full: No space left on device'
	capture parmap --joblog '' touch ran ::: a
	refused '--joblog='
	capture parmap --resume touch ran ::: a
	refused '--resume: only with --joblog'
	refute exists ran
}

@test "two runs do not write the same log" {
	gate gate1
	start --joblog log -c ': >ran {}; read -r _ <gate1' ::: 1 >out 2>err
	wait_for exists ran
	capture parmap --joblog log touch ran2 ::: a
	refused '--joblog log: another run writes it'
	refute exists ran2
	open_gate gate1
	finish
	expect_status 0
}

@test "what is no file is no log that two cannot write, and a log that is full is told once" {
	gate gate1
	start --joblog /dev/null -c ': >ran {}; read -r _ <gate1' ::: 1 >out 2>err
	wait_for exists ran
	capture parmap --joblog /dev/null echo ::: a
	open_gate gate1
	expect 0 $'a\n' ''
	finish
	expect_status 0
	ulimit -f 1
	capture parmap -j 4 --joblog log true < <(seq 200)
	expect_status 125
	[ "$(cat err)" = 'parmap: --joblog log: File too large' ] || [ "$(cat err)" = 'parmap: --joblog log: No space left on device' ]
}

@test "a log that nobody reads makes no time limit late, nor a signal, and one that is read slowly is whole" {
	mkfifo pipe
	exec 6<>pipe
	timeout 1 cat /dev/zero >pipe || : # full
	clocked capture parmap --run-timeout 1 --joblog pipe true < <(seq 5000)
	exec 6>&-
	expect_status 125
	grep -qx 'parmap: run time limit of 1s reached' err
	grep -qx "parmap: output that nobody read for 10 s after the run's time limit: lost" err
	[ "$TOOK" -lt 60000 ]
	exec 6<>pipe
	start --joblog pipe true < <(seq 5000) >out 2>err
	sleep 0.5
	kill -TERM "$PID"
	finish
	exec 6>&-
	expect_status 143
	parmap --joblog >(sleep 0.5; cat >log; : >got) true < <(seq 2000)
	wait_for exists got
	[ "$(sed 1d log | cut -f 1 | sort -n | tail -n 1)" -eq 2000 ]
	[ "$(wc -l <log)" -eq 2001 ]
	capture parmap --joblog pipe touch ran ::: a
	refused '--joblog pipe: No such device or address'
}

@test "only a log that has digests has them at the end of its commands" {
	printf 'printf %%s "one\trecords:0000000000000000"; false\n' >commands
	parmap --dialect parallel --joblog log <commands >/dev/null || :
	capture parmap --dialect parallel --joblog log --retry-failed
	expect 1 $'one\trecords:0000000000000000' ''
}
