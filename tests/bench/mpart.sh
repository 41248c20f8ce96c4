#!/bin/sh
# Saving the attachments of a message of 50 MB: mpart beside the peers that are
# installed, in turn, so that what else the machine does falls on all of them.
# BENCH_ROUNDS is how often; what counts is the median, and its ratio.
cd "$(dirname "$0")/../.." || exit 1
top=$(pwd)
PATH=$top/bin:$PATH
LC_ALL=C
export PATH LC_ALL

tmp=$(mktemp -d "${TMPDIR:-/tmp}/satchel-bench.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

message=$tmp/message
encoded=$tmp/encoded
attachments=5
bytes=7400001 # of each; a multiple of 3, so that they decode joined

# The message, and the same base64 alone.
make_message()
{
	printf 'Subject: x\nMIME-Version: 1.0\n' >"$message"
	printf 'Content-Type: multipart/mixed; boundary=a\n\n' >>"$message"
	i=0
	while [ $i -lt $attachments ]; do
		i=$((i + 1))
		head -c $bytes /dev/urandom | openssl base64 >"$tmp/part"
		cat "$tmp/part" >>"$encoded"
		printf -- '--a\nContent-Type: application/octet-stream\n'
		printf 'Content-Disposition: attachment; filename=%d.bin\n' $i
		printf 'Content-Transfer-Encoding: base64\n\n'
		cat "$tmp/part"
	done >>"$message"
	echo '--a--' >>"$message"
}

# run WAY: once, in an empty directory; the figures to its file
run()
{
	rm -rf "$tmp/out"
	mkdir "$tmp/out" && cd "$tmp/out" || exit 1
	set -- "$1" "$top/tests/bench/measure" "$tmp/$1.runs"
	case $1 in
	mpart) "$2" "$3" mpart -x "$message" ;;
	base64) "$2" "$3" sh -c 'base64 -d "$1" >all' sh "$encoded" ;;
	mshow) "$2" "$3" mshow -x "$message" ;;
	munpack) "$2" "$3" munpack -q "$message" ;;
	reformime) "$2" "$3" sh -c 'reformime -x./ <"$1"' sh "$message" ;;
	ripmime) "$2" "$3" ripmime -i "$message" -d . ;;
	esac >"$tmp/said" 2>&1
	status=$?
	cd "$top" || exit 1
	return $status
}

# is_whole WAY: it runs, and saves all bytes
is_whole()
{
	command -v "$1" >/dev/null || {
		echo "$1: not installed"
		return 1
	}
	run "$1" && saved=$(cat "$tmp"/out/* | wc -c) &&
		[ "$saved" -ge $((attachments * bytes)) ] && return 0
	echo "$1: does not save it whole"
	return 1
}

[ -x bin/mpart ] || { echo "bin/mpart is not built" >&2; exit 1; }
make_message
ways=
for way in mpart mshow munpack reformime ripmime base64; do
	! is_whole $way || ways="$ways $way"
	rm -f "$tmp/$way.runs"
done
round=0
while [ $round -lt "${BENCH_ROUNDS:-7}" ]; do
	round=$((round + 1))
	for way in $ways; do
		run "$way" || exit 1
	done
done

# median WAY COLUMN
median()
{
	sort -n -k "$2,$2" "$tmp/$1.runs" | awk -v c="$2" '
		{ v[NR] = $c }
		END { print v[int((NR + 1) / 2)] }'
}

echo "saving $((attachments * bytes)) bytes, median of $round runs:"
printf '%-12s %8s %8s %11s %15s %15s\n' '' 'clock s' 'CPU s' 'memory MB' \
	'without files' "mpart's clock"
for way in $ways; do
	echo "$way $(median "$way" 1) $(median "$way" 2) $(median "$way" 3)" \
		"$(median "$way" 4) $(median mpart 1)"
done | awk '{
	printf "%-12s %8.3f %8.3f %11.1f %15s %13.2f x\n", $1, $2, $3,
		$4 / 1024, $5 == "-" ? "-" : sprintf("%.1f", $5 / 1024),
		$6 / $2
}'
