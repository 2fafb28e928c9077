#!/usr/bin/env bats
# make static: programs that need nothing but a kernel, for two architectures.

load common

X86_64=$ROOT/build/x86_64/parmap
AARCH64=$ROOT/build/aarch64/parmap

# Runs the test with that program.
with_x86_64() {
	[ -s "$X86_64" ] || skip 'there is no static parmap for x86_64: see what make static says'
	[ "$(uname -m)" = x86_64 ] || skip 'this is no x86_64'
	PARMAP_WORDS=("$X86_64")
}

with_aarch64() {
	[ -s "$AARCH64" ] || skip 'there is no static parmap for aarch64: see what make static says'
	if [ "$(uname -m)" = aarch64 ]; then
		PARMAP_WORDS=("$AARCH64")
	elif command -v qemu-aarch64-static >/dev/null; then
		PARMAP_WORDS=(qemu-aarch64-static "$AARCH64")
	else
		skip 'there is no qemu-aarch64-static'
	fi
}

# What any of them can do.
does_all() {
	capture parmap --builtin list
	cp out all
	"$ROOT/parmap" --builtin list | same all
	capture parmap -j 3 sh -c 'read -r _ <>never & sleep 0.$1; kill $!; echo $1; echo $1 >&2' sh ::: 3 2 1
	expect 0 $'3\n2\n1\n' $'3\n2\n1\n'
	capture parmap -c 'echo {} "{}"; exit 3' ::: "it's a"
	expect 123 $'it\'s a it\'s a\n' $'parmap: record 1 "it\'s a": exit status 3\n'
	capture parmap --timeout 0.2 sh -c "$hang" ::: a
	expect 124 '' $'parmap: record 1 "a": timed out after 0.2s\n'
	capture parmap --run-timeout 3 --json-array sh -c 'echo $1; [ $1 = a ] || read -r _ <>never' sh ::: a b
	expect 124 $'[\n"a\\n",\nnull\n]\n' $'parmap: record 2 "b": ended by the run\'s time limit\nparmap: run time limit of 3s reached\n'
	seq 100000 >numbers
	capture parmap --builtin echo <numbers
	expect_status 0
	same out <numbers
	capture parmap --builtin sha256 ::: numbers
	expect_status 0
	sha256sum -c --quiet out
	capture parmap --builtin grep -c '9$' ::: numbers
	expect 0 $'10000\n' ''
	capture parmap --builtin stat -c '%s %U %G %y' ::: numbers
	expect 0 "$(stat -c '%s %U %G %y' numbers)"$'\n' ''
	capture parmap --json --builtin echo ::: $'\303\274' $'\374'
	expect_status 0
	[ "$(jq -c '[.seq, .status, .stdout, .stdout_base64]' out)" = $'[1,0,"\303\274\\n",null]\n[2,0,null,"/Ao="]' ]
	capture parmap /nothing/there ::: a
	expect_status 127
	# What reads TZ in there has a sscanf of our own.
	for zone in '' :UTC Europe/Berlin 'XYZ+3:30:15' '<+0330>-3:30' CET-1CEST,M3.5.0,M10.5.0/3 'AAA-1BBB,59/0,J300/2:3:4' AST; do
		TZ=$zone capture parmap --builtin stat -c %y ::: numbers /
		cp out here
		TZ=$zone "$ROOT/parmap" --builtin stat -c %y ::: numbers / | same here
	done
}

@test "static programs need no loader, no library and no version of a symbol" {
	capture "$ROOT/src/static/needs.sh" "$X86_64" "$AARCH64"
	expect_status 0
	sed 's/^/# /' "$T/out" >&3
	capture "$ROOT/src/static/needs.sh" "$(command -v bash)"
	expect_status 1
	grep -q 'NEEDED.*libc' "$T/err"
}

@test "the static program for x86_64 does all that functions and commands ask of it" {
	with_x86_64
	does_all
}

@test "the static program for aarch64 does all that functions and commands ask of it" {
	with_aarch64
	does_all
}

@test "a static program says that it cannot load a plugin, and what can" {
	for with in with_x86_64 with_aarch64; do
		$with
		capture parmap --plugin ./lib.so:function echo ::: a
		refused '--plugin=./lib.so:function' 'this parmap is static, and cannot load any; it takes one that is linked dynamically'
	done
}

# In a root with just the program, and what runs it.
alone() {
	env -i TEST_MARK="$MARK" "$(command -v chroot)" root "${PARMAP_WORDS[@]}" "$@"
}

runs_alone() {
	[ "$(id -u)" -eq 0 ] || skip 'only root can change the root'
	local i
	mkdir root
	echo text >root/file
	for i in "${!PARMAP_WORDS[@]}"; do
		cp "$(command -v "${PARMAP_WORDS[i]}")" root
		PARMAP_WORDS[i]=/${PARMAP_WORDS[i]##*/}
	done
	capture alone -j 2 --builtin echo a{}b ::: 1 2 3
	expect 0 $'a1b\na2b\na3b\n' ''
	capture alone --builtin stat -c '%s %U' ::: /file
	expect 0 $'5 UNKNOWN\n' ''
	capture alone --stdin "${PARMAP_WORDS[@]}" --builtin cat ::: /file
	expect 0 $'text\n' ''
	capture alone -c 'echo {}' ::: 1
	expect 127 '' $'parmap: record 1 "1": cannot run /bin/sh: No such file or directory\n'
}

@test "the static program for x86_64 runs where there is nothing else, not even /proc and /dev" {
	with_x86_64
	runs_alone
}

@test "the static program for aarch64 runs where there is nothing else, not even /proc and /dev" {
	with_aarch64
	runs_alone
}

@test "where a static program cannot be built it is said, is no failure, and is tried again" {
	touch older
	for cc in no-such-gcc false; do
		capture "$ROOT/src/static/build.sh" $cc there/parmap -O2
		expect_status 0
		grep -Eqx "there/parmap: not built: $cc(: not found| fails)" out
		[ -e there/parmap ]
		[ ! -s there/parmap ]
		[ there/parmap -ot older ]
	done
	capture "$ROOT/src/static/needs.sh" there/parmap
	expect 0 $'there/parmap: not built here\n' ''
}

@test "libraries that are no good are nothing to a static program" {
	with_x86_64
	mkdir lib
	echo garbage >lib/libc.so.6
	capture env LD_LIBRARY_PATH="$T/lib" TEST_MARK="$MARK" "$X86_64" --builtin echo ::: a
	expect 0 $'a\n' ''
}

@test "a static program loads no locale and no library, whatever the locale is" {
	with_x86_64
	command -v strace >/dev/null || skip 'there is no strace'
	strace -o trace true 2>/dev/null || skip 'strace cannot trace here'
	for locale in C.UTF-8 de_DE.ISO-8859-15; do
		for builtin in "grep -i [[:alpha:]]x" "stat -c %U%y"; do
			read -r -a words <<<"$builtin"
			capture env LC_ALL=$locale strace -f -o trace -e trace=open,openat "$X86_64" --builtin "${words[@]}" ::: $'\374\303\274'
			expect_status 123
			grep -q 'record 1' err
			run ! grep -E 'gconv|locale|\.so' trace
		done
	done
}

@test "a layer has bin/parmap, for all to run, and is the same whoever packs it, and when" {
	command -v zip >/dev/null && command -v unzip >/dev/null || skip 'there is no zip and unzip'
	with_x86_64
	"$ROOT/src/static/layer.sh" layer.zip "$X86_64"
	# Times in it are of two seconds.
	sleep 2
	(umask 077 && TZ=Asia/Tokyo "$ROOT/src/static/layer.sh" again.zip "$X86_64")
	cmp layer.zip again.zip
	unzip -q layer.zip
	cmp bin/parmap "$X86_64"
	[ "$(stat -c %a bin bin/parmap)" = $'755\n755' ]
	capture "$ROOT/src/static/layer.sh" none.zip nothing
	expect 0 $'none.zip: not packed, there is no nothing\n' ''
	[ ! -e none.zip ]
}
