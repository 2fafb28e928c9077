#!/usr/bin/env bash
# workers.sh SECONDS [SEED]: workers that are killed at any moment, while they do many jobs at once.
#
# Each run maps a function over some ten thousands of records, on stdout and on stderr, and all the while one worker after the
# other gets SIGKILL. Whatever they were at: what is said comes in order, nothing of it twice, each record is said or named as
# failed, and no more fail than workers were killed. Now and then all of them are stopped for a moment.
# shellcheck source=tests/stress.bash
. "${0%/*}/stress.bash"

# Kills a child of that process now and then, as long as there is one; says how many.
kill_workers() {
	local killed=0 children until=$((SECONDS + 120))
	while [ -e "/proc/$1" ]; do
		if [ "$SECONDS" -gt "$until" ]; then
			kill -ABRT "$1"
			break
		fi
		if [ $((RANDOM % 8)) = 0 ]; then
			kill -TSTP "$1" 2>/dev/null
			sleep "0.0$((RANDOM % 5))"
			kill -CONT "$1" 2>/dev/null
		fi
		sleep "0.0$((RANDOM % 5))$((RANDOM % 10))"
		read -r -a children < <(cat "/proc/$1/task/$1/children" 2>/dev/null || pgrep -d ' ' -P "$1") || :
		[ "${#children[@]}" -gt 0 ] || continue
		kill -KILL "${children[RANDOM % ${#children[@]}]}" 2>/dev/null && killed=$((killed + 1))
	done
	echo "$killed"
}

# The numbers of failed records.
fails() {
	sed -n 's/^parmap: record \([0-9]*\) .*: killed by signal 9 (KILL)$/\1/p' err
}

all=0 all_failed=0
while goes_on; do
	runs=$((runs + 1))
	count=$((20000 + RANDOM))
	seq "$count" >records
	options=(-j $((1 + RANDOM % 4)) --buffer $((RANDOM % 3 * 64))k)
	[ $((RANDOM % 4)) != 0 ] || options+=(--timeout 60)
	case $((RANDOM % 3)) in
	0) options+=(--builtin echo) ;;
	1) options+=(--builtin cat missing) ;;
	2) options+=(--builtin sleep 0.0000{}) ;;
	esac
	"${PARMAP_WORDS[@]}" "${options[@]}" <records >out 2>err &
	pid=$!
	kill_workers "$pid" >count
	wait "$pid"
	status=$?
	read -r killed <count
	[ $status -ne 134 ] || fail "it hangs"
	fails >failed
	all=$((all + killed))
	all_failed=$((all_failed + $(wc -l <failed)))
	[ "$(wc -l <failed)" -le "$killed" ] || fail "$(wc -l <failed) failed, $killed workers were killed"
	grep -v -e '^parmap: record [0-9]* ".*": \(killed by signal 9 (KILL)\|exit status 1\)$' -e '^cat: [m0-9]' -e '^sleep: ' err &&
		fail "stderr has something else"
	case ${options[*]} in
	*echo)
		sort -n -c -u out || fail "stdout is out of order"
		[ -z "$(tail -c 1 out)" ] || fail "stdout ends in the middle"
		[ "$(sort -n -u out failed | wc -l)" -eq "$count" ] || fail "a record is missing"
		;;
	*missing)
		sed -n 's/^parmap: record \([0-9]*\) .*/\1/p' err >said
		seq "$count" | cmp - said || fail "stderr has other records, or in another order"
		;;
	*) [ ! -s out ] || fail "stdout has something" ;;
	esac
	[ $status -eq 123 ] || { [ ! -s failed ] && [ $status -eq 0 ]; } || fail "status $status"
done
echo "workers: seed $SEED: $runs runs, $all workers killed, $all_failed records failed for that"
