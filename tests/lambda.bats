#!/usr/bin/env bats
# parmap in AWS Lambda: inside a sandbox that offers what provided.al2023 does, and nothing more.

load common

LAMBDA=$TESTS/lambda

# Where tests put what is /var/task and /opt inside.
setup_file() {
	local why
	mkdir -p "$BATS_FILE_TMPDIR/opt/bin" "$BATS_FILE_TMPDIR/task"
	why=$("$LAMBDA/sandbox.sh" -m 2>&1) || {
		[ $? -ne 77 ] || skip "$why"
		echo "$why"
		return 1
	}
	local parmap=${LAMBDA_PARMAP:-$BUILD/lambda/parmap}
	[ -x "$parmap" ] || skip 'there is no static parmap (with sanitizers there can be none)'
	cp "$parmap" "$BATS_FILE_TMPDIR/opt/bin/parmap"
	cp "$BUILD/lambda/probe" "$BATS_FILE_TMPDIR/task/probe"
	# Of a sandbox that is not what it says, nothing is believed.
	sandbox /var/task/probe
}

OPT=$BATS_FILE_TMPDIR/opt
TASK=$BATS_FILE_TMPDIR/task

# sandbox [option ...] command [argument ...]: see sandbox.sh.
sandbox() {
	timeout --foreground -k 5 "$LIMIT" "$LAMBDA/sandbox.sh" -o "$OPT" -t "$TASK" "$@" </dev/null
}

# The same, with a stdin.
sandbox_stdin() {
	timeout --foreground -k 5 "$LIMIT" "$LAMBDA/sandbox.sh" -o "$OPT" -t "$TASK" "$@"
}

# A program that runs in the sandbox as a file of the function's code.
in_task() {
	cat >"$TASK/$1" && chmod 755 "$TASK/$1"
}

# The probe fails, and says this.
found_out() {
	expect_status 1
	if [ "$(grep -v '^descriptor' "$T/out")" != "$1" ]; then
		echo "expected: $1"
		cat "$T/out"
		return 1
	fi
}

@test "the sandbox is what it says, with each filter, without /proc, and with a limit of processes" {
	local filter
	for filter in none prctl all; do
		capture sandbox -f $filter /var/task/probe $filter
		expect 0 '' ''
		capture sandbox -f $filter -P /var/task/probe -P $filter
		expect 0 '' ''
	done
	[ "$(id -u)" -eq 0 ] || skip 'only root can limit the processes of another user'
	capture sandbox -u 20 /var/task/probe -u 20
	expect 0 '' ''
}

@test "its probe finds fault with everything outside" {
	local what
	capture "$BUILD/lambda/probe"
	expect_status 1
	for what in 'the user is' '/ is not read-only' '/tmp is not' 'there is a /dev/' 'there is a program find' \
		'the variable LD_LIBRARY_PATH is' 'a call of another architecture is answered' 'there can be more descriptors' \
		'clone3: ' 'memfd_create: ' 'pidfd_open: ' 'prctl(PR_SET_CHILD_SUBREAPER): success, not EPERM'; do
		grep -qF "$what" out || {
			echo "the probe did not find: $what"
			return 1
		}
	done
}

@test "its probe finds a fault that is the only one" {
	capture sandbox -b --dev -b /dev /var/task/probe
	expect_status 1
	grep -qx 'there is a /dev/shm' out
	grep -qx 'there is a /dev/fd' out
	capture sandbox -b --tmpfs -b /opt /var/task/probe
	found_out '/opt is not read-only'
	capture sandbox -b --setenv -b HOME -b /tmp /var/task/probe
	found_out 'there is a variable HOME=/tmp'
	capture sandbox -b --unsetenv -b TZ /var/task/probe
	found_out 'the variable TZ is missing'
	capture sandbox -b --size -b 1048576 -b --tmpfs -b /tmp /var/task/probe
	found_out '/tmp is not 512 MiB of memory'
	capture sandbox -P /var/task/probe
	found_out 'there is no /proc'
	capture sandbox /var/task/probe -P
	found_out 'there is a /proc'
	capture sandbox /var/task/probe prctl
	found_out 'prctl(PR_GET_DUMPABLE): success, not EPERM'
	capture sandbox -f prctl /var/task/probe
	found_out 'prctl(PR_GET_DUMPABLE): EPERM, not success'
	in_task find <<<'#!/bin/sh'
	capture sandbox /var/task/probe
	rm "$TASK/find"
	found_out 'there is a program find'
	capture sandbox -f off /var/task/probe
	expect_status 1
	grep -qx 'clone3: EINVAL, not ENOSYS' out
	grep -qx 'a call of another architecture is answered' out
	refute grep -q -e /dev -e variable out
}

@test "200 results of 100 KiB come in order and whole, four at a time, with each filter and without /proc" {
	local how
	# shellcheck disable=SC2016
	in_task work <<-'END'
	#!/bin/bash
	sleep "0.00$((RANDOM % 10))"
	yes "record $1 of many" | head -c 102400
	END
	seq 200 | serial bash "$TASK/work" >expected.200
	[ "$(wc -c <expected.200)" -eq 20480000 ]
	for how in '-f none' '-f all -P'; do
		seq 200 >records
		# shellcheck disable=SC2086 # words
		capture sandbox_stdin $how parmap -j 4 ./work <records
		expect_status 0
		cmp out expected.200
		[ ! -s err ]
	done
}

@test "as many jobs as there can be are run, whatever -j says, where descriptors or processes are few" {
	capture sandbox parmap -j 5000 echo ::: 1 2 3
	expect 0 $'1\n2\n3\n' $'parmap: -j 5000: 1024 descriptors (ulimit -n) are enough for 507 at once\n'
	seq 400 >records
	capture sandbox_stdin sh -c 'ulimit -n 64 && exec parmap -j 100 echo' <records
	expect_status 0
	cmp out records
	grep -qx 'parmap: -j 100: 64 descriptors (ulimit -n) are enough for [0-9]* at once' err
	[ "$(id -u)" -eq 0 ] || skip 'only root can limit the processes of another user'
	capture sandbox_stdin -u 20 parmap -j 64 sh -c 'read -r -t 0.1; echo "$1"' sh <records
	expect_status 0
	cmp out records
	[ "$(wc -l <err)" -le 1 ]
}

@test "functions, a warm shell and a coprocess work with everything refused, and without /proc" {
	in_task functions <<<'twice() { echo $((2 * $1)); }'
	capture sandbox -f all -P parmap -j 2 --shell-init functions -c 'twice {}' ::: 1 2 3
	expect 0 $'2\n4\n6\n' ''
	capture sandbox -f all -P parmap -j 2 --coprocess gawk '{ print 2 * $1; fflush() }' ::: 1 2 3
	expect 0 $'2\n4\n6\n' ''
	printf %s text >"$TASK/text"
	capture sandbox -f all -P parmap --builtin sha256 ::: text
	expect 0 "$(sha256sum <"$TASK/text" | cut -d ' ' -f 1)  text"$'\n' ''
}

@test "a record of 5 MB goes to a job by its stdin, from stdin and from a file" {
	head -c 3750000 /dev/urandom | base64 -w 0 >"$TASK/event"
	[ "$(wc -c <"$TASK/event")" -eq 5000000 ]
	capture sandbox_stdin -f all parmap --stdin sha256sum <"$TASK/event"
	expect 0 "$({ cat "$TASK/event"; echo; } | sha256sum)"$'\n' ''
	capture sandbox -f all parmap -a event --stdin sha256sum
	expect 0 "$({ cat "$TASK/event"; echo; } | sha256sum)"$'\n' ''
	rm "$TASK/event"
}

@test "results larger than memory may be go to /tmp, as TMPDIR is unset, and nothing is on stderr" {
	capture sandbox sh -c 'parmap -j 4 --buffer 64K sh -c "sleep 0.\$((4 - \$1)); yes \$1 | head -c 3000000" sh ::: 1 2 3; echo "$(ls -A /tmp)" "${HOME-unset}"'
	expect_status 0
	[ ! -s err ]
	{ seq 3 | serial sh -c 'yes "$1" | head -c 3000000' sh; echo ' unset'; } | cmp - out
}
