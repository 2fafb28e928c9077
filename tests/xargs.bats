#!/usr/bin/env bats
# parmap as xargs: what GNU xargs does, and how parmap comes to be it.

load common

as_xargs() {
	TEST_MARK=$MARK timeout --foreground -k 5 "$LIMIT" "${PARMAP_WORDS[@]}" --dialect xargs "$@"
}

# try LINE NAME: runs a line of the table with $X; out, err and status are in NAME.*.
try() {
	local status=0
	(eval "$1") >"$2.out" 2>"$2.err" || status=$?
	{
		echo "status $status"
		[ ! -s "$2.err" ] || echo "something on stderr"
	} >"$2.end"
}

@test "every line of the table does what GNU xargs does, or differs as it says" {
	if ! xargs --version 2>/dev/null | grep -q 'GNU findutils'; then
		skip "the xargs here is not GNU's"
	fi
	set +o pipefail
	echo 'one two three' >table.items
	local line why='' count=0 wrong=0 same
	while IFS= read -r line; do
		case $line in
		'' | '#'*) continue ;;
		'differs: '*)
			why=${line#differs: }
			continue
			;;
		esac
		count=$((count + 1))
		X='xargs' try "$line" theirs </dev/null
		X=as_xargs try "$line" ours </dev/null
		same=1
		cmp -s theirs.out ours.out && cmp -s theirs.end ours.end || same=0
		if { [ -z "$why" ] && [ $same -eq 0 ]; } || { [ -n "$why" ] && [ $same -eq 1 ]; }; then
			wrong=$((wrong + 1))
			printf '%s: %s\n' "${why:-should be the same}" "$line"
			diff -a theirs.out ours.out | head -n 5 || :
			diff -a theirs.end ours.end || :
			head -n 3 theirs.err ours.err
		fi
		why=
	done <"$TESTS/tables/xargs"
	echo "$count lines, $wrong wrong"
	[ $wrong -eq 0 ]
	[ $count -ge 150 ]
}

@test "parmap is xargs by --dialect, by PARMAP_DIALECT and by its name" {
	expected=$'a b\nc\n'
	capture parmap --dialect xargs -n 2 < <(echo a b c)
	expect 0 "$expected" ''
	capture parmap --dialect=xargs -n 2 < <(echo a b c)
	expect 0 "$expected" ''
	export PARMAP_DIALECT=xargs
	capture parmap -n 2 < <(echo a b c)
	expect 0 "$expected" ''
	capture parmap --dialect parmap -n 2 echo < <(echo a b c)
	expect 0 $'a b c\n' ''
	capture parmap --dialect nobody echo
	refused '--dialect=nobody:'
	export PARMAP_DIALECT=nobody
	capture parmap echo
	refused 'PARMAP_DIALECT=nobody:'
	unset PARMAP_DIALECT
	if [ "${#PARMAP_WORDS[@]}" -eq 1 ]; then
		ln -s "${PARMAP_WORDS[0]}" xargs
		capture ./xargs -n 2 < <(echo a b c)
		expect 0 "$expected" ''
		capture ./xargs -n x
		expect 1 '' $'xargs: -n x: not a number\n'
	fi
}

@test "as xargs, output can be in input order, and jobs and the run have limits" {
	gate gate1
	start --dialect xargs -P 2 -n 1 --keep-order sh -c '[ "$0" != 1 ] || read -r _ <gate1; echo "$0"; : >"ran$0"' < <(echo 1 2) >out 2>err
	wait_for exists ran2
	open_gate gate1
	finish
	expect 0 $'1\n2\n' ''
	capture as_xargs -n 1 --timeout 2 sleep < <(echo 0 1000)
	expect 124 '' ''
	capture as_xargs -n 1 --run-timeout 2 sleep < <(echo 0 1000)
	expect_status 124
	nothing_left
}

@test "as xargs, a job that exits 255 or is killed lets the others end, and starts no more" {
	gate gate1
	start --dialect xargs -P 2 -n 1 sh -c 'case $0 in
		1) read -r _ <gate1; echo one ;;
		2) : >ran2; exit 255 ;;
		*) : >"ran$0" ;;
		esac' < <(echo 1 2 3 4) >out 2>err
	wait_for exists ran2
	wait_for lines_in err 1
	open_gate gate1
	finish
	expect 124 $'one\n' $'xargs: sh: exited with status 255; aborting\n'
	refute exists ran3
	refute exists ran4
}

@test "as xargs, a million items are no slower than with GNU xargs, give or take a machine's moods" {
	skip_if_watched "speed"
	seq 1000000 >items
	clocked as_xargs -n 1000 true <items
	ours=$TOOK
	clocked xargs -n 1000 true <items
	[ "$ours" -le $((TOOK * 3 + 1000)) ]
}

@test "the manual of the xargs dialect has all its options, and each difference of the table" {
	MANUAL=$ROOT/man/parmap-xargs.1
	sed -n 's/^\.It Fl \(.*\)/\1/p' "$MANUAL" | sed 's/ Ar .*//; s/ Oo .*//; s/ , Fl /\n/g' | sed 's/^/-/' | sort >manual
	as_xargs --help | sed -n 's/^  *\(-.*\)/\1/p' | sed 's/  .*//; s/\[=*[A-Z]*\]//; s/[ =][A-Z:].*//; s/, /\n/g' | sort >help
	[ "$(wc -l <manual)" -gt 30 ]
	diff -u manual help
	tr '\n' ' ' <"$MANUAL" >text
	sed -n 's/^differs: //p' "$TESTS/tables/xargs" >differences
	[ "$(wc -l <differences)" -ge 2 ]
	while IFS= read -r difference; do
		echo "$difference"
		grep -qF -- "$difference" text
	done <differences
}
