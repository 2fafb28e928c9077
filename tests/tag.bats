#!/usr/bin/env bats
# Lines of output that say which record they are of.

load common

@test "--tag begins each line of both streams with the record and a tab" {
	capture parmap --tag -c 'printf "a\n\nb"; printf "x\ny\n" >&2' ::: 1 '2 3'
	expect 0 $'1\ta\n1\t\n1\tb2 3\ta\n2 3\t\n2 3\tb' $'1\tx\n1\ty\n2 3\tx\n2 3\ty\n'
}

@test "--tagstring has replacement strings, and fields are joined with blanks" {
	capture parmap --tagstring '<{#} {2}{1/.}>' echo x ::: a/b.c d ::: 1
	expect 0 $'<1 1b>\tx a/b.c 1\n<2 1d>\tx d 1\n' ''
	capture parmap -n 2 --tag echo ::: a b c
	expect 0 $'a b\ta b\nc\tc\n' ''
	capture parmap -I @ --tag echo x@ ::: a
	expect 0 $'a\txa\n' ''
}

@test "a tag is text, whatever is in it" {
	capture parmap --tag echo x ::: '$(touch ran)' '%s%n' $'\001\377' ''
	expect_status 0
	printf '$(touch ran)\tx $(touch ran)\n%%s%%n\tx %%s%%n\n\001\377\tx \001\377\n\tx \n' | cmp - out
	refute exists ran
}

@test "tags are right whatever pieces the output comes in, held or live, spilled or by lines" {
	local order
	for order in --keep-order --unordered --line-buffer; do
		parmap -j 2 $order --buffer 64K --tag -c 'head -c 3000000 /dev/zero | tr "\0" {} | fold -w 1000; echo' ::: a b >out
		[ "$(wc -l <out)" -eq 6000 ]
		[ "$(grep -cE $'^(a\ta{1000}|b\tb{1000})$' out)" -eq 6000 ]
	done
}

@test "what parmap itself says of a job has no tag; what --dry-run and -t show has" {
	capture parmap --tag -c 'echo x; [ {} = b ]' ::: a
	expect 123 $'a\tx\n' $'parmap: record 1 "a": exit status 1\n'
	capture parmap --tag --dry-run echo ::: a
	expect 0 $'a\techo a\n' ''
}

@test "tags are refused where they cannot be" {
	capture parmap -u --tag echo ::: a
	refused '--tag:'
	capture parmap --stdin --tag cat ::: a
	refused '--tag:'
	capture parmap --stdin --tagstring '{#}' cat ::: a
	expect 0 $'1\ta\n' ''
}

@test "memory is bounded however long tags are" {
	skip_if_watched "memory"
	"$TESTS/build/measure" peak "${PARMAP_WORDS[@]}" --buffer 1M --tagstring "$(head -c 20000 /dev/zero | tr '\0' t)" \
		-c 'head -c 20000 /dev/zero | tr "\0" "\n"; : {}' ::: 1 2 | wc -c >bytes
	[ "$(cat bytes)" -eq 800080000 ]
	read -r _ kib _ <peak
	[ "$kib" -lt 100000 ]
}
