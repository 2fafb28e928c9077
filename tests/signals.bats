#!/usr/bin/env bats
# Signals, a dead reader, and the terminal: what parmap passes on, what it leaves behind (nothing), how it dies.

load common

number() {
	kill -l "$1"
}

@test "TERM, INT, HUP and QUIT are passed to the jobs, and parmap dies of them itself" {
	for signal in TERM INT HUP QUIT; do
		ulimit -c 0
		rm -f ran* got*
		start -j 2 sh -c 'trap "echo '$signal' >got$1; exit 1" '$signal'; : >"ran$1"; '"$hang" sh ::: 1 2 3 >out 2>err
		wait_for exists ran1
		wait_for exists ran2
		kill -$signal "$PID"
		finish
		echo "$signal"
		expect $((128 + $(number $signal))) '' ''
		[ "$(cat got1 got2)" = "$signal"$'\n'"$signal" ]
		refute exists ran3
		wait_for -t 5 nothing_left
	done
}

@test "parmap really dies of the signal: its parent sees a death, not a number" {
	for signal in TERM HUP INT QUIT; do
		rm -f ran
		start_measured sh -c ': >ran; sleep 1000' ::: 1
		wait_for exists ran
		kill -$signal "$(cat pid)"
		finish
		[[ $(cat report) == *" signal $(number $signal)" ]]
	done
}

# Like start, below tests/build/measure, so that $T/report tells how parmap ended; its pid is in the file pid.
start_measured() {
	(
		ulimit -c 0
		TEST_MARK=$MARK exec env --default-signal "$BUILD/measure" report sh -c 'echo $$ >pid && exec "$@"' sh "${PARMAP_WORDS[@]}" "$@" \
			>out 2>err 3>&- 4>&-
	) &
	PID=$!
}

@test "a signal ends the whole tree of each job" {
	for signal in TERM INT HUP; do
		rm -f ran*
		start -j 2 sh -c 'sh -c "sleep 1000 & sleep 1000" & sleep 1000 & : >"ran$1"; sleep 1000' sh ::: 1 2 >out 2>err
		wait_for exists ran1
		wait_for exists ran2
		kill -$signal "$PID"
		finish
		expect $((128 + $(number $signal))) '' ''
		wait_for -t 5 nothing_left
	done
}

@test "jobs that ignore the signal are killed --kill-after later" {
	start --kill-after 0.3 -j 2 sh -c 'trap "" TERM; : >"ran$1"; while :; do sleep 1000; done' sh ::: 1 2 >out 2>err
	wait_for exists ran1
	wait_for exists ran2
	kill -TERM "$PID"
	finish
	expect 143 '' ''
	wait_for -t 5 nothing_left
}

@test "a second signal kills at once" {
	start --kill-after 1000 -j 2 sh -c 'trap "" TERM; trap ": >got$1" HUP; : >"ran$1"; '"$hang" sh ::: 1 2 >out 2>err
	wait_for exists ran1
	wait_for exists ran2
	kill -HUP "$PID"
	wait_for exists got1
	wait_for exists got2
	kill -TERM "$PID"
	finish
	[ "$STATUS" -eq 143 ] || [ "$STATUS" -eq 129 ]
	same out </dev/null
	same err </dev/null
	wait_for -t 5 nothing_left
}

@test "the same signal twice at once, as timeout sends it, is no second one: a job may tidy up" {
	# A machine that is too slow for it now is quick enough another time.
	for ((i = 0; i < 50; i++)); do
		rm -f ran got tidied
		start --kill-after 60 sh -c 'trap ": >got; sleep 0.2; : >tidied; exit" TERM; : >ran; '"$hang" ::: 1 >out 2>err
		wait_for exists ran
		kill -TERM "$PID"
		until exists got; do :; done
		kill -TERM "$PID"
		finish
		expect 143 '' ''
		[ ! -e tidied ] || return 0
	done
	false
}

@test "a stopped job is ended by a signal too" {
	start sh -c 'trap "echo got >got; exit 1" TERM; : >ran; kill -STOP $$; '"$hang" ::: 1 >out 2>err
	wait_for exists ran
	kill -TERM "$PID"
	finish
	expect 143 '' ''
	wait_for -t 5 nothing_left
}

@test "what was printed before a signal is whole, and no part of a later job follows" {
	gate gate
	start -j 2 sh -c 'case $1 in 1) echo one;; 2) echo part; : >ran2; sleep 1000;; 3) echo three; : >ran3; sleep 1000;; esac' sh ::: 1 2 3 >out 2>err
	wait_for exists ran2
	wait_for exists ran3
	wait_for lines_in out 2
	kill -TERM "$PID"
	finish
	expect 143 $'one\npart\n' ''
}

@test "a signal ends parmap while it waits for records" {
	mkfifo input
	exec 6<>input
	start cat <input >out 2>err 6>&-
	wait_for sleeps "$PID"
	kill -TERM "$PID"
	finish
	expect 143 '' ''
}

# Waits in a system call, so that it has come as far as it can.
sleeps() {
	local stat
	read -r stat <"/proc/$1/stat" && [[ $stat == *') S '* ]]
}

@test "a signal ends parmap while its stdout blocks" {
	mkfifo stream
	exec 6<>stream
	start --kill-after 0.3 -j 2 sh -c ': >"ran$1"; exec yes' sh ::: 1 2 >stream 2>err 6>&-
	wait_for exists ran1
	wait_for exists ran2
	kill -TERM "$PID"
	# Nobody reads, and nobody will.
	finish
	expect_status 143
	same err </dev/null
}

@test "kill -9 of parmap takes its jobs along, where the kernel grants a parent-death signal" {
	start -j 3 sh -c ': >"ran$1"; exec sleep 1000' sh ::: 1 2 3 >out 2>err
	for i in 1 2 3; do
		wait_for exists "ran$i"
	done
	kill -KILL "$PID"
	finish
	expect_status 137
	wait_for -t 10 nothing_left
}

@test "a TERM at any moment leaves nothing behind, and what was printed is how the right output begins" {
	seq 300 | serial "$EMIT" >wanted 2>/dev/null
	for ((i = 0; i < 25; i++)); do
		start -q -j 4 "$EMIT" < <(seq 300) >out 2>/dev/null
		sleep "0.0$((i * 4 % 100 / 10))$((i * 4 % 10))"
		kill -TERM "$PID" || :
		finish
		[ "$STATUS" -eq 143 ] || [ "$STATUS" -eq 123 ]
		cmp -n "$(wc -c <out)" out wanted
		nothing_left
	done
}

@test "a KILL at any moment takes the jobs along, where the kernel grants a parent-death signal" {
	for ((i = 0; i < 25; i++)); do
		start -q -j 4 sleep < <(yes 1000) >/dev/null 2>&1
		sleep "0.0$((i * 2 % 100 / 10))$((i * 2 % 10))"
		kill -KILL "$PID"
		finish
		wait_for -t 10 nothing_left
	done
}

@test "a reader that goes away ends the jobs, and parmap dies of PIPE without a word" {
	set +e
	parmap -j 2 yes ::: a b c 2>err | head -n 1 >out
	STATUS=${PIPESTATUS[0]}
	set -e
	expect 141 $'a\n' ''
	wait_for -t 5 nothing_left
}

@test "a reader that goes away while the jobs are silent is noticed too" {
	mkfifo stream
	start -j 2 sh -c 'echo "$1"; : >"ran$1"; exec sleep 1000' sh ::: 1 2 > >(head -n 1 >out) 2>err
	finish
	expect 141 $'1\n' ''
	wait_for -t 5 nothing_left
}

@test "a reader of stderr that goes away ends the run as well" {
	mkfifo stream
	exec 6<>stream
	start -j 2 sh -c 'exec yes >&2' ::: 1 2 >out 2>stream 6>&-
	exec 7<stream 6>&-
	read -r _ <&7
	exec 7>&-
	finish
	[ "$STATUS" -eq 141 ] || [ "$STATUS" -eq 125 ]
	wait_for -t 5 nothing_left
}

@test "with --unordered, --line-buffer and -u a reader that goes away ends the run too" {
	for option in --unordered --line-buffer -u; do
		set +e
		yes a | head -n 3000 | parmap $option -j 2 sh -c 'for i in 1 2 3; do echo "$1" 2>/dev/null; done' sh 2>err | head -n 1 >out
		STATUS=${PIPESTATUS[2]}
		set -e
		echo "$option: $STATUS"
		same out < <(echo a)
		expect_status 141
		# With -u a job may have met the closed pipe before parmap did.
		[ $option = -u ] || same err </dev/null
		wait_for -t 5 nothing_left
	done
}

@test "after nohup a HUP ends neither parmap nor its jobs" {
	gate gate
	(
		exec 3>&- 4>&-
		TEST_MARK=$MARK exec env --default-signal --ignore-signal=HUP "${PARMAP_WORDS[@]}" sh -c ': >ran; read -r _ <gate; grep SigIgn /proc/self/status' ::: 1 >out 2>err
	) &
	PID=$!
	wait_for exists ran
	kill -HUP "$PID"
	open_gate gate
	finish
	expect_status 0
	same err </dev/null
	[ "$(signals_of out)" = "SigIgn 1" ]
}

@test "INT and QUIT that parmap inherited as ignored, as after & in sh, stay ignored" {
	gate gate
	(
		exec 3>&- 4>&-
		TEST_MARK=$MARK exec env --default-signal --ignore-signal=INT,QUIT "${PARMAP_WORDS[@]}" sh -c ': >ran; read -r _ <gate; grep SigIgn /proc/self/status' ::: 1 >out 2>err
	) &
	PID=$!
	wait_for exists ran
	kill -INT "$PID"
	kill -QUIT "$PID"
	open_gate gate
	finish
	expect_status 0
	same err </dev/null
	[ "$(signals_of out)" = "SigIgn 6" ]
}

@test "STOP and CONT of parmap lose nothing" {
	gate gate
	start -j 2 sh -c 'echo "$1"; [ "$1" != 1 ] || read -r _ <gate; echo "$1"; : >"ran$1"' sh ::: 1 2 3 4 >out 2>err
	wait_for lines_in out 1
	kill -STOP "$PID"
	wait_for in_state T "$PID"
	open_gate gate
	wait_for exists ran1
	kill -CONT "$PID"
	finish
	expect 0 $'1\n1\n2\n2\n3\n3\n4\n4\n' ''
}

in_state() {
	local stat
	read -r stat <"/proc/$2/stat" && [[ $stat == *') '$1' '* ]]
}

# The terminal tests: an interactive bash on a pty, and parmap in it, with a script "go" and its jobs' pids in pids.

on_terminal() {
	if ! command -v python3 >/dev/null; then
		skip "python3 is not installed, which is the terminal here"
	fi
	cat >go <<-EOF
		TEST_MARK=$MARK
		export TEST_MARK
		echo \$\$ >parmap
		exec$(printf ' %q' "${PARMAP_WORDS[@]}") -j 2 sh -c 'echo \$\$ >>pids; read -r _ <"gate\$1"; echo done \$1' sh ::: 1 2 3
	EOF
	gate gate1 gate2 gate3
	echo "PS1='ready> '" >rc
	TERM=dumb env --default-signal python3 "$TESTS/helpers/terminal.py" "$BASH" --noprofile --rcfile rc -i 3>&- 4>&-
}

started='check [ "$(wc -l <pids)" -eq 2 ]'
all_stopped='check for p in $(cat parmap pids); do grep -q "^State:.*T (stopped)" /proc/$p/status || exit 1; done'
# The shell knows of the end of what it has waited for.
all_gone='check [ ! -e "/proc/$(cat parmap)" ] || exit 1; for p in $(cat pids); do if grep "^State:" /proc/$p/status | grep -qv Z; then exit 1; fi; done'
none_stopped='check for p in $(cat parmap pids); do if grep -q "^State:.*T (stopped)" /proc/$p/status; then exit 1; fi; done'

@test "Ctrl-Z stops parmap and its jobs, fg continues them, and nothing is lost" {
	skip_under_valgrind "does not stop for TSTP"
	on_terminal <<-EOF
		expect ready>
		send sh go\n
		$started
		send \x1a
		expect Stopped
		$all_stopped
		send fg\n
		expect go
		$none_stopped
		check echo >gate1
		check echo >gate2
		check echo >gate3
		expect done 1
		expect done 2
		expect done 3
		send echo "status=\$?"\n
		expect status=0
		send exit\n
		end
	EOF
}

@test "Ctrl-Z and bg: the jobs go on in the background" {
	skip_under_valgrind "does not stop for TSTP"
	on_terminal <<-EOF
		expect ready>
		send sh go\n
		$started
		send \x1a
		expect Stopped
		$all_stopped
		send bg\n
		expect go
		$none_stopped
		check echo >gate1
		check echo >gate2
		check echo >gate3
		expect done 1
		expect done 2
		expect done 3
		send wait %1; echo "status=\$?"\n
		expect status=0
		send exit\n
		end
	EOF
}

@test "Ctrl-Z twice: stopping works again after continuing" {
	skip_under_valgrind "does not stop for TSTP"
	on_terminal <<-EOF
		expect ready>
		send sh go\n
		$started
		send \x1a
		expect Stopped
		$all_stopped
		send fg\n
		expect go
		$none_stopped
		send \x1a
		expect Stopped
		$all_stopped
		send fg\n
		$none_stopped
		check echo >gate1
		check echo >gate2
		check echo >gate3
		expect done 3
		send exit\n
		end
	EOF
}

@test "a kill ends parmap and its jobs also while Ctrl-Z has stopped them" {
	skip_under_valgrind "does not stop for TSTP"
	on_terminal <<-EOF
		expect ready>
		send sh go\n
		$started
		send \x1a
		expect Stopped
		$all_stopped
		send kill %1\n
		$all_gone
		send exit\n
		end
	EOF
}

@test "Ctrl-C ends parmap and its jobs, and the shell sees 130" {
	on_terminal <<-EOF
		expect ready>
		send sh go\n
		$started
		send \x03
		expect ready>
		send echo "status=\$?"\n
		expect status=130
		$all_gone
		send exit\n
		end
	EOF
}

@test "Ctrl-\\ ends parmap and its jobs, and the shell sees 131" {
	ulimit -c 0
	on_terminal <<-EOF
		expect ready>
		send sh go\n
		$started
		send \x1c
		expect ready>
		send echo "status=\$?"\n
		expect status=131
		$all_gone
		send exit\n
		end
	EOF
}

@test "a job that asks the terminal, which it may not, does not wait for ever" {
	printf 'export TEST_MARK=%s\nexec%s sh -c "echo asks; read x </dev/tty; echo never" ::: 1\n' \
		"$MARK" "$(printf ' %q' "${PARMAP_WORDS[@]}")" >asks
	on_terminal <<-EOF
		expect ready>
		send sh asks; echo "status=\$?"\n
		expect parmap: record 1
		expect status=123
		send exit\n
		end
	EOF
}

@test "a terminal that goes away ends parmap and its jobs" {
	on_terminal <<-EOF
		expect ready>
		send sh go\n
		$started
		close
		$all_gone
	EOF
}
