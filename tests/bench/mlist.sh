#!/bin/sh
# Listing, searching and threading a Maildir: mlist beside the peers that are
# installed, in turn, so that what else the machine does falls on all of them.
# BENCH_MESSAGES is of how many messages (100000), BENCH_ROUNDS how often (5);
# what counts is the median, and its ratio.  With BENCH_COLD the caches are
# emptied before each run, where that is allowed.  BENCH_PEER_INDEX lets notmuch
# and mu make their indexes, which takes minutes.
cd "$(dirname "$0")/../.." || exit 1
top=$(pwd)
bench=$top/tests/bench
LC_ALL=C
export LC_ALL

tmp=$(mktemp -d "${TMPDIR:-/tmp}/satchel-bench.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
XDG_CACHE_HOME=$tmp/cache
NOTMUCH_CONFIG=$tmp/notmuch
MBLAZE=$tmp
export XDG_CACHE_HOME NOTMUCH_CONFIG MBLAZE

messages=${BENCH_MESSAGES:-100000}
rounds=${BENCH_ROUNDS:-5}
from=juergen@example.net
mlist=$top/bin/mlist
# mblaze's program of the same name
peer_mlist=$(command -v mlist)
drop=/proc/sys/vm/drop_caches

# run WAY: once
run()
{
	case $1 in
	raw-1) "$bench/raw" "$tmp/box/cur" 1 ;;
	raw-16) "$bench/raw" "$tmp/box/cur" 16 ;;
	names) "$mlist" -U "$tmp/box" ;;
	columns) "$mlist" -U -l "$tmp/box" ;;
	json) "$mlist" -U -j "$tmp/box" ;;
	sorted) "$mlist" -U -l -s date "$tmp/box" ;;
	threads) "$mlist" -U -T "$tmp/box" ;;
	query) "$mlist" -U -q "from:$from" "$tmp/box" ;;
	body) "$mlist" -U -q body:xylophon "$tmp/box" ;;
	index-made) rm -rf "$tmp/cache" && "$mlist" -l "$tmp/box" ;;
	index-bodies) rm -rf "$tmp/cache" && "$mlist" -I -c "$tmp/box" ;;
	i-columns) "$mlist" -l "$tmp/box" ;;
	i-json) "$mlist" -j "$tmp/box" ;;
	i-sorted) "$mlist" -l -s date "$tmp/box" ;;
	i-threads) "$mlist" -T "$tmp/box" ;;
	i-query) "$mlist" -q "from:$from" "$tmp/box" ;;
	i-body) "$mlist" -q body:xylophon "$tmp/box" ;;
	mblaze-list) "$peer_mlist" "$tmp/box" | mscan ;;
	mblaze-query) "$peer_mlist" "$tmp/box" |
	    mpick -t "from =~ \"$from\"" ;;
	mblaze-threads) "$peer_mlist" "$tmp/box" | mthread ;;
	notmuch-query) notmuch search --output=files "from:$from" ;;
	notmuch-body) notmuch search --output=files xylophon ;;
	mu-query) mu find --muhome="$tmp/mu" --fields l "from:$from" ;;
	mu-body) mu find --muhome="$tmp/mu" --fields l xylophon ;;
	esac >/dev/null 2>"$tmp/said"
}

# measured WAY: once; the figures to its file
measured()
{
	[ -z "$BENCH_COLD" ] || { sync; echo 3 >"$drop"; } || exit 1
	BENCH_WAY=$1 BENCH_BOX=$tmp "$bench/measure" "$tmp/$1.runs" \
		sh "$top/tests/bench/mlist.sh"
}

# as the command that is measured: one run in the box that is there
if [ -n "$BENCH_WAY" ]; then
	rmdir "$tmp"
	trap - EXIT
	tmp=$BENCH_BOX
	XDG_CACHE_HOME=$tmp/cache
	NOTMUCH_CONFIG=$tmp/notmuch
	MBLAZE=$tmp
	run "$BENCH_WAY"
	exit
fi

# median WAY COLUMN
median()
{
	sort -n -k "$2,$2" "$tmp/$1.runs" | awk -v c="$2" '
		{ v[NR] = $c }
		END { print v[int((NR + 1) / 2)] }'
}

# group YARDSTICK WAY...: each way in turn; ratios are to the first
group()
{
	for way in "$@"; do
		rm -f "$tmp/$way.runs"
		run "$way" || { cat "$tmp/said" >&2; exit 1; }
	done
	round=0
	while [ $round -lt "$rounds" ]; do
		round=$((round + 1))
		for way in "$@"; do
			measured "$way" || exit 1
		done
	done
	for way in "$@"; do
		echo "$way $(median "$way" 1) $(median "$way" 2)" \
			"$(median "$way" 3) $(median "$1" 1)"
	done | awk '{
		printf "%-16s %8.3f %8.3f %11.1f %13.2f x\n", $1, $2, $3,
			$4 / 1024, $2 / $5
	}'
}

[ -x "$mlist" ] || { echo "bin/mlist is not built" >&2; exit 1; }
"$bench/folder" "$tmp/box" "$messages" >"$tmp/queries" || exit 1
set --
if [ -n "$peer_mlist" ] && command -v mscan >/dev/null; then
	list=mblaze-list query=mblaze-query threads=mblaze-threads
fi
if [ -n "$BENCH_PEER_INDEX" ] && command -v notmuch >/dev/null; then
	printf '[database]\npath=%s/box\n' "$tmp" >"$tmp/notmuch"
	notmuch new >/dev/null 2>&1 || exit 1
	i_query=notmuch-query i_body=notmuch-body
fi
if [ -n "$BENCH_PEER_INDEX" ] && command -v mu >/dev/null; then
	mu init --muhome="$tmp/mu" --maildir="$tmp/box" >/dev/null &&
	mu index --muhome="$tmp/mu" >/dev/null || exit 1
	i_query="$i_query mu-query" i_body="$i_body mu-body"
fi

echo "$messages messages, median of $rounds runs${BENCH_COLD:+, cold}:"
printf '%-16s %8s %8s %11s %15s\n' '' 'clock s' 'CPU s' 'memory MB' \
	'of the first'
# an unset one is no way
# shellcheck disable=SC2086
{
	group raw-16 raw-1 names columns json sorted $list
	group query body $query
	group threads $threads
	group index-made i-columns i-json i-sorted i-threads
	group i-query $i_query
	group index-bodies i-body $i_body
}
