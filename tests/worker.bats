#!/usr/bin/env bats
# Workers: many jobs are done by one process, and nobody can tell from the output.

load common

# The processes of the workers of $PID, which have no other command than parmap.
workers() {
	local stat file
	for file in /proc/[0-9]*/stat; do
		{ read -r stat <"$file"; } 2>/dev/null || continue
		# shellcheck disable=SC2086 # words
		set -- ${stat##*) }
		[ "$2" != "$PID" ] || [ "$1" = Z ] || printf '%s\n' "${stat%% *}"
	done
}

@test "a million records come out as they went in, with numbers and slots of their own" {
	seq 1000000 >in
	capture parmap -j 3 -0 --builtin echo -n '{#}={}{%}' < <(tr '\n' '\0' <in)
	expect_status 0
	sed -E 's/=[0-9]*[123]/=/g' out | head -c 100
	[ "$(tr -d '\n' <out | wc -c)" -eq "$(awk '{ n += 2 * length($0) + 2 } END { print n }' in)" ]
	capture parmap -j 3 --builtin echo '{#} {}' <in
	expect_status 0
	paste -d ' ' in in | same out
}

@test "records of no bytes and of ten megabytes are records" {
	head -c 10485760 /dev/zero | tr '\0' x >large
	{
		printf 'a\0\0'
		cat large
		printf '\0\0b\0'
	} >in
	for option in '' --unordered --line-buffer -u; do
		# shellcheck disable=SC2086 # no option, or one
		capture parmap -j 1 $option -0 --builtin echo '<{}>' <in
		expect_status 0
		tr '\0' '\n' <in | sed 's/.*/<&>/' | same out
	done
}

@test "a worker that is fed and answers at once, more than any pipe holds, does not wait for us, nor we for it" {
	for i in 1 2 3 4 5; do
		head -c 300000 /dev/zero | tr '\0' $i
		echo
	done >five
	for ((i = 0; i < 40; i++)); do
		cat five
	done >in
	capture parmap -j 2 --builtin echo '{}{}' <in
	expect_status 0
	sed 's/.*/&&/' in | same out
	# Nobody reads for a while.
	mkfifo stream
	exec 5<>stream
	start -j 2 --builtin echo '{}{}' <in >stream
	read -r -u 5 -N 1 first
	[ "$first" = 1 ]
	{
		printf 1
		head -c "$(($(wc -c <out) - 1))" <&5
	} >got
	finish
	exec 5>&-
	expect_status 0
	same got <out
}

@test "a slow head holds back what others say, not what they do, and nothing is lost of it" {
	gate gate1
	seq 3000 >small
	{
		echo gate1
		yes small | head -n 2000
	} >in
	start -j 2 --builtin cat <in >stream 2>err
	wait_for busy_no_more
	open_gate gate1
	finish
	expect_status 0
	{
		echo
		for ((i = 0; i < 2000; i++)); do cat small; done
	} | same stream
}

# One worker waits in a read, and the other for more to do.
busy_no_more() {
	local pid reads=0
	for pid in $(workers); do
		[[ $(cat "/proc/$pid/wchan" 2>/dev/null) != 0 ]]
		read -r _ _ state _ <"/proc/$pid/stat" || return 1
		[ "$state" = S ] || return 1
		reads=$((reads + 1))
	done
	[ "$reads" -eq 2 ]
}

@test "what a slow job has before it in its batch is said, and what it has behind it is done by others" {
	gate gate1
	echo before >before
	echo after >after
	{
		yes before | head -n 3000
		echo gate1
		yes after | head -n 500
	} >in
	start -j 3 --line-buffer --builtin cat <in >stream 2>err
	wait_for said 3500
	open_gate gate1
	finish
	expect_status 0
	[ "$(grep -c after stream)" -eq 500 ]
	[ "$(wc -l <stream)" -eq 3501 ]
}

said() {
	[ "$(wc -l <stream)" -eq "$1" ]
}

@test "slow jobs behind fast ones are shared by all workers, in whatever batch they are" {
	{
		yes 0 | head -n 4000
		yes 2 | head -n 8
	} >in
	# One after the other they take 16 seconds.
	clocked capture parmap -j 4 --builtin sleep <in
	expect 0 '' ''
	[ "$TOOK" -lt 13000 ]
}

@test "a failure in the middle of a batch is that record's, in its place among what others say" {
	for i in 1 2 3; do
		echo $i >f$i
	done
	{
		for ((i = 0; i < 500; i++)); do
			printf 'f1\nno\nf2\n\nf3\n'
		done
	} >in
	capture parmap -j 1 --builtin cat <in
	expect_status 123
	cp out out1
	cp err err1
	for ((i = 0; i < 500; i++)); do
		printf '%s\n' 1 2 3
	done | same out
	for ((i = 0; i < 500; i++)); do
		printf 'cat: no: No such file or directory\nparmap: record %d "no": exit status 1\n' $((5 * i + 2))
		printf "cat: '': No such file or directory\\nparmap: record %d \"\": exit status 1\\n" $((5 * i + 4))
	done | same err
	for slots in 2 5; do
		capture parmap -j $slots --builtin cat <in
		expect_status 123
		same out <out1
		same err <err1
	done
}

@test "a worker that is killed fails no more than the record it was on" {
	gate gate1
	{
		echo gate1
		seq 2000 | sed 's/.*/word/'
	} >in
	echo x >word
	start -j 1 --builtin cat <in >out 2>err
	wait_for one_worker
	kill -KILL "$(workers)"
	finish
	expect_status 123
	yes x | head -n 2000 | same out
	same err <<<'parmap: record 1 "gate1": killed by signal 9 (KILL)'
}

one_worker() {
	[ "$(workers | wc -l)" -eq 1 ]
}

@test "an idle worker that is killed fails nothing" {
	mkfifo records
	exec 5<>records
	start -j 1 --builtin echo <records >stream 2>err
	echo a >&5
	wait_for said 1
	kill -KILL "$(workers)"
	wait_for no_worker
	echo b >&5
	wait_for said 2
	exec 5>&-
	finish
	expect_status 0
	same stream <<<$'a\nb'
	same err </dev/null
}

no_worker() {
	[ "$(workers | wc -l)" -eq 0 ]
}

@test "a record that comes alone is done at once" {
	mkfifo records
	exec 5<>records
	start -j 2 --builtin echo <records >stream 2>err
	for i in 1 2 3; do
		echo $i >&5
		wait_for said $i
	done
	exec 5>&-
	finish
	expect_status 0
	same stream <<<$'1\n2\n3'
}

@test "the time limit of a job is that of one record, not of those before it, and fails only that" {
	gate gate1
	echo x >word
	{
		yes word | head -n 3000
		echo gate1
		yes word | head -n 3000
	} >in
	capture parmap -j 2 --timeout 2 --builtin cat <in
	expect_status 124
	yes x | head -n 6000 | same out
	same err <<<'parmap: record 3001 "gate1": timed out after 2s'
	# All of them together take longer than one may.
	capture parmap -j 1 --timeout 2 --builtin sleep 0.2 < <(yes 0 | head -n 12)
	expect 0 '' ''
}

@test "-j bounds the workers, and none is left at the end, of a limit, a signal or a reader that is gone" {
	gate gate1
	start -j 3 --builtin cat ::: gate1 never never never >out 2>err
	wait_for three_workers
	kill -TERM "$PID"
	finish
	expect_status 143
	wait_for nothing_left
	capture parmap -j 3 --run-timeout 1 --builtin cat ::: never never never never
	expect_status 124
	wait_for nothing_left
	parmap -j 3 --builtin echo < <(seq 1000000) 2>err | head -n 1 >out
	same out <<<1
	same err </dev/null
	wait_for nothing_left
}

three_workers() {
	[ "$(workers | wc -l)" -eq 3 ]
}

@test "workers end with parmap, though that is killed" {
	start -j 3 --builtin cat ::: never never never never >out 2>err
	wait_for three_workers
	kill -KILL "$PID"
	finish
	wait_for nothing_left
}

@test "what is known of each job is known of those of workers: log, results, tries, halts, tags, fallbacks" {
	echo x >word
	seq 50 | sed 's/^.*5$/no/; t; s/.*/word/' >in
	capture parmap -j 2 -q --joblog log --results results --retries 2 --fallback F --tagstring '{#}' --builtin cat <in
	expect_status 123
	awk '{ print NR "\t" ($1 == "no" ? "F" : "x") }' in | same out
	[ "$(wc -l <log)" -eq 51 ]
	[ "$(awk '$7 == 1' log | wc -l)" -eq 5 ]
	[ "$(find results -name stdout | wc -l)" -gt 0 ]
	capture parmap -j 2 --retries 3 --builtin cat ::: word no
	expect_status 123
	[ "$(tail -n 1 err)" = 'parmap: record 2 "no": exit status 1, the last of 3 tries' ]
	capture parmap -j 1 --halt now,fail=1 --builtin cat < <(printf 'word\nno\nword\n')
	expect 1 $'x\n' $'cat: no: No such file or directory\nparmap: record 2 "no": exit status 1\n'
	capture parmap -j 2 --summary --builtin cat < <(printf 'word\nno\nword\n')
	expect_status 123
	grep -q 'by exit status' err
}

@test "a run of workers that is resumed prints the results there are, and does the others" {
	seq 40 >in
	capture parmap -j 2 --results results --joblog log --builtin echo <in
	expect_status 0
	for i in 3 17 18 40; do
		rm -r results/1/$i
	done
	capture parmap -j 2 --results results --resume --builtin echo <in
	expect_status 0
	same out <in
}

@test "a NUL in a record fails that record alone, as for a command" {
	printf 'a\nb\0c\nd\n' >in
	capture parmap -j 2 --builtin echo <in
	expect 126 $'a\nd\n' $'parmap: record 2 "b\\0c": contains a NUL byte, which no argument can hold; use -0\n'
}

@test "fields and several sources are a function's arguments as a command's" {
	capture parmap -C , --builtin echo '{2}-{1}' ::: a,b c,d
	expect 0 $'b-a\nd-c\n' ''
	capture parmap --builtin echo ::: a b ::: 1 2
	expect 0 $'a 1\na 2\nb 1\nb 2\n' ''
	capture parmap -C , --builtin echo ::: a a,b a,b,c '' a
	expect 0 $'a\na b\na b c\n\na\n' ''
	capture parmap -n 3 --builtin echo x ::: 1 2 3 4 5
	expect 0 $'x 1 2 3\nx 4 5\n' ''
	capture parmap --builtin echo {/.} < <(yes /a/b.c | head -n 5000)
	yes b | head -n 5000 | same out
}

@test "jobs of functions read nothing, and have the descriptors that parmap was given" {
	exec 7<<<seven
	capture parmap --builtin cat - /dev/fd/7 ::: /dev/null </dev/null
	exec 7<&-
	expect 0 $'seven\n' ''
}

@test "with 64 descriptors there are as many workers as these allow" {
	ulimit -n 64
	capture parmap -q -j 100 --builtin echo < <(seq 5000)
	expect_status 0
	seq 5000 | same out
}

@test "what is no work for functions is refused" {
	capture parmap --builtin nothing ::: a
	refused '--builtin=nothing: there is no such builtin'
	capture parmap --pipe --builtin wc ::: a
	refused '--pipe'
	capture parmap --stdin --builtin wc </dev/null
	refused '--stdin'
	capture parmap --pipe --builtin wc </dev/null
	refused '--pipe'
	capture parmap -o --builtin wc </dev/null
	refused '-o'
	capture parmap -c --builtin wc </dev/null
	refused '-c'
	capture parmap --cpu-time 1 --builtin wc </dev/null
	refused '--cpu-time'
	capture parmap --builtin list
	expect_status 0
	grep -q '^sha256 ' out
}
