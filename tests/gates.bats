#!/usr/bin/env bats
# When another job may start: slots that signals add and take away, --delay, --load; and how nice it is.

load common

# A job that says that it runs, and then waits at its gate.
waits=': >"ran$0"; read -r _ <"gate$0"; echo "$0"'

sleeps() {
	grep -q '^State:.*S' "/proc/$1/status"
}

@test "USR1 gives one slot more, USR2 one fewer and ends no job" {
	gate gate1 gate2 gate3 gate4 gate5
	start -j 1 sh -c "$waits" ::: 1 2 3 4 5 >out 2>err
	wait_for exists ran1
	kill -USR1 "$PID"
	wait_for exists ran2
	kill -USR1 "$PID"
	wait_for exists ran3
	refute exists ran4
	# Two fewer: the first that ends makes no room, nor does the second.
	kill -USR2 "$PID"
	wait_for no_signal_pending "$PID"
	kill -USR2 "$PID"
	wait_for no_signal_pending "$PID"
	open_gate gate2
	wait_for jobs_are 2
	open_gate gate3
	wait_for jobs_are 1
	refute exists ran4
	open_gate gate1
	wait_for exists ran4
	refute exists ran5
	open_gate gate4
	open_gate gate5
	finish
	expect 0 $'1\n2\n3\n4\n5\n' ''
}

# It has taken what was sent to it, and waits again.
no_signal_pending() {
	grep -q '^ShdPnd:.*0000$' "/proc/$1/status" && sleeps "$1"
}

# That many jobs run.
jobs_are() {
	[ "$(pgrep -c -P "$PID")" -eq "$1" ]
}

@test "USR2 leaves one slot, however often it comes" {
	gate gate1 gate2 gate3 gate4
	start -j 1 sh -c "$waits" ::: 1 2 3 4 >out 2>err
	wait_for exists ran1
	kill -USR2 "$PID"
	wait_for no_signal_pending "$PID"
	open_gate gate1
	wait_for exists ran2
	for i in 1 2 3; do
		kill -USR2 "$PID"
		wait_for no_signal_pending "$PID"
	done
	kill -USR1 "$PID"
	wait_for exists ran3
	refute exists ran4
	open_gate gate2
	open_gate gate3
	open_gate gate4
	finish
	expect 0 $'1\n2\n3\n4\n' ''
}

@test "USR1 and USR2 do the same as xargs" {
	gate gate1 gate2 gate3
	start --dialect xargs -n 1 sh -c "$waits" < <(echo 1 2 3) >out 2>err
	wait_for exists ran1
	kill -USR1 "$PID"
	wait_for exists ran2
	refute exists ran3
	kill -USR2 "$PID"
	wait_for no_signal_pending "$PID"
	open_gate gate2
	wait_for lines_in out 1
	wait_for jobs_are 1
	refute exists ran3
	open_gate gate1
	wait_for exists ran3
	open_gate gate3
	finish
	expect 0 $'2\n1\n3\n' ''
}

@test "slots that USR1 adds have numbers and output like the others, as many as there are descriptors for" {
	skip_under_valgrind "needs descriptors"
	ulimit -n 24
	exec 6<>never
	seq 40 >records
	TEST_MARK=$MARK "${PARMAP_WORDS[@]}" -j 40 -a records true 2>most 3>&- 4>&- 6>&-
	start -j 1 -a records sh -c 'echo "$PARMAP_SLOT" >"ran$PARMAP_SEQ"; read -r _ <never; echo "$0"' 2>err >out 6>&-
	wait_for exists ran1
	last=1
	for ((i = 2; i <= 40; i++)); do
		kill -USR1 "$PID"
		wait_for no_signal_pending "$PID"
		wait_for -t 1 exists "ran$i" >waited || break
		last=$i
		[ "$(cat "ran$i")" -eq "$i" ]
	done
	echo "$last slots"
	[ "$last" -ge 3 ]
	# That many -j can have.
	grep -q " are enough for $last at once" most
	while ! ended "$PID"; do
		echo >&6
		sleep 0.002
	done
	finish
	expect_status 0
	same err </dev/null
	same out <records
}

@test "USR1 that parmap inherited as ignored changes nothing" {
	gate gate1 gate2
	(
		exec 3>&- 4>&-
		TEST_MARK=$MARK exec env --default-signal --ignore-signal=USR1 "${PARMAP_WORDS[@]}" -j 1 sh -c "$waits" ::: 1 2 >out 2>err
	) &
	PID=$!
	wait_for exists ran1
	kill -USR1 "$PID"
	open_gate gate1
	wait_for exists ran2
	open_gate gate2
	finish
	expect 0 $'1\n2\n' ''
}

@test "--delay is the least time from one start to the next; the first starts at once" {
	clocked capture parmap -j 4 --delay 0.2 echo ::: 1 2 3 4
	expect 0 $'1\n2\n3\n4\n' ''
	[ "$TOOK" -ge 600 ]
	# Neither the first start nor the end waits.
	for slots in 1 2; do
		capture parmap -j $slots --delay 1h echo ::: 1
		expect 0 $'1\n' ''
		capture parmap -j $slots --delay 1h echo < <(echo 1)
		expect 0 $'1\n' ''
	done
	# What does not run starts at any time.
	capture parmap --dry-run --delay 1h --load 0 echo ::: 1 2
	expect 0 $'echo 1\necho 2\n' ''
	capture parmap --delay soon echo
	refused --delay=soon
}

@test "a job that waits for --delay delays no limit, no signal, no output" {
	capture parmap -j 2 --delay 1h --timeout 1 --run-timeout 3 sh -c 'echo "$0"; sleep 1000' ::: 1 2
	expect 124 $'1\n' 'parmap: record 1 "1": timed out after 1s
parmap: run time limit of 3s reached
'
	gate gate1
	listen
	start -j 3 --delay 1h sh -c "$waits" ::: 1 2 3 >stream 2>err
	wait_for exists ran1
	open_gate gate1
	hear 1
	kill -TERM "$PID"
	finish
	expect_status 143
	refute exists ran2
	same err </dev/null
}

@test "while a job waits for --delay, no input is read but its own" {
	gate gate1
	mkfifo input
	exec 7<>input
	start -j 4 --delay 1h sh -c "$waits" <input >out 2>err 7>&-
	echo 1 >&7
	wait_for exists ran1
	echo 2 >&7
	wait_for all_was_read
	echo 3 >&7
	sleep 0.2
	refute all_was_read
	kill -TERM "$PID"
	finish
	expect_status 143
	refute exists ran2
}

all_was_read() {
	! read -r -t 0 -u 7
}

# From here on the load average is that of the file load, as seen by parmap alone.
skip_unless_load() {
	load_is 0.00
	PARMAP_WORDS=(unshare -m --propagation unchanged sh -c
		'mount --make-private /proc && mount --bind load /proc/loadavg && exec "$@"' sh "${PARMAP_WORDS[@]}")
	if ! parmap true ::: 1 2>/dev/null; then
		skip "no file can take the place of /proc/loadavg here (needs root)"
	fi
}

load_is() {
	echo "$1 9.00 9.00 1/100 1000" >load
}

@test "--load starts nothing while the load is that or more, even if nothing runs" {
	skip_unless_load
	gate gate1 gate2 gate3
	load_is 3.00
	start --load 3 -j 2 sh -c "$waits" ::: 1 2 3 >out 2>err
	sleep 0.5
	refute exists ran1
	load_is 2.99
	wait_for exists ran1
	wait_for exists ran2
	load_is 3.00
	sleep 1.2
	open_gate gate1
	wait_for lines_in out 1
	sleep 0.2
	refute exists ran3
	load_is 2.99
	wait_for exists ran3
	open_gate gate2
	open_gate gate3
	finish
	expect 0 $'1\n2\n3\n' ''
}

# between LOAD BELOW FROM: it starts a job at the first load, and none at the second.
between() {
	echo "--load $1"
	load_is "$2"
	capture parmap --load "$1" echo ::: 1
	expect 0 $'1\n' ''
	load_is "$3"
	capture parmap --load "$1" --run-timeout 0.1 echo ::: 1
	expect 124 '' $'parmap: run time limit of 0.1s reached\n'
}

@test "--load is a number, or one of CPUs, and 0 is a hundredth" {
	skip_unless_load
	cpus=$(getconf _NPROCESSORS_ONLN)
	between 1.5 1.49 1.50
	between 200% $((2 * cpus - 1)).99 $((2 * cpus)).00
	between +1 "$cpus.99" $((cpus + 1)).00
	[ "$cpus" -eq 1 ] || between -1 $((cpus - 2)).99 $((cpus - 1)).00
	between -100000 0.00 0.01
	between 0 0.00 0.01
}

@test "--load without sense is refused" {
	for load in '' x 1x +5% -- +-1 '1 ' inf -nan %; do
		capture parmap --load="$load" echo
		refused "--load=$load: not a load"
	done
}

@test "--nice is the niceness of jobs and of what they start, not of parmap" {
	ours=$(nice)
	[ "$ours" -lt 19 ] || skip "this runs at the greatest niceness already"
	capture parmap --nice 19 sh -c 'nice; sh -c nice; set -- $(cat /proc/$PPID/stat); shift 18; echo "$1"' ::: 1
	expect 0 "19"$'\n'"19"$'\n'"$ours"$'\n' ''
	# Our own is never too low.
	capture parmap --nice "$ours" sh -c nice ::: 1
	expect 0 "$ours"$'\n' ''
	for bad in 20 -21 x '' 1.5; do
		capture parmap --nice "$bad" echo
		refused "--nice=$bad: "
	done
}

@test "--nice below our own, without the privilege, is refused before anything runs" {
	local ours=$(($(nice) + 2))
	[ "$ours" -le 19 ] || skip "this runs at the greatest niceness already"
	become_nobody
	capture stranger nice -n 2 "${PARMAP_WORDS[@]}" --nice $((ours - 1)) touch ::: ran
	refused "--nice=$((ours - 1)): less than ours, which needs a privilege"
	refute exists ran
	capture stranger nice -n 2 "${PARMAP_WORDS[@]}" --nice "$ours" sh -c nice ::: 1
	expect 0 "$ours"$'\n' ''
}

@test "--nice below our own is granted to the privileged" {
	if ! nice -n -1 true 2>&1 | cmp -s - /dev/null; then
		skip "only the privileged can lower their niceness"
	fi
	capture parmap --nice $(($(nice) - 1)) sh -c nice ::: 1
	expect 0 $(($(nice) - 1))$'\n' ''
}
