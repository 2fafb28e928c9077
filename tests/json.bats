#!/usr/bin/env bats
# Output as JSON, and an end to it in time.

load common

# told FILTER: what jq makes of the lines that capture or finish saw; it has to be JSON.
told() {
	jq -c "$1" "$T/out"
}

setup_file() {
	command -v jq >/dev/null || export NOT_HERE='there is no jq'
}

@test "--json has an object for each job, in input order, whatever it did" {
	gate go
	capture parmap -q -j 2 --json sh -c 'case $1 in 1) read -r _ <go ;; 2) echo >go ;; esac; echo "out $1"; echo "err $1" >&2; exit $(($1 - 1))' sh ::: 1 2 3
	[ ! -s err ]
	expect_status 123
	told '[.seq, .args, .status, .signal, .timed_out, .stdout, .stderr]' >objects
	same objects <<-'END'
	[1,["1"],0,null,false,"out 1\n","err 1\n"]
	[2,["2"],1,null,false,"out 2\n","err 2\n"]
	[3,["3"],2,null,false,"out 3\n","err 3\n"]
	END
	[ "$(wc -l <out)" -eq 3 ]
	told 'keys_unsorted | join(" ")' | sort -u >members
	same members <<<'"seq args status signal timed_out start seconds stdout stderr"'
}

@test "its times are those of the job" {
	local before after
	before=$(date +%s)
	capture parmap -q --json sh -c 'sleep 0.5' ::: a
	after=$(date +%s)
	told ".start >= $before and .start < $after + 1 and .seconds >= 0.5 and .seconds < 60" | grep -qx true
}

@test "the status is 0 of what did well, and of nothing else" {
	capture parmap -q -j 4 --timeout 2 --json sh -c 'case $1 in t) trap "exit 0" TERM; sleep 1000 & wait ;; T) exec sleep 1000 ;; k) kill -KILL $$ ;; *) exit "$1" ;; esac' sh ::: 0 7 k t T
	expect_status 123
	told '[.args[0], .status, .signal, .timed_out]' >objects
	same objects <<-'END'
	["0",0,null,false]
	["7",7,null,false]
	["k",null,9,false]
	["t",null,null,true]
	["T",null,15,true]
	END
	capture parmap -q --json ./no-such ::: x
	told '[.status, .stdout]' | grep -qx '\[127,""\]'
	printf 'a\0b\n' >nul
	capture parmap -q --json -a nul echo
	told '[.status, .start, .seconds]' | grep -qx '\[126,null,null\]'
}

@test "strings have every character, and what is not UTF-8 is base64 with another name" {
	local bytes
	printf 'quote " backslash \\ tab \t bell \a nul \0 del \177 \303\244 \360\237\220\237\r\n' >text
	capture parmap --json cat ::: text
	[ "$(wc -l <out)" -eq 1 ]
	jq -j .stdout out | cmp - text
	# The shortest form, no surrogates, nothing beyond U+10FFFF, and no half of a character.
	for bytes in '\300\200' '\340\200\200' '\355\240\200' '\360\200\200\200' '\364\220\200\200' '\370' '\200' 'x\303' '\303x' '\342\202'; do
		# shellcheck disable=SC2059 # it is one
		printf "$bytes" >bad
		capture parmap --json cat ::: bad
		told 'has("stdout")' | grep -qx false
		jq -j .stdout_base64 out | base64 -d | cmp - bad
	done
	for bytes in '\302\200' '\340\240\200' '\355\237\277' '\356\200\200' '\357\277\277' '\360\220\200\200' '\364\217\277\277'; do
		# shellcheck disable=SC2059
		printf "$bytes" >good
		capture parmap --json cat ::: good
		jq -j .stdout out | cmp - good
	done
	printf 'a\377b\0c\0' | capture parmap -0 -n 2 --json sh -c 'printf "\377" >&2'
	told '[.args_base64, .stderr_base64]' >objects
	same objects <<<'[["Yf9i","Yw=="],"/w=="]'
}

@test "large and odd outputs come through whole, in memory and through the spill file" {
	local n
	for n in 0 1 2 3 4 5 65535 65536 65537 200000; do
		head -c "$n" /dev/urandom >"bytes$n"
		head -c "$n" /dev/urandom | base64 >"text$n"
	done
	for n in 64M 1; do
		capture parmap -j 3 --buffer "$n" --json sh -c 'cat "$1" & cat "$1" >&2; wait' sh ::: bytes* text*
		expect_status 0
		while IFS= read -r line; do
			printf '%s\n' "$line" >object
			jq -j '.stdout // empty' object >o
			jq -j '.stdout_base64 // empty' object | base64 -d >>o
			jq -j '.stderr // empty' object >e
			jq -j '.stderr_base64 // empty' object | base64 -d >>e
			cmp o "$(jq -r '.args[0]' object)"
			cmp e "$(jq -r '.args[0]' object)"
		done <out
	done
}

@test "--json-array is one array, with null for what failed, and messages go where they go" {
	capture parmap -j 2 --json-array sh -c 'echo "$1"; echo "err $1" >&2; exit "$1"' sh ::: 0 1 0
	expect 123 $'[\n"0\\n",\nnull,\n"0\\n"\n]\n' \
		$'err 0\nerr 1\nparmap: record 2 "1": exit status 1\nerr 0\n'
	capture parmap --json-array echo </dev/null
	expect 0 $'[\n]\n' ''
	capture parmap -q --fallback '?' --json-array sh -c 'echo "$1"; exit "$1"' sh ::: 0 1
	expect 123 $'[\n"0\\n",\n"?\\n"\n]\n' ''
	capture parmap --json-array sh -c 'printf "\377"' ::: x
	expect 0 $'[\n{"base64":"/w=="}\n]\n' ''
}

@test "with --unordered the values are those of the jobs as they finish" {
	local how
	for how in --json --json-array; do
		gate "go$how"
		start -j 2 --unordered "$how" sh -c 'echo "$1"; [ "$1" != 1 ] || read -r _ <"$2"' sh {} "go$how" ::: 1 2 >"$T/out"
		wait_for grep -q 2 out
		echo >"go$how"
		finish
	done
	told . | grep -qx '\["2\\n","1\\n"\]'
}

@test "it is JSON, with a place for each job that began, when a limit strikes" {
	capture parmap -j 2 --run-timeout 2 --json-array sh -c 'echo part; [ "$1" = 1 ] || exec sleep 1000' sh ::: 1 2 3 4 5
	expect_status 124
	told . | grep -qx '\["part\\n",null,null,null,null\]'
	capture parmap -q -j 2 --run-timeout 2 --json sh -c 'echo part; [ "$1" = 1 ] || exec sleep 1000' sh ::: 1 2 3 4 5
	told '[.seq, .status, .timed_out, .start == null, .stdout]' >objects
	same objects <<-'END'
	[1,0,false,false,"part\n"]
	[2,null,true,false,"part\n"]
	[3,null,true,false,"part\n"]
	[4,null,false,true,""]
	[5,null,false,true,""]
	END
	# Input that has no end, or is not there yet, holds up nothing.
	clocked capture parmap -q -j 2 --run-timeout 0.5 --json sleep 1000 < <(yes 1000)
	expect_status 124
	[ "$(told .seq | head -n 3 | paste -sd ' ')" = '1 2 3' ]
	[ "$TOOK" -lt 30000 ]
	exec 5<>never
	printf '1\n2\n' >&5
	capture parmap -q -j 1 --run-timeout 0.5 --json-array --fallback x sleep 1000 <never
	expect_status 124
	told . | grep -qx '\["x\\n",null\]'
}

@test "it is JSON when a signal or --halt ends the run" {
	local signal
	for signal in TERM INT; do
		gate "ready$signal"
		start -j 1 --json-array sh -c 'echo "$1"; [ "$1" = 1 ] && exit; echo >"$2"; exec sleep 1000' sh {} "ready$signal" ::: 1 2 3 >"$T/out" 2>"$T/err"
		read -r _ <"ready$signal"
		kill -s "$signal" "$PID"
		finish
		! expect_status 0
		told . | grep -qx '\["1\\n",null\]'
	done
	capture parmap -q -j 1 --halt now,fail=1 --json-array sh -c 'exit $(($1 - 1))' sh ::: 1 2 3
	expect_status 1
	told . | grep -qx '\["",null\]'
}

@test "tries that failed, and what --atomic holds, are not in it" {
	capture parmap -q --retries 3 --json sh -c 'echo x >>tries; wc -l <tries; test "$(wc -l <tries)" = 3' ::: a
	expect_status 0
	told '[.status, .stdout]' | grep -qx '\[0,"3\\n"\]'
	capture parmap --atomic --json-array echo ::: a b
	expect 0 $'[\n"a\\n",\n"b\\n"\n]\n' ''
	capture parmap -q --atomic --run-timeout 2 --json-array sleep ::: 0 1000
	expect_status 124
	[ ! -s out ]
}

@test "results that are recalled have their objects" {
	capture parmap -q --timeout 2 --results res --json sh -c 'echo "$1"; case $1 in t) exec sleep 1000 ;; k) kill -KILL $$ ;; esac; exit "$1"' sh ::: 0 3 t k
	told 'del(.start)' >first
	capture parmap -q --timeout 2 --results res --resume --json sh -c 'echo other; exit "$1"' sh ::: 0 3 t k
	told 'del(.start)' >again
	same again <first
	[ "$(wc -l <again)" -eq 4 ]
}

@test "workers have objects too" {
	capture parmap --json --builtin echo {}{} ::: a b
	[ "$(told '[.seq, .args, .status, .stdout]' | paste -sd ' ')" = '[1,["a"],0,"aa\n"] [2,["b"],0,"bb\n"]' ]
	capture parmap -q -j 1 --json-array --coprocess sh -c 'while read -r x; do [ "$x" != b ] || exit 3; echo "<$x>"; done' ::: a b c
	expect_status 123
	told . | grep -qx '\["<a>\\n",null,"<c>\\n"\]'
}

@test "a job behind a slow one is held as ever, and memory stays bounded" {
	gate go
	capture "$BUILD/measure" used "${PARMAP_WORDS[@]}" -j 2 --json-array sh -c 'case $1 in 1) read -r _ <go ;; 20000) echo >go ;; esac; echo "$1"' sh < <(seq 20000)
	told 'length' | grep -qx 20000
	told '.[19999]' | grep -qx '"20000\\n"'
	[ -n "${SAN-}" ] || [ "$(cut -d ' ' -f 2 used)" -lt 20000 ]
}

@test "what has no room at all ends the run with an error, and JSON" {
	TMPDIR=/proc capture parmap -j 1 --buffer 1 --json head -c 3000000 ::: /dev/zero
	expect_status 125
	grep -qx 'parmap: output that has to be held: No space left on device' err
	told '[.seq, .status]' | grep -qx '\[1,null\]'
	# Whoever ended well, but was not read to the end by then, did not.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		TMPDIR=/proc capture parmap -q -j 2 --buffer 0 --json-array -c 'head -c {} /dev/zero | tr "\0" a' ::: 1100000 10
		told '.[0] == null and (.[1] == null or .[1] == "aaaaaaaaaa")' | grep -qx true
	done
}

@test "what becomes six times as long in a string is not slow" {
	clocked capture parmap -q --json head -c 20000000 ::: /dev/zero
	[ "$(wc -c <out)" -gt 120000000 ]
	[ "$TOOK" -lt 20000 ]
}

@test "--max-output ends output in time, and says so" {
	capture parmap -j 2 --max-output 100 echo < <(seq 1000)
	expect_status 125
	[ "$(wc -c <out)" -le 100 ]
	[ "$(tail -n 1 out)" = 'parmap: cut off by --max-output' ]
	head -n -1 out | cmp -n 50 - <(seq 1000)
	[ "$(cat err)" = 'parmap: --max-output 100: there was more' ]
	capture parmap --max-output 64 head -c 1000000 ::: /dev/zero
	[ "$(wc -c <out)" -eq 64 ]
	[ "$(tail -n 1 out)" = 'parmap: cut off by --max-output' ]
}

@test "what fits --max-output to the last byte is not cut, one byte more is" {
	head -c 5000 /dev/zero | tr '\0' x >bytes
	capture parmap --max-output 5000 cat ::: bytes
	expect_status 0
	cmp out bytes
	capture parmap --max-output 4999 cat ::: bytes
	expect_status 125
	[ "$(wc -c <out)" -eq 4999 ]
	# As an array: three lines, and the quotes.
	capture parmap --max-output 5007 --json-array cat ::: bytes
	expect_status 0
	[ "$(told '.[0] | length')" -eq 5000 ]
	capture parmap --max-output 5006 --json-array cat ::: bytes
	expect 125 $'[\n{"truncated":true}\n]\n' $'parmap: --max-output 5006: there was more\n'
}

@test "--max-output leaves JSON whole, at any size" {
	local n
	for n in $(seq 64 7 400); do
		capture parmap --max-output "$n" --json-array echo ::: {1..100}
		expect_status 125
		[ "$(wc -c <out)" -le "$n" ]
		told '.[-1] == {"truncated": true} and (.[:-1] | to_entries | all(.value == "\(.key + 1)\n"))' | grep -qx true
		capture parmap --max-output "$n" --json echo ::: {1..100}
		[ "$(wc -c <out)" -le "$n" ]
		[ "$(told .truncated | tail -n 1)" = true ]
	done
	capture parmap --max-output 2000000 --json-array cat ::: <(head -c 1000000 /dev/zero) <(head -c 3000000 /dev/zero)
	told '.[-1]' | grep -qx '{"truncated":true}'
}

@test "what --max-output lets out is the same, however and whenever it comes" {
	local n how format x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
	for format in '' --json-array; do
		for n in $(seq 64 96); do
			# shellcheck disable=SC2086 # words
			capture parmap $format -j 1 --max-output "$n" echo ::: $x $x $x $x $x
			mv out wanted
			for how in '-j 1 --builtin' '-j 3' '-j 3 --builtin'; do
				# shellcheck disable=SC2086 # words
				capture parmap $format --max-output "$n" $how echo ::: $x $x $x $x $x
				same out <wanted
			done
		done
	done
}

@test "when output is cut off, the jobs that run are ended, and no more begin" {
	gate go
	clocked capture parmap -j 2 --max-output 64 sh -c 'case $1 in 1) head -c 100 /dev/zero; exec sleep 1000 ;; 2) exec sleep 1000 ;; *) echo >late ;; esac' sh ::: 1 2 3
	expect_status 125
	[ ! -e late ]
	[ "$TOOK" -lt 30000 ]
}

@test "a job that writes without end is cut off too, whoever's turn it is" {
	local how
	for how in --json --json-array '--json --unordered'; do
		# shellcheck disable=SC2086 # words
		capture parmap -q -j 2 $how --max-output 100000 sh -c '[ "$1" = 1 ] || exec yes; head -c 10 /dev/zero' sh ::: 1 2 3
		expect_status 125
		[ "$(wc -c <out)" -le 100000 ]
		told 'if type == "array" then .[-1] else . end | .truncated' | tail -n 1 | grep -qx true
	done
	# Also if nothing at all was said before.
	capture parmap -q --json-array --max-output 100 yes ::: 1
	expect 125 $'[\n{"truncated":true}\n]\n' $'parmap: --max-output 100: there was more\n'
	# Behind one that has the turn it waits, and takes no room.
	gate go
	capture "$BUILD/measure" used "${PARMAP_WORDS[@]}" -q -j 3 --json-array --max-output 100000 sh -c 'case $1 in 1) read -r _ <go ;; 2) exec yes ;; *) sleep 1; echo >go ;; esac' sh ::: 1 2 3
	told . | grep -qx '\["",{"truncated":true}\]'
	[ -n "${SAN-}" ] || [ "$(cut -d ' ' -f 2 used)" -lt 20000 ]
}

@test "--max-output is owed to a slow reader as all output" {
	exec 5<>never
	start -j 1 --max-output 100000 head -c 100001 ::: /dev/zero > >(
		sleep 1
		wc -c >count
		echo >&5
	)
	read -r _ <&5
	finish
	expect_status 125
	[ "$(cat count)" -eq 100000 ]
}

@test "what does not go with JSON, or is too little, is refused" {
	local line
	for line in '--json --json-array' '--json -u' '--json-array --line-buffer' '--json --tag' '--max-output 63' '--max-output x' '--max-output 100 -u'; do
		# shellcheck disable=SC2086 # words
		capture parmap $line echo ::: a
		expect_status 125
		[ ! -s out ]
		grep -q -e '--json' -e '--max-output' err
	done
}

@test "--dry-run shows commands, not JSON" {
	capture parmap --dry-run --json echo ::: a b
	expect 0 $'echo a\necho b\n' ''
}
