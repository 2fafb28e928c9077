#!/usr/bin/env bats
# --shell-init: a bash for each slot reads a file once, and runs each record in a subshell of its own.

load common

# lib [line ...]: what the shells read.
lib() {
	printf '%s\n' "$@" >lib.sh
}

shell() {
	parmap --shell-init lib.sh "$@"
}

@test "functions, variables and aliases of the file are there, and exported functions" {
	lib 'shopt -s expand_aliases' 'f() { echo "f $v $1"; }' 'v="a  b"' 'alias hello="echo hello"'
	exported() { echo "exported $1"; }
	export -f exported
	capture shell -c 'f {}; exported {}; hello {}' ::: 1 2
	expect 0 $'f a  b 1\nexported 1\nhello 1\nf a  b 2\nexported 2\nhello 2\n' ''
}

@test "the file is read once for each slot, whatever -j and the number of records" {
	lib 'echo read >>reads'
	capture shell -j 2 -c ': {}' < <(seq 20)
	expect 0 '' ''
	[ "$(wc -l <reads)" -le 2 ]
}

@test "a name without a slash is a file here, not one in PATH, and it knows where it is" {
	mkdir bin
	echo 'echo wrong' >bin/lib.sh
	lib 'echo "${BASH_SOURCE[0]} $#"'
	PATH=$PWD/bin:$PATH capture shell -c ': {}' ::: a
	expect 0 $'./lib.sh 0\n' ''
}

@test "records arrive whole, in {} and as \$1: blanks, quotes, newlines, bytes that are no UTF-8, and nothing" {
	local records=('' ' ' 'a b' "it's" '"' '$(touch oops)`' $'new\nline\n' 'é' $'\303' $'\377\360' '-n' '*' '!' '#' $'\\' $'\t' $'\303\251\303')
	lib 'show() { printf "%q " "$#" "$@"; echo; }'
	printf '%s\0' "${records[@]}" >in
	for locale in C C.UTF-8; do
		capture env LC_ALL=$locale "${PARMAP_WORDS[@]}" --shell-init lib.sh -0 -c 'printf "%s\0" {} "$1" "$#"' <in
		expect_status 0
		same err </dev/null
		same out < <(for record in "${records[@]}"; do printf '%s\0' "$record" "$record" 1; done)
	done
	refute exists oops
}

@test "a long record, and many fields" {
	lib 'f() { echo "$# ${#1} ${#2}"; }'
	capture shell -c 'f {}; echo "$# ${#1}"' < <(head -c 100000 /dev/zero | tr '\0' x)
	expect 0 $'1 100000 0\n1 100000\n' ''
	capture shell -n 1000 -c 'f {}; echo "$# ${*:1000}"' < <(seq 1000)
	expect 0 $'1000 1 1\n1000 1000\n' ''
	capture shell -C , -c 'echo {2} "$1" "$2" "$#"' ::: 'a,b c'
	expect 0 $'b c a b c 2\n' ''
}

@test "what a record does to its shell the next one does not see" {
	lib 'v=1; f() { echo f; }'
	capture shell -j 1 -c '
		echo "$v $(f) $PWD $- ${IFS@Q} $(umask) $(trap) ${w-unset} $?"
		case $1 in
		1) v=2 w=3; f() { echo g; };;
		2) cd /; umask 777;;
		3) set -efu; IFS=x;;
		4) trap "echo trapped" EXIT;;
		5) exec >/dev/null 2>&1 <in;;
		6) readonly v; unset -f f;;
		7) shopt -s extglob; set -- a b; exit 0;;
		esac
		:' ::: 1 2 3 4 5 6 7 8
	expect_status 0
	same err </dev/null
	same out < <(for i in {1..8}; do
		printf '%s\n' "1 f $PWD hBc $' \\t\\n' $(umask)  unset 0"
		if [ "$i" -eq 4 ]; then echo trapped; fi
	done)
}

@test "a record sees no variable and no descriptor of ours, and the ones that parmap inherited" {
	lib 'ls /proc/self/fd >fds.init; set -a'
	exec 7>seven
	capture shell -j 1 -c 'compgen -v | grep -i __parmap; env | grep -i __parmap; ls /proc/self/fd >fds.{}; echo x >&7' ::: 1 2
	expect 0 '' ''
	same seven < <(echo x; echo x)
	"${PARMAP_WORDS[@]}" -j 1 -c 'ls /proc/self/fd >fds.plain; : {}' ::: 1
	exec 7>&-
	for file in fds.init fds.1 fds.2; do
		same $file <fds.plain
	done
}

@test "descriptors 3 to 9 are the file's to open, and any other number does no harm" {
	lib 'exec 3>three 9>nine 40>forty 41>more 60>sixty'
	capture shell -j 1 -c 'echo {} >&3; echo {} >&9' ::: 1 2
	expect 0 '' ''
	same three < <(seq 2)
	same nine < <(seq 2)
}

@test "\$0 is the shell, \$\$ that of the slot, BASHPID another for each record; stdin is /dev/null" {
	lib
	capture shell -j 1 -c 'echo "$0"; echo $$ >>own; echo $BASHPID >>each; readlink /proc/self/fd/0; wc -c; : {}' ::: 1 2
	expect 0 "$(command -v bash)"$'\n/dev/null\n0\n'"$(command -v bash)"$'\n/dev/null\n0\n' ''
	[ "$(sort -u own | wc -l)" -eq 1 ]
	[ "$(sort -u own each | wc -l)" -eq 3 ]
}

@test "PARMAP_SEQ and PARMAP_SLOT are as for commands, also for what a record runs" {
	lib 'unset PARMAP_SEQ'
	capture shell -j 1 -c 'echo "$PARMAP_SEQ $PARMAP_SLOT"; sh -c "echo \$PARMAP_SEQ"; echo {#}' ::: a b c
	expect 0 $'1 1\n1\n1\n2 1\n2\n2\n3 1\n3\n3\n' ''
}

@test "the exit status of a record is that of its line, and exit, return and set -e end only it" {
	lib 'f() { return "$1"; }'
	capture shell -j 1 -c '[ {} -ne 4 ] || set -e; [ {} -ne 5 ] || exit 5; f {}; echo {}' ::: 0 3 4 5 0
	expect 123 $'0\n3\n0\n' $'parmap: record 3 "4": exit status 4\nparmap: record 4 "5": exit status 5\n'
	capture shell -c 'return {}' ::: 3
	expect 123 '' "$(command -v bash)"$': line 1: return: can only `return\' from a function or sourced script\nparmap: record 1 "3": exit status 2\n'
}

@test "options and traps of the file hold for records" {
	lib 'set -euo pipefail' 'trap "echo failed" ERR' 'set -E'
	capture shell -j 1 -q -c 'echo {}; false; echo on' ::: 1 2
	expect 123 $'1\nfailed\n2\nfailed\n' ''
	lib 'set -e' 'false'
	capture shell -j 1 -c 'echo {}' ::: 1
	expect 123 '' $'parmap: record 1 "1": its worker exited with status 1 before it had ended\n'
	lib 'trap "echo bye; echo bye >&2" EXIT'
	capture shell -j 1 -c 'echo {}' ::: 1 2
	expect 0 $'1\n2\nbye\n' $'bye\n'
}

@test "a file that has functions with the names of commands does no harm" {
	lib 'read() { echo read; }' 'printf() { echo printf; }' 'set() { echo set; }' 'eval() { echo eval; }' 'export() { echo export; }' 'unset() { echo unset; }' 'trap() { echo trap; }'
	capture shell -j 1 -c 'echo "$1 $PARMAP_SEQ"; read' ::: a b
	expect 0 $'a 1\nread\nb 2\nread\n' ''
}

@test "IFS and other settings of the file are for the records alone" {
	lib 'IFS=0123456789' 'set -fuC' 'shopt -s nullglob failglob extdebug varredir_close'
	capture shell -j 1 -c 'x=a1b; printf "<%s>" $x; echo; : {}' ::: 1 2
	expect 0 $'<a><b>\n<a><b>\n' ''
	lib 'set -m'
	capture shell -j 1 -c 'echo {}' ::: 1 2
	expect 0 $'1\n2\n' ''
	lib 'set -o posix'
	capture shell -j 1 -c 'echo {}' ::: 1 2
	expect 0 $'1\n2\n' ''
}

@test "a byte of any kind arrives, in a record of one, of three or of 300 of them" {
	lib
	for byte in {1..255}; do
		printf -v char '\\%03o' "$byte"
		for n in 1 3 300; do
			# shellcheck disable=SC2059 # an octal number, as often as there are arguments
			printf "$char%.0s" $(seq "$n")
			printf '\0'
		done
	done >records
	printf 'e\303\251\\\0\303\0%.0s' {1..100} >>records
	for locale in C C.UTF-8; do
		capture env LC_ALL=$locale "${PARMAP_WORDS[@]}" --shell-init lib.sh -0 -j 2 -c 'printf "%s\0" {} "$1"' <records
		expect_status 0
		same err </dev/null
		while IFS= read -r -d '' record; do
			printf '%s\0' "$record" "$record"
		done <records | same out
	done
}

@test "traps of the file run for what records do, as often as in a line, and for nothing else" {
	lib 'trap "echo debug" DEBUG'
	capture shell -j 1 -c 'f() { echo {}; }; f' ::: 1 2
	expect 0 $'debug\n1\ndebug\n2\n' ''
	lib 'set -T' 'trap "echo debug \$BASH_COMMAND" DEBUG'
	capture shell -j 1 -c ': {}; echo x' ::: 1 2
	expect 0 $'debug : 1\ndebug echo x\nx\ndebug : 2\ndebug echo x\nx\n' ''
	lib "trap 'echo one' ERR" "trap 'echo two
echo three' RETURN" 'f() { return "$1"; }'
	capture shell -q -j 1 -c 'f 0; echo {}; f {}' ::: 1 2
	expect 123 $'two\nthree\n1\none\n2\none\n' ''
	lib 'trap "echo child" CHLD'
	capture shell -j 1 -c 'echo {}' ::: 1 2
	expect 0 $'1\n2\n' ''
	lib 'shopt -s extdebug' 'trap false DEBUG'
	capture shell -j 1 -c 'echo {}' ::: 1
	expect 123 '' $'parmap: record 1 "1": its worker exited with status 0 before it had ended\n'
	lib 'shopt -s extdebug' 'trap : DEBUG'
	capture shell -j 1 -c 'echo {}' ::: 1 2
	expect 0 $'1\n2\n' ''
}

@test "aliases and functions with the names of what we use, and set -k, are for records alone" {
	lib 'shopt -s expand_aliases' 'trap "echo err" ERR' 'alias builtin="echo oops" read="echo read"' 'exec() { echo "exec $*"; }' ':() { echo colon; }' 'exit() { echo exit; }' 'declare() { command echo declare; }' 'false() { return 0; }'
	capture shell -j 1 -c 'exec {}; read x; :; exit; declare' ::: a b
	expect 0 $'exec a\nread x\ncolon\nexit\ndeclare\nexec b\nread x\ncolon\nexit\ndeclare\n' ''
	lib 'set -k'
	capture shell -j 1 -c 'echo a=b "$PARMAP_SEQ" {} "$1"; [[ $- == *k* ]]' ::: x=1 y=2
	expect 0 $'1 x=1 x=1\n2 y=2 y=2\n' ''
}

@test "options of the file are not seen in messages about a line" {
	lib 'set -uo pipefail'
	capture shell -q -j 1 -c 'echo {} )' ::: a
	expect 123 '' "$(command -v bash)"$': eval: line 1: syntax error near unexpected token `)\'\n'"$(command -v bash)"$': eval: line 1: `echo a )\'\n'
	lib 'set -x'
	capture shell -j 1 -c 'echo {}' ::: a b
	expect 0 $'a\nb\n' $'++ echo a\n++ echo b\n'
}

@test "a file that takes from its shell what it needs fails each record, and hangs nothing" {
	local text
	for text in 'for i in {3..60}; do eval "exec $i>&-"; done' 'enable -n read' 'enable -n echo' 'enable -n eval' 'set -r' 'ulimit -n 12' 'builtin() { :; }'; do
		echo "$text"
		lib "$text"
		capture shell -j 1 -c 'echo {}' ::: 1 2
		expect_status 123
		[ "$(grep -c '^parmap: record' err)" -eq 2 ]
		[ "$(wc -l <err)" -lt 100 ]
	done
}

@test "a file may read stdin, send output elsewhere, and leave something in the background" {
	lib 'read -r x || echo "nothing: $x"' 'trap "echo bye" EXIT' 'sleep 1000 &' 'exec 2>errors'
	clocked capture shell -j 1 -c 'echo {}; echo "e{}" >&2; nosuchcommand' ::: 1 2
	expect_status 123
	same out < <(printf '%s\n' 'nothing: ' 1 2 bye)
	same err < <(printf 'parmap: record %d "%d": exit status 127\n' 1 1 2 2)
	grep -cx 'e[12]' errors | grep -qx 2
	grep -c 'line 1: nosuchcommand: command not found' errors | grep -qx 2
	[ "$TOOK" -lt 30000 ]
	nothing_left
	lib 'exec >log'
	capture shell -j 1 -c 'echo {}' ::: 1 2
	expect 0 '' ''
	same log < <(seq 2)
}

@test "a subshell that is killed before it has a record costs none" {
	gate next
	lib
	start --shell-init lib.sh -j 1 -c 'echo $$ >shell; echo {}' < <(
		echo 1
		read -r _ <next
		echo 2
	) >out 2>err
	wait_for lines_in out 1
	wait_for pgrep -P "$(cat shell)" >waits
	shell=$(cat shell)
	kill -KILL "$(cat waits)"
	wait_for ended "$shell"
	open_gate next
	finish
	expect 0 $'1\n2\n' ''
	[ "$(cat shell)" -ne "$shell" ]
}

@test "with --files the shells have their descriptors too" {
	lib
	capture shell -j 1 --files 20 -c 'ulimit -n; : {}' ::: 1 2
	expect 0 $'20\n20\n' ''
}

@test "messages of bash are those it has of a line: a command that is not there, a syntax error" {
	lib
	capture shell -q -c 'nosuchcommand {}' ::: a
	expect 123 '' "$(command -v bash)"$': line 1: nosuchcommand: command not found\n'
	capture shell -q -c 'echo {} )' ::: a
	expect_status 123
	same out </dev/null
	grep -q "line 1: syntax error near unexpected token" err
	refute grep -q __parmap err
}

@test "a subshell that is killed is a record that exited 137, and nothing else is said" {
	lib
	capture shell -j 1 -c 'echo {}; [ {} -ne 2 ] || kill -KILL $BASHPID' ::: 1 2 3
	expect 123 $'1\n2\n3\n' $'parmap: record 2 "2": exit status 137\n'
}

@test "a shell that is killed fails just the record it is on" {
	lib 'echo read >>reads'
	capture shell -j 1 -c 'echo {}; [ {} -ne 2 ] || kill -KILL $$ $BASHPID' ::: 1 2 3
	expect 123 $'1\n2\n3\n' $'parmap: record 2 "2": killed by signal 9 (KILL)\n'
	[ "$(wc -l <reads)" -eq 2 ]
}

@test "a slow first record holds back the others' output, not their start" {
	lib
	gate first
	capture shell -j 2 -c 'if [ {} = 1 ]; then read -r _ <first; elif [ {} = 5 ]; then echo >first; fi; echo {}; echo {} >&2' < <(seq 5)
	expect 0 $'1\n2\n3\n4\n5\n' $'1\n2\n3\n4\n5\n'
}

@test "what a record said is there before the next, however much it is" {
	lib 'f() { head -c 300000 /dev/zero | tr "\0" "$1"; echo; }'
	capture shell -j 2 -c 'f {}' ::: a b c d
	expect_status 0
	same out < <(for c in a b c d; do head -c 300000 /dev/zero | tr '\0' $c; echo; done)
}

@test "a time limit is that of a record, and the next have a new shell" {
	lib 'echo read >>reads'
	capture shell -j 1 --timeout 3 -c 'echo {}; [ {} != b ] || exec sleep 1000' ::: a b c
	expect 124 $'a\nb\nc\n' $'parmap: record 2 "b": timed out after 3s\n'
	[ "$(wc -l <reads)" -eq 2 ]
}

@test "a file that ignores TERM is killed after --kill-after" {
	lib 'trap "" TERM'
	capture shell -j 1 --timeout 4 --kill-after 0.3 -c 'echo {}; [ {} != a ] || while :; do sleep 1000; done' ::: a b
	expect 124 $'a\nb\n' $'parmap: record 1 "a": timed out after 4s\n'
}

@test "TERM leaves nobody" {
	lib
	start --shell-init lib.sh -j 2 -c ': >ran{}; sleep 1000; :' ::: 1 2 3 >out 2>err
	wait_for exists ran1
	wait_for exists ran2
	kill -TERM "$PID"
	finish
	expect 143 '' ''
	nothing_left
}

@test "what a record left in the background ends with the run" {
	lib
	capture shell -j 1 -c 'sleep 1000 & echo {}' ::: 1 2
	expect_status 0
	same out < <(seq 2)
	nothing_left
}

@test "a file that fails fails each record, with its words, and there is no end without one" {
	for text in 'echo words >&2; exit 3' 'echo words >&2; return 3'; do
		lib "$text"
		capture shell -j 1 -c 'echo {}' ::: a b
		expect 123 '' $'words\nparmap: record 1 "a": its worker exited with status 3 before it had ended\nwords\nparmap: record 2 "b": its worker exited with status 3 before it had ended\n'
	done
	lib 'if ('
	capture shell -j 1 -c 'echo {}' ::: a
	expect_status 123
	grep -q 'lib.sh: line 2: syntax error' err
	grep -q 'record 1 "a": its worker exited with status' err
}

@test "a file that cannot be read is refused before anything runs" {
	capture parmap --shell-init nothing -c 'echo {}' ::: a
	refused '--shell-init=nothing: ' '*No such file*'
	capture parmap --shell-init / -c 'echo {}' ::: a
	refused '--shell-init=/: ' '*Is a directory*'
	capture parmap --shell-init /dev/zero -c 'echo {}' ::: a
	refused '--shell-init=/dev/zero: ' '*File too large*'
	mkdir bin
	capture env PATH="$PWD/bin" "${PARMAP_WORDS[@]}" --shell-init /dev/null -c 'echo {}' ::: a
	refused '--shell-init: there is no bash in PATH'
}

@test "a file that is a pipe or a device is read once, for all shells" {
	f() { echo "f $1"; }
	capture parmap --shell-init <(declare -f f) -j 2 -c 'f {}; kill -KILL $$' ::: 1 2 3
	expect_status 123
	same out < <(printf 'f %s\n' 1 2 3)
	capture parmap --shell-init /dev/null -j 2 -c 'echo {}' ::: 1 2
	expect 0 $'1\n2\n' ''
	declare -f f | capture parmap --shell-init /dev/stdin -j 2 -c 'f {}' ::: 1 2
	expect 0 $'f 1\nf 2\n' ''
	mkfifo functions
	declare -f f >functions &
	capture parmap --shell-init functions -j 2 -c 'f {}' ::: 1 2
	expect 0 $'f 1\nf 2\n' ''
}

@test "--shell-init without -c, with records on stdin, or with another shell is refused" {
	lib
	capture shell echo ::: a
	refused '--shell-init: only with -c'
	capture shell -c --stdin cat ::: a
	refused '--stdin: '
	capture shell -c --pipe cat </dev/null
	refused '--pipe: '
	capture shell -c --shell /bin/dash 'echo {}' ::: a
	refused '--shell-init: takes bash, not /bin/dash'
	capture shell -c --coprocess 'cat' ::: a
	refused '--shell-init: not with --coprocess'
	capture shell -c -o 'echo {}' ::: a
	refused '-o: '
}

@test "--tag, --line-buffer, -u, --fallback, --halt and --dry-run are as for commands" {
	lib 'f() { echo "<$1>"; [ "$1" != b ]; }'
	capture shell -q -j 1 --tag -c 'f {}' ::: a b
	expect 123 $'a\t<a>\nb\t<b>\n' ''
	for option in --line-buffer -u --unordered; do
		capture shell -q -j 1 "$option" -c 'f {}; echo {} >&2' ::: a b
		expect 0 $'<a>\n<b>\n' $'a\nb\n'
	done
	capture shell -q -j 1 --fallback none -c 'f {}' ::: a b c
	expect 123 $'<a>\nnone\n<c>\n' ''
	capture shell -q -j 1 --halt now,fail=1 -c 'f {}' ::: a b c
	expect 1 $'<a>\n<b>\n' ''
	capture shell --dry-run -c 'f {}' ::: a 'b c'
	expect 0 $'f a\nf \'b c\'\n' ''
}

@test "--retries, --joblog and --results are as for commands" {
	lib 'f() { echo "$1"; if [ -e "tried$1" ]; then return 0; fi; : >"tried$1"; return 7; }'
	capture shell -j 1 --retries 2 --joblog log --results results -c 'f {}' ::: a b
	expect 0 $'a\nb\n' ''
	cut -f 7- log >commands
	grep -q $'f a' commands
	[ "$(wc -l <log)" -eq 3 ]
	[ "$(find results -type f | wc -l)" -gt 0 ]
	rm -f tried*
	capture shell -j 1 -q --retry-on 7 --retries 3 -c 'f {}' ::: c
	expect 0 $'c\n' ''
}

@test "with 64 descriptors it works as ever" {
	lib 'f() { echo "$1"; }'
	capture bash -c 'ulimit -n 64 && exec "$@"' bash "${PARMAP_WORDS[@]}" --shell-init lib.sh -j 8 -c 'f {}' < <(seq 40)
	expect 0 "$(seq 40)"$'\n' ''
}

@test "a coprocess of the file has descriptors of its own, and ends when it likes" {
	echo 'coproc cat' >init
	capture parmap --shell-init init -j 1 -c 'echo {}' ::: 1 2 3
	expect 0 $'1\n2\n3\n' ''
	echo 'coproc sleep 0.2' >init
	capture parmap --shell-init init -j 1 -c 'echo {}; sleep 0.1' ::: 1 2 3 4 5
	expect 0 $'1\n2\n3\n4\n5\n' ''
}

@test "what a process says that a last job left behind is output, as after a command" {
	: >init
	# It has a tenth of a second, which a busy machine may not give it each time.
	for _ in {1..20}; do
		capture parmap --shell-init init -c '(while kill -0 $$; do :; done 2>/dev/null; echo late; echo later >&2) & : {}' ::: 1
		! grep -qx later err || break
	done
	expect 0 $'late\n' $'later\n'
}
