# shellcheck shell=bash
# common.bash: what every test file loads.
#
# PARMAP names the program, by default the one that make built; it may be several words, as in PARMAP='valgrind -q ./parmap'.
# Each test has the directory $T to itself and starts in it. Whatever parmap starts carries a mark in its environment, and
# a test at whose end something with that mark is alive fails.

bats_require_minimum_version 1.5.0

TESTS=$BATS_TEST_DIRNAME
ROOT=${TESTS%/*}
BUILD=$TESTS/build
T=$BATS_TEST_TMPDIR
LIMIT=${PARMAP_TEST_LIMIT:-300} # seconds after which a test gives up; nothing is ever expected to take that long

PARMAP_WORDS=("$ROOT/parmap")
[ -z "${PARMAP-}" ] || read -r -a PARMAP_WORDS <<<"$PARMAP"
for i in "${!PARMAP_WORDS[@]}"; do
	case ${PARMAP_WORDS[i]} in
	./*) PARMAP_WORDS[i]=$PWD/${PARMAP_WORDS[i]#./} ;;
	esac
done
unset i

export LC_ALL=C
export EMIT=$BUILD/emit # for jobs
unset PARMAP_SEQ PARMAP_SLOT PARMAP_OPTS PARMAP_DIALECT TMPDIR MAKEFLAGS MFLAGS MAKELEVEL CARGO_MAKEFLAGS
MARK=$$.$RANDOM$RANDOM

# A setup_file cannot skip, in bats 1.8; it can export the reason in NOT_HERE.
setup() {
	[ -z "${NOT_HERE-}" ] || skip "$NOT_HERE"
	if [ ! -x "$EMIT" ]; then
		echo "$EMIT is missing; make check builds it"
		return 1
	fi
	cd "$T" || return
	mkfifo never
}

teardown() {
	local left
	unset TEST_MARK
	[ -z "${PUBLIC-}" ] || rm -rf "$PUBLIC"
	wait_for -t 3 nothing_left && return
	left=$(marked)
	echo "left behind:"
	for pid in $left; do
		printf '%s: %s\n' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline")"
		kill -KILL "$pid"
	done 2>/dev/null
	return 1
}

# parmap itself, with a limit so that a test of "never hangs" cannot hang.
parmap() {
	TEST_MARK=$MARK timeout --foreground -k 5 "$LIMIT" "${PARMAP_WORDS[@]}" "$@"
}

# Runs a command; what it did is in $STATUS, $T/out and $T/err.
capture() {
	STATUS=0
	"$@" >"$T/out" 2>"$T/err" || STATUS=$?
}

# expect STATUS STDOUT STDERR: what capture or finish saw is exactly this.
expect() {
	local ok=0
	printf %s "$2" | same "$T/out" || ok=1
	printf %s "$3" | same "$T/err" || ok=1
	if [ "$STATUS" -ne "$1" ]; then
		echo "status $STATUS, expected $1"
		ok=1
	fi
	return $ok
}

# same FILE: its bytes are those on stdin.
same() {
	cat >"$T/expected"
	if ! cmp -s "$T/expected" "$1"; then
		echo "${1##*/} is not what was expected (-):"
		diff -u <(cat -A "$T/expected") <(cat -A "$1") | tail -n +3 | cut -c -300 | head -n 30
		return 1
	fi
}

# refused THING [REASON]: a usage error: status 125, nothing on stdout, one line that names the thing (and the reason, a pattern).
refused() {
	local line
	expect_status 125
	same "$T/out" </dev/null
	line=$(head -n 1 "$T/err")
	# shellcheck disable=SC2053 # the reason is a pattern
	if [[ $line != "parmap: $1"* || $line != *${2-?}* || $(grep -c '^parmap: ' "$T/err") -ne 1 ]]; then
		echo "expected one line: parmap: $1 ... ${2-}"
		cat "$T/err"
		return 1
	fi
}

expect_status() {
	if [ "$STATUS" -ne "$1" ]; then
		echo "status $STATUS, expected $1"
		cat "$T/err"
		return 1
	fi
}

# The reference: a loop that runs a command on each line of stdin, one after the other.
serial() {
	local record
	while IFS= read -r record || [ -n "$record" ]; do
		"$@" "$record" </dev/null || :
	done
}

# start [-i] [argument ...]: parmap in the background, as $PID, with default signals (as a shell's foreground) or, with -i, the
# caller's. bats' own descriptors stay here, as does 5, on which a test listens. finish waits for it.
start() {
	local signals=(env --default-signal)
	if [ "${1-}" = -i ]; then
		signals=(env)
		shift
	fi
	TEST_MARK=$MARK "${signals[@]}" "${PARMAP_WORDS[@]}" "$@" <&0 3>&- 4>&- 5>&- &
	PID=$!
}

finish() {
	STATUS=0
	if ! wait_for -t "$LIMIT" ended "$PID"; then
		echo "parmap is still running"
		kill -KILL "$PID"
		return 1
	fi
	wait "$PID" || STATUS=$?
}

ended() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	[[ $stat == *') Z '* ]]
}

# wait_for [-t SECONDS] command ...: until the command succeeds.
wait_for() {
	local seconds=60
	if [ "$1" = -t ]; then
		seconds=$2
		shift 2
	fi
	local end=$((SECONDS + seconds + 1))
	until "$@"; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "waited in vain: $*"
			return 1
		fi
		sleep 0.02
	done
}

# The processes of this test that parmap started, and parmap.
marked() {
	local file
	grep -lsz "^TEST_MARK=$MARK\$" /proc/[0-9]*/environ | while IFS=/ read -r _ _ file _; do
		echo "$file"
	done
}

nothing_left() {
	[ -z "$(marked)" ]
}

# Only parmap itself is alive.
no_job_left() {
	local left
	left=$(marked)
	# parmap itself may have gone by now.
	[ -z "$left" ] || [ "$left" = "$PID" ]
}

# What makes time in these tests: a job waits at a gate ("read -r _ <gate" in sh) until someone opens it. A gate is for one
# job and one time, as whoever waits there next could slip through.
gate() {
	mkfifo "$@"
}

# For sh: sleeps for ever, but lets a trap run at once, and without a word.
hang='while :; do read -r _ <>never; done'

open_gate() {
	timeout "$LIMIT" sh -c 'echo >"$1"' sh "$1"
}

# listen: $T/stream is a pipe for parmap's output, of which hear reads.
listen() {
	mkfifo "$T/stream"
	exec 5<>"$T/stream"
}

# hear LINE | hear -n BYTES: the next thing on the stream is this.
hear() {
	local heard ok=0
	if [ "$1" = -n ]; then
		IFS= read -r -d '' -N "${#2}" -t "$LIMIT" -u 5 heard || ok=1
		shift
	else
		IFS= read -r -t "$LIMIT" -u 5 heard || ok=1
	fi
	if [ $ok -ne 0 ] || [ "$heard" != "$1" ]; then
		printf 'heard %q, expected %q\n' "$heard" "$1"
		return 1
	fi
}

# Nothing more is on the stream.
silence() {
	local heard
	if IFS= read -r -N 1 -t 0 -u 5; then
		IFS= read -r -t 1 -u 5 heard || :
		printf 'heard %q, expected nothing\n' "$heard"
		return 1
	fi
}

# Peak memory of a process, in KiB. The file is read in one go: for a line a time bash seeks back to where the line ends, and then is
# in the middle of a line if the state has become a longer or shorter word.
peak() {
	local key value all
	all=$(<"/proc/$1/status")
	while read -r key value _; do
		if [ "$key" = VmHWM: ]; then
			echo "$value"
			return
		fi
	done <<<"$all"
	return 1
}

# The sets of signals in lines of /proc/PID/status, as numbers. Those above 31 are not asked about: libc keeps some for itself.
signals_of() {
	local key value set=()
	while read -r key value; do
		set+=("${key%:}" $((16#$value & 0x7fffffff)))
	done <"$1"
	echo "${set[*]}"
}

exists() {
	[ -e "$1" ]
}

# lines FILE N: the file has at least N lines.
lines_in() {
	[ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]
}

# A parmap that is watched by valgrind or a sanitizer needs other amounts of everything.
skip_if_watched() {
	if [ "${#PARMAP_WORDS[@]}" -gt 1 ] || grep -q __asan_init "${PARMAP_WORDS[0]}"; then
		skip "$1 means nothing under valgrind or a sanitizer"
	fi
}

# What valgrind does to a program, a test cannot ask of parmap.
skip_under_valgrind() {
	[ "${#PARMAP_WORDS[@]}" -eq 1 ] || skip "valgrind itself $1"
}

# with_disk OPTIONS command ...: with a new small file system at /sys, as seen by the command alone. A mount point is used, and
# made private, as in a chroot that can be done to no other place.
with_disk() {
	unshare -m --propagation unchanged sh -c 'mount --make-private /sys && mount -t tmpfs -o "$0" none /sys && exec "$@"' "$@"
}

skip_unless_mounts() {
	if ! with_disk size=64k true 2>/dev/null; then
		skip "no file system can be mounted here (needs root, and a /sys)"
	fi
}

# Someone who owns nothing, not even a process: for limits and permissions that root does not feel.
# The program is copied to where that user can reach it.
become_nobody() {
	if [ "$(id -u)" -ne 0 ]; then
		skip "only root can become someone without rights"
	fi
	if [ "${#PARMAP_WORDS[@]}" -gt 1 ]; then
		skip "PARMAP is not one program that can be copied"
	fi
	PUBLIC=$(mktemp -d /tmp/parmap-test.XXXXXX)
	chmod 755 "$PUBLIC"
	cp "${PARMAP_WORDS[0]}" "$PUBLIC/parmap"
	PARMAP_WORDS=("$PUBLIC/parmap")
	STRANGER=$((200000 + RANDOM))
}

stranger() {
	setpriv --reuid "$STRANGER" --regid "$STRANGER" --clear-groups "$@"
}

# Succeeds when the command fails (a plain ! would go unnoticed in a test).
refute() {
	if "$@"; then
		echo "should have failed: $*"
		return 1
	fi
}

# Milliseconds that a command took, in $TOOK.
clocked() {
	local begin=${EPOCHREALTIME/./}
	"$@"
	TOOK=$(((${EPOCHREALTIME/./} - begin) / 1000))
	echo "took $TOOK ms"
}
