#!/usr/bin/env bats
# Records on the standard input of jobs: --stdin and --pipe.

load common

@test "--stdin gives a job its records on stdin, each with its delimiter" {
	capture parmap --stdin -n 2 sh -c 'echo "$#"; cat' sh < <(printf 'a b\n\nc')
	expect 0 $'0\na b\n\n0\nc\n' ''
	capture parmap --stdin cat ::: x 'y z'
	expect 0 $'x\ny z\n' ''
	capture parmap -0 --stdin cat < <(printf 'a\nb\0c\0')
	same out < <(printf 'a\nb\0c\0')
	capture parmap -d , --stdin cat < <(printf 'a,b\0b,c')
	same out < <(printf 'a,b\0b,c,')
	capture parmap --stdin -c 'cat; echo {#} {} {.}' < <(printf 'a\nb\n')
	expect 0 $'a\n1 {} {.}\nb\n2 {} {.}\n' ''
	capture parmap --stdin cat </dev/null
	expect 0 '' ''
}

@test "with --stdin a record may be longer than any argument" {
	"$EMIT" -b 3000000 x | tr '\n\0' '  ' >long
	{
		cat long
		echo
		cat long
		echo
	} >records
	capture parmap -j 2 --stdin cat <records
	expect_status 0
	cmp out records
}

@test "--pipe cuts the input into blocks at the ends of records, and loses nothing" {
	seq 300000 >records
	for size in 3000 64K 1M 100M; do
		echo "$size"
		capture parmap --pipe --block $size cat <records
		expect_status 0
		cmp out records
	done
	capture parmap --pipe --block 10 -j 1 sh -c 'cat; echo =' < <(printf '1234\n5678\n9\nlonger than a block\n\nend')
	expect 0 $'1234\n5678\n=\n9\n=\nlonger than a block\n=\n\nend=\n' ''
	capture parmap --pipe --block 5 -d , sh -c 'cat; echo' < <(printf 'a,b,c,d')
	expect 0 $'a,b,\nc,d\n' ''
	capture parmap --pipe wc -c < <(printf 'no newline')
	expect 0 $'10\n' ''
	capture parmap --pipe cat </dev/null
	expect 0 '' ''
}

@test "a job that is fed while it answers, in both directions more than pipes hold, does not hang" {
	"$EMIT" -b 4000000 x | tr '\0' ' ' >bytes
	capture parmap -j 3 --pipe --block 1M sh -c 'tee /dev/stderr' <bytes
	expect_status 0
	cmp out bytes
	cmp err bytes
}

@test "a job that does not read its stdin, or stops early, is no error unless it fails" {
	seq 300000 >records
	capture parmap --pipe --block 512K true <records
	expect 0 '' ''
	capture parmap --pipe --block 512K -j 1 head -n 1 <records
	expect_status 0
	[ "$(head -n 1 out)" = 1 ]
	[ "$(wc -l <out)" -eq 4 ]
	capture parmap -q --pipe --block 512K false <records
	expect 123 '' ''
	capture parmap --pipe --block 1M sh -c 'exec <&-; sleep 0.3; echo "$PARMAP_SEQ"' <records
	expect 0 $'1\n2\n' ''
}

@test "one that does not read is ended at its limit like any other, and what it left in the background does not matter" {
	seq 300000 >records
	capture parmap -q --timeout 0.3 --pipe sh -c 'sleep 1000' <records
	expect 124 '' ''
	capture parmap --pipe --block 10M sh -c 'sleep 1000 & echo done' <records
	expect 0 $'done\n' ''
	nothing_left
}

@test "with --pipe messages count blocks" {
	capture parmap --pipe --block 4 sh -c 'exit $((PARMAP_SEQ == 2))' < <(printf '1\n2\n3\n4\n')
	expect 123 '' $'parmap: block 2 "3\\n4\\n": exit status 1\n'
	capture parmap --stdin -n 2 sh -c 'exit $((PARMAP_SEQ == 2))' < <(printf '1\n2\n3\n4\n')
	expect 123 '' $'parmap: records 3-4 "3" ...: exit status 1\n'
}

@test "memory is bounded by the blocks in flight" {
	skip_if_watched "peak memory"
	# The last job is held until the others are done, so parmap is there to be asked.
	gate gate
	start -j 2 --pipe --block 1M sh -c 'if [ "$PARMAP_SEQ" = 1 ]; then read -r _ <gate; fi; wc -c; : >"ran$PARMAP_SEQ"' < <("$EMIT" -b 100000000 x) >out
	wait_for exists ran90
	[ "$(peak "$PID")" -le $((20 * 1024)) ]
	open_gate gate
	finish
	expect_status 0
	[ "$(awk '{ n += $1 } END { print n }' out)" -eq 100000000 ]
}

@test "what --stdin and --pipe cannot do is refused" {
	capture parmap --stdin -C , cat ::: a
	refused '--stdin:'
	capture parmap --stdin cat ::: a ::: b
	refused '--stdin:'
	capture parmap --stdin -X cat ::: a
	refused '--stdin:'
	capture parmap --pipe -n 2 cat ::: a
	refused '--pipe:'
	capture parmap --pipe cat ::: a
	refused '--pipe:'
	for size in 0 x -1 1.5; do
		capture parmap --pipe --block "$size" cat </dev/null
		refused "--block=$size:"
	done
}
