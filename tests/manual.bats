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
			capture parmap "$option" true </dev/null
			expect_status 0
			same err </dev/null
		fi
	done <options
}

@test "the manuals are clean for mandoc" {
	if ! command -v mandoc >/dev/null; then
		skip "mandoc is not installed"
	fi
	# Whether the pages it refers to are installed is not the page's fault.
	mandoc -Tlint -Wstyle "$ROOT"/man/*.1 2>&1 | grep -v -e 'outdated mandoc.db' -e 'referenced manual not found' >complaints || :
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
	local page name count dialect
	mkdir bin
	for name in parmap xargs parallel; do
		dialect=()
		[ $name = parmap ] || dialect=(--dialect $name)
		printf '#!%s\nTEST_MARK=%s exec%s "$@"\n' "$BASH" "$MARK" "$(printf ' %q' "${PARMAP_WORDS[@]}" "${dialect[@]}")" >bin/$name
		chmod +x bin/$name
	done
	# Each display is a session: "$ " and "> " are typed, the rest is what a terminal shows.
	for page in parmap=15 parmap-xargs=3 parmap-parallel=15; do
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
			(cd "$example.d" && PATH=$T/bin:$PATH timeout "$LIMIT" "$BASH" "$T/script") </dev/null >shown 2>&1 || STATUS=$?
			same shown <wanted
			[ "$STATUS" -eq 0 ]
		done
		echo "$count commands in $name"
		[ "$count" -ge "${page#*=}" ]
	done
}
