#!/usr/bin/env bats
# What is wrong with the command line, the input or the machine is said in one line that names it, and nothing crashes.

load common

@test "an unknown option is named, with a hint at --help" {
	for option in --nosuch -Z --nosuch=3; do
		capture parmap $option echo ::: a
		expect 125 '' "parmap: $option: unknown option; try 'parmap --help'"$'\n'
	done
}

@test "a missing command is named, with a hint at --help" {
	for words in '' '-j 2' '--' '::: a b' '-c' '-c ::: a'; do
		echo "parmap $words"
		# shellcheck disable=SC2086 # several words
		capture parmap $words </dev/null
		expect 125 '' $'parmap: no command; try \'parmap --help\'\n'
	done
}

@test "an option without its argument is named" {
	for option in -j -a -d -n --jobs --arg-file --delimiter --max-args --shell --buffer --timeout --run-timeout --signal --kill-after; do
		capture parmap $option
		refused "$option: "
	done
}

@test "an argument that an option cannot take is named with the option, before anything runs" {
	local pairs=(
		-j x -j '' -j -99 -j 1x -j 1.5 -j 99999999999999999999 -j % -j x% -j -- -j ++1 --jobs 2%% -P x
		-n 0 -n x -n '' -n -1 -n 99999999999999999999
		-d ab -d '' -d '\q' -d '\x' -d '\xgg' -d '\400'
		--buffer x --buffer '' --buffer -1 --buffer 5X --buffer 99999999999T --buffer 1MB
		--timeout 5y --timeout x --timeout '' --timeout -1 --timeout nan --timeout '1 s' --timeout 1sm
		--run-timeout 5y --run-timeout -1 --kill-after 5y --kill-after x
		--deadline 17 --deadline @ --deadline @x --deadline @1m --deadline '' --deadline @9223372037 --deadline -1
		--signal NOPE --signal '' --signal 99 --signal -1
	)
	for ((i = 0; i < ${#pairs[@]}; i += 2)); do
		echo "${pairs[i]} '${pairs[i + 1]}'"
		capture parmap "${pairs[i]}" "${pairs[i + 1]}" touch ran ::: ''
		case ${pairs[i]} in
		--*) refused "${pairs[i]}=${pairs[i + 1]}: " ;;
		*) refused "${pairs[i]} ${pairs[i + 1]}: " ;;
		esac
		refute exists ran
	done
}

@test "-j takes a number, a share, and more or fewer than the CPUs" {
	for jobs in 1 7 100% 1% 50% +0 +1 -0 0 300; do
		capture parmap -j $jobs echo ::: a b
		expect 0 $'a\nb\n' ''
		capture parmap -P$jobs echo ::: a b
		expect 0 $'a\nb\n' ''
	done
}

@test "standard input can be only one of the sources, and :::: needs a file" {
	capture parmap -a - echo :::: -
	refused ':::: -: standard input is read already'
	capture parmap -a - -a - echo
	refused '-a -: standard input is read already'
	capture parmap echo ::::
	refused ':::::' 'no file follows'
	capture parmap touch ran ::: a :::: missing
	expect 125 '' $'parmap: :::: missing: No such file or directory\n'
	refute exists ran
}

@test "a file of -a that is missing, unreadable or a directory is named with the reason" {
	capture parmap -a missing touch ran
	expect 125 '' $'parmap: -a missing: No such file or directory\n'
	mkdir folder
	capture parmap --arg-file folder touch ran
	refused '' 'folder: Is a directory'
	capture parmap touch ran <folder
	refused '' 'Is a directory'
	refute exists ran
	become_nobody
	echo a >"$PUBLIC/secret"
	chmod 600 "$PUBLIC/secret"
	capture stranger "$PUBLIC/parmap" -a "$PUBLIC/secret" echo
	expect 125 '' "parmap: -a $PUBLIC/secret: Permission denied"$'\n'
}

@test "input that cannot be read to its end is 125, and what was read is run" {
	# A process's memory at address 0: opening succeeds, reading fails.
	capture parmap -a /proc/self/mem echo
	refused '' 'Input/output error'
}

@test "a record that no argument can hold fails alone, with its size and the limit: 126" {
	head -c 131071 /dev/zero | tr '\0' x >fits
	head -c 131072 /dev/zero | tr '\0' x >long
	{
		echo a
		cat long
		echo
		cat fits
		echo
		echo b
	} >records
	capture parmap -j 2 sh -c 'echo ${#1}' sh <records
	expect_status 126
	same out < <(printf '%s\n' 1 131071 1)
	[ "$(wc -l <err)" -eq 1 ]
	grep -q '^parmap: record 2 "xxxx*\.\.\.": 131072 bytes; an argument can have at most 131071 bytes$' err
}

@test "what surrounds {} counts too" {
	skip_under_valgrind "dies of an exec that fails"
	head -c 131071 /dev/zero | tr '\0' x >records
	capture parmap sh -c 'echo ${#1}' sh -{} <records
	expect_status 126
	same out </dev/null
	grep -q '^parmap: record 1 "xxxx*\.\.\.": cannot run sh: Argument list too long: an argument of 131072 bytes; it can have at most 131071 bytes$' err
}

@test "with -c a record that makes the line too long fails alone" {
	{
		head -c 140000 /dev/zero | tr '\0' x
		echo
		echo b
	} >records
	capture parmap -c 'printf "%s\n" {}' <records
	expect_status 126
	same out < <(echo b)
	[ "$(wc -l <err)" -eq 1 ]
	grep -q '^parmap: record 1 "xxxx*\.\.\.": [0-9]* bytes; an argument can have at most 131071 bytes$' err
}

@test "-n gives a job no more records than an exec can take" {
	yes "$(printf '%0100000d' 0)" | head -n 30 >records
	capture parmap -n 30 sh -c 'echo $#' sh <records
	expect_status 0
	same err </dev/null
	[ "$(wc -l <out)" -gt 1 ]
	[ "$(awk '{ n += $1 } END { print n }' out)" -eq 30 ]
}

@test "a NUL byte in a line fails that record alone, and says how to read it: 126" {
	capture parmap printf '[%s]\n' < <(printf 'a\nb\0c\nd\n')
	expect_status 126
	same out < <(printf '[a]\n[d]\n')
	[ "$(wc -l <err)" -eq 1 ]
	grep -q '^parmap: record 2 "b.*c": contains a NUL byte, which no argument can hold; use -0$' err
}

@test "an environment that leaves no room to exec fails the records that do not fit, by name" {
	skip_under_valgrind "dies of an exec that fails"
	# With 1 MiB of stack the kernel has room for 256 KiB of arguments and environment.
	capture little_stack < <(printf '%s\n' a "$(printf '%0100000d' 0)" b)
	expect_status 126
	same out < <(printf '%s\n' 1 1)
	[ "$(wc -l <err)" -eq 1 ]
	grep -q '^parmap: record 2 "000*\.\.\.": cannot run sh: Argument list too long: arguments of [0-9]* bytes and an environment of [0-9]*; together they can have at most 262144 bytes$' err
}

little_stack() {
	TEST_MARK=$MARK sh -c 'ulimit -s 1024 && A=$0 B=$0 exec "$@"' "$(printf '%0100000d' 0)" "${PARMAP_WORDS[@]}" sh -c 'echo ${#1}' sh
}

# Nothing but stdin, stdout and stderr open, and at most $1 descriptors.
few_descriptors() {
	local limit=$1 fd
	shift
	(
		for fd in /proc/self/fd/*; do
			fd=${fd##*/}
			[ "$fd" -le 2 ] || eval "exec $fd>&-"
		done
		ulimit -n "$limit" || exit
		TEST_MARK=$MARK exec timeout --foreground 100 "${PARMAP_WORDS[@]}" "$@"
	)
}

@test "with ulimit -n 32 everything works, whatever -j is" {
	skip_if_watched "a limit of descriptors"
	for jobs in 1 2 64 0; do
		TMPDIR=$T capture few_descriptors 32 -j $jobs --buffer 1K "$EMIT" < <(seq 1 200)
		expect_status 123
		cmp out <(seq 1 200 | serial "$EMIT" 2>/dev/null)
	done
}

@test "with ulimit -n 16 it works with fewer slots, or says that descriptors are missing" {
	skip_if_watched "a limit of descriptors"
	for jobs in 1 2 64; do
		capture few_descriptors 16 -j $jobs echo < <(seq 30)
		if [ "$STATUS" -eq 125 ]; then
			refused '' 'descriptor'
		else
			expect_status 0
			same out < <(seq 30)
		fi
	done
}

@test "with ulimit -n 5 it says that descriptors are missing" {
	skip_if_watched "a limit of descriptors"
	capture few_descriptors 5 echo ::: a
	expect_status 125
	same out </dev/null
	[ "$(wc -l <err)" -eq 1 ]
	grep -q '^parmap: .*\(descriptors\|open files\)' err
}

@test "a refused fork means fewer slots, and another try when a job ends" {
	skip_if_watched "a limit of processes"
	become_nobody
	cp "$EMIT" "$PUBLIC/emit"
	capture stranger "$BASH" -c 'ulimit -u 4 && exec "$@"' sh "$PUBLIC/parmap" -q -j 16 "$PUBLIC/emit" < <(seq 200)
	expect_status 123
	cmp out <(seq 200 | serial "$EMIT" 2>/dev/null)
}

@test "a worker that cannot be had leaves its job to those that are there" {
	local how
	skip_if_watched "a limit of processes"
	become_nobody
	for how in '--builtin echo' '--coprocess cat' '--coprocess --tagstring {%} cat'; do
		# shellcheck disable=SC2016,SC2086 # words
		capture stranger "$BASH" -c 'ulimit -u 4 && exec "$@"' sh "$PUBLIC/parmap" -j 16 $how < <(seq 2000)
		expect_status 0
		[ ! -s err ]
		cmp <(sed 's/.*\t//' out) <(seq 2000)
		# A slot that has no worker has no jobs.
		[[ $how != *tag* ]] || [ "$(cut -f 1 out | sort -u | wc -l)" -le 3 ]
	done
}

@test "a fork that is refused while no job runs is 125, with the reason" {
	skip_if_watched "a limit of processes"
	become_nobody
	capture stranger "$BASH" -c 'ulimit -u 1 && exec "$@"' sh "$PUBLIC/parmap" -j 4 true ::: a b
	expect_status 125
	same out </dev/null
	cat err
	[ "$(wc -l <err)" -eq 1 ]
	grep -q '^parmap: .*Resource temporarily unavailable$' err
}

@test "without /proc and /sys everything works" {
	skip_if_watched "a machine without /proc"
	skip_unless_mounts
	export TEST_MARK=$MARK
	for jobs in '' -j4 -j50% -j0; do
		# shellcheck disable=SC2086 # no word or one
		capture with_disk size=64k sh -c 'mount --make-private /proc && mount -t tmpfs none /proc && exec "$@"' sh \
			timeout --foreground 100 "${PARMAP_WORDS[@]}" $jobs --timeout 100 sh -c 'echo "$1"; sleep 1000 & exit "$1"' sh ::: 0 3
		expect 123 $'0\n3\n' $'parmap: record 2 "3": exit status 3\n'
	done
}

@test "a closed stdin is named when records were to come from it, and else no matter" {
	capture parmap touch ran <&-
	expect 125 '' $'parmap: stdin: Bad file descriptor\n'
	refute exists ran
	echo a >records
	capture parmap -a records readlink /proc/self/fd/0 {} <&-
	[ "$(head -n 1 out)" = /dev/null ]
	capture parmap sh -c 'readlink /proc/self/fd/0; echo "$1"' sh ::: a <&-
	expect 0 $'/dev/null\na\n' ''
	capture parmap -a records sh -c 'readlink /proc/self/fd/0; echo "$1"' sh <&-
	expect 0 $'/dev/null\na\n' ''
}

@test "a closed stdout is an error when there is output, and writes into nothing else" {
	printf 'a\nb\n' >records
	STATUS=0
	TMPDIR=$T parmap --buffer 0 -a records echo >&- 2>err || STATUS=$?
	: >out
	expect 125 '' $'parmap: stdout: Bad file descriptor\n'
	same records < <(printf 'a\nb\n')
	STATUS=0
	parmap -a records sh -c 'exit 0' >&- 2>err || STATUS=$?
	expect 0 '' ''
}

@test "a closed stderr is an error when there is something to say, and writes into nothing else" {
	skip_under_valgrind "needs a stderr"
	printf 'a\nb\n' >records
	STATUS=0
	parmap -a records sh -c 'echo "$1"' sh >out 2>&- || STATUS=$?
	: >err
	expect 0 $'a\nb\n' ''
	STATUS=0
	parmap -a records sh -c 'echo lost >&2' >out 2>&- || STATUS=$?
	expect_status 125
	same records < <(printf 'a\nb\n')
	STATUS=0
	parmap -a records -j x true >out 2>&- || STATUS=$?
	expect_status 125
	same out </dev/null
}

@test "with stdin, stdout and stderr all closed it still works on what needs none" {
	skip_under_valgrind "needs a stderr"
	echo a >records
	STATUS=0
	parmap -a records sh -c ': >ran; ls /proc/self/fd >fds' <&- >&- 2>&- || STATUS=$?
	expect_status 0
	exists ran
	same records < <(echo a)
}

@test "a full disk under stdout is 125 with the reason, and ends the jobs" {
	for option in -k --unordered --line-buffer; do
		STATUS=0
		parmap $option -j 2 sh -c 'echo "$1"; [ "$1" = 1 ] || sleep 1000' sh ::: 1 2 3 >/dev/full 2>err || STATUS=$?
		: >out
		expect 125 '' $'parmap: stdout: No space left on device\n'
		wait_for -t 5 nothing_left
	done
}

@test "a full disk under stderr is 125" {
	STATUS=0
	parmap sh -c 'echo "$1"; exit 1' sh ::: 1 >out 2>/dev/full || STATUS=$?
	expect_status 125
}

@test "--help and --version into a full disk are 125" {
	for option in --help --version --dry-run; do
		STATUS=0
		parmap $option echo ::: a >/dev/full 2>err || STATUS=$?
		: >out
		expect 125 '' $'parmap: stdout: No space left on device\n'
	done
}

@test "a record of hundreds of megabytes takes no memory to refuse" {
	skip_if_watched "peak memory"
	STATUS=0
	{
		head -c 200M /dev/zero | tr '\0' x
		echo
		echo b
	} | TEST_MARK=$MARK "$BUILD/measure" report "${PARMAP_WORDS[@]}" echo >out 2>err || STATUS=$?
	expect_status 126
	same out < <(echo b)
	grep -q '": 209715200 bytes; an argument can have at most 131071 bytes$' err
	[ "$(cut -d ' ' -f 2 report)" -le 6144 ]
}

@test "zsh is refused for -c, as it would run parts of a record in quotes" {
	capture parmap --shell /usr/bin/zsh -c 'echo {}' ::: a
	refused '--shell=/usr/bin/zsh:' 'glob qualifiers'
}

@test "a long option may be abbreviated, but not to what two begin with" {
	capture parmap --dry echo ::: a
	expect 0 $'echo a\n' ''
	capture parmap --max 2 echo ::: a
	refused '--max:' 'more than one option'
}
