#!/bin/sh
# Builds a static program for an architecture, or says why that cannot be done here:
# where its compiler or the libraries are missing that is no failure, and the program is
# empty.
#
#	build.sh COMPILER OUTPUT WORD...
#
# The words are what the compiler takes, with the libraries last.
set -u
cc=$1
output=$2
shift 2

mkdir -p "${output%/*}" || exit
: >"$output" || exit
try=$output.try
trap 'rm -f "$try"' EXIT
if ! why=$(printf '#include <md5.h>\nint main(void) { return 0; }\n' |
    "$cc" -static -DLIBBSD_OVERLAY -isystem /usr/include/bsd -o "$try" -x c - -lbsd -lmd 2>&1); then
	# Old, so that it is tried again.
	touch -d @0 "$output"
	why=$(printf '%s\n' "$why" | sed "s,^$0: [0-9]*: ,," | grep -E 'error|not found|cannot' | head -n 1)
	echo "$output: not built: ${why:-$cc fails}"
	exit 0
fi
"$cc" -o "$output" "$@" || { rm -f "$output"; exit 1; }
