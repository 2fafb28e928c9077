#!/usr/bin/env bash
# bench.sh: how fast and how small parmap is, against Debian's xargs, xe and GNU parallel and against the bare loop; and
# as workers, where the work is a function, against Python, bash and forkrun too.
#
# usage: tests/bench.sh [FIGURE ...]      jobs, empty, pipe, memory, descriptors, workers; all by default
#                                         workers is: echo, forkrun, hash, shell, coprocess, sleep, latency
#
# Commands that are compared run in turns, A B C A B C ..., RUNS times (default 7), and medians are taken. A peer that is not
# installed is named and left out; of forkrun, FRUN says where frun.bash is. Exit status: 0 if each target was reached, 1 if
# one was missed.

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

for helper in noop emit loop measure alone echo.so; do
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

# speed NAME COUNT: thousands of records a second, of COUNT.
speed() {
	awk -v s="$(median "$1" 1)" -v n="$2" 'BEGIN { print n / s / 1000 }'
}

# faster A COUNT B COUNT: how many times as fast as B, which did so many records, A is, by the medians.
faster() {
	awk -v a="$(median "$1" 1)" -v b="$(median "$3" 1)" -v n="$2" -v m="$4" 'BEGIN { print n / a / (m / b) }'
}

# times A COUNT B COUNT: how many times as fast as B, which did so many records, A is, run by run.
times() {
	awk -v r="$(ratio "$3" "$1")" -v n="$2" -v m="$4" 'BEGIN { print r * n / m }'
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

# have_frun: forkrun is there, and it works.
have_frun() {
	if [ -z "${frun:-}" ]; then
		frun=no
		cat >"$dir/frun.sh" <<-'END'
			# frun.sh FILE OPTION ...: writes the seconds of frun alone, once it is loaded, into FILE.
			. "$FRUN" 2>/dev/null
			file=$1
			shift
			[ ! -r "${FUNCTIONS:-}" ] || . "$FUNCTIONS"
			start=${EPOCHREALTIME/./}
			frun "$@" 2>/dev/null
			echo "$((${EPOCHREALTIME/./} - start))e-6 0" >"$file"
		END
		export FRUN=${FRUN:-frun.bash}
		if [ "$(seq 100 2>/dev/null | timeout 20 bash "$dir/frun.sh" /dev/null -k -j 2 -C "$build/echo.so:batch" 2>/dev/null)" = \
			"$(seq 100)" ]; then
			frun=yes
		else
			echo "(without forkrun: no frun.bash that works here; FRUN=/path/to/frun.bash says where it is)"
		fi
	fi
	[ "$frun" = yes ]
}

figure_echo() {
	local lines=() peak
	echo "records through a function, -j 2, ordered: seq N | COMMAND >/dev/null"
	cat >"$dir/pool.py" <<-'END'
		import concurrent.futures, sys
		def same(line):
		    return line
		if __name__ == '__main__':
		    with concurrent.futures.ProcessPoolExecutor(2) as pool:
		        for line in pool.map(same, sys.stdin, chunksize=int(sys.argv[1])):
		            sys.stdout.write(line)
	END
	lines=(parmap "seq 10000000 | \$M $parmap -j 2 --builtin echo >/dev/null")
	have python3 && lines+=(
		pool "seq 20000 | \$M python3 $dir/pool.py 1 >/dev/null"
		chunks "seq 200000 | \$M python3 $dir/pool.py 1000 >/dev/null"
	)
	turns 3 "${lines[@]}"
	have parallel && turns 1 parallel "seq 500 | \$M parallel -k -j 2 echo >/dev/null 2>&1"
	verdict "  parmap --builtin echo, of 10 000 000" "$(speed parmap 10000000)" k/s at-least 10000
	if [ -e "$dir/parallel" ]; then
		shown "  GNU parallel -k echo, of 500" "$(speed parallel 500)" k/s
		verdict "  parmap / GNU parallel" "$(faster parmap 10000000 parallel 500)" x at-least 100
	fi
	if [ -e "$dir/pool" ]; then
		shown "  Python's ProcessPoolExecutor.map, of 20 000" "$(speed pool 20000)" k/s
		verdict "  parmap / ProcessPoolExecutor" "$(times parmap 10000000 pool 20000)" x at-least 1000
		shown "  ProcessPoolExecutor.map, chunksize=1000, of 200 000" "$(speed chunks 200000)" k/s
		shown "  parmap / ProcessPoolExecutor, chunksize=1000" "$(times parmap 10000000 chunks 200000)" x
	fi

	turns 1 small "seq 100000 | \$M $parmap -j 2 --builtin echo >/dev/null"
	peak=$(median parmap 2)
	shown "  parmap --builtin echo, of 10 000 000, peak memory" "$(awk -v k="$peak" 'BEGIN { print k / 1024 }')" MiB
	verdict "  10 000 000 rather than 100 000" \
		"$(awk -v a="$peak" -v b="$(median small 2)" 'BEGIN { print (a - b) / 1024 }')" MiB at-most 2
}

# beside_forkrun WHAT FILE
beside_forkrun() {
	local lines=(
		plugin "\$M $parmap -j 2 --plugin $build/echo.so:echo <$2 >/dev/null"
		builtin "\$M $parmap -j 2 --builtin echo <$2 >/dev/null"
	)
	have_frun && lines+=(frun "bash $dir/frun.sh $dir/one -k -j 2 -C $build/echo.so:batch <$2 >/dev/null")
	turns "$runs" "${lines[@]}"
	shown "  parmap --plugin echo.so:echo, $1" "$(median plugin 1)" s
	shown "  parmap --builtin echo, $1" "$(median builtin 1)" s
	[ -e "$dir/frun" ] || return 0
	shown "  frun -k -C echo.so:batch, once it is loaded" "$(median frun 1)" s
	verdict "  parmap --plugin / frun, wall time" "$(ratio plugin frun)" x at-most 1.0
	shown "  parmap --builtin / frun, wall time" "$(ratio builtin frun)" x
}

figure_forkrun() {
	local pages=/sys/kernel/mm/transparent_hugepage/shmem_enabled
	echo "a function from a shared object, -j 2, ordered: COMMAND <FILE >/dev/null"
	[ ! -r "$pages" ] || ! have_frun || echo "(huge pages of shared memory, which forkrun likes: $(grep -o '\[.*\]' "$pages"))"
	seq 10000000 >"$dir/short"
	beside_forkrun "10 000 000 short records" "$dir/short"
	rm "$dir/short"
	seq -f %0199.0f 1000000 >"$dir/long"
	beside_forkrun "1 000 000 of 200 bytes" "$dir/long"
	rm "$dir/long"
}

figure_hash() {
	local lines
	echo "SHA-256 of 100 000 files of 1 KiB, -j 2: COMMAND <FILES >/dev/null"
	mkdir "$dir/files"
	"$build/emit" -b 102400000 x | split -b 1024 -a 5 -d - "$dir/files/"
	find "$dir/files" -type f | sort >"$dir/names"
	head -n 1000 "$dir/names" >"$dir/some"
	lines=(parmap "\$M $parmap -j 2 --builtin sha256 <$dir/names >/dev/null")
	have xargs && lines+=(
		xargs "\$M xargs -P 2 -n 1 sha256sum <$dir/some >/dev/null"
		batches "\$M xargs -P 2 -n 1000 sha256sum <$dir/names >/dev/null"
	)
	have_frun && lines+=(frun "bash $dir/frun.sh $dir/one -k -j 2 -X sha256sum <$dir/names >/dev/null")
	turns 3 "${lines[@]}"
	shown "  parmap --builtin sha256" "$(speed parmap 100000)" k/s
	if [ -e "$dir/xargs" ]; then
		shown "  xargs -P 2 -n 1 sha256sum, of 1000" "$(speed xargs 1000)" k/s
		verdict "  parmap / xargs -n 1" "$(times parmap 100000 xargs 1000)" x at-least 20
		shown "  xargs -P 2 -n 1000 sha256sum" "$(speed batches 100000)" k/s
		verdict "  parmap / xargs -n 1000" "$(times parmap 100000 batches 100000)" x at-least 1
	fi
	if [ -e "$dir/frun" ]; then
		shown "  frun -k -X sha256sum" "$(speed frun 100000)" k/s
		shown "  parmap / frun" "$(times parmap 100000 frun 100000)" x
	fi
	rm -r "$dir/files"
}

figure_shell() {
	local lines exported="bash $dir/exported.bash $dir/f.bash"
	echo "a function of the shell, -j 2: seq 20000 | COMMAND >/dev/null"
	echo 'f() { local n=$1; [ "${n%5}" = "$n" ] || n=${n//1/one}; echo "$n"; }' >"$dir/f.bash"
	cat >"$dir/exported.bash" <<-'END'
		# exported.bash FUNCTIONS command ...: runs the command, with f exported
		. "$1"
		export -f f
		shift
		exec "$@"
	END
	cat >"$dir/forks.bash" <<-'END'
		# forks.bash FUNCTIONS COUNT: f in a subshell for each of so many, half of them in each of two shells
		. "$1"
		half() {
			for ((i = $1; i <= $2; i += 2)); do (f "$i"); done
		}
		half 1 "$2" &
		half 2 "$2"
		wait
	END
	lines=(
		parmap "seq 20000 | \$M $parmap -j 2 --shell-init $dir/f.bash -c 'f {}' >/dev/null"
		forks "\$M bash $dir/forks.bash $dir/f.bash 20000 >/dev/null"
	)
	# shellcheck disable=SC2016 # the shell that xargs starts expands it
	have xargs && lines+=(xargs "seq 500 | \$M $exported xargs -P 2 -I{} bash -c 'f \"\$1\"' _ {} >/dev/null")
	have parallel &&
		turns 1 parallel "seq 200 | PARALLEL_SHELL=$(type -P bash) \$M $exported parallel -k -j 2 f >/dev/null 2>&1"
	have_frun && lines+=(frun "seq 20000 | FUNCTIONS=$dir/f.bash bash $dir/frun.sh $dir/one -k -j 2 -l 1 f >/dev/null")
	turns 3 "${lines[@]}"
	shown "  parmap --shell-init FILE -c 'f {}'" "$(speed parmap 20000)" k/s
	if [ -e "$dir/xargs" ]; then
		shown "  xargs -P 2 -I{} bash -c 'f \"\$1\"' _ {}, of 500" "$(speed xargs 500)" k/s
		verdict "  parmap / xargs bash" "$(times parmap 20000 xargs 500)" x at-least 5
		shown "  two loops of (f \$i) / xargs bash" "$(times forks 20000 xargs 500)" x
		echo "  (More than these loops cannot be had as long as each record has a subshell: they do nothing but fork bash,"
		echo "  whose pages are then copied and mapped anew.)"
	fi
	shown "  parmap / two loops of (f \$i)" "$(times parmap 20000 forks 20000)" x
	if [ -e "$dir/parallel" ]; then
		shown "  GNU parallel -k f, of 200" "$(speed parallel 200)" k/s
		shown "  parmap / GNU parallel" "$(faster parmap 20000 parallel 200)" x
	fi
	if [ -e "$dir/frun" ]; then
		shown "  frun -k -l 1 f, which has no subshell for each" "$(speed frun 20000)" k/s
		shown "  parmap / frun" "$(times parmap 20000 frun 20000)" x
	fi
}

figure_coprocess() {
	local python
	have python3 || return 0
	# What is in PATH may be a script that looks for it.
	python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')
	echo "a Python script that answers 3 000 000 records, a line each: COMMAND <FILE >/dev/null"
	seq 3000000 >"$dir/3000000"
	cat >"$dir/answer.py" <<-'END'
		import sys
		for line in sys.stdin:
		    sys.stdout.write(line[-2::-1] + '\n')
		    sys.stdout.flush()
	END
	turns 3 \
		alone "\$M $python -u $dir/answer.py <$dir/3000000 >/dev/null" \
		piped "cat $dir/3000000 | \$M $python -u $dir/answer.py | cat >/dev/null" \
		single "\$M $parmap -j 1 --coprocess $python -u $dir/answer.py <$dir/3000000 >/dev/null" \
		double "\$M $parmap -j 2 --coprocess $python -u $dir/answer.py <$dir/3000000 >/dev/null"
	shown "  python3 -u answer.py, alone" "$(speed alone 3000000)" k/s
	shown "  the same between two pipes, cat | python3 | cat" "$(speed piped 3000000)" k/s
	shown "  parmap -j 1 --coprocess python3 -u answer.py" "$(speed single 3000000)" k/s
	shown "  parmap -j 2 --coprocess python3 -u answer.py" "$(speed double 3000000)" k/s
	verdict "  parmap -j 1 / alone" "$(times single 3000000 alone 3000000)" x at-least 0.8
	verdict "  parmap -j 2 / between two pipes, for each of 2 cores" "$(times double 1500000 piped 3000000)" x at-least 0.8
	shown "  parmap -j 2 / alone, for each of 2 cores" "$(times double 1500000 alone 3000000)" x
	echo "  (Alone it writes to /dev/null; into a pipe each answer takes it a fifth of a microsecond more, of less than one,"
	echo "  and parmap itself runs on the same 2 cores.)"
}

figure_sleep() {
	local lines
	echo "work that waits: 40 records of 0.1, -j 4"
	printf '0.1\n%.0s' {1..40} >"$dir/40"
	lines=(parmap "\$M $parmap -j 4 --builtin sleep <$dir/40")
	have xargs && lines+=(xargs "\$M xargs -P 4 -n 1 sleep <$dir/40")
	turns 3 "${lines[@]}"
	verdict "  parmap --builtin sleep" "$(median parmap 1)" s at-least 1.0
	verdict "  the same" "$(median parmap 1)" s at-most 1.1
	if [ -e "$dir/xargs" ]; then
		shown "  xargs -P 4 -n 1 sleep" "$(median xargs 1)" s
		shown "  parmap / xargs" "$(ratio parmap xargs)" x
	fi
}

# answers NAME COMMAND ...: how long each of 100 records that arrive alone waits for its answer.
answers() {
	local name=$1
	shift
	"$build/alone" 100 "$@" >"$dir/$name" 2>/dev/null || { echo "(without $name: no answer)"; rm "$dir/$name"; return 1; }
}

figure_latency() {
	echo "a record that arrives alone, 100 times, until its answer is there: the median, and the worst"
	if answers parmap "$parmap" -j 2 --builtin echo; then
		verdict "  parmap --builtin echo, median" "$(median parmap 1)" ms at-most 5
		shown "  parmap --builtin echo, worst" "$(median parmap 2)" ms
	else
		missed=1
	fi
	if have xargs && answers xargs xargs -n 1 echo; then
		shown "  xargs -n 1 echo, median" "$(median xargs 1)" ms
		shown "  xargs -n 1 echo, worst" "$(median xargs 2)" ms
	fi
	if have_frun && answers frun bash "$dir/frun.sh" /dev/null -k -j 2 -C "$build/echo.so:batch"; then
		shown "  frun -k -C echo.so:batch, median" "$(median frun 1)" ms
		shown "  frun -k -C echo.so:batch, worst" "$(median frun 2)" ms
	fi
}

figure_workers() {
	local figure
	for figure in echo forkrun hash shell coprocess sleep latency; do
		"figure_$figure"
	done
}

figures=("$@")
[ $# -gt 0 ] || figures=(jobs empty pipe memory descriptors workers)
for figure in "${figures[@]}"; do
	declare -F "figure_$figure" >/dev/null || { echo "bench.sh: no figure $figure" >&2; exit 2; }
	"figure_$figure"
done
exit $missed
