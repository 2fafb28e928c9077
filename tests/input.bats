#!/usr/bin/env bats
# Bytes to records: what a record is, where records come from, and when they are read.

load common

@test "a record is a line, and the last needs no newline" {
	capture parmap -j 2 printf '[%s]\n' < <(printf 'one\ntwo\nthree')
	expect 0 $'[one]\n[two]\n[three]\n' ''
}

@test "nothing in a line is special: blanks, quotes, backslashes, a carriage return, bytes that are no UTF-8" {
	printf '%b' ' a  b \n"c\n'\''d\n\\e\\\\n\n\tf\r\n\0377\0200\n-n\n#g\n{\n' >records
	sed 's/^/[/; s/$/]/' records >wanted
	capture parmap -j 2 printf '[%s]\n' <records
	expect_status 0
	same out <wanted
	same err </dev/null
}

@test "an empty line is a record" {
	capture parmap printf '[%s]\n' < <(printf '\na\n\n')
	expect 0 $'[]\n[a]\n[]\n' ''
}

@test "empty input runs nothing and succeeds, also with -r, -n 2, -0 and ::: without records" {
	for options in '' -r --no-run-if-empty '-n 2' -0; do
		# shellcheck disable=SC2086 # several words
		capture parmap $options touch ran </dev/null
		expect 0 '' ''
	done
	capture parmap touch ran ::: </dev/null
	expect 0 '' ''
	capture parmap -a /dev/null touch ran
	expect 0 '' ''
	refute exists ran
}

@test "with -0 and --null records end in NUL, and newlines are bytes like others" {
	for option in -0 --null; do
		capture parmap $option printf '[%s]\n' < <(printf 'a\nb\0\0c\n\0d')
		expect 0 $'[a\nb]\n[]\n[c\n]\n[d]\n' ''
	done
}

@test "with -d records end in that character, given as a byte or as an escape" {
	local pairs=(
		',' ',' ';' ';' 'x' 'x' ' ' ' ' '\t' $'\t' '\n' $'\n' '\r' $'\r' '\a' $'\a' '\b' $'\b' '\f' $'\f' '\v' $'\v'
		"\\\\" "\\" '\054' ',' '\x2c' ',' '\x2C' ',' '\377' $'\377'
	)
	for ((i = 0; i < ${#pairs[@]}; i += 2)); do
		echo "-d ${pairs[i]}"
		capture parmap -d "${pairs[i]}" printf '[%s]' < <(printf 'A%sB%s%sC' "${pairs[i + 1]}" "${pairs[i + 1]}" "${pairs[i + 1]}")
		expect 0 '[A][B][][C]' ''
	done
	capture parmap --delimiter '\0' printf '[%s]' < <(printf 'A\0B\0')
	expect 0 '[A][B]' ''
	capture parmap --delimiter=, printf '[%s]' < <(printf 'A,B\n')
	expect 0 $'[A][B\n]' ''
}

@test "-a and --arg-file read a file, and leave stdin alone" {
	printf 'a\nb\n' >records
	for option in '-a records' '-arecords' '--arg-file records' '--arg-file=records'; do
		# shellcheck disable=SC2086 # several words
		capture sh_pair "$option" < <(echo mine)
		expect 0 $'[a]\n[b]\nmine\n' ''
	done
}

sh_pair() {
	# shellcheck disable=SC2086 # several words
	parmap $1 printf '[%s]\n' && cat
}

@test "-a - is stdin, and -a ./- a file of that name" {
	capture parmap -a - printf '[%s]\n' < <(printf 'a\nb\n')
	expect 0 $'[a]\n[b]\n' ''
	echo c >-
	capture parmap -a ./- printf '[%s]\n' </dev/null
	expect 0 $'[c]\n' ''
}

@test "-a reads from a FIFO and from a device" {
	mkfifo pipe
	printf 'a\nb\n' >pipe &
	capture parmap -a pipe printf '[%s]\n'
	expect 0 $'[a]\n[b]\n' ''
	capture parmap -a /dev/null printf '[%s]\n'
	expect 0 '' ''
}

@test "records after ::: are taken as they are, also empty ones, and stdin is left alone" {
	capture sh_after < <(echo mine)
	expect 0 $'[a b]\n[]\n[-j]\n[:]\nmine\n' ''
}

sh_after() {
	parmap printf '[%s]\n' ::: 'a b' '' -j : && cat
}

@test "several sources give every combination, the last one changing fastest" {
	printf 'a\nb' >letters
	printf '1\n\n2\n' >numbers
	for sources in "-a letters -a numbers printf [%s|%s]" "-a letters printf [%s|%s] :::: numbers" "printf [%s|%s] :::: letters numbers" \
		"-a letters printf [%s|%s] ::: 1  2"; do
		echo "$sources"
		read -r -d '' -a words <<<"${sources/1  2/1 EMPTY 2}" || :
		for i in "${!words[@]}"; do
			[ "${words[i]}" != EMPTY ] || words[i]=
		done
		capture parmap "${words[@]}"
		expect 0 '[a|1][a|][a|2][b|1][b|][b|2]' ''
	done
	capture parmap echo ::: a b ::: 1 2 ::: x y
	expect 0 $'a 1 x\na 1 y\na 2 x\na 2 y\nb 1 x\nb 1 y\nb 2 x\nb 2 y\n' ''
	capture parmap echo ::: a b ::: ::: x
	expect 0 '' ''
	capture parmap echo ::: ::: a
	expect 0 '' ''
}

@test "sources that are paired up end with the shortest, and the pairs are combined with the others" {
	seq 3 >numbers
	capture parmap echo ::: a b c :::+ 1 2 ::: x y
	expect 0 $'a 1 x\na 1 y\nb 2 x\nb 2 y\n' ''
	capture parmap echo ::: x y ::: a b ::::+ numbers
	expect 0 $'x a 1\nx b 2\ny a 1\ny b 2\n' ''
	capture parmap -a numbers --zip -a - echo < <(printf 'a\nb\n')
	expect 0 $'1 a\n2 b\n' ''
	capture parmap --zip echo ::: a b ::: 1 2 ::: x y z
	expect 0 $'a 1 x\nb 2 y\n' ''
}

@test "the first of several sources is read as it comes" {
	listen
	mkfifo input
	start -j 2 echo ::::  - ::: x y <>input >stream
	exec 6>input
	echo one >&6
	hear 'one x'
	hear 'one y'
	echo two >&6
	hear 'two x'
	hear 'two y'
	kill -TERM "$PID"
	finish
}

@test "-C cuts records into fields, at a byte or at what a regular expression matches" {
	capture parmap -C , printf '[%s|%s|%s]' {1} {2} {3} ::: a,b,c ,b a,, '' 'a b,c'
	expect 0 '[a|b|c][|b|][a||][||][a b|c|]' ''
	capture parmap -C , printf '[%s]' {} x{} {-1} ::: a,b
	expect 0 '[a][b][xa b][b]' ''
	for separator in '\t' '\011' '\x09' $'\t' '\s' '\t+' '[[:blank:]]'; do
		echo "$separator"
		capture parmap --colsep "$separator" printf '[%s|%s]' {1} {2} ::: $'a\tb'
		expect 0 '[a|b]' ''
	done
	capture parmap -C '|' printf '[%s|%s]' {1} {2} ::: 'a|b'
	expect 0 '[a|b]' ''
	capture parmap -C . printf '[%s|%s]' {1} {2} ::: 'a.b'
	expect 0 '[a|b]' ''
	capture parmap -C ', *|\d' printf '[%s|%s|%s]' {1} {2} {3} ::: 'a, b1c' 'x*'
	expect 0 '[a|b|c][x*||]' ''
	capture parmap -C 'x*' printf '[%s|%s]' {1} {2} ::: 'abxxc' 'ab'
	expect 0 '[ab|c][ab|]' ''
	capture parmap -C '\n' printf '[%s|%s]' {1} {2} ::: $'a\nb' ::: 1
	expect 0 '[a|b]' ''
	capture parmap -C '(a' echo ::: b
	refused '-C (a:'
	capture parmap -C '' echo ::: b
	refused '-C :'
}

@test "--csv reads quotes as RFC 4180 has it" {
	printf 'a,b c,"d,e"\r\n"two\r\nlines","","x""y"\r\n,,\r\nmid"quote,"end"x,last' >csv
	capture parmap -a csv --csv printf '[%s|%s|%s]' {1} {2} {3}
	expect 0 $'[a|b c|d,e][two\r\nlines||x"y][||][mid"quote|endx|last]' ''
	tr , ';' <csv >semicolons
	capture parmap --csv -C ';' printf '[%s|%s|%s]' {1} {2} {3} <semicolons
	expect 0 $'[a|b c|d;e][two\r\nlines||x"y][||][mid"quote|endx|last]' ''
	capture parmap --csv -C 'ab' echo <csv
	refused '-C ab:' 'one byte'
	capture parmap --csv printf '[%s]' {1} < <(printf 'a,b\nc,"d\ne')
	expect 126 '[a]' $'parmap: record 2 "c d\\ne": a quote in it is not closed\n'
	# However the bytes come.
	for size in 1 2 3 7; do
		capture parmap --csv printf '[%s|%s|%s]' {1} {2} {3} < <(dd if=csv bs=$size status=none)
		expect 0 $'[a|b c|d,e][two\r\nlines||x"y][||][mid"quote|endx|last]' ''
	done
}

@test "--header has names for fields" {
	printf 'name,file\nx,a/b.c\ny,d\n' >table
	capture parmap -a table -C , --header : printf '[%s]' {name} {file} {file.} {file/} {file//} {file/.} {2} {nobody} {}
	expect 0 '[x][a/b.c][a/b][b.c][a][b][a/b.c][{nobody}][x][a/b.c][y][d][d][d][.][d][d][{nobody}][y][d]' ''
	capture parmap --header : echo {b} {a} ::: a 1 2 ::: b x y
	expect 0 $'x 1\ny 1\nx 2\ny 2\n' ''
	capture parmap --header : echo {b}-{a} ::: a 1 2 :::+ b x y
	expect 0 $'x-1\ny-2\n' ''
	capture parmap --header : -c 'echo "{b c}" {a} ${HOME+set} {x,y}' ::: a '$(touch ran)'
	expect 0 $'{b c} $(touch ran) set x y\n' ''
	capture parmap --header : echo {a} ::: a
	expect 0 '' ''
	capture parmap --header : echo {a} </dev/null
	expect 0 '' ''
	capture parmap --header 2 echo ::: a
	refused '--header=2:'
	refute exists ran
}

@test "a long record of short fields is fine" {
	seq 50000 | paste -s -d , - >long
	capture parmap -C , -a long printf '%s %s\n' {1} {-1}
	expect 0 $'1 50000\n' ''
}

@test "a field that no argument can hold fails its record alone" {
	head -c 200000 /dev/zero | tr '\0' x >long
	{ cat long; echo; echo b; } >records
	capture parmap -q printf '%s-%s\n' :::: records ::: 1 2
	expect 126 $'b-1\nb-2\n' ''
	capture parmap -q printf '%.1s-%.1s\n' ::: 1 2 :::: records
	expect 126 $'1-b\n2-b\n' ''
	capture parmap false ::: a ::: b
	expect 123 '' $'parmap: record 1 "a b": exit status 1\n'
}

@test "a record after ::: may hold newlines, also with -0 and -d" {
	capture parmap printf '[%s]\n' ::: $'a\nb' 'c,d'
	expect 0 $'[a\nb]\n[c,d]\n' ''
}

@test "options end at the command, or at --" {
	capture parmap printf '%s %s\n' -j ::: a
	expect 0 $'-j a\n' ''
	capture parmap -j 1 -- printf '%s\n' -- ::: a
	expect 0 $'--\na\n' ''
}

@test "-n puts that many records into a job, the last job has what is left" {
	capture parmap -n 2 printf '[%s %s]\n' < <(seq 5)
	expect 0 $'[1 2]\n[3 4]\n[5 ]\n' ''
	capture parmap --max-args=3 echo ::: a b c d
	expect 0 $'a b c\nd\n' ''
	capture parmap -n 100 echo < <(seq 5)
	expect 0 $'1 2 3 4 5\n' ''
}

@test "a record is run as soon as it is there, while its writer is silent" {
	listen
	mkfifo input
	start -j 4 echo <>input >stream
	exec 6>input
	echo one >&6
	hear one
	printf 't' >&6
	printf 'wo\nthr' >&6
	hear two
	printf 'ee\n' >&6
	hear three
	exec 6>&-
	kill -TERM "$PID"
	finish
}

@test "with -n, a job waits for its records and starts with the last of them" {
	listen
	mkfifo input
	start -n 2 -j 4 echo <>input >stream
	exec 6>input
	printf '1\n2\n3\n' >&6
	hear '1 2'
	printf '4\n' >&6
	hear '3 4'
	exec 6>&-
	kill -TERM "$PID"
	finish
}

@test "records are read only when a slot can use them" {
	gate gate
	mkfifo input
	(
		exec >input 3>&- 4>&-
		padding=$(printf '%4000d' 0)
		for ((i = 1; i <= 2000; i++)); do
			echo "$i $padding"
			echo "$i" >written
		done
	) &
	start -j 1 sh -c '[ "${1%% *}" != 1 ] || read -r _ <gate' sh <input
	# The writer stops when the pipe is full. One more read of parmap's is fine, all 8 MB are not.
	wait_for steady written
	[ "$(cat written)" -lt 400 ]
	open_gate gate
	finish
	expect_status 0
	[ "$(cat written)" -eq 2000 ]
}

steady() {
	local before after
	before=$(cat "$1" 2>/dev/null) || return
	sleep 0.3
	after=$(cat "$1") && [ -n "$before" ] && [ "$before" = "$after" ]
}

@test "a long record arrives whole, however its pieces come" {
	head -c 131071 /dev/zero | tr '\0' x >long
	{
		cat long
		echo
		cat long
	} >records
	sed 's/^/[/; s/$/]/' records >wanted
	echo >>wanted
	capture parmap printf '[%s]\n' < <(dd if=records bs=997 status=none)
	expect_status 0
	same out <wanted
}

@test "a job can have 50 000 records as its arguments" {
	seq 1000000 >records
	capture parmap -n 50000 sh -c 'echo $#' sh <records
	expect_status 0
	same out < <(yes 50000 | head -n 20)
	same err </dev/null
}

@test "-E ends the input at a record that is the word: of stdin, of each file, of words" {
	for option in -E --eof; do
		capture parmap $option end echo < <(printf '%s\n' a 'end ' bend end c)
		expect 0 $'a\nend \nbend\n' ''
	done
	capture parmap -E end -0 echo < <(printf 'a\0end\0b\0')
	expect 0 $'a\n' ''
	printf '1\nend\n2\n' >file
	capture parmap -E end echo ::: a b end c :::: file
	expect 0 $'a 1\nb 1\n' ''
	capture parmap -E end echo ::: end a
	expect 0 '' ''
	capture parmap -E end --stdin cat < <(printf 'a\nend\nb\n')
	expect 0 $'a\n' ''
	# No word, no end.
	capture parmap -E '' echo < <(printf 'a\n\nb\n')
	expect 0 $'a\n\nb\n' ''
	capture parmap --pipe -E end cat
	refused --pipe:
}

@test "what is not read of a file as stdin is left to who reads on, as xargs does" {
	seq 100000 >in
	rest() {
		{
			capture "$@"
			cat >rest
		} <in
	}
	rest parmap --dialect xargs -E 7
	expect 0 $'1 2 3 4 5 6\n' ''
	seq 8 100000 | same rest
	rest parmap -q -j 1 --halt now,fail=1 test 5 -ne
	expect_status 1
	seq 6 100000 | same rest
	rest parmap -E 50000 --builtin echo
	expect_status 0
	seq 50001 100000 | same rest
	rest parmap --builtin echo
	expect_status 0
	[ ! -s rest ]
}

@test "-E ends the input though more of it may come" {
	exec 6<>never
	echo a >&6
	echo end >&6
	capture parmap -E end echo <never 6>&-
	expect 0 $'a\n' ''
}

@test "-L is -n, as a record is a line" {
	for option in -L --max-lines=; do
		capture parmap ${option}2 echo < <(printf 'a \nb\n\nc\nd\n')
		expect 0 $'a  b\n c\nd\n' ''
	done
}

@test "-s is the most bytes of a command line, with one after each word" {
	for option in -s --max-chars; do
		capture parmap $option 9 -X echo ::: 1 2 3 44 5
		expect 0 $'1 2\n3\n44\n5\n' ''
	done
	capture parmap -s 9 -n 3 echo ::: 1 2 3 4
	expect 0 $'1 2\n3 4\n' ''
	capture parmap -s 9 echo ::: 123 1234 1
	expect 126 $'123\n1\n' 'parmap: record 2 "1234": argument line too long
'
	capture parmap --stdin -s 9 cat
	refused --stdin:
	capture parmap -s 0 echo
	refused '-s 0: '
}

@test "more files of records than there are descriptors for are refused, with their number" {
	local files=() i
	for ((i = 0; i < 60; i++)); do
		: >"f$i"
		files+=("f$i")
	done
	ulimit -n 40
	capture parmap touch ran :::: "${files[@]}"
	refused '40 descriptors (ulimit -n) are not enough for 60 sources and a job'
}
