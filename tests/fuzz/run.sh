#!/bin/sh
# Runs each fuzz target for that many seconds, and stops at the first that finds
# something.  What a run adds to the seeds is kept in tests/build/fuzz for the next.
#
#	run.sh SECONDS TARGET...
set -u
cd "$(dirname "$0")/../build/fuzz" || exit
seeds=$PWD/../../fuzz/seeds
seconds=$1
shift

for target; do
	mkdir -p "$target.corpus" "$target.found" || exit
	echo "fuzz: $target, $seconds s"
	dict=
	[ ! -f "$seeds/$target.dict" ] || dict=-dict=$seeds/$target.dict
	"./$target" -max_total_time="$seconds" -timeout=10 -max_len=1024 -rss_limit_mb=1024 \
	    -artifact_prefix="$PWD/$target.found/" -print_final_stats=1 \
	    ${dict:+"$dict"} "$target.corpus" "$seeds/$target" >"$target.log" 2>&1
	status=$?
	if [ "$status" -ne 0 ]; then
		grep -v -e '^#' -e '^INFO' "$target.log"
		echo "fuzz: $target found something: see $PWD/$target.log and $PWD/$target.found" >&2
		exit 1
	fi
	sed -n 's/^stat::number_of_executed_units: */fuzz: runs: /p' "$target.log"
done
