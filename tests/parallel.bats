#!/usr/bin/env bats
# parmap as parallel: what GNU parallel does, and how parmap comes to be it.

load common

setup_file() {
	local path
	# These take so long that with --jobs they had better run at once, though those of other files do not.
	unset BATS_NO_PARALLELIZE_WITHIN_FILE
	# The one in PATH may be parmap.
	while read -r path; do
		if "$path" --version 2>/dev/null | head -n 1 | grep -q '^GNU parallel'; then
			export GNU_PARALLEL=$path
			break
		fi
	done < <(type -ap parallel)
}

as_parallel() {
	TEST_MARK=$MARK timeout --foreground -k 5 "$LIMIT" "${PARMAP_WORDS[@]}" --dialect parallel "$@"
}

# try LINE NAME: runs a line of the table with $X; out, err and how it ended are in NAME.*.
try() {
	local status=0
	(eval "$1") >"$2.out" 2>"$2.err" </dev/null || status=$?
	{
		echo "status $status"
		[ ! -s "$2.err" ] || echo "something on stderr"
	} >"$2.end"
}

# table FROM TO: runs the lines of the table from one heading to before another.
table() {
	if [ -z "${GNU_PARALLEL-}" ]; then
		skip "there is no GNU parallel here"
	fi
	local PARALLEL_HOME=$PWD/home SHELL=/bin/bash line kind='' why='' count=0 wrong=0 same
	export PARALLEL_HOME SHELL
	unset PARALLEL
	mkdir home run
	: >home/will-cite
	cd run || return
	printf 'a\nb\nc\n' >table.abc
	printf 'd\ne\nf\n' >table.def
	printf 'a\t1\nb\t2\nc\t3\n' >table.tsv
	printf 'name,age\nAnn,7\n"Bob, Jr.",50\n' >table.csv
	printf 'a b\n c \n\nd' >table.odd
	set +o pipefail
	while IFS= read -r line; do
		case $line in
		'' | '#'*) continue ;;
		'differs: '* | 'refused: '*)
			kind=${line%%:*}
			why=${line#*: }
			continue
			;;
		esac
		count=$((count + 1))
		X=as_parallel try "$line" ../ours
		if [ "$kind" = refused ]; then
			same=0
			grep -qaF -- "parallel: $why" ../ours.err || same=1
		else
			X=$GNU_PARALLEL try "$line" ../theirs
			same=1
			cmp -s ../theirs.out ../ours.out && cmp -s ../theirs.end ../ours.end || same=0
		fi
		if { [ -z "$kind" ] && [ $same -eq 0 ]; } || { [ -n "$kind" ] && [ $same -eq 1 ]; }; then
			wrong=$((wrong + 1))
			printf '%s: %s\n' "${why:-should be the same}" "$line"
			diff -a ../theirs.out ../ours.out | head -n 5 || :
			diff -a ../theirs.end ../ours.end || :
			head -n 3 ../theirs.err ../ours.err
		fi
		kind=''
		why=''
	done < <(sed -n "/^# $1/,/^# $2/p" "$TESTS/tables/parallel")
	echo "$count lines, $wrong wrong"
	[ $wrong -eq 0 ]
	[ $count -ge 100 ]
}

@test "the table of GNU parallel: commands, values and replacement strings" {
	table 'The command' 'Where records'
}

@test "the table of GNU parallel: sources, ends of records, columns, names" {
	table 'Where records' 'Many records'
}

@test "the table of GNU parallel: several values a job, quoting, what is printed" {
	table 'Many records' 'How output'
}

@test "the table of GNU parallel: output, blocks, statuses, halts" {
	table 'How output' 'Time limits'
}

@test "the table of GNU parallel: limits, jobs, the environment, options" {
	table 'Time limits' 'nothing'
}

@test "parmap is parallel by --dialect, by PARMAP_DIALECT and by its name" {
	capture parmap --dialect parallel -k 'echo {}; echo x' ::: 'a b' c
	expect 0 $'a b\nx\nc\nx\n' ''
	PARMAP_DIALECT=parallel capture parmap 'echo {} | tr a-z A-Z' ::: 'a b'
	expect 0 $'A B\n' ''
	if [ "${#PARMAP_WORDS[@]}" -eq 1 ]; then
		ln -s "${PARMAP_WORDS[0]}" parallel
		capture ./parallel echo ::: a
		expect 0 $'a\n' ''
		capture ./parallel --nosuch
		expect 255 '' $'parallel: --nosuch: unknown option; try \'parallel --help\'\n'
	fi
}

@test "as parallel, no value runs as a command, whatever it is and wherever it is put" {
	local template value
	for template in 'echo {}' 'echo "{}"' "echo '{}'" 'echo x{}y' 'echo "a {} b" c' 'echo $(echo {})' 'echo "$(echo "{}")"' \
		'echo [{}]' 'x={}; echo "$x"' 'echo {.} {/} {//} {/.}' 'echo "{/}"' '{} x' '{}x' '{1} {2}' 'echo {1} "{2}"' 'cat <<<{}' \
		'case {} in a) echo a;; esac' 'sh -c "exit 0" {}' 'export X={}; echo "$X"' 'true {}>/dev/null' 'echo -- {}' 'echo {}{}'; do
		for value in '$(touch ran)' '`touch ran`' '; touch ran' '& touch ran &' '| touch ran' $'\ntouch ran\n' "'; touch ran; '" \
			'"; touch ran; "' '"$(touch ran)"' '\$(touch ran)' 'a[$(touch ran)]' '>ran' '${x:-$(touch ran)}' "'\"\$(touch ran)\"'"; do
			as_parallel --plus -j1 "$template" ::: "$value" ::: b "$value" >out 2>err || :
			as_parallel -j1 -q echo "$template" ::: "$value" >out 2>err || :
			as_parallel -j1 --tag --dry-run "$template" ::: "$value" >out 2>err || :
			refute exists ran
		done
		as_parallel -j1 -X "$template" ::: 'x;touch ran' '$(touch ran)' ';touch' 'ran' >out 2>err || :
		as_parallel -j1 -N 2 "$template" ::: ';touch' 'ran' '|touch' 'ran' >out 2>err || :
		as_parallel -j1 -m "$template" ::: ';touch' 'ran' '|touch' 'ran' >out 2>err || :
		refute exists ran
	done
}

@test "as parallel, a shell whose quotes are others is refused by its name" {
	for shell in fish /usr/bin/zsh /bin/csh; do
		PARALLEL_SHELL=$shell capture as_parallel "touch ran; echo" ::: a
		expect_status 255
		grep -q "^parallel: PARALLEL_SHELL=$shell: it" err
		refute exists ran
	done
	PARALLEL_SHELL=/bin/sh capture as_parallel 'echo {}' ::: "it's"
	expect 0 $'it\'s\n' ''
}

@test "as parallel, 100000 values come through many and few jobs as they are" {
	seq 100000 >values
	as_parallel -k -X echo <values | tr ' ' '\n' | cmp - <(seq 100000)
	as_parallel -k -n 1000 echo <values | tr ' ' '\n' | cmp - <(seq 100000)
	as_parallel -k --pipe --block 10k cat <values | cmp - <(seq 100000)
	as_parallel -k --pipe -N 777 cat <values | cmp - <(seq 100000)
}

@test "as parallel, -n 0 gives jobs nothing, also when one of them is reported, and blocks all the same" {
	capture as_parallel -n0 --timeout 0.1 sleep 1000 ::: a
	expect_status 1
	capture as_parallel -n0 --halt now,fail=1 false ::: a b
	expect_status 1
	capture as_parallel --pipe -n0 cat < <(seq 3)
	expect 0 $'1\n2\n3\n' ''
}

@test "as parallel, a log is where parmap was called, whatever the directory of jobs" {
	mkdir folder
	capture as_parallel --wd folder --joblog log pwd ::: a
	expect 0 "$PWD/folder"$'\n' ''
	exists log
	refute exists folder/log
}

@test "as parallel, patterns of --plus are quick with long values, and may match nothing" {
	local long
	long=$(head -c 20000 /dev/zero | tr '\0' a)
	capture as_parallel --plus echo '{#(a|b)*x}' '{%x(a|b)*}' ::: "$long"
	expect 0 "$long $long"$'\n' ''
	capture as_parallel --plus echo '{^^[a-z]*} {//b*/-} {%b.*} {%%b.*} {#.*b} {##.*b}' ::: 1abcbd
	expect 0 $'1ABCBD -1-a--c--d- 1abc 1a cbd d\n' ''
}

@test "as parallel, a run that stops for another reason does not halt, and lets jobs end" {
	gate gate1
	printf 'a\nb\nx\0y\n' >values
	start --dialect parallel -j 4 --halt now,success=9 'echo {} >ran{}; read -r _ <gate1; echo done {}' <values >out 2>err
	wait_for exists rana
	wait_for exists ranb
	# The one that gets no line sees the end.
	open_gate gate1
	finish
	expect_status 255
	[ "$(sort out | paste -sd,)" = 'done a,done b' ]
	refute grep -q halt err
}

@test "as parallel, names of fields are not values, also when sources begin again" {
	capture as_parallel -k --link --header : echo '{a}{b}' ::: a 1 2 3 ::: b x y
	expect 0 $'1x\n2y\n3x\n' ''
	capture as_parallel --=foo echo ::: a
	expect 255 '' $'parallel: --=foo: unknown option; try \'parallel --help\'\n'
	capture as_parallel -I % --tagstring % ::: 'echo a'
	expect 0 $'echo a\ta\n' ''
}

@test "the manual of the parallel dialect has all its options, what it refuses, and each difference of the table" {
	MANUAL=$ROOT/man/parmap-parallel.1
	local line why
	options_of() {
		sed -n 's/^\.It Fl \(.*\)/\1/p' | sed 's/ Ar .*//; s/ Oo .*//; s/ Ns .*//; s/ , Fl /\n/g' | sed 's/^/-/' | sort
	}
	options_of <"$MANUAL" >manual
	as_parallel --help >help
	sed -n 's/^  *\(-.*\)/\1/p' help | sed 's/  .*//; s/\[=*[A-Z]*\]//; s/ n|.*//; s/[ =][A-Z:].*//; s/, /\n/g' | sort >options
	[ "$(wc -l <manual)" -gt 150 ]
	diff -u options manual
	sed -n '/^\.Sh REFUSED/,/^\.Sh ENV/p' "$MANUAL" >section
	tr '\n' ' ' <section >text
	# What an option says is in its line of --help if that is all it ever says.
	while read -r line; do
		capture as_parallel "$line" x </dev/null
		why=$(head -n 1 err)
		why=${why#parallel: *: }
		grep -q -- " $why\$" help || continue
		echo "$line: $why"
		expect_status 255
		grep -qF -- " $why " text
		echo "$line" >>refused
	done <options
	options_of <section >manual
	diff -u refused manual
	sed -n 's/^refused: //p' "$TESTS/tables/parallel" | sed 's/^-/Fl /; s/^{=.*/{= ... =}/' | sort -u >refusals
	[ "$(wc -l <refusals)" -ge 40 ]
	while IFS= read -r line; do
		echo "$line"
		grep -qF -- "$line " text
	done <refusals
	sed 's/\\e/\\/g; s/\\&//g' "$MANUAL" | tr '\n' ' ' >text
	sed -n 's/^differs: //p' "$TESTS/tables/parallel" | sort -u >differences
	[ "$(wc -l <differences)" -ge 30 ]
	while IFS= read -r line; do
		echo "$line"
		grep -qF -- "$line" text
	done <differences
}
