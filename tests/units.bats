#!/usr/bin/env bats
# Modules that take memory and give memory, asked by a small program.

bats_require_minimum_version 1.5.0

units() {
	"$BATS_TEST_DIRNAME/build/units" "$@"
}

# refuses QUESTION WHY TEXT ...: each of the texts is refused, in these words.
refuses() {
	local question=$1 why=$2 text
	shift 2
	for text; do
		run -1 --separate-stderr units "$question" "$text"
		[ "$stderr" = "units: $why" ] || { echo "$question '$text': $stderr"; return 1; }
	done
}

# Each line: what scan says of a shell line, a tab, the line.
contexts() {
	local want line got bad=0
	while IFS=$'\t' read -r want line; do
		got=$(units scan "$(printf '%b' "$line")" | paste -sd' ') || true
		if [ "$got" != "$want" ]; then
			printf '%s: %s instead of %s\n' "$line" "$got" "$want"
			bad=1
		fi
	done
	return "$bad"
}

@test "scan knows the quotes around each place in a shell line" {
	contexts <<-'EOT'
	plain	echo {}
	plain plain	echo {} {}
	single	echo 'a {} b'
	double	echo "a {} b"
	double plain	echo "a {}"{}
	single double plain	a='{}' b="{}" c={}
	plain	echo "$(cat {})"
	double	echo "$(cat "{}")"
	single	echo "$(cat '{}')"
	double	echo "$(cat x) {}"
	plain	(cd /; ls {})
	plain	echo $# {}
	plain	echo $$ {}
	plain	ls 2>&1 {}
	plain	a=({} $(echo x | cat)); echo b
	plain	echo a#b {}
	plain	echo hi # no place here\necho {}
	plain	cat <<< {}
	plain	[ -f {} ]
	double	[[ -f "{}" ]]
	plain	ls [a-z]* {}
	plain plain	echo [{}] x [{}
	double	echo ["{}"]
	plain	a=({} b)
	double	echo "\\" {}"
	plain	echo $HOME {}
	double	echo "${HOME} {}"
	plain	echo `date` {}
	plain	echo $((1 + 2)) {}
	plain	case {} in a) echo b;; esac
	double	case x in a) echo "{}";; esac
	EOT
}

@test "scan refuses each place where no quoting makes a record safe" {
	contexts <<-'EOT'
	refused: {} follows a backslash	echo \\{}
	refused: {} follows a dollar sign	echo ${}
	refused: {} is within $'...'	echo $'{}'
	refused: there is a \' within $'...'	echo $'\\'' {}
	refused: {} is within ${...}	echo ${x:-{}}
	refused: there are quotes or braces within ${...}	echo "${x:-"a"} {}"
	refused: {} is within ((...))	echo $(({} + 1))
	refused: {} is within ((...))	(( {} ))
	refused: {} is within ((...))	for ((i = 0; i < {}; i++)); do :; done
	refused: {} is within [...] of a word	a[{}]=1
	refused: {} is within [...] of a word	a["{}"]=1
	refused: {} is within [...] of a word	a=([{}]=1)
	refused: {} is within [...] of a word	a=([ 1 + {}]=1)
	refused: {} is within [...] of a word	a=(x [{}]=1)
	refused: {} is within [...] of a word	x[1]=[{}]
	refused: there is a $[ in it	echo $[1] {}
	refused: {} is within backquotes; use $(...)	echo `cat {}`
	refused: {} is within a comment	echo # {}
	refused: {} may be within a here-document	cat <<E\n{}\nE
	refused: {} is in or after a case within $(...)	echo "$(case x in a) echo {};; esac)"
	refused: a line ends in a backslash	echo a \\\n# {}
	refused: a line ends in a backslash	echo "$\\\n(( {} ))"
	refused: a line ends in a backslash	echo {} \\
	refused: bash expands twice what follows >&; use &>	echo hi >& {}.log
	refused: shells disagree on what follows $$	echo "$$({})"
	refused: there is a $" in it	echo >&$"#{}"
	refused: {} may be within a comment	((1))#" \n {} #"
	refused: {} may be within a comment	cat <(:)#" \n {} #"
	refused: {} may be within a comment	a=(x)#" \n {} #"
	refused: there may be a comment within ((...))	echo "$((: # )\n); echo {} )"
	refused: there may be a comment within ((...))	(( : # )) "\n echo {} # "\n ))
	refused: ((...)) may be two subshells	cat <((: # )) " \n ); echo {} # "\n )
	refused: ((...)) may be two subshells	echo $((x) y) {} ))
	refused: {} may be within [...] of a word	a[$(: ]){}]=1
	refused: {} may be within a comment	a[ #[\n]{}]=1
	refused: there is an operator within a=(...)	a=(x;) {}
	refused: there is an operator within a=(...)	a=(x >y {})
	refused: there is an operator within a=(...)	a=(x (y) {})
	refused: {} comes after an alias	alias e='echo "'\ne {} #"
	refused: {} may be within a here-document	<<<() printf %s #\n!{}
	refused: a double quote is left open	echo " {}
	refused: a single quote is left open	echo ' {}
	refused: a parenthesis is left open	echo $(cat {}
	EOT
}

@test "a line for a shell has its place when it is empty, and quotes when there are no fields" {
	[ "$(units line '' 1)" = "3 words" ]
	[ "$(units line 'echo "{}"' 0)" = "3 words" ]
	[ "$(units line 'echo "{}"' 2)" = "3 words" ]
}

@test "a capture gives back every byte in order, whatever memory and disk allow" {
	local limit dir
	for limit in 0 100000 3000000 1000000000; do
		for dir in "$BATS_TEST_TMPDIR" /nonexistent; do
			TMPDIR=$dir run -0 units capture "$limit" 5000
			[[ $output == *" bytes" ]]
		done
	done
}

@test "split gives the same records however the bytes come, and the size of those too long" {
	run -0 units split , 5 < <(printf a,,bcd,efghijklm,n)
	[ "$output" = $'1 1 1 a\n2 0 0 \n3 3 3 bcd\n4 5 9 efghi\n5 1 1 n' ]
}

@test "what is too long of a CSV record is neither its carriage return nor a byte order mark" {
	run -0 units split csv 5 < <(printf '\xef\xbb\xbfabcde\r\nabcde\r\nabcdef\r\nabcd\rf\n')
	[ "$output" = $'1 5 5 abcde\n2 5 5 abcde\n3 5 6 abcde\n4 5 6 abcd\r' ]
}

@test "a quote after half a byte order mark is a quote within a field" {
	run -0 units split csv 9 < <(printf '\xef\xbb"a\nb"\n')
	[ "$output" = $'1 4 4 \xef\xbb"a\n2 2 2 b"' ]
}

# Batches of many records have what those of one have, and are there as soon, in all these styles and slices.
same_batches() {
	local style slice
	for style in $1; do
		for slice in $2; do
			run -0 units batches "$style" "$slice" <input
		done
	done
}

@test "records of a batch are those that come one by one, and as soon, however the bytes come" {
	cd "$BATS_TEST_TMPDIR"
	printf '%s\n' '' one '' '' two,2 '  three, 3' four,4,4 , 12345678 1234567 123456789abcdef EN END 'fi\ve' >input
	printf '\n\n \nsix\0\n\0\nseven\na\0b\0\0c\n\377\n%s\n\t\neight' "$(printf '%032d' 1)" >>input
	same_batches '0 c ch s t e l p x scm 0s' '5 65536'
	same_batches '. m' '1 64 65536'
	[ "$(grep -c '^[0-9]' <<<"$output")" -eq 25 ]
	printf 'a\n\nb\0\nc' >input
	run -0 units batches . 100 <input
	[ "$output" = $' -\n1 0 1:61\n2 0 0:0\n3 2 2:bde -\n4 0 1:63\nend' ]
}

@test "records of a batch are those that come one by one if they are longer than a buffer" {
	cd "$BATS_TEST_TMPDIR"
	{
		seq 9000
		head -c 140000 /dev/zero | tr '\0' x
		printf '\nshort\n'
		head -c 65536 /dev/zero | tr '\0' y
		printf '\n\nshort\n'
		head -c 10M /dev/zero | tr '\0' z
		printf '\nx'
		head -c 70000 /dev/zero
		printf '\nlast'
	} >input
	same_batches '. x 0 m' 65536
}

@test "a batch is given before what is wrong with the input is said" {
	cd "$BATS_TEST_TMPDIR"
	printf "a 'b c' d\n'e\n" >input
	same_batches 'q qm' '1 3 100'
	[[ $output == *failed ]]
}

@test "the CPUs are those of the affinity, less if a cgroup of version 1 or 2 has a quota" {
	local root=$BATS_TEST_TMPDIR/root all
	all=$(nproc --ignore=0)
	mkdir -p "$root/proc/self" "$root/sys/fs/cgroup/a/b" "$root/sys/fs/cgroup/cpu,cpuacct/c"

	# No cgroup at all, none limited, and one whose files are missing.
	[ "$(units cpus "$BATS_TEST_TMPDIR/none")" = "$all" ]
	echo 0::/a/b >"$root/proc/self/cgroup"
	[ "$(units cpus "$root")" = "$all" ]
	echo max 100000 >"$root/sys/fs/cgroup/a/b/cpu.max"
	[ "$(units cpus "$root")" = "$all" ]

	# Its own quota, that of its parent, and a part of a CPU.
	echo 100000 100000 >"$root/sys/fs/cgroup/a/b/cpu.max"
	[ "$(units cpus "$root")" = 1 ]
	echo max 100000 >"$root/sys/fs/cgroup/a/b/cpu.max"
	echo 20000 100000 >"$root/sys/fs/cgroup/a/cpu.max"
	[ "$(units cpus "$root")" = 1 ]
	echo 100001 100000 >"$root/sys/fs/cgroup/a/cpu.max"
	[ "$(units cpus "$root")" = "$((all < 2 ? all : 2))" ]

	echo 3:cpu,cpuacct:/c >"$root/proc/self/cgroup"
	echo -1 >"$root/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us"
	echo 100000 >"$root/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us"
	[ "$(units cpus "$root")" = "$all" ]
	echo 50000 >"$root/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us"
	[ "$(units cpus "$root")" = 1 ]
}

@test "numbers that are out of the range of 64 bits are too small or too large" {
	[ "$(units number -9223372036854775808)" = -9223372036854775808 ]
	refuses number 'too small' -9223372036854775809
	refuses number 'too large' 9223372036854775808
}

@test "durations are those of timeout(1), and more than nothing is never nothing" {
	[ "$(units duration 1)" = 1000000000 ]
	[ "$(units duration 1.5m)" = 90000000000 ]
	[ "$(units duration .5)" = 500000000 ]
	[ "$(units duration 2d)" = 172800000000000 ]
	[ "$(units duration 0)" = 0 ]
	[ "$(units duration 1e-12)" = 1 ]
	[ "$(units duration 1e-400)" = 1 ]
	[ "$(units duration 0x1dm)" = 1740000000000 ]
	[ "$(units duration 1e300)" = 2305843009213693951 ]
	refuses duration 'not a duration (a number, with s, m, h or d if you like)' '' x 5y 1ss -1 ' 1' inf nan 1h2m 0x
}

@test "sizes have units, and fractions of these, of which what is less than a byte does not count" {
	[ "$(units size 0)" = 0 ]
	[ "$(units size 64M)" = 67108864 ]
	[ "$(units size 64m)" = 64000000 ]
	[ "$(units size 1.5G)" = 1610612736 ]
	[ "$(units size .5K)" = 512 ]
	[ "$(units size 0.1k)" = 100 ]
	[ "$(units size 3.1M)" = 3250585 ]
	[ "$(units size 0.99999999999999999999999999T)" = 1099511627775 ]
	[ "$(units size 4194303.9999999999999999999T)" = 4611686018427387903 ]
	refuses size 'not a size (a number, with K, M, G or T if you like)' \
		'' x . 1. 1.5 .K 1.K 1.1.1K 1.5x 1e3 -1 ' 1' '1 K' 1KB 0x10
	refuses size 'too large' 4611686018427387904 4194304T 99999999999999999999 99999999999999999999.9K
}

@test "moments are those of date(1), to the nanosecond, or milliseconds, or before 1970" {
	[ "$(units moment @0)" = 0 ]
	[ "$(units moment @1700000000)" = 1700000000000000000 ]
	[ "$(units moment @1700000000.25)" = 1700000000250000000 ]
	[ "$(units moment @1700000000.123456789)" = 1700000000123456789 ]
	[ "$(units moment @1.0000000019)" = 1000000001 ]
	[ "$(units moment @1700000000250ms)" = 1700000000250000000 ]
	[ "$(units moment @1.5ms)" = 1500000 ]
	[ "$(units moment @1.0000019ms)" = 1000001 ]
	[ "$(units moment @-500ms)" = -500000000 ]
	[ "$(units moment @-1.5)" = -1500000000 ]
	[ "$(units moment @9223372036.854775807)" = 9223372036854775807 ]
	[ "$(units moment @9223372036854.775807ms)" = 9223372036854775807 ]
	refuses moment 'not a moment (@ and seconds since 1970, or milliseconds with ms)' \
		@ @x @. @.5 @5. @5.ms @1s @1m @1mss @ms @--1 @+1 '@ 1' '@1 ' @1e3 @0x10 @1.2.3 @inf
	refuses moment 'a moment begins with @ (seconds since 1970, or milliseconds with ms)' 17 '' ' @1' x 5s
	refuses moment 'too far away' \
		@9223372036.854775808 @9223372037 @-9223372037 @9223372036855ms @99999999999999999999 @99999999999999999999ms
}

# Each line: what makeflags says of a MAKEFLAGS, a tab, that.
@test "makeflags reads what make 3.81 to 4.4, cargo and users write" {
	local want flags got bad=0
	while IFS=$'\t' read -r want flags; do
		got=$(units makeflags "$flags")
		if [ "$got" != "$want" ]; then
			printf '%s: %s instead of %s\n' "$flags" "$got" "$want"
			bad=1
		fi
	done <<-'EOT'
	jobs 0: none	
	jobs 0: none	k
	dry run, jobs 0: none	n
	dry run, jobs 0: none	kn
	jobs 0: none	 n
	jobs 0: none	-n
	jobs 0: none	name=value
	jobs 0: none	 -- A=n
	jobs 0: none	 -j
	jobs 1: none	 -j1
	jobs 4: pipe 3 4	 -j4 --jobserver-auth=3,4
	dry run, jobs 3: pipe 3 4	n -j3 --jobserver-auth=3,4
	jobs 0: pipe 3 4	 --jobserver-fds=3,4 -j
	jobs 0: pipe 6 7	-j --jobserver-fds=6,7 --jobserver-auth=6,7
	jobs 0: pipe 8 9	 --jobserver-auth=8,9 --jobserver-fds=6,7
	jobs 2: pipe -2 -2	 -j2 --jobserver-auth=3,4 --jobserver-auth=-2,-2
	jobs 2: pipe 3 4	 -j2 --jobserver-auth=3,4 -- X=--jobserver-auth=9,9
	jobs 2: pipe 3 4	 -j2 --jobserver-auth=3,4 -- FOO=a\ b\ --\ x --jobserver-auth=9,9
	jobs 4: fifo /tmp/GMfifo12	 -j4 --jobserver-auth=fifo:/tmp/GMfifo12
	jobs 4: fifo /tmp/a b/c\d	 -j4 --jobserver-auth=fifo:/tmp/a\ b/c\\d
	jobs 4: odd --jobserver-auth=sem:x	 -j4 --jobserver-auth=sem:x
	jobs 4: odd --jobserver-auth=	 -j4 --jobserver-auth=
	jobs 4: odd --jobserver-auth=3	 -j4 --jobserver-auth=3
	jobs 4: odd --jobserver-auth=3,x	 -j4 --jobserver-auth=3,x
	jobs 4: odd --jobserver-auth=3,99999999999	 -j4 --jobserver-auth=3,99999999999
	EOT
	[ $bad -eq 0 ]
}

@test "makeflags are added before the variables" {
	[ "$(units makeflags-join 'k -j1 -- A=b\ --\ c' '-j2 -x')" = 'k -j1 -j2 -x -- A=b\ --\ c' ]
	[ "$(units makeflags-join 'k' '-j2')" = 'k -j2' ]
	[ "$(units makeflags-join '' '-j2')" = ' -j2' ]
	[ "$(units makeflags-join ' -- A=b' '-j2')" = ' -j2 -- A=b' ]
	[ "$(units makeflags-join '-- A=b' '-j2')" = ' -j2 -- A=b' ]
	[ "$(units makeflags-join "k\\" '-j2')" = "k\\\\ -j2" ]
	[ "$(units makeflags-join 'A=b\ -- --' '-j2')" = 'A=b\ -- -j2 --' ]
}
