#!/usr/bin/env bats
# Serial equivalence: on both streams the bytes of a serial loop, whatever -j and --buffer are.
# PARMAP_TEST_RECORDS: how many records (20000).

load common

RECORDS=${PARMAP_TEST_RECORDS:-20000}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	seq "${PARMAP_TEST_RECORDS:-20000}" >records
	# The reference is a loop of dash's: 0 bytes to 5 MiB of every value on each stream, in uneven pieces and turns,
	# often without a final newline; jobs that fail, and jobs that die of a signal.
	sh -c 'while read -r n; do "$0" "$n" </dev/null; done; :' "$BATS_TEST_DIRNAME/build/emit" <records >wanted.out 2>wanted.err
}

# as_serial OPTION ...: both streams are those of the loop.
as_serial() {
	STATUS=0
	parmap -q "$@" "$EMIT" <"$BATS_FILE_TMPDIR/records" >out 2>err || STATUS=$?
	expect_status 123
	cmp out "$BATS_FILE_TMPDIR/wanted.out"
	cmp err "$BATS_FILE_TMPDIR/wanted.err"
	rm out err
}

@test "the reference itself has what it should: 5 MiB, 64 KiB, nothing, no final newline" {
	[ "$RECORDS" -ge 4000 ] || skip "few records were asked for"
	[ "$("$EMIT" 4000 2>/dev/null | wc -c)" -eq 5242880 ]
	[ "$("$EMIT" 4000 2>&1 >/dev/null | wc -c)" -eq 5242880 ]
	[ "$("$EMIT" 13 | wc -c)" -eq 0 ]
	[ "$("$EMIT" 151 2>/dev/null | wc -c)" -eq 65536 ]
	[ "$("$EMIT" 3 2>/dev/null | tail -c 1)" != '' ] || [ "$("$EMIT" 6 2>/dev/null | tail -c 1)" = . ]
	refute "$EMIT" 17 2>/dev/null
	[ "$(wc -c <"$BATS_FILE_TMPDIR/wanted.out")" -gt 50000000 ]
	[ "$(wc -c <"$BATS_FILE_TMPDIR/wanted.err")" -gt 50000000 ]
}

@test "with -j 1 both streams have the bytes of a serial loop" {
	as_serial -j 1
}

@test "with -j 2 both streams have the bytes of a serial loop" {
	as_serial -j 2
}

@test "with -j 7 both streams have the bytes of a serial loop" {
	as_serial -j 7
}

@test "with -j 64 both streams have the bytes of a serial loop" {
	as_serial -j 64
}

@test "with a small --buffer, spilling, both streams have the bytes of a serial loop" {
	TMPDIR=$T as_serial -j 7 --buffer 10K
}

@test "with --buffer 0 and no disk both streams have the bytes of a serial loop" {
	skip_under_valgrind "needs a TMPDIR that can be written"
	TMPDIR=/proc as_serial -j 7 --buffer 0
}

@test "into pipes whose readers are slow both streams have the bytes of a serial loop" {
	head -n 4100 "$BATS_FILE_TMPDIR/records" >some
	sh -c 'while read -r n; do "$0" "$n" </dev/null; done; :' "$EMIT" <some >wanted.out 2>wanted.err
	{
		STATUS=0
		parmap -q -j 5 --buffer 1M "$EMIT" <some 2>&6 >&7 6>&- 7>&- || STATUS=$?
	} 6> >(dribble err) 7> >(dribble out)
	expect_status 123
	wait_for exists err.done
	wait_for exists out.done
	cmp out wanted.out
	cmp err wanted.err
}

# Takes its stdin into a file, but now and then looks away.
dribble() {
	: >"$1"
	while head -c 1500000 >"$1.part" && [ -s "$1.part" ]; do
		cat "$1.part" >>"$1"
		sleep 0.01
	done
	: >"$1.done"
}
