#!/usr/bin/env bats
# Whoever left the process group of a job, with setsid or otherwise: ended with it, and not left when parmap ends.

load common

# Where the kernel does not tell who the children of a process are, nothing of this can be.
setup_file() {
	local tasks="/proc/$BASHPID/task/$BASHPID"
	[ -r "$tasks/children" ] || skip "this kernel has no $tasks/children"
}

# For sh: starts a child in a new session that sets $traps, has its number written into the file of that name, and does what is in
# $escapee.
escapes='escapes() { setsid sh -c "$traps echo \$\$ >\"$1.tmp\"; mv \"$1.tmp\" \"$1\"; $escapee" & until [ -e "$1" ]; do sleep 0.01; done; }; '
deaf='trap "" HUP INT TERM;'
export traps='' escapee=$hang
# For sh: ends when the process with the number in that file is gone.
gone='gone() { while kill -0 "$(cat "$1")" 2>/dev/null; do sleep 0.01; done; echo "$1 is gone"; }; '

is_gone() {
	ended "$(cat "$1")"
}

@test "at its limit a job is ended with whoever left its group, while the run goes on" {
	for traps in '' "$deaf"; do
		rm -f escapee
		capture parmap -q -j 1 --timeout 2 --kill-after 0.3 sh -c "$escapes$gone"'case $1 in 1) escapes escapee; sleep 1000;; 2) gone escapee;; esac' sh ::: 1 2
		expect 124 $'escapee is gone\n' ''
	done
}

@test "TERM, INT and HUP reach whoever left the group of a job, and so does KILL if it ignores them" {
	for signal in TERM INT HUP; do
		for traps in '' "$deaf" "trap 'echo $signal >got; exit' $signal;"; do
			rm -f ran1 escapee got
			start --kill-after 0.3 -j 1 sh -c "$escapes"'escapes escapee; : >"ran$1"; sleep 1000' sh ::: 1 2 >out 2>err
			wait_for exists ran1
			kill -$signal "$PID"
			finish
			expect $((128 + $(kill -l $signal))) '' ''
			is_gone escapee
			nothing_left
		done
		# What a shell starts in the background ignores INT.
		[ $signal = INT ] || [ "$(cat got)" = $signal ]
	done
}

@test "a second signal kills whoever left the group at once too" {
	traps="trap ': >got' HUP; trap '' TERM;"
	start --kill-after 1000 -j 1 sh -c "$escapes"'escapes escapee; trap "" HUP TERM; : >ran; while :; do sleep 1000; done' ::: 1 >out 2>err
	wait_for exists ran
	kill -HUP "$PID"
	wait_for exists got
	kill -TERM "$PID"
	finish
	is_gone escapee
	nothing_left
}

@test "--halt now and --run-timeout end whoever left the group as well" {
	for traps in '' "$deaf"; do
		rm -f escapee
		capture parmap -q -j 2 --kill-after 0.3 --halt now,fail=1 sh -c "$escapes"'if [ "$1" = 1 ]; then escapes escapee; sleep 1000; else until [ -e escapee ]; do sleep 0.01; done; exit 3; fi' sh ::: 1 2
		expect 3 '' ''
		is_gone escapee
		rm -f escapee
		capture parmap -q --kill-after 0.3 --run-timeout 3 sh -c "$escapes"'escapes escapee; sleep 1000' ::: 1
		expect 124 '' $'parmap: run time limit of 3s reached\n'
		is_gone escapee
		nothing_left
	done
}

@test "generations of sessions, and groups without one, are ended with the job" {
	escapee="setsid sh -c 'echo \$\$ >second; exec sleep 1000' & timeout 1000 sh -c 'echo \$\$ >third; exec sleep 1000' & wait"
	capture parmap -q -j 1 --timeout 2 sh -c "$escapes$gone"'case $1 in 1) escapes first; sleep 1000;; 2) gone first; gone second; gone third;; esac' sh ::: 1 2
	expect 124 $'first is gone\nsecond is gone\nthird is gone\n' ''
}

@test "what a process calls itself hides nobody" {
	cp "$(command -v sleep)" ') Z 1 1 (x'
	escapee='exec "./) Z 1 1 (x" 1000'
	capture parmap -q -j 1 --timeout 2 sh -c "$escapes$gone"'case $1 in 1) escapes escapee; sleep 1000;; 2) gone escapee;; esac' sh ::: 1 2
	expect 124 $'escapee is gone\n' ''
}

@test "who was started by a thread is found" {
	if ! command -v python3 >/dev/null; then
		skip "python3 is not installed, which has the threads here"
	fi
	cat >threads <<-'END'
		import subprocess, threading, time
		def work():
		    child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
		    with open("escapee", "w") as f:
		        print(child.pid, file=f)
		    time.sleep(1000)
		threading.Thread(target=work).start()
	END
	capture parmap -q -j 1 --timeout 3 sh -c "$gone"'case $1 in 1) exec python3 threads;; 2) gone escapee;; esac' sh ::: 1 2
	expect 124 $'escapee is gone\n' ''
}

@test "orphans in sessions of their own are gone when parmap ends, whatever they ignore and whatever their environment" {
	capture parmap --kill-after 0.3 setsid sleep ::: 1000 1000
	expect 0 '' ''
	nothing_left
	for traps in '' "$deaf"; do
		rm -f escapee*
		capture parmap --kill-after 0.3 sh -c "$escapes"'(escapes "escapee$1") >/dev/null 2>&1; exec env -i setsid sleep 1000' sh ::: 1 2 3
		expect 0 '' ''
		is_gone escapee1
		is_gone escapee2
		is_gone escapee3
		nothing_left
	done
}

@test "orphans that start others in new sessions when they are ended do not hold up the end, and leave nobody" {
	traps='trap "setsid sh -c \"trap \\\"\\\" TERM; sleep 1000\" & setsid sleep 1000 & exit" TERM;'
	clocked capture parmap --kill-after 0.5 sh -c "$escapes"'escapes "escapee$1"' sh ::: 1 2
	expect 0 '' ''
	is_gone escapee1
	nothing_left
	[ "$TOOK" -lt 30000 ]
}

@test "an orphan may go on while the run does, if there is no time limit" {
	capture parmap -j 1 sh -c "$escapes"'case $1 in 1) escapes escapee;; 2) sleep 0.3; kill -0 "$(cat escapee)" && echo there;; esac' sh ::: 1 2
	expect 0 $'there\n' ''
	is_gone escapee
}

@test "--timeout is also the limit of orphans, and of what is left of a group" {
	traps=$deaf
	capture parmap -j 1 --timeout 3 --kill-after 0.2 sh -c "$escapes$gone"'case $1 in
		1) (escapes escapee; sleep 1000 & echo $! >grandchild) >/dev/null 2>&1;;
		2) sleep 2.5;;
		3) gone escapee; gone grandchild;;
		esac' sh ::: 1 2 3
	expect 0 $'escapee is gone\ngrandchild is gone\n' ''
	nothing_left
}

# What executes parmap has children, who are none of its business. Their marks are their own.
with_strangers() {
	cat >go <<-'END'
		sh -c 'sleep 1000 & echo $! >orphan; echo $$ >stranger; read -r _ <gate0; exit' &
		until [ -s stranger ]; do sleep 0.01; done
		export TEST_MARK="$MARK"
		exec "$@"
	END
	gate gate0
	MARK=$MARK timeout --foreground -k 5 "$LIMIT" sh go "${PARMAP_WORDS[@]}" "$@"
}

strangers_live() {
	refute ended "$(cat stranger)"
	refute ended "$(cat orphan)"
}

@test "children of the program that executed parmap are neither ended nor waited for, nor are their orphans" {
	for PARMAP_SEQ in '' 1 7; do
		export PARMAP_SEQ
		[ -n "$PARMAP_SEQ" ] || unset PARMAP_SEQ
		rm -f gate0 stranger orphan escapee
		capture with_strangers -q --timeout 2 --kill-after 0.2 sh -c "$escapes"'escapes "escapee$1"; sleep 1000' sh ::: 1 2
		expect 124 '' ''
		strangers_live
		kill "$(cat stranger)" "$(cat orphan)"
		rm -f gate0 stranger orphan escapee*
		# Now the stranger ends and leaves an orphan, while a job leaves another.
		capture with_strangers -j 1 sh -c "$escapes"'case $1 in 1) :;; 2) escapes escapee; echo >gate0; while kill -0 "$(cat stranger)" 2>/dev/null; do sleep 0.01; done;; esac' sh ::: 1 2
		expect 0 '' ''
		refute ended "$(cat orphan)"
		is_gone escapee
		kill "$(cat orphan)"
		nothing_left
		rm -f escapee
	done
	unset PARMAP_SEQ
}

@test "a /proc that has other processes by the same numbers is not asked" {
	if ! unshare -fp true 2>/dev/null; then
		skip "no namespace can be made here (needs root)"
	fi
	# There job 1 is process 2, which in our /proc has children.
	export TEST_MARK=$MARK
	capture timeout --foreground -k 5 "$LIMIT" unshare -fp --kill-child "${PARMAP_WORDS[@]}" -q -j 2 --timeout 2 \
		sh -c 'case $1 in 1) sleep 1000;; *) sleep 0.9; echo "$1";; esac' sh ::: 1 2 3 4
	unset TEST_MARK
	expect 124 $'2\n3\n4\n' ''
	nothing_left
}

@test "without /proc nobody who left the group is found, nothing is said, and the run is not held up" {
	skip_if_watched "a machine without /proc"
	skip_unless_mounts
	export TEST_MARK=$MARK
	capture with_disk size=64k sh -c 'mount --make-private /proc && mount -t tmpfs none /proc && exec "$@"' sh \
		timeout --foreground -k 5 "$LIMIT" "${PARMAP_WORDS[@]}" -q --timeout 3 --kill-after 0.3 sh -c "$escapes"'escapes escapee; sleep 1000' ::: 1
	unset TEST_MARK
	expect 124 '' ''
	refute is_gone escapee
	kill -KILL "$(cat escapee)"
	wait_for nothing_left
}

@test "a hundred hung jobs, half of which ignore TERM and a tenth of which left for sessions of their own: all are gone soon after the limit" {
	cat >job <<-'END'
		trap=
		[ $(($1 % 2)) -eq 0 ] || trap='trap "" TERM; '
		hang="${trap}while :; do sleep 1000; done"
		case $1 in
		*5) exec setsid sh -c "$hang" ;;
		*0) exec setsid -w sh -c "$hang" ;;
		*) eval "$hang" ;;
		esac
	END
	clocked capture parmap -q -j 100 --timeout 2 --kill-after 1 sh job < <(seq 100)
	expect_status 124
	same out </dev/null
	same err </dev/null
	nothing_left
	[ "$TOOK" -ge 2000 ]
	[ "$TOOK" -lt 30000 ]
}
