#!/usr/bin/env bash
# kills.sh SECONDS [SEED]: runs that are killed at any moment, and resumed, until they are complete.
#
# For so many seconds, plan after plan: what an undisturbed run prints and notes is the measure. Then the same run is begun
# again and again, with a job log and results to go on from, and each time killed by KILL, TERM or INT at a moment of chance,
# until one is left to its end. That one has to print the measure, byte by byte, on both streams, and end with its status; the
# job log and the results have to be those of the undisturbed run, and nothing may be left of any of them: no process, no
# file in $TMPDIR, nothing half made among the results.
# shellcheck source=tests/stress.bash
. "${0%/*}/stress.bash"
MARK=$$.$SEED

# Processes that have the mark of these runs in their environment.
marked() {
	grep -lzs "^STRESS_JOB=$MARK\$" /proc/[0-9]*/environ
}

# Nothing is left, or soon will not be: a killed parmap leaves jobs of milliseconds to end by themselves, if nobody else does.
nothing_left() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ -z "$(marked)" ] && return
		sleep 0.1
	done
	return 1
}

# The columns of a log that do not depend on time.
log_of() {
	sed 1d "$1" | cut -f 1,2,5- | sort
}

results_of() {
	find "$1" -type f ! -name job -printf '%P\n' | sort | while read -r file; do
		printf '%s ' "$file"
		cksum <"$1/$file"
	done
}

# What a job does depends on its record alone.
job='echo "out {} of {#}"; echo "err {}" >&2; n={}; head -c $((n * 37 % 9000)) /dev/zero; [ $((n % 5)) != 1 ] || sleep 0.0$((n % 3)); '
job+='case $((n % 11)) in 3) exit 3 ;; 7) kill -SEGV $$ ;; 9) echo late >&2 ;; esac'

# run LOG RESULTS [option ...]: becomes parmap.
run() {
	exec env STRESS_JOB="$MARK" "${PARMAP_WORDS[@]}" "${options[@]}" --joblog "$1" --results "$2" "${@:3}" -c "$job" <records
}

microseconds() {
	echo "${EPOCHREALTIME/./}"
}

plan=0 killed=0
while goes_on; do
	plan=$((plan + 1))
	seq $((RANDOM % 50)) $((50 + RANDOM % 20)) >records
	options=(-j $((1 + RANDOM % 6)) --buffer $((RANDOM % 3 * 20))k)
	[ $((RANDOM % 4)) != 0 ] || options+=(--retries 2)
	[ $((RANDOM % 4)) != 0 ] || options+=(--tag)
	[ $((RANDOM % 6)) != 0 ] || options+=(--atomic)
	[ $((RANDOM % 6)) != 0 ] || options+=(--joblog-fsync)
	[ $((RANDOM % 6)) != 0 ] || options+=(--fallback none)
	rm -rf log res want.log want.res
	took=$(microseconds)
	(run want.log want.res) >want.out 2>want.err
	want_status=$?
	took=$(($(microseconds) - took))
	for ((i = RANDOM % 10; i >= 0; i--)); do
		runs=$((runs + 1))
		run log res --resume >out 2>err &
		pid=$!
		sleep "$(printf '0.%06d' $((took * (RANDOM % 100) / 160 % 1000000)))"
		signals=(KILL KILL TERM INT)
		signal=${signals[RANDOM % 4]}
		kill -"$signal" "$pid" 2>/dev/null && killed=$((killed + 1))
		wait "$pid" 2>/dev/null
		status=$?
		if [ "$signal" != KILL ] && [ -n "$(marked)" ]; then
			sleep 0.1
			[ -z "$(marked)" ] || fail "a run that $signal ended (status $status) has left $(marked)"
		fi
		nothing_left || fail "$signal: left behind: $(marked)"
		[ -z "$(ls -A tmp)" ] || fail "$signal: left in TMPDIR: $(ls -A tmp)"
	done
	runs=$((runs + 1))
	(run log res --resume) >out 2>err
	status=$?
	[ $status -eq $want_status ] || fail "status $status, not $want_status"
	cmp want.out out || fail "stdout is another one"
	cmp want.err err || fail "stderr is another one"
	diff <(log_of want.log) <(log_of log) || fail "the log is another one"
	diff <(results_of want.res) <(results_of res) || fail "the results are others"
	[ -z "$(find res -name '.parmap*')" ] || fail "half made: $(find res -name '.parmap*')"
	nothing_left || fail "left behind: $(marked)"
	[ -z "$(ls -A tmp)" ] || fail "left in TMPDIR: $(ls -A tmp)"
done
echo "kills: seed $SEED: $plan plans, $runs runs, of which $killed were killed; all complete in the end"
