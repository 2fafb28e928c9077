#!/usr/bin/env bash
# faults.sh: what parmap does when its system calls fail, one of them at a time, in runs of 50 records.
#
# usage: tests/faults.sh [-s STRIDE] [-e EVERY] [-f FAULT] [SCENARIO ...]
#
# All scenarios and each call of them, by default, which takes about an hour; with a STRIDE each so-many-th call of a kind, and if
# it is more than there are, the first and the middle one; of all these faults EVERY so many.
#
# Each run must end with the right output and status 0, or with the documented status and a line that names the cause, having
# written nothing but the beginning of the right output; it must not hang, and must leave no process behind. Job 7 waits for one
# of the last two, so that most of the run happens behind its back, and so that it has to be ended if parmap cannot go on.
# A fault is CALL:N:ERRNO, as tests/helpers/fault.c has it. Exit status: 0 if all went well, 1 if not.

set -u
export LC_ALL=C

tests=$(cd "$(dirname "$0")" && pwd)
parmap=${PARMAP:-${tests%/*}/parmap}
shim=$tests/build/fault.so
dir=$(mktemp -d "${TMPDIR:-/tmp}/parmap-faults.XXXXXX")
trap 'rm -rf "$dir"' EXIT
unset PARMAP_SEQ PARMAP_SLOT PARMAP_OPTS PARMAP_DIALECT TMPDIR MAKEFLAGS CARGO_MAKEFLAGS
stride=1 every=1 only=
while getopts s:e:f: option; do
	case $option in
	s) stride=$OPTARG ;;
	e) every=$OPTARG ;;
	f) only=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
for file in "$shim" "$parmap"; do
	[ -x "$file" ] || { echo "faults.sh: $file is missing (make builds it)" >&2; exit 2; }
done

all=(plain pipe file joblog fsync results resume spill many stdin unordered tag retries)

# What a call may fail with. A plus is for a fault that stays.
errnos() {
	case $1 in
	read) echo EIO EINTR EAGAIN short ;;
	write) echo EIO ENOSPC ENOMEM EINTR EAGAIN EPIPE short ;;
	pread) echo EIO EINTR short ;;
	pwrite) echo EIO ENOSPC EINTR short ENOSPC+ short+ ;;
	splice) echo EINVAL ENOSPC EINTR EAGAIN short ;;
	preadv2) echo EAGAIN EINVAL EINTR ;;
	open | openat | mkostemp) echo EMFILE EACCES ENOMEM EMFILE+ ;;
	pipe2 | dup) echo EMFILE ENOMEM EMFILE+ ;;
	dup2) echo EMFILE ;;
	vfork) echo EAGAIN ENOMEM EAGAIN+ ;;
	poll | ppoll) echo EINTR EAGAIN ENOMEM ;;
	wait4) echo EINTR ;;
	mmap) echo ENOMEM ;;
	fcntl) echo EINVAL ENOMEM ;;
	close | fstat | fstatvfs | lseek) echo EIO ;;
	ftruncate | fsync | fdatasync) echo EIO EINTR ;;
	flock) echo EINTR ENOMEM ;;
	renameat | mkdirat | unlinkat) echo EIO ENOSPC ;;
	kill) echo EPERM ;;
	setpgid) echo EACCES ;;
	malloc | calloc | realloc) echo ENOMEM ;;
	*) echo "faults.sh: $1 is not known" >&2 ;;
	esac
}

# After these the run goes on, and nobody can tell that anything happened.
transparent() {
	case $1 in
	read:*:EINTR | write:*:EINTR | p*:EINTR | wait4:* | fdatasync:*:EINTR | *:short | read:*:EAGAIN) return 0 ;;
	ppoll:*:EAGAIN | vfork:*[0-9]:* | pipe2:*[0-9]:* | splice:* | preadv2:* | kill:* | setpgid:* | mmap:* | fstatvfs:*) return 0 ;;
	esac
	return 1
}

cat >"$dir/job" <<'JOB'
#!/bin/sh
# job [-b] [-r] RECORD ...: -b says much; -r, of record 9, fails the first time. Without records they are on its stdin.
big= retry= tries=0
while :; do
	case $1 in
	-b) big=1 ;;
	-r) retry=1 ;;
	*) break ;;
	esac
	shift
done
if [ $# -eq 0 ]; then
	while read -r record; do
		set -- "$@" "$record"
	done
fi
if [ "$1" = 7 ]; then
	until [ -e gate ] || [ $tries -eq 250 ]; do
		sleep 0.02
		tries=$((tries + 1))
	done
fi
echo "out $*"
echo "err $*" >&2
[ -z "$big" ] || printf '%04000d\n' "$1"
case " $* " in
*" 49 "* | *" 50 "*) : >gate ;;
esac
if [ -n "$retry" ] && [ "$1" = 9 ] && [ ! -e failed ]; then
	: >failed
	exit 3
fi
JOB
chmod +x "$dir/job"
seq 50 >"$dir/input"

# faulty FAULT argument ...: parmap, under the shim.
faulty() {
	local fault=$1
	shift
	timeout --foreground -k 1 20 env LD_PRELOAD="$shim" FAULT="$fault" "$parmap" -j 4 "$@"
}

# perform SCENARIO FAULT: parmap's standard output is ours.
perform() {
	local job=$dir/job
	case $1 in
	plain) faulty "$2" "$job" <"$dir/input" >out ;;
	pipe)
		seq 50 | faulty "$2" "$job" | cat >out
		return "${PIPESTATUS[1]}"
		;;
	file) faulty "$2" -a "$dir/input" "$job" </dev/null >out ;;
	joblog) faulty "$2" --joblog log "$job" <"$dir/input" >out ;;
	fsync) faulty "$2" --joblog log --joblog-fsync "$job" <"$dir/input" >out ;;
	results) faulty "$2" --results results --joblog log "$job" <"$dir/input" >out ;;
	resume)
		cp -a "$dir/earlier/." .
		faulty "$2" --results results --joblog log --resume "$job" <"$dir/input" >out
		;;
	spill) faulty "$2" --buffer 16K "$job" -b <"$dir/input" >out ;;
	many) faulty "$2" -n 3 "$job" <"$dir/input" >out ;;
	stdin) faulty "$2" -n 3 --stdin "$job" <"$dir/input" >out ;;
	unordered) faulty "$2" --unordered "$job" <"$dir/input" >out ;;
	tag) faulty "$2" --tag "$job" <"$dir/input" >out ;;
	retries) faulty "$2" --retries 3 "$job" -r <"$dir/input" >out ;;
	*) echo "faults.sh: no scenario $1" >&2 ;;
	esac
}

# attempt SCENARIO FAULT: what came of it is in out, err, log, results and $STATUS; $LINGERED is for how many milliseconds
# something of the run was alive after parmap.
attempt() {
	local said ended
	rm -rf gate failed log results out
	: >out
	said=$(
		perform "$1" "$2" 3>&1 2>err >/dev/null
		echo "$? ${EPOCHREALTIME/./}"
	)
	ended=${EPOCHREALTIME/./}
	STATUS=${said% *}
	LINGERED=$(((ended - ${said#* }) / 1000))
}

# What else a run leaves, but for times.
remains() {
	[ ! -e log ] || cut -f 1,7- log | sort -n
	[ ! -e results ] || find results -type f ! -name job | sort | xargs grep -H ''
}

# In no order, whole lines are.
said() {
	if [ "$1" = unordered ]; then
		sort "$2"
	else
		cat "$2"
	fi
}

cause() {
	case $1 in
	*malloc:* | *calloc:* | *realloc:*) echo 'Cannot allocate memory' ;;
	*:EIO*) echo 'Input/output error' ;;
	*:EINTR*) echo 'Interrupted system call' ;;
	*:EAGAIN*) echo 'Resource temporarily unavailable' ;;
	*:EPIPE*) echo 'Broken pipe' ;;
	*:ENOSPC*) echo 'No space left on device' ;;
	*:ENOMEM*) echo 'Cannot allocate memory' ;;
	*:EMFILE*) echo 'Too many open files' ;;
	*:EACCES*) echo 'Permission denied' ;;
	*:EINVAL*) echo 'Invalid argument' ;;
	*) echo '?' ;;
	esac
}

# Was that a run as it should be, with that fault? If not, why.
judge() {
	local scenario=$1 fault=$2 expected=$dir/expected.$1 got
	got=$(said "$scenario" out)
	if [ "$LINGERED" -gt 2000 ]; then
		echo "a process was left behind"
	elif [ "$STATUS" -eq 124 ] || [ "$STATUS" -eq 137 ]; then
		echo "it hung"
	elif [ "$STATUS" -eq 0 ]; then
		[ "$got" = "$(<"$expected.out")" ] || echo "wrong output with status 0"
		[ "$(said "$scenario" err)" = "$(<"$expected.err")" ] || echo "wrong standard error with status 0"
		[ "$(remains)" = "$(<"$expected.rest")" ] || echo "wrong log or results with status 0"
	elif transparent "$fault" && [[ $scenario.$fault != resume.read:*:EAGAIN ]]; then
		echo "status $STATUS, though it could have gone on: $(grep -m 1 '^parmap: ' err)"
	elif [[ $fault = write:*:EPIPE && $STATUS -eq 141 ]]; then
		: # as a program does whose reader is gone
	elif [ "$STATUS" -ne 125 ] && [[ $fault != dup2:* || $STATUS -ne 126 ]]; then
		echo "status $STATUS: $(grep -m 1 '^parmap: ' err)"
	elif ! grep -q "^parmap: .*$(cause "$fault")" err; then
		echo "no line with the cause: $(grep -m 1 '^parmap: ' err)"
	elif [ "$scenario" = unordered ]; then
		[ -z "$(sort out | comm -23 - "$expected.out")" ] || echo "wrong output with status $STATUS"
	elif [ "$STATUS" -eq 125 ]; then
		[[ $(<"$expected.out") == "$got"* ]] || echo "wrong output with status $STATUS"
	fi
}

# numbers CALL ERRNO COUNT: which of so many calls fail. Those that go on failing late have the run wait for job 7, and each
# descriptor there may be is asked for its flags.
numbers() {
	local n step=$stride
	if [ "$1" = fcntl ] && [ "$step" -lt 25 ]; then
		step=25
	elif [[ $2 = *+ ]]; then
		step=$3
	fi
	if [[ $2 = *+ ]] && [ "$every" -gt 1 ]; then
		echo 1
		return
	fi
	if [ "$step" -ge "$3" ]; then
		printf '%s\n' 1 $(($3 / 2 + 1)) | uniq
		return
	fi
	for ((n = 1; n <= $3; n += step)); do
		echo $n
	done
}

# faults SCENARIO: those to be tried.
faults() {
	local call count errno n
	while read -r call count; do
		for errno in $(errnos "$call"); do
			# That one says that the job does not read.
			[ "$1.$call.$errno" != stdin.write.EPIPE ] || continue
			for n in $(numbers "$call" "$errno" "$count"); do
				echo "$call:$n${errno//[!+]/}:${errno%+}"
			done
		done
	done < <(sort "$dir/count.$1")
}

# try SCENARIO WORKER WORKERS: every so many of the faults.
try() {
	local fault why i=0
	mkdir "$dir/$1.$2"
	cd "$dir/$1.$2" || return
	while read -r fault; do
		if [ $((i++ % $3)) -eq "$2" ]; then
			attempt "$1" "$fault"
			why=$(judge "$1" "$fault")
			[ -z "$why" ] || echo "$1 $fault: ${why//$'\n'/, }"
		fi
	done <"$dir/faults.$1"
}

# The run to which all others are compared, in which calls are counted.
undisturbed() {
	mkdir "$dir/$1"
	if [ "$1" = resume ]; then
		mkdir "$dir/earlier"
		cd "$dir/earlier" || return
		: >gate
		seq 20 | faulty count:/dev/null --results results --joblog log "$dir/job" >out 2>err
	fi
	cd "$dir/$1" || return
	attempt "$1" "count:$dir/count.$1"
	if [ "$STATUS" -ne 0 ] || [ "$(grep -c '^\([0-9]*	\)\?out ' out)" -lt 17 ]; then
		echo "faults.sh: $1 fails by itself: status $STATUS" >&2
		cat err >&2
		exit 2
	fi
	said "$1" out >"$dir/expected.$1.out"
	said "$1" err >"$dir/expected.$1.err"
	remains >"$dir/expected.$1.rest"
}

[ $# -gt 0 ] || set -- "${all[@]}"
workers=$(nproc) wrong=0 total=0
for scenario; do
	undisturbed "$scenario"
	if [ -n "$only" ]; then
		echo "$only" >"$dir/faults.$scenario"
	else
		# Others of each scenario.
		faults "$scenario" | awk -v e="$every" -v n="$total" '(n + NR) % e == 0' >"$dir/faults.$scenario"
		total=$((total + 4))
	fi
	for ((i = 0; i < workers; i++)); do
		try "$scenario" "$i" "$workers" >"$dir/wrong.$i" &
	done
	wait
	cat "$dir"/wrong.*
	[ -z "$(cat "$dir"/wrong.*)" ] || wrong=1
	echo "$scenario: $(wc -l <"$dir/faults.$scenario") faults"
	cd "$dir" || exit
done
exit $wrong
