#!/usr/bin/env bats
# A command that stays, is given records as lines and answers each with one.

load common

# Commands for sh. The first answers what it is asked.
echo_all='while IFS= read -r x; do printf "%s\n" "$x"; done'

need_python() {
	command -v python3 >/dev/null || skip "python3 is not installed"
}

# Answers to all lines of a file.
answers() {
	sed 's/^/</; s/$/>/' "$1"
}

@test "each record is answered by a line, in input order, by one process a slot" {
	seq 20000 >records
	capture parmap -j 3 --coprocess sh -c 'echo >>"started.$PARMAP_SLOT"; exec sed -u "s/^/</; s/$/>/"' <records
	expect_status 0
	answers records | same out
	same err </dev/null
	[ "$(cat started.* | wc -l)" -le 3 ]
}

@test "100 000 records are answered" {
	seq 100000 >records
	capture parmap -j 2 --coprocess sed -u 's/^/</; s/$/>/' <records
	expect_status 0
	answers records | same out
}

@test "records and answers of 1 MiB, many at once, fill pipes in both directions and hang nothing" {
	for i in {1..12}; do
		head -c 1048575 /dev/zero | tr '\0' x
		echo "$i"
	done >records
	capture parmap -j 3 --coprocess cat <records
	expect_status 0
	cmp records out
}

@test "a record of 10 MiB, an empty one, and bytes of all kinds come through" {
	{
		head -c 10485760 /dev/zero | tr '\0' x
		printf '\n\n\nlast'
	} >records
	capture parmap -j 2 --coprocess cat <records
	expect_status 0
	{
		cat records
		echo
	} | cmp - out
	printf 'a\0b\n\377\n\r\n' >records
	capture parmap -j 1 --coprocess cat <records
	expect_status 0
	same out <records
}

@test "with -0 records and answers end in NUL" {
	printf 'a\nb\0\0c\0' >records
	capture parmap -0 -j 1 --coprocess sed -zu 's/^/</' <records
	expect_status 0
	printf '<a\nb\0<\0<c\0' | same out
}

@test "a record with a newline cannot be asked, and the others can" {
	capture parmap -j 2 --coprocess cat ::: a $'b\nc' d
	expect 126 $'a\nd\n' $'parmap: record 2 "b\\nc": contains a newline, which no line can hold; use -0\n'
	printf 'a,b\nc,d' >records
	capture parmap -d , --coprocess cat <records
	expect 126 $'a\nd\n' $'parmap: record 2 "b\\nc": contains a newline, which no line can hold; use -0\n'
	capture parmap -0 --coprocess cat ::: $'b\nc'
	expect_status 0
	printf 'b\nc\0' | same out
}

@test "fields of a record are joined with blanks" {
	capture parmap -j 2 --coprocess sed -u 's/$/./' ::: a b ::: c d
	expect 0 $'a c.\na d.\nb c.\nb d.\n' ''
	printf '%s\n' a,b c d,e,f >records
	capture parmap -j 1 -C , --coprocess sed -u 's/$/./' <records
	expect 0 $'a b.\nc.\nd e f.\n' ''
	printf '%s\n' x,y a,b >records
	capture parmap -j 1 --csv --header : --coprocess sed -u 's/$/./' <records
	expect 0 $'a b.\n' ''
}

@test "words of the command: {%} is the slot, {} is refused, and anything else is text" {
	capture parmap -j 1 --coprocess sed -u 's/$/ {%} {2} {#} {.} {-1}/' ::: a
	expect 0 $'a 1 {2} {#} {.} {-1}\n' ''
	capture parmap --coprocess echo a{} ::: a
	refused '--coprocess: {} in its command'
	capture parmap -j 1 -I @ --coprocess sed -u 's/$/{}/' ::: a
	expect 0 $'a{}\n' ''
	capture parmap -I @ --coprocess echo @ ::: a
	refused '--coprocess: @ in its command'
}

@test "with -c the command is a line for a shell, which runs it once" {
	capture parmap -j 1 -c --coprocess 'n=0; while read -r x; do n=$((n + 1)); echo "$x $n {%} ${#x}"; done' ::: aa 'b c'
	expect 0 $'aa 1 1 2\nb c 2 1 3\n' ''
}

@test "PARMAP_SLOT is set" {
	capture parmap -j 1 --process-slot-var S --coprocess sh -c 'while read -r x; do echo "$x $PARMAP_SLOT $S"; done' ::: a b
	expect 0 $'a 1 0\nb 1 0\n' ''
}

@test "the first record may be slow: the others are answered meanwhile, and printed after it" {
	gate slow
	start -j 2 --coprocess sh -c 'while read -r x; do [ "$x" != 1 ] || read -r _ <slow; echo "$x"; echo "$x" >>seen; done' < <(seq 9) >out 2>err
	wait_for lines_in seen 8
	same out </dev/null
	open_gate slow
	finish
	seq 9 >records
	expect_status 0
	same out <records
}

@test "an answer is said as it comes, in parts" {
	gate more
	listen
	start -j 1 --coprocess sh -c 'read -r x; printf "so "; read -r _ <more; echo far' ::: a >stream
	hear -n 'so '
	silence
	open_gate more
	hear far
	finish
	expect_status 0
}

@test "--unordered: answers come as they are ready" {
	gate slow
	listen
	start -j 2 --unordered --coprocess sh -c 'while read -r x; do [ "$x" != 1 ] || read -r _ <slow; echo "$x"; done' ::: 1 2 >stream
	hear 2
	open_gate slow
	hear 1
	finish
	expect_status 0
}

@test "there can be more slots than records" {
	capture parmap -j 20 --coprocess cat ::: a b
	expect 0 $'a\nb\n' ''
	capture parmap -j 20 --coprocess cat </dev/null
	expect 0 '' ''
}

@test "a coprocess that exits fails the record it was on, and another one goes on" {
	seq 1000 >records
	capture parmap -j 2 --coprocess sh -c 'while read -r x; do [ "$x" != 500 ] || exit 3; echo "$x"; done' <records
	expect_status 123
	grep -vx 500 records | same out
	same err <<<'parmap: record 500 "500": its worker exited with status 3 before it had ended'
}

@test "a coprocess that is killed fails the record it was on, and another one goes on" {
	seq 1000 >records
	capture parmap -j 2 --coprocess sh -c 'while read -r x; do [ "$x" != 500 ] || kill -KILL $$; echo "$x"; done' <records
	expect_status 123
	grep -vx 500 records | same out
	same err <<<'parmap: record 500 "500": killed by signal 9 (KILL)'
}

@test "what it had said of an answer is that record's output, which failed" {
	capture parmap -j 1 --tag --coprocess sh -c 'while read -r x; do printf "$x "; [ "$x" != b ] || exit 0; echo; done' ::: a b c
	expect 123 $'a\ta \nb\tb c\tc \n' $'parmap: record 2 "b": its worker exited with status 0 before it had ended\n'
}

@test "one that answers a record and exits is replaced" {
	capture parmap -j 1 --tag --coprocess head -n 1 ::: a b c
	expect 0 $'a\ta\nb\tb\nc\tc\n' ''
}

@test "more than an answer fails the record, is not printed but counted, and costs the coprocess its place" {
	capture parmap -j 1 --tag --coprocess sh -c 'while read -r x; do if [ "$x" = b ]; then printf "b\nmore\n"; else echo "$x"; fi; done' ::: a b c
	expect 123 $'a\ta\nb\tb\nc\tc\n' $'parmap: record 2 "b": its worker said 5 bytes more than an answer\n'
}

@test "more than the answers to many records fails the last of them" {
	seq 1000 >records
	capture parmap -j 1 --coprocess sh -c 'while read -r x; do if [ "$x" = 1000 ]; then printf "1000\nmore\n"; else echo "$x"; fi; done' <records
	expect_status 123
	same out <records
	same err <<<'parmap: record 1000 "1000": its worker said 5 bytes more than an answer'
}

@test "one answer too many that comes late, while it has nothing to do, is reported for the last record" {
	gate late end
	start -j 1 --coprocess sh -c 'read -r x; echo "$x"; read -r _ <late; echo more; cat' < <(
		echo a
		read -r _ <end
	) >out 2>err
	wait_for lines_in out 1
	open_gate late
	wait_for lines_in err 1
	open_gate end
	finish
	expect 123 $'a\n' $'parmap: record 1 "a": its worker said 5 bytes more than an answer\n'
}

@test "what it says at the end of its input is reported for the last record" {
	capture parmap -j 1 --coprocess sh -c "$echo_all; echo sum" ::: a b c
	expect 123 $'a\nb\nc\n' $'parmap: record 3 "c": its worker said 4 bytes more than an answer\n'
	capture parmap -j 1 -q --coprocess sh -c "$echo_all; echo sum" ::: a b c
	expect 123 $'a\nb\nc\n' ''
	capture parmap -j 1 --halt now,fail=1 --coprocess sh -c "$echo_all; echo sum" ::: a
	expect_status 1
}

@test "an answer that does not come is ended by --timeout, a limit for each record of many" {
	seq 1000 >records
	capture parmap -j 1 --timeout 3 --coprocess sh -c 'while read -r x; do [ "$x" = 500 ] || echo "$x"; [ "$x" != 400 ] || sleep 1; done' <records
	# The answers after it are taken for its own, up to the last that is missing.
	expect_status 124
	grep -c . err | grep -qx 1
	refute grep -qx 500 out
}

@test "the limit of a record does not count the records before it" {
	capture parmap -j 1 --timeout 2 --coprocess sh -c 'while read -r x; do sleep 0.5; echo "$x"; done' < <(seq 6)
	expect 0 $'1\n2\n3\n4\n5\n6\n' ''
}

@test "a record at its limit keeps what was said of it, and the others are answered by another one" {
	capture parmap -j 1 --tag --timeout 2 --coprocess sh -c 'while read -r x; do printf "$x"; [ "$x" != b ] || exec sleep 1000; echo; done' ::: a b c
	expect 124 $'a\ta\nb\tbc\tc\n' $'parmap: record 2 "b": timed out after 2s\n'
}

@test "answers that a slow reader holds up are not late" {
	gate go
	head -c 300000 /dev/zero | tr '\0' x >long
	# The second moment to look at the limit is soon after the reader is back.
	start -j 1 --buffer 0 --timeout 2 --coprocess sh -c 'while read -r x; do cat long; sleep 1; echo; done' < <(seq 2) > >(
		sleep 3.5
		cat >all
		echo >go
	)
	read -r _ <go
	finish
	expect_status 0
	[ "$(wc -c <all)" -eq 600002 ]
}

@test "--run-timeout ends one that never answers" {
	clocked capture parmap -j 2 --run-timeout 0.3 --coprocess sh -c 'exec sleep 1000' ::: a b c
	expect_status 124
	[ "$TOOK" -lt 30000 ]
}

@test "one that closes its output and stays is replaced at once, and --kill-after is not waited for" {
	clocked capture parmap -j 1 --kill-after 1000 --coprocess sh -c 'exec >&-; exec sleep 1000' ::: a b
	expect 123 '' $'parmap: record 1 "a": its worker closed its standard output\nparmap: record 2 "b": its worker closed its standard output\n'
	[ "$TOOK" -lt 30000 ]
	capture parmap -j 1 --kill-after 1000 --coprocess sh -c 'exec >&-; exit 3' ::: a
	expect 123 '' $'parmap: record 1 "a": its worker exited with status 3 before it had ended\n'
	capture parmap -q -j 1 --kill-after 1000 --summary --coprocess sh -c 'exec >&-; exec sleep 1000' ::: a b
	grep -q 'failed: 2 by no answer' err
	capture parmap -q -j 1 --kill-after 1000 --retries 2 --fallback none --coprocess sh -c '[ -e tried ] || { : >tried; exec >&-; exec sleep 1000; }; cat' ::: a b
	expect 0 $'a\nb\n' ''
}

@test "one that closes its input and stays is replaced at once, and what it did not read is asked of the next" {
	clocked capture parmap -j 1 --kill-after 1000 --coprocess sh -c 'read -r x; exec <&-; echo "$x"; [ "$x" = c ] || exec sleep 1000' ::: a b c
	expect 0 $'a\nb\nc\n' ''
	[ "$TOOK" -lt 30000 ]
	clocked capture parmap -j 1 --kill-after 1000 --coprocess sh -c 'exec <&-; exec sleep 1000' ::: a b
	expect 123 '' $'parmap: record 1 "a": its worker closed its standard input\nparmap: record 2 "b": its worker closed its standard input\n'
	[ "$TOOK" -lt 30000 ]
}

@test "one that has read a record and closed its input may still answer" {
	gate answer
	start -j 1 --kill-after 0.1 --coprocess sh -c 'read -r x; exec <&-; : >read; read -r _ <answer; echo "$x"' ::: a >out 2>err
	wait_for exists read
	sleep 0.5
	open_gate answer
	finish
	expect 0 $'a\n' ''
}

@test "one that closes its input after an answer has time to do what it does before it exits" {
	capture parmap -j 1 --tag --coprocess sh -c 'read -r x; exec <&-; echo "$x"; echo "$x" >>finished' ::: a b c
	expect 0 $'a\ta\nb\tb\nc\tc\n' ''
	same finished < <(printf '%s\n' a b c)
}

@test "one that exits between two records, also of many that it was asked at once, fails none" {
	seq 300 >records
	capture parmap -j 2 --coprocess sh -c 'for i in 1 2 3 4 5 6 7; do read -r x || exit; echo "$x"; done' <records
	expect_status 0
	same out <records
	capture parmap -j 1 --coprocess sh -c 'n=1; [ -e many ] || n=200; : >many; while [ $n -gt 0 ] && read -r x; do echo "$x"; n=$((n - 1)); done' <records
	expect_status 0
	same out <records
}

@test "a record that a coprocess has closed its input to is none that it failed at" {
	gate closed
	start -j 1 --kill-after 0.5 --coprocess sh -c 'read -r x; echo "$x"; exec <&-; : >"closed.$x"; exec sleep 1000' < <(
		echo a
		read -r _ <closed
		echo b
	) >out 2>err
	wait_for exists closed.a
	open_gate closed
	finish
	expect 0 $'a\nb\n' ''
}

@test "one that answers before it has read all of a record is given the rest" {
	need_python
	head -c 300000 /dev/zero | tr '\0' x >long
	cat long <(echo) long <(echo; echo y) >records
	capture parmap -j 1 --coprocess python3 -c '
import os
while True:
    b = os.read(0, 1)
    if not b:
        break
    os.write(1, b + b"\n")
    while b != b"\n":
        b = os.read(0, 1)
' <records
	expect 0 $'x\nx\ny\n' ''
}

@test "what it writes to standard error has its turn" {
	capture parmap -j 3 --coprocess sh -c 'while read -r x; do echo "e$x" >&2; echo "$x"; done' < <(seq 50)
	expect_status 0
	seq 50 | same out
	seq 50 | sed 's/^/e/' | same err
}

@test "--dry-run and -t show what it would be asked, and it answers that" {
	capture parmap --dry-run -j 2 --coprocess sed -u 's/$/ 1/' ::: a 'b c' "it's" ''
	expect 0 $'sed -u \'s/$/ 1/\' <<<a\nsed -u \'s/$/ 1/\' <<<\'b c\'\nsed -u \'s/$/ 1/\' <<<\'it\'"\'"\'s\'\nsed -u \'s/$/ 1/\' <<<\'\'\n' ''
	bash out >answers
	same answers < <(printf '%s 1\n' a 'b c' "it's" '')
	capture parmap --dry-run -c --coprocess 'cat | cat' ::: a ::: b
	expect 0 $'cat | cat <<<\'a b\'\n' ''
	capture parmap -t -j 1 --coprocess cat ::: a b
	expect 0 $'a\nb\n' $'cat <<<a\ncat <<<b\n'
}

@test "what cannot be executed fails each record: 126 and 127" {
	capture parmap -j 1 --coprocess ./nothing ::: a b
	expect 127 '' $'parmap: record 1 "a": cannot run ./nothing: No such file or directory\nparmap: record 2 "b": cannot run ./nothing: No such file or directory\n'
	: >file
	capture parmap -j 1 -q --coprocess ./file ::: a b
	expect 126 '' ''
}

@test "--retries, --fallback and --halt know records that failed" {
	local once='while read -r x; do [ "$x" != b ] || [ -e tried ] || { : >tried; printf part; exit 4; }; echo "$x"; done'
	capture parmap -j 1 --retries 2 --coprocess sh -c "$once" ::: a b c
	expect 0 $'a\nb\nc\n' ''
	rm tried
	capture parmap -j 1 -q --fallback none --coprocess sh -c "$once" ::: a b c
	expect 123 $'a\nnone\nc\n' ''
	rm tried
	capture parmap -j 1 -q --halt now,fail=1 --coprocess sh -c "$once" ::: a b c
	expect 4 $'a\npart' ''
}

@test "--joblog and --results have each record" {
	capture parmap -j 1 --joblog log --results res --coprocess sh -c 'while read -r x; do [ "$x" != b ] || exit 4; echo "$x."; done' ::: a b ccc
	expect_status 123
	cut -f 1,5,6,7 log >columns
	printf '%s\t%s\t%s\t%s\n' Seq Send Receive Exitval 1 2 3 0 2 2 0 4 3 4 5 0 | same columns
	[ "$(cat res/1/a/stdout res/1/ccc/stdout)" = $'a.\nccc.' ]
	capture parmap -j 1 --joblog log --results res --resume-failed --coprocess sed -u 's/$/!/' ::: a b ccc d
	expect 0 $'a.\nb!\nccc.\nd!\n' ''
	capture parmap --joblog log --retry-failed --coprocess cat
	refused '--retry-failed'
}

@test "a closed standard output ends all" {
	start -j 2 --coprocess sh -c "$echo_all" < <(yes) > >(head -n 1 >first)
	finish
	expect_status 141
	wait_for exists first
}

@test "TERM leaves nobody, busy or idle" {
	gate end
	start -j 3 --coprocess sh -c 'while read -r x; do echo "$x"; [ "$x" != 3 ] || sleep 1000; done' < <(
		seq 3
		read -r _ <end
	) >out 2>err
	wait_for lines_in out 3
	kill -TERM "$PID"
	finish
	open_gate end
	expect_status 143
	nothing_left
}

@test "one that ignores the end of its input is ended" {
	capture parmap -j 2 --kill-after 0.2 --coprocess sh -c "$echo_all; exec sleep 1000" ::: a b
	expect 0 $'a\nb\n' ''
	capture parmap -j 2 --kill-after 0.2 --coprocess sh -c "trap '' TERM; $echo_all; while :; do sleep 1000; done" ::: a b
	expect 0 $'a\nb\n' ''
}

@test "what a process says that it left behind is said" {
	for _ in {1..20}; do
		capture parmap --coprocess sh -c 'read -r x; echo "$x"; (while kill -0 $$; do :; done 2>/dev/null; echo late >&2) &' ::: 1
		! grep -qx late err || break
	done
	expect 0 $'1\n' $'late\n'
}

@test "how it ends after its last answer is its own affair" {
	capture parmap -j 1 --coprocess sh -c "$echo_all; echo bye >&2; exit 3" ::: a
	expect 0 $'a\n' $'bye\n'
}

@test "with little memory and no disk, workers that all have much to say still come to an end" {
	need_python
	TMPDIR=$T/nowhere capture parmap -j 3 --unordered --buffer 0 --coprocess python3 -c '
import sys
for line in sys.stdin:
    sys.stdout.write("x" * 1000000 + "\n")
    sys.stdout.flush()
' ::: a b c d e f
	expect_status 0
	[ "$(wc -c <out)" -eq 6000006 ]
}

@test "what cannot be with it is refused" {
	local options
	while read -r -a options; do
		echo "${options[*]}"
		capture parmap "${options[@]}" --coprocess cat ::: a
		refused "${options[0]}" || refused --coprocess
	done <<-'END'
		--stdin
		-n 2
		-L 2
		-N 2
		-X
		-s 100
		-o
		--cpu-time 1
	END
	capture parmap --pipe --coprocess cat </dev/null
	refused --coprocess
	capture parmap -n 1 --coprocess cat ::: a
	expect 0 $'a\n' ''
	capture parmap --coprocess
	refused 'no command'
}

@test "an answer counts, whatever becomes of who gave it" {
	for ((i = 0; i < 20; i++)); do
		capture parmap --coprocess bash -c 'read -r l; echo "$l"; exit 3' ::: a
		expect 0 $'a\n' ''
	done
}

@test "one that answers and does not read its record has no more time than others" {
	head -c 300000 /dev/zero | tr '\0' x >in
	capture parmap --timeout 3 -j 1 --coprocess sh -c 'echo early; exec sleep 100' <in
	expect_status 124
}
