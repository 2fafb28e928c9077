#!/usr/bin/env bats
# Records to commands: {} in words, shell lines with quoted records, and what --dry-run and -t show of them.

load common

@test "without {} the record comes last, as one argument" {
	capture parmap printf '[%s][%s]\n' x ::: 'a b' '*' '$HOME'
	expect 0 $'[x][a b]\n[x][*]\n[x][$HOME]\n' ''
}

@test "{} stands for the record in any word, any number of times, also inside a word and in the command's name" {
	capture parmap printf '[%s]' {} x{} {}y x{}y{}z {} ::: 'a b'
	expect 0 '[a b][xa b][a by][xa bya bz][a b]' ''
	capture parmap {} '[%s]\n' x ::: printf
	expect 0 $'[x]\n' ''
	capture parmap print{} '[%s]\n' x ::: f
	expect 0 $'[x]\n' ''
}

@test "a record that holds {} is not expanded again" {
	capture parmap printf '[%s]' {} a{}b ::: '{}' '{}{}'
	expect 0 '[{}][a{}b][{}{}][a{}{}b]' ''
}

@test "braces that are not {} are left alone" {
	capture parmap printf '[%s]' '{ }' '{' '}' '{a,b}' '}{' ::: x
	expect 0 '[{ }][{][}][{a,b}][}{][x]' ''
}

@test "with -n, a word {} becomes one word for each record, and inside a word they are joined by spaces" {
	capture parmap -n 2 printf '[%s]' 1 {} '({})' ::: a 'b c' d
	expect 0 '[1][a][b c][(a b c)][1][d][(d)]' ''
}

@test "with -N or -X a word with {} is repeated for each record" {
	capture parmap -N 2 printf '[%s]' 1 {} '({})' x{}y{}z {1}+{} ::: a 'b c' d
	expect 0 '[1][a][b c][(a)][(b c)][xayaz][xb cyb cz][a+a][a+b c][1][d][(d)][xdydz][d+d]' ''
	capture parmap -X printf '[%s]' -{} {#} ::: a 'b c' d
	expect 0 '[-a][-b c][-d][1]' ''
	capture parmap --pack -c 'printf [%s] -{}- "{1}" {}' ::: a "b'c" d
	expect 0 "[-a-][-b'c-][-d-][a][a][b'c][d]" ''
	capture parmap -N 2 -c 'printf [%s] "-{}"' ::: a
	refused 'a record' 'quotes'
}

@test "-X packs a job as full as the kernel allows, and no fuller" {
	seq 600000 >records
	capture parmap -X -j 1 sh -c 'echo $#' sh <records
	expect_status 0
	[ "$(awk '{ n += $1 } END { print n }' out)" -eq 600000 ]
	# xargs keeps to 128 KiB by default, and to the kernel's limit if it is asked to.
	[ "$(head -n 1 out)" -ge "$(xargs sh -c 'echo $#' sh <records | head -n 1)" ]
}

@test "{.} {/} {//} {/.} are parts of the record, as in GNU parallel" {
	while IFS='|' read -r record stem base dir base_stem; do
		echo "record: $record"
		capture parmap printf '%s|' {.} {/} {//} {/.} x{/.}y ::: "$record"
		expect 0 "$stem|$base|$dir|$base_stem|x${base_stem}y|" ''
	done <<-'EOF'
		a/b.c|a/b|b.c|a|b
		d.e/f|d.e/f|f|d.e|f
		/x|/x|x|/|x
		none|none|none|.|none
		a.tar.gz|a.tar|a.tar.gz|.|a.tar
		a.b/|a.b/||.|
		.hid||.hid|.|
		a/.hid|a/|.hid|a|
		a//b|a//b|b|a|b
		/|/||/|
		//|//||/|
		a/b/|a/b/||a|
		..|.|..|.|.
		x.|x|x.|.|x
		a b.c d|a b|a b.c d|.|a b
		|||.|
	EOF
}

@test "{1} {-1} {2/.} are fields, nothing where there are not so many" {
	capture parmap printf '[%s]' {1} {2} {-1} {-2} {3} {-3} {2.} {1/} {-1//} {2/.} ::: a/b ::: c/d.e
	expect 0 '[a/b][c/d.e][c/d.e][a/b][][][c/d][b][c][d]' ''
	capture parmap -n 3 printf '[%s]' {3} {1} {-1} ::: a b c d
	expect 0 '[c][a][c][][d][d]' ''
	capture parmap printf '[%s]' {0} {-} {-0} {1x} {#1} {1#} {--1} {1234567} {} ::: a
	expect 0 '[{0}][{-}][{-0}][{1x}][{#1}][{1#}][{--1}][{1234567}][a]' ''
}

@test "{#} is the number of the job, {%} that of its slot" {
	capture parmap -j 1 printf '%s %s %s %s\n' {#} {%} x{#}y {} ::: a b c
	expect 0 $'1 1 x1y a\n2 1 x2y b\n3 1 x3y c\n' ''
	capture parmap -j 2 -c 'test "{%}-{#}" = $PARMAP_SLOT-$PARMAP_SEQ && echo {#} $((10 + {#}))' ::: a b
	expect 0 $'1 11\n2 12\n' ''
	capture parmap -n 2 echo {#} ::: a b c
	expect 0 $'1\n2\n' ''
}

@test "-I has another word stand for the record, and {} is itself" {
	capture parmap -I @ printf '[%s]' @ x@y@ {} {.} ::: a.b
	expect 0 '[a.b][xa.bya.b][{}][a]' ''
	capture parmap --replace=RECORD printf '[%s]' RECORDS ::: a
	expect 0 '[aS]' ''
	capture parmap -I R printf '[%s]' ::: a
	expect 0 '[a]' ''
	capture parmap -I '' echo ::: a
	refused '-I :'
}

@test "every replacement string is quoted in a shell line, and refused where that is impossible" {
	for part in {} {.} {/} {//} {/.} {1} {-1} {1.} {1/} {1//} {1/.}; do
		echo "$part"
		for record in '$(touch ran)/$(touch ran).$(touch ran)' '`touch ran`/`touch ran`.c' ';touch ran;/;touch ran;.x' \
			$'\ntouch ran\n/\ntouch ran\n.\n' "'\";touch ran;'\"/'\";touch ran;'\".x" '"$(touch ran)"/"$(touch ran)"'; do
			parmap printf '%s|' "$part" "$part" "$part" "$part" ::: "$record" >wanted
			capture parmap -c "printf '%s|' $part \"$part\" '$part' \"\$(printf %s $part)\"" ::: "$record"
			expect_status 0
			# $(...) drops newlines at the end.
			tr -d '\n' <out >flat
			tr -d '\n' <wanted >flat.wanted
			cmp flat flat.wanted
		done
		for line in "echo \$$part" "echo \${x:-$part}" "echo \`echo $part\`" "echo \$(($part))" "echo \\$part"; do
			echo "line: $line"
			capture parmap -c "$line" ::: a
			refused 'a record'
		done
	done
	capture parmap -c 'echo ${#}' ::: a
	refused 'a record'
	refute exists ran
}

@test "an empty record is an empty argument" {
	capture parmap printf '[%s]' {} -{}- ::: ''
	expect 0 '[][--]' ''
}

@test "no shell sees a command or a record without -c" {
	capture parmap printf '[%s]' '$(touch ran)' ';' 'touch ran' ::: '$(touch ran)' '; touch ran' '`touch ran`'
	expect 0 '[$(touch ran)][;][touch ran][$(touch ran)][$(touch ran)][;][touch ran][; touch ran][$(touch ran)][;][touch ran][`touch ran`]' ''
	refute exists ran
}

# What a shell could stumble over, one record each, in $T/records, which ends them in NUL: every byte but NUL alone, all of
# them together, and combinations of special ones.
nasty_records() {
	local i byte special=("'" '"' "\\" '`' '$' '!' '*' '?' '~' '#' '{' '}' '(' ')' ';' '&' '|' '<' '>' ' ' $'\n' $'\t' '=' '-' x)
	for ((i = 1; i < 256; i++)); do
		printf -v byte '\\x%02x' "$i"
		printf '%b\0' "$byte"
	done
	for ((i = 1; i < 256; i++)); do
		printf -v byte '\\x%02x' "$i"
		printf '%b' "$byte"
	done
	printf '\0'
	for i in "${special[@]}"; do
		printf '%s\0' "$i$i" "\\$i" "$i\\" "'$i" "$i'" "\"$i" "a$i b"
	done
	printf '%s\0' '' '$(touch pwned)' '`touch pwned`' '; touch pwned;' "'; touch pwned; '" '"; touch pwned; "' \
		"'\"'\"'" '\"$(touch pwned)\"' $'a\n\n' $'\n' '~root' '$x' '${x}' '$((1))' '-n' '-e' 'a\nb' '{}' $'#\ntouch pwned\n' \
		$'\nE\ntouch pwned\n' '!!' '[a-z]*' '{a,b}'
}

# nasty WANTED LINE [OPTION ...]: the shell line, run with every record in place of {}, prints WANTED (@ is the record).
nasty() {
	local wanted=$1 line=$2 record
	shift 2
	echo "line: $line"
	while IFS= read -r -d '' record; do
		printf '%s' "${wanted//@/"$record"}"
	done <records >wanted
	LC_ALL=${LOCALE-C} capture parmap -j 2 -0 "$@" -c "$line" <records
	expect_status 0
	same err </dev/null
	same out <wanted
	refute exists pwned
}

@test "-c: the shell sees exactly the record's bytes, where no quotes are" {
	nasty_records >records
	nasty '[@]' "printf '[%s]' {}"
	nasty '[@]' "printf '[%s]' {}" --shell /bin/sh
	nasty '[x@y][@@]' "x={}; printf '[%s]' x{}y {}{}"
	nasty '[@]' "x={}; printf '[%s]' \"\$x\"" --shell /bin/sh
	nasty '[@]' "{ (printf '[%s]' {}); }"
	nasty '[@]' "printf '[%s]'"
}

@test "-c: the shell sees exactly the record's bytes inside double quotes" {
	nasty_records >records
	nasty '[@]' 'printf "%s" "[{}]"'
	nasty '[@]' 'printf "%s" "[{}]"' --shell /bin/sh
	nasty '@@ x"@"' 'printf "%s" "{}{} x\"{}\""'
}

@test "-c: the shell sees exactly the record's bytes inside single quotes" {
	nasty_records >records
	nasty '[@]' "printf '%s' '[{}]'"
	nasty '[@]' "printf '%s' '[{}]'" --shell /bin/sh
	nasty '@@\@' "printf '%s' '{}{}\\{}'"
}

@test '-c: the shell sees exactly the record'\''s bytes inside $(...), with and without quotes around and within' {
	nasty_records >records
	nasty '[@]' "printf '%s' \"\$(printf '[%s]' {})\""
	nasty '[@]' "printf '%s' \"\$(printf '[%s]' {})\"" --shell /bin/sh
	nasty '[@]' "printf '%s' \"\$(printf '%s' \"[{}]\")\""
	nasty '[@]' "printf '%s' \"\$(printf '%s' \"[{}]\")\"" --shell /bin/sh
	nasty '[@]' "printf '%s' \"\$(printf '%s' '[{}]')\""
	nasty '[@]' "x=\$(printf '%s' \"\$(printf '[%s]' '{}')\"); printf %s \"\$x\""
}

@test "-c: bytes stay bytes in a UTF-8 locale too" {
	nasty_records >records
	LOCALE=C.UTF-8
	nasty '[@]' "printf '[%s]' {}"
	nasty '[@]' 'printf "%s" "[{}]"'
}

@test "-c: the words are joined by single spaces, and the record appended where there is no {}" {
	capture parmap -c echo 'a   b' '|' cat - ';' echo ::: 'x  y'
	expect 0 $'a b\nx  y\n' ''
	capture parmap --shell-command 'echo $((1 + 1));' echo {} ::: 'x  y'
	expect 0 $'2\nx  y\n' ''
}

@test "-c: with -n, {} where no quotes are becomes a word for each record, and inside quotes they are joined by spaces" {
	capture parmap -c -n 2 'printf "<%s>" {}' ::: 'a b' c d
	expect 0 '<a b><c><d>' ''
	capture parmap -c -n 2 'printf "<%s>" "{}"' ::: 'a b' c d
	expect 0 '<a b c><d>' ''
	capture parmap -c -n 2 'printf "<%s>"' ::: 'a b' c d
	expect 0 '<a b><c><d>' ''
}

@test "-c: quotes, escapes, comments, expansions and arithmetic around {} mean what they mean in the shell" {
	local pairs=(
		"echo {} # don't" 'R'
		'echo a#{}' 'a#R'
		'x=abc; echo ${#x} {}' '3 R'
		'echo $# {}' '0 R'
		'echo "#" {}' '# R'
		"echo \\' {}" "' R"
		'echo \" {}' '" R'
		'printf "%s\n" \\{}' '\R'
		'printf "%s\n" "a\\{}"' 'a\R'
		'printf "%s\n" "\"{}\""' '"R"'
		"printf '%s\n' 'a\\{}'" 'a\R'
		'echo $((1 + 1)) {}' '2 R'
		'echo $(echo ")" {})' ') R'
		'echo `echo b` {}' 'b R'
		'echo "`echo \"b\"` {}"' 'b R'
		'echo "$(echo "$(echo {})")"' 'R'
		$'echo b\necho {}' $'b\nR'
		'case {} in R) echo yes ;; *) echo no ;; esac' 'yes'
		'[ {} = R ] && echo yes || echo no' 'yes'
		'for i in {} b; do echo "$i"; done | tr "\n" ,; echo' 'R,b,'
	)
	for ((i = 0; i < ${#pairs[@]}; i += 2)); do
		echo "line: ${pairs[i]}"
		capture parmap -c "${pairs[i]}" ::: R
		expect 0 "${pairs[i + 1]}"$'\n' ''
	done
}

@test "-c: where no quoting can help it refuses, with the reason, and runs nothing" {
	local lines=(
		'touch ran \{}'
		'touch ran "\{}"'
		"touch ran \$'{}'"
		'touch ran ${x:-{}}'
		'touch ran "${x:-{}}"'
		'touch ran "${x:-"{}"}"'
		'touch ran $(({}))'
		'touch ran $((1 + {} + (2)))'
		'touch ran "$(({}))"'
		'touch ran `echo {}`'
		'touch ran "`echo {}`"'
		'touch ran # {}'
		$'touch ran\n# {}\ntouch ran'
		$'cat >ran <<E\n{}\nE'
		$'cat >ran <<-"E"\n{}\n\tE'
		"touch ran '{}"
		'touch ran "{}'
		'touch ran $(echo {}'
		"touch ran {} 'x"
		'touch ran {} "x'
	)
	for line in "${lines[@]}"; do
		echo "line: $line"
		capture parmap -c "$line" ::: R
		refused 'a record cannot be put there safely: '
		refute exists ran
	done
}

@test "-c: what is hard to read for parmap is refused or right, never wrong" {
	local record="\$(touch pwned)'\"\\"
	local pairs=(
		'echo $(case a in a) printf %s {};; esac)' "$record"
		'echo $[1 + {}]' refused
		'echo ${nothing:-"}"}; printf "%s\n" {}' $'}\n'"$record"
		'(( x = {} )); touch pwned' refused
		'printf "%s\n" $"{}"' "$record"
		$'cat <<E; printf "%s\\n" {}\nx\nE' $'x\n'"$record"
		$'cat <<E; printf "%s\\n" {}\nit\'s\nE' $'it\'s\n'"$record"
		'(( y = 2 << 1 )); printf "%s\n" {}' "$record"
		'printf "%s\n" $((2 << 1)) {}' $'4\n'"$record"
		'printf "%s\n" ${x#\"} {}' "$record"
		'printf "%s\n" "${x-a}" {}' $'a\n'"$record"
		"printf '%s\\n' \"\${x-'}\" {}" $'\'\n'"$record"
		$'printf "%s\\n" $(echo a # )\n) {}' $'a\n'"$record"
		$'printf "%s\\n" $(echo \')\') {}' $')\n'"$record"
		'cat <<<{}' "$record"
		'cat <(printf "%s\n" {})' "$record"
		'[[ {} == {} ]] && printf "%s\n" {}' "$record"
		'x=({} b); printf "%s\n" "${x[0]}"' "$record"
		$'printf "%s\\n" a\\\n{}' "a$record"
		$'cat <<\\E\n\\{}\nE' refused
	)
	for ((i = 0; i < ${#pairs[@]}; i += 2)); do
		echo "line: ${pairs[i]}"
		capture parmap -c --shell "$BASH" "${pairs[i]}" ::: "$record"
		refute exists pwned
		if [ "${STATUS-}" -eq 125 ]; then
			refused 'a record cannot be put there safely: '
		else
			expect 0 "${pairs[i + 1]}"$'\n' ''
		fi
	done
}

@test "-c runs bash where there is one in PATH, else /bin/sh" {
	mkdir bin
	capture with_path "$T/bin" 'echo ${0##*/} ${BASH_VERSION:+of bash} {}'
	expect 0 $'sh a\n' ''
	ln -s "$BASH" bin/bash
	capture with_path "$T/bin" 'echo ${BASH_VERSION:+of bash} {}'
	expect 0 $'of bash a\n' ''
}

with_path() {
	TEST_MARK=$MARK env PATH="$1" "${PARMAP_WORDS[@]}" -c "$2" ::: a
}

@test "--shell chooses the shell of -c, and alone is refused" {
	ln -s /bin/sh myshell
	capture parmap --shell ./myshell -c 'echo ${0##*/} {}' ::: a
	expect 0 $'myshell a\n' ''
	capture parmap --shell ./myshell echo '$0' ::: a
	refused '--shell' 'only with -c'
}

@test "-c: functions that bash exports can be called" {
	greet() {
		echo "hello $1"
	}
	export -f greet
	capture parmap -c greet ::: world 'a  b'
	expect 0 $'hello world\nhello a  b\n' ''
}

@test "-c: a job's status is its line's" {
	capture parmap -c 'echo {}; exit {}' ::: 0 3
	expect 123 $'0\n3\n' $'parmap: record 2 "3": exit status 3\n'
}

@test "--dry-run prints what would run, quoted for a shell where needed, and runs nothing" {
	capture parmap --dry-run printf '%s\n' x{} ::: 'a b' plain ''
	expect 0 "printf '%s\\n' 'xa b'
printf '%s\\n' xplain
printf '%s\\n' x
" ''
	capture parmap --dry-run touch ::: ran ''
	expect 0 $'touch ran\ntouch \'\'\n' ''
	refute exists ran
	capture parmap --dry-run nosuchcommand ::: a
	expect 0 $'nosuchcommand a\n' ''
}

@test "--dry-run -n shows whole jobs, and with -c the line itself" {
	capture parmap --dry-run -n 2 echo ::: a 'b c' d
	expect 0 $'echo a \'b c\'\necho d\n' ''
	capture parmap --dry-run -c 'echo {} | wc -l' ::: plain
	expect 0 $'echo plain | wc -l\n' ''
}

@test "what --dry-run prints, a shell runs with the same result, whatever the record's bytes" {
	nasty_records >records
	while IFS= read -r -d '' record; do
		printf '[%s]' "$record" "x${record}y"
	done <records >wanted
	parmap -0 --dry-run printf '[%s]' {} x{}y <records >script
	for shell in "$BASH" /bin/sh; do
		capture "$shell" script
		expect_status 0
		same out <wanted
		same err </dev/null
	done
	parmap -0 --dry-run -c 'printf "%s" a{} "x{}y"' <records >script
	capture "$BASH" script
	expect_status 0
	same err </dev/null
	while IFS= read -r -d '' record; do
		printf '%s' "a$record" "x${record}y"
	done <records >wanted
	same out <wanted
}

@test "-t prints each command line before its job, on stderr, in the job's turn" {
	for option in -t --verbose; do
		capture parmap $option -j 2 sh -c 'echo "out $1"; echo "err $1" >&2' sh ::: a 'b c'
		expect 0 $'out a\nout b c\n' "sh -c 'echo \"out \$1\"; echo \"err \$1\" >&2' sh a
err a
sh -c 'echo \"out \$1\"; echo \"err \$1\" >&2' sh 'b c'
err b c
"
	done
	capture parmap -t -c 'echo {}; exit 1' ::: a
	expect 123 $'a\n' $'echo a; exit 1\nparmap: record 1 "a": exit status 1\n'
}
