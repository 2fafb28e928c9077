#!/usr/bin/env bats
# Options that are not on the command line.

load common

@test "PARMAP_OPTS has options that come before those of the command line" {
	export PARMAP_OPTS='-n 2 -j1'
	capture parmap echo ::: 1 2 3
	expect 0 $'1 2\n3\n' ''
	capture parmap -n 3 echo ::: 1 2 3
	expect 0 $'1 2 3\n' ''
	# A command that has options of its own keeps them.
	capture parmap printf -- '-%s\n' ::: 1
	expect 0 $'-1\n' ''
	for nothing in '' ' ' $'\n\t ' --; do
		PARMAP_OPTS=$nothing capture parmap echo ::: 1
		expect 0 $'1\n' ''
	done
}

@test "PARMAP_OPTS is split at blanks; quotes and backslashes keep them, and nothing is expanded" {
	printf 'a\n' >'a file'
	printf 'b\n' >"quo'te"
	printf 'c\n' >'*'
	printf 'd\n' >'$HOME'
	for words in "-a 'a file'" '-a "a file"' '-a a\ file' $'-a\n\ta\\ file\n' "--arg-file='a file'" "--arg-'file'=a' 'file"; do
		PARMAP_OPTS=$words capture parmap echo
		expect 0 $'a\n' ''
	done
	PARMAP_OPTS='-a "quo'\''te"' capture parmap echo
	expect 0 $'b\n' ''
	PARMAP_OPTS="-a quo\\'te" capture parmap echo
	expect 0 $'b\n' ''
	PARMAP_OPTS='-a *' capture parmap echo
	expect 0 $'c\n' ''
	# shellcheck disable=SC2016 # nothing is expanded
	PARMAP_OPTS='-a $HOME' capture parmap echo
	expect 0 $'d\n' ''
	PARMAP_OPTS="-E ''" capture parmap echo < <(printf 'a\n\n')
	expect 0 $'a\n\n' ''
	# A source comes before those of the command line.
	PARMAP_OPTS="-a *" capture parmap -a 'a file' echo {1}{2}
	expect 0 $'ca\n' ''
}

@test "what is wrong in PARMAP_OPTS is refused with its name" {
	export PARMAP_OPTS
	PARMAP_OPTS=--nonsense capture parmap echo
	refused 'PARMAP_OPTS: --nonsense: unknown option'
	PARMAP_OPTS=-! capture parmap echo
	refused 'PARMAP_OPTS: -!: unknown option'
	PARMAP_OPTS=--ma=1 capture parmap echo
	refused 'PARMAP_OPTS: --ma=1: more than one option begins so'
	PARMAP_OPTS='-k -n' capture parmap echo
	refused 'PARMAP_OPTS: -n: needs an argument'
	PARMAP_OPTS=--zip=1 capture parmap echo
	refused 'PARMAP_OPTS: --zip=1: takes no argument'
	PARMAP_OPTS='-n x' capture parmap echo
	refused 'PARMAP_OPTS: -n x: not a number'
	PARMAP_OPTS='--max-args=x' capture parmap echo
	refused 'PARMAP_OPTS: --max-args=x: not a number'
	PARMAP_OPTS='-j x' capture parmap echo
	refused 'PARMAP_OPTS: -j x: not a number of jobs'
	PARMAP_OPTS='--max-procs x' capture parmap echo
	refused 'PARMAP_OPTS: --max-procs=x: not a number of jobs'
	PARMAP_OPTS='-n 2 touch' capture parmap ran ::: 1
	refused 'PARMAP_OPTS: touch: not an option'
	PARMAP_OPTS='-k -- touch' capture parmap ran ::: 1
	refused 'PARMAP_OPTS: touch: not an option'
	PARMAP_OPTS="-I 'x" capture parmap echo
	refused 'PARMAP_OPTS: a quote is left open'
	PARMAP_OPTS='--dialect xargs' capture parmap echo
	refused 'PARMAP_OPTS: --dialect=xargs: has to be the first word'
	# The command line has no part in it.
	PARMAP_OPTS=-k capture parmap --nonsense
	refused --nonsense:
}

@test "PARMAP_OPTS is for parmap, not for its dialects; a parmap that is a job inherits it" {
	export PARMAP_OPTS='-n 2 --nonsense'
	capture parmap --dialect xargs echo < <(echo 1 2 3)
	expect 0 $'1 2 3\n' ''
	seq 3 >file
	PARMAP_OPTS=-n2 capture parmap -n1 "${PARMAP_WORDS[@]}" -a {} echo ::: file
	expect 0 $'1 2\n3\n' ''
}
