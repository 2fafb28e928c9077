# stress.bash: what kills.sh and workers.sh share: their arguments, SECONDS [SEED], a folder of their own, and how they fail.
set -u -o pipefail
export LC_ALL=C
SECONDS_ALL=${1:?SECONDS}
SEED=${2:-$(($(date +%N | sed 's/^0*//') % 32768))}
RANDOM=$SEED
ROOT=$(cd "${0%/*}/.." && pwd)
PARMAP=${PARMAP:-$ROOT/parmap}
read -r -a PARMAP_WORDS <<<"$PARMAP"
unset PARMAP_OPTS PARMAP_DIALECT PARMAP_SEQ PARMAP_SLOT MAKEFLAGS CARGO_MAKEFLAGS
# A sanitizer looks for leaks with the help of a child, which would wait for ever if that was killed.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

T=$(mktemp -d) || exit
trap '[ -n "${KEEP-}" ] || rm -rf "$T"' EXIT
cd "$T" || exit
mkdir tmp
export TMPDIR=$T/tmp

runs=0
options=()

# Is there still time for another run?
goes_on() {
	[ "$SECONDS" -lt "$SECONDS_ALL" ]
}

# The run with those options is not as it should be.
fail() {
	printf '%s: seed %s, run %s: %s\n' "${0##*/}" "$SEED" "$runs" "$*" >&2
	printf '%s: parmap %s\n' "${0##*/}" "${options[*]}" >&2
	exit 1
}
