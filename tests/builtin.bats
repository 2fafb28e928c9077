#!/usr/bin/env bats
# Builtins do what the programs do whose names they have.

load common

units() {
	"$BUILD/units" "$@"
}

# Files of all kinds, to be in.
odd_files() {
	mkdir "$T/files"
	cd "$T/files" || return
	: >empty
	printf 'one two\n\nThree  four\tfive\n' >short
	printf 'a\nab\nabc' >unfinished
	printf 'a\0b\n\nab c\n\0d' >nul
	seq 200000 >large
	{
		head -c 300000 /dev/zero | tr '\0' x
		printf '\nafter it\n'
	} >long
	echo blank >'with blank'
	echo back >'back\slash'
	echo newline >$'new\nline'
	echo quote >"it's"
	echo tab >$'a\ttab'
	echo dash >-x
	mkdir directory
	ln -s short link
	ln -s nowhere dangling
	ODD=(empty short unfinished nul large long 'with blank' 'back\slash' $'new\nline' "it's" $'a\ttab' ./-x directory link
		dangling missing - '' directory/. short/)
}

# alike PROGRAM [argument ...]: the builtin gives the same bytes, status and messages, but for its name and for hints. Standard
# input is the file $INPUT.
alike() {
	local program wanted=0 name=${1%sum} input=${INPUT-/dev/null}
	program=$(type -P "$1")
	shift
	"$program" "$@" <"$input" >"$T/want.out" 2>"$T/want.err" || wanted=$?
	[ ! -s "$T/want.err" ] || sed -i -e '/^Try /d; /^Usage: /d' -e "s|^[^:]*: |$name: |" "$T/want.err"
	capture units builtin "$name" "$@" <"$input"
	if cmp -s "$T/out" "$T/want.out" && cmp -s "$T/err" "$T/want.err" && expect_status "$wanted" >/dev/null; then
		return 0
	fi
	printf '%q ' "unlike $program:" "$@"
	echo
	same "$T/out" <"$T/want.out" || :
	same "$T/err" <"$T/want.err" || :
	expect_status "$wanted" || :
	return 1
}

@test "true and false have a status and say nothing" {
	capture units builtin true --help x
	expect 0 '' ''
	capture units builtin false
	expect 1 '' ''
}

@test "echo prints what echo prints" {
	local word
	alike echo
	alike echo ''
	alike echo one 'two  three' ''
	alike echo -n no newline
	alike echo -nE a\\tb
	alike echo -n -e -E 'a\tb'
	alike echo a -n
	alike echo -nx a
	alike echo - -- -e
	alike echo "$(seq 20000 | head -c 100000)" "$(seq 3000)" end
	for word in '\a\b\e\f\n\r\t\v\\.' '\0' '\0101\01012\101\7\78' '\x41\x4a4\xZ\x' 'a\cb' '\q\"' "end\\" '\400'; do
		alike echo -e "$word" x
		alike echo -ne "$word"
		alike echo "$word"
	done
}

@test "cat gives the bytes of all files that can be read, and names the others" {
	odd_files
	INPUT=short
	alike cat
	alike cat -
	alike cat "${ODD[@]}"
	alike cat short -u -- -x
	alike cat -x
	alike cat -- short -u
	alike cat /proc/self/mem short
}

@test "md5, sha1, sha256 and sha512 print the lines of md5sum and the like" {
	odd_files
	INPUT=large
	for sum in md5sum sha1sum sha256sum sha512sum; do
		alike $sum
		alike $sum "${ODD[@]}"
		alike $sum -- -x -
		alike $sum -Q short
		alike $sum /proc/self/mem short
	done
}

@test "what the sums say is taken by their programs to check files" {
	odd_files
	echo return >$'car\rriage'
	for sum in md5 sha1 sha256 sha512; do
		units builtin $sum short large 'back\slash' $'new\nline' 'with blank' >"$T/sums"
		"${sum}sum" --strict -c "$T/sums"
	done
	capture units builtin md5 $'car\rriage'
	expect 0 $'\\64672a10de469fbe6988486f9582d37c  car\\rriage\n' ''
}

@test "wc counts as wc counts, in columns as wide" {
	odd_files
	INPUT=short
	for options in '' -l -w -c -lw -wc '-l -c' -clw; do
		# shellcheck disable=SC2086 # they are words
		{
			alike wc $options
			alike wc $options -
			alike wc $options short
			alike wc $options short unfinished
			alike wc $options "${ODD[@]:0:17}"
		}
	done
	INPUT=/dev/null
	alike wc
	alike wc -c /proc/self/mem
	alike wc -c /proc/version /sys/kernel/mm/transparent_hugepage/enabled
	alike wc short -y
	# This is no name, says wc.
	alike wc ''
	alike wc short '' short
}

@test "a word is whatever has no white space in it" {
	printf '\1 \303\251 \0' >words
	capture units builtin wc -w words
	expect 0 $'3 words\n' ''
}

@test "a word is one wherever it is cut in reading" {
	head -c 131071 /dev/zero | tr '\0' ' ' >words
	echo 'ab c' >>words
	alike wc words
}

@test "head shows the first lines and bytes, or all but the last" {
	odd_files
	INPUT=short
	for count in 0 1 2 3 9 20000 131071 131072 131073 200000 200001 1288894 1288895 9999999 -0 -1 -2 -3 -20000 -131071 -131072 -131073 -200000 \
		-1288894 -1288895 -9999999 2b 1kB 1K 1KiB -1MB 1M -1k 1G; do
		alike head -n "$count" "${ODD[@]}"
		alike head -c "$count" "${ODD[@]}"
	done
	alike head
	alike head large
	alike head -n 1 -
	alike head -n -1
	alike head -c -3
	alike head -q short unfinished
	alike head -v short
	alike head -qv short
	alike head -vq short short
	alike head -n 1 -c 2 short
	alike head -c2 -n1 short
	alike head -n -1 /proc/version
	alike head -c -5 /proc/version /proc/self/mem
}

@test "head refuses a number that is none" {
	for count in x '' 1x 1KB2 1kib 99999999999999999999 99999999999999999999K 9999999999999999M --1 1Z 2YB \
		"it's" 'a\b' $'new\nline' $'\001' +-1 -+1x '+ 1'; do
		alike head -n "$count" /dev/null
		alike head -c "$count" /dev/null
	done
	for count in +3 ' 3' ' +3' -+3 '- 3' 0Y; do
		alike head -n "$count" /proc/cpuinfo
		alike head -c "$count" /proc/version
	done
	alike head -n
	alike head -x
	alike head --nonsense
}

@test "grep selects the lines that grep selects" {
	local options pattern
	odd_files
	INPUT=short
	for options in -a -c -l -i -v -n -q -H -h -vc -vn -il -ivh -nH -cH -ch -lv -qv -lc -nc; do
		for pattern in 'T[a-z]*e' three; do
			alike grep -a $options "$pattern" "${ODD[@]:0:10}" directory missing -
		done
	done
	for pattern in a 'a[^T]*b' '^' '^$' '\(b\)\|e' x 'b$' 1999 '[[:space:]]f' 'o\{1,2\}n'; do
		alike grep -a -n "$pattern" "${ODD[@]:0:10}"
	done
	alike grep -a e
	alike grep -a e -
	alike grep -a -c e short
	alike grep -a nothing short
	alike grep -a -q e missing short
	alike grep -a -q nothing missing short
	alike grep -a e short missing
}

@test "grep -E has extended expressions, -F none, and the empty one is in every line" {
	odd_files
	for pattern in 'a|T' 'a.*' . '\.' '' 'a+' $'ab\nfour' $'\n' '[' "x\\" '*'; do
		alike grep -a -Fn -e "$pattern" "${ODD[@]:1:4}" long
		alike grep -a -Fi -e "$pattern" "${ODD[@]:1:4}" long
	done
	for pattern in 'a|T' '(b|e)+' 'o{1}' '[a-c].*' '\.' '' '^a?b' 'a+' '$' $'ab\nfour' $'\n'; do
		alike grep -a -En -e "$pattern" "${ODD[@]:1:3}" long
		alike grep -a -Eic -e "$pattern" "${ODD[@]:1:3}" long
	done
	alike grep -a -e one -ne four -e ab short unfinished
	alike grep -a -F -e 'a.b' -e '*' short
	alike grep -a -- -x short
	alike grep -a -E 'b)' short
}

@test "grep says what is wrong with a pattern, and that there is none: 2" {
	echo 'a(b' >file
	alike grep -E 'a(' file
	alike grep 'a\(' file
	alike grep '\(a\)\2' file
	alike grep -e
	alike grep -J x file
	capture units builtin grep
	expect 2 '' $'grep: missing pattern\n'
}

@test "grep takes a line of 64 MiB for too long, and so does head of all but the last from a pipe" {
	truncate -s 65M sparse
	echo end >>sparse
	echo x >next
	capture units builtin grep -c '[xd]' sparse next
	expect 2 $'sparse:0\nnext:1\n' $'grep: sparse: line too long\n'
	capture units builtin head -c -1 < <(cat sparse)
	expect 1 '' $'head: error reading \'standard input\': File too large\n'
	[ "$(units builtin head -n -1 sparse | wc -c)" -eq 0 ]
	[ "$(units builtin head -c -1 sparse | wc -c)" -eq $((65 * 1024 * 1024 + 3)) ]
}

@test "stat tells what stat tells" {
	odd_files
	mkfifo fifo
	chmod 7751 directory
	touch -d @-86400.5 short
	touch -d 2038-01-20T12:34:56.789 empty
	INPUT=large
	for letter in n s Y y a A F U G u g i h b B X Z x z d %; do
		alike stat -c "<%$letter>" "${ODD[@]}" fifo /dev/null
	done
	alike stat -L -c '%n %s %F' link dangling
	TZ=Asia/Kolkata alike stat -c '%y %x' short empty
	# Where the file system has them; elsewhere they are others.
	for moment in 0099-01-01 @-62300000000 1969-12-31T23:59:59.5 12345-06-07 @99999999999999999; do
		touch -d "$moment" long_ago || continue
		TZ=Asia/Kolkata alike stat -c '%y' long_ago
	done
	alike stat -c '%n: %s%' short
	alike stat -c 'none' short
	alike stat -c %n -c %s short
	alike stat
	alike stat -c
	chown 54321:54322 short || skip "only root can have a file owned by nobody known"
	alike stat -c '%U %G %u %g' short large short
}

@test "stat without a format prints name, size, time and mode; of a format, unknown letters are refused" {
	printf 12345 >file
	chmod 640 file
	touch -d @1000000000 file
	capture units builtin stat file ./file
	expect 0 $'file\t5\t1000000000\t640\n./file\t5\t1000000000\t640\n' ''
	capture units builtin stat -c '%s %q' file
	expect 1 '' $'stat: \'%q\': invalid directive\n'
	capture units builtin stat -c '%5s' file
	expect 1 '' $'stat: \'%5\': invalid directive\n'
}

@test "basename and dirname take names apart as the programs do" {
	local names=('' / // /// a a/ a// /a /a/ //a a/b a/b/ a//b a//b// a.c a.c/ .c /.c a.c.c ./ .. a/. 'a b/c d' $'a\nb/c\nd')
	alike basename -a "${names[@]}"
	alike basename -s .c "${names[@]}"
	alike basename -as/ "${names[@]}"
	alike dirname "${names[@]}"
	alike basename a/b.c
	alike basename a/b.c .c
	alike basename .c .c
	alike basename / /
	alike basename a ''
	alike basename
	alike basename a b c
	alike basename a b "it's"
	alike basename a -a b
	alike basename -a a -x
	alike dirname a/b -x
	alike basename -s
	alike basename -a
	alike basename -x a
	alike dirname
	alike dirname -x a
	alike dirname -- -x/a
}

@test "realpath finds the real name, or says what is missing" {
	local first rest names=()
	mkdir -p files/d/e
	cd files
	: >f
	ln -s d l1
	ln -s ../files/l1/e l2
	ln -s nowhere l3
	ln -s l5 l4
	ln -s l4 l5
	ln -s / l6
	ln -s f l7
	ln -s d/e/../.. l8
	ln -s f/ l9
	ln -s "$PWD/./d//e/" l10
	for first in '' . .. / // d d/e f l1 l2 l3 l4 l6 l7 l8 l9 l10 nowhere; do
		for rest in '' / /. /.. //e /../f /nowhere /nowhere/x /l3 /nowhere/; do
			names+=("$first$rest")
		done
	done
	alike realpath "${names[@]}"
	alike realpath -e "${names[@]}"
	alike realpath -m "${names[@]}"
	cd d/e
	alike realpath . ../x
	alike realpath
	alike realpath -x
}

@test "realpath of a name that is too long is refused" {
	capture units builtin realpath -m "$(printf '%05000d' 0)"
	expect_status 1
	[[ $(<err) == *': File name too long' ]]
}

@test "sleep takes its time: the sum of the durations" {
	clocked capture units builtin sleep 0.1 .1s 0.001m 0h
	expect 0 '' ''
	[ "$TOOK" -ge 260 ]
	alike sleep
	alike sleep x 0 1y
	alike sleep 1 -x
	alike sleep ''
	alike sleep -- -1
	alike sleep +0 ' 0' ' +0' '0 ' '+ 0' "it's"
	capture timeout 0.2 "$BUILD/units" builtin sleep infinity inf
	expect_status 124
}

@test "what cannot be read is named, and what is after it is read" {
	become_nobody
	cp "$BUILD/units" "$PUBLIC/units"
	cd "$PUBLIC"
	echo secret >secret
	echo open >open
	mkdir closed
	chmod 0 secret closed
	for name in cat wc sha256; do
		capture stranger ./units builtin $name secret open
		expect_status 1
		[ "$(<"$T/err")" = "$name: secret: Permission denied" ]
		grep -q open "$T/out"
	done
	capture stranger ./units builtin grep e secret open
	expect 2 $'open:open\n' $'grep: secret: Permission denied\n'
	capture stranger ./units builtin head secret open
	expect 1 $'==> open <==\nopen\n' $'head: cannot open \'secret\' for reading: Permission denied\n'
	capture stranger ./units builtin stat -c %s closed/x open
	expect 1 $'5\n' $'stat: cannot statx \'closed/x\': Permission denied\n'
	capture stranger ./units builtin realpath -e closed/x open
	expect 1 "$PUBLIC/open"$'\n' $'realpath: closed/x: Permission denied\n'
}

@test "a pipe is read to its end" {
	for name in cat 'head -n -0' 'grep .' 'head -n 300000'; do
		# shellcheck disable=SC2086 # they are words
		units builtin $name <(seq 200000) | same <(seq 200000)
	done
	[ "$(units builtin wc -c <(seq 200000) | cut -d' ' -f 1)" -eq 1288895 ]
}

@test "nothing is left of one call at the next in the same process" {
	local calls=() call count=0
	odd_files
	while read -r -a call; do
		calls+=("${call[@]}" //)
		count=$((count + 1))
	done <<-'EOT'
	basename -a -s .c x.c y.c
	basename x.c
	basename -q
	cat -u short missing
	cat -z short
	cat short
	dirname a/b --
	dirname -x
	echo -n -e \t
	echo x
	false
	grep -c -i -v -n -e one -e two short
	grep -F one short
	grep -E one|four short missing
	grep ^[ short
	grep -l one short
	grep
	grep -H one short
	grep one short
	grep -q one short
	head -n -1 -v short
	head -c 3 short nul
	head -n x
	head short unfinished
	head -n 1 short
	md5 short empty
	realpath -m missing/x
	realpath missing/x
	realpath -e link
	sha1 short
	sha256 short missing -x
	sha512 short
	sleep 0
	sleep x
	stat -L -c %s:%U link missing
	stat -c %n link
	stat -c
	true
	wc -l short
	wc short unfinished directory
	wc -c
	wc short
	EOT
	unset 'calls[-1]'
	units builtins // "${calls[@]}" >"$T/once" 2>&1
	[ "$(grep -c 'status [012]$' "$T/once")" -eq "$count" ]
	units builtins // "${calls[@]}" // "${calls[@]}" 2>&1 | same <(cat "$T/once" "$T/once")
}

@test "each builtin is listed with its usage, in order, and is what it is called" {
	local name
	units builtin-list | cut -d' ' -f 1 >names
	sort -c names
	while read -r name; do
		capture units builtin "$name" -@
		refute expect_status 125
		[ ! -s err ] || [[ $(<err) == "$name: "* ]]
	done <names
	[ "$(wc -l <names)" -eq "$(find "$ROOT/src/builtin" -name '*.c' -exec grep -hE '^builtin_[a-z0-9]+\(int argc' {} + | wc -l)" ]
	capture units builtin nonsense
	expect_status 125
}
