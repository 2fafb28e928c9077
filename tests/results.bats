#!/usr/bin/env bats
# Output that is kept in files, job by job, and runs that go on from there.

load common

how='echo out {}; echo err {} >&2; exit {}'

@test "each job has a folder with its output, number and status, and its output is printed as ever" {
	capture parmap -j 2 --results res -c "$how" ::: 0 1 2
	expect 123 $'out 0\nout 1\nout 2\n' \
		$'err 0\nerr 1\nparmap: record 2 "1": exit status 1\nerr 2\nparmap: record 3 "2": exit status 2\n'
	find res -type f | sort >files
	same files <<-'EOT'
	res/1/0/job
	res/1/0/seq
	res/1/0/status
	res/1/0/stderr
	res/1/0/stdout
	res/1/1/job
	res/1/1/seq
	res/1/1/status
	res/1/1/stderr
	res/1/1/stdout
	res/1/2/job
	res/1/2/seq
	res/1/2/status
	res/1/2/stderr
	res/1/2/stdout
	EOT
	[ "$(cat res/1/2/stdout res/1/2/stderr res/1/2/status)" = $'out 2\nerr 2\n2' ]
	printf 3 | cmp - res/1/2/seq
}

@test "status is what a shell would give, for signals, time limits and what cannot be run as well" {
	parmap -q --timeout 2 --results res -c 'case {} in k) kill -KILL $$ ;; t) echo part; exec sleep 1000 ;; esac' ::: k t || :
	[ "$(cat res/1/k/status res/1/t/status res/1/t/stdout)" = $'137\n124\npart' ]
	parmap -q --results res ./no-such ::: n || :
	[ "$(cat res/1/n/status)" -eq 127 ]
}

@test "a tree of fields or names, a path of the user's own, or a number for a folder" {
	parmap --results t1 echo ::: a b ::: x >/dev/null
	[ -e t1/1/a/2/x/stdout ] && [ -e t1/1/b/2/x/stdout ]
	printf 'z,y\n1,2\n' | parmap --header : -C , --results t2 echo >/dev/null
	[ -e t2/y/2/z/1/stdout ]
	seq 4 | parmap -n 2 --results t3 echo >/dev/null
	[ "$(cat t3/1/3/1/4/stdout)" = '3 4' ]
	parmap --results t4/{#}/ echo ::: a b >/dev/null
	[ "$(cat t4/2/stdout)" = b ]
	parmap --results t5/x-{/.}.txt echo ::: d/a.c >/dev/null
	[ "$(cd t5 && echo *)" = 'x-a.txt x-a.txt.err x-a.txt.job x-a.txt.seq x-a.txt.status' ]
	seq 4 | parmap --stdin -n 2 --results t6 cat >/dev/null
	[ "$(cat t6/2/stdout)" = $'3\n4' ]
	mkdir d
	(cd d && parmap --results ../t7/ echo ::: a >/dev/null)
	[ "$(cat t7/1/a/stdout)" = a ]
	[ -z "$(find . -name '.parmap*')" ]
}

@test "no value leaves the folder, and none is too long for a name" {
	long=$(head -c 600 /dev/zero | tr '\0' L)
	parmap -0 --results res/in echo < <(printf '%s\0' .. . a/b '../../x' $'t\tn\nl' 'b\s' '' "$long") >/dev/null
	[ "$(ls -A res)" = in ]
	[ "$(ls -A res/in)" = 1 ]
	[ "$(cat 'res/in/1/\../stdout' 'res/in/1/\./stdout' 'res/in/1/a\_b/stdout' 'res/in/1/..\_..\_x/stdout' 'res/in/1/b\\s/stdout')" = $'..\n.\na/b\n../../x\nb\\s' ]
	[ -e res/in/1/$'t\\tn\nl'/stdout ]
	[ "$(find res -name stdout -printf x)" = xxxxxxxx ]
}

@test "equal records share a folder, of which all but one are run again" {
	parmap -j 1 --results res -c 'echo {} {#}' ::: a a b >/dev/null
	[ "$(find res -name stdout | wc -l)" -eq 2 ]
	capture parmap -j 1 --results res --resume -c 'echo {} {#} again' ::: a a b
	expect 0 $'a 1 again\na 2 again\nb 3\n' ''
	parmap -j 1 --results 'own/{#}' -c 'echo {} {#}' ::: a a b >/dev/null
	capture parmap -j 1 --results 'own/{#}' --resume -c 'echo {} {#} again' ::: a a b
	expect 0 $'a 1\na 2\nb 3\n' ''
}

@test "an empty record has a folder of its own, beside one named as a file of a result" {
	capture parmap -j 1 --results res echo ::: '' stdout \\
	expect 0 $'\nstdout\n\\\n' ''
	echo | cmp - 'res/1/\/stdout'
	[ "$(cat res/1/stdout/stdout)" = stdout ]
	[ "$(cat 'res/1/\\/stdout')" = \\ ]
}

@test "a result is not there before it is whole" {
	gate gate1
	start --results res -c 'echo half; : >ran {}; read -r _ <gate1; echo whole' ::: 1 >log 2>err
	wait_for exists ran
	wait_for grep -q half log
	refute exists res/1/1
	open_gate gate1
	finish
	expect_status 0
	[ "$(cat res/1/1/stdout)" = $'half\nwhole' ]
	# The next one takes the place of that one, which had more files by then.
	: >res/1/1/mine
	parmap --results res echo ::: 1 >/dev/null
	[ "$(cat res/1/1/stdout)" = 1 ]
	[ "$(cd res/1/1 && echo *)" = 'job mine seq status stderr stdout' ]
}

@test "--resume prints what is kept again, in its place, with the lines of failed jobs and the same status" {
	parmap -q --results res -c "$how; echo never" ::: 0 1 >/dev/null 2>&1 || :
	rm -r res/1/0
	capture parmap -j 2 --resume --results res -c "$how; echo never" ::: 0 1 2
	expect 123 $'out 0\nout 1\nout 2\n' \
		$'err 0\nerr 1\nparmap: record 2 "1": exit status 1\nerr 2\nparmap: record 3 "2": exit status 2\n'
	capture parmap --resume --results res -c 'echo not run {}' ::: 0 1 2
	expect 123 $'out 0\nout 1\nout 2\n' \
		$'err 0\nerr 1\nparmap: record 2 "1": exit status 1\nerr 2\nparmap: record 3 "2": exit status 2\n'
	capture parmap --resume-failed --results res -c 'echo again {}' ::: 0 1 2
	expect 0 $'out 0\nagain 1\nagain 2\n' $'err 0\n'
	# A result of other records, or of the same ones in another place, is none.
	capture parmap --resume --results res echo new ::: 0 2 1
	expect 0 $'out 0\nnew 2\nnew 1\n' $'err 0\n'
	capture parmap --resume --results res --tag --unordered -j 1 echo ::: 0 2 3
	expect 0 $'0\tout 0\n2\tnew 2\n3\t3\n' $'0\terr 0\n'
	capture parmap --dry-run --resume --results res echo ::: 0 2 9
	expect 0 $'echo 9\n' ''
	refute exists res/1/9
	capture parmap --resume touch ran ::: a
	refused '--resume' 'only with --joblog or --results'
}

@test "what could not be run and what a time limit ended is told again as it was" {
	how='[ {} = 2 ] || exec sleep 1000; kill -TERM $$'
	capture parmap --timeout 2 --results res --joblog log -c "$how" ::: 1 2
	cp err first
	cp log log1
	capture parmap --timeout 2 --resume --results res --joblog log -c "$how" ::: 1 2
	expect_status 123
	cmp first err
	cmp log log1
	capture parmap --results res2 ./no-such ::: a
	cp err first
	capture parmap --resume --results res2 ./no-such ::: a
	expect_status 127
	cmp first err
}

@test "a log that lacks a job whose result is there gets its line, with the times of its run" {
	parmap -j 1 --results res --joblog log -c 'echo {}' ::: 1 2 3 >/dev/null
	cut -f 1-9 log | sort >want
	sed -i '/^2\t/d' log
	capture parmap --resume --results res --joblog log -c 'echo {}' ::: 1 2 3
	expect 0 $'1\n2\n3\n' ''
	# The time of day may be rounded another way.
	diff <(sort log | cut -f 1,2,4-9) <(cut -f 1,2,4- want)
	# And a result that is gone is made again, though the log has it.
	rm -r res/1/2
	capture parmap --resume --results res --joblog log -c 'echo {}' ::: 1 2 3
	expect 0 $'1\n2\n3\n' ''
	[ -e res/1/2/job ]
}

@test "a run that is killed and resumed prints what an undisturbed one prints" {
	job='echo {#} {}; echo err {} >&2; head -c {}00 /dev/zero; [ "$(expr {} % 7)" != 3 ]'
	parmap -j 4 -c "$job" < <(seq 60) >want 2>want.err || :
	for ((i = 0; i < 8; i++)); do
		start -j 4 --resume --results res --joblog log -c "$job" < <(seq 60) >/dev/null 2>&1
		wait_for lines_in log $((i * 7 + 2))
		kill -KILL "$PID" || break
		finish
	done
	capture parmap -j 4 --resume --results res --joblog log -c "$job" < <(seq 60)
	expect_status 123
	cmp want out
	cmp want.err err
	[ "$(sed 1d log | cut -f 1 | sort -n | tr '\n' ' ')" = "$(seq -s ' ' 60) " ]
	[ -z "$(find res -name '.parmap*')" ]
}

@test "what a job said that ended before the run was ended, but was not read by then, is no result" {
	gate gate1
	job='case {} in 1) read -r _ <gate1 ;; *) head -c 5000 /dev/zero; echo {} ;; esac; : >ran{}'
	TMPDIR=/none start -j 4 --buffer 0 --results res --joblog log -c "$job" ::: 1 2 3 4 >/dev/null 2>&1
	# One of them is held, the others wait in their pipes.
	wait_for exists ran2
	wait_for exists ran3
	wait_for exists ran4
	kill -TERM "$PID"
	finish
	expect_status 143
	for n in 2 3 4; do
		[ ! -e "res/1/$n" ] || [ "$(stat -c %s "res/1/$n/stdout")" -eq 5002 ]
	done
	sed 1d log | cut -f 1 >logged
	while read -r n; do
		exists "res/1/$n"
	done <logged
	exec 6<>gate1
	echo >&6
	capture parmap -j 4 --resume --results res --joblog log -c "$job" ::: 1 2 3 4
	exec 6>&-
	expect_status 0
	[ "$(stat -c %s out)" -eq 15006 ]
}

@test "runs that are killed at moments of chance, and resumed, end as an undisturbed one (short form)" {
	PARMAP="${PARMAP_WORDS[*]}" "$TESTS/kills.sh" 5
}

@test "a job that is tried again keeps the output of its last attempt, one that the run ends nothing" {
	capture parmap --retries 3 --results res -c 'echo {} >>tries; cat tries; [ "$(wc -l <tries)" -ge 3 ]' ::: a
	expect_status 0
	[ "$(cat res/1/a/stdout)" = $'a\na\na' ]
	capture parmap -q --run-timeout 0.3 --results res -c 'echo {}; exec sleep 1000' ::: b
	expect_status 124
	refute exists res/1/b
	[ -z "$(find res -name '.parmap*')" ]
}

@test "results that cannot be written are an error that names the folder" {
	: >file
	capture parmap --results file/out touch ran ::: a
	refused '--results file/out: record 1: Not a directory'
	capture parmap --results '' touch ran ::: a
	refused '--results='
	capture parmap -u --results res touch ran ::: a
	refused '--results: with -u'
	refute exists ran
}

@test "two runs at once do not write into each other's results" {
	gate gate1
	start --results res -c 'echo {}; : >ran; read -r _ <gate1; echo {}' ::: 1 >log 2>err
	wait_for exists ran
	capture parmap --results res echo ::: 2
	expect 0 $'2\n' ''
	open_gate gate1
	finish
	expect_status 0
	[ "$(cat res/1/1/stdout res/1/2/stdout)" = $'1\n1\n2' ]
}

@test "many jobs at once have descriptors enough for their results, or fewer run" {
	(
		ulimit -n 64
		seq 200 | parmap -q -j 40 --results res echo
	) >log 2>err
	seq 200 | cmp - log
	[ "$(find res -name job | wc -l)" -eq 200 ]
}

@test "fields that are too long for a path have a folder, too, and so has a name of 255 bytes" {
	long=$(head -c 4200 /dev/zero | tr '\0' a)
	capture parmap -j 1 --results res echo < <(printf '%s\n' 1 "$long" 3)
	expect_status 0
	[ "$(sed 's/a\{4200\}/long/' out)" = $'1\nlong\n3' ]
	[ -e 'res/\2/stdout' ]
	name=${long:0:255}
	parmap --results res echo ::: "$name" >/dev/null
	[ -e "res/1/$name/stdout" ]
}

@test "files that are not as long as they were are no result, and a template that gives nothing is an error" {
	parmap --results res echo ::: 1 2 >/dev/null
	: >res/1/1/stdout
	capture parmap --results res --resume echo ::: 1 2
	expect 0 $'1\n2\n' ''
	echo more >>res/1/2/stderr
	capture parmap --results res --resume echo again ::: 1 2
	expect 0 $'1\nagain 2\n' ''
	capture parmap --results '{}' echo ::: ''
	refused '--results {}: record 1: No such file or directory'
}

@test "a job is told again as it ended, whatever limits there are now" {
	parmap -q --timeout 0.3 --results res -c 'exec sleep 1000 {}' ::: 1 || :
	capture parmap --results res --resume true ::: 1
	expect 124 '' $'parmap: record 1 "1": timed out after 0.3s\n'
}

@test "with --joblog-fsync a result is on the disk before its line in the log is" {
	command -v strace >/dev/null || skip "there is no strace"
	STATUS=0
	capture strace -f -qq -e trace=fsync,fdatasync,renameat,renameat2 -o trace "${PARMAP_WORDS[@]}" --results res --joblog log --joblog-fsync true ::: a
	[ "$STATUS" -eq 0 ] || skip "strace may not trace here"
	# Five files, the names in the folder and its own, and only then the line.
	sed -n '/rename/,$p' trace | grep -c -E 'f(data)?sync' >after
	[ "$(sed '/rename/,$d' trace | grep -c 'fsync(')" -ge 5 ]
	[ "$(cat after)" -ge 3 ]
	tail -n 1 trace | grep -q fdatasync
}
