#!/usr/bin/env bats
# parmap in AWS Lambda: inside a sandbox that offers what provided.al2023 does, and nothing more.

load common

LAMBDA=$TESTS/lambda

OPT=$BATS_FILE_TMPDIR/opt # /opt for all tests
TASK=$T/task # /var/task

setup_file() {
	local parmap=${LAMBDA_PARMAP:-$ROOT/build/$(uname -m)/parmap} why status=0
	mkdir -p "$OPT/bin"
	why=$("$LAMBDA/sandbox.sh" -m 2>&1) || status=$?
	[ $status -ne 0 ] || command -v jq >/dev/null || why='there is no jq' status=77
	[ -s "$parmap" ] || why='there is no static parmap (make static)' status=77
	if [ $status -ne 0 ]; then
		echo "$why"
		export NOT_HERE=$why
		[ $status -eq 77 ]
		return
	fi
	cp "$parmap" "$OPT/bin/parmap"
	cp "$BUILD/lambda/probe" "$OPT/bin/probe"
	# Of a sandbox that is not what it says, nothing is believed.
	"$LAMBDA/sandbox.sh" -o "$OPT" probe
}

# sandbox [option ...] command [argument ...]: see sandbox.sh.
sandbox() {
	mkdir -p "$TASK"
	timeout --foreground -k 5 "$LIMIT" "$LAMBDA/sandbox.sh" -o "$OPT" -t "$TASK" "$@"
}

# A program that runs in the sandbox as a file of the function's code.
in_task() {
	mkdir -p "$TASK"
	cat >"$TASK/$1"
	chmod 755 "$TASK/$1"
}

# event BYTES ...: events that the platform has for the function, each what an argument says.
event() {
	local n=0
	mkdir -p events
	for event; do
		n=$((n + 1))
		printf %s "$event" >"events/$n.event"
	done
}

readme_bootstrap() {
	sed -n '/^## In AWS Lambda/,/^## /{ /^```bash$/,/^```$/{ /^```/d; p } }' "$ROOT/README.md" | in_task bootstrap
}

# platform [option of api ...] [-- option of sandbox ...]: gives the events to the bootstrap in $TASK; without one, that is the
# one of the README.
platform() {
	local options=()
	while [ $# -gt 0 ]; do
		[ "$1" != -- ] || { shift; break; }
		options+=("$1")
		shift
	done
	[ -e "$TASK/bootstrap" ] || readme_bootstrap
	timeout --foreground -k 5 "$LIMIT" "$BUILD/lambda/api" "${options[@]}" events \
		"$LAMBDA/sandbox.sh" -o "$OPT" -t "$TASK" "$@" ./bootstrap
}

# outcome N WORDS: how event N ended.
outcome() {
	local is
	is=$(cat "events/$1.outcome")
	if [ "$is" != "$2" ]; then
		echo "event $1: $is, expected $2"
		cat err
		return 1
	fi
}

# only_runtime N ...: after these events there was nothing but the sandbox and the runtime, which asks for the next one.
only_runtime() {
	for n; do
		same "events/$n.left" <<-'END'
		bootstrap
		bwrap
		bwrap
		curl
		END
	done
}

# body N FILTER: what jq makes of the answer.
body() {
	jq -c "$2" "events/$1.body"
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
		capture sandbox -f $filter probe $filter
		expect 0 '' ''
		capture sandbox -f $filter -P probe -P $filter
		expect 0 '' ''
	done
	[ "$(id -u)" -eq 0 ] || skip 'only root can limit the processes of another user'
	capture sandbox -u 20 probe -u 20
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
	capture sandbox -b --dev -b /dev probe
	expect_status 1
	grep -qx 'there is a /dev/shm' out
	grep -qx 'there is a /dev/fd' out
	capture sandbox -b --tmpfs -b /var/task probe
	found_out '/var/task is not read-only'
	capture sandbox -b --setenv -b HOME -b /tmp probe
	found_out 'there is a variable HOME=/tmp'
	capture sandbox -b --unsetenv -b TZ probe
	found_out 'the variable TZ is missing'
	capture sandbox -b --perms -b 1777 -b --size -b 1048576 -b --tmpfs -b /tmp probe
	found_out '/tmp is not 512 MiB of memory'
	capture sandbox -P probe
	found_out 'there is no /proc'
	capture sandbox probe -P
	found_out 'there is a /proc'
	capture sandbox probe prctl
	found_out 'prctl(PR_GET_DUMPABLE): success, not EPERM'
	capture sandbox -f prctl probe
	found_out 'prctl(PR_GET_DUMPABLE): EPERM, not success'
	in_task find <<<'#!/bin/sh'
	capture sandbox probe
	found_out 'there is a program find'
	capture sandbox -f off probe
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
		capture sandbox $how parmap -j 4 ./work <records
		expect_status 0
		cmp out expected.200
		[ ! -s err ]
	done
}

@test "as many jobs as there can be are run, whatever -j says, where descriptors or processes are few" {
	capture sandbox parmap -j 5000 echo ::: 1 2 3
	expect 0 $'1\n2\n3\n' $'parmap: -j 5000: 1024 descriptors (ulimit -n) are enough for 507 at once\n'
	seq 400 >records
	capture sandbox sh -c 'ulimit -n 64 && exec parmap -j 100 echo' <records
	expect_status 0
	cmp out records
	grep -qx 'parmap: -j 100: 64 descriptors (ulimit -n) are enough for [0-9]* at once' err
	[ "$(id -u)" -eq 0 ] || skip 'only root can limit the processes of another user'
	capture sandbox -u 20 parmap -j 64 sh -c 'read -r -t 0.1; echo "$1"' sh <records
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
	printf %s text | in_task text
	capture sandbox -f all -P parmap --builtin sha256 ::: text
	expect 0 "$(sha256sum <"$TASK/text" | cut -d ' ' -f 1)  text"$'\n' ''
}

@test "a record of 5 MB goes to a job by its stdin, from stdin and from a file" {
	head -c 3750000 /dev/urandom | base64 -w 0 | in_task event
	[ "$(wc -c <"$TASK/event")" -eq 5000000 ]
	capture sandbox -f all parmap --stdin sha256sum <"$TASK/event"
	expect 0 "$({ cat "$TASK/event"; echo; } | sha256sum)"$'\n' ''
	capture sandbox -f all parmap -a event --stdin sha256sum
	expect 0 "$({ cat "$TASK/event"; echo; } | sha256sum)"$'\n' ''
}

@test "results larger than memory may be go to /tmp, as TMPDIR is unset, and nothing is on stderr" {
	capture sandbox sh -c 'parmap -j 4 --buffer 64K sh -c "sleep 0.\$((4 - \$1)); yes \$1 | head -c 3000000" sh ::: 1 2 3; echo "$(ls -A /tmp)" "${HOME-unset}"'
	expect_status 0
	[ ! -s err ]
	{ seq 3 | serial sh -c 'yes "$1" | head -c 3000000' sh; echo ' unset'; } | cmp - out
}

@test "the handler of the manual answers half a second before the limit" {
	local ms=$((${EPOCHREALTIME/./} / 1000))
	in_task work <<-'END'
	#!/bin/bash
	sleep "$1"
	echo "did $1"
	END
	sed -n '/^\.Sh IN AWS LAMBDA/,/^\.Sh ENV/{ /^\.Bd/,/^\.Ed/{ /^\./d; s/\\e/\\/; p } }' "$ROOT/man/parmap.1" | in_task handler
	printf '%s\n' 0 1000 0.1 >records
	clocked capture sandbox -e "AWS_LAMBDA_DEADLINE_MS=$((ms + 2500))" bash handler <records
	expect_status 124
	[ "$(jq -c . out)" = '["did 0\n",null,"did 0.1\n"]' ]
	[ "$TOOK" -lt 30000 ]
}

# Here begins what needs the platform.

@test "the platform is what it says: time limit, sizes, errors, restarts" {
	# Without anything of parmap.
	in_task bootstrap <<-'END'
	#!/bin/bash
	url=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
	post() { curl -sS -o /tmp/said -w '%{http_code} ' "$@" && cat /tmp/said; }
	echo "begin $(post --data-binary bad "$url/init/error")"
	while curl -sS -D /tmp/head -o /tmp/event "$url/invocation/next"; do
		id=$(sed -n 's/^Lambda-Runtime-Aws-Request-Id: \(.*\)\r/\1/p' /tmp/head)
		deadline=$(sed -n 's/^Lambda-Runtime-Deadline-Ms: \(.*\)\r/\1/p' /tmp/head)
		at=$url/invocation/$id
		read -r what <<<"$(cat /tmp/event)"
		case $what in
		ok) echo "time: $(((deadline - ${EPOCHREALTIME/./} / 1000) / 1000))"; post -d fine "$at/response"; post -d again "$at/response" ;;
		large) head -c 6291556 /dev/zero >/tmp/body; post --data-binary @/tmp/body "$at/response" ;;
		larger) head -c 6291557 /dev/zero >/tmp/body; post --data-binary @/tmp/body "$at/response" ;;
		chunks) head -c 300000 /dev/zero | post -X POST -T - "$at/response" ;;
		error) post -d '{"errorMessage":"no"}' "$at/error" ;;
		wrong) post -d x "$url/invocation/other/response"; post "$url/other"; post -d fine "$at/response" ;;
		sleep) sleep 1000 & sleep 1000 ;;
		exit) exit 3 ;;
		leave) sleep 1000 & post -d fine "$at/response" ;;
		esac
	done
	END
	event ok large larger chunks error wrong sleep exit leave ok
	capture platform -t 3000
	expect_status 0
	cat events/{1,2,3,4,5,6,7,8,9,10}.outcome >outcomes
	same outcomes <<-'END'
	response 202
	response 202
	response 413
	response 202
	error 202
	response 202
	timeout
	exit 3
	response 202
	response 202
	END
	same out <<-'END'
	begin 202 {"status":"OK"}
	time: 2
	202 {"status":"OK"}
	403 {"errorMessage":"State transition is not allowed","errorType":"InvalidStateTransition"}
	202 {"status":"OK"}
	413 {"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}
	202 {"status":"OK"}
	202 {"status":"OK"}
	400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}
	404 404 page not found
	202 {"status":"OK"}
	begin 202 {"status":"OK"}
	begin 202 {"status":"OK"}
	202 {"status":"OK"}
	time: 2
	202 {"status":"OK"}
	403 {"errorMessage":"State transition is not allowed","errorType":"InvalidStateTransition"}
	END
	[ "$(wc -c <events/4.body)" -eq 300000 ]
	only_runtime 1 2 6
	grep -qx sleep events/9.left
}

# The handler of the README.

@test "event after event is answered, also after a freeze, and what failed is null" {
	in_task work <<-'END'
	#!/bin/bash
	[ "$1" != bad ] || exit 1
	echo "did $1"
	END
	event '["a", "b", "bad", "c"]' '[]' '["d e"]'
	capture platform -z 500
	expect 0 '' $'parmap: record 3 "bad": exit status 1\n'
	outcome 1 'response 202'
	outcome 2 'response 202'
	outcome 3 'response 202'
	[ "$(body 1 .)" = '["did a\n","did b\n",null,"did c\n"]' ]
	[ "$(body 2 .)" = '[]' ]
	[ "$(body 3 .)" = '["did d e\n"]' ]
	only_runtime 1 2 3
}

@test "what is done by the deadline arrives before the platform kills" {
	in_task work <<-'END'
	#!/bin/bash
	[ "$1" != 30 ] || echo part
	sleep "$1"
	echo "did $1"
	END
	event '["0", "30", "0.1", "30", "31", "32"]' '["0"]'
	# Half a second is much, but not for a machine that does too much.
	for try in 1 2 3; do
		capture platform -t 3000
		[ "$(cat events/1.outcome)" = timeout ] || break
	done
	outcome 1 'response 202'
	outcome 2 'response 202'
	[ "$(body 1 .)" = '["did 0\n",null,"did 0.1\n",null,null,null]' ]
	[ "$(body 2 .)" = '["did 0\n"]' ]
	[ "$(cat events/1.spare)" -gt 0 ]
	expect_status 0
	sed 's/@[0-9]*ms/@.../' err >said
	same said <<-'END'
	parmap: record 2 "30": ended by the run's time limit
	parmap: record 4 "30": ended by the run's time limit
	parmap: deadline @... reached
	END
	only_runtime 1 2
}

@test "an answer of 7 MB is cut, says so, and is taken; without --max-output it is lost" {
	in_task work <<-'END'
	#!/bin/bash
	yes "record $1 of 70" | head -c 102400
	END
	local records
	records=$(seq 70 | jq -cR . | jq -cs .)
	event "$records" '["1"]'
	capture platform
	outcome 1 'response 202'
	outcome 2 'response 202'
	[ "$(wc -c <events/1.body)" -le 6291556 ]
	[ "$(body 1 '.[-1]')" = '{"truncated":true}' ]
	[ "$(body 1 'length > 50 and (.[:-1] | all(length == 102400))')" = true ]
	[ "$(body 1 '.[40][:16]')" = '"record 41 of 70\n"' ]
	[ "$(body 2 'map(length)')" = '[102400]' ]
	only_runtime 1 2
	sed -i 's/ --max-output 6291556//' "$TASK/bootstrap"
	capture platform
	outcome 1 'response 413'
	outcome 2 'response 202'
}

@test "an answer that is streamed may be larger" {
	in_task work <<-'END'
	#!/bin/bash
	yes "record $1 of 200" | head -c 102400
	END
	readme_bootstrap
	sed -i -e '/handler <.*answer$/,/--data-binary/d' -e 's/^\(\tdeadline=.*\)/\1\n\thandler <\/tmp\/event | curl -sS -o \/dev\/null -X POST -T - -H "Lambda-Runtime-Function-Response-Mode: streaming" -H "Transfer-Encoding: chunked" "$url\/$id\/response"/' \
		-e 's/ --max-output [0-9]*//' "$TASK/bootstrap"
	grep -q 'handler .*streaming' "$TASK/bootstrap"
	event "$(seq 200 | jq -cR . | jq -cs .)" '["1"]'
	capture platform
	expect 0 '' ''
	[ "$(body 1 'length == 200 and all(length == 102400)')" = true ]
	[ "$(body 1 '.[199][:18]')" = '"record 200 of 200\n"' ]
	outcome 2 'response 202'
}

@test "what jobs leave behind holds up no answer, and is gone after it" {
	in_task work <<-'END'
	#!/bin/bash
	sleep 1000 &
	(trap '' TERM; exec sleep 1000) &
	echo "did $1"
	END
	event '["a", "b"]' '["c"]'
	capture platform
	expect 0 '' ''
	[ "$(body 1 .)" = '["did a\n","did b\n"]' ]
	[ "$(body 2 .)" = '["did c\n"]' ]
	only_runtime 1 2
	# In a command substitution it would hold up the handler until the limit.
	sed -i 's|handler </tmp/event >/tmp/answer|answer=$(handler </tmp/event); status=$?; echo "$answer" >/tmp/answer; (exit $status)|' "$TASK/bootstrap"
	grep -q 'answer=' "$TASK/bootstrap"
	capture platform
	expect 0 '' ''
	[ "$(body 1 .)" = '["did a\n","did b\n"]' ]
	only_runtime 1 2
}

@test "it is all the same with every prctl refused, with everything refused, and without /proc" {
	local how
	in_task work <<-'END'
	#!/bin/bash
	[ "$1" != bad ] || exit 1
	[ "$1" != slow ] || sleep 1000
	echo "did $1"
	END
	event '["a", "bad", "slow"]' '["b"]'
	readme_bootstrap
	sed -i 's/- 500/- 2500/' "$TASK/bootstrap"
	for how in '-f prctl' '-f all' '-f all -P'; do
		# shellcheck disable=SC2086 # words
		capture platform -t 5000 -- $how
		outcome 1 'response 202'
		[ "$(body 1 .)" = '["did a\n",null,null]' ]
		[ "$(body 2 .)" = '["did b\n"]' ]
		only_runtime 1 2
	done
}

@test "an event of 5 MB is a record on stdin" {
	in_task work <<-'END'
	#!/bin/bash
	sha256sum
	END
	head -c 3750000 /dev/urandom | base64 -w 0 >large
	event "[\"$(cat large)\",\"small\"]"
	capture platform
	outcome 1 'response 202'
	# As an argument it is too large, and that is said.
	[ "$(body 1 '.[0]')" = null ]
	grep -q '^parmap: record 1 ' err
	sed -i 's/ --json-array / --stdin&/' "$TASK/bootstrap"
	capture platform
	expect 0 '' ''
	{ cat large; echo; } >record
	[ "$(body 1 .)" = "[\"$(sha256sum <record | tr -d '\n')\\n\",\"$(sha256sum <<<small | tr -d '\n')\\n\"]" ]
}

@test "where parmap has no answer at all the platform is told" {
	in_task work <<<'#!/bin/bash'
	event '["a"]' '["b"]'
	capture platform -t 500
	outcome 1 'error 202'
	[ "$(body 1 .errorMessage)" = '"exit status 124"' ]
	grep -q '^parmap: --deadline @[0-9]*ms: it has passed$' err
	only_runtime 1 2
}

@test "an event that the handler cannot read, and an array that is not whole, are no answers" {
	in_task work <<-'END'
	#!/bin/bash
	yes "$1" | head -c 1000
	END
	event '["a\"b"]' '["a", "b"]'
	capture platform
	expect 0 '' ''
	outcome 1 'error 202'
	[ "$(body 1 .errorMessage)" = '"exit status 1"' ]
	[ "$(body 2 'map(length)')" = '[1000,1000]' ]
	# As when /tmp is full.
	sed -i 's|handler </tmp/event|(ulimit -f 1; &)|' "$TASK/bootstrap"
	capture platform
	outcome 2 'error 202'
	[ "$(body 2 .errorMessage)" = '"exit status 125"' ]
	grep -qx 'parmap: stdout: File too large' err
}

@test "another runtime, @vercel/fun, has the same answers" {
	local module=$BUILD/npm/node_modules/@vercel/fun
	[ -d "$module" ] || skip "no @vercel/fun could be had: $(head -n 1 "$BUILD/npm/fun.log" | cut -c -80)"
	export XDG_CACHE_HOME=$T/cache
	node -e 'require(process.argv[1])' "$module" 2>err || skip "@vercel/fun does not run here: $(head -n 1 err)"
	in_task work <<-'END'
	#!/bin/bash
	[ "$1" != bad ] || exit 1
	sleep 1000 &
	[ "$1" = small ] || yes "$1" | head -c 100000
	echo "did $1"
	END
	readme_bootstrap
	# Its deadline is five seconds after 1970.
	sed -i 's/--deadline "[^"]*"/--run-timeout 60/' "$TASK/bootstrap"
	mkdir host
	cat >host/bootstrap <<-END
	#!/bin/bash
	exec '$LAMBDA/sandbox.sh' -o '$OPT' -t '$TASK' ./bootstrap
	END
	chmod 755 host/bootstrap
	capture timeout --foreground -k 5 "$LIMIT" node "$LAMBDA/fun.js" "$module" "$T/host" '["a", "bad", "b"]' '[]' '["small"]'
	expect_status 0
	[ "$(sed -n 1p out | jq -c 'map(if . then [length, .[-6:]] else . end)')" = '[[100006,"did a\n"],null,[100006,"did b\n"]]' ]
	[ "$(sed 1d out)" = $'[]\n["did small\\n"]' ]
	# At its end the runtime closes its server and sends TERM to each process of the tree: a shell or the handler's curl may have the
	# time to say so, after all else.
	[ "$(sed '1!{/^curl: /d; /\<Terminated\>/d}' err)" = 'parmap: record 2 "bad": exit status 1' ]
}
