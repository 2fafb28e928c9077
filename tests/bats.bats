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
		skip "npm has not installed bats 1.13.0 ($(grep -m 1 . "$BUILD/npm/log" | cut -c -80 | tr '#' ' '))"
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
			kill $! 2>/dev/null || :
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
