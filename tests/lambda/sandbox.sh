#!/usr/bin/env bash
# sandbox.sh [option ...] command [argument ...]: a command in what AWS Lambda's provided.al2023 offers, and nothing more.
#
#   -t FOLDER   /var/task (default: an empty folder)
#   -o FOLDER   /opt (default: an empty folder)
#   -f WORD     the filter: none (default), prctl, all (see filter.c), or off
#   -u N        at most so many processes of that user; needs root, as limits of processes say nothing in a user namespace
#   -P          without /proc
#   -e NAME=V   a variable that Lambda or its user sets; AWS_LAMBDA_RUNTIME_API is taken over
#   -b OPTION   an option more for bwrap, a word each: for a sandbox that is not what it should be
#   -m          only makes the root, and says whether there is a sandbox
#
# The root is made once, of this machine's programs; tests/lambda/probe.c proves what comes of it. Status 77, with the reason
# on stderr: there can be no sandbox here.
set -u -o pipefail
HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
BUILD=${HERE%/*}/build
ROOT=$BUILD/lambda/root

die() {
	echo "sandbox: $1" >&2
	exit "${2-77}"
}

# Copies programs, by their paths, with the libraries they need.
provide() {
	local root=$1 file
	shift
	cp -L "$@" "$root/usr/bin/" || return
	ldd "$@" | sed -n 's/.*[[:blank:]]\(\/[^ ]*\) (0x.*/\1/p' | sort -u | while read -r file; do
		mkdir -p "$root${file%/*}" && cp -L "$file" "$root$file" || return
	done
}

# Programs of that package of coreutils, where dpkg knows them.
coreutils() {
	local file
	dpkg -L coreutils | while read -r file; do
		[[ $file != */bin/* || -L $file ]] || echo "$file"
	done
}

make_root() {
	local new folder programs
	mkdir -p "$BUILD/lambda" && new=$(mktemp -d "$BUILD/lambda/root.XXXXXX") || return
	chmod 755 "$new"
	mkdir -p "$new"/{dev,etc,opt,proc,tmp} "$new"/usr/{bin,lib,lib64,local/bin} "$new"/var/{lang,runtime,task} || return
	for folder in bin lib lib64; do
		ln -s "usr/$folder" "$new/$folder"
	done
	mapfile -t programs < <(coreutils && type -P bash curl grep sed gawk)
	[ "${#programs[@]}" -gt 80 ] || return
	provide "$new" "${programs[@]}" || return
	ln -s bash "$new/usr/bin/sh"
	ln -s gawk "$new/usr/bin/awk"
	printf '%s\n' root:x:0:0:root:/root:/bin/bash sbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin >"$new/etc/passwd"
	: >"$new/var/runtime/become"
	# Someone else may have been faster.
	mv -T "$new" "$ROOT" 2>/dev/null || rm -rf "$new"
}

# In a chroot, bwrap wants a mount point for its root, and gets one, which is private.
IN_CHROOT=(unshare -m --propagation unchanged sh -c 'mount --make-private /sys && mount --rbind / /sys && cd /sys && exec chroot . "$@"' sh)

try() {
	"$@" --unshare-pid --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp true 2>/dev/null
}

choose() {
	# In a user namespace nobody is root, but nobody has a limit of processes either.
	if [ -z "$processes" ] && try bwrap --unshare-user; then
		how=(bwrap --unshare-user --uid 993 --gid 990)
		return
	fi
	[ "$(id -u)" = 0 ] || return
	become=(/var/runtime/become)
	[ -z "$processes" ] || become+=(-u "$processes")
	become+=(993 990)
	if try bwrap; then
		how=(bwrap)
	elif try "${IN_CHROOT[@]}" bwrap; then
		how=("${IN_CHROOT[@]}" bwrap)
	else
		return 1
	fi
}

task='' opt='' filter=none processes='' proc=(--proc /proc) more=() only_root='' extra=()
while getopts t:o:f:u:Pe:b:m option; do
	case $option in
	t) task=$OPTARG ;;
	o) opt=$OPTARG ;;
	f) filter=$OPTARG ;;
	u) processes=$OPTARG ;;
	P) proc=() ;;
	e) extra+=(--setenv "${OPTARG%%=*}" "${OPTARG#*=}") ;;
	b) more+=("$OPTARG") ;;
	m) only_root=1 ;;
	*) exit 64 ;;
	esac
done
shift $((OPTIND - 1))

for program in bwrap curl gawk; do
	command -v "$program" >/dev/null || die "there is no $program here"
done
[ -d "$ROOT" ] || make_root || die "no root could be made from this machine's programs"
become=()
choose || die "neither user namespaces nor mounts as root can be had here (bwrap)"
[ -z "$only_root" ] || exit 0
[ $# -gt 0 ] || die 'no command' 64
mkdir -p "$BUILD/lambda/empty"

# What the caller had open is not for who is inside.
for fd in /proc/self/fd/*; do
	fd=${fd##*/}
	((fd <= 2 || fd == 255)) || eval "exec $fd>&-"
done

devices=()
for device in null zero full random urandom; do
	devices+=(--dev-bind "/dev/$device" "/dev/$device")
done
[ "${#become[@]}" -eq 0 ] || more=(--ro-bind "$BUILD/lambda/become" /var/runtime/become "${more[@]}")
ulimit -n 1024 || die "ulimit -n"
case $filter in
none) exec 9< <("$BUILD/lambda/filter") ;;
off) ;;
*) exec 9< <("$BUILD/lambda/filter" "$filter") ;;
esac
[ "$filter" = off ] || more+=(--seccomp 9)
exec "${how[@]}" --unshare-pid --unshare-ipc --unshare-uts \
	--ro-bind "$ROOT" / \
	--ro-bind "${task:-$BUILD/lambda/empty}" /var/task \
	--ro-bind "${opt:-$BUILD/lambda/empty}" /opt \
	--tmpfs /dev "${devices[@]}" \
	--symlink /proc/self/fd/0 /dev/stdin --symlink /proc/self/fd/1 /dev/stdout --symlink /proc/self/fd/2 /dev/stderr \
	--remount-ro /dev "${proc[@]}" \
	--perms 1777 --size 536870912 --tmpfs /tmp --chdir /var/task --clearenv \
	--setenv PATH /usr/local/bin:/usr/bin/:/bin:/opt/bin \
	--setenv LD_LIBRARY_PATH /var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib \
	--setenv LANG en_US.UTF-8 --setenv TZ :UTC \
	--setenv _HANDLER function.handler --setenv LAMBDA_TASK_ROOT /var/task --setenv LAMBDA_RUNTIME_DIR /var/runtime \
	--setenv AWS_LAMBDA_RUNTIME_API "${AWS_LAMBDA_RUNTIME_API-127.0.0.1:9001}" \
	--setenv AWS_LAMBDA_FUNCTION_NAME test --setenv AWS_LAMBDA_FUNCTION_MEMORY_SIZE 1769 \
	--setenv AWS_LAMBDA_FUNCTION_VERSION '$LATEST' --setenv AWS_EXECUTION_ENV AWS_Lambda_provided.al2023 \
	--setenv AWS_REGION eu-central-1 "${extra[@]}" "${more[@]}" \
	--die-with-parent --new-session "${become[@]}" "$@"
