#!/usr/bin/env bats
# The terminal, where parmap asks (-p), and from which jobs read (-o).

load common

# script NAME COMMAND ...: a script for the shell on the terminal; parmap stands for itself in it.
script() {
	printf 'TEST_MARK=%s\nexport TEST_MARK\nparmap() { %s "$@"; }\n%s\n' "$MARK" "$(printf '%q ' "${PARMAP_WORDS[@]}")" "$2" >"$1"
}

# The terminal runs the command, with a dialogue on stdin (see terminal.py).
on_terminal() {
	if ! command -v python3 >/dev/null; then
		skip "python3 is not installed, which is the terminal here"
	fi
	TERM=dumb env --default-signal python3 "$TESTS/helpers/terminal.py" "$@" 3>&- 4>&-
}

# The same with an interactive shell.
in_shell() {
	echo "PS1='ready> '" >rc
	on_terminal "$BASH" --noprofile --rcfile rc -i
}

@test "-p asks about each command line on stderr, and runs what is answered with y or Y" {
	script go 'printf "a b\nc\nd\ne\nf\n" | parmap --dialect xargs -p -I{} touch "ran {}"; echo "status=$?"'
	on_terminal sh go <<-EOF
		expect touch 'ran a b'?...
		send y\n
		expect touch 'ran c'?...
		send n\n
		check [ -e "ran a b" ]
		expect touch 'ran d'?...
		send Yes, please\n
		expect touch 'ran e'?...
		send \n
		expect touch 'ran f'?...
		send  y\n
		expect status=0
		end
	EOF
	exists 'ran d'
	refute exists 'ran c'
	refute exists 'ran e'
	refute exists 'ran f'
}

@test "in the native dialect -p asks at once, whoever has the turn, and other jobs and limits go on" {
	gate gate1
	script go 'parmap -p -j 3 sh -c '\''[ "$1" != 1 ] || read -r _ <gate1; echo "this is $1"; : >"ran$1"'\'' sh ::: 1 2 3; echo "status=$?"'
	on_terminal sh go <<-EOF
		expect sh 1?...
		send y\n
		expect sh 2?...
		send y\n
		expect sh 3?...
		check [ -e ran2 ]
		check echo >gate1
		expect this is 1
		expect this is 2
		send y\n
		expect this is 3
		expect status=0
		end
	EOF
	script limit 'parmap -p --run-timeout 0.3 touch ::: ran4; echo "status=$?"'
	on_terminal sh limit <<-EOF
		expect touch ran4?...
		expect run time limit of 0.3s reached
		expect status=124
		end
	EOF
	refute exists ran4
}

@test "the end of the terminal's input is no answer: what runs is waited for, and parmap has failed" {
	script go 'echo a b c | parmap --dialect xargs -p -n 1 touch; echo "status=$?"'
	on_terminal sh go <<-EOF
		expect touch a?...
		send y\n
		expect touch b?...
		send \x04
		expect xargs: /dev/tty: no answer
		expect status=1
		end
	EOF
	exists a
	refute exists b
	refute exists c
}

@test "Ctrl-C ends a parmap that asks" {
	script go 'parmap -p touch ::: a b'
	in_shell <<-EOF
		expect ready>
		send sh go\n
		expect touch a?...
		send \x03
		expect ready>
		send echo "status=\$?"\n
		expect status=130
		send exit\n
		end
	EOF
	refute exists a
}

@test "without a terminal -p and -o are errors of parmap, and nothing runs" {
	for option in -p --interactive -o --open-tty; do
		STATUS=0
		TEST_MARK=$MARK setsid --wait "${PARMAP_WORDS[@]}" "$option" touch ::: ran >out 2>err </dev/null || STATUS=$?
		expect 125 '' $'parmap: /dev/tty: No such device or address\n'
		STATUS=0
		echo ran | TEST_MARK=$MARK setsid --wait "${PARMAP_WORDS[@]}" --dialect xargs "$option" touch >out 2>err || STATUS=$?
		expect 1 '' $'xargs: /dev/tty: No such device or address\n'
	done
	refute exists ran
	capture parmap -o --stdin cat ::: a
	refused '-o:'
}

@test "with -o a job reads from the terminal, while records come from stdin" {
	script go 'printf "1\n2\n" | parmap --dialect xargs -o -n 1 sh -c '\''echo "ask $1"; read -r x; echo "$1 got $x"'\'' sh; echo "status=$?"; read -r x; echo "the shell got $x"'
	on_terminal sh go <<-EOF
		expect ask 1
		send one\n
		expect 1 got one
		expect ask 2
		send two\n
		expect 2 got two
		expect status=0
		send three\n
		expect the shell got three
		end
	EOF
}

@test "with -o one job has the terminal, and others that read from it wait until it has ended" {
	gate gate2
	script go 'parmap -o -u -j 2 sh -c '\''echo $$ >"pid$1"; [ "$1" = 1 ] || read -r _ <gate2; echo "this is $1"; read -r x; echo "$1 got $x"'\'' sh ::: 1 2; echo "status=$?"'
	on_terminal sh go <<-EOF
		expect this is 1
		check echo >gate2
		expect this is 2
		check grep -q "^State:.*T (stopped)" /proc/\$(cat pid2)/status
		send one\n
		expect 1 got one
		send two\n
		expect 2 got two
		expect status=0
		end
	EOF
}

@test "with -p and -o parmap asks when no job has the terminal" {
	script go 'parmap -p -o -u -j 2 sh -c '\''echo "this is $1"; read -r x; echo "$1 got $x"'\'' sh ::: 1 2; echo "status=$?"'
	on_terminal sh go <<-EOF
		expect sh 1?...
		send y\n
		expect this is 1
		send y\n
		expect 1 got y
		expect sh 2?...
		send y\n
		expect this is 2
		send x\n
		expect 2 got x
		expect status=0
		end
	EOF
}

@test "with -o Ctrl-C goes to the job: if it handles that, the run goes on" {
	script go 'parmap -o -u -j 1 sh -c '\''trap "echo caught; exit 0" INT; echo "this is $1"; read -r x'\'' sh ::: 1 2; echo "status=$?"'
	on_terminal sh go <<-EOF
		expect this is 1
		send \x03
		expect caught
		expect this is 2
		send \x03
		expect caught
		expect status=0
		end
	EOF
}

@test "with -o a job that dies of Ctrl-C or Ctrl-\\ takes parmap along, and nothing more is started" {
	ulimit -c 0
	for key in 'x03 130' 'x1c 131'; do
		script go 'exec parmap -o -u -j 1 sh -c '\''echo "this is $1"; read -r x'\'' sh ::: 1 2'
		sed -i 's/^exec parmap/exec'"$(printf ' %q' "${PARMAP_WORDS[@]}" | sed 's/[&\/]/\\&/g')"'/' go
		in_shell <<-EOF
			expect ready>
			send sh go\n
			expect this is 1
			send \\${key% *}
			expect ready>
			send echo "status=\$?"\n
			expect status=${key#* }
			send exit\n
			end
		EOF
		nothing_left
	done
}

# parmap and its jobs are, so that what is done next is not too early.
all_stopped='check set -- $(grep -lsz "^TEST_MARK=$(cat mark)\$" /proc/[0-9]*/environ); for p; do grep -q "T (stopped)" ${p%environ}status || exit 1; done'

@test "with -o Ctrl-Z stops the job and parmap, and fg gives the terminal back to the job" {
	skip_under_valgrind "does not stop for TSTP"
	echo "$MARK" >mark
	script go 'parmap -o -u -j 1 sh -c '\''echo "this is $1"; read -r x; echo "$1 got $x"'\'' sh ::: 1 2; echo "status=$?"'
	in_shell <<-EOF
		expect ready>
		send sh go\n
		expect this is 1
		send \x1a
		expect Stopped
		$all_stopped
		expect ready>
		send echo shell\$((40 + 2))\n
		expect shell42
		send fg\n
		expect sh go
		send one\n
		expect 1 got one
		expect this is 2
		send \x1a
		expect Stopped
		$all_stopped
		send fg\n
		expect sh go
		send two\n
		expect 2 got two
		expect status=0
		send exit\n
		end
	EOF
}

@test "with -o and -p in the background parmap is stopped when the terminal is needed, until fg" {
	skip_under_valgrind "does not stop for TTIN"
	echo "$MARK" >mark
	script go 'parmap -o -u -j 1 sh -c '\''read -r x; echo "$1 got $x"'\'' sh ::: 1; echo "status=$?"'
	script ask 'parmap -p touch ::: a; echo "status=$?"'
	in_shell <<-EOF
		expect ready>
		send sh go &\n
		$all_stopped && [ \$# -eq 2 ]
		send \n
		expect Stopped
		send fg\n
		expect sh go
		send one\n
		expect 1 got one
		expect status=0
		send sh ask &\n
		expect touch a?...
		$all_stopped && [ \$# -eq 1 ]
		send \n
		expect Stopped
		send fg\n
		expect sh ask
		send y\n
		expect status=0
		send exit\n
		end
	EOF
	exists a
}

@test "with -o a job is ended at its limit with all it started, and the terminal is free again" {
	script go 'parmap -o -u -j 1 --timeout 2 sh -c '\''sleep 1000 & echo "this is $1"; read -r x'\'' sh ::: 1 2; echo "status=$?"; read -r x; echo "the shell got $x"'
	on_terminal sh go <<-EOF
		expect this is 1
		expect this is 2
		expect record 2 "2": timed out after 2s
		expect status=124
		send three\n
		expect the shell got three
		end
	EOF
	nothing_left
}

@test "with -o a terminal that goes away ends the job and parmap" {
	script go 'parmap -o -u -j 1 sh -c '\''echo $$ >pid; echo "this is $1"; sleep 1000'\'' sh ::: 1 2; echo "status=$?" >end'
	on_terminal sh go <<-EOF
		expect this is 1
		close
		check ! kill -0 \$(cat pid)
	EOF
	wait_for nothing_left
}
