#!/usr/bin/env bats
# bats --jobs runs test files through a program that is called parallel: bats 1.8.2, which is in PATH, and 1.13.0, which
# make check gets from npm. Here a bats runs below bats, so it gets an environment of its own.

load common

setup_file() {
	local path
	# Without what the bats around this test put in front.
	INNER_PATH=$(tr : '\n' <<<"$PATH" | grep -vxF -e "$BATS_LIBEXEC" -e "$BATS_TEST_DIRNAME/build/bin" | paste -sd :)
	export INNER_PATH
	while read -r path; do
		if [ "$("$path" --version)" = 'Bats 1.8.2' ]; then
			export OLD_BATS=$path
			break
		fi
	done < <(PATH=$INNER_PATH inner type -ap bats)
	export NEW_BATS=$BATS_TEST_DIRNAME/build/npm/node_modules/bats/bin/bats
}

# inner command ...: in bash, in an environment without that of the bats around it.
inner() {
	env -i PATH="$INNER_PATH" LC_ALL=C TERM=dumb TMPDIR="${T-/tmp}" TEST_MARK="${MARK-}" LOG="${T-}/log" \
		bash -c '"$@"' bash "$@" 3>&- 4>&-
}

# old and new [option ...]: a bats, with parmap for parallel.
old() {
	INNER_PATH=$T/bin:$INNER_PATH inner "$OLD_BATS" --tap "$@"
}

new() {
	inner "$NEW_BATS" --parallel-binary-name "$T/bin/parallel" --tap "$@"
}

need() {
	if [ "$1" = old ] && [ -z "${OLD_BATS-}" ]; then
		skip "there is no bats 1.8.2 here"
	elif [ "$1" = new ] && [ ! -x "$NEW_BATS" ]; then
		skip "bats 1.13.0 was not to be had: $(head -n 1 "$BUILD/npm/log" | cut -c -80)"
	fi
	mkdir -p bin suite
	if [ "${#PARMAP_WORDS[@]}" -eq 1 ]; then
		ln -sf "${PARMAP_WORDS[0]}" bin/parallel
	else
		printf '#!/bin/sh\nexec%s --dialect parallel "$@"\n' "$(printf ' %q' "${PARMAP_WORDS[@]}")" >bin/parallel
		chmod +x bin/parallel
	fi
}

# file NAME: of a suite, from stdin. %test is @test there, which the bats around this file would take for its own.
file() {
	sed 's/^\([[:blank:]]*\)%test/\1@test/' >"suite/$1"
}

# A suite with a bit of all that there is in suites.
suite() {
	file setup_suite.bash <<-'EOF'
		setup_suite() {
			export FROM_SUITE=$'two  words\nand "a" line'
			from_suite() {
				printf '[%s]\n' "$@"
			}
			export -f from_suite
			echo setup_suite >>"$LOG"
		}
		teardown_suite() {
			echo teardown_suite >>"$LOG"
		}
	EOF
	file '1 first file.bats' <<-'EOF'
		setup_file() {
			export FROM_FILE="the first"
		}
		teardown_file() {
			echo "teardown_file $FROM_FILE" >>"$LOG"
		}
		setup() {
			TRIES=1
		}
		%test "what setup_suite and setup_file export is there" {
			[ "$FROM_SUITE" = $'two  words\nand "a" line' ]
			[ "$(from_suite 'x  y' z)" = $'[x  y]\n[z]' ]
			[ "$FROM_FILE" = "the first" ]
			[ "$TRIES" = 1 ]
			touch "$BATS_SUITE_TMPDIR/a" "$BATS_FILE_TMPDIR/b" "$BATS_TEST_TMPDIR/c"
		}
		%test "words on descriptor 3" {
			echo "# said  on 3" >&3
			echo nothing
			echo nothing >&2
		}
		%test "skipped" {
			skip "today,  \"tomorrow\""
		}
		%test "what run saw" {
			run sh -c 'echo out; echo err >&2; exit 3'
			[ "$status" -eq 3 ]
			[ "$output" = $'out\nerr' ]
		}
		%test "who ran this" {
			[ -z "${PARALLEL_PID-}" ] || readlink "/proc/$PARALLEL_PID/exe" >>"$LOG"
		}
	EOF
	file "2 it's {} "'"$(second)"; a && b.bats' <<-'EOF'
		load helper
		%test "fails, 'with' \"quotes\" and {#} \$HOME \`x\`" {
			[ -z "${FROM_FILE-}" ]
			echo on stdout
			echo on stderr >&2
			false
		}
		%test "helped" {
			helped
		}
		%test "fails in a function" {
			run -0 helped
			fails_here
		}
	EOF
	file helper.bash <<-'EOF'
		helped() {
			[ "$BATS_TEST_NAME" != "" ]
		}
		fails_here() {
			[ 1 -eq 2 ]
		}
	EOF
	file 3.bats <<-'EOF'
		%test "leaves something in the background" {
			sleep 1000 3>&- &
		}
		%test "reads stdin" {
			cat >/dev/null
		}
		teardown() {
			{ kill -KILL $! && wait $!; } 2>/dev/null || :
		}
	EOF
	file 4.bats <<-'EOF'
		setup_file() {
			echo cannot be set up
			false
		}
		%test "never" {
			:
		}
	EOF
	mkdir -p suite/below
	file below/5.bats <<-'EOF'
		%test "below" {
			[ "$BATS_TEST_NUMBER" -eq 1 ]
			from_suite "$BATS_TEST_FILENAME" | grep -q 'suite/below/5.bats]$'
		}
	EOF
}

# as_serial NAME: with NAME and two jobs, a suite goes as with one.
as_serial() {
	local within
	need "$1"
	suite
	STATUS=0
	"$1" --recursive --jobs 1 suite >serial 2>serial.err </dev/null || STATUS=$?
	expect_serial=$STATUS
	grep -v parmap log >serial.log
	[ "$expect_serial" -ne 0 ]
	[ "$(grep -c '^ok ' serial)" -ge 8 ]
	[ "$(grep -c '^not ok ' serial)" -eq 3 ]
	for within in '' --no-parallelize-within-files; do
		: >log
		capture "$1" --recursive --jobs 2 $within suite </dev/null
		same "$T/out" <serial
		same "$T/err" <serial.err
		[ "$STATUS" -eq "$expect_serial" ]
		if [ "${#PARMAP_WORDS[@]}" -eq 1 ]; then
			grep -qxF "${PARMAP_WORDS[0]}" log
		fi
		sort serial.log >serial.sorted
		grep -vxF "${PARMAP_WORDS[0]}" log | sort | same serial.sorted
		wait_for -t 5 nothing_left
		: >log
		capture "$1" --recursive --jobs 2 $within 'suite/1 first file.bats' suite/below </dev/null
		expect_status 0
	done
}

@test "bats 1.8.2 with --jobs, through parmap, says what it says without, and ends with the same status" {
	as_serial old
}

@test "bats 1.13.0 with --jobs, through parmap, says what it says without, and ends with the same status" {
	as_serial new
}

@test "parmap by its own name does what bats expects of its --parallel-binary-name" {
	mkdir bin
	printf '#!/bin/sh\nprintf "[%%s]" "$@"; echo\n' >bin/bats-exec-file
	chmod +x bin/bats-exec-file
	PATH=$T/bin:$PATH capture parmap --keep-order --jobs 2 --halt now,fail=1 -- bats-exec-file "-T '' a\\ b " {#} {} list < <(printf 'a b.bats\nc.bats\n')
	expect 0 $'[-T][][a b][1][a b.bats][list]\n[-T][][a b][2][c.bats][list]\n' ''
	# Whoever says which dialect it is to be has that.
	PATH=$T/bin:$PATH capture parmap --dialect parmap --jobs 2 -- bats-exec-file 'a b' {} ::: c
	expect 0 $'[a b][c]\n' ''
}

# at_once NAME: each of two files waits for the other.
at_once() {
	need "$1"
	gate a b
	file 1.bats <<-'EOF'
		%test "first" {
			cd "${LOG%/*}"
			echo >a
			read -r _ <b
		}
	EOF
	file 2.bats <<-'EOF'
		%test "second" {
			cd "${LOG%/*}"
			read -r _ <a
			echo "# before the first ends" >&3
			echo >b
		}
	EOF
	capture "$1" --jobs 2 suite
	expect 0 $'1..2\nok 1 first\n# before the first ends\nok 2 second\n' ''
}

@test "bats 1.8.2: two files run at once, and are printed one after the other" {
	at_once old
}

@test "bats 1.13.0: two files run at once, and are printed one after the other" {
	at_once new
}

@test "bats 1.13.0 --abort: after a failure running files are ended, others do not begin, and bats fails" {
	need new
	gate gate
	file 1.bats <<-'EOF'
		%test "fails" {
			read -r _ <"${LOG%/*}/gate"
			false
		}
		%test "after it" {
			echo after >>"$LOG"
		}
	EOF
	file 2.bats <<-'EOF'
		%test "for ever" {
			echo >"${LOG%/*}/gate"
			sleep 1000
		}
	EOF
	file 3.bats <<-'EOF'
		%test "later" {
			echo later >>"$LOG"
		}
	EOF
	capture new --jobs 2 --no-parallelize-within-files --abort suite
	cat out err
	expect_status 1
	grep -q '^not ok 1 fails$' out
	refute grep '^ok' out
	refute exists log
	nothing_left
}

# interrupted NAME: Ctrl-C, on a terminal.
interrupted() {
	local begin end
	need "$1"
	if ! command -v python3 >/dev/null; then
		skip "python3 is not installed, which is the terminal here"
	fi
	for i in 1 2 3; do
		sed "s/N/$i/" <<-'EOF' | file $i.bats
			%test "N" {
				: >"${LOG%/*}/ranN"
				sleep 1000
			}
			teardown_file() {
				: >"${LOG%/*}/downN"
			}
		EOF
	done
	{
		declare -f inner old new
		declare -p T MARK INNER_PATH NEW_BATS
		echo "OLD_BATS=${OLD_BATS-}"
		echo "$1 --jobs 2 suite"
	} >go
	echo "PS1='ready> '" >rc
	TERM=dumb env --default-signal python3 "$TESTS/helpers/terminal.py" "$BASH" --noprofile --rcfile rc -i 3>&- 4>&- <<-EOF
		expect ready>
		send . ./go\n
		check [ -e ran1 ] && [ -e ran2 ]
		check date +%s%N >pressed
		send \x03
		expect Received SIGINT
		expect ready>
		check date +%s%N >gone
		send echo "status=\$?"\n
		expect status=1
		send exit\n
		end
	EOF
	read -r begin <pressed
	read -r end <gone
	echo "gone after $(((end - begin) / 1000000)) ms"
	[ $((end - begin)) -lt 5000000000 ]
	nothing_left
	exists down1
	exists down2
	refute exists ran3
}

@test "bats 1.8.2: Ctrl-C ends it all, at once" {
	interrupted old
}

@test "bats 1.13.0: Ctrl-C ends it all, at once" {
	interrupted new
}
