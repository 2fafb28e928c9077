#!/usr/bin/env bats
# The end of a job and of the run: processes that outlive the job they belong to, and pipes that outlive the process.

load common

@test "a grandchild that keeps the pipes open does not keep the job" {
	capture parmap sh -c 'sleep 1000 & echo "$1"; echo "$1" >&2; exit "$1"' sh ::: 0 3
	expect 123 $'0\n3\n' $'0\n3\nparmap: record 2 "3": exit status 3\n'
	nothing_left
}

@test "a hundred jobs that each leave a grandchild cost a short linger each, no more" {
	capture parmap -j 10 sh -c 'sleep 1000 & echo "$1"' sh < <(seq 100)
	expect_status 0
	same out < <(seq 100)
	same err </dev/null
	nothing_left
}

@test "what a grandchild wrote before the job's process ended is not lost" {
	capture parmap sh -c 'mkfifo gate; ("$EMIT" -b 60000 x; "$EMIT" -e 60000 x; echo >gate; exec sleep 1000) & read -r _ <gate' ::: a
	expect_status 0
	same out < <("$EMIT" -b 60000 x)
	same err < <("$EMIT" -b 60000 x)
}

@test "a grandchild that goes on writing does not keep the job either" {
	capture parmap --buffer 1M sh -c 'mkfifo "gate$1"; (echo y; echo >"gate$1"; exec yes) & read -r _ <"gate$1"' sh ::: a b
	expect_status 0
	[ "$(head -n 1 out)" = y ]
	[ -z "$(tr -d 'y\n' <out)" ]
	same err </dev/null
	nothing_left
}

@test "a grandchild that ends within the linger has its whole output printed" {
	# A machine that is too slow for it now is quick enough another time.
	for ((i = 0; i < 100; i++)); do
		capture parmap sh -c '(sleep 0.01; echo late) & echo early' ::: 1
		expect_status 0
		[ "$(cat out)" != early ] || continue
		same out < <(printf '%s\n' early late)
		return
	done
	false
}

@test "what a job left running, with or without its pipes, is ended when the run ends" {
	capture parmap -j 2 sh -c 'sleep 1000 >/dev/null 2>&1 & (trap "" TERM; sleep 1000 >/dev/null 2>&1) & echo "$1"' sh ::: 1 2 3
	expect 0 $'1\n2\n3\n' ''
	nothing_left
}

@test "with -u as well nothing is waited for and nothing left" {
	capture parmap -u sh -c 'sleep 1000 & echo "$1"' sh ::: 1
	expect 0 $'1\n' ''
	nothing_left
}

@test "what a job left running may go on while the run does" {
	gate gate2
	start -j 1 sh -c 'if [ "$1" = 1 ]; then sleep 1000 >/dev/null 2>&1 & echo $! >pid; else read -r _ <gate2; fi' sh ::: 1 2 >out 2>err
	open_gate gate2
	[ -d "/proc/$(cat pid)" ] || [ "$(wc -l <pid)" -eq 1 ]
	finish
	expect 0 '' ''
	nothing_left
}

@test "a grandchild in a session of its own that holds the pipe does not keep the run, and ends with it" {
	capture parmap sh -c 'mkfifo gate; setsid sh -c "echo \$\$ >grandchild; echo >gate; exec sleep 1000" & read -r _ <gate; echo "$1"' sh ::: a
	expect 0 $'a\n' ''
	ended "$(cat grandchild)"
}

@test "a job that closes its streams early is still waited for" {
	gate gate
	start sh -c 'exec >&- 2>&-; : >ran; read -r _ <gate; : >done; exit 3' ::: a >out 2>err
	wait_for exists ran
	open_gate gate
	finish
	expect 123 '' $'parmap: record 1 "a": exit status 3\n'
	exists 'done'
}

@test "a job that closes one stream goes on with the other" {
	capture parmap sh -c 'exec >&-; "$EMIT" -e 200000 x; exit 1' ::: a
	expect_status 123
	same err < <("$EMIT" -b 200000 x; echo 'parmap: record 1 "a": exit status 1')
}

@test "ended jobs do not stay as zombies while a slow one runs" {
	gate gate1
	start -j 2 sh -c '[ "$1" != 1 ] || read -r _ <gate1; : >"ran$1"' sh < <(seq 30) >out
	wait_for exists ran30
	wait_for no_zombies
	open_gate gate1
	finish
	expect_status 0
}

no_zombies() {
	local stat
	for stat in /proc/[0-9]*/stat; do
		{ read -r stat <"$stat"; } 2>/dev/null || continue
		case $stat in
		*") Z $PID "*) return 1 ;;
		esac
	done
}
