#!/usr/bin/env bats
# The manual, --help and the completions tell the truth, and the same one.

load common

MAN=$ROOT/man/parmap.1

# The options of each, as typed, a line each.

in_manual() {
	sed -n 's/^\.It Fl \(.*\)/\1/p' "$MAN" | sed 's/ Ar .*//; s/ , Fl /\n/g' | sed 's/^/-/' | sort
}

in_manual_with_value() {
	sed -n '/ Ar /s/^\.It Fl \(.*\)/\1/p' "$MAN" | sed 's/ Ar .*//; s/ , Fl /\n/g' | sed 's/^/-/' | sort
}

in_help() {
	parmap --help | sed -n 's/^  *\(-.*\)/\1/p' | sed 's/  .*//; s/[ =][A-Z:].*//; s/, /\n/g' | sort
}

in_bash() {
	"$BASH" -c '
		. "$0"
		compopt() { :; }
		COMP_WORDS=(parmap -) COMP_CWORD=1 COMP_LINE="parmap -" COMP_POINT=8
		_parmap
		printf "%s\n" "${COMPREPLY[@]}"
	' "$ROOT/completions/parmap.bash" | sort
}

in_zsh() {
	sed -n '/^_arguments/,/:command name:/p' "$ROOT/completions/_parmap" | sed '1d; $d; s/\[.*//' | grep -o -e '[{,)'\'']-[-a-zA-Z0-9]*' | cut -c 2- | sort
}

in_fish() {
	sed -n 's/^complete -c parmap -n \("[^"]*"\|'\''[^'\'']*'\''\)//p' "$ROOT/completions/parmap.fish" |
		grep -o -e ' -[sl] [-a-zA-Z0-9]*' | sed 's/^ -s /-/; s/^ -l /--/' | sort
}

same_options() {
	in_manual >manual
	"$1" >other
	[ "$(wc -l <manual)" -gt 30 ]
	diff -u manual other
}

@test "--help has the options of the manual" {
	same_options in_help
}

@test "the completion for bash has the options of the manual" {
	same_options in_bash
}

@test "the completion for zsh has the options of the manual" {
	same_options in_zsh
}

@test "the completion for fish has the options of the manual" {
	same_options in_fish
}

@test "fish, where there is one, completes the options of the manual" {
	if ! command -v fish >/dev/null; then
		skip "fish is not installed"
	fi
	in_manual | grep '^--' >manual
	HOME=$T fish --no-config -c 'source $argv[1]; complete -C "parmap --"' "$ROOT/completions/parmap.fish" | cut -f 1 | sort >other
	diff -u manual other
}

@test "zsh, where there is one, can read its completion" {
	if ! command -v zsh >/dev/null; then
		skip "zsh is not installed"
	fi
	capture zsh -f -n "$ROOT/completions/_parmap"
	expect 0 '' ''
}

# parmap, xargs and parallel as programs, for shells that are asked here.
programs() {
	local name dialect
	mkdir bin
	for name in parmap xargs parallel; do
		dialect=()
		[ $name = parmap ] || dialect=(--dialect "$name")
		printf '#!%s\nTEST_MARK=%s exec%s "$@"\n' "$BASH" "$MARK" "$(printf ' %q' "${PARMAP_WORDS[@]}" "${dialect[@]}")" >bin/$name
		chmod +x bin/$name
	done
	PATH=$T/bin:$PATH
}

# What a shell offers for the last of these words. frob is a command that has a completion.
bash_offers() {
	"$BASH" -c '
		. "$0"
		compopt() { :; }
		_frob() { COMPREPLY=("${COMP_WORDS[*]}"); }
		complete -F _frob frob
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
		COMP_POINT=${#COMP_LINE}
		_parmap
		printf "%s\n" "${COMPREPLY[@]}"
	' "$ROOT/completions/parmap.bash" "$@"
}

# What zsh does with the specifications is its own affair.
zsh_offers() {
	zsh -f -c '
		setopt extendedglob nullglob typesetsilent
		_arguments() { print -rl -- "$@" }
		offer() {
			local -a words
			words=("${@[2,-1]}")
			local CURRENT=$#words
			. "$1"
		}
		offer "$@" || :
	' zsh "$ROOT/completions/_parmap" "$@" | sed -n 's/^([-a-zA-Z0-9 ]*)//; s/^\*//; s/\(=-\|[-+=]\)\{0,1\}\[.*//p'
}

fish_offers() {
	HOME=$T fish --no-config -c '
		source $argv[1]
		complete -c frob -x -a "(string join \" \" -- (commandline -opc))"
		complete -C (string join " " -- $argv[2..-1])
	' "$ROOT/completions/parmap.fish" "$@" | cut -f 1
}

# The completion of this shell, of which parmap is asked for other dialects.
knows_dialects() {
	local dialect form
	if ! command -v "$1" >/dev/null; then
		skip "$1 is not installed"
	fi
	programs
	for dialect in xargs parallel; do
		sed '/^\.Sh REFUSED/,$d; s/ Ns Oo .*//; s/ Oo .*//; /^\.It Fl -dialect /d' "$ROOT/man/parmap-$dialect.1" >page
		MAN=page in_manual >manual
		[ "$(wc -l <manual)" -gt 30 ]
		"$1_offers" parmap --dialect $dialect - | sort >other
		diff -u manual other
		"$1_offers" parmap --dialect=$dialect - | sort >other
		diff -u manual other
	done
}

@test "the completion for bash has the options of other dialects" {
	knows_dialects bash
}

@test "the completion for zsh has the options of other dialects" {
	knows_dialects zsh
}

@test "the completion for fish has the options of other dialects" {
	knows_dialects fish
}

@test "completions offer dialects, and what the command completes, in any dialect" {
	local shell words
	programs
	[ "$(bash_offers parmap --dialect '' | xargs)" = 'parmap xargs parallel' ]
	grep -qF ':dialect:(parmap xargs parallel)' "$ROOT/completions/_parmap"
	while read -r -a words; do
		for shell in bash fish; do
			command -v $shell >/dev/null || continue
			echo "$shell: ${words[*]}"
			"${shell}_offers" "${words[@]}" '' | grep 'frob x'
		done
	done < <(tr , '\n' <<-'END' | sed 's/$/ frob x/'
		parmap
		parmap -k -j 3 --csv
		parmap --dialect xargs -I {}
		parmap --dialect xargs -i -l3
		parmap --dialect=xargs -0tn 3 --max-procs=3
		parmap --dialect parallel -k --tag -j 3
		parmap --dialect parallel -kj3 -N 2 --halt now,fail=1
		parmap --dialect=parallel --
	END
	)
	# After ::: there are values.
	[ "$(bash_offers parmap --dialect parallel frob ::: x)" = '' ]
	[[ $(bash_offers parmap --dialect xargs frob ::: x) == 'frob ::: x' ]]
	if command -v fish >/dev/null; then
		[ "$(fish_offers parmap --dialect '' | sort | xargs)" = 'parallel parmap xargs' ]
	fi
}

# offers WORD ...: what the shell $SHELL_ASKED offers for the last of these words.
offers() {
	"${SHELL_ASKED}_offers" "$@" | xargs
}

# The completion of this shell, which asks parmap for its builtins.
knows_functions() {
	if ! command -v "$1" >/dev/null; then
		skip "$1 is not installed"
	fi
	SHELL_ASKED=$1
	programs
	parmap --builtin list | cut -d ' ' -f 1 >names
	[ "$(wc -l <names)" -gt 10 ]
	: >a.so
	"$1_offers" parmap -k --builtin '' | sort >other
	diff -u names other
	[ "$(offers parmap --builtin md)" = md5 ]
	# With a function there is no line for a shell, no other function, and no option behind it.
	[ "$(offers parmap --builtin x --b)" = '' ]
	[ "$(offers parmap -c --plug)" = '' ]
	[ "$(offers parmap -k --plug)" = --plugin ]
	# It is an argument of a command.
	[[ $(offers parmap -k frob --builtin '') == 'frob --builtin'* ]]
}

@test "the completion for bash has the names of builtins, and files behind a function" {
	knows_functions bash
	# No word of its own means a file.
	[ "$(offers parmap --builtin md5 -)" = '' ]
	[ "$(offers parmap --plugin ./a.so:f -k)" = '' ]
}

@test "the completion for fish has the names of builtins, and files behind a function" {
	knows_functions fish
	[ "$(offers parmap --plugin ./a)" = ./a.so ]
	[ "$(offers parmap --plugin=./a.so:f ./a)" = ./a.so ]
	[ "$(offers parmap -k --builtin md5 ./a)" = ./a.so ]
}

@test "the completion for zsh has the names of builtins" {
	if ! command -v zsh >/dev/null; then
		skip "zsh is not installed"
	fi
	programs
	parmap --builtin list | cut -d ' ' -f 1 >names
	# What state the specifications lead to is its own affair.
	grep -q -e '--builtin=.*:name:->builtins:\*:argument:_files' "$ROOT/completions/_parmap"
	grep -q -e '--plugin=.*:_files:\*:argument:_files' "$ROOT/completions/_parmap"
	zsh -f -c '
		setopt extendedglob nullglob typesetsilent
		_arguments() { state=builtins }
		compadd() { shift; print -rl -- "$@" }
		offer() {
			local -a words
			words=("${@[2,-1]}")
			local CURRENT=$#words
			. "$1"
		}
		offer "$@"
	' zsh "$ROOT/completions/_parmap" parmap --builtin '' >other
	diff -u names other
}

@test "parmap knows every option of the manual, and takes a value where the manual says so" {
	in_manual >options
	in_manual_with_value >with-value
	[ "$(wc -l <with-value)" -gt 10 ]
	while read -r option; do
		echo "$option"
		if grep -qx -e "$option" with-value; then
			capture parmap "$option"
			refused '' "${option#-}"
		else
			# Of some, a log is needed.
			capture parmap --joblog log "$option" true </dev/null
			expect_status 0
			sed '/^parmap: summary: /d' err >said
			same said </dev/null
		fi
	done <options
}

@test "the manuals are clean for mandoc" {
	if ! command -v mandoc >/dev/null; then
		skip "mandoc is not installed"
	fi
	# Whether the pages it refers to are installed is not the page's fault.
	mandoc -Tlint -Wstyle "$ROOT"/man/*.[1-9] 2>&1 | grep -v -e 'outdated mandoc.db' -e 'referenced manual not found' >complaints || :
	same complaints </dev/null
}

@test "--help fits the width of a terminal" {
	local dialect
	for dialect in parmap xargs parallel; do
		parmap --dialect "$dialect" --help | expand >help
		[ -s help ]
		[ "$(awk 'length > 80' help)" = '' ]
	done
}

@test "every example of the manuals does what it says, and ends well" {
	local page name count
	programs
	# Each display is a session: "$ " and "> " are typed, the rest is what a terminal shows.
	for page in parmap=18 parmap-xargs=3 parmap-parallel=15; do
		name=${page%=*}
		sed -n '/^\.Sh EXAMPLES/,/^\.Sh [DS]/p' "$ROOT/man/$name.1" |
			sed 's/\\e/\\/g; s/\\&//g; s/\\-/-/g; s/\\(dq/"/g; s/\\(aq/'\''/g' >examples
		refute grep '^\.D[l1]' examples
		mkdir "$name"
		awk -v name="$name" '/^\.Bd -literal/ { n++; inside = 1; next } /^\.Ed/ { inside = 0 } inside { print > sprintf("%s/%02d", name, n) }' examples
		count=0
		for example in "$name"/??; do
			sed -n 's/^[$>] //p' "$example" >script
			sed '/^[$>] /d' "$example" >wanted
			echo "example: $(cat script)"
			head -n 1 "$example" | grep -q '^\$ '
			count=$((count + $(grep -c '^\$ ' "$example")))
			mkdir "$example.d"
			STATUS=0
			(cd "$example.d" && timeout "$LIMIT" "$BASH" "$T/script") </dev/null >shown 2>&1 || STATUS=$?
			same shown <wanted
			[ "$STATUS" -eq 0 ]
		done
		echo "$count commands in $name"
		[ "$count" -ge "${page#*=}" ]
	done
}

@test "every example of the README does what it says" {
	local n=0
	programs
	export CPATH=$ROOT/src # where cc looks for parmap.h, too
	# Sessions are what stands four columns in, up to the section that needs an installation.
	sed -n '/^## Examples/,/^## As /p' "$ROOT/README.md" |
		awk '/^    / { if (!inside) n++; inside = 1; print substr($0, 5) > sprintf("example%02d", n); next } { inside = 0 }'
	for example in example??; do
		sed -n 's/^[$>] //p' "$example" >script
		echo "example: $(cat script)"
		n=$((n + $(grep -c '^\$ ' "$example")))
		mkdir "$example.d"
		# Of who is killed a shell without a terminal says more.
		(cd "$example.d" && timeout "$LIMIT" "$BASH" "$T/script") </dev/null 2>&1 | sed 's/^[^ ]*script: line .* Killed .*/Killed/' >shown
		sed '/^[$>] /d' "$example" | same shown
	done
	[ $n -ge 18 ]
}

# What a run can say: the pieces that remain of the formats of printf(3). What is in the words of xargs is left out, and what a shell is told.
messages() {
	cat "$ROOT"/src/run/*.c "$ROOT/src/main.c" | sed '/^report_stop(/,/^}/d; /^shell_ask(/,/^}/d; /^summary_/,/^}/d; /^tell_/,/^}/d; /^jobserver_/,/^}/d; s/\\"//g' | tr -d '\n\t' |
		grep -o -E '(engine_say|engine_cry|engine_fail|errx?|buf_addf?|buf_add_string)\([^";]*("[^"]*" *)+' |
		sed 's/" *"//g' | grep -o '"[^"]*"' | sed 's/"//g; s/^, //; s/%[.0-9]*[a-z]*/\n/g' | grep '........' | sort -u
}

@test "the diagnostics of the manual have every message of a run" {
	sed -n '/^\.Sh DIAGNOSTICS/,/^\.Sh/p' "$MAN" >diagnostics
	messages | grep -vx -e 'argument list too long' -e 'directory ' >pieces
	[ "$(wc -l <pieces)" -gt 20 ]
	while IFS= read -r piece; do
		grep -qF -e "$piece" diagnostics || echo "$piece"
	done <pieces >missing
	same missing </dev/null
}
