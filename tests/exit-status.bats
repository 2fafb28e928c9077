#!/usr/bin/env bats
# Verdicts: parmap's exit status and the line that names each failed job.

load common

@test "0 when every job succeeded" {
	capture parmap -j 2 true ::: a b c
	expect 0 '' ''
}

@test "123 when a job failed, whatever its status, and a line for each that did" {
	capture parmap -j 4 sh -c 'exit "$1"' sh ::: 1 0 2 125 126 127 128 255
	expect 123 '' 'parmap: record 1 "1": exit status 1
parmap: record 3 "2": exit status 2
parmap: record 4 "125": exit status 125
parmap: record 5 "126": exit status 126
parmap: record 6 "127": exit status 127
parmap: record 7 "128": exit status 128
parmap: record 8 "255": exit status 255
'
}

@test "123 when a job died of a signal, which is named" {
	ulimit -c 0
	capture parmap -j 2 sh -c 'kill -"$1" $$' sh ::: TERM KILL PIPE SEGV INT USR1
	expect 123 '' 'parmap: record 1 "TERM": killed by signal 15 (TERM)
parmap: record 2 "KILL": killed by signal 9 (KILL)
parmap: record 3 "PIPE": killed by signal 13 (PIPE)
parmap: record 4 "SEGV": killed by signal 11 (SEGV)
parmap: record 5 "INT": killed by signal 2 (INT)
parmap: record 6 "USR1": killed by signal 10 (USR1)
'
}

@test "a real-time signal has the name that bash has for it, and can be sent at a limit" {
	local n i=0 wanted=''
	for n in 34 35 49 50 63 64; do
		wanted+="parmap: record $((++i)) \"$n\": killed by signal $n ($(bash -c "kill -l $n"))"$'\n'
	done
	capture parmap sh -c 'kill -$1 $$' sh ::: 34 35 49 50 63 64
	expect 123 '' "$wanted"
	for n in RTMIN+3 sigrtmin+3 37; do
		capture parmap -q --timeout 0.1 --signal "$n" --json sleep ::: 1000
		grep -q '"signal":37,' out
	done
	capture parmap --signal RTMIN+40 echo ::: a
	refused '--signal' 'no signal of that name'
}

@test "127 when the command does not exist, for each record" {
	capture parmap ./nosuch ::: a b
	expect 127 '' 'parmap: record 1 "a": cannot run ./nosuch: No such file or directory
parmap: record 2 "b": cannot run ./nosuch: No such file or directory
'
	capture parmap nosuchcommand x ::: a
	expect 127 '' $'parmap: record 1 "a": cannot run nosuchcommand: No such file or directory\n'
}

@test "127 and 126 go by the record where the record is the command" {
	: >plain
	printf '#!/bin/sh\necho ran\n' >script
	chmod +x script
	capture parmap -j 3 {} ::: ./script ./nosuch ./script
	expect 127 $'ran\nran\n' $'parmap: record 2 "./nosuch": cannot run ./nosuch: No such file or directory\n'
	capture parmap -j 3 {} ::: ./script ./plain ./script
	expect 126 $'ran\nran\n' $'parmap: record 2 "./plain": cannot run ./plain: Permission denied\n'
}

@test "126 when the command is no program: a directory, a file that is not executable" {
	: >plain
	mkdir folder
	capture parmap {} ::: ./plain ./folder
	expect 126 '' 'parmap: record 1 "./plain": cannot run ./plain: Permission denied
parmap: record 2 "./folder": cannot run ./folder: Permission denied
'
}

@test "124 when only time limits struck; 123, 126 and 127 when something else failed too" {
	printf '#!/bin/sh\nexec sleep 1000\n' >slow
	printf '#!/bin/sh\nexit 9\n' >fails
	: >plain
	chmod +x slow fails
	capture parmap -q --timeout 2 {} ::: ./slow
	expect 124 '' ''
	capture parmap -q --timeout 2 {} ::: ./slow ./fails
	expect 123 '' ''
	capture parmap -q --timeout 2 {} ::: ./slow ./fails ./plain
	expect_status 126
	capture parmap -q --timeout 2 {} ::: ./slow ./fails ./plain ./nosuch
	expect_status 127
	capture parmap -q --timeout 2 {} ::: ./nosuch ./plain ./fails ./slow
	expect_status 127
}

@test "124 of the run outranks what jobs did" {
	printf '#!/bin/sh\nexec sleep 1000\n' >slow
	chmod +x slow
	capture parmap -j 1 --run-timeout 3 {} ::: ./nosuch ./slow
	expect 124 '' 'parmap: record 1 "./nosuch": cannot run ./nosuch: No such file or directory
parmap: record 2 "./slow": ended by the run'"'"'s time limit
parmap: run time limit of 3s reached
'
}

@test "125 of a lost output outranks them all" {
	STATUS=0
	parmap sh -c 'echo; exit 3' ::: a >/dev/full 2>err || STATUS=$?
	expect_status 125
	grep -qx 'parmap: stdout: No space left on device' err
	STATUS=0
	parmap ./nosuch ::: a 2>/dev/full >out || STATUS=$?
	expect_status 125
}

@test "what a shell of -c does not find is the line's failure" {
	capture parmap -c 'nosuchcommand {} 2>/dev/null' ::: a
	expect 123 '' $'parmap: record 1 "a": exit status 127\n'
}

@test "-q prints no line for failed jobs, and what they wrote themselves stays" {
	for option in -q --quiet; do
		capture parmap $option --timeout 2 sh -c 'echo mine >&2; [ "$1" != 2 ] || sleep 1000; exit "$1"' sh ::: 1 2 0
		expect 123 '' $'mine\nmine\nmine\n'
	done
}

@test "the line comes after the job's own stderr, in its turn, and on a line of its own" {
	gate gate1
	capture parmap -j 2 sh -c '[ "$1" != 1 ] || read -r _ <gate1; printf "end of %s" "$1" >&2; [ "$1" = 1 ] || echo >gate1; exit 1' sh ::: 1 2
	expect 123 '' 'end of 1
parmap: record 1 "1": exit status 1
end of 2
parmap: record 2 "2": exit status 1
'
}

@test "with -n the line names all records of the job" {
	capture parmap -n 2 false ::: a b c
	expect 123 '' 'parmap: records 1-2 "a" ...: exit status 1
parmap: record 3 "c": exit status 1
'
}

@test "a record in a message is printable, one line, and short" {
	capture parmap false ::: $'tab\tnewline\nescape\e[31m\177"quote\\' $'\303\251\377'
	expect_status 123
	[ "$(wc -l <err)" -eq 2 ]
	[ -z "$(tr -d '\n -~' <err)" ]
	grep -q '^parmap: record 1 "tab.*": exit status 1$' err
	grep -q '^parmap: record 2 ".*": exit status 1$' err
	capture parmap false ::: "$(printf '%05000d' 0)" short
	expect_status 123
	[ "$(wc -l <err)" -eq 2 ]
	grep -q '^parmap: record 1 "000.*\.\.\.": exit status 1$' err
	[ "$(wc -c <err)" -lt 300 ]
}

@test "an empty record is named as such" {
	capture parmap false ::: ''
	expect 123 '' $'parmap: record 1 "": exit status 1\n'
}

@test "--help and --version succeed and write to stdout" {
	capture parmap --version
	expect_status 0
	grep -qx 'parmap [0-9][0-9.]*' out
	same err </dev/null
	capture parmap --help
	expect_status 0
	grep -q '^ *-j, ' out
	same err </dev/null
}

@test "a command is looked up in PATH as a shell does" {
	mkdir first second
	: >first/cmd
	printf '#!/bin/sh\necho "second $1"\n' >second/cmd
	printf 'echo "no interpreter $1"\n' >second/plain
	chmod +x second/cmd second/plain
	export PATH=$T/first:$T/second:$PATH
	capture parmap cmd ::: a
	expect 0 $'second a\n' ''
	capture parmap plain ::: a
	expect 0 $'no interpreter a\n' ''
	rm second/cmd
	capture parmap cmd ::: a
	expect 126 '' $'parmap: record 1 "a": cannot run cmd: Permission denied\n'
}

@test "an empty command name is not found" {
	capture parmap {} ::: ''
	expect 127 '' $'parmap: record 1 "": cannot run : No such file or directory\n'
}
