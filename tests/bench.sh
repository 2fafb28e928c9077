#!/usr/bin/env bash
# bench.sh: how fast and how small parmap is, against Debian's xargs, xe and GNU parallel and against the bare loop.
#
# usage: tests/bench.sh [FIGURE ...]      jobs, empty, pipe, memory, descriptors; all by default
#
# Commands that are compared run in turns, A B C A B C ..., RUNS times (default 7), and medians are taken. A peer that is not
# installed is named and left out. Exit status: 0 if each target was reached, 1 if one was missed.

# shellcheck disable=SC2317 # the figures are called by name

set -euo pipefail
export LC_ALL=C

tests=$(cd "$(dirname "$0")" && pwd)
build=$tests/build
parmap=${PARMAP:-${tests%/*}/parmap}
runs=${RUNS:-7}
dir=$(mktemp -d "${TMPDIR:-/tmp}/parmap-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
missed=0
settle=:

for helper in noop emit loop measure; do
	[ -x "$build/$helper" ] || { echo "bench.sh: $build/$helper is missing (make builds it)" >&2; exit 2; }
done
[ -x "$parmap" ] || { echo "bench.sh: $parmap is missing" >&2; exit 2; }

# have PEER: it is installed.
have() {
	command -v "$1" >/dev/null && return
	[ -e "$dir/without.$1" ] || echo "(without $1, which is not installed)"
	: >"$dir/without.$1"
	return 1
}

# measured NAME SHELL-LINE: one run, whose seconds and KiB are added to $dir/NAME. In the line, M is "measure FILE", which
# goes before the command that is measured.
measured() {
	rm -f "$dir/one"
	$settle
	M="$build/measure $dir/one" sh -c "$2"
	cut -d ' ' -f 1,2 "$dir/one" >>"$dir/$1"
}

# median NAME COLUMN
median() {
	cut -d ' ' -f "$2" "$dir/$1" | sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# ratio A B: the median of A's seconds over B's, run by run, as they ran beside each other.
ratio() {
	paste -d ' ' "$dir/$1" "$dir/$2" | awk '{ print $1 / $3 }' | sort -g |
		awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# verdict WHAT VALUE UNIT (at-most | at-least) TARGET
verdict() {
	local word
	if awk -v v="$2" -v t="$5" -v how="$4" 'BEGIN { exit !(how == "at-most" ? v <= t : v >= t) }'; then
		word=ok
	else
		word=missed
		missed=1
	fi
	printf '%-58s %10.3f %-4s %-8s %7s  %s\n' "$1" "$2" "$3" "${4/-/ }" "$5" "$word"
}

# shown WHAT VALUE UNIT: a figure without a target.
shown() {
	printf '%-58s %10.3f %s\n' "$1" "$2" "$3"
}

# turns COUNT NAME LINE [NAME LINE ...]
turns() {
	local count=$1 i run
	shift
	local lines=("$@")
	for ((i = 0; i < ${#lines[@]}; i += 2)); do
		rm -f "$dir/${lines[i]}"
	done
	for ((run = 0; run < count; run++)); do
		for ((i = 0; i < ${#lines[@]}; i += 2)); do
			measured "${lines[i]}" "${lines[i + 1]}"
		done
	done
}

figure_jobs() {
	local lines peer
	echo "5000 jobs of a program that does nothing, -j 2, captured and ordered"
	seq 5000 >"$dir/5000"
	lines=(
		parmap "\$M $parmap -j 2 $build/noop <$dir/5000"
		loop "\$M $build/loop -j 2 $build/noop <$dir/5000"
	)
	have xargs && lines+=(xargs "\$M xargs -P 2 -n 1 $build/noop <$dir/5000")
	have xe && lines+=(xe "\$M xe -j 2 $build/noop <$dir/5000")
	turns "$runs" "${lines[@]}"
	have parallel && turns 1 parallel "\$M parallel -k -j 2 $build/noop <$dir/5000 2>/dev/null"
	for peer in parmap loop xargs xe parallel; do
		[ ! -e "$dir/$peer" ] || shown "  $peer" "$(median "$peer" 1)" s
	done
	[ ! -e "$dir/xargs" ] || verdict "  parmap / xargs -P 2 -n 1" "$(ratio parmap xargs)" x at-most 1.0
	verdict "  parmap / bare loop" "$(ratio parmap loop)" x at-most 1.10
	if [ -e "$dir/parallel" ]; then
		verdict "  GNU parallel / parmap" "$(awk -v a="$(median parallel 1)" -v b="$(median parmap 1)" 'BEGIN { print a / b }')" x at-least 5
	fi
}

figure_empty() {
	echo "no records: parmap true </dev/null, against true"
	# 200 starts a run, as one is too short to be measured.
	printf 'i=0\nwhile [ $((i += 1)) -le 200 ]; do "$@" </dev/null; done\n' >"$dir/repeat"
	turns "$runs" parmap "\$M sh $dir/repeat $parmap true" true "\$M sh $dir/repeat $(type -P true)"
	shown "  true" "$(awk -v t="$(median true 1)" 'BEGIN { print t / 200 * 1000 }')" ms
	verdict "  parmap true, more than true" \
		"$(awk -v a="$(median parmap 1)" -v b="$(median true 1)" 'BEGIN { print (a - b) / 200 * 1000 }')" ms at-most 2
}

figure_pipe() {
	local mib
	mib=$(($(df --output=avail -k "$dir" | tail -n 1) / 1024))
	[ "$mib" -ge 1200 ] || { echo "(without the figure of 4 jobs of 1 GiB: $dir has only $mib MiB free)"; return; }
	echo "4 jobs of 1 GiB of output each, ordered, into a pipe, against one cat file | cat"
	"$build/emit" -b 1073741824 x >"$dir/gib"
	printf '%s\n' "$dir/gib" "$dir/gib" "$dir/gib" "$dir/gib" >"$dir/four"
	cat "$dir/gib" >/dev/null
	settle=sync # what one run left to be written should not slow the next
	turns 3 parmap "\$M sh -c '$parmap cat <$dir/four | cat >/dev/null'" cat "\$M sh -c 'cat $dir/gib | cat >/dev/null'"
	shown "  cat | cat" "$(awk -v s="$(median cat 1)" 'BEGIN { print 1 / s }')" GiB/s
	shown "  parmap cat | cat" "$(awk -v s="$(median parmap 1)" 'BEGIN { print 4 / s }')" GiB/s
	verdict "  parmap / cat, throughput" "$(awk -v r="$(ratio parmap cat)" 'BEGIN { print 4 / r }')" x at-least 0.8
	rm "$dir/gib"
	settle=:
}

# behind NAME COUNT OPTIONS: peak memory of parmap while COUNT jobs are done behind a first one that waits.
behind() {
	local name=$1 count=$2 options=$3
	rm -f "$dir/first" "$dir/last" "$dir/$name"
	mkfifo "$dir/first" "$dir/last"
	(
		# The last job is opened when all others are done or about to be; then the first may end.
		echo >"$dir/last"
		echo >"$dir/first"
	) &
	measured "$name" "(echo $dir/first; yes '$4' | head -n $count; echo $dir/last) | \$M $parmap $options >/dev/null"
	wait
}

figure_memory() {
	local kib few
	echo "peak memory"
	seq 100000 >"$dir/100000"
	turns 1 small "\$M $parmap $build/noop <$dir/100000"
	kib=$(median small 2)
	verdict "  100 000 small jobs" "$(awk -v k="$kib" 'BEGIN { print k / 1024 }')" MiB at-most 6

	"$build/emit" -b 1048576 x >"$dir/mib"
	behind large 2000 "-j 3 cat" "$dir/mib"
	verdict "  2000 jobs of 1 MiB behind a sleeping first, buffer 64 MiB" \
		"$(awk -v k="$(median large 2)" 'BEGIN { print k / 1024 }')" MiB at-most 72
	rm "$dir/mib"

	echo tiny >"$dir/tiny"
	behind few 1000 "-j 3 cat" "$dir/tiny"
	few=$(median few 2)
	behind many 100000 "-j 3 cat" "$dir/tiny"
	shown "  1000 tiny jobs behind a sleeping first" "$(awk -v k="$few" 'BEGIN { print k / 1024 }')" MiB
	shown "  100 000 tiny jobs behind a sleeping first" "$(awk -v k="$(median many 2)" 'BEGIN { print k / 1024 }')" MiB
	verdict "  100 000 rather than 1000" "$(awk -v a="$(median many 2)" -v b="$few" 'BEGIN { print (a - b) / 1024 }')" MiB at-most 2
}

figure_descriptors() {
	echo "descriptors"
	seq 200 >"$dir/200"
	(ulimit -n 32 && exec "$parmap" -q -j 64 echo <"$dir/200" >"$dir/200.out" 2>/dev/null) || :
	verdict "  lines of 200 jobs at -j 64 under ulimit -n 32" "$(comm -12 "$dir/200" "$dir/200.out" | wc -l)" '' at-least 200
}

figures=("$@")
[ $# -gt 0 ] || figures=(jobs empty pipe memory descriptors)
for figure in "${figures[@]}"; do
	declare -F "figure_$figure" >/dev/null || { echo "bench.sh: no figure $figure" >&2; exit 2; }
	"figure_$figure"
done
exit $missed
