#!/usr/bin/env bats
# What is said at the end of a run that was asked for a summary.

load common

# Times are what they are.
masked() {
	sed -E '/summary: (took|slowest)/{ s/[0-9]+(\.[0-9]{1,3})?s($|:|,)/TIME\2/g; s/[0-9]+\.[0-9] at/N at/; }' "${1--}"
}

@test "the summary is what the manual shows" {
	sed -n '/^\.Sh THE SUMMARY/,/^\.Sh SIGNALS/p' "$ROOT/man/parmap.1" | sed -n '/^\.Bd/,/^\.Ed/p' | sed '/^\./d; s/\\e/\\/' >page
	sed -n 's/^[$>] //p' page >script
	parmap() { TEST_MARK=$MARK "${PARMAP_WORDS[@]}" "$@"; }
	export -f parmap
	export MARK
	declare -p PARMAP_WORDS >words
	capture "$BASH" -c '. ./words; . ./script'
	expect_status 123
	same out </dev/null
	sed '/^[$>] /d' page | masked >wanted
	[ "$(wc -l <wanted)" -eq 6 ]
	masked err | diff -u wanted -
}

@test "jobs are counted by what became of them" {
	ulimit -c 0
	printf '#!/bin/sh\n' >ok
	printf '#!/bin/sh\nexit 9\n' >fails
	printf '#!/bin/sh\nkill -KILL $$\n' >dies
	printf '#!/bin/sh\nexec sleep 1000\n' >slow
	printf '#!/bin/sh\nwhile :; do :; done\n' >computes
	chmod +x ok fails dies slow computes
	: >plain
	printf '%s\n' ./ok ./fails ./dies ./slow ./plain ./nosuch ./fails ./ok ./fails >records
	printf 'a\0b\n' >>records
	capture parmap -q -j 3 --timeout 2 --summary {} <records
	expect_status 127
	same out </dev/null
	masked err | grep -v slowest >said
	same said <<-'END'
		parmap: summary: 10 jobs: 2 succeeded, 8 failed
		parmap: summary: failed: 3 by exit status, 1 by signal, 1 by time limit, 3 could not be run
		parmap: summary: took TIME, all jobs TIME: N at once
	END
	capture parmap -q --cpu-time 1 --summary ./computes ::: a
	masked err >said
	same said <<-'END'
		parmap: summary: 1 job: 0 succeeded, 1 failed
		parmap: summary: failed: 1 by CPU time
		parmap: summary: took TIME, all jobs TIME: N at once
		parmap: summary: slowest: record 1 "a": TIME
	END
	capture parmap -q --summary ./plain ::: a
	masked err >said
	same said <<-'END'
		parmap: summary: 1 job: 0 succeeded, 1 failed
		parmap: summary: failed: 1 could not be run
		parmap: summary: took TIME, all jobs TIME: N at once
	END
	capture parmap --summary echo </dev/null
	masked err >said
	same said <<-'END'
		parmap: summary: 0 jobs: 0 succeeded, 0 failed
		parmap: summary: took TIME, all jobs TIME: N at once
	END
}

@test "the summary comes after all output and all lines about failed jobs" {
	for order in '' -u --unordered --line-buffer; do
		# shellcheck disable=SC2086 # no word or one
		capture parmap -j 1 $order --summary sh -c 'echo "$1"; echo "said $1" >&2; exit "$1"' sh ::: 0 3
		expect_status 123
		same out < <(printf '%s\n' 0 3)
		masked err >said
		head -n 6 said >first
		same first <<-'END'
			said 0
			said 3
			parmap: record 2 "3": exit status 3
			parmap: summary: 2 jobs: 1 succeeded, 1 failed
			parmap: summary: failed: 1 by exit status
			parmap: summary: took TIME, all jobs TIME: N at once
		END
		[ "$(grep -c slowest said)" -eq 2 ]
	done
}

@test "the slowest three are named, the slowest first, as in the lines about failed jobs" {
	gate gate1 gate2 gate3 gate4
	start -j 4 -n 2 --joblog log --summary sh -c ': >"ran$1"; read -r _ <"gate$1"' sh ::: 1 a 2 b 3 c 4 >out 2>err
	for i in 1 2 3 4; do
		wait_for exists "ran$i"
	done
	# Each runs longer than the ones before, as those began later.
	for i in 4 3 2 1; do
		open_gate "gate$i"
		wait_for lines_in log $((6 - i))
	done
	finish
	expect_status 0
	masked err >said
	same said <<-'END'
		parmap: summary: 4 jobs: 4 succeeded, 0 failed
		parmap: summary: took TIME, all jobs TIME: N at once
		parmap: summary: slowest: records 1-2 "1" ...: TIME
		parmap: summary: slowest: records 3-4 "2" ...: TIME
		parmap: summary: slowest: records 5-6 "3" ...: TIME
	END
}

@test "how many ran at once is the time of all jobs by the time of the run" {
	capture parmap -j 3 --summary sleep ::: 0.3 0.4 0.5 0.3
	expect_status 0
	sed -n 's/.*took \(.*\)s, all jobs \(.*\)s: \(.*\) at once$/\1 \2 \3/p' err >numbers
	[ "$(wc -l <numbers)" -eq 1 ]
	awk '{ exit !($1 >= 0.6 && $2 >= 1.5 && $2 / $1 - $3 < 0.06 && $3 - $2 / $1 < 0.06) }' numbers
}

@test "a run that reaches its limit still has its summary" {
	capture parmap -q -j 2 --run-timeout 3 --summary sh -c 'echo "$1"; [ "$1" = 1 ] || sleep 1000' sh ::: 1 2 3 4
	expect_status 124
	same out < <(printf '%s\n' 1 2)
	masked err | grep -v slowest >said
	same said <<-'END'
		parmap: run time limit of 3s reached
		parmap: summary: 3 jobs: 1 succeeded, 0 failed, 2 ended with the run
		parmap: summary: the input was not read to its end
		parmap: summary: took TIME, all jobs TIME: N at once
	END
	masked err | grep -q 'slowest: record [23] "[23]": TIME$'
}

@test "a run that a signal ends still has its summary, and tells who did not run" {
	start -u -t -j 2 --delay 1h --summary sh -c ': >ran; sleep 1000' ::: a b c >out 2>err
	# The second has its records, and waits.
	wait_for grep -q ' b$' err
	wait_for exists ran
	kill -TERM "$PID"
	finish
	expect_status 143
	masked err | grep summary >said
	same said <<-'END'
		parmap: summary: 2 jobs: 0 succeeded, 0 failed, 1 ended with the run, 1 not run
		parmap: summary: the input was not read to its end
		parmap: summary: took TIME, all jobs TIME: N at once
		parmap: summary: slowest: record 1 "a": TIME
	END
}

@test "a run that a halt ends, or a lost output, still has its summary" {
	capture parmap -j 1 --halt now,fail=1 --summary sh -c 'exit "$1"' sh ::: 0 3 4
	expect_status 3
	masked err | grep -v slowest >said
	same said <<-'END'
		parmap: record 2 "3": exit status 3
		parmap: summary: 2 jobs: 1 succeeded, 1 failed
		parmap: summary: failed: 1 by exit status
		parmap: summary: the input was not read to its end
		parmap: summary: took TIME, all jobs TIME: N at once
	END
	STATUS=0
	parmap -j 1 --summary sh -c 'echo; exec sleep 1000' ::: a b >/dev/full 2>err || STATUS=$?
	expect_status 125
	masked err >said
	same said <<-'END'
		parmap: stdout: No space left on device
		parmap: summary: 1 job: 0 succeeded, 0 failed, 1 ended with the run
		parmap: summary: the input was not read to its end
		parmap: summary: took TIME, all jobs TIME: N at once
		parmap: summary: slowest: record 1 "a": TIME
	END
}

@test "a reader who does not read holds up no run that a signal ends, for want of its summary" {
	mkfifo stream
	exec 6<>stream
	start -j 1 --summary sh -c ': >ran; yes; :' ::: a b >stream 2>err 6>&-
	wait_for exists ran
	kill -TERM "$PID"
	finish
	exec 6>&-
	expect_status 143
	masked err >said
	grep -qx 'parmap: summary: 1 job: 0 succeeded, 0 failed, 1 ended with the run' said
}

@test "a summary that cannot be written is lost output: 125" {
	STATUS=0
	parmap --summary true ::: a 2>/dev/full >out || STATUS=$?
	: >err
	expect_status 125
}

@test "without jobs that run there is no summary to give" {
	capture parmap --dry-run --summary echo ::: a
	expect 0 $'echo a\n' ''
	capture parmap --summary -j x echo ::: a
	refused '-j x: '
}

@test "the summary counts attempts that were not the first, and a job once" {
	capture parmap --summary -j 1 --retries 3 -c 'echo x >>tries{}; [ "$(wc -l <tries{})" -ge {} ]' ::: 1 2 9
	expect_status 123
	grep -qx 'parmap: summary: 3 jobs: 2 succeeded, 1 failed' err
	grep -qx 'parmap: summary: 3 retries' err
	capture parmap --summary --retries 3 --retry-delay 1000 --run-timeout 0.3 -c 'exit {}' ::: 1
	expect_status 124
	grep -qx 'parmap: summary: 1 job: 0 succeeded, 0 failed, 1 ended with the run' err
}
