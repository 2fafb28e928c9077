#!/bin/sh
# Fails if a program needs anything but the kernel: a loader, a library, or a version of
# one's symbols. Else it prints the program's size. Of one that is empty nothing is known.
#
#	needs.sh PROGRAM...
set -u

for program; do
	if [ ! -s "$program" ]; then
		echo "$program: not built here"
		continue
	fi
	needs=$(readelf -W -l -d -V "$program") || exit
	if needs=$(printf '%s\n' "$needs" | grep -E 'INTERP|DYNAMIC|NEEDED|Version (needs|symbols) section'); then
		printf '%s needs:\n%s\n' "$program" "$needs" >&2
		exit 1
	fi
	echo "$program: $(wc -c <"$program") bytes, needs nothing"
done
