#!/usr/bin/env bats
# Results to streams: in input order, streamed, held in bounded memory, whatever the jobs, the reader and the disk do.

load common

# A job for sh: waits at the gate named by its record, where there is one.
wait_at_gate='[ ! -e "gate$1" ] || read -r _ <"gate$1"'

@test "results come in input order, whatever order the jobs end in" {
	gate gate1 gate2
	capture parmap -j 3 sh -c "$wait_at_gate"'; echo "out $1"; echo "err $1" >&2; [ "$1" = 1 ] || echo >"gate$(($1 - 1))"' sh ::: 1 2 3
	expect 0 $'out 1\nout 2\nout 3\n' $'err 1\nerr 2\nerr 3\n'
}

@test "-k and --keep-order say what is so anyway" {
	for option in -k --keep-order; do
		gate gate1
		capture parmap $option -j 2 sh -c "$wait_at_gate"'; echo "$1"; [ "$1" = 1 ] || echo >gate1' sh ::: 1 2
		expect 0 $'1\n2\n' ''
		rm gate1
	done
}

@test "a slow first job holds back the second's output, not its start" {
	gate gate1
	listen
	start -j 2 sh -c "$wait_at_gate"'; echo "$1"; : >"ran$1"' sh ::: 1 2 3 4 >stream
	wait_for exists ran4
	silence
	open_gate gate1
	hear 1
	hear 2
	hear 3
	hear 4
	finish
	expect_status 0
}

@test "-j bounds how many run at once, and that many do run at once" {
	gate gate1 gate2 gate3 gate4 gate5 gate6 gate7
	for slots in 1 3; do
		: >count
		start -j $slots sh -c 'echo + >>count; read -r _ <"gate$1"; echo - >>count' sh < <(seq 7)
		for ((i = 1; i <= 7; i++)); do
			wait_for running $((8 - i < slots ? 8 - i : slots))
			open_gate gate$i
			wait_for lines_with - $i
		done
		finish
		expect_status 0
		[ "$(awk '{ n += $1 "1"; if (n > most) most = n } END { print most }' count)" -eq $slots ]
	done
}

running() {
	[ $(($(grep -c + count) - $(grep -c -e - count))) -eq "$1" ]
}

lines_with() {
	[ "$(grep -c -e "$1" count)" -ge "$2" ]
}

@test "-j 0 runs as many as there are" {
	gate gate
	start -j 0 sh -c ': >"ran$1"; read -r _ <gate' sh < <(seq 100) >out 2>err
	for ((i = 1; i <= 100; i++)); do
		wait_for exists "ran$i"
	done
	# One gate for all, and a byte for each.
	exec 6<>gate
	yes '' | head -n 100 >&6
	finish
	expect 0 '' ''
}

@test "where only one CPU may be used, the default is one slot" {
	capture one_cpu
	expect_status 0
	same out < <(yes 1 | head -n 20)
}

one_cpu() {
	taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" "${PARMAP_WORDS[@]}" sh -c 'echo "$PARMAP_SLOT"' sh < <(seq 20)
}

@test "the job whose turn it is streams live, each byte as it comes, on both streams" {
	gate gate1 gate2 gate3
	listen
	start sh -c 'echo line; read -r _ <gate1; printf part; read -r _ <gate2; echo err >&2; read -r _ <gate3; echo end' ::: 1 >stream 2>&1
	hear line
	open_gate gate1
	hear -n part
	open_gate gate2
	hear err
	open_gate gate3
	hear end
	finish
	expect_status 0
}

@test "when a turn comes, what was held is out at once and the rest streams" {
	gate gate1 gate2
	listen
	start -j 2 sh -c 'echo "early $1"; : >"ran$1"; read -r _ <"gate$1"; echo "late $1"' sh ::: 1 2 >stream
	hear 'early 1'
	wait_for exists ran2
	silence
	open_gate gate1
	hear 'late 1'
	hear 'early 2'
	open_gate gate2
	hear 'late 2'
	finish
	expect_status 0
}

@test "a job can write far more than a pipe holds, on both streams, before its turn" {
	gate gate1
	capture parmap -j 2 sh -c "$wait_at_gate"'; "$EMIT" -b 1000000 "$1"; "$EMIT" -e 2000000 "$1"; [ "$1" = 1 ] || echo >gate1' sh ::: 1 2
	expect_status 0
	same out < <("$EMIT" -b 1000000 1 && "$EMIT" -b 1000000 2)
	same err < <("$EMIT" -e 2000000 1 2>&1 && "$EMIT" -e 2000000 2 2>&1)
}

@test "with both streams into one pipe, a job's bytes still come before the next job's" {
	gate gate1 gate2
	start -j 3 sh -c "$wait_at_gate"'; echo "out $1"; echo "err $1" >&2; exit 1' sh ::: 1 2 3 >both 2>&1
	open_gate gate2
	open_gate gate1
	finish
	expect_status 123
	[ "$(sed 's/^parmap: record \(.\).*/line \1/; s/^[a-z]* //' both | uniq -c | tr -s ' \n' ' ')" = " 3 1 3 2 3 3 " ]
}

@test "an output without a final newline is followed by the next, as in a loop" {
	capture parmap printf %s ::: a b c
	expect 0 abc ''
}

@test "--unordered prints whole jobs as they finish" {
	gate gate1
	listen
	start --unordered -j 2 sh -c "$wait_at_gate"'; echo "$1 a"; echo "$1 b"' sh ::: 1 2 3 >stream
	hear '2 a'
	hear '2 b'
	hear '3 a'
	hear '3 b'
	silence
	open_gate gate1
	hear '1 a'
	hear '1 b'
	finish
	expect_status 0
}

@test "--unordered never mixes two jobs, on either stream" {
	capture parmap --unordered -j 4 sh -c 'for i in 1 2 3 4 5; do echo "$1"; echo "$1" >&2; done; exit "$1"' sh < <(seq 40)
	expect_status 123
	[ "$(uniq -c out | awk '$1 == 5' | wc -l)" -eq 40 ]
	[ "$(sed 's/^parmap: record \([0-9]*\).*/\1/' err | uniq -c | awk '$1 == 6' | wc -l)" -eq 40 ]
}

@test "--line-buffer prints lines as they come, whole" {
	for option in --line-buffer --lb; do
		gate gate1 gate2
		listen
		start $option -j 2 sh -c 'echo "$1 a"; printf "$1 "; read -r _ <"gate$1"; echo b; echo "$1 c"' sh ::: 1 2 >stream
		read -r -t "$LIMIT" -u 5 first
		read -r -t "$LIMIT" -u 5 second
		[ "$(printf '%s\n' "$first" "$second" | sort)" = $'1 a\n2 a' ]
		silence
		open_gate gate2
		hear '2 b'
		hear '2 c'
		open_gate gate1
		hear '1 b'
		hear '1 c'
		finish
		expect_status 0
		rm gate1 gate2 stream
	done
}

@test "--line-buffer keeps a line whole that is longer than a pipe and a buffer" {
	line='printf "%s%0300000d\n" "$1" 0'
	capture parmap --line-buffer -j 4 sh -c "$line; $line; $line >&2" sh ::: 1 2 3 4
	expect_status 0
	[ "$(tr -s 0 <out | sort | tr '\n' ' ')" = '10 10 20 20 30 30 40 40 ' ]
	[ "$(wc -c <out)" -eq $((8 * 300002)) ]
	[ "$(tr -s 0 <err | sort | tr '\n' ' ')" = '10 20 30 40 ' ]
	[ "$(wc -c <err)" -eq $((4 * 300002)) ]
}

@test "--line-buffer loses no last line that has no newline" {
	capture parmap --line-buffer -j 1 printf %s ::: a
	expect 0 a ''
	capture parmap --line-buffer -j 4 printf '%s' ::: a b c d
	expect_status 0
	[ "$(fold -w 1 out | grep . | sort | tr -d '\n')" = abcd ]
}

@test "with -u jobs write straight to parmap's own stdout and stderr" {
	for option in -u --ungroup; do
		capture parmap $option -j 1 sh -c '[ /proc/self/fd/1 -ef out ] && [ /proc/self/fd/2 -ef err ] && echo yes && echo yes >&2; exit "$1"' sh ::: 0 3
		expect 123 $'yes\nyes\n' $'yes\nyes\nparmap: record 2 "3": exit status 3\n'
	done
}

@test "of -k, --unordered, --line-buffer and -u the last one wins" {
	straight='[ /proc/self/fd/1 -ef out ] && echo straight || echo captured'
	capture parmap -k --unordered --line-buffer -u sh -c "$straight" ::: 1
	expect 0 $'straight\n' ''
	for last in -k --unordered --line-buffer; do
		capture parmap -u $last sh -c "$straight" ::: 1
		expect 0 $'captured\n' ''
	done
	gate gate1
	capture parmap --unordered -k -j 2 sh -c "$wait_at_gate"'; echo "$1"; [ "$1" = 1 ] || echo >gate1' sh ::: 1 2
	expect 0 $'1\n2\n' ''
}

# Thirty jobs of 200 KB on each stream behind a first one that ends when the second has started: $1 is --buffer, the rest an
# environment for env.
behind_a_slow_first() {
	local buffer=$1
	shift
	gate gate1
	TEST_MARK=$MARK capture timeout --foreground "$LIMIT" env "$@" "${PARMAP_WORDS[@]}" --buffer "$buffer" -j 3 sh -c \
		'if [ "$1" = 1 ]; then read -r _ <gate1; elif [ "$1" = 2 ]; then echo >gate1; fi; "$EMIT" -b 200000 "${1#${1%?}}"; "$EMIT" -e 200000 "${1#${1%?}}"' sh < <(seq 30)
	rm gate1
	[ -e wanted ] || for ((i = 1; i <= 30; i++)); do
		"$EMIT" -b 200000 $((i % 10))
	done >wanted
	expect_status 0
	same out <wanted
	same err <wanted
}

@test "any --buffer gives the same bytes: 0, one byte, less than a job, as much as wanted" {
	for buffer in 0 1 100K 1M 1G; do
		behind_a_slow_first $buffer TMPDIR="$T"
	done
}

@test "without a place for a spill file the same bytes come: no TMPDIR, an empty one, one that is missing or cannot be written" {
	skip_under_valgrind "needs a TMPDIR that can be written"
	behind_a_slow_first 64K -u TMPDIR
	behind_a_slow_first 64K TMPDIR=
	behind_a_slow_first 64K TMPDIR="$T/missing"
	behind_a_slow_first 0 TMPDIR=/dev/null
	behind_a_slow_first 0 TMPDIR=/proc
	behind_a_slow_first 64K TMPDIR="$(printf "/%0255d" 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18)"
}

@test "on a read-only file system the same bytes come" {
	skip_under_valgrind "needs a TMPDIR that can be written"
	skip_unless_mounts
	export TEST_MARK=$MARK
	TMPDIR=/sys capture with_disk ro timeout --foreground "$LIMIT" "${PARMAP_WORDS[@]}" --buffer 0 -j 3 "$EMIT" -b 300000 ::: 1 2 3 4 5 6
	expect_status 0
	same err </dev/null
	same out < <(for i in 1 2 3 4 5 6; do "$EMIT" -b 300000 $i; done)
}

@test "what exceeds --buffer goes to one file that has no name, and jobs go on meanwhile" {
	skip_under_valgrind "needs a TMPDIR that can be written"
	mkdir disk
	gate gate1
	TMPDIR=$T/disk start --buffer 64K -j 3 sh -c "$wait_at_gate"'; "$EMIT" -b 1000000 "$1"; "$EMIT" -e 1000000 "$1"; : >"ran$1"' sh ::: 1 2 3 4 5 6 7 8 9 >out 2>err
	for i in 2 3 4 5 6 7 8 9; do
		wait_for exists "ran$i"
	done
	[ "$(find disk | wc -l)" -eq 1 ]
	[ "$(find "/proc/$PID/fd" -lname "$T/disk/*" | wc -l)" -eq 1 ]
	open_gate gate1
	finish
	expect_status 0
	same out < <(for i in 1 2 3 4 5 6 7 8 9; do "$EMIT" -b 1000000 $i; done)
	same err < <(for i in 1 2 3 4 5 6 7 8 9; do "$EMIT" -b 1000000 $i; done)
}

@test "a full file system is no failure, and its last 5 % are left to others" {
	skip_unless_mounts
	gate gate1 gate
	# 16 MB want to be held on a disk of 4 MB.
	export TEST_MARK=$MARK
	TMPDIR=/sys with_disk size=4m sh -c '"$@" & parmap=$!
		read -r _ <gate
		until a=$(stat -f -c %f /sys); sleep 0.3; b=$(stat -f -c %f /sys); [ $((b * 2)) -lt "$(stat -f -c %b /sys)" ] && [ "$a" = "$b" ]; do :; done
		stat -f -c "%b %a" /sys >room
		echo >gate1
		wait "$parmap"' sh timeout --foreground "$LIMIT" "${PARMAP_WORDS[@]}" --buffer 64K -j 3 \
		sh -c "$wait_at_gate"'; [ "$1" != 2 ] || echo >gate; exec "$0" -b 2000000 "$1"' "$EMIT" ::: 1 2 3 4 5 6 7 8 9 \
		>out 2>err 3>&- 4>&- &
	PID=$!
	finish
	expect_status 0
	same err </dev/null
	same out < <(for i in 1 2 3 4 5 6 7 8 9; do "$EMIT" -b 2000000 $i; done)
	read -r size available <room
	echo "$available of $size blocks left"
	[ $((available * 100)) -ge $((size * 5)) ]
}

@test "--buffer bounds the memory, whatever jobs write behind a slow first one" {
	skip_if_watched "peak memory"
	gate gate1
	TMPDIR=$T start --buffer 8M -j 4 sh -c "$wait_at_gate"'; "$EMIT" -b 1048576 x; : >"ran$1"' sh < <(seq 200) > >(cksum >sum)
	for ((i = 2; i <= 200; i++)); do
		wait_for exists "ran$i"
	done
	[ "$(peak "$PID")" -le $((16 * 1024)) ]
	open_gate gate1
	wait_for lines_in sum 1
	finish
	expect_status 0
	[ "$(cat sum)" = "$("$EMIT" -b $((200 * 1048576)) x | cksum)" ]
}

@test "with --buffer 0 and no disk the memory stays bounded as well, and the first job drains" {
	skip_if_watched "peak memory"
	gate gate1
	TMPDIR=/proc start --buffer 0 -j 4 sh -c ': >"started$1"; '"$wait_at_gate"'; "$EMIT" -b 3000000 "$1"; : >"ran$1"' sh ::: 1 2 3 4 5 6 >out
	for i in 2 3 4; do
		wait_for exists "started$i"
	done
	[ "$(peak "$PID")" -le $((8 * 1024)) ]
	open_gate gate1
	finish
	expect_status 0
	same out < <(for i in 1 2 3 4 5 6; do "$EMIT" -b 3000000 $i; done)
}

@test "memory does not grow with the number of finished jobs" {
	skip_if_watched "peak memory"
	gate first last
	echo small >small
	for count in 2000 12000; do
		start -j 3 --buffer 1M cat < <(echo first; yes small | head -n $count; echo last) >out
		open_gate last
		peak "$PID" >>peaks
		open_gate first
		finish
		expect_status 0
		same out < <(echo; yes small | head -n $count; echo)
	done
	{
		read -r few
		read -r many
	} <peaks
	echo "$few KiB with 2000 jobs, $many KiB with 12000"
	[ $((many - few)) -le 1024 ]
}

@test "descriptors are bounded by the slots, not by the finished jobs" {
	gate gate1
	TMPDIR=$T start -j 2 --buffer 1K sh -c "$wait_at_gate"'; echo "$1"; echo "$1" >&2; : >"ran$1"' sh < <(seq 300) >out 2>err
	wait_for exists ran300
	[ "$(find "/proc/$PID/fd" -mindepth 1 | wc -l)" -le 24 ]
	open_gate gate1
	finish
	expect_status 0
	same out < <(seq 300)
	same err < <(seq 300)
}

@test "a slow reader gets every byte, and jobs go on meanwhile" {
	mkfifo stream
	exec 6<>stream
	start -j 2 sh -c '"$0" -b 100000 "$1"; : >"ran$1"' "$EMIT" ::: 1 2 3 4 5 >stream 6>&-
	exec 6<stream
	for i in 1 2 3 4 5; do
		wait_for exists "ran$i"
	done
	while dd bs=10000 count=1 iflag=fullblock status=none <&6 >part && [ -s part ]; do
		cat part >>out
		sleep 0.01
	done
	exec 6<&-
	finish
	expect_status 0
	same out < <(for i in 1 2 3 4 5; do "$EMIT" -b 100000 $i; done)
}

@test "the flags of parmap's own stdin, stdout and stderr stay as they were, as others share them" {
	gate gate
	mkfifo in out err
	exec 6<>in 7<>out 8<>err
	for i in 6 7 8; do
		grep flags "/proc/self/fdinfo/$i"
	done >before
	start sh -c 'echo out; echo err >&2; : >ran; read -r _ <gate' <&6 >&7 2>&8
	echo record >&6
	wait_for exists ran
	for i in 6 7 8; do
		grep flags "/proc/self/fdinfo/$i"
	done >during
	cmp before during
	open_gate gate
	kill -TERM "$PID"
	finish
	for i in 6 7 8; do
		grep flags "/proc/self/fdinfo/$i"
	done >after
	cmp before after
}

@test "a stdin, stdout and stderr that others made non-blocking lose nothing" {
	if ! command -v python3 >/dev/null; then
		skip "python3 is not installed, which makes them so here"
	fi
	mkfifo in out err
	exec 6<>in 7<>out 8<>err
	unblock='import os, sys
for fd in 0, 1, 2:
    os.set_blocking(fd, False)
os.execv(sys.argv[1], sys.argv[1:])'
	(
		exec 3>&- 4>&-
		TEST_MARK=$MARK exec python3 -c "$unblock" "$(type -P "${PARMAP_WORDS[0]}")" "${PARMAP_WORDS[@]:1}" -j 2 \
			sh -c '"$EMIT" -b 300000 "$1"; "$EMIT" -e 300000 "$1"' sh <in >out 2>err 6>&- 7>&- 8>&-
	) &
	PID=$!
	exec 5<out 9<err 7>&- 8>&-
	echo 1 >&6
	echo 2 >&6
	sleep 0.1
	echo 3 >&6
	exec 6>&-
	cat <&5 >seen.out &
	cat <&9 >seen.err
	wait $!
	finish
	expect_status 0
	same seen.out < <(for i in 1 2 3; do "$EMIT" -b 300000 $i; done)
	same seen.err < <(for i in 1 2 3; do "$EMIT" -b 300000 $i; done)
}
