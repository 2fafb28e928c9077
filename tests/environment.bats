#!/usr/bin/env bats
# What a job is given: descriptors, environment, signals, limits, a process group.

load common

@test "a job's stdin is /dev/null, and it cannot eat the records" {
	capture parmap -j 1 sh -c 'readlink /proc/self/fd/0; cat; echo "$1"' sh < <(seq 3)
	expect 0 $'/dev/null\n1\n/dev/null\n2\n/dev/null\n3\n' ''
	capture parmap readlink ::: /proc/self/fd/0 < <(echo mine)
	expect 0 $'/dev/null\n' ''
}

@test "descriptors that parmap inherited above 2 pass through, and none of its own does" {
	skip_if_watched "a list of descriptors"
	gate gate1
	seq 5 >records
	# Beside a slow first job, with a file of records, something spilled, signals and a time limit set.
	list='set -- $(ls /proc/self/fd); echo "$*"'
	(
		exec 5<records 9>free 200</dev/null
		sh -c "$list" >wanted
		TMPDIR=$T capture parmap -j 3 --buffer 0 --timeout 100 --run-timeout 100 -a records \
			sh -c '[ "$1" != 1 ] || read -r _ <gate1; [ "$1" != 5 ] || echo >gate1; '"$list" sh
		expect_status 0
		[ "$(sort -u out)" = "$(cat wanted)" ]
		[ "$(wc -l <out)" -eq 5 ]
		capture parmap -u sh -c "$list" sh ::: 1
		[ "$(cat out)" = "$(cat wanted)" ]
	)
}

@test "a job can write to a descriptor that parmap inherited" {
	capture parmap -j 1 sh -c 'echo "$1" >&7' sh ::: a b 7>seven
	expect 0 '' ''
	same seven < <(printf 'a\nb\n')
}

@test "PARMAP_SEQ numbers the jobs from 1, also with -n" {
	capture parmap -j 4 sh -c 'echo "$PARMAP_SEQ $*"' sh ::: a b c d e
	expect 0 $'1 a\n2 b\n3 c\n4 d\n5 e\n' ''
	capture parmap -n 2 sh -c 'echo "$PARMAP_SEQ $*"' sh ::: a b c d e
	expect 0 $'1 a b\n2 c d\n3 e\n' ''
}

@test "PARMAP_SLOT is the lowest free slot from 1" {
	capture parmap -j 1 sh -c 'echo "$PARMAP_SLOT"' ::: a b c
	expect 0 $'1\n1\n1\n' ''
	# 3 starts when 2 has ended, 4 when 3 has, and so on: they all have its slot, as 1 keeps its own.
	gate gate1
	capture parmap -j 2 sh -c '[ "$1" != 1 ] || read -r _ <gate1; [ "$1" != 5 ] || echo >gate1; echo "$1 $PARMAP_SLOT"' sh ::: 1 2 3 4 5
	expect 0 $'1 1\n2 2\n3 2\n4 2\n5 2\n' ''
}

@test "inherited PARMAP_SEQ and PARMAP_SLOT are replaced, not doubled" {
	PARMAP_SEQ=x PARMAP_SLOT=y capture parmap -j 1 env ::: -0
	expect_status 0
	[ "$(tr '\0' '\n' <out | grep '^PARMAP_S' | sort)" = $'PARMAP_SEQ=1\nPARMAP_SLOT=1' ]
}

@test "the rest of the environment passes byte for byte, functions and odd names too" {
	skip_under_valgrind "changes the environment"
	exported() {
		echo "hello"
	}
	export -f exported
	export ODD=$'two\nlines \377 =x='
	odd_names() {
		TEST_MARK=$MARK env 'a b=c' '1=2' EMPTY= "$@"
	}
	capture odd_names "${PARMAP_WORDS[@]}" cat /proc/self/environ ::: /dev/null
	expect_status 0
	odd_names cat /proc/self/environ | tr '\0' '\1' >wanted
	tr '\0' '\1' <out >seen
	for file in wanted seen; do
		tr '\1\n' '\n\2' <$file | grep -v '^_=\|^PARMAP_S' | sort >$file.sorted
	done
	diff wanted.sorted seen.sorted
}

@test "an environment that is empty, or leads nowhere, is no matter, and nothing is said about it" {
	skip_under_valgrind "changes the environment"
	local odd
	seq 20 >records
	for odd in '' HOME=/nowhere HOME=/proc "HOME= TMPDIR= LANG=xx LC_ALL=xx_YY LD_LIBRARY_PATH=/nowhere:/var/lib" TMPDIR=/nowhere; do
		for how in '--builtin echo' '--coprocess /bin/cat' /bin/echo '-c /bin/echo@{}' '--buffer 0 /bin/echo'; do
			read -r -a words <<<"$how"
			# shellcheck disable=SC2086 # words
			capture env -i TEST_MARK="$MARK" $odd "${PARMAP_WORDS[@]}" -j 4 "${words[@]//@/ }" <records
			expect_status 0
			same err </dev/null
			same out <records
		done
	done
}

@test "each job leads a process group of its own, in parmap's session" {
	capture parmap -j 2 sh -c "read -r stat </proc/\$\$/stat; set -- \$stat; [ \"\$1\" = \"\$5\" ] && echo \"\$6\"" ::: a b
	expect_status 0
	read -r _ _ _ _ _ session _ <"/proc/$$/stat"
	same out < <(printf '%s\n' "$session" "$session")
}

@test "an ignored PIPE stays ignored for the jobs, and a closed reader is then a failed write: 125" {
	capture env --default-signal --ignore-signal=PIPE "${PARMAP_WORDS[@]}" sed -n '/^SigIgn/p' ::: /proc/self/status
	expect_status 0
	same err </dev/null
	[ "$(signals_of out)" = "SigIgn 4096" ]
	mkfifo stream
	exec 6<>stream
	exec 7>stream 6>&-
	STATUS=0
	env --ignore-signal=PIPE "${PARMAP_WORDS[@]}" echo ::: a >&7 2>"$T/err" || STATUS=$?
	exec 7>&-
	expect_status 125
	same err <<<"parmap: stdout: Broken pipe"
}

@test "jobs start with default PIPE and CHLD and an empty mask, whatever CHLD and mask parmap was given" {
	capture env --default-signal --ignore-signal=CHLD \
		--block-signal=USR2 --block-signal=TERM --block-signal=CHLD \
		"${PARMAP_WORDS[@]}" -j 2 sed -n '/^Sig[BIC]/p' ::: /proc/self/status
	expect_status 0
	same err </dev/null
	[ "$(signals_of out)" = "SigBlk 0 SigIgn 0 SigCgt 0" ]
}

@test "signals that parmap inherited as ignored are ignored by its jobs: nohup, or & in sh" {
	for signal in HUP INT QUIT TSTP TERM USR1 PIPE; do
		capture env --default-signal --ignore-signal=$signal "${PARMAP_WORDS[@]}" grep '^SigIgn' ::: /proc/self/status
		expect_status 0
		same err </dev/null
		[ "$(signals_of out)" = "SigIgn $((1 << ($(kill -l $signal) - 1)))" ]
	done
}

@test "parmap works when it inherits ignored or blocked CHLD, and when everything is blocked" {
	for option in --ignore-signal=CHLD --block-signal=CHLD --block-signal; do
		capture env --default-signal $option "${PARMAP_WORDS[@]}" --timeout 2 sh -c 'echo "$1"; [ "$1" != 2 ] || sleep 1000; exit "$1"' sh ::: 0 2 3
		expect 123 $'0\n2\n3\n' 'parmap: record 2 "2": timed out after 2s
parmap: record 3 "3": exit status 3
'
	done
}

@test "limits, umask, directory and priority are the jobs' too" {
	skip_under_valgrind "changes the limits"
	state='ulimit -a; umask; pwd; nice'
	mkdir here
	cd here
	(
		ulimit -S -n 100
		ulimit -S -c 0
		umask 027
		nice -n 3 sh -c "$state" >../wanted
		TEST_MARK=$MARK capture nice -n 3 "${PARMAP_WORDS[@]}" sh -c "$state" ::: a
		expect_status 0
		same ../out <../wanted
	)
}

@test "children that parmap inherited by exec are not taken for jobs" {
	(
		exec 3>&- 4>&-
		sh -c 'exit 5' &
		sleep 0.2 &
		TEST_MARK=$MARK exec "${PARMAP_WORDS[@]}" -j 2 sh -c 'sleep 0.5; echo "$1"' sh ::: a b >out 2>err
	) &
	PID=$!
	finish
	expect 0 $'a\nb\n' ''
}

@test "children that parmap inherited by exec are not ended by it" {
	(
		exec 3>&- 4>&-
		sleep 1000 &
		echo $! >stranger
		TEST_MARK=$MARK exec "${PARMAP_WORDS[@]}" echo ::: a >out 2>err
	) &
	PID=$!
	finish
	expect 0 $'a\n' ''
	kill -KILL "$(cat stranger)"
}
